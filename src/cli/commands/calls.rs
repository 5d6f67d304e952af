//! `madoguchi calls`: calls from the store of the settings.

use super::{Status, on_store, shown};
use crate::case::CaseNumber;
use crate::cli::calls::{list, show};
use crate::cli::output::Format;
use crate::store::CallFilter;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(after_help = "Without a command: list.\nExample: madoguchi calls list --limit 10")]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show calls that are over, newest first
    #[command(after_help = "Example: madoguchi calls list --case 600000012")]
    List(List),
    /// Show one call with its way through the dialplan
    #[command(after_help = "Example: madoguchi calls show 19c4a7e2-1")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Those of this case
    #[arg(long, value_name = "CASE", value_parser = super::case::case_number)]
    case: Option<CaseNumber>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = USUAL)]
    limit: u32,
    /// The call to begin with, from the end of the list before
    #[arg(long, value_name = "CALL")]
    from: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Calls of a list where nobody says how many.
const USUAL: u32 = 50;

impl Default for List {
    fn default() -> List {
        List { case: None, limit: USUAL, from: None, format: Format::default() }
    }
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The engine's name for the call
    #[arg(value_name = "CALL")]
    id: String,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        on_store(config, async |_, store| {
            let answer = match self.what.unwrap_or_else(|| What::List(List::default())) {
                What::List(List { case, limit, from, format }) => {
                    let filter = CallFilter { case, ..CallFilter::default() };
                    list(store, &filter, limit, from.as_deref(), format).await
                }
                What::Show(Show { id, format }) => show(store, &id, format).await,
            };
            answer.map(|text| shown(&text)).map_err(|error| error.to_string())
        })
    }
}
