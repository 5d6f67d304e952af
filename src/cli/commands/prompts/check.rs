//! `madoguchi prompts check`: what is wrong or doubtful about the prompts, with its place in the manifest.

use super::{Status, bad};
use crate::cli::check::{Report, run};
use crate::cli::library::{self, Manifest, Origins};
use crate::cli::output::{Format, complain, print};
use crate::cli::plans;
use crate::cli::settings::Settings;
use crate::cli::workplace::keep;
use crate::diag::{Diagnostic, Diagnostics};

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit 1 where a recording is missing or damaged; everything else is a warning.\n\
    Example: madoguchi prompts check --format json")]
pub(super) struct Args {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, settings: &Settings) -> Status {
        let (manifest, diagnostics) = match inspected(settings) {
            Ok(inspected) => inspected,
            Err(found) => return bad(&found),
        };
        let count = manifest.recordings().count();
        let proved = format!("prompts: {count} recordings in {}", settings.prompts.display());
        let report = Report { diagnostics, plans: None, proved: vec![proved] };
        let printed = run(&report, self.format);
        complain(&printed.stderr);
        print(&printed.stdout);
        printed.exit
    }
}

/// The manifest, and everything found. What is used only good plans tell.
fn inspected(settings: &Settings) -> Result<(Manifest, Vec<Diagnostic>), Vec<Diagnostic>> {
    let manifest = library::load_manifest(&settings.prompts)?;
    let origins = Origins::read(&settings.prompts, &manifest)?;
    let mut found = Diagnostics::new();
    let names = plans::names(settings, &manifest, crate::cli::now());
    let usage = keep(plans::load(&[&settings.dialplans], &names), &mut found).map(|set| plans::usage(&set));
    found.extend(library::inspect(&settings.prompts, &manifest, &origins, usage.as_ref()));
    Ok((manifest, found.into_sorted()))
}
