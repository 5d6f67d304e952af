//! JSON Schemas (draft 2020-12) of what people write, for editors: made from what the readers declare.
//!
//! Owns: the shape of a schema. Does not know: which keys there are; these are declared where they are
//! read, by `dialplan`'s verbs and in `settings::keys`.
//!
//! Invariants: what `check` lets pass, the schema lets pass; a key that is not declared is refused. What
//! only a check can know (whether a step, a prompt, a desk exists) a schema leaves open.

mod dialplan;
mod settings;

pub use dialplan::dialplan;
pub use settings::settings;

use serde_json::{Map, Value, json};

/// The draft all schemas are written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A table with these keys and no other.
fn table(about: &str, keys: impl IntoIterator<Item = (&'static str, Value)>, required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        keys.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut table = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !about.is_empty() {
        table["description"] = about.into();
    }
    if !required.is_empty() {
        table["required"] = required.into();
    }
    table
}

/// A table whose keys are names: `[step.NAME]`.
fn named(of: &Value) -> Value {
    json!({"type": "object", "additionalProperties": of})
}

/// A duration as people write it.
fn duration() -> Value {
    json!({"type": "string", "pattern": r"^\s*([0-9]+(ms|s|m|h)\s*)+$"})
}

/// A schema with words about it.
fn about(mut schema: Value, text: &str) -> Value {
    schema["description"] = text.into();
    schema
}
