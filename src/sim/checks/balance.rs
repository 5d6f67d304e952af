//! Every call starts, ends for one reason and is gone; every answered call has one case of its own.

use super::super::sight::Sight;
use super::super::world::Noted;
use super::{Breach, Evidence};
use crate::node::journal::What;
use std::collections::BTreeSet;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    let mut cases = BTreeSet::new();
    for (call, entries) in evidence.by_call() {
        let mut breach = |rule, what: String| {
            let at = entries.first().map_or(evidence.end, |n| n.entry.at.mono);
            found.push(Breach { rule, at, what: format!("{call}: {what}") });
        };
        let count = |is: fn(&What) -> bool| entries.iter().filter(|n| is(&n.entry.what)).count();
        let counts = [
            ("started", count(|w| matches!(w, What::CallStarted { .. }))),
            ("ended", count(|w| matches!(w, What::CallEnded { .. }))),
            ("gone", count(|w| matches!(w, What::CallGone))),
        ];
        for (word, count) in counts.into_iter().filter(|(_, count)| *count != 1) {
            breach("one-end", format!("{word} {count} times"));
        }
        let answered = count(|w| matches!(w, What::Answered));
        let opened = count(|w| matches!(w, What::CaseOpened { .. }));
        if answered > 1 || opened != answered {
            breach("one-case", format!("answered {answered} times, {opened} cases"));
        }
        if !is_in_order(&entries) {
            breach("one-end", "something happened after the end".into());
        }
        for number in entries.iter().filter_map(|n| case(&n.entry.what)) {
            if !cases.insert(number) {
                breach("one-case", format!("case {number} has two calls"));
            }
        }
    }
    compare_with_wire(evidence, found);
}

/// After the end only the release of what the call held may follow, after `CallGone` nothing.
fn is_in_order(entries: &[&Noted]) -> bool {
    let ended = entries.iter().position(|n| matches!(n.entry.what, What::CallEnded { .. }));
    let after = ended.map_or(&[][..], |at| &entries[at + 1..]);
    // A message in progress reaches the disk once the call has ended.
    let released = |n: &&Noted| {
        matches!(
            n.entry.what,
            What::Stream { .. }
                | What::Recorded { .. }
                | What::CallGone
                | What::CallEnded { .. }
                | What::Trouble { .. }
        )
    };
    let last = entries.last().is_some_and(|n| matches!(n.entry.what, What::CallGone));
    after.iter().all(released) && (ended.is_none() || last)
}

fn case(what: &What) -> Option<&str> {
    match what {
        What::CaseOpened { number } => Some(number),
        _ => None,
    }
}

/// As many calls were answered as the wire saw accepted: each by a tag of the engine's own.
fn compare_with_wire(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    let from_engine = evidence.seen.iter().filter(|s| s.flow.local.ip() == evidence.engine);
    let accepted: BTreeSet<&str> = from_engine
        .filter_map(|s| Sight::read(&s.bytes))
        .filter(|s| s.status().is_some_and(|s| (200..300).contains(&s)))
        .filter(|s| s.cseq().is_some_and(|(_, method)| method == "INVITE"))
        .filter_map(|s| s.tag("To"))
        .collect();
    let answered = evidence.entries().filter(|e| matches!(e.what, What::Answered)).count();
    if accepted.len() != answered {
        let what =
            format!("{} calls accepted on the wire, {answered} answered in the journal", accepted.len());
        found.push(Breach { rule: "one-case", at: evidence.end, what });
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;
    use crate::base::{EndCause, Presentation};

    fn started() -> What {
        What::CallStarted {
            call_id: "x".into(),
            caller: None,
            presentation: Presentation::Withheld,
            dialed: "1".into(),
        }
    }

    fn opened() -> What {
        What::CaseOpened { number: "600000018".into() }
    }

    const ENDED: What = What::CallEnded { cause: EndCause::CallerHungUp };
    const OK: &str = "SIP/2.0 200 OK\nTo: <sip:1@e>;tag=i\nCall-ID: i\nCSeq: 1 INVITE\n\n";

    fn found(entries: Vec<What>) -> Vec<&'static str> {
        let mut trace = Trace::default();
        trace.sip(0, false, OK);
        for what in entries {
            trace.log(0, 1, what);
        }
        trace.found(check)
    }

    #[test]
    fn a_whole_call_is_in_order() {
        assert!(found(vec![started(), What::Answered, opened(), ENDED, What::CallGone]).is_empty());
    }

    #[test]
    fn missing_and_doubled_ends_and_cases_are_found() {
        assert_eq!(found(vec![started(), What::Answered, opened(), ENDED]), ["one-end", "one-end"]);
        assert_eq!(
            found(vec![started(), What::Answered, opened(), ENDED, ENDED, What::CallGone]),
            ["one-end"]
        );
        assert_eq!(found(vec![started(), What::Answered, ENDED, What::CallGone]), ["one-case"]);
        assert_eq!(found(vec![started(), ENDED, What::CallGone]), ["one-case"], "the wire saw an answer");
        let late = vec![started(), What::Answered, opened(), ENDED, What::PlayStopped, What::CallGone];
        assert_eq!(found(late), ["one-end"]);
    }

    #[test]
    fn two_calls_never_share_a_case() {
        let mut trace = Trace::default();
        for call in [1, 2] {
            trace.sip(0, false, &OK.replace("tag=i", &format!("tag=i{call}")));
            for what in [started(), What::Answered, opened(), ENDED, What::CallGone] {
                trace.log(0, call, what);
            }
        }
        assert_eq!(trace.found(check), ["one-case"]);
    }
}
