//! The manual of the plan language, made from what the verbs declare.

use super::key::{Definition, Key, Presence};
use super::verbs::DEFINITIONS;
use std::fmt::Write;

/// Every verb with its keys and its example, as Markdown.
pub fn manual() -> String {
    DEFINITIONS.iter().map(verb).collect()
}

fn verb(definition: &Definition) -> String {
    let Definition { name, about, keys, example, .. } = definition;
    let mut text =
        format!("### `{name}`\n\n{}.\n\n| key | holds | left out | |\n|---|---|---|---|\n", capital(about));
    for key in *keys {
        text += &row(key);
    }
    text + &format!("\n```toml\n{example}```\n\n")
}

fn row(key: &Key) -> String {
    let left_out = match key.presence {
        Presence::Required => "must be written".to_owned(),
        Presence::Optional => "nothing".to_owned(),
        Presence::Default(default) => format!("`{default}`"),
    };
    let mut row = String::new();
    let _infallible = writeln!(row, "| `{}` | {} | {left_out} | {} |", key.name, key.holds, key.about);
    row
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
