//! `madoguchi demo`: the newcomer's first minute.

use super::{BAD, GOOD, Status, bad, runtime};
use crate::cli::demo;
use crate::cli::output::complain_line;
use crate::cli::running::{LogFormat, Refused, start_logging};
use crate::cli::workplace::Workplace;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Takes about half a minute, over real SIP and RTP on free ports of loopback.\nExample: madoguchi demo"
)]
pub(super) struct Args {
    /// Where cases and recordings are left
    #[arg(long, value_name = "FOLDER", default_value = "data/demo")]
    folder: PathBuf,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let _logging = match start_logging(LogFormat::Text, "error") {
            Ok(logging) => logging,
            Err(why) => {
                complain_line(why);
                return BAD;
            }
        };
        let workplace = match Workplace::load(config, None) {
            Ok(workplace) => workplace,
            Err(found) => return bad(&found),
        };
        let played = runtime()
            .map_err(Refused::Line)
            .and_then(|runtime| runtime.block_on(demo::run(&workplace, &self.folder)));
        match played {
            Ok(true) => GOOD,
            Ok(false) => BAD,
            Err(refused) => refused.print(),
        }
    }
}
