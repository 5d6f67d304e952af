//! What a plan has its callers hear, before their language is known.

use super::simulate::WalkWorld;
use crate::base::{Clip, Language, PromptId};
use std::time::Duration;

/// One piece of an announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// A recorded prompt: in the caller's language, or always in one.
    Prompt(PromptId, Option<Language>),
    /// Silence.
    Pause(Duration),
    /// The tone after which a caller is recorded.
    Beep,
}

impl Spoken {
    /// A prompt in the caller's language.
    pub fn prompt(id: &str) -> Spoken {
        Spoken::Prompt(PromptId::new(id), None)
    }

    /// How long it is heard in a caller's language.
    pub(super) fn length(&self, caller: Language, world: &dyn WalkWorld) -> Duration {
        match self {
            Spoken::Prompt(id, language) => {
                world.clip_length(&Clip::Prompt(id.clone(), language.unwrap_or(caller)))
            }
            Spoken::Pause(length) => *length,
            Spoken::Beep => world.clip_length(&Clip::Beep),
        }
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
