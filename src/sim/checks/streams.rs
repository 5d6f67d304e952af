//! The engine's RTP: numbers follow one another, and no caller sits in silence.

use super::super::watch::Stream;
use super::super::world::Noted;
use super::{Breach, Evidence};
use crate::base::{Instant, LegKey};
use crate::node::journal::What;

/// A time in which a caller need not hear us: connected to a desk, or holding us.
type Excuse = (Instant, Instant);

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    let calls = evidence.by_call();
    for (leg, stream) in evidence.watch.streams() {
        let entries = calls.values().find(|entries| caller_leg(entries) == Some(leg));
        numbering(evidence, leg, stream, entries.map(Vec::as_slice), found);
    }
    for entries in calls.values() {
        if let Some(stream) = caller_leg(entries).and_then(|leg| evidence.watch.stream(leg)) {
            silences(evidence, stream, entries, found);
        }
    }
}

fn caller_leg(entries: &[&Noted]) -> Option<LegKey> {
    entries.iter().find_map(|n| match &n.entry.what {
        What::Leg { leg, role } if role == "caller" => Some(*leg),
        _ => None,
    })
}

/// What is bridged keeps the gaps of a bad line; everything else has none.
fn numbering(
    evidence: &Evidence<'_>,
    leg: LegKey,
    stream: &Stream,
    entries: Option<&[&Noted]>,
    found: &mut Vec<Breach>,
) {
    let bridged = entries.map(|entries| connected(entries, evidence.end));
    for (at, due, came) in &stream.breaks {
        let crossed = bridged.as_ref().is_none_or(|times| is_in(times, *at));
        if evidence.clean || !crossed {
            let what = format!("{leg}: RTP {came} where {due} was due");
            found.push(Breach { rule: "rtp-follows", at: *at, what });
        }
    }
}

fn silences(evidence: &Evidence<'_>, stream: &Stream, entries: &[&Noted], found: &mut Vec<Breach>) {
    let Some(end) = super::ended(entries) else { return };
    let mut excuses = connected(entries, end);
    excuses.extend(held(entries, end));
    excuses.extend(recorded(entries, end));
    let last = (stream.last, end.max(stream.last));
    let tail = Some(last).filter(|(from, to)| *to - *from > super::super::watch::LONG_SILENCE);
    for (from, to) in stream.silences.iter().copied().chain(tail) {
        let excused = excuses.iter().any(|(begin, over)| *begin <= to && from <= *over);
        if !excused && from < end {
            let what = format!("the caller heard nothing until {to}");
            found.push(Breach { rule: "no-silence", at: from, what });
        }
    }
    let _ = evidence;
}

fn connected(entries: &[&Noted], end: Instant) -> Vec<Excuse> {
    spans(entries, end, |what| match what {
        What::Connected { .. } => Some(true),
        What::DeskLeft | What::CallEnded { .. } => Some(false),
        _ => None,
    })
}

fn held(entries: &[&Noted], end: Instant) -> Vec<Excuse> {
    spans(entries, end, |what| match what {
        What::Hold { held, .. } => Some(*held),
        What::CallEnded { .. } => Some(false),
        _ => None,
    })
}

/// Nothing plays while the caller is to speak.
fn recorded(entries: &[&Noted], end: Instant) -> Vec<Excuse> {
    spans(entries, end, |what| match what {
        What::Step { verb: "voicemail", event, .. } if event == "records" => Some(true),
        What::Plays { .. } | What::CallEnded { .. } => Some(false),
        _ => None,
    })
}

fn spans(entries: &[&Noted], end: Instant, turns: impl Fn(&What) -> Option<bool>) -> Vec<Excuse> {
    let mut spans = Vec::new();
    let mut since = None;
    for noted in entries {
        match (turns(&noted.entry.what), since) {
            (Some(true), None) => since = Some(noted.entry.at.mono),
            (Some(false), Some(begin)) => {
                spans.push((begin, noted.entry.at.mono));
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|begin| (begin, end)));
    spans
}

fn is_in(spans: &[Excuse], at: Instant) -> bool {
    spans.iter().any(|(from, to)| *from <= at && at <= *to)
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;
    use crate::base::EndCause;
    use crate::rtp;

    fn trace(packets: &[(u64, u16)], middle: &[(u64, What)]) -> Vec<&'static str> {
        let mut trace = Trace::default();
        for (ms, sequence) in packets {
            let packet = rtp::Packet {
                payload_type: 0,
                marker: false,
                sequence: *sequence,
                timestamp: 0,
                ssrc: 1,
                payload: &[],
            };
            let mut bytes = Vec::new();
            rtp::write_into(&packet, &mut bytes);
            trace.watch.saw(Instant::from_millis(*ms), LegKey(3), &bytes);
        }
        trace.log(0, 1, What::Leg { leg: LegKey(3), role: "caller".into() });
        for (ms, what) in middle {
            trace.log(*ms, 1, what.clone());
        }
        trace.log(30_000, 1, What::CallEnded { cause: EndCause::CallerHungUp });
        trace.found(check)
    }

    fn connected() -> What {
        What::Connected { desk: "japan".into(), target: "sip:a".into() }
    }

    #[test]
    fn a_number_left_out_is_found() {
        assert_eq!(trace(&[(0, 1), (20, 2), (40, 4), (29_000, 5)], &[(50, connected())]), ["rtp-follows"]);
    }

    #[test]
    fn a_caller_who_hears_nothing_is_found_unless_connected_or_holding() {
        let packets = [(0, 1), (20, 2), (12_000, 3), (21_000, 4)];
        assert_eq!(trace(&packets, &[]), ["no-silence"]);
        assert!(trace(&packets, &[(1_000, connected())]).is_empty());
        let hold = |held| What::Hold { leg: LegKey(3), held };
        assert!(trace(&packets, &[(1_000, hold(true)), (12_000, hold(false))]).is_empty());
        assert_eq!(trace(&[(0, 1), (20, 2)], &[]), ["no-silence"], "to the end");
    }
}
