//! Recordings of a manifest, read and decoded on every core.

use super::manifest::{Manifest, Prompt, Recorded};
use crate::audio::{Library, LibraryBuilder, Sound, decode};
use crate::diag::Diagnostic;
use std::path::Path;
use std::thread;

/// One recording to decode.
type Job<'m> = (&'m Prompt, &'m Recorded);
/// What came of it.
type Done<'m> = (Job<'m>, Result<Sound, String>);

/// Decodes everything a manifest names.
pub(super) fn decode_all(folder: &Path, manifest: &Manifest) -> Result<Library, Vec<Diagnostic>> {
    let jobs: Vec<Job<'_>> =
        manifest.prompts.iter().flat_map(|prompt| prompt.recorded.iter().map(move |r| (prompt, r))).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(cores).max(1);
    let done: Vec<Done<'_>> = thread::scope(|scope| {
        let start = |jobs| scope.spawn(move || decode_some(folder, jobs));
        let workers: Vec<_> = jobs.chunks(share).map(start).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if done.len() < jobs.len() {
        return Err(jobs.iter().map(|job| wrong(job, folder, "the decoder gave up")).collect());
    }
    build(folder, done)
}

fn decode_some<'m>(folder: &Path, jobs: &[Job<'m>]) -> Vec<Done<'m>> {
    jobs.iter().map(|job| (*job, decode_file(&folder.join(&job.1.file)))).collect()
}

fn decode_file(path: &Path) -> Result<Sound, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    decode(bytes, extension).map_err(|error| error.to_string())
}

fn build(folder: &Path, done: Vec<Done<'_>>) -> Result<Library, Vec<Diagnostic>> {
    let mut builder = LibraryBuilder::new();
    let mut found = Vec::new();
    for ((prompt, recorded), sound) in done {
        match sound {
            Ok(sound) => builder.insert(prompt.id.clone(), recorded.language, sound),
            Err(why) => found.push(wrong(&(prompt, recorded), folder, &why)),
        }
    }
    if found.is_empty() { Ok(builder.build()) } else { Err(found) }
}

fn wrong(job: &Job<'_>, folder: &Path, why: &str) -> Diagnostic {
    let (prompt, recorded) = job;
    let file = folder.join(&recorded.file);
    let message = format!("prompt `{}` ({}): {}: {why}", prompt.id, recorded.language, file.display());
    let place = &prompt.place;
    Diagnostic::error("no-recording", &place.source, place.span.clone(), message)
}
