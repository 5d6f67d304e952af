//! One desk's schedule: open or closed at a moment, and the plan of a day.

use super::company::CompanyDay;
use super::hours::{OpenRange, Week};
use super::spec::{EmergencySpec, HoursSpec, ScheduleSpec, SpecError};
use super::zone::{date_at, first_moment, timestamp, unix_time, zone};
use super::{Date, Holiday, OpenTime, Reason, Weekday, holiday};
use crate::base::UnixTime;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// How far ahead an opening or a closing is looked for, in days.
const HORIZON_DAYS: usize = 400;

/// A desk's opening hours, checked.
#[derive(Clone, Debug)]
pub struct Schedule {
    zone: TimeZone,
    week: Week,
    holidays: bool,
    company_days: Vec<CompanyDay>,
    emergency: Option<Emergency>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Emergency {
    message: String,
    until: Option<UnixTime>,
}

/// Whether a desk is open at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Open.
    Open {
        /// The first moment it is closed again; none within 400 days.
        until: Option<UnixTime>,
    },
    /// Closed.
    Closed {
        /// Why.
        reason: Reason,
        /// The first moment it is open again; none within 400 days, or nobody knows.
        opens_next: Option<UnixTime>,
    },
}

/// What a day brings, by the settings; an emergency closure is no plan and is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPlan {
    /// The day, in the desk's zone.
    pub date: Date,
    /// Its weekday.
    pub weekday: Weekday,
    /// The open ranges that begin on this day.
    pub open: Vec<OpenRange>,
    /// Why no range begins on this day.
    pub closed: Option<Reason>,
}

/// A span of moments, the first within and the last not.
type Span = (UnixTime, UnixTime);

impl Schedule {
    /// Checks opening hours.
    ///
    /// # Errors
    /// Everything that is wrong with them, field by field.
    pub fn build(spec: &ScheduleSpec) -> Result<Schedule, Vec<SpecError>> {
        let mut errors = Vec::new();
        let zone = zone(&spec.time_zone).map_err(|meant| {
            let error = SpecError::new("time_zone", &spec.time_zone, "is no time zone");
            errors.push(error.meant(meant.as_deref()));
        });
        let week = match &spec.hours {
            HoursSpec::Always => Week::always(),
            HoursSpec::Weekly(rows) => Week::parse(rows, &mut errors),
        };
        let mut company_days = Vec::new();
        for (at, day) in spec.company_days.iter().enumerate() {
            CompanyDay::parse(at, day).map_or_else(|error| errors.push(error), |day| company_days.push(day));
        }
        let until = spec.emergency.as_ref().and_then(|e| parse_until(e, zone.as_ref().ok(), &mut errors));
        let emergency = spec.emergency.as_ref().map(|e| Emergency { message: e.message.clone(), until });
        match zone {
            Ok(zone) if errors.is_empty() => {
                Ok(Schedule { zone, week, holidays: spec.holidays, company_days, emergency })
            }
            _ => Err(errors),
        }
    }

    /// Whether the desk is open at a moment, why not, and when that changes.
    pub fn state(&self, at: UnixTime) -> State {
        if let Some(emergency) = self.emergency_at(at) {
            let opens_next = emergency.until.and_then(|end| self.open_from(end));
            return State::Closed { reason: Reason::Emergency(emergency.message.clone()), opens_next };
        }
        match self.spans_from(at).next() {
            Some((from, to)) if from <= at => State::Open { until: self.open_until(to) },
            next => State::Closed { reason: self.reason(at), opens_next: next.map(|(from, _)| from) },
        }
    }

    /// Whether the desk is open at a moment.
    pub fn is_open(&self, at: UnixTime) -> bool {
        matches!(self.state(at), State::Open { .. })
    }

    /// The plan of a day.
    pub fn day(&self, date: Date) -> DayPlan {
        let closed = self.closed_all_day(date);
        let open = if closed.is_none() { self.week.on(date.weekday()).to_vec() } else { Vec::new() };
        DayPlan { date, weekday: date.weekday(), open, closed }
    }

    /// The day it is for this desk at a moment.
    pub fn date_at(&self, at: UnixTime) -> Date {
        date_at(&self.zone, at)
    }

    /// The name of the desk's time zone.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Every moment at which being open, or the reason for being closed, may change on these days.
    pub fn changes(&self, from: Date, days: usize) -> impl Iterator<Item = UnixTime> {
        let days = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take(days);
        days.flat_map(|day| {
            let spans = self.spans_of(day).into_iter().flat_map(|(from, to)| [from, to]);
            self.moment(day, 0).into_iter().chain(spans)
        })
    }

    /// The desk's open time over days, both ends included, by the plan; to count in it.
    pub fn open_time(&self, first: Date, last: Date) -> OpenTime {
        OpenTime::of(self, first, last)
    }

    /// The local date and time at a moment, `2026-02-10T17:00:00`.
    pub fn local(&self, at: UnixTime) -> DateTime {
        self.zone.to_datetime(timestamp(at))
    }

    /// The last day whose public holidays are known; none where they do not matter.
    pub fn holidays_known_until(&self) -> Option<Date> {
        self.holidays.then_some(holiday::KNOWN_UNTIL)
    }

    /// Closes the desk at once, until a moment or until it is ended.
    pub fn close_for_emergency(&mut self, message: &str, until: Option<UnixTime>) {
        self.emergency = Some(Emergency { message: message.to_string(), until });
    }

    /// Ends an emergency closure: the plan holds again.
    pub fn end_emergency(&mut self) {
        self.emergency = None;
    }

    /// The emergency closure that holds at a moment: its message and its end.
    pub fn emergency(&self, at: UnixTime) -> Option<(&str, Option<UnixTime>)> {
        self.emergency_at(at).map(|e| (e.message.as_str(), e.until))
    }

    fn emergency_at(&self, at: UnixTime) -> Option<&Emergency> {
        self.emergency.as_ref().filter(|e| e.until.is_none_or(|end| at < end))
    }

    /// The first open moment from `at` on.
    fn open_from(&self, at: UnixTime) -> Option<UnixTime> {
        self.spans_from(at).next().map(|(from, _)| from.max(at))
    }

    /// The end of being open, past spans that touch; none where it is not in sight.
    fn open_until(&self, end: UnixTime) -> Option<UnixTime> {
        if self.never_closes() {
            return None;
        }
        let limit = end + std::time::Duration::from_secs(86_400 * (HORIZON_DAYS as u64 - 2));
        let mut end = end;
        for (from, to) in self.spans_from(end) {
            if from > end || end >= limit {
                break;
            }
            end = to;
        }
        (end < limit).then_some(end)
    }

    fn never_closes(&self) -> bool {
        !self.holidays && self.company_days.is_empty() && self.week == Week::always()
    }

    /// The open spans that end after `at`, in order, as far as the horizon.
    fn spans_from(&self, at: UnixTime) -> impl Iterator<Item = Span> {
        let today = self.date_at(at);
        let first = today.yesterday().unwrap_or(today);
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(HORIZON_DAYS);
        days.flat_map(|day| self.spans_of(day)).filter(move |(_, to)| *to > at)
    }

    /// The spans of the ranges that begin on a day; a range that a clock change swallows has none.
    pub(super) fn spans_of(&self, date: Date) -> Vec<Span> {
        let plan = self.day(date);
        let spans = plan.open.iter().filter_map(|range| {
            let (from, to) =
                (self.moment(date, range.first_minute())?, self.moment(date, range.end_minute())?);
            (from < to).then_some((from, to))
        });
        spans.collect()
    }

    /// The moment a day is over.
    pub(super) fn ends(&self, date: Date) -> Option<UnixTime> {
        self.moment(date, 24 * 60)
    }

    /// The moment at which the minutes after a date's midnight are reached on the wall clock.
    fn moment(&self, date: Date, minutes: u16) -> Option<UnixTime> {
        let wall = date.at(0, 0, 0, 0).checked_add(jiff::Span::new().minutes(i64::from(minutes))).ok()?;
        first_moment(&self.zone, wall).map(unix_time)
    }

    fn reason(&self, at: UnixTime) -> Reason {
        let date = self.date_at(at);
        let today = self.spans_of(date);
        match self.closed_all_day(date) {
            Some(reason) => reason,
            None if today.iter().all(|(from, _)| at < *from) => Reason::BeforeHours,
            None if today.iter().all(|(_, to)| *to <= at) => Reason::AfterHours,
            None => Reason::BetweenHours,
        }
    }

    /// Why no range begins on this day.
    fn closed_all_day(&self, date: Date) -> Option<Reason> {
        let company_day = || self.company_days.iter().find(|days| days.holds(date));
        self.holiday(date)
            .map(Reason::Holiday)
            .or_else(|| company_day().map(|days| Reason::CompanyDay(days.name.clone())))
            .or_else(|| self.week.on(date.weekday()).is_empty().then(|| no_hours(date.weekday())))
    }

    fn holiday(&self, date: Date) -> Option<Holiday> {
        holiday::holiday_on(date).filter(|_| self.holidays)
    }
}

fn no_hours(day: Weekday) -> Reason {
    match day {
        Weekday::Saturday | Weekday::Sunday => Reason::Weekend,
        day => Reason::NoHours(day),
    }
}

fn parse_until(
    spec: &EmergencySpec,
    zone: Option<&TimeZone>,
    errors: &mut Vec<SpecError>,
) -> Option<UnixTime> {
    let text = spec.until.as_deref()?;
    match text.parse::<DateTime>() {
        Ok(wall) => zone.and_then(|zone| first_moment(zone, wall)).map(unix_time),
        Err(_) => {
            let why = "is no local date and time; write \"2026-02-10T17:00\"";
            errors.push(SpecError::new("emergency.until", text, why));
            None
        }
    }
}

#[cfg(test)]
mod tests;
