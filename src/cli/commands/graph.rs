//! `madoguchi graph`: a dialplan drawn, with how many calls took each way where these are wanted.

use super::{BAD, GOOD, Status, USAGE, bad, now, runtime, settings};
use crate::base::UnixTime;
use crate::cli::library::load_manifest;
use crate::cli::output::{complain_line, complain_of, print};
use crate::cli::{plans, when};
use crate::dialplan::draw::{Form, Traffic, draw, draw_traffic};
use crate::dialplan::{Plan, PlanSet};
use crate::store::Store;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without DIALPLAN: the settings' plan; of several, the one that answers every number that no \
    plan names.\n\
    With --calls each way says how many calls of the store took it, whichever version of the plan they ran.\n\
    Example: madoguchi graph dialplans/webex-support.toml > plan.svg\n\
    Example: madoguchi graph --calls --since 7d > week.svg"
)]
pub(super) struct Args {
    /// The plan to draw
    #[arg(value_name = "DIALPLAN")]
    dialplan: Option<PathBuf>,
    /// What to draw it as
    #[arg(long, value_enum, default_value_t)]
    format: Drawn,
    /// Count the calls that took each way
    #[arg(long)]
    calls: bool,
    /// Calls that began since then: 24h, 7d, a date or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "24h", requires = "calls")]
    since: String,
}

/// `--format svg|mermaid|dot`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Drawn {
    /// A picture for browsers
    #[default]
    Svg,
    /// Text for pages written in Markdown
    Mermaid,
    /// Text for Graphviz
    Dot,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let settings = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let path = self.dialplan.as_deref().unwrap_or(&settings.dialplans);
        let plans = load_manifest(&settings.prompts)
            .and_then(|manifest| plans::load(&[path], &plans::names(&settings, &manifest, now())));
        let (plans, warnings) = match plans {
            Ok(loaded) => loaded,
            Err(found) => return bad(&found),
        };
        complain_of(&warnings);
        if !self.calls {
            print(&draw(plans.default_plan(), self.format.into()));
            return GOOD;
        }
        self.draw_calls(&plans, &settings.store_url)
    }

    fn draw_calls(self, plans: &PlanSet, store_url: &str) -> Status {
        let now = now();
        let range = match when::parse(&self.since, now) {
            Ok(since) => since..now,
            Err(why) => {
                complain_line(why);
                return USAGE;
            }
        };
        let plan = plans.default_plan();
        match runtime().map(|runtime| runtime.block_on(count(store_url, plan, range))) {
            Ok(Ok(traffic)) => {
                print(&draw_traffic(plan, &traffic, self.format.into()));
                GOOD
            }
            Ok(Err(why)) | Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }
}

/// Counts the calls of a plan of this name.
async fn count(store_url: &str, plan: &Arc<Plan>, range: Range<UnixTime>) -> Result<Traffic, String> {
    let store = Store::open_existing(store_url).await.map_err(|error| error.to_string())?;
    let mut traffic = Traffic::default();
    let mut pages = store.pages(range);
    while let Some(calls) = pages.next().await.map_err(|error| error.to_string())? {
        for call in calls.iter().filter(|call| call.plan.as_deref() == Some(plan.name())) {
            if let Some(trail) = &call.trail {
                traffic.add(plan, call.plan_hash.as_deref().unwrap_or_default(), trail);
            }
        }
    }
    store.close().await;
    Ok(traffic)
}

impl From<Drawn> for Form {
    fn from(drawn: Drawn) -> Form {
        match drawn {
            Drawn::Svg => Form::Svg,
            Drawn::Mermaid => Form::Mermaid,
            Drawn::Dot => Form::Dot,
        }
    }
}
