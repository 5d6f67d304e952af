//! What a verb is called and which keys it reads: parsing, checks, manual and schema come from this.

use crate::diag::write_duration;
use std::time::Duration;

/// Whether a key must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
    /// Left out, it reads as this.
    Default(&'static str),
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The name of a step.
    Step,
    /// Steps by name.
    Steps,
    /// Steps, by their names.
    StepList,
    /// Telephone numbers.
    Telephones,
    /// A table with these keys.
    Table(&'static [Key]),
    /// Tables with these keys, one after another.
    Tables(&'static [Key]),
    /// A text; what it means, its reader knows.
    Text,
    /// The name of a step that collects digits.
    CollectStep,
    /// A prompt or a list of them, as `syntax::clips` reads them.
    Prompts,
    /// A duration between these two.
    Duration(Duration, Duration),
    /// A whole number between these two.
    Number(u32, u32),
    /// True or false.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A telephone key.
    TelephoneKey,
    /// A telephone key that is no digit.
    Sign,
    /// A step for each telephone key.
    KeysToSteps,
    /// For each telephone key a step, or something to say: `{ say = PROMPTS }`.
    KeysInLine,
    /// An announcement that comes again: `{ prompt, after, every }`.
    Again,
    /// The name of a desk of the settings.
    Desk,
    /// The name of a service of the settings that can be asked.
    Webhook,
    /// A step for each word that may be answered.
    AnswersToSteps,
    /// The name of a queue of the settings.
    Queue,
    /// The name of a place of the settings to which callers may be handed.
    Transfer,
    /// The name of a field of the case.
    CaseField,
    /// Fields of the case, each with its value.
    CaseFacts,
    /// Digits as a string, or a whole number.
    DigitsOrNumber,
}

/// One key of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written in the plan.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether it must be written.
    pub presence: Presence,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// One verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// As written after `verb =`.
    pub name: &'static str,
    /// What a step of this verb does, in a line.
    pub about: &'static str,
    /// Its keys, in the order of the manual.
    pub keys: &'static [Key],
    /// Whether a caller who comes here has reached a person, a line to one, or an announced end.
    pub arrives: bool,
    /// A small whole plan that shows it, as text: `dialplans/examples/<verb>.toml`, part of the manual.
    pub example: &'static str,
}

impl Holds {
    /// A duration between these, in seconds.
    pub const fn seconds(low: u64, high: u64) -> Holds {
        Holds::Duration(Duration::from_secs(low), Duration::from_secs(high))
    }

    /// A duration between these, in milliseconds.
    pub const fn millis(low: u64, high: u64) -> Holds {
        Holds::Duration(Duration::from_millis(low), Duration::from_millis(high))
    }

    /// What it holds in a few words, for the manual.
    pub fn text(self) -> String {
        let text = match self {
            Holds::Step => "step",
            Holds::Steps => "steps",
            Holds::StepList => "list of steps",
            Holds::Telephones => "telephone numbers",
            Holds::Table(_) => "table",
            Holds::Tables(_) => "tables",
            Holds::Text => "text",
            Holds::CollectStep => "collect step",
            Holds::Prompts => "prompts",
            Holds::Duration(low, high) => {
                return format!("duration, {} to {}", write_duration(low), write_duration(high));
            }
            Holds::Number(low, high) => return format!("number, {low} to {high}"),
            Holds::Flag => "true or false",
            Holds::Word(words) => return list(words),
            Holds::TelephoneKey => "`\"0\"` to `\"9\"`, `\"#\"` or `\"*\"`",
            Holds::Sign => "`\"#\"` or `\"*\"`",
            Holds::KeysToSteps => "keys to steps",
            Holds::KeysInLine => "keys to steps or prompts",
            Holds::Again => "{ prompt, after, every }",
            Holds::Desk => "desk",
            Holds::Webhook => "webhook",
            Holds::AnswersToSteps => "answers to steps",
            Holds::Queue => "queue",
            Holds::Transfer => "transfer",
            Holds::CaseField => "case field",
            Holds::CaseFacts => "fields and values",
            Holds::DigitsOrNumber => "digits or number",
        };
        text.to_owned()
    }
}

/// `a`, `b` or `c`.
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

impl Key {
    /// How it is written, where a plan does not say it right: `next = "STEP"`.
    pub(super) fn sample(&self) -> String {
        let name = self.name;
        let default = match self.presence {
            Presence::Default(text) => Some(text),
            Presence::Required | Presence::Optional => None,
        };
        match self.holds {
            Holds::Step | Holds::CollectStep => format!("{name} = \"STEP\""),
            Holds::Steps => "[step.NAME], and under it verb = \"…\"".to_owned(),
            Holds::StepList => format!("{name} = [\"STEP\"]"),
            Holds::Telephones => format!("{name} = [\"0312345678\"]"),
            Holds::Table(_) => format!("[{name}]"),
            Holds::Tables(_) => format!("[[{name}]]"),
            Holds::Text => format!("{name} = \"…\""),
            Holds::Prompts => format!("{name} = \"PROMPT\""),
            Holds::Duration(low, _) => {
                format!("{name} = \"{}\"", default.map_or(write_duration(low), str::to_owned))
            }
            Holds::Number(low, _) => format!("{name} = {}", default.map_or(low.to_string(), str::to_owned)),
            Holds::Flag => format!("{name} = {}", default.unwrap_or("true")),
            Holds::Word(words) => {
                format!("{name} = \"{}\"", default.or(words.first().copied()).unwrap_or_default())
            }
            Holds::TelephoneKey | Holds::Sign => format!("{name} = \"#\""),
            Holds::KeysToSteps => format!("{name}.1 = \"STEP\""),
            Holds::KeysInLine => format!("{name}.1 = \"STEP\", or {name}.1 = {{ say = \"PROMPT\" }}"),
            Holds::Again => format!("{name} = {{ prompt = \"PROMPT\", every = \"45s\" }}"),
            Holds::Desk => format!("{name} = \"DESK\""),
            Holds::Webhook => format!("{name} = \"NAME\""),
            Holds::AnswersToSteps => format!("{name}.yes = \"STEP\""),
            Holds::Queue => format!("{name} = \"QUEUE\""),
            Holds::Transfer => format!("{name} = \"NAME\""),
            Holds::CaseField => format!("{name} = \"FIELD\""),
            Holds::CaseFacts => format!("{name}.FIELD = \"VALUE\""),
            Holds::DigitsOrNumber => format!("{name} = \"117\""),
        }
    }

    /// A key that must be written.
    pub const fn required(name: &'static str, holds: Holds, about: &'static str) -> Key {
        Key { name, holds, presence: Presence::Required, about }
    }

    /// A key that may be left out.
    pub const fn optional(name: &'static str, holds: Holds, about: &'static str) -> Key {
        Key { name, holds, presence: Presence::Optional, about }
    }

    /// A key that reads as `default` where it is left out.
    pub const fn with_default(
        name: &'static str,
        holds: Holds,
        default: &'static str,
        about: &'static str,
    ) -> Key {
        Key { name, holds, presence: Presence::Default(default), about }
    }
}

/// The keys' names.
pub(super) fn names_of(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

impl Definition {
    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// The names of its keys.
    pub fn key_names(&self) -> Vec<&'static str> {
        names_of(self.keys)
    }
}
