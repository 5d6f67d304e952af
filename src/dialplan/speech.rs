//! What a plan has its callers hear, before their language is known.

use crate::base::{Language, PromptId};
use std::time::Duration;

/// One piece of an announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// A recorded prompt: in the caller's language, or always in one.
    Prompt(PromptId, Option<Language>),
    /// Silence.
    Pause(Duration),
}

impl Spoken {
    /// A prompt in the caller's language.
    pub fn prompt(id: &str) -> Spoken {
        Spoken::Prompt(PromptId::new(id), None)
    }

    /// The names of the prompts said, each once, with spaces.
    pub(super) fn names(said: &[Spoken]) -> String {
        let mut names: Vec<&str> = Vec::new();
        for spoken in said {
            if let Spoken::Prompt(id, _) = spoken
                && !names.contains(&id.as_str())
            {
                names.push(id.as_str());
            }
        }
        names.join(" ")
    }
}
