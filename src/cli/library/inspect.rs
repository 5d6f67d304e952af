//! What is doubtful about a folder of prompts: recordings nobody can like, texts that are not what is heard.

use super::manifest::{Manifest, Prompt, Recorded};
use super::origins::{Origin, Origins};
use super::recordings::{as_it_is, on_every_core, wrong};
use crate::audio::Sound;
use crate::audio::level::{self, Content};
use crate::base::{Language, PromptId};
use crate::diag::{Diagnostic, Place, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Furthest from the house level that needs no word: loading brings it there, and its noise with it.
const FAR_OFF_DB: f32 = 10.0;
/// Longest silence before somebody speaks, and after.
const LONGEST_SILENCE: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1_000)];
/// What recordings are called.
const ENDINGS: [&str; 4] = ["wav", "flac", "mp3", "ogg"];
/// Folders within folders that are looked through.
const DEPTH: usize = 4;

/// Where each prompt is heard: `plan/step`.
pub type Usage = BTreeMap<PromptId, Vec<String>>;

/// Everything wrong or doubtful. Without usage nothing is said of unused prompts.
pub fn inspect(
    folder: &Path,
    manifest: &Manifest,
    origins: &Origins,
    usage: Option<&Usage>,
) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        manifest.prompts.iter().flat_map(|prompt| named(prompt, usage)).collect();
    let mut other_voice: BTreeMap<Language, usize> = BTreeMap::new();
    for ((prompt, recorded), heard) in on_every_core(manifest, |job| as_it_is(folder, job)) {
        match origins.of(prompt, recorded) {
            Origin::OtherWords { said } => found.push(other_words(prompt, recorded, &said)),
            Origin::OtherVoice => *other_voice.entry(recorded.language).or_default() += 1,
            Origin::Spoken | Origin::ByHand | Origin::Missing => {}
        }
        match heard {
            Some(Ok(sound)) => found.extend(flaws(prompt, recorded, &sound)),
            Some(Err(why)) => found.push(wrong((prompt, recorded), folder, &why)),
            None => found.push(wrong((prompt, recorded), folder, "the decoder gave up")),
        }
    }
    found
        .extend(other_voice.into_iter().map(|(language, count)| spoken_otherwise(manifest, language, count)));
    found.extend(strays(folder, manifest));
    found
}

/// What is doubtful before anything is listened to.
fn named(prompt: &Prompt, usage: Option<&Usage>) -> Vec<Diagnostic> {
    let warn = |code, message: String| warning(code, &prompt.place, message);
    let mut found = Vec::new();
    if usage.is_some_and(|usage| !usage.contains_key(&prompt.id)) {
        let unused = warn("unused-prompt", format!("no plan plays prompt `{}`", prompt.id));
        found.push(unused.help("take it out, or name it in a plan"));
    }
    for language in Language::ALL {
        if !prompt.recorded.iter().any(|recorded| recorded.language == language) {
            found
                .push(warn("language-missing", format!("prompt `{}` is not there in {language}", prompt.id)));
        }
    }
    found
}

fn flaws(prompt: &Prompt, recorded: &Recorded, sound: &Sound) -> Vec<Diagnostic> {
    let warn = |code, what: String| doubt(code, prompt, recorded, &what);
    let Some(level) = level::level_db(sound, prompt.content) else {
        return vec![warn("silent-recording", "nothing can be heard".into())];
    };
    let mut found = Vec::new();
    let house = prompt.content.house_level_db();
    if (level - house).abs() > FAR_OFF_DB {
        let how = format!("level {level:.1} dBFS, far from {house} dBFS: it is adjusted, its noise too");
        found.push(warn("level-far-off", how).help("record it again, closer to the house level"));
    }
    if let Some(at) = sound.clipped_at() {
        found.push(warn("clipped-recording", format!("cut off at full scale, first after {}", seconds(at))));
    }
    let ends = level::silent_ends(sound).into_iter().zip(LONGEST_SILENCE).zip(["begins", "ends"]);
    for ((silence, longest), verb) in ends.filter(|_| prompt.content != Content::Music) {
        if silence > longest {
            let how = format!("{verb} with {} of silence", seconds(silence));
            found.push(warn("silent-ends", how).help("cut it off: callers take it for the end"));
        }
    }
    found
}

fn seconds(length: Duration) -> String {
    format!("{:.2} s", length.as_secs_f32())
}

fn other_words(prompt: &Prompt, recorded: &Recorded, said: &str) -> Diagnostic {
    let what = format!("its words have changed since it was spoken; it says `{said}`");
    doubt("text-changed", prompt, recorded, &what).help("`madoguchi prompts build` speaks it again")
}

fn spoken_otherwise(manifest: &Manifest, language: Language, count: usize) -> Diagnostic {
    let message = format!(
        "{count} recordings in {language} were spoken with other settings, another dictionary or another generator"
    );
    let place = manifest.voices.get(&language).map(|voice| voice.place.clone());
    warning("voice-changed", &place.unwrap_or_else(|| manifest.place.clone()), message)
        .help("`madoguchi prompts build` speaks them again")
}

/// Recordings that no prompt names.
fn strays(folder: &Path, manifest: &Manifest) -> Vec<Diagnostic> {
    let named: BTreeSet<PathBuf> =
        manifest.recordings().map(|(_, recorded)| folder.join(&recorded.file)).collect();
    let mut files = Vec::new();
    collect(folder, DEPTH, &mut files);
    files.sort();
    let stray = |file: &PathBuf| {
        let message = format!("no prompt names {}", file.display());
        warning("stray-recording", &manifest.place, message).help("name it in the manifest, or take it away")
    };
    files.iter().filter(|file| !named.contains(*file)).map(stray).collect()
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files);
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            files.push(path);
        }
    }
}

fn doubt(code: &'static str, prompt: &Prompt, recorded: &Recorded, what: &str) -> Diagnostic {
    let (id, language, file) = (&prompt.id, recorded.language, recorded.file.display());
    warning(code, &prompt.place, format!("prompt `{id}` ({language}): {file}: {what}"))
}

fn warning(code: &'static str, place: &Place, message: String) -> Diagnostic {
    let source: &Source = &place.source;
    Diagnostic::warning(code, source, place.span.clone(), message)
}

#[cfg(test)]
mod tests;
