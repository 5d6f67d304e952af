//! `madoguchi audit`: who did what, and whether the log still says so.

use super::{BAD, GOOD, Status, on_store, shown};
use crate::cli::access;
use crate::cli::output::{Format, print};
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show who did what, newest first
    #[command(after_help = "Example: madoguchi audit list --limit 20")]
    List(List),
    /// Look through the whole log for an entry that was changed, taken out or put in
    #[command(
        after_help = "Prints the hash of the last entry: kept elsewhere, it tells a log that was made anew.\n\
        Example: madoguchi audit verify"
    )]
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct List {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Those before this entry
    #[arg(long, value_name = "SEQ")]
    before: Option<u64>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        on_store(config, async |_, store| match self.what {
            What::List(List { limit, before, format }) => {
                access::audit_list(store, limit, before, format).await.map(|text| shown(&text))
            }
            What::Verify(Verify { format }) => {
                let (text, is_whole) = access::audit_verify(store, format).await?;
                print(&text);
                Ok(if is_whole { GOOD } else { BAD })
            }
        })
    }
}
