//! `madoguchi prompts list` and `prompts listen`: what callers can hear.

use super::{BAD, GOOD, Status, bad, settings};
use crate::audio::{Library, decode};
use crate::base::Language;
use crate::cli::library::{self, Manifest, Prompt, Recorded};
use crate::cli::output::{Format, columns, complain_line, json, print};
use crate::cli::speaker::Speaker;
use crate::diag::did_you_mean;
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show every prompt with what it says
    #[command(after_help = "Example: madoguchi prompts list --lang en")]
    List(List),
    /// Play a prompt on the sound card
    #[command(after_help = "Example: madoguchi prompts listen menu-language --lang ja")]
    Listen(Listen),
}

#[derive(Debug, clap::Args)]
struct List {
    /// One language; both where it is left out
    #[arg(long, value_parser = language)]
    lang: Option<Language>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Listen {
    /// The prompt's name
    id: String,
    /// Its language
    #[arg(long, value_parser = language, default_value = "ja")]
    lang: Language,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let folder = match settings(config) {
            Ok(loaded) => loaded.settings.prompts,
            Err(status) => return status,
        };
        match self.what {
            What::List(list) => match library::load(&folder) {
                Ok((manifest, library)) => list.run(&manifest, &library),
                Err(found) => bad(&found),
            },
            What::Listen(listen) => match library::load_manifest(&folder) {
                Ok(manifest) => listen.run(&folder, &manifest),
                Err(found) => bad(&found),
            },
        }
    }
}

#[derive(Serialize)]
struct PromptJson<'a> {
    id: &'a str,
    language: &'static str,
    file: String,
    duration_ms: u64,
    text: &'a str,
}

impl List {
    fn run(self, manifest: &Manifest, library: &Library) -> Status {
        let wanted = |recorded: &&Recorded| self.lang.is_none_or(|language| language == recorded.language);
        let row = |prompt: &'_ Prompt, recorded: &'_ Recorded| {
            let length = library.duration(&prompt.id, recorded.language).unwrap_or_default();
            u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
        };
        let rows: Vec<PromptJson<'_>> = manifest
            .prompts
            .iter()
            .flat_map(|prompt| prompt.recorded.iter().filter(wanted).map(move |recorded| (prompt, recorded)))
            .map(|(prompt, recorded)| PromptJson {
                id: prompt.id.as_str(),
                language: recorded.language.tag(),
                file: recorded.file.display().to_string(),
                duration_ms: row(prompt, recorded),
                text: &recorded.text,
            })
            .collect();
        print(&match self.format {
            Format::Json => json(&rows),
            Format::Text => columns(&rows.iter().map(PromptJson::cells).collect::<Vec<_>>()),
        });
        GOOD
    }
}

impl PromptJson<'_> {
    fn cells(&self) -> [String; 4] {
        let seconds = format!("{}.{} s", self.duration_ms / 1_000, self.duration_ms % 1_000 / 100);
        [self.id.to_string(), self.language.to_string(), seconds, self.text.to_string()]
    }
}

impl Listen {
    fn run(self, folder: &Path, manifest: &Manifest) -> Status {
        match self.play(folder, manifest) {
            Ok(()) => GOOD,
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    fn play(&self, folder: &Path, manifest: &Manifest) -> Result<(), String> {
        let prompt = manifest.prompt(&self.id).ok_or_else(|| {
            let names = manifest.prompts.iter().map(|prompt| prompt.id.as_str());
            let meant =
                did_you_mean(&self.id, names).map_or(String::new(), |id| format!("; did you mean `{id}`?"));
            format!("there is no prompt `{}`{meant}", self.id)
        })?;
        let recorded = prompt.recorded.iter().find(|recorded| recorded.language == self.lang);
        let recorded =
            recorded.ok_or_else(|| format!("prompt `{}` is not recorded in {}", self.id, self.lang))?;
        let path = folder.join(&recorded.file);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let sound = decode(bytes, extension).map_err(|error| format!("{}: {error}", path.display()))?;
        let speaker = Speaker::open()?;
        speaker.say(&sound.samples);
        speaker.finish();
        Ok(())
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "ja or en".to_string())
}
