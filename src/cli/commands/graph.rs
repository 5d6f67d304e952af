//! `madoguchi graph`: a dialplan drawn.

use super::{GOOD, Status, bad, settings};
use crate::cli::library::load_manifest;
use crate::cli::output::{complain_of, print};
use crate::cli::plans;
use crate::dialplan::draw::{Form, draw};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without DIALPLAN: the settings' plan; of several, the one that answers every number that no \
    plan names.\n\
    Example: madoguchi graph dialplans/webex-support.toml > plan.svg"
)]
pub(super) struct Args {
    /// The plan to draw
    #[arg(value_name = "DIALPLAN")]
    dialplan: Option<PathBuf>,
    /// What to draw it as
    #[arg(long, value_enum, default_value_t)]
    format: Drawn,
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
            .and_then(|manifest| plans::load(&[path], &plans::names(&settings, &manifest, super::now())));
        match plans {
            Ok((plans, warnings)) => {
                complain_of(&warnings);
                print(&draw(plans.default_plan(), self.format.into()));
                GOOD
            }
            Err(found) => bad(&found),
        }
    }
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
