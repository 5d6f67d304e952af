//! Recordings of a manifest, read and decoded; what did not change since the last time is not decoded again.

use super::manifest::{Manifest, Prompt, Recorded};
use crate::audio::{Library, LibraryBuilder, Sound, decode};
use crate::base::{Language, PromptId};
use crate::diag::Diagnostic;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// A library, and what each file looked like when it was decoded.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The prompts.
    pub library: Arc<Library>,
    stamps: BTreeMap<(PromptId, Language), Stamp>,
}

/// What changes when a file's content does: whoever writes in place moves its times, whoever replaces
/// it brings another inode.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    file: PathBuf,
    bytes: u64,
    inode: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

/// One recording to decode.
type Job<'m> = (&'m Prompt, &'m Recorded);
/// What came of it.
type Done<'m> = (Job<'m>, Result<Sound, String>);

/// Decodes everything a manifest names, on every core.
pub(super) fn decode_all(folder: &Path, manifest: &Manifest) -> Result<Decoded, Vec<Diagnostic>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    decode_on(cores, folder, manifest, &Decoded::default())
}

/// Decodes what is not as it was, on one core: there may be calls, and the others are theirs.
pub(super) fn decode_changed(
    folder: &Path,
    manifest: &Manifest,
    before: &Decoded,
) -> Result<Decoded, Vec<Diagnostic>> {
    decode_on(1, folder, manifest, before)
}

fn decode_on(
    cores: usize,
    folder: &Path,
    manifest: &Manifest,
    before: &Decoded,
) -> Result<Decoded, Vec<Diagnostic>> {
    let mut builder = LibraryBuilder::new();
    let stamps = stamps(folder, manifest);
    let mut kept = |(prompt, recorded): &Job<'_>| {
        let key = (prompt.id.clone(), recorded.language);
        let same = stamps.get(&key).is_some_and(|stamp| before.stamps.get(&key) == Some(stamp));
        same && builder.insert_from(&before.library, &key.0, key.1)
    };
    let jobs: Vec<Job<'_>> = jobs(manifest).filter(|job| !kept(job)).collect();
    let share = jobs.len().div_ceil(cores).max(1);
    let done: Vec<Done<'_>> = thread::scope(|scope| {
        let start = |jobs| scope.spawn(move || decode_some(folder, jobs));
        let workers: Vec<_> = jobs.chunks(share).map(start).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if done.len() < jobs.len() {
        return Err(jobs.iter().map(|job| wrong(job, folder, "the decoder gave up")).collect());
    }
    let library = build(folder, builder, done)?;
    Ok(Decoded { library: library.into(), stamps })
}

fn jobs(manifest: &Manifest) -> impl Iterator<Item = Job<'_>> {
    manifest.prompts.iter().flat_map(|prompt| prompt.recorded.iter().map(move |recorded| (prompt, recorded)))
}

/// Taken before the files are read: what is written meanwhile is another file the next time.
fn stamps(folder: &Path, manifest: &Manifest) -> BTreeMap<(PromptId, Language), Stamp> {
    let stamp = |(prompt, recorded): Job<'_>| {
        let stamp = Stamp::of(folder.join(&recorded.file))?;
        Some(((prompt.id.clone(), recorded.language), stamp))
    };
    jobs(manifest).filter_map(stamp).collect()
}

impl Stamp {
    /// None where there is no file.
    fn of(file: PathBuf) -> Option<Stamp> {
        let seen = std::fs::metadata(&file).ok()?;
        Some(Stamp {
            file,
            bytes: seen.len(),
            inode: (seen.dev(), seen.ino()),
            modified: (seen.mtime(), seen.mtime_nsec()),
            changed: (seen.ctime(), seen.ctime_nsec()),
        })
    }
}

fn decode_some<'m>(folder: &Path, jobs: &[Job<'m>]) -> Vec<Done<'m>> {
    jobs.iter().map(|job| (*job, decode_file(&folder.join(&job.1.file)))).collect()
}

fn decode_file(path: &Path) -> Result<Sound, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    decode(bytes, extension).map_err(|error| error.to_string())
}

fn build(
    folder: &Path,
    mut builder: LibraryBuilder,
    done: Vec<Done<'_>>,
) -> Result<Library, Vec<Diagnostic>> {
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
