//! `madoguchi replay`: past calls through another plan.

use super::{BAD, GOOD, Status, USAGE, bad, now, runtime};
use crate::cli::output::{Format, complain_line, complain_of, print};
use crate::cli::replay::{Ask, Report, run, shown};
use crate::cli::workplace::Workplace;
use crate::cli::{plans, when};
use crate::dialplan::PlanSet;
use crate::store::Store;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each call is walked by the interpreter that live calls run on: at its own time of day, with the keys its \
    caller pressed at their moments, desks as open and queues as full as they were, until the caller hung \
    up. Shown is where calls came, where they would come, and at which step the ways part.\n\
    WHEN is 24h, 7d, a date (its midnight in Japan) or RFC 3339. Keys of secrets were never kept: where a \
    plan reads one openly, the call's new way is unknown, and counts as another.\n\
    Example: madoguchi replay --since 7d --dialplan new.toml --expect-no-change"
)]
pub(super) struct Args {
    /// The plan to walk, or a folder of all plans
    #[arg(long, value_name = "FILE-OR-FOLDER")]
    dialplan: PathBuf,
    /// Calls that began since then
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: String,
    /// Calls that began before; now where it is left out
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Status 1 where a call would come elsewhere
    #[arg(long)]
    expect_no_change: bool,
    /// Callers' numbers in full
    #[arg(long)]
    show_numbers: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let now = now();
        let since = when::parse(&self.since, now);
        let until = self.until.as_deref().map_or(Ok(now), |until| when::parse(until, now));
        let range = match (since, until) {
            (Ok(since), Ok(until)) => since..until,
            (Err(error), _) | (_, Err(error)) => {
                complain_line(error);
                return USAGE;
            }
        };
        let workplace = match Workplace::load(config, Some(&self.dialplan)) {
            Ok(workplace) => workplace,
            Err(found) => return bad(&found),
        };
        complain_of(&workplace.warnings);
        let are_all = self.dialplan.is_dir();
        let others = if are_all { None } else { in_force(config) };
        let ask = Ask { workplace: &workplace, others: others.as_ref(), are_all, range: &range };
        match runtime().map(|runtime| runtime.block_on(answer(&ask))) {
            Ok(Ok(report)) => {
                print(&shown(&report, &ask, self.show_numbers, self.format));
                if self.expect_no_change && report.different() > 0 { BAD } else { GOOD }
            }
            Ok(Err(why)) | Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }
}

async fn answer(ask: &Ask<'_>) -> Result<Report, String> {
    let store = Store::open_existing(&ask.workplace.settings.store_url).await.map_err(|e| e.to_string())?;
    let report = run(&store, ask).await.map_err(|error| error.to_string());
    store.close().await;
    report
}

/// The plans of the settings, where they are good: they say which numbers are another plan's.
fn in_force(config: Option<&Path>) -> Option<PlanSet> {
    let settings = super::settings(config).ok()?.settings;
    let manifest = crate::cli::library::load_manifest(&settings.prompts).ok()?;
    let loaded = plans::load(&[&settings.dialplans], &plans::names(&settings, &manifest, super::now()));
    loaded.ok().map(|(plans, _)| plans)
}
