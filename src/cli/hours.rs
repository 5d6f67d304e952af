//! `madoguchi hours`: when each desk is open, day by day, with the reason where it is not.

use super::output::{Format, columns, json};
use crate::base::{Language, UnixTime};
use crate::calendar::{Calendar, Date, DayPlan, Reason, Schedule, State};
use crate::store::json::rfc3339;
use serde::Serialize;
use std::fmt::Write;

/// Most days in one table.
pub const MOST_DAYS: u32 = 3_660;

/// Said of days past the last one whose public holidays are known.
const UNKNOWN: &str = "if it is no public holiday: these are not known so far ahead";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// One desk; none: all of them.
    pub desk: Option<&'a str>,
    /// The first day; none: the day it is at the desk.
    pub from: Option<Date>,
    /// How many days, 1 to [`MOST_DAYS`].
    pub days: u32,
    /// The moment that counts as now.
    pub now: UnixTime,
}

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// No desk has this name.
    #[error("there is no desk \"{name}\"{}", .did_you_mean.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    Desk {
        /// What was written.
        name: String,
        /// What was probably meant.
        did_you_mean: Option<String>,
    },
    /// The calendar has no such day.
    #[error("there is no day {days} days after {from}")]
    NoSuchDay {
        /// The first day.
        from: Date,
        /// How many days were asked for.
        days: u32,
    },
    /// Not a number of days that makes a table.
    #[error("a table has 1 to {MOST_DAYS} days, not {days}")]
    Days {
        /// What was asked.
        days: u32,
    },
}

/// The table, as text or JSON.
///
/// # Errors
/// An unknown desk, or days that no table can have.
pub fn run(calendar: &Calendar, ask: &Ask<'_>, format: Format) -> Result<String, HoursError> {
    let tables = desks(calendar, ask)?.into_iter().map(|(name, schedule)| table(name, schedule, ask));
    let tables: Vec<Table> = tables.collect::<Result<_, _>>()?;
    Ok(match format {
        Format::Text => tables.iter().map(text).collect::<Vec<_>>().join("\n"),
        Format::Json => json(&DesksJson { desks: tables.iter().map(TableJson::of).collect() }),
    })
}

struct Table<'a> {
    desk: &'a str,
    schedule: &'a Schedule,
    now: State,
    days: Vec<DayPlan>,
}

fn desks<'a>(calendar: &'a Calendar, ask: &Ask<'a>) -> Result<Vec<(&'a str, &'a Schedule)>, HoursError> {
    match ask.desk {
        None => Ok(calendar.desks().collect()),
        Some(name) => Ok(vec![(name, named(calendar, name)?)]),
    }
}

/// The hours of a desk.
///
/// # Errors
/// There is none of this name.
pub(super) fn named<'a>(calendar: &'a Calendar, name: &str) -> Result<&'a Schedule, HoursError> {
    let unknown = || HoursError::Desk {
        name: name.to_string(),
        did_you_mean: calendar.suggest(name).map(str::to_string),
    };
    calendar.desk(name).ok_or_else(unknown)
}

fn table<'a>(desk: &'a str, schedule: &'a Schedule, ask: &Ask<'_>) -> Result<Table<'a>, HoursError> {
    if !(1..=MOST_DAYS).contains(&ask.days) {
        return Err(HoursError::Days { days: ask.days });
    }
    let from = ask.from.unwrap_or_else(|| schedule.date_at(ask.now));
    if from.checked_add(jiff::Span::new().days(i64::from(ask.days) - 1)).is_err() {
        return Err(HoursError::NoSuchDay { from, days: ask.days });
    }
    let days = from.series(jiff::Span::new().days(1)).take(ask.days as usize);
    let days = days.map(|day| schedule.day(day)).collect();
    Ok(Table { desk, schedule, now: schedule.state(ask.now), days })
}

/// Whether it is known of a day that it is a public holiday or none, where that matters.
fn is_known(schedule: &Schedule, day: &DayPlan) -> bool {
    schedule.holidays_known_until().is_none_or(|last| day.date <= last)
}

fn text(table: &Table<'_>) -> String {
    let schedule = table.schedule;
    let mut text =
        format!("{} ({}): {}\n", table.desk, schedule.time_zone(), now_words(schedule, &table.now));
    let rows: Vec<[String; 4]> = table.days.iter().map(|day| row(schedule, day)).collect();
    for line in columns(&rows).lines() {
        let _infallible = writeln!(text, "  {line}");
    }
    text
}

fn now_words(schedule: &Schedule, state: &State) -> String {
    let local = |at: &UnixTime| schedule.local(*at).strftime("%F %H:%M").to_string();
    match state {
        State::Open { until } => {
            format!(
                "open now{}",
                until.as_ref().map(|at| format!(" until {}", local(at))).unwrap_or_default()
            )
        }
        State::Closed { reason, opens_next } => {
            let next = opens_next
                .as_ref()
                .map_or("nobody knows when it opens".into(), |at| format!("opens {}", local(at)));
            format!("closed now ({}), {next}", reason_words(reason))
        }
    }
}

fn row(schedule: &Schedule, day: &DayPlan) -> [String; 4] {
    let weekday = weekday(day);
    let ranges: Vec<String> = day.open.iter().map(ToString::to_string).collect();
    match &day.closed {
        Some(reason) => [day.date.to_string(), weekday, "closed".into(), reason_words(reason)],
        None => {
            let doubt = if is_known(schedule, day) { "" } else { UNKNOWN };
            [day.date.to_string(), weekday, ranges.join(" "), doubt.into()]
        }
    }
}

fn weekday(day: &DayPlan) -> String {
    format!("{:?}", day.weekday).chars().take(3).collect()
}

/// English, and the Japanese name of a holiday after it.
pub(super) fn reason_words(reason: &Reason) -> String {
    let (en, ja) = (reason.words(Language::En), reason.words(Language::Ja));
    match reason {
        Reason::Holiday(_) => format!("{en} {ja}"),
        _ => en,
    }
}

#[derive(Serialize)]
struct DesksJson<'a> {
    desks: Vec<TableJson<'a>>,
}

#[derive(Serialize)]
struct TableJson<'a> {
    desk: &'a str,
    time_zone: &'a str,
    holidays_known_until: Option<String>,
    now: NowJson,
    days: Vec<DayJson>,
}

#[derive(Serialize)]
struct NowJson {
    open: bool,
    until: Option<String>,
    closed: Option<ReasonJson>,
    opens_next: Option<String>,
}

#[derive(Serialize)]
struct DayJson {
    date: String,
    weekday: String,
    open: Vec<String>,
    closed: Option<ReasonJson>,
    holidays_known: bool,
}

#[derive(Serialize)]
pub(super) struct ReasonJson {
    reason: &'static str,
    ja: String,
    en: String,
}

impl<'a> TableJson<'a> {
    fn of(table: &'a Table<'_>) -> Self {
        TableJson {
            desk: table.desk,
            time_zone: table.schedule.time_zone(),
            holidays_known_until: table.schedule.holidays_known_until().map(|day| day.to_string()),
            now: NowJson::of(&table.now),
            days: table.days.iter().map(|day| DayJson::of(table.schedule, day)).collect(),
        }
    }
}

impl NowJson {
    fn of(state: &State) -> Self {
        match state {
            State::Open { until } => {
                NowJson { open: true, until: until.map(rfc3339), closed: None, opens_next: None }
            }
            State::Closed { reason, opens_next } => NowJson {
                open: false,
                until: None,
                closed: Some(ReasonJson::of(reason)),
                opens_next: opens_next.map(rfc3339),
            },
        }
    }
}

impl DayJson {
    fn of(schedule: &Schedule, day: &DayPlan) -> Self {
        DayJson {
            date: day.date.to_string(),
            weekday: weekday(day),
            open: day.open.iter().map(ToString::to_string).collect(),
            closed: day.closed.as_ref().map(ReasonJson::of),
            holidays_known: is_known(schedule, day),
        }
    }
}

impl ReasonJson {
    pub(super) fn of(reason: &Reason) -> Self {
        ReasonJson { reason: reason.name(), ja: reason.words(Language::Ja), en: reason.words(Language::En) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::ScheduleSpec;
    use jiff::civil::date;

    fn calendar() -> Calendar {
        let mut calendar = Calendar::new();
        let japan = Schedule::build(&ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00")).expect("good");
        calendar.insert("japan", japan);
        calendar.insert("global", Schedule::build(&ScheduleSpec::always("UTC")).expect("good"));
        calendar
    }

    /// 2026-02-10T17:00:00+09:00
    const NOW: UnixTime = UnixTime::from_secs(1_770_710_400);

    fn ask(desk: &str) -> Ask<'_> {
        Ask { desk: Some(desk), from: None, days: 5, now: NOW }
    }

    #[test]
    fn the_table_says_why_a_day_is_closed() {
        let shown = run(&calendar(), &ask("japan"), Format::Text).expect("a table");
        let want = "\
japan (Asia/Tokyo): closed now (after hours), opens 2026-02-12 09:00
  2026-02-10  Tue  09:00-17:00
  2026-02-11  Wed  closed       National Foundation Day 建国記念の日
  2026-02-12  Thu  09:00-17:00
  2026-02-13  Fri  09:00-17:00
  2026-02-14  Sat  closed       weekend
";
        assert_eq!(shown, want);
    }

    #[test]
    fn the_same_as_json() {
        let from = Some(date(2026, 9, 22));
        let asked = Ask { desk: None, from, days: 1, now: NOW };
        let shown = run(&calendar(), &asked, Format::Json).expect("a table");
        let value: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let want = serde_json::json!({"desks": [
            {"desk": "global", "time_zone": "UTC", "holidays_known_until": null,
             "now": {"open": true, "until": null, "closed": null, "opens_next": null},
             "days": [{"date": "2026-09-22", "weekday": "Tue", "open": ["00:00-24:00"], "closed": null,
                       "holidays_known": true}]},
            {"desk": "japan", "time_zone": "Asia/Tokyo", "holidays_known_until": "2099-12-31",
             "now": {"open": false, "until": null,
                     "closed": {"reason": "after-hours", "ja": "受付終了後", "en": "after hours"},
                     "opens_next": "2026-02-12T00:00:00Z"},
             "days": [{"date": "2026-09-22", "weekday": "Tue", "open": [],
                       "closed": {"reason": "holiday", "ja": "国民の休日", "en": "Citizens' holiday"},
                       "holidays_known": true}]},
        ]});
        assert_eq!(value, want);
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let asked = |ask: Ask<'_>| run(&calendar(), &ask, Format::Text).map_err(|e| e.to_string());
        assert_eq!(asked(ask("japn")), Err("there is no desk \"japn\"; did you mean \"japan\"?".into()));
        assert_eq!(asked(Ask { days: 0, ..ask("japan") }), Err("a table has 1 to 3660 days, not 0".into()));
        let last = Ask { from: Some(Date::MAX), ..ask("global") };
        assert_eq!(asked(last), Err("there is no day 5 days after 9999-12-31".into()));
    }

    #[test]
    fn days_whose_holidays_are_not_known_are_shown_as_doubtful() {
        let far = Ask { from: Some(date(2099, 12, 31)), days: 2, ..ask("japan") };
        let shown = run(&calendar(), &far, Format::Text).expect("a table");
        let rows: Vec<&str> = shown.lines().skip(1).collect();
        assert_eq!(rows[0], "  2099-12-31  Thu  09:00-17:00");
        assert!(
            rows[1].ends_with("09:00-17:00  if it is no public holiday: these are not known so far ahead")
        );
        let json = run(&calendar(), &far, Format::Json).expect("a table");
        assert!(json.contains("\"holidays_known\": false"));
        let always = run(&calendar(), &Ask { desk: Some("global"), ..far }, Format::Text).expect("a table");
        assert!(!always.contains("not known"), "{always}");
    }
}
