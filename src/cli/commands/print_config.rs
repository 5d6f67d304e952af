//! `madoguchi print-config`: the settings in force.

use super::{GOOD, Status, settings};
use crate::cli::output::{complain_of, print};
use crate::cli::settings::print as printed;
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: madoguchi print-config --config /etc/madoguchi.toml")]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        match settings(config) {
            Ok(loaded) => {
                complain_of(&loaded.warnings);
                print(&printed(&loaded.settings));
                GOOD
            }
            Err(status) => status,
        }
    }
}
