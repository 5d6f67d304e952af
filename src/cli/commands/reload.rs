//! `madoguchi reload`: has the running engine read its dialplans and prompts again.

use super::{BAD, Status, printed, runtime, settings};
use crate::cli::output::{Format, complain_line};
use crate::cli::remote::{ask, asker};
use serde_json::json;
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Where they are good, new calls take them and calls in progress finish on theirs. Where not, the\n\
    mistakes are printed as `check` prints them, the status is 1, and nothing changes.\n\
    Example: madoguchi reload --config /etc/madoguchi.toml"
)]
pub(super) struct Args {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let admin = match settings(config) {
            Ok(loaded) => loaded.settings.admin,
            Err(status) => return status,
        };
        let question = json!({ "by": asker() });
        let asked = runtime().and_then(|runtime| {
            runtime.block_on(ask(admin, "/reload", &question)).map_err(|error| error.to_string())
        });
        match asked {
            Ok(answer) => printed(&answer, self.format),
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }
}
