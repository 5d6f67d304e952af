//! `madoguchi prompts`: what callers can hear, made, checked, listed and listened to.

mod build;
mod check;
mod list;
mod listen;

use super::{BAD, GOOD, Status, bad, settings};
use crate::base::Language;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Speak new and changed texts; what a person recorded is never replaced
    Build(build::Args),
    /// Report what is wrong or doubtful: missing, unused, changed, too loud, clipped, silent
    Check(check::Args),
    /// Show every prompt with what it says and where it is used
    List(list::Args),
    /// Play a prompt on the sound card, or write it to a file
    Listen(listen::Args),
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let settings = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        match self.what {
            What::Build(build) => build.run(&settings.prompts),
            What::Check(check) => check.run(&settings),
            What::List(list) => list.run(&settings),
            What::Listen(listen) => listen.run(&settings.prompts),
        }
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "ja or en".to_string())
}
