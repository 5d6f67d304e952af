//! `madoguchi sim`: random callers, or one scenario, in virtual time.

use super::{BAD, GOOD, Status};
use crate::cli::sim::{Ask, run};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The same seed gives the same hash of all journals. Status 1: a rule was broken.\n\nExample: madoguchi sim --calls 10000 --seed 7"
)]
pub(super) struct Args {
    /// How many people call
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    calls: u64,
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print the ladder of the first world, at most 40 callers
    #[arg(long)]
    ladder: bool,
    /// A world as in tests/scenario, in place of random callers
    scenario: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self) -> Status {
        let Args { calls, seed, ladder, scenario } = self;
        if run(&Ask { calls, seed, ladder, scenario: scenario.as_deref() }) { GOOD } else { BAD }
    }
}
