//! The schema of a dialplan, from the keys of plans and verbs.

use super::{DRAFT, about, duration, named, table};
use crate::base::{Language, limits};
use crate::dialplan::verbs::DEFINITIONS;
use crate::dialplan::{Definition, Holds, Key, PLAN_KEYS, Presence};
use serde_json::{Value, json};

/// A telephone's key as a plan writes it.
const TELEPHONE_KEY: &str = "^[0-9*#A-Da-d]$";

/// The schema of a plan.
pub fn dialplan() -> Value {
    let mut schema = keys("a dialplan of madoguchi", PLAN_KEYS, None);
    schema["$schema"] = DRAFT.into();
    schema["title"] = "dialplan".into();
    schema["$defs"] = json!({"prompts": prompts(), "clip": clip(), "step": step()});
    for verb in DEFINITIONS {
        schema["$defs"][name(verb)] = keys(verb.about, verb.keys, Some(verb.name));
    }
    schema
}

fn name(verb: &Definition) -> String {
    format!("verb-{}", verb.name)
}

fn reference(to: &str) -> Value {
    json!({"$ref": format!("#/$defs/{to}")})
}

/// One of the verbs, by its name.
fn step() -> Value {
    let names: Vec<&str> = DEFINITIONS.iter().map(|verb| verb.name).collect();
    let verbs: Vec<Value> = DEFINITIONS.iter().map(|verb| reference(&name(verb))).collect();
    json!({"type": "object", "required": ["verb"], "properties": {"verb": {"enum": names}}, "oneOf": verbs})
}

fn keys(about: &str, keys: &[Key], verb: Option<&str>) -> Value {
    let required = keys.iter().filter(|key| key.presence == Presence::Required).map(|key| key.name);
    let required: Vec<&str> = verb.map(|_| "verb").into_iter().chain(required).collect();
    let verb = verb.map(|verb| ("verb", json!({"const": verb})));
    table(about, verb.into_iter().chain(keys.iter().map(|key| (key.name, value(key)))), &required)
}

fn value(key: &Key) -> Value {
    let mut schema = about(holds(key.holds), key.about);
    if let Presence::Default(text) = key.presence {
        schema["default"] = default(key.holds, text);
    }
    schema
}

/// A default as its type: numbers and flags are no strings.
fn default(holds: Holds, text: &str) -> Value {
    match holds {
        Holds::Number(..) | Holds::Flag => text.parse().unwrap_or(Value::Null),
        _ => text.into(),
    }
}

fn holds(holds: Holds) -> Value {
    match holds {
        Holds::Step
        | Holds::CollectStep
        | Holds::Desk
        | Holds::Queue
        | Holds::Transfer
        | Holds::Webhook
        | Holds::CaseField => {
            json!({"type": "string"})
        }
        Holds::Steps => named(&reference("step")),
        Holds::StepList => json!({"type": "array", "items": {"type": "string"}}),
        Holds::Table(of) => keys("", of, None),
        Holds::Tables(of) => json!({"type": "array", "items": keys("", of, None)}),
        Holds::Text => json!({"type": "string"}),
        Holds::Telephones => json!({"type": "array", "items": {"type": "string"}}),
        Holds::Prompts => reference("prompts"),
        Holds::Duration(..) => duration(),
        Holds::Number(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Holds::Flag => json!({"type": "boolean"}),
        Holds::Word(words) => json!({"enum": words}),
        Holds::TelephoneKey => json!({"type": "string", "pattern": "^[0-9#*A-Da-d]$"}),
        Holds::Sign => json!({"type": "string", "pattern": "^[#*A-Da-d]$"}),
        Holds::KeysToSteps => telephone_keys(&json!({"type": "string"})),
        Holds::AnswersToSteps => {
            json!({"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}})
        }
        Holds::KeysInLine => {
            let say = table("says something and keeps the place", [("say", reference("prompts"))], &["say"]);
            telephone_keys(&json!({"anyOf": [{"type": "string"}, say]}))
        }
        Holds::Again => {
            let keys = [("prompt", reference("prompts")), ("after", duration()), ("every", duration())];
            table("", keys, &["prompt", "every"])
        }
        Holds::CaseFacts => {
            json!({"type": "object", "minProperties": 1,
                   "additionalProperties": {"type": ["string", "boolean", "integer"]}})
        }
        Holds::DigitsOrNumber => json!({"type": ["string", "integer"]}),
    }
}

fn telephone_keys(to: &Value) -> Value {
    json!({"type": "object", "minProperties": 1, "additionalProperties": false,
           "patternProperties": {TELEPHONE_KEY: to}})
}

fn prompts() -> Value {
    let list = json!({"type": "array", "minItems": 1, "maxItems": limits::CLIPS_PER_PLAY, "items": reference("clip")});
    json!({"description": "a prompt, or a list of them", "anyOf": [reference("clip"), list]})
}

fn clip() -> Value {
    let language = json!({"enum": Language::ALL.map(Language::tag)});
    let prompt = [("prompt", json!({"type": "string"})), ("language", language)];
    json!({"anyOf": [
        {"type": "string", "description": "a prompt of the manifest, in the caller's language"},
        table("a prompt, always in one language", prompt, &["prompt"]),
        table("silence", [("pause", duration())], &["pause"]),
    ]})
}
