//! `madoguchi prompts list`: every prompt, what it says, how long, and which steps play it.

use super::{GOOD, Status, bad, language};
use crate::audio::Library;
use crate::base::Language;
use crate::cli::library::{self, Manifest, Usage};
use crate::cli::output::{Format, columns, json, print};
use crate::cli::plans;
use crate::cli::settings::Settings;
use crate::diag::Diagnostic;
use serde::Serialize;

/// Steps named in a line of text; the others are counted.
const STEPS_SHOWN: usize = 2;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: madoguchi prompts list --lang en")]
pub(super) struct Args {
    /// One language; both where it is left out
    #[arg(long, value_parser = language)]
    lang: Option<Language>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    language: &'static str,
    file: String,
    duration_ms: u64,
    text: &'a str,
    used: &'a [String],
}

impl Args {
    pub(super) fn run(self, settings: &Settings) -> Status {
        match self.printed(settings) {
            Ok(text) => {
                print(&text);
                GOOD
            }
            Err(found) => bad(&found),
        }
    }

    fn printed(&self, settings: &Settings) -> Result<String, Vec<Diagnostic>> {
        let (manifest, library) = library::load(&settings.prompts)?;
        let names = plans::names(settings, &manifest, crate::cli::now());
        let (plans, _) = plans::load(&[&settings.dialplans], &names)?;
        let usage = plans::usage(&plans);
        let rows = self.rows(&manifest, &library, &usage);
        Ok(match self.format {
            Format::Json => json(&rows),
            Format::Text => columns(&rows.iter().map(Row::cells).collect::<Vec<_>>()),
        })
    }

    fn rows<'a>(&self, manifest: &'a Manifest, library: &Library, usage: &'a Usage) -> Vec<Row<'a>> {
        let wanted = manifest.recordings().filter(|(_, r)| self.lang.is_none_or(|l| l == r.language));
        let rows = wanted.map(|(prompt, recorded)| {
            let length = library.duration(&prompt.id, recorded.language).unwrap_or_default();
            Row {
                id: prompt.id.as_str(),
                language: recorded.language.tag(),
                file: recorded.file.display().to_string(),
                duration_ms: u64::try_from(length.as_millis()).unwrap_or(u64::MAX),
                text: &recorded.text,
                used: usage.get(&prompt.id).map(Vec::as_slice).unwrap_or_default(),
            }
        });
        rows.collect()
    }
}

impl Row<'_> {
    fn cells(&self) -> [String; 5] {
        let seconds = format!("{}.{} s", self.duration_ms / 1_000, self.duration_ms % 1_000 / 100);
        [self.id.to_string(), self.language.to_string(), seconds, self.steps(), self.text.to_string()]
    }

    fn steps(&self) -> String {
        let (shown, more) = self.used.split_at(self.used.len().min(STEPS_SHOWN));
        match (shown, more.len()) {
            ([], _) => "-".into(),
            (shown, 0) => shown.join(" "),
            (shown, more) => format!("{} +{more}", shown.join(" ")),
        }
    }
}
