//! `madoguchi prompts build`: texts that are new or changed are spoken by the generator of the folder.

use super::{BAD, GOOD, Status, bad};
use crate::audio::level::Content;
use crate::cli::library::{self, Manifest, Origin, Origins, Prompt, Recorded};
use crate::cli::output::{complain_line, print};
use crate::diag::Diagnostic;
use std::path::Path;
use std::process::Command;

/// What the generator, asked to install nothing, exits with where the engines are missing.
const NO_ENGINES: i32 = 69;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Runs `render` in the prompts' folder and needs its engines: where they are missing it says \
    what to install.\nA recording made by a person stays; delete its file to have the text spoken.\n\
    Example: madoguchi prompts build --only 'menu-*'"
)]
pub(super) struct Args {
    /// These prompts only; * and ? stand for anything
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
}

/// A recording, and where it comes from.
type Job<'m> = (&'m Prompt, &'m Recorded, Origin);

impl Args {
    pub(super) fn run(self, folder: &Path) -> Status {
        match self.build(folder) {
            Ok(status) => status,
            Err(found) => bad(&found),
        }
    }

    fn build(&self, folder: &Path) -> Result<Status, Vec<Diagnostic>> {
        let manifest = library::load_manifest(folder)?;
        let origins = Origins::read(folder, &manifest)?;
        let jobs: Vec<Job<'_>> = manifest
            .recordings()
            .filter(|(prompt, _)| self.wants(prompt.id.as_str()))
            .map(|(prompt, recorded)| (prompt, recorded, origins.of(prompt, recorded)))
            .collect();
        if jobs.is_empty() {
            complain_line(format!("no prompt is called {}", self.only.join(" or ")));
            return Ok(BAD);
        }
        let by_hand = jobs.iter().filter(|(_, _, origin)| *origin == Origin::ByHand).count();
        let stale: Vec<&Job<'_>> =
            jobs.iter().filter(|job| !matches!(job.2, Origin::Spoken | Origin::ByHand)).collect();
        if stale.is_empty() {
            print(&format!("nothing to do: {} recordings, {by_hand} of them made by hand\n", jobs.len()));
            return Ok(GOOD);
        }
        let unspeakable = unspeakable(&stale);
        if !unspeakable.is_empty() {
            return Err(unspeakable);
        }
        let status = speak(folder, &stale);
        tell_readings(&stale, &library::load_manifest(folder)?);
        Ok(status)
    }

    fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|pattern| fits(pattern.as_bytes(), id.as_bytes()))
    }
}

/// Whether a name fits a pattern in which * stands for any characters and ? for one.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], []) => fits(rest, name),
        ([b'*', rest @ ..], [_, later @ ..]) => fits(rest, name) || fits(pattern, later),
        ([b'?', rest @ ..], [_, later @ ..]) => fits(rest, later),
        ([wanted, rest @ ..], [is, later @ ..]) => wanted == is && fits(rest, later),
        _ => false,
    }
}

/// What is to be there in a format that the generator does not write.
fn unspeakable(stale: &[&Job<'_>]) -> Vec<Diagnostic> {
    let foreign =
        stale.iter().filter(|(_, recorded, _)| recorded.file.extension().is_none_or(|e| e != "wav"));
    let error = |(prompt, recorded, _): &&Job<'_>| {
        let file = recorded.file.display();
        let message = format!(
            "prompt `{}` ({}): {file} is missing, and only WAV is spoken",
            prompt.id, recorded.language
        );
        Diagnostic::error("no-recording", &prompt.place.source, prompt.place.span.clone(), message)
    };
    foreign.map(error).collect()
}

/// Has everything spoken: first what has no reading yet, which is proposed.
fn speak(folder: &Path, stale: &[&Job<'_>]) -> Status {
    let (unread, read): (Vec<&Job<'_>>, Vec<&Job<'_>>) = stale.iter().partition(|job| is_unread(job));
    let mut rounds = [(unread, &["--write-readings"][..]), (read, &[])].into_iter();
    let done = rounds.try_for_each(|(jobs, options)| generate(folder, &jobs, options));
    done.map_or_else(
        |why| {
            complain_line(why);
            BAD
        },
        |()| GOOD,
    )
}

fn is_unread((prompt, recorded, _): &Job<'_>) -> bool {
    recorded.reading.is_none() && prompt.content != Content::Music
}

fn generate(folder: &Path, jobs: &[&Job<'_>], options: &[&str]) -> Result<(), String> {
    if jobs.is_empty() {
        return Ok(());
    }
    let generator = folder.join("render");
    let only = jobs.iter().flat_map(|(prompt, recorded, _)| {
        ["--only".to_owned(), format!("{}/{}", recorded.language, prompt.id)]
    });
    let mut command = Command::new(&generator);
    command.arg("--no-install").args(options).args(only);
    let ended = command.status().map_err(|error| {
        let shown = generator.display();
        format!("{shown}: {error}; a copy of the prompts needs `render`, `requirements.txt` and the *.py beside it")
    })?;
    match ended.code() {
        Some(0) => Ok(()),
        Some(NO_ENGINES) => Err("nothing was spoken".to_owned()),
        _ => Err(
            "not everything was spoken. Where a reading is wrong, correct `say`; where it is right, take \
            the old `reading` out of the manifest and build again"
                .to_owned(),
        ),
    }
}

/// Names the readings that were not there before: somebody has to judge them.
fn tell_readings(stale: &[&Job<'_>], now: &Manifest) {
    for (prompt, recorded, _) in stale.iter().filter(|job| is_unread(job)) {
        let same = |other: &&Recorded| other.language == recorded.language;
        let found = now.prompt(prompt.id.as_str()).and_then(|prompt| prompt.recorded.iter().find(same));
        if let Some(reading) = found.and_then(|recorded| recorded.reading.as_ref()) {
            let (id, language) = (&prompt.id, recorded.language);
            print(&format!("{id} ({language}): reading proposed, judge it before use: {reading}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything_and_a_question_mark_for_one() {
        for (pattern, name) in
            [("menu-*", "menu-pin"), ("*", ""), ("*-?", "digit-7"), ("a", "a"), ("*pin*", "menu-pin")]
        {
            assert!(fits(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in [("menu-*", "menu"), ("?", ""), ("*-?", "number-12"), ("a", "ab"), ("", "a")] {
            assert!(!fits(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
    }
}
