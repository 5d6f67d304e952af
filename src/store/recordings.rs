//! Recordings of callers: one thread that writes them as WAV files, 8 kHz, 16 bits, mono.
//!
//! A file is written under a name of its own (`.NAME.part`), put on disk whole, and only then renamed to
//! `NAME.wav`: whoever sees that name sees all of the recording. One that lost samples on the way is
//! `NAME.incomplete.wav`. Where the disk is full or the folder cannot be written, the recording is lost
//! and its call goes on. What a crash leaves behind are `.part` files.

use crate::audio::SAMPLE_RATE_HZ;
use crate::media::{RecordingKey, Take};
use crate::node::{Kept, Recorded};
use hound::{SampleFormat, WavSpec, WavWriter};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Takes that wait for the disk: at 200 ms each, 100 callers who speak at once fill it in 8 s.
const MAILBOX: usize = 4_096;
/// Reports nobody has read yet; the thread waits beyond that.
const REPORTS: usize = 256;

const FORMAT: WavSpec = WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// Starts the thread that keeps recordings in this folder, which is made where it is missing. It ends when
/// every sender is gone.
///
/// # Errors
/// No thread can be started.
pub fn start(folder: PathBuf) -> io::Result<(Sender<Take>, Receiver<Recorded>)> {
    let (takes, inbox) = channel(MAILBOX);
    let (tell, reports) = channel(REPORTS);
    let keeper = Keeper { folder, open: BTreeMap::new(), tell };
    std::thread::Builder::new().name("recordings".into()).spawn(move || keeper.work(inbox))?;
    Ok((takes, reports))
}

struct Keeper {
    folder: PathBuf,
    open: BTreeMap<RecordingKey, Result<Recording, String>>,
    tell: Sender<Recorded>,
}

/// A file being written.
struct Recording {
    name: String,
    part: PathBuf,
    wav: WavWriter<BufWriter<File>>,
}

impl Keeper {
    fn work(mut self, mut inbox: Receiver<Take>) {
        while let Some(take) = inbox.blocking_recv() {
            match take {
                Take::Begin { recording, name } => self.begin(recording, name),
                Take::Samples { recording, samples } => self.write(recording, &samples),
                Take::End { recording, keep, complete } => self.end(recording, keep, complete),
            }
        }
    }

    fn begin(&mut self, recording: RecordingKey, name: String) {
        let begun = Recording::begin(&self.folder, name);
        self.open.insert(recording, begun.map_err(|error| self.failure(&error)));
    }

    /// What cannot be written ends the writing, not the recording: its end is still reported.
    fn write(&mut self, recording: RecordingKey, samples: &[i16]) {
        let Some(Ok(open)) = self.open.get_mut(&recording) else { return };
        if let Err(error) = samples.iter().try_for_each(|sample| open.wav.write_sample(*sample)) {
            let failure = Err(self.failure(&error));
            if let Some(Ok(failed)) = self.open.insert(recording, failure) {
                failed.discard();
            }
        }
    }

    fn end(&mut self, recording: RecordingKey, keep: bool, complete: bool) {
        let result = match self.open.remove(&recording) {
            Some(Ok(open)) if keep => open.keep(&self.folder, complete).map_err(|error| self.failure(&error)),
            Some(Ok(open)) => {
                open.discard();
                Ok(None)
            }
            Some(Err(why)) if keep => Err(why),
            Some(Err(_)) | None => Ok(None),
        };
        let _nobody_waits = self.tell.blocking_send(Recorded { recording, result });
    }

    fn failure(&self, error: &hound::Error) -> String {
        format!("{}: {error}", self.folder.display())
    }
}

impl Recording {
    fn begin(folder: &Path, name: String) -> Result<Recording, hound::Error> {
        fs::create_dir_all(folder)?;
        let part = folder.join(format!(".{name}.part"));
        let wav = WavWriter::create(&part, FORMAT)?;
        Ok(Recording { name, part, wav })
    }

    /// Puts it on disk under its own name.
    fn keep(self, folder: &Path, complete: bool) -> Result<Option<Kept>, hound::Error> {
        let Recording { name, part, wav } = self;
        let length = Duration::from_secs(1) * wav.duration() / SAMPLE_RATE_HZ;
        let file = format!("{name}{}.wav", if complete { "" } else { ".incomplete" });
        let kept = wav.finalize().and_then(|()| {
            File::open(&part)?.sync_all()?;
            fs::rename(&part, folder.join(&file))?;
            Ok(File::open(folder)?.sync_all()?)
        });
        if kept.is_err() {
            let _gone_already = fs::remove_file(&part);
        }
        kept.map(|()| Some(Kept { file, length }))
    }

    fn discard(self) {
        drop(self.wav);
        if let Err(error) = fs::remove_file(&self.part) {
            tracing::warn!("{} stays behind: {error}", self.part.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: RecordingKey = RecordingKey(1);

    fn take(keep: bool, complete: bool) -> Vec<Take> {
        vec![
            Take::Begin { recording: KEY, name: "abc-1".into() },
            Take::Samples { recording: KEY, samples: vec![5; 6_000] },
            Take::Samples { recording: KEY, samples: vec![-5; 6_000] },
            Take::End { recording: KEY, keep, complete },
        ]
    }

    /// What becomes of these takes, and what is in the folder then.
    fn kept(folder: &Path, takes: Vec<Take>) -> (Vec<Recorded>, Vec<String>) {
        let (inbox, mut reports) = start(folder.to_path_buf()).expect("a thread");
        takes.into_iter().for_each(|take| inbox.blocking_send(take).expect("it works"));
        drop(inbox);
        let reports = std::iter::from_fn(|| reports.blocking_recv()).collect();
        let names = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        (reports, names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn a_message_is_a_whole_file_under_its_own_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let within = folder.path().join("made/here");
        let (reports, names) = kept(&within, take(true, true));
        let file = Kept { file: "abc-1.wav".into(), length: Duration::from_millis(1_500) };
        assert_eq!(reports, [Recorded { recording: KEY, result: Ok(Some(file)) }]);
        assert_eq!(names, ["abc-1.wav"]);
        let mut wav = hound::WavReader::open(within.join("abc-1.wav")).expect("a WAV file");
        assert_eq!(wav.spec(), FORMAT);
        let samples: Vec<i16> = wav.samples().map(|s| s.expect("a sample")).collect();
        assert_eq!(samples, [vec![5; 6_000], vec![-5; 6_000]].concat());
    }

    #[test]
    fn what_is_not_to_be_kept_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (reports, names) = kept(folder.path(), take(false, true));
        assert_eq!((reports[0].result.clone(), names.len()), (Ok(None), 0));
    }

    #[test]
    fn a_message_with_gaps_says_so_in_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(folder.path(), take(true, false)).1, ["abc-1.incomplete.wav"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_loses_the_message_and_nothing_else() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let (reports, _) = kept(file.path(), [take(true, true), take(false, true)].concat());
        assert!(
            reports[0].result.as_ref().is_err_and(|why| why.contains(&file.path().display().to_string()))
        );
        assert_eq!(reports[1].result, Ok(None));
    }

    #[test]
    fn an_end_without_a_beginning_is_reported_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let end = Take::End { recording: KEY, keep: false, complete: true };
        assert_eq!(kept(folder.path(), vec![end]).0, [Recorded { recording: KEY, result: Ok(None) }]);
    }
}
