//! Recordings of a manifest, read, decoded and brought to the house level; what did not change since the
//! last time is not decoded again.

use super::manifest::{Manifest, Prompt, Recorded};
use super::origins::Origins;
use crate::audio::level::{self, Content};
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

/// What changes when a file does: whoever writes in place moves its times, whoever replaces it brings
/// another inode. What it is says which level it has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    content: Content,
    file: PathBuf,
    bytes: u64,
    inode: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

/// One recording and its prompt.
type Job<'m> = (&'m Prompt, &'m Recorded);

/// Decodes everything a manifest names, on every core.
pub(super) fn decode_all(folder: &Path, manifest: &Manifest) -> Result<Decoded, Vec<Diagnostic>> {
    decode_on(all_cores(), folder, manifest, &Decoded::default())
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
    let jobs: Vec<Job<'_>> = manifest.recordings().filter(|job| !kept(job)).collect();
    // Without an index nothing is known to be at level, and everything is measured.
    let origins = Origins::read(folder, manifest).ok();
    let mut found = Vec::new();
    for (job, sound) in on_cores(cores, jobs, |job| heard(folder, job, origins.as_ref())) {
        match sound {
            Some(Ok(sound)) => builder.insert(job.0.id.clone(), job.1.language, sound),
            Some(Err(why)) => found.push(wrong(job, folder, &why)),
            None => found.push(wrong(job, folder, "the decoder gave up")),
        }
    }
    if found.is_empty() { Ok(Decoded { library: builder.build().into(), stamps }) } else { Err(found) }
}

fn all_cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A recording as callers hear it: at the house level, where the generator's are already.
pub(super) fn heard(folder: &Path, job: Job<'_>, origins: Option<&Origins>) -> Result<Sound, String> {
    let (prompt, recorded) = job;
    let bytes = bytes(folder, job)?;
    let at_level = origins.is_some_and(|origins| origins.is_at_level(prompt, recorded, &bytes));
    let sound = decoded(job, bytes)?;
    Ok(if at_level { sound } else { level::at_house_level(sound, prompt.content) })
}

/// A recording as it lies there.
pub(super) fn as_it_is(folder: &Path, job: Job<'_>) -> Result<Sound, String> {
    decoded(job, bytes(folder, job)?)
}

fn bytes(folder: &Path, job: Job<'_>) -> Result<Vec<u8>, String> {
    std::fs::read(folder.join(&job.1.file)).map_err(|error| error.to_string())
}

fn decoded(job: Job<'_>, bytes: Vec<u8>) -> Result<Sound, String> {
    let extension = job.1.file.extension().and_then(|extension| extension.to_str());
    decode(bytes, extension).map_err(|error| error.to_string())
}

/// Does something with every recording on every core; `None` where it panicked.
pub(super) fn on_every_core<T: Send>(
    manifest: &Manifest,
    work: impl Fn(Job<'_>) -> T + Sync,
) -> Vec<(Job<'_>, Option<T>)> {
    on_cores(all_cores(), manifest.recordings().collect(), work)
}

fn on_cores<'m, T: Send>(
    cores: usize,
    jobs: Vec<Job<'m>>,
    work: impl Fn(Job<'_>) -> T + Sync,
) -> Vec<(Job<'m>, Option<T>)> {
    let share = jobs.len().div_ceil(cores).max(1);
    let work_off = &|jobs: &[Job<'_>]| jobs.iter().map(|job| work(*job)).collect::<Vec<T>>();
    let done: Vec<Option<T>> = thread::scope(|scope| {
        let start = |jobs| (jobs, scope.spawn(move || work_off(jobs)));
        let workers: Vec<_> = jobs.chunks(share).map(start).collect();
        let done = |(jobs, worker): (&[Job<'_>], thread::ScopedJoinHandle<'_, Vec<T>>)| match worker.join() {
            Ok(done) => done.into_iter().map(Some).collect(),
            Err(_) => jobs.iter().map(|_| None).collect::<Vec<Option<T>>>(),
        };
        workers.into_iter().flat_map(done).collect()
    });
    jobs.into_iter().zip(done).collect()
}

/// Taken before the files are read: what is written meanwhile is another file the next time.
fn stamps(folder: &Path, manifest: &Manifest) -> BTreeMap<(PromptId, Language), Stamp> {
    let stamp = |(prompt, recorded): Job<'_>| {
        let stamp = Stamp::of(prompt.content, folder.join(&recorded.file))?;
        Some(((prompt.id.clone(), recorded.language), stamp))
    };
    manifest.recordings().filter_map(stamp).collect()
}

impl Stamp {
    /// None where there is no file.
    fn of(content: Content, file: PathBuf) -> Option<Stamp> {
        let seen = std::fs::metadata(&file).ok()?;
        Some(Stamp {
            content,
            file,
            bytes: seen.len(),
            inode: (seen.dev(), seen.ino()),
            modified: (seen.mtime(), seen.mtime_nsec()),
            changed: (seen.ctime(), seen.ctime_nsec()),
        })
    }
}

/// A recording that is missing or damaged.
pub(super) fn wrong(job: Job<'_>, folder: &Path, why: &str) -> Diagnostic {
    let (prompt, recorded) = job;
    let file = folder.join(&recorded.file);
    let message = format!("prompt `{}` ({}): {}: {why}", prompt.id, recorded.language, file.display());
    let place = &prompt.place;
    Diagnostic::error("no-recording", &place.source, place.span.clone(), message)
}
