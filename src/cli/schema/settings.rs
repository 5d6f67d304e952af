//! The schema of the settings, from the keys declared beside their reader.

use super::{DRAFT, about, duration, named, table};
use crate::cli::settings::keys::{Holds, ROOT, Section};
use serde_json::{Value, json};

/// A string whose text comes from elsewhere: `${env:NAME}`.
const PLACEHOLDER: &str = r"\$\{";

/// The schema of `madoguchi.toml`.
pub fn settings() -> Value {
    let mut schema = section(&ROOT);
    schema["$schema"] = DRAFT.into();
    schema["title"] = "settings".into();
    schema
}

fn section(section: &Section) -> Value {
    let keys = section.keys.iter().map(|key| (key.name, about(holds(&key.holds), key.about)));
    table(section.about, keys, section.required)
}

fn holds(holds: &Holds) -> Value {
    match holds {
        Holds::Text => json!({"type": "string"}),
        Holds::Flag => json!({"type": "boolean"}),
        Holds::Number(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Holds::Duration => duration(),
        Holds::Word(words) => {
            json!({"anyOf": [{"enum": words}, {"type": "string", "pattern": PLACEHOLDER}]})
        }
        Holds::List(of) => json!({"type": "array", "items": self::holds(of)}),
        Holds::OneOrList(of) => {
            let one = self::holds(of);
            json!({"anyOf": [one, {"type": "array", "items": one}]})
        }
        Holds::Table(of) => section(of),
        Holds::TextOr(of) => json!({"anyOf": [{"type": "string"}, section(of)]}),
        Holds::Named(of) => named(&section(of)),
        Holds::NamedRanges => named(&self::holds(&Holds::OneOrList(&Holds::Text))),
    }
}
