//! `madoguchi doctor`: what is wrong with the settings, the machine and the lines, and what to do.

use super::{BAD, GOOD, Status, runtime, settings};
use crate::cli::doctor::{Report, examine};
use crate::cli::output::{Format, complain_line, json, print};
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Where an engine runs with these settings, it is asked how its trunks stand. Where none does, doctor\n\
    listens in its place, looks names up, registers and asks by OPTIONS itself, and takes back what it registered.\n\
    The status is 1 where something is wrong.\n\
    Example: madoguchi doctor --trunk ntt"
)]
pub(super) struct Args {
    /// One trunk; all of them, and the machine, where it is left out
    #[arg(long, value_name = "NAME")]
    trunk: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let loaded = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let report = runtime().and_then(|runtime| runtime.block_on(examine(&loaded, self.trunk.as_deref())));
        match report {
            Ok(report) => self.print(&report),
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    fn print(&self, report: &Report) -> Status {
        print(&match self.format {
            Format::Text => report.text(),
            Format::Json => json(report),
        });
        if report.good { GOOD } else { BAD }
    }
}
