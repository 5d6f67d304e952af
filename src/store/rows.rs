//! Rows as they lie in the database: mirrors of a case, its timeline and a call record.

use super::audio_row::AudioRow;
use super::trail_row::TrailRow;
use super::{CallRecord, LegRecord, StoreError};
use crate::base::{EndCause, Number, Presentation, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, ClockKind, Entry, Event, Field, Ring, Stage, Tier, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of `cases`.
#[derive(Serialize)]
pub(super) struct CaseRow {
    number: u32,
    opened_at: i64,
    channel: &'static str,
    stage: &'static str,
    look_at: Option<i64>,
    fields: Known,
    /// The place of the last entry of its timeline: a state whose last entry is there has been written already.
    last: usize,
}

/// The fields that are known, by name.
pub(super) type Known = BTreeMap<&'static str, serde_json::Value>;

/// What is known of a case.
pub(super) fn known(case: &Case) -> Known {
    Field::ALL.iter().filter_map(|field| Some((field.name, kept((field.read)(case)?)))).collect()
}

impl CaseRow {
    pub(super) fn of(case: &Case) -> CaseRow {
        CaseRow {
            number: case.number().as_u32(),
            opened_at: case.opened_at().as_millis(),
            channel: case.channel().name(),
            stage: case.stage().name(),
            look_at: case.look_at().map(UnixTime::as_millis),
            fields: known(case),
            last: case.timeline().len().saturating_sub(1),
        }
    }
}

/// A field's value as the database keeps it: what SQL can compare stays comparable.
fn kept(value: Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.into(),
        Value::Flag(flag) => flag.into(),
        Value::Number(number) => number.into(),
        Value::Moment(at) => at.as_millis().into(),
        Value::Entitlement(entitlement) => entitlement.to_string().into(),
    }
}

/// The columns of a case in `cases`.
pub(super) const CASE_COLUMNS: &str =
    "number, opened_at, channel, stage, CAST(fields AS TEXT) AS fields, look_at";

/// The columns of a case as a query returns them, those of [`CASE_COLUMNS`].
pub(super) type CaseColumns = (i64, i64, String, String, String, Option<i64>);

/// Puts a case together.
pub(super) fn case_of(columns: CaseColumns, timeline: Vec<Entry>) -> Result<Case, StoreError> {
    let (number, opened_at, channel, stage, fields, look_at) = columns;
    let wrong = |what: &str| StoreError::corrupt(format!("case {number}: {what}"));
    let number = CaseNumber::parse(&number.to_string()).map_err(|e| wrong(&e.to_string()))?;
    let channel = Channel::from_name(&channel).ok_or_else(|| wrong(&channel))?;
    let stage = Stage::from_name(&stage).ok_or_else(|| wrong(&stage))?;
    let look_at = look_at.map(UnixTime::from_millis);
    let mut case = Case::kept(number, UnixTime::from_millis(opened_at), channel, stage, look_at, timeline);
    let fields: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&fields).map_err(|e| wrong(&e.to_string()))?;
    for (name, value) in &fields {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
        case.restore(name, &text).map_err(|e| wrong(&e.to_string()))?;
    }
    Ok(case)
}

/// A row of `timeline`.
#[derive(Serialize)]
pub(super) struct EntryRow {
    case_number: u32,
    position: usize,
    at: i64,
    by: String,
    event: EventRow,
}

impl EntryRow {
    pub(super) fn all_of(case: &Case) -> impl Iterator<Item = EntryRow> {
        case.timeline().iter().enumerate().map(|(position, entry)| EntryRow::of(case, position, entry))
    }

    pub(super) fn of(case: &Case, position: usize, entry: &Entry) -> EntryRow {
        EntryRow {
            case_number: case.number().as_u32(),
            position,
            at: entry.at.as_millis(),
            by: entry.by.to_string(),
            event: EventRow::of(&entry.event),
        }
    }
}

/// The first position of entries that come after the call's own: those of people, and of time.
pub(super) const BESIDE_THE_CALL: usize = 1_000_000;

/// A timeline of two lines that each have their order: that of the call, and that of what came beside it. An entry that
/// a stepped wall clock dated before the one ahead of it happened at that one's moment, and nothing before the opening.
pub(super) fn merged(call: Vec<Entry>, beside: Vec<Entry>) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(call.len() + beside.len());
    let opened = call.first().map_or(UnixTime::from_millis(i64::MIN), |entry| entry.at);
    let (mut call, mut beside) = (moments(call, opened).peekable(), moments(beside, opened).peekable());
    loop {
        let next = match (call.peek(), beside.peek()) {
            (Some((one, _)), Some((other, _))) if other < one => beside.next(),
            (Some(_), _) => call.next(),
            (None, _) => beside.next(),
        };
        match next {
            Some((_, entry)) => merged.push(entry),
            None => return merged,
        }
    }
}

fn moments(line: Vec<Entry>, first: UnixTime) -> impl Iterator<Item = (UnixTime, Entry)> {
    line.into_iter().scan(first, |last, entry| {
        *last = (*last).max(entry.at);
        Some((*last, entry))
    })
}

/// Puts an entry of a timeline together.
pub(super) fn entry_of(at: i64, by: &str, event: &str) -> Result<Entry, StoreError> {
    let wrong = |what: &str| StoreError::corrupt(format!("timeline: {what}"));
    let by = By::parse(by).ok_or_else(|| wrong(by))?;
    let event: EventRow = serde_json::from_str(event).map_err(|e| wrong(&e.to_string()))?;
    Ok(Entry {
        at: UnixTime::from_millis(at),
        by,
        event: event.event().ok_or_else(|| wrong("a cause or number that is none"))?,
    })
}

/// Declares the mirror of events, and lists its variants: their names outside are made of these, as serde makes them.
macro_rules! event_rows {
    ($(#[$meta:meta])* pub(super) enum $type:ident { $($variant:ident $({ $($fields:tt)* })?,)* }) => {
        $(#[$meta])*
        pub(super) enum $type { $($variant $({ $($fields)* })?,)* }

        impl $type {
            /// Every variant.
            pub(super) const VARIANTS: &'static [&'static str] = &[$(stringify!($variant),)*];
        }
    };
}

event_rows! {
    /// The mirror of [`Event`].
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "event", rename_all = "kebab-case")]
    pub(super) enum EventRow {
        Opened,
        FieldChanged {
            field: String,
            value: Option<String>,
        },
        NumberTold,
        QueueEntered {
            queue: String,
            position: u32,
        },
        QueueLeft {
            queue: String,
        },
        CallbackRequested {
            queue: String,
            number: String,
        },
        Offered {
            target: String,
        },
        Declined {
            target: String,
            why: String,
        },
        Answered {
            target: String,
        },
        HandedOn {
            desk: String,
            target: String,
        },
        Referred {
            to: String,
        },
        Transferred {
            to: String,
            target: String,
        },
        VoicemailLeft {
            file: String,
            seconds: u32,
        },
        Replied {
            text: String,
        },
        Paused,
        Resumed,
        Noted {
            text: String,
            #[serde(default)]
            public: bool,
        },
        Attached {
            file: String,
            name: String,
            media_type: String,
            bytes: u64,
        },
        Reassigned {
            desk: Option<String>,
            tier: Option<u64>,
            agent: Option<String>,
            why: String,
        },
        ClockRang {
            clock: String,
            ring: String,
            #[serde(with = "super::json::moment")]
            due: UnixTime,
        },
        Escalated {
            level: u8,
            to: String,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            why: Option<String>,
        },
        EscalationTaken,
        Ended {
            cause: String,
        },
        Closed,
        Reopened,
    }
}

impl EventRow {
    pub(super) fn of(event: &Event) -> EventRow {
        match event.clone() {
            Event::Opened => EventRow::Opened,
            Event::FieldChanged { field, value } => EventRow::FieldChanged { field, value },
            Event::NumberTold => EventRow::NumberTold,
            Event::QueueEntered { queue, position } => EventRow::QueueEntered { queue, position },
            Event::QueueLeft { queue } => EventRow::QueueLeft { queue },
            Event::CallbackRequested { queue, number } => {
                EventRow::CallbackRequested { queue, number: number.to_string() }
            }
            Event::Offered { target } => EventRow::Offered { target },
            Event::Declined { target, why } => EventRow::Declined { target, why },
            Event::Answered { target } => EventRow::Answered { target },
            Event::HandedOn { desk, target } => EventRow::HandedOn { desk, target },
            Event::Referred { to } => EventRow::Referred { to },
            Event::Transferred { to, target } => EventRow::Transferred { to, target },
            Event::VoicemailLeft { file, seconds } => EventRow::VoicemailLeft { file, seconds },
            Event::Replied { text } => EventRow::Replied { text },
            Event::Paused => EventRow::Paused,
            Event::Resumed => EventRow::Resumed,
            Event::Noted { text, public } => EventRow::Noted { text, public },
            Event::Attached { file, name, media_type, bytes } => {
                EventRow::Attached { file, name, media_type, bytes }
            }
            Event::Reassigned { desk, tier, agent, why } => {
                EventRow::Reassigned { desk, tier: tier.map(Tier::number), agent, why }
            }
            Event::ClockRang { clock, ring, due } => {
                EventRow::ClockRang { clock: clock.name().into(), ring: ring.name().into(), due }
            }
            Event::Escalated { level, to, why } => EventRow::Escalated { level, to, why },
            Event::EscalationTaken => EventRow::EscalationTaken,
            Event::Ended { cause } => EventRow::Ended { cause: cause.name().into() },
            Event::Closed => EventRow::Closed,
            Event::Reopened => EventRow::Reopened,
        }
    }

    fn event(self) -> Option<Event> {
        Some(match self {
            EventRow::Opened => Event::Opened,
            EventRow::FieldChanged { field, value } => Event::FieldChanged { field, value },
            EventRow::NumberTold => Event::NumberTold,
            EventRow::QueueEntered { queue, position } => Event::QueueEntered { queue, position },
            EventRow::QueueLeft { queue } => Event::QueueLeft { queue },
            EventRow::CallbackRequested { queue, number } => {
                Event::CallbackRequested { queue, number: Number::parse(&number)? }
            }
            EventRow::Offered { target } => Event::Offered { target },
            EventRow::Declined { target, why } => Event::Declined { target, why },
            EventRow::Answered { target } => Event::Answered { target },
            EventRow::HandedOn { desk, target } => Event::HandedOn { desk, target },
            EventRow::Referred { to } => Event::Referred { to },
            EventRow::Transferred { to, target } => Event::Transferred { to, target },
            EventRow::VoicemailLeft { file, seconds } => Event::VoicemailLeft { file, seconds },
            EventRow::Replied { text } => Event::Replied { text },
            EventRow::Paused => Event::Paused,
            EventRow::Resumed => Event::Resumed,
            EventRow::Noted { text, public } => Event::Noted { text, public },
            EventRow::Attached { file, name, media_type, bytes } => {
                Event::Attached { file, name, media_type, bytes }
            }
            EventRow::Reassigned { desk, tier, agent, why } => {
                let tier = match tier {
                    Some(tier) => Some(Tier::from_name(&tier.to_string())?),
                    None => None,
                };
                Event::Reassigned { desk, tier, agent, why }
            }
            EventRow::ClockRang { clock, ring, due } => {
                Event::ClockRang { clock: ClockKind::from_name(&clock)?, ring: Ring::from_name(&ring)?, due }
            }
            EventRow::Escalated { level, to, why } => Event::Escalated { level, to, why },
            EventRow::EscalationTaken => Event::EscalationTaken,
            EventRow::Ended { cause } => Event::Ended { cause: EndCause::from_name(&cause)? },
            EventRow::Closed => Event::Closed,
            EventRow::Reopened => Event::Reopened,
        })
    }
}

/// The mirror of [`CallRecord`].
#[derive(Serialize, Deserialize)]
pub(super) struct CallRow {
    pub id: String,
    call_id: String,
    pub case_number: Option<u32>,
    from: Option<String>,
    #[serde(default)]
    caller_presentation: Option<String>,
    to: Option<String>,
    pub started_at: i64,
    answered_at: Option<i64>,
    #[serde(default)]
    plan_began_at: Option<i64>,
    ended_at: Option<i64>,
    cause: Option<String>,
    plan: Option<String>,
    plan_hash: Option<String>,
    digits: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trail: Option<TrailRow>,
    legs: Vec<LegRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    audio: Vec<AudioRow>,
}

#[derive(Serialize, Deserialize)]
struct LegRow {
    target: String,
    started_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    status: Option<u16>,
}

impl CallRow {
    pub(super) fn of(call: &CallRecord) -> CallRow {
        CallRow {
            id: call.id.clone(),
            call_id: call.call_id.clone(),
            case_number: call.case.map(CaseNumber::as_u32),
            from: call.from.as_ref().map(Number::to_string),
            caller_presentation: call.presentation.map(|presentation| presentation.name().into()),
            to: call.to.as_ref().map(Number::to_string),
            started_at: call.started_at.as_millis(),
            answered_at: call.answered_at.map(UnixTime::as_millis),
            plan_began_at: call.plan_began_at.map(UnixTime::as_millis),
            ended_at: call.ended_at.map(UnixTime::as_millis),
            cause: call.cause.map(|cause| cause.name().into()),
            plan: call.plan.clone(),
            plan_hash: call.plan_hash.clone(),
            digits: call.digits,
            trail: call.trail.as_ref().map(TrailRow::of),
            legs: call.legs.iter().map(LegRow::of).collect(),
            audio: call.audio.iter().map(AudioRow::of).collect(),
        }
    }

    /// Puts a call record together from its JSON.
    pub(super) fn record(text: &str) -> Result<CallRecord, StoreError> {
        let wrong = |what: String| StoreError::corrupt(format!("call: {what}"));
        let row: CallRow = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let case = row.case_number.map(|n| CaseNumber::parse(&n.to_string())).transpose();
        let cause = row.cause.map(|name| EndCause::from_name(&name).ok_or(name)).transpose();
        Ok(CallRecord {
            id: row.id,
            call_id: row.call_id,
            case: case.map_err(|e| wrong(e.to_string()))?,
            from: row.from.as_deref().and_then(Number::parse),
            presentation: row.caller_presentation.as_deref().and_then(Presentation::from_name),
            to: row.to.as_deref().and_then(Number::parse),
            started_at: UnixTime::from_millis(row.started_at),
            answered_at: row.answered_at.map(UnixTime::from_millis),
            plan_began_at: row.plan_began_at.map(UnixTime::from_millis),
            ended_at: row.ended_at.map(UnixTime::from_millis),
            cause: cause.map_err(&wrong)?,
            plan: row.plan,
            plan_hash: row.plan_hash,
            digits: row.digits,
            trail: row.trail.map(|row| row.trail().map_err(&wrong)).transpose()?,
            legs: row.legs.into_iter().map(LegRow::record).collect(),
            audio: row.audio.into_iter().map(AudioRow::record).collect(),
        })
    }
}

impl LegRow {
    fn of(leg: &LegRecord) -> LegRow {
        LegRow {
            target: leg.target.clone(),
            started_at: leg.started_at.as_millis(),
            answered_at: leg.answered_at.map(UnixTime::as_millis),
            ended_at: leg.ended_at.map(UnixTime::as_millis),
            status: leg.status,
        }
    }

    fn record(self) -> LegRecord {
        LegRecord {
            target: self.target,
            started_at: UnixTime::from_millis(self.started_at),
            answered_at: self.answered_at.map(UnixTime::from_millis),
            ended_at: self.ended_at.map(UnixTime::from_millis),
            status: self.status,
        }
    }
}
