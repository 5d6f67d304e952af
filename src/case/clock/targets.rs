//! What was promised: the table of targets, by option and severity.

use crate::case::values::{Severity, SupportOption};
use std::time::Duration;

/// By when somebody answers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstResponse {
    /// So much open time after the case was opened.
    Within(Duration),
    /// When the desk closes on its next open day.
    NextBusinessDay,
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

const fn hours(hours: u64) -> Duration {
    minutes(hours * 60)
}

/// The target of the first response.
pub const fn first_response(option: SupportOption, severity: Severity) -> FirstResponse {
    use Severity::{S1, S2, S3, S4};
    use SupportOption::{Basic, Enhanced, Premium};
    match (option, severity) {
        (Basic, S1 | S2) => FirstResponse::Within(minutes(60)),
        (Basic, S3 | S4) => FirstResponse::NextBusinessDay,
        (Enhanced, S1 | S2) => FirstResponse::Within(minutes(30)),
        (Enhanced, S3) => FirstResponse::Within(minutes(90)),
        (Enhanced, S4) => FirstResponse::Within(minutes(120)),
        (Premium, S1 | S2) => FirstResponse::Within(minutes(15)),
        (Premium, S3) => FirstResponse::Within(minutes(30)),
        (Premium, S4) => FirstResponse::Within(minutes(90)),
    }
}

/// The hours by the clock from one update to the next; none where none was promised.
pub const fn update(option: SupportOption, severity: Severity) -> Option<Duration> {
    use Severity::{S1, S2, S3, S4};
    use SupportOption::{Basic, Enhanced, Premium};
    match (option, severity) {
        (Basic, _) => None,
        (Enhanced, S1 | S2) | (Premium, _) => Some(hours(24)),
        (Enhanced, S3 | S4) => Some(hours(48)),
    }
}
