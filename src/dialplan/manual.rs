//! The manual of the plan language, made from what the verbs declare.

use super::check::PLAN_KEYS;
use super::key::{Definition, Key, Presence};
use super::verbs::DEFINITIONS;
use std::fmt::Write;

/// The keys of a plan, then every verb with its keys and its example, as Markdown.
pub fn manual() -> String {
    let plan = format!("### The plan itself\n\n{}\n", table(PLAN_KEYS));
    plan + &DEFINITIONS.iter().map(verb).collect::<String>()
}

fn verb(definition: &Definition) -> String {
    let Definition { name, about, keys, example, .. } = definition;
    let keys = table(keys);
    format!("### `{name}`\n\n{}.\n\n{keys}\n```toml\n{example}```\n\n", capital(about))
}

fn table(keys: &[Key]) -> String {
    let head = "| key | holds | left out | |\n|---|---|---|---|\n";
    keys.iter().fold(head.to_owned(), |text, key| text + &row(key))
}

fn row(key: &Key) -> String {
    let left_out = match key.presence {
        Presence::Required => "must be written".to_owned(),
        Presence::Optional => "nothing".to_owned(),
        Presence::Default(default) => format!("`{default}`"),
    };
    let mut row = String::new();
    let _infallible = writeln!(row, "| `{}` | {} | {left_out} | {} |", key.name, key.holds.text(), key.about);
    row
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
