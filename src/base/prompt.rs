//! Names of recorded prompts, and what a caller is played.

use super::Language;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The id of a prompt in `prompts/manifest.toml`; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId(Arc<str>);

impl PromptId {
    /// The prompt of this name. Whether it exists is the library's to say.
    pub fn new(id: &str) -> Self {
        PromptId(id.into())
    }

    /// The name as written in the manifest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One piece of what a caller hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clip {
    /// A recorded prompt in a language.
    Prompt(PromptId, Language),
    /// Silence.
    Pause(Duration),
    /// The Japanese ringback tone (400 Hz, 1 s on, 2 s off), one cycle.
    Ringback,
    /// The tone after which a caller is recorded (1 kHz, 0.4 s).
    Beep,
}
