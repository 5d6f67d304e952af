//! `index.json`: what each recording of the generator was made from, and so which are still as wanted.
//!
//! The generator writes it. A recording that is not in it, or whose file is another now, was put there
//! by a person.

use super::manifest::{Manifest, Prompt, Recorded, Voice, kind_of};
use crate::audio::level::Content;
use crate::base::Language;
use crate::diag::{Diagnostic, Source};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What decides how words sound beside the settings of the voice, in the order hashed.
const SOURCES: [&str; 5] = ["music.py", "recording.py", "requirements.txt", "sound.py", "voices.py"];
/// Digits of a fingerprint.
const DIGITS: usize = 12;

/// Where the recordings of a folder come from.
#[derive(Debug)]
pub struct Origins {
    folder: PathBuf,
    index: BTreeMap<String, Entry>,
    /// What would make a recording now; `None` where the generator is not in the folder.
    makers: Option<Makers>,
}

#[derive(Debug)]
struct Makers {
    speech: BTreeMap<Language, String>,
    music: String,
}

#[derive(Debug, Deserialize)]
struct Entry {
    kind: String,
    say: String,
    take: Option<u32>,
    made_by: String,
    sha256: String,
}

/// How a recording stands to what the manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Spoken by the generator, from the words of the manifest.
    Spoken,
    /// Spoken by the generator from other words.
    OtherWords {
        /// What it says.
        said: String,
    },
    /// Spoken with other settings of the voice, another dictionary or another generator.
    OtherVoice,
    /// Recorded by a person.
    ByHand,
    /// Not there.
    Missing,
}

impl Origins {
    /// Reads a folder's index; one without has none of the generator's recordings.
    ///
    /// # Errors
    /// An index that is not as the generator writes it.
    pub fn read(folder: &Path, manifest: &Manifest) -> Result<Origins, Vec<Diagnostic>> {
        let path = folder.join("index.json");
        let index = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| vec![bad_index(&path, &text, &error)])?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Origins { folder: folder.to_path_buf(), index, makers: Makers::of(folder, manifest) })
    }

    /// Where a recording comes from.
    pub fn of(&self, prompt: &Prompt, recorded: &Recorded) -> Origin {
        let Ok(bytes) = std::fs::read(self.folder.join(&recorded.file)) else { return Origin::Missing };
        match self.entry(recorded, &bytes) {
            None => Origin::ByHand,
            Some(entry) if !entry.says(prompt, recorded) => Origin::OtherWords { said: entry.say.clone() },
            Some(entry) if !self.makes(entry, prompt, recorded) => Origin::OtherVoice,
            Some(_) => Origin::Spoken,
        }
    }

    /// Whether this file's bytes are the generator's, who made them for such a prompt: at the house level.
    pub(super) fn is_at_level(&self, prompt: &Prompt, recorded: &Recorded, bytes: &[u8]) -> bool {
        self.entry(recorded, bytes).is_some_and(|entry| entry.kind == kind_of(prompt.content))
    }

    /// The entry of a file that is as the generator left it.
    fn entry(&self, recorded: &Recorded, bytes: &[u8]) -> Option<&Entry> {
        let entry = self.index.get(recorded.file.to_str()?)?;
        (entry.sha256 == format!("{:x}", Sha256::digest(bytes))).then_some(entry)
    }

    fn makes(&self, entry: &Entry, prompt: &Prompt, recorded: &Recorded) -> bool {
        let Some(makers) = &self.makers else { return true };
        let maker = match prompt.content {
            Content::Music => Some(&makers.music),
            Content::Speech | Content::Fragment => makers.speech.get(&recorded.language),
        };
        maker == Some(&entry.made_by)
    }
}

impl Entry {
    fn says(&self, prompt: &Prompt, recorded: &Recorded) -> bool {
        // Music in two languages is one file, and its text is no instruction.
        let same_words = prompt.content == Content::Music || self.say == recorded.say;
        same_words && self.kind == kind_of(prompt.content) && self.take == recorded.take
    }
}

impl Makers {
    fn of(folder: &Path, manifest: &Manifest) -> Option<Makers> {
        let sources: Vec<Vec<u8>> = SOURCES.iter().filter_map(|name| read(folder, name)).collect();
        if sources.is_empty() {
            return None;
        }
        let speech = manifest.voices.iter();
        let speech = speech.map(|(language, voice)| (*language, fingerprint(folder, &sources, Some(voice))));
        Some(Makers { speech: speech.collect(), music: fingerprint(folder, &sources, None) })
    }
}

fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    std::fs::read(folder.join(name)).ok()
}

/// The first digits of a hash over the generator's sources, the dictionary, and the settings as
/// name=value lines.
fn fingerprint(folder: &Path, sources: &[Vec<u8>], voice: Option<&Voice>) -> String {
    let mut hash = Sha256::new();
    sources.iter().for_each(|source| hash.update(source));
    if let Some(voice) = voice {
        let dictionary = voice.settings.get("user_dict").and_then(|name| read(folder, name));
        hash.update(dictionary.unwrap_or_default());
        voice.settings.iter().for_each(|(name, value)| hash.update(format!("{name}={value}\n")));
    }
    let mut digits = format!("{:x}", hash.finalize());
    digits.truncate(DIGITS);
    digits
}

fn bad_index(path: &Path, text: &str, error: &serde_json::Error) -> Diagnostic {
    let source = Source::new(&path.display().to_string(), text);
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line: usize = lines.map(str::len).sum();
    let message = format!("not an index of recordings: {error}");
    Diagnostic::error("bad-index", &source, line..line, message)
        .help("take the file away: what is there then counts as recorded by hand")
}
