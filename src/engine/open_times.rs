//! The desks' open time, laid out for as long as the cases at hand need it.

use crate::base::UnixTime;
use crate::calendar::{Calendar, Date, OpenTime, Schedule};
use crate::case::Hours;
use jiff::ToSpan;
use std::collections::BTreeMap;
use std::time::Duration;

/// Days laid out before the moment asked for, so that a case opened a little earlier finds them too.
const DAYS_BEFORE: i64 = 30;
/// Days laid out after the present: more than any target takes, over the longest holidays.
const DAYS_AHEAD: i64 = 400;
/// What has to be left of them for a target to end within.
const AHEAD: Duration = Duration::from_secs(90 * 86_400);

/// The open time of every desk; desks by name.
#[derive(Clone, Debug, Default)]
pub struct OpenTimes {
    from: Option<UnixTime>,
    desks: BTreeMap<String, OpenTime>,
}

impl OpenTimes {
    /// Open times in which whatever was opened from `from` on can be counted at `now`; laid out anew where they are not.
    pub fn covering(&mut self, calendar: &Calendar, from: UnixTime, now: UnixTime) -> &OpenTimes {
        let reaches = |open: &OpenTime| now + AHEAD <= open.end();
        if self.from.is_none_or(|first| from < first) || !self.desks.values().all(reaches) {
            self.from = Some(from);
            self.desks =
                calendar.desks().map(|(name, desk)| (name.to_owned(), laid_out(desk, from, now))).collect();
        }
        self
    }

    /// The open time of a desk, as far as it is laid out.
    pub fn desk(&self, name: &str) -> Option<&OpenTime> {
        self.desks.get(name)
    }
}

fn laid_out(desk: &Schedule, from: UnixTime, now: UnixTime) -> OpenTime {
    let day = |at: UnixTime, days: i64| desk.date_at(at).checked_add(days.days()).unwrap_or(Date::MAX);
    desk.open_time(day(from, -DAYS_BEFORE), day(from.max(now), DAYS_AHEAD))
}

impl Hours for OpenTimes {
    fn passes(&self, desk: &str, from: UnixTime, open: Duration) -> Option<UnixTime> {
        self.desk(desk)?.passes(from, open)
    }

    fn between(&self, desk: &str, from: UnixTime, to: UnixTime) -> Duration {
        self.desk(desk).map_or(Duration::ZERO, |open| open.between(from, to))
    }

    fn next_business_day_ends(&self, desk: &str, from: UnixTime) -> Option<UnixTime> {
        self.desk(desk)?.next_business_day_ends(from)
    }
}
