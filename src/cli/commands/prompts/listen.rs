//! `madoguchi prompts listen`: a prompt as callers hear it, on the sound card or in a file.

use super::{BAD, GOOD, Status, bad, language};
use crate::audio::Sound;
use crate::base::Language;
use crate::cli::handset::write_wav;
use crate::cli::library::{self, Manifest};
use crate::cli::output::complain_line;
use crate::cli::speaker::Speaker;
use crate::diag::did_you_mean;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: madoguchi prompts listen menu-language --lang ja")]
pub(super) struct Args {
    /// The prompt's name
    id: String,
    /// Its language
    #[arg(long, value_parser = language, default_value = "ja")]
    lang: Language,
    /// Write it to this WAV file instead of playing it
    #[arg(long, value_name = "FILE.wav")]
    out: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, folder: &Path) -> Status {
        let manifest = match library::load_manifest(folder) {
            Ok(manifest) => manifest,
            Err(found) => return bad(&found),
        };
        match self.sound(folder, &manifest).and_then(|sound| self.hand_out(&sound)) {
            Ok(()) => GOOD,
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    fn sound(&self, folder: &Path, manifest: &Manifest) -> Result<Sound, String> {
        let prompt = manifest.prompt(&self.id).ok_or_else(|| {
            let names = manifest.prompts.iter().map(|prompt| prompt.id.as_str());
            let meant =
                did_you_mean(&self.id, names).map_or(String::new(), |id| format!("; did you mean `{id}`?"));
            format!("there is no prompt `{}`{meant}", self.id)
        })?;
        let recorded = prompt.recorded.iter().find(|recorded| recorded.language == self.lang);
        let recorded =
            recorded.ok_or_else(|| format!("prompt `{}` is not recorded in {}", self.id, self.lang))?;
        library::decode_one(folder, prompt, recorded)
    }

    fn hand_out(&self, sound: &Sound) -> Result<(), String> {
        match &self.out {
            Some(file) => write_wav(file, &sound.samples),
            None => {
                let speaker = Speaker::open()?;
                speaker.say(&sound.samples);
                speaker.finish();
                Ok(())
            }
        }
    }
}
