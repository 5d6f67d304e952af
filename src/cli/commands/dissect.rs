//! `madoguchi dissect`: SIP messages as the engine reads them.

use super::{BAD, GOOD, Status};
use crate::cli::dissect::{dissect_file, line};
use crate::cli::output::{complain, print};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "One message per file; one JSON object per line.\nExample: madoguchi dissect invite.sip"
)]
pub(super) struct Args {
    /// Files with one SIP message each
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Args {
    pub(super) fn run(self) -> Status {
        let mut all_good = true;
        for file in &self.files {
            let found = dissect_file(file);
            if let Some(error) = &found.error {
                complain(&format!("{}: byte {}: {}\n", found.file, error.at, error.what));
            }
            print(&format!("{}\n", line(&found)));
            all_good &= found.ok;
        }
        if all_good { GOOD } else { BAD }
    }
}
