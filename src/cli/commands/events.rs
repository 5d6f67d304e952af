//! `madoguchi events`: what receivers outside are still to be told, and what they were not told.

use super::{GOOD, Status, now, on_store, shown};
use crate::cli::events;
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
    /// Show how much waits for each receiver, and what was given up, newest first
    #[command(after_help = "What was given up is kept for 30 days.\nExample: madoguchi events list")]
    List(List),
    /// Send again what was given up; the running engine does so at once
    #[command(after_help = "Example: madoguchi events retry --receiver crm")]
    Retry(Retry),
    /// List the types of events, as `types` of [events.NAME] takes them
    #[command(after_help = "Example: madoguchi events types")]
    Types,
}

#[derive(Debug, clap::Args)]
struct List {
    /// At most so many that were given up
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Retry {
    /// Only what was for this receiver
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        match self.what {
            What::Types => {
                print(&events::types());
                GOOD
            }
            What::List(List { limit, format }) => on_store(config, async |_, store| {
                events::listed(store, limit, now(), format).await.map(|text| shown(&text))
            }),
            What::Retry(Retry { receiver }) => on_store(config, async |_, store| {
                events::again(store, receiver.as_deref()).await.map(|text| shown(&text))
            }),
        }
    }
}
