//! What a verb is called and which keys it reads: parsing, checks and manual come from this.

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

/// One key of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written in the plan.
    pub name: &'static str,
    /// What it holds, in words: `step`, `prompts`, `duration`, …
    pub holds: &'static str,
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

impl Key {
    /// A key that must be written.
    pub const fn required(name: &'static str, holds: &'static str, about: &'static str) -> Key {
        Key { name, holds, presence: Presence::Required, about }
    }

    /// A key that may be left out.
    pub const fn optional(name: &'static str, holds: &'static str, about: &'static str) -> Key {
        Key { name, holds, presence: Presence::Optional, about }
    }

    /// A key that reads as `default` where it is left out.
    pub const fn with_default(
        name: &'static str,
        holds: &'static str,
        default: &'static str,
        about: &'static str,
    ) -> Key {
        Key { name, holds, presence: Presence::Default(default), about }
    }
}

impl Definition {
    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// The names of its keys.
    pub fn key_names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|k| k.name).collect()
    }
}
