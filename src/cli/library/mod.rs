//! The prompts of a folder: its manifest read, its recordings decoded, all shared as one library.
//!
//! Owns: the format of `manifest.toml` as far as an engine reads it, where recordings lie. Does not
//! know: which plan plays what, the synthesiser's part of the manifest.
//!
//! Invariants: a file that did not change is decoded once; a library is whole or not there: a recording that is missing or cannot be decoded is
//! an error with the prompt's id.

mod manifest;
mod recordings;

pub use manifest::{Manifest, Prompt, Recorded};
pub use recordings::Decoded;

use crate::audio::Library;
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

/// Reads the manifest of a folder only.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_manifest(folder: &Path) -> Result<Manifest, Vec<Diagnostic>> {
    manifest::read(folder)
}

#[cfg(test)]
mod tests;
