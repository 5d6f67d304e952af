//! `madoguchi sla`: when a case's first response and next update are due.

use super::{BAD, GOOD, Status, settings};
use crate::base::{Moment, UnixTime};
use crate::case::{Severity, SupportOption};
use crate::cli::output::{Format, complain_line, print};
use crate::cli::sla::{Ask, run};
use std::path::Path;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: madoguchi sla --desk japan --option enhanced --severity S3 --opened 2026-09-18T16:50:00+09:00"
)]
pub(super) struct Args {
    /// The desk that has the case
    #[arg(long, value_name = "NAME")]
    desk: String,
    /// The support that was bought: basic, enhanced or premium
    #[arg(long, value_name = "OPTION", value_parser = option)]
    option: SupportOption,
    /// How bad it is: S1 to S4
    #[arg(long, value_parser = severity)]
    severity: Severity,
    /// When the case was opened, in RFC 3339
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    opened: UnixTime,
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
        let ask = Ask { desk: &self.desk, option: self.option, severity: self.severity, opened: self.opened };
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

fn option(text: &str) -> Result<SupportOption, String> {
    SupportOption::from_name(text).ok_or_else(|| format!("one of: {}", SupportOption::NAMES.join(", ")))
}

pub(super) fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_name(text).ok_or_else(|| format!("one of: {}", Severity::NAMES.join(", ")))
}

fn moment(text: &str) -> Result<UnixTime, String> {
    Moment::parse(text)
        .map(Moment::at)
        .map_err(|_| "no moment; write it as 2026-09-18T16:50:00+09:00".to_string())
}
