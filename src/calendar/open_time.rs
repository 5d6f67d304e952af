//! A desk's open time, laid out in advance, so that time can be counted in it without walking the days.

use super::{Date, Schedule};
use crate::base::UnixTime;
use std::time::Duration;

/// The open time of a desk over a span of days: how much of it lies between two moments, and when so much has passed.
///
/// Closures by hand are not in it: what was promised to a customer is promised by the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTime {
    /// In order, none touching the next.
    spans: Vec<OpenSpan>,
    /// The days on which the desk opens, by the moments of the first opening and the last closing.
    days: Vec<(UnixTime, UnixTime)>,
    /// The last moment that is laid out.
    end: UnixTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenSpan {
    from: UnixTime,
    to: UnixTime,
    /// Open milliseconds before it.
    before: u64,
}

impl OpenTime {
    /// Lays out the days from `first` to `last`, both included.
    pub(super) fn of(schedule: &Schedule, first: Date, last: Date) -> OpenTime {
        let mut open = OpenTime { spans: Vec::new(), days: Vec::new(), end: UnixTime::from_millis(i64::MIN) };
        for day in
            std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last)
        {
            open.add_day(&schedule.spans_of(day));
            open.end = schedule.ends(day).unwrap_or(open.end);
        }
        open
    }

    fn add_day(&mut self, ranges: &[(UnixTime, UnixTime)]) {
        let (Some((opens, _)), Some((_, closes))) = (ranges.first(), ranges.last()) else { return };
        self.days.push((*opens, *closes));
        for (from, to) in ranges {
            match self.spans.last_mut() {
                Some(last) if *from <= last.to => last.to = last.to.max(*to),
                last => {
                    let before = last.map_or(0, |last| last.before + millis(last.from, last.to));
                    self.spans.push(OpenSpan { from: *from, to: *to, before });
                }
            }
        }
    }

    /// The first open moment from `at` on; none where the days laid out have none.
    pub fn opens(&self, at: UnixTime) -> Option<UnixTime> {
        self.spans.get(self.next_after(at)).map(|span| span.from.max(at))
    }

    /// How much open time lies between two moments; none where `to` is the earlier.
    pub fn between(&self, from: UnixTime, to: UnixTime) -> Duration {
        Duration::from_millis(self.open_before(to).saturating_sub(self.open_before(from)))
    }

    /// The first moment at which so much open time has passed since `from`; `from` itself for none. None beyond the
    /// days laid out.
    pub fn passes(&self, from: UnixTime, open: Duration) -> Option<UnixTime> {
        let open = u64::try_from(open.as_millis()).ok()?;
        if open == 0 {
            return Some(from);
        }
        let wanted = self.open_before(from).checked_add(open)?;
        let after = self.spans.partition_point(|span| span.before < wanted);
        let span = self.spans.get(after.checked_sub(1)?)?;
        let at = span.from + Duration::from_millis(wanted - span.before);
        (at <= span.to).then_some(at)
    }

    /// When the desk closes on the next open day after the one it is at `at`, or after the one it next opens on.
    pub fn next_business_day_ends(&self, at: UnixTime) -> Option<UnixTime> {
        let today = self.days.partition_point(|(_, closes)| *closes <= at);
        self.days.get(today + 1).map(|(_, closes)| *closes)
    }

    /// The open spans between two moments, in order.
    pub fn spans(&self, from: UnixTime, to: UnixTime) -> impl Iterator<Item = (UnixTime, UnixTime)> {
        let spans = self.spans[self.next_after(from)..].iter().take_while(move |span| span.from < to);
        spans.map(move |span| (span.from.max(from), span.to.min(to)))
    }

    /// The last moment that is laid out: nothing is known of what comes after it.
    pub fn end(&self) -> UnixTime {
        self.end
    }

    /// The first span that ends after a moment.
    fn next_after(&self, at: UnixTime) -> usize {
        self.spans.partition_point(|span| span.to <= at)
    }

    /// Open milliseconds before a moment.
    fn open_before(&self, at: UnixTime) -> u64 {
        let begun = self.spans.partition_point(|span| span.from < at);
        let last = begun.checked_sub(1).and_then(|last| self.spans.get(last));
        last.map_or(0, |span| span.before + millis(span.from, span.to.min(at)))
    }
}

fn millis(from: UnixTime, to: UnixTime) -> u64 {
    u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{CompanyDaySpec, HoursSpec, ScheduleSpec};
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use proptest::prelude::prop;
    use proptest::{prop_assert_eq, proptest};

    fn at(text: &str) -> UnixTime {
        let wall: jiff::civil::DateTime = text.parse().expect(text);
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Asia/Tokyo").expect("known");
        let moment = zone.to_ambiguous_timestamp(wall).earlier().expect("in range");
        UnixTime::from_millis(moment.as_millisecond())
    }

    fn japan() -> Schedule {
        let rest = CompanyDaySpec { days: "12-29..01-03".into(), name: "年末年始".into() };
        let spec =
            ScheduleSpec { company_days: vec![rest], ..ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00") };
        Schedule::build(&spec).expect("a good spec")
    }

    fn autumn(schedule: &Schedule) -> OpenTime {
        schedule.open_time(date(2026, 9, 1), date(2027, 2, 1))
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn ten_minutes_of_a_friday_and_the_rest_after_the_long_weekend() {
        let open = autumn(&japan());
        assert_eq!(open.passes(at("2026-09-18T16:50"), 60 * MINUTE), Some(at("2026-09-24T09:50")));
        assert_eq!(open.passes(at("2026-09-18T16:00"), 60 * MINUTE), Some(at("2026-09-18T17:00")));
        assert_eq!(open.between(at("2026-09-18T16:50"), at("2026-09-24T09:50")), 60 * MINUTE);
        assert_eq!(open.passes(at("2026-09-19T12:00"), Duration::ZERO), Some(at("2026-09-19T12:00")));
    }

    #[test]
    fn a_business_day_ends_when_the_desk_closes_on_the_next_open_day() {
        let open = autumn(&japan());
        assert_eq!(open.next_business_day_ends(at("2026-09-17T10:00")), Some(at("2026-09-18T17:00")));
        assert_eq!(open.next_business_day_ends(at("2026-09-18T16:59:59")), Some(at("2026-09-24T17:00")));
        assert_eq!(open.next_business_day_ends(at("2026-09-18T17:00")), Some(at("2026-09-25T17:00")));
        assert_eq!(open.next_business_day_ends(at("2026-12-28T12:00")), Some(at("2027-01-04T17:00")));
    }

    #[test]
    fn a_desk_that_never_closes_has_one_span_and_days_that_end_at_midnight() {
        let open = autumn(&Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).expect("good"));
        assert_eq!(open.spans.len(), 1);
        assert_eq!(open.next_business_day_ends(at("2026-09-18T16:50")), Some(at("2026-09-20T00:00")));
        assert_eq!(open.passes(at("2026-09-18T16:50"), 1_440 * MINUTE), Some(at("2026-09-19T16:50")));
    }

    #[test]
    fn beyond_the_days_laid_out_nothing_is_known() {
        let open = autumn(&japan());
        assert_eq!(open.passes(at("2027-02-01T16:50"), 11 * MINUTE), None);
        assert_eq!(open.passes(at("2027-02-01T16:50"), 10 * MINUTE), Some(at("2027-02-01T17:00")));
        assert_eq!(open.next_business_day_ends(at("2027-02-01T12:00")), None);
        assert_eq!(open.end(), at("2027-02-02T00:00"));
    }

    proptest! {
        /// The table says of every moment what the schedule says, over a lunch break, a night shift and clock changes.
        #[test]
        fn the_table_agrees_with_the_schedule(minutes in prop::collection::vec(0i64..90 * 1_440, 2..40), which in 0usize..3) {
            let weekly = |zone: &str, ranges: &[&str]| {
                let rows = vec![("mon-sat".to_owned(), ranges.iter().map(|range| (*range).to_owned()).collect())];
                Schedule::build(&ScheduleSpec { hours: HoursSpec::Weekly(rows), ..ScheduleSpec::always(zone) }).expect("good")
            };
            let desk = match which {
                0 => japan(),
                1 => weekly("Europe/Berlin", &["09:00-12:00", "13:00-02:30"]),
                _ => weekly("America/New_York", &["22:00-06:00"]),
            };
            let start = UnixTime::from_millis(date(2026, 9, 1).to_zoned(TimeZone::UTC).expect("in range").timestamp().as_millisecond());
            let open = desk.open_time(date(2026, 8, 25), date(2026, 12, 31));
            let mut moments: Vec<UnixTime> = minutes.iter().map(|minute| start + MINUTE * u32::try_from(*minute).expect("small")).collect();
            moments.sort();
            for pair in moments.windows(2) {
                let (from, to) = (pair[0], pair[1]);
                prop_assert_eq!(open.opens(from) == Some(from), desk.is_open(from));
                let between = open.between(from, to);
                let spans: Duration = open.spans(from, to).map(|(from, to)| Duration::from_millis(millis(from, to))).sum();
                prop_assert_eq!(between, spans);
                if between > Duration::ZERO {
                    let reached = open.passes(from, between).expect("laid out");
                    prop_assert_eq!(open.between(from, reached), between);
                    assert!(reached <= to);
                }
            }
        }
    }
}
