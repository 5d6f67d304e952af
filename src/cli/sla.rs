//! `madoguchi sla`: when the first response and the next update of a case are due, and how they were counted.

use super::hours::{HoursError, ReasonJson, named, reason_words};
use super::output::{Format, columns, json};
use crate::base::{Presentation, UnixTime};
use crate::calendar::{Calendar, DayPlan, OpenTime, Schedule, State};
use crate::case::{
    By, Case, CaseNumber, Channel, Event, FirstResponse, Opening, Severity, SupportOption, first_response,
    update,
};
use crate::engine::OpenTimes;
use crate::store::json::rfc3339;
use serde::Serialize;
use std::time::Duration;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The desk that has the case.
    pub desk: &'a str,
    /// The support that was bought.
    pub option: SupportOption,
    /// How bad it is.
    pub severity: Severity,
    /// When the case was opened.
    pub opened: UnixTime,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlaError {
    /// There is no such desk.
    #[error(transparent)]
    Desk(#[from] HoursError),
    /// The desk does not open for so long that nothing is ever due.
    #[error(
        "desk \"{desk}\" is not open long enough within 400 days of {opened}: look at `madoguchi hours --desk {desk}`"
    )]
    NeverOpen {
        /// The desk.
        desk: String,
        /// When the case was opened.
        opened: String,
    },
}

/// The answer, as text or JSON.
///
/// # Errors
/// An unknown desk, or one that does not open.
pub fn run(calendar: &Calendar, ask: &Ask<'_>, format: Format) -> Result<String, SlaError> {
    let schedule = named(calendar, ask.desk)?;
    let mut times = OpenTimes::default();
    let times = times.covering(calendar, ask.opened, ask.opened);
    let found = due(ask, times).and_then(|(first, next)| Some((first, next, times.desk(ask.desk)?)));
    let (first, next, open) =
        found.ok_or_else(|| SlaError::NeverOpen { desk: ask.desk.into(), opened: rfc3339(ask.opened) })?;
    let counted = Counted { ask: *ask, schedule, open, first, next };
    Ok(match format {
        Format::Text => counted.text(),
        Format::Json => json(&counted.json()),
    })
}

/// The moments, as the clocks of a case say them: the first response, and the update after one that comes when it is due.
fn due(ask: &Ask<'_>, times: &OpenTimes) -> Option<(UnixTime, Option<UnixTime>)> {
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(0)?,
        at: ask.opened,
        channel: Channel::Phone,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
    let (option, severity) = (ask.option.name(), ask.severity.name());
    for (field, value) in [("desk", ask.desk), ("option", option), ("severity", severity)] {
        case.change(ask.opened, By::Engine, field, Some(value)).ok()?;
    }
    let first = case.clocks(times, ask.opened).first_response.due?;
    case.record(first, By::Engine, Event::Replied { text: String::new() });
    Some((first, case.clocks(times, first).next_update.due))
}

/// The moments and what they were counted in.
struct Counted<'a> {
    ask: Ask<'a>,
    schedule: &'a Schedule,
    open: &'a OpenTime,
    first: UnixTime,
    next: Option<UnixTime>,
}

impl Counted<'_> {
    fn text(&self) -> String {
        let row = |what: &str, when: String, how: String| [what.to_owned(), when, how];
        let mut rows = vec![row("opened", self.local(self.ask.opened), self.open_or_not())];
        let day = |day: &DayPlan| {
            let date = format!("{} {}", day.date.strftime("%F"), day.date.strftime("%a"));
            (self.noon(day), row("closed", date, day.closed.as_ref().map(reason_words).unwrap_or_default()))
        };
        let span = |(from, to): (UnixTime, UnixTime)| {
            (
                from,
                row(
                    "open",
                    format!("{} - {}", self.local(from), self.until(from, to)),
                    self.counts(from, to),
                ),
            )
        };
        let mut between: Vec<_> = self.closed_days().iter().map(day).chain(self.spans().map(span)).collect();
        between.sort_by_key(|(at, _)| *at);
        rows.extend(between.into_iter().map(|(_, row)| row));
        rows.push(row("first response", self.local(self.first), self.first_words()));
        rows.push(match self.next {
            Some(next) => row("next update", self.local(next), self.update_words()),
            None => row("next update", "none promised".into(), String::new()),
        });
        let Ask { desk, option, severity, .. } = self.ask;
        format!("{desk} ({}), {option}, {severity}\n{}", self.schedule.time_zone(), columns(&rows))
    }

    fn json(&self) -> SlaJson<'_> {
        let target = first_response(self.ask.option, self.ask.severity);
        SlaJson {
            desk: self.ask.desk,
            option: self.ask.option.name(),
            severity: self.ask.severity.name(),
            time_zone: self.schedule.time_zone(),
            opened_at: rfc3339(self.ask.opened),
            counted_from: self.open.opens(self.ask.opened).map(rfc3339),
            first_response_minutes: match target {
                FirstResponse::Within(time) => Some(time.as_secs() / 60),
                FirstResponse::NextBusinessDay => None,
            },
            first_response_next_business_day: target == FirstResponse::NextBusinessDay,
            first_response_due: rfc3339(self.first),
            update_hours: update(self.ask.option, self.ask.severity).map(|time| time.as_secs() / 3_600),
            next_update_due: self.next.map(rfc3339),
            open: self.spans().map(|(from, to)| SpanJson::of(from, to)).collect(),
            closed: self.closed_days().iter().filter_map(ClosedJson::of).collect(),
        }
    }

    /// The open spans from the opening of the case until the first response is due.
    fn spans(&self) -> impl Iterator<Item = (UnixTime, UnixTime)> {
        self.open.spans(self.ask.opened, self.first)
    }

    /// The days from the opening until the first response is due on which the desk does not open.
    fn closed_days(&self) -> Vec<DayPlan> {
        let last = self.schedule.date_at(self.first);
        let first = self.schedule.date_at(self.ask.opened);
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        days.map(|day| self.schedule.day(day)).filter(|day| day.closed.is_some()).collect()
    }

    /// For the order of rows.
    fn noon(&self, day: &DayPlan) -> UnixTime {
        let noon = jiff::tz::TimeZoneDatabase::bundled()
            .get(self.schedule.time_zone())
            .ok()
            .and_then(|zone| zone.to_ambiguous_timestamp(day.date.at(12, 0, 0, 0)).compatible().ok());
        noon.map_or(self.ask.opened, |noon| UnixTime::from_millis(noon.as_millisecond()))
    }

    fn local(&self, at: UnixTime) -> String {
        self.schedule.local(at).strftime("%F %a %H:%M:%S").to_string()
    }

    /// The end of a span; without its date where that is the date of the beginning.
    fn until(&self, from: UnixTime, to: UnixTime) -> String {
        match self.schedule.date_at(from) == self.schedule.date_at(to) {
            true => self.schedule.local(to).strftime("%H:%M:%S").to_string(),
            false => self.local(to),
        }
    }

    fn open_or_not(&self) -> String {
        match self.schedule.state(self.ask.opened) {
            State::Open { .. } => "open".into(),
            State::Closed { reason, .. } => {
                format!("closed ({}): counted from the next opening", reason_words(&reason))
            }
        }
    }

    /// What an open span adds to a target in minutes; nothing to one in days.
    fn counts(&self, from: UnixTime, to: UnixTime) -> String {
        match first_response(self.ask.option, self.ask.severity) {
            FirstResponse::Within(_) => words(self.open.between(from, to)),
            FirstResponse::NextBusinessDay => String::new(),
        }
    }

    fn first_words(&self) -> String {
        match first_response(self.ask.option, self.ask.severity) {
            FirstResponse::Within(time) => format!("{} of open time", words(time)),
            FirstResponse::NextBusinessDay => "next business day: the end of the desk's next open day".into(),
        }
    }

    fn update_words(&self) -> String {
        let hours = update(self.ask.option, self.ask.severity).map_or(0, |time| time.as_secs() / 3_600);
        format!("{hours} h by the clock after the first response, if that comes when it is due")
    }
}

/// `10 min`, `9 min 59 s`.
fn words(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[derive(Serialize)]
struct SlaJson<'a> {
    desk: &'a str,
    option: &'static str,
    severity: &'static str,
    time_zone: &'a str,
    opened_at: String,
    counted_from: Option<String>,
    first_response_minutes: Option<u64>,
    first_response_next_business_day: bool,
    first_response_due: String,
    update_hours: Option<u64>,
    next_update_due: Option<String>,
    open: Vec<SpanJson>,
    closed: Vec<ClosedJson>,
}

#[derive(Serialize)]
struct SpanJson {
    from: String,
    to: String,
}

impl SpanJson {
    fn of(from: UnixTime, to: UnixTime) -> Self {
        SpanJson { from: rfc3339(from), to: rfc3339(to) }
    }
}

#[derive(Serialize)]
struct ClosedJson {
    date: String,
    #[serde(flatten)]
    why: ReasonJson,
}

impl ClosedJson {
    fn of(day: &DayPlan) -> Option<Self> {
        Some(ClosedJson { date: day.date.to_string(), why: ReasonJson::of(day.closed.as_ref()?) })
    }
}
