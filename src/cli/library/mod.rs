//! The prompts of a folder: its manifest read, its recordings decoded, all shared as one library.
//!
//! Owns: the format of `manifest.toml`, where recordings lie, what they were made from (`index.json`),
//! what is doubtful about them. Does not know: which plan plays what, how a synthesiser works.
//!
//! Invariants: a library is whole or not there: a recording that is missing or cannot be decoded is
//! an error with the prompt's id; every sound in it is at the house level; a file that did not change is
//! decoded once.

mod inspect;
mod manifest;
mod origins;
mod recordings;
mod words;

pub use inspect::{Usage, inspect};
pub use manifest::{Manifest, Prompt, Recorded, Voice};
pub use origins::{Origin, Origins};
pub use recordings::Decoded;

use crate::audio::{Library, Sound};
use crate::diag::Diagnostic;
use std::path::Path;
use std::sync::Arc;

/// Reads the manifest of a folder and decodes everything it names.
///
/// # Errors
/// Everything that is wrong with the manifest; else every recording that is missing or damaged.
pub fn load(folder: &Path) -> Result<(Manifest, Arc<Library>), Vec<Diagnostic>> {
    let manifest = manifest::read(folder)?;
    let library = recordings::decode_all(folder, &manifest)?.library;
    Ok((manifest, library))
}

/// Decodes everything a manifest names.
///
/// # Errors
/// Every recording that is missing or damaged.
pub fn decode(folder: &Path, manifest: &Manifest) -> Result<Decoded, Vec<Diagnostic>> {
    recordings::decode_all(folder, manifest)
}

/// Decodes what a manifest names anew or otherwise than before; the rest is shared with what was.
///
/// # Errors
/// Every recording that is missing or damaged.
pub fn decode_changed(
    folder: &Path,
    manifest: &Manifest,
    before: &Decoded,
) -> Result<Decoded, Vec<Diagnostic>> {
    recordings::decode_changed(folder, manifest, before)
}

/// Decodes one recording: what callers hear.
///
/// # Errors
/// In one line: it is missing or damaged.
pub fn decode_one(folder: &Path, prompt: &Prompt, recorded: &Recorded) -> Result<Sound, String> {
    let job = (prompt, recorded);
    recordings::heard(folder, job, None).map_err(|why| recordings::wrong(job, folder, &why).message)
}

/// Reads the manifest of a folder only.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_manifest(folder: &Path) -> Result<Manifest, Vec<Diagnostic>> {
    manifest::read(folder)
}

#[cfg(test)]
mod tests;
