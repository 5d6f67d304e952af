//! `madoguchi audit`: who did what, and whether the log still says so.

use super::{BAD, GOOD, Status, runtime, settings};
use crate::cli::access;
use crate::cli::output::{Format, complain_line, print};
use crate::store::Store;
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
        let url = match settings(config) {
            Ok(loaded) => loaded.settings.store_url,
            Err(status) => return status,
        };
        match runtime().and_then(|runtime| runtime.block_on(self.answer(&url))) {
            Ok((text, is_good)) => {
                print(&text);
                if is_good { GOOD } else { BAD }
            }
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    async fn answer(self, url: &str) -> Result<(String, bool), String> {
        let store = Store::open_existing(url).await.map_err(|error| error.to_string())?;
        let answer = match self.what {
            What::List(List { limit, before, format }) => {
                access::audit_list(&store, limit, before, format).await.map(|text| (text, true))
            }
            What::Verify(Verify { format }) => access::audit_verify(&store, format).await,
        };
        store.close().await;
        answer
    }
}
