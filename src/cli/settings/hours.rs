//! A desk's `hours`: read into the calendar's words, and the calendar's objections put where they belong.

use super::reader::Reader;
use crate::calendar::{CompanyDaySpec, EmergencySpec, HoursSpec, Schedule, ScheduleSpec, SpecError};
use crate::diag::{At, Diagnostic, Source, Span, Table, Value};
use toml::de::DeValue;

/// The zone of a desk that is always open: it only names days.
const ALWAYS_IN: &str = "Asia/Tokyo";

/// Where each part of the hours is written, by the calendar's name for it.
type Spans = Vec<(String, Span)>;

/// `"always"`, or a table.
pub(super) fn read(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<(ScheduleSpec, Schedule)> {
    let mut spans = Spans::new();
    let before = reader.found.all().len();
    let spec = match value.raw() {
        DeValue::String(_) => always(reader, value)?,
        DeValue::Table(_) => {
            let table = value.read::<Table<'_>>(reader.found)?.value;
            table_of_hours(reader, table, &mut spans)?
        }
        _ => return value.wrong_type("\"always\" or a table", reader.found),
    };
    let built = Schedule::build(&spec);
    if let Err(errors) = &built {
        let placed = |error: &SpecError| objection(error, value.source(), &spans, value.span());
        reader.found.extend(errors.iter().map(placed));
    }
    let good = reader.found.all().len() == before;
    built.ok().filter(|_| good).map(|schedule| (spec, schedule))
}

fn always(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<ScheduleSpec> {
    let text = reader.text_of(value)?;
    if text.value == "always" {
        return Some(ScheduleSpec::always(ALWAYS_IN));
    }
    let message = format!("`{}` is no hours", text.value);
    let help = "write \"always\", or { zone = \"Asia/Tokyo\", weekly = { mon-fri = \"09:00-17:00\" } }";
    reader.found.push(value.error("bad-hours", message).help(help));
    None
}

fn table_of_hours(reader: &mut Reader<'_>, mut table: Table<'_>, spans: &mut Spans) -> Option<ScheduleSpec> {
    let zone = table.need::<String>("zone", reader.found);
    if let Some(zone) = &zone {
        spans.push(("time_zone".into(), zone.span.clone()));
    }
    let weekly = match table.need::<Table<'_>>("weekly", reader.found) {
        Some(weekly) => read_weekly(reader, weekly.value, spans),
        None => Vec::new(),
    };
    let mut holidays = false;
    reader.set_word(&mut table, "holidays", &mut holidays, &[("japan", true), ("none", false)]);
    let company_days = read_company_days(reader, &mut table, spans);
    let emergency = table.value("emergency").and_then(|value| read_emergency(reader, &value, spans));
    table.finish(reader.found);
    Some(ScheduleSpec {
        time_zone: zone?.value,
        hours: HoursSpec::Weekly(weekly),
        holidays,
        company_days,
        emergency,
    })
}

/// Rows in the order written: `mon-fri = "09:00-17:00"`, `sat = ["09:00-12:00", "13:00-15:00"]`.
fn read_weekly(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    spans: &mut Spans,
) -> Vec<(String, Vec<String>)> {
    let mut rows = Vec::new();
    for (days, value) in table.entries() {
        let ranges = reader.parse_list(&value, |reader, item| item.read::<String>(reader.found));
        let Some(ranges) = ranges else { continue };
        let field = format!("hours.{}", days.value);
        spans.extend(
            ranges.iter().enumerate().map(|(at, range)| (format!("{field}[{at}]"), range.span.clone())),
        );
        spans.push((field, days.span));
        rows.push((days.value, ranges.into_iter().map(|range| range.value).collect()));
    }
    rows
}

fn read_company_days(
    reader: &mut Reader<'_>,
    table: &mut Table<'_>,
    spans: &mut Spans,
) -> Vec<CompanyDaySpec> {
    let Some(written) = reader.take::<Vec<At<Table<'_>>>>(table, "company_days") else { return Vec::new() };
    let mut days = Vec::new();
    for (at, day) in written.value.into_iter().enumerate() {
        spans.push((format!("company_days[{at}]"), day.span));
        let mut day = day.value;
        let when = day.need::<String>("days", reader.found);
        let name = day.need::<String>("name", reader.found);
        day.finish(reader.found);
        if let (Some(when), Some(name)) = (when, name) {
            days.push(CompanyDaySpec { days: when.value, name: name.value });
        }
    }
    days
}

/// `""` is none, `"why"` holds until somebody ends it, a table may say until when.
fn read_emergency(reader: &mut Reader<'_>, value: &Value<'_>, spans: &mut Spans) -> Option<EmergencySpec> {
    if let DeValue::String(message) = value.raw() {
        return (!message.is_empty()).then(|| EmergencySpec { message: message.to_string(), until: None });
    }
    let mut table = value.read::<Table<'_>>(reader.found)?.value;
    let message = table.need::<String>("message", reader.found);
    let until = table.take::<String>("until", reader.found);
    if let Some(until) = &until {
        spans.push(("emergency.until".into(), until.span.clone()));
    }
    table.finish(reader.found);
    Some(EmergencySpec { message: message?.value, until: until.map(|until| until.value) })
}

/// The calendar's objection where the part it names is written.
fn objection(error: &SpecError, source: &Source, spans: &Spans, whole: Span) -> Diagnostic {
    let exact = spans.iter().find(|(field, _)| *field == error.field);
    let within = || spans.iter().find(|(field, _)| error.field.starts_with(field.as_str()));
    let span = exact.or_else(within).map_or(whole, |(_, span)| span.clone());
    let (code, name) = match error.field.as_str() {
        "time_zone" => ("unknown-zone", "zone"),
        _ => ("bad-hours", error.field.as_str()),
    };
    let message = match error.value.as_str() {
        "" => format!("{name}: {}", error.why),
        value => format!("{name} `{value}`: {}", error.why),
    };
    let help = error.did_you_mean.as_ref().map(|meant| format!("did you mean `{meant}`?"));
    Diagnostic::error(code, source, span, message).maybe_help(help)
}
