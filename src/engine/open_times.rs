//! The desks' open time, laid out for as long as the cases at hand need it.

use crate::base::UnixTime;
use crate::calendar::{Calendar, Date, OpenTime, Schedule};
use crate::case::Hours;
use jiff::ToSpan;
use std::collections::BTreeMap;
use std::time::Duration;

/// Days laid out before the moment asked for, so that a case opened a little earlier finds them too.
const DAYS_BEFORE: i64 = 30;
/// How far back days are laid out at most: no promise counts longer, and whoever names a moment does not say how much work
/// that is.
const LONGEST_AGO: Duration = Duration::from_secs(10 * 366 * 86_400);
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
    /// What was opened more than ten years ago is counted from then on.
    pub fn covering(&mut self, calendar: &Calendar, from: UnixTime, now: UnixTime) -> &OpenTimes {
        let from = from.max(ago(now, LONGEST_AGO)).min(now);
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

fn ago(now: UnixTime, time: Duration) -> UnixTime {
    let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    UnixTime::from_millis(now.as_millis().saturating_sub(ms))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::ScheduleSpec;

    /// 2026-02-10, 10:00 in Japan.
    const NOW: UnixTime = UnixTime::from_secs(1_770_685_200);

    #[test]
    fn no_moment_however_far_makes_more_work_than_ten_years() {
        let mut calendar = Calendar::new();
        calendar.insert(
            "japan",
            Schedule::build(&ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00")).expect("good"),
        );
        for from in [i64::MIN, -377_673_580_800_000, 0, i64::MAX] {
            let mut times = OpenTimes::default();
            let from = UnixTime::from_millis(from);
            let desk = times.covering(&calendar, from, NOW).desk("japan").expect("laid out").clone();
            let days = desk.spans(UnixTime::from_millis(i64::MIN), UnixTime::from_millis(i64::MAX)).count();
            assert!((200..4_000).contains(&days), "{from:?}: {days}");
            // Nor is anything laid out anew for a moment that is as far.
            let first = times.from;
            times.covering(&calendar, from, NOW + Duration::from_secs(1));
            assert_eq!(times.from, first, "{from:?}");
            assert!(desk.between(NOW, NOW + Duration::from_secs(3_600)) > Duration::ZERO, "{from:?}");
        }
    }
}
