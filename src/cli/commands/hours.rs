//! `madoguchi hours`: when the desks are open.

use super::{BAD, GOOD, Status, now, settings};
use crate::calendar::Date;
use crate::cli::hours::{Ask, run};
use crate::cli::output::{Format, complain_line, print};
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: madoguchi hours --desk japan --from 2026-09-01 --days 30")]
pub(super) struct Args {
    /// One desk; all of them where it is left out
    #[arg(long, value_name = "NAME")]
    desk: Option<String>,
    /// The first day; today where it is left out
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Date>,
    /// How many days
    #[arg(long, value_name = "N", default_value_t = 14)]
    days: u32,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let calendar = match settings(config) {
            Ok(loaded) => loaded.settings.calendar(),
            Err(status) => return status,
        };
        let ask = Ask { desk: self.desk.as_deref(), from: self.from, days: self.days, now: now() };
        match run(&calendar, &ask, self.format) {
            Ok(text) => {
                print(&text);
                GOOD
            }
            Err(error) => {
                complain_line(error);
                BAD
            }
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "no date; write it as 2026-09-01".to_string())
}
