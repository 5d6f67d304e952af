//! What tests keep: cases, calls and versions of plans.

use super::NOON;
use crate::base::{AudioQuality, EndCause, Number, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, ClockKind, Event, Opening, Presentation, Ring, Tier};
use crate::store::{AudioRecord, CallRecord, LegRecord, PlanVersion};
use std::time::Duration;

pub(super) fn number(sequence: u64) -> CaseNumber {
    CaseNumber::from_sequence(sequence).expect("a sequence")
}

pub(super) fn case(sequence: u64) -> Case {
    Case::open(Opening {
        number: number(sequence),
        at: NOON,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some(format!("call-{sequence}@host")),
        dialplan: Some("webex-support@0123456789ab".into()),
    })
}

/// A case with something in every kind of field and every kind of event.
pub(super) fn rich_case(sequence: u64) -> Case {
    let mut case = case(sequence);
    for (field, value) in [("language", "ja"), ("has_pin", "true"), ("tier", "2"), ("severity", "S3")] {
        case.set(NOON, field, value).expect("a plan's field");
    }
    let engine = [("entitlement", "verified org:\"Acme\" 東京"), ("first_response_due", "1770692400123")];
    for (field, value) in engine {
        case.change(NOON, By::Engine, field, Some(value)).expect("a field");
    }
    let target = || "sip:desk@127.0.0.1".to_string();
    let events = [
        Event::NumberTold,
        Event::QueueEntered { queue: "japan-technical".into(), position: 3 },
        Event::QueueLeft { queue: "japan-technical".into() },
        Event::CallbackRequested {
            queue: "japan-technical".into(),
            number: Number::parse("09012345678").expect("a number"),
        },
        Event::Offered { target: target() },
        Event::Declined { target: target(), why: "busy".into() },
        Event::Answered { target: target() },
        Event::HandedOn { desk: "global".into(), target: target() },
        Event::Referred { to: target() },
        Event::Transferred { to: "partner".into(), target: target() },
        Event::VoicemailLeft { file: "abc-1.wav".into(), seconds: 7 },
        Event::Replied { text: "looked into".into() },
        Event::Paused,
        Event::Resumed,
        Event::Noted { text: "line one\nline two".into(), public: true },
        Event::Attached {
            file: "1-2".into(),
            name: "log.zip".into(),
            media_type: "application/zip".into(),
            bytes: 9,
        },
        Event::Reassigned {
            desk: None,
            tier: Tier::from_name("2"),
            agent: Some("佐藤".into()),
            why: "hard".into(),
        },
        Event::ClockRang { clock: ClockKind::NextUpdate, ring: Ring::Missed, due: NOON },
        Event::Escalated { level: 2, to: "duty-manager".into(), why: None },
        Event::Escalated { level: 3, to: "head".into(), why: Some("press".into()) },
        Event::EscalationTaken,
        Event::Ended { cause: EndCause::DeskHungUp },
        Event::Closed,
        Event::Reopened,
    ];
    for event in events {
        case.record(NOON, By::Agent("佐藤".into()), event);
    }
    case
}

fn quality() -> AudioQuality {
    AudioQuality {
        codec: "PCMA".into(),
        sent: 100,
        received: 90,
        lost: 10,
        lost_there: Some(1),
        jitter: Duration::from_micros(1_250),
        round_trip: Some(Duration::from_millis(30)),
        mos: Some(337),
    }
}

pub(super) fn call(id: &str) -> CallRecord {
    let leg = LegRecord {
        target: "sip:desk@127.0.0.1".into(),
        started_at: NOON,
        answered_at: Some(NOON),
        ended_at: None,
        status: Some(200),
    };
    CallRecord {
        id: id.into(),
        call_id: "abc@host".into(),
        case: Some(number(1)),
        from: Number::parse("0312345678"),
        presentation: Some(Presentation::Allowed),
        to: Number::parse("0120339836"),
        started_at: NOON,
        answered_at: Some(NOON),
        plan_began_at: Some(NOON),
        ended_at: None,
        cause: Some(EndCause::CallerHungUp),
        plan: Some("webex-support".into()),
        plan_hash: Some("00ff".into()),
        digits: 2,
        trail: None,
        legs: vec![leg],
        audio: vec![AudioRecord { target: None, quality: quality() }],
    }
}

pub(super) fn version(hash: &str, in_force: Option<UnixTime>, by: &str) -> PlanVersion {
    PlanVersion {
        name: "desk".into(),
        hash: hash.into(),
        text: format!("# {hash} 窓口\r\n"),
        kept_at: NOON,
        first_in_force_at: in_force,
        by: by.into(),
    }
}
