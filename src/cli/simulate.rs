//! `madoguchi simulate`: walks one call without network, as a table or as JSON.

use super::output::{Format, columns, json};
use crate::base::{Number, UnixTime};
use crate::dialplan::PlanSet;
use crate::dialplan::simulate::{Happening, Outcome, Walk, WalkWorld, Walked, parse_keys, walk};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil::Time};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The call to walk, as written on the command line.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The number dialled.
    pub to: &'a str,
    /// The caller's number.
    pub from: &'a str,
    /// When.
    pub at: At,
    /// What the caller does.
    pub keys: &'a str,
}

/// A moment and the offset it is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    moment: UnixTime,
    offset: Offset,
}

/// Why there is nothing to walk: wrong usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {what}")]
pub struct SimulateError {
    /// The option of the command line.
    pub option: &'static str,
    /// What is wrong with it.
    pub what: String,
}

/// What the settings say of desks, beside what a walk looks up.
pub trait Settings: WalkWorld {
    /// The first URI at which a desk is dialled.
    fn dial_target(&self, desk: &str) -> Option<String>;
}

impl At {
    /// This moment, shown in Japan's time.
    pub fn japan(moment: UnixTime) -> At {
        At { moment, offset: Offset::constant(9) }
    }

    /// Reads RFC 3339; seconds may be left out, and without an offset it is Japan's time.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<At, SimulateError> {
        let wrong = |what: String| SimulateError { option: "--at", what: format!("`{text}`: {what}") };
        let pieces = Pieces::parse(text).map_err(|e| wrong(e.to_string()))?;
        let offset = match pieces.offset() {
            None => Offset::constant(9),
            Some(PiecesOffset::Zulu) => Offset::UTC,
            Some(PiecesOffset::Numeric(written)) => written.offset(),
            Some(_) => return Err(wrong("this offset is not understood".into())),
        };
        let time = pieces.time().unwrap_or(Time::midnight());
        let moment =
            offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|e| wrong(e.to_string()))?;
        Ok(At { moment: UnixTime::from_millis(moment.as_millisecond()), offset })
    }

    /// As RFC 3339 with the offset.
    fn text(self) -> String {
        let moment = Timestamp::from_millisecond(self.moment.as_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
        moment.to_zoned(TimeZone::fixed(self.offset)).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Walks the call.
///
/// # Errors
/// A number or keys that cannot be read.
pub fn run(
    plans: &PlanSet,
    settings: &impl Settings,
    ask: &Ask<'_>,
    format: Format,
) -> Result<String, SimulateError> {
    let wrong = |option, what: String| SimulateError { option, what };
    let to = Number::parse(ask.to).ok_or_else(|| wrong("--to", format!("`{}` is no number", ask.to)))?;
    let from =
        Number::parse(ask.from).ok_or_else(|| wrong("--from", format!("`{}` is no number", ask.from)))?;
    let keys = parse_keys(ask.keys).map_err(|bad| wrong("--keys", bad.to_string()))?;
    let plan = plans.route(&to);
    let walked = walk(&Walk { plan: plan.clone(), at: ask.at.moment, keys }, settings);
    let call = CallJson::of(ask, from.as_str(), plan.name(), &walked, settings);
    Ok(match format {
        Format::Json => json(&call),
        Format::Text => text(&call, &walked),
    })
}

fn text(call: &CallJson<'_>, walked: &Walked) -> String {
    let mut text = format!("{} calls {} at {}: plan {}\n", call.from, call.to, call.at, call.dialplan);
    let row = |s: &Happening| [s.at.to_string(), s.step.to_string(), s.verb.to_owned(), s.event.clone()];
    let rows: Vec<[String; 4]> = walked.steps.iter().map(row).collect();
    for line in columns(&rows).lines() {
        let _infallible = writeln!(text, "  {line}");
    }
    text += &outcome_words(call);
    if walked.not_done > 0 {
        let _infallible = writeln!(text, "the last {} of the keys came after that", walked.not_done);
    }
    text
}

fn outcome_words(call: &CallJson<'_>) -> String {
    let outcome = &call.outcome;
    let desk = outcome.desk.as_deref().unwrap_or("-");
    let tier = outcome.tier.map_or(String::new(), |tier| format!(", tier {tier}"));
    let end = match outcome.kind {
        Some("queue") => format!("queue {} (desk {desk}{tier})", outcome.queue.as_deref().unwrap_or("-")),
        Some("dial") => format!("dial {desk} ({})", outcome.target.as_deref().unwrap_or("no target")),
        Some(_) => format!("hang up ({})", outcome.cause.unwrap_or("-")),
        None => "no end".into(),
    };
    let interpreter = if outcome.interpreter { ", with interpreter" } else { "" };
    format!("=> {end}, language {}{interpreter}\n", outcome.language)
}

#[derive(Serialize)]
struct CallJson<'a> {
    to: &'a str,
    from: &'a str,
    at: String,
    dialplan: String,
    steps: Vec<StepJson<'a>>,
    outcome: OutcomeJson,
    case: CaseJson,
    duration_ms: u64,
    digits_pressed: u32,
}

#[derive(Serialize)]
struct StepJson<'a> {
    step: &'a str,
    verb: &'a str,
    at_ms: u64,
    event: &'a str,
}

#[derive(Serialize)]
struct OutcomeJson {
    kind: Option<&'static str>,
    queue: Option<String>,
    desk: Option<String>,
    tier: Option<u8>,
    language: &'static str,
    interpreter: bool,
    target: Option<String>,
    cause: Option<&'static str>,
}

#[derive(Serialize)]
struct CaseJson {
    channel: &'static str,
    language: Option<String>,
    interpreter: bool,
    desk: Option<String>,
    has_pin: Option<bool>,
    option: Option<String>,
    severity: Option<String>,
}

impl<'a> CallJson<'a> {
    fn of(
        ask: &Ask<'a>,
        from: &'a str,
        dialplan: &str,
        walked: &'a Walked,
        settings: &impl Settings,
    ) -> CallJson<'a> {
        CallJson {
            to: ask.to,
            from,
            at: ask.at.text(),
            dialplan: dialplan.to_owned(),
            steps: walked.steps.iter().map(StepJson::of).collect(),
            outcome: OutcomeJson::of(walked, settings),
            case: CaseJson::of(&walked.facts),
            duration_ms: millis(walked.duration),
            digits_pressed: walked.digits_pressed,
        }
    }
}

impl<'a> StepJson<'a> {
    fn of(step: &'a Happening) -> Self {
        let at_ms = millis(step.at.since_start());
        StepJson { step: &step.step, verb: step.verb, at_ms, event: &step.event }
    }
}

impl OutcomeJson {
    fn of(walked: &Walked, settings: &impl Settings) -> Self {
        let nothing = OutcomeJson {
            kind: None,
            queue: None,
            desk: None,
            tier: None,
            language: walked.language.tag(),
            interpreter: flag(&walked.facts, "interpreter").unwrap_or(false),
            target: None,
            cause: None,
        };
        match &walked.outcome {
            Some(Outcome::Queue { queue, desk, tier }) => OutcomeJson {
                kind: Some("queue"),
                queue: Some(queue.to_string()),
                desk: Some(desk.clone()),
                tier: Some(*tier),
                ..nothing
            },
            Some(Outcome::Dial { desk }) => OutcomeJson {
                kind: Some("dial"),
                desk: Some(desk.to_string()),
                target: settings.dial_target(desk),
                ..nothing
            },
            Some(Outcome::Hangup { cause }) => {
                OutcomeJson { kind: Some("hangup"), cause: Some(cause.name()), ..nothing }
            }
            None => nothing,
        }
    }
}

impl CaseJson {
    fn of(facts: &BTreeMap<String, String>) -> Self {
        let text = |field: &str| facts.get(field).cloned();
        CaseJson {
            channel: "phone",
            language: text("language"),
            interpreter: flag(facts, "interpreter").unwrap_or(false),
            desk: text("desk"),
            has_pin: flag(facts, "has_pin"),
            option: text("option"),
            severity: text("severity"),
        }
    }
}

fn flag(facts: &BTreeMap<String, String>, field: &str) -> Option<bool> {
    facts.get(field).map(|value| value == "true")
}

fn millis(length: std::time::Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_offset_and_shown_as_written() {
        for (written, shown) in [
            ("2026-02-10T10:00+09:00", "2026-02-10T10:00:00+09:00"),
            ("2026-02-10T10:00:00", "2026-02-10T10:00:00+09:00"),
            ("2026-02-10T01:00:00Z", "2026-02-10T01:00:00+00:00"),
        ] {
            let at = At::parse(written).expect(written);
            assert_eq!(at.moment, UnixTime::from_secs(1_770_685_200), "{written}");
            assert_eq!(at.text(), shown);
        }
        assert!(At::parse("tomorrow").is_err() && At::parse("2026-02-30T10:00Z").is_err());
    }
}
