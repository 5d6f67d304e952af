//! `madoguchi schema`: what editors need to know of the files people write.

use super::{GOOD, Status};
use crate::cli::output::{json, print};
use crate::cli::schema;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "JSON Schema, draft 2020-12. A first line `#:schema dialplan.schema.json` tells editors of the file.\n\
    Example: madoguchi schema dialplan > dialplans/dialplan.schema.json"
)]
pub(super) struct Args {
    /// Of which file
    #[arg(value_enum)]
    of: Of,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// A dialplan
    Dialplan,
    /// madoguchi.toml
    Settings,
}

impl Args {
    pub(super) fn run(self) -> Status {
        print(&json(&match self.of {
            Of::Dialplan => schema::dialplan(),
            Of::Settings => schema::settings(),
        }));
        GOOD
    }
}
