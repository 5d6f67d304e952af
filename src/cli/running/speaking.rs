//! The voice of a running engine: a thread of its own that says one sentence after the other.

use super::Refused;
use crate::base::PromptId;
use crate::net::Shell;
use crate::node::{Input, Node};
use crate::speech::{Sentence, Voice};
use std::path::Path;
use std::sync::mpsc::sync_channel;

/// Sentences that wait to be said; more are refused, and said with what is recorded.
const INBOX: usize = 64;

/// Reads the voice's file.
///
/// # Errors
/// It cannot be read, or is no voice.
pub(super) fn load(path: &Path) -> Result<Voice, Refused> {
    let refused = |error: &dyn std::fmt::Display| Refused::line(format!("voice {}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| refused(&error))?;
    Voice::load(&bytes).map_err(|error| refused(&error))
}

/// Says whatever this shell's node asks for, until the shell has ended.
///
/// # Errors
/// No thread.
pub(super) fn serve<N: Node>(voice: Voice, shell: &mut Shell<N>) -> Result<(), Refused> {
    let (inbox, wanted) = sync_channel::<PromptId>(INBOX);
    let engine = shell.handle();
    shell.on_speak(move |id| inbox.try_send(id).is_ok());
    let speak = move || {
        for id in wanted {
            let sound = Sentence::of(&id).and_then(|sentence| voice.say(&sentence));
            if engine.input_from_thread(Input::Spoken { id, sound }).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("voice".into()).spawn(speak).map_err(Refused::line)?;
    Ok(())
}
