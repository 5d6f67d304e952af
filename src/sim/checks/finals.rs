//! Every INVITE that reached the engine gets one final response, the same each time, until its ACK.

use super::super::network::Seen;
use super::super::rude;
use super::super::sight::Sight;
use super::{Breach, Evidence};
use crate::base::Instant;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long before the end of a run an INVITE must have come to be judged: a port is bound and a 2xx
/// repeated (T1, 2*T1) well within it.
const JUDGED: Duration = Duration::from_secs(5);

/// How long a transaction lives after its final response (Timer H, 64*T1): the same INVITE later is another.
const LIFE: Duration = Duration::from_secs(32);

/// An INVITE transaction at the engine.
#[derive(Default)]
struct Story<'a> {
    invited: Option<Instant>,
    finals: Vec<(Instant, &'a [u8])>,
    tag: Option<&'a str>,
    status: u16,
    acked: Option<Instant>,
    hung_up: bool,
}

/// Sender, branch and CSeq name a transaction (RFC 3261 17.2.3).
type Key<'a> = (SocketAddr, &'a str, u32);

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    for ((peer, branch, _), story) in stories(evidence) {
        let name = format!("INVITE {branch} of {peer}");
        story.check(&name, evidence.end, found);
    }
}

fn stories<'a>(evidence: &Evidence<'a>) -> BTreeMap<Key<'a>, Story<'a>> {
    let mut stories: BTreeMap<Key<'a>, Story<'a>> = BTreeMap::new();
    // An ACK of a 2xx is a transaction of its own: dialog and CSeq lead to the INVITE.
    let mut accepted: BTreeMap<(&str, u32), Key<'a>> = BTreeMap::new();
    for seen in evidence.seen {
        let Some(sight) = Sight::read(&seen.bytes) else { continue };
        let (Some((cseq, method)), Some(branch)) = (sight.cseq(), sight.branch()) else { continue };
        if seen.flow.remote.ip() == evidence.engine {
            let key = (seen.flow.local, branch, cseq);
            heard(&sight, method, seen, key, &accepted, &mut stories);
        } else if sight.status().is_some_and(|s| s >= 200) && method == "INVITE" {
            let key = (seen.flow.remote, branch, cseq);
            let Some(story) = stories.get_mut(&key) else { continue };
            story.finals.push((seen.at, &seen.bytes));
            story.tag = sight.tag("To");
            story.status = sight.status().unwrap_or_default();
            if let Some(call_id) = sight.call_id().filter(|_| story.status < 300) {
                accepted.insert((call_id, cseq), key);
            }
        }
    }
    stories
}

/// A message that reaches the engine.
fn heard<'a>(
    sight: &Sight<'a>,
    method: &str,
    seen: &Seen,
    key: Key<'a>,
    accepted: &BTreeMap<(&'a str, u32), Key<'a>>,
    stories: &mut BTreeMap<Key<'a>, Story<'a>>,
) {
    let (Some(at), Some((request, _))) = (seen.arrives, sight.request()) else { return };
    if request == "INVITE" && is_whole(sight) {
        let story = stories.entry(key).or_default();
        story.invited = story.invited.or(Some(at));
    } else if request == "BYE" {
        let hung_up = stories.values_mut().filter(|s| s.tag.is_some() && s.tag == sight.tag("To"));
        hung_up.for_each(|story| story.hung_up = true);
    } else if request == "ACK" && method == "ACK" {
        let of_accepted = sight.call_id().and_then(|id| accepted.get(&(id, key.2))).copied();
        let story = of_accepted.or(Some(key)).and_then(|key| stories.get_mut(&key));
        if let Some(story) = story.filter(|s| s.tag.is_some() && s.tag == sight.tag("To")) {
            story.acked = Some(story.acked.map_or(at, |before| before.min(at)));
        }
    }
}

/// Whether an INVITE has what an answer needs: what has not, or was scratched on purpose, may be dropped.
fn is_whole(sight: &Sight<'_>) -> bool {
    let scratched = sight.caller() == Some(rude::STRANGER)
        || sight.branch().is_some_and(|branch| branch.starts_with(rude::GARBAGE_BRANCH));
    let named = ["Via", "From", "To", "Call-ID", "CSeq"].iter().all(|name| sight.header(name).is_some());
    named && !scratched && sight.tag("From").is_some()
}

impl Story<'_> {
    fn check(&self, name: &str, end: Instant, found: &mut Vec<Breach>) {
        let Some(invited) = self.invited else { return };
        let mut breach =
            |rule, at, what: String| found.push(Breach { rule, at, what: format!("{name}: {what}") });
        let Some((_, first)) = self.finals.first() else {
            if end - invited > JUDGED {
                breach("one-final", invited, "no final response".into());
            }
            return;
        };
        let began = self.finals.first().map_or(invited, |(at, _)| *at);
        let mut others = self.finals.iter().filter(|(at, bytes)| bytes != first && *at - began < LIFE);
        if let Some((at, _)) = others.next() {
            breach("one-final", *at, "a second, different final response".into());
        }
        let late =
            self.acked.and_then(|acked| self.finals.iter().find(|(at, _)| *at > acked && *at - began < LIFE));
        if let Some((at, _)) = late {
            breach("acked-final-stops", *at, format!("{} sent again after its ACK", self.status));
        }
        let repeats = self.finals.len() - 1;
        // What cannot be read, or cannot be taken, may be refused without a transaction (RFC 3261 8.2.7).
        let stateless = matches!(self.status, 400 | 503);
        if self.acked.is_none() && !self.hung_up && !stateless && repeats == 0 && end - invited > JUDGED {
            breach(
                "unacked-final-repeats",
                invited,
                format!("{} never acknowledged and sent once", self.status),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::check;

    const INVITE: &str = "INVITE sip:1@e SIP/2.0\nVia: SIP/2.0/UDP c;branch=b1\nFrom: <sip:a@c>;tag=f\nTo: <sip:1@e>\nCall-ID: i\nCSeq: 1 INVITE\n\n";
    const ACK: &str = "ACK sip:1@e SIP/2.0\nVia: SIP/2.0/UDP c;branch=b2\nFrom: <sip:a@c>;tag=f\nTo: <sip:1@e>;tag=t\nCall-ID: i\nCSeq: 1 ACK\n\n";

    fn answer(status: u16, tag: &str) -> String {
        format!(
            "SIP/2.0 {status} X\nVia: SIP/2.0/UDP c;branch=b1\nFrom: <sip:a@c>;tag=f\nTo: <sip:1@e>;tag={tag}\nCall-ID: i\nCSeq: 1 INVITE\n\n"
        )
    }

    fn trace(messages: &[(u64, bool, &str)]) -> Trace {
        let mut trace = Trace::default();
        for (ms, to_engine, text) in messages {
            trace.sip(*ms, *to_engine, text);
        }
        trace
    }

    fn found(messages: &[(u64, bool, &str)]) -> Vec<&'static str> {
        let trace = trace(messages);
        let mut evidence = trace.evidence();
        evidence.end = crate::base::Instant::from_millis(1_000_000);
        let mut found = Vec::new();
        check(&evidence, &mut found);
        found.iter().map(|b| b.rule).collect()
    }

    #[test]
    fn a_call_that_is_answered_and_acknowledged_is_in_order() {
        let ok = answer(200, "t");
        assert!(found(&[(0, true, INVITE), (1, false, &ok), (501, false, &ok), (600, true, ACK)]).is_empty());
    }

    #[test]
    fn a_missing_a_second_and_a_late_final_are_found() {
        let (ok, busy, other) = (answer(200, "t"), answer(486, "t"), answer(200, "u"));
        assert_eq!(found(&[(0, true, INVITE)]), ["one-final"]);
        assert_eq!(
            found(&[(0, true, INVITE), (1, false, &ok), (2, false, &busy), (3, true, ACK)]),
            ["one-final"]
        );
        assert_eq!(found(&[(0, true, INVITE), (1, false, &ok), (2, false, &other)]), ["one-final"]);
        let late = [(0, true, INVITE), (1, false, &*ok), (2, true, ACK), (501, false, &ok)];
        assert_eq!(found(&late), ["acked-final-stops"]);
    }

    #[test]
    fn a_final_that_is_not_repeated_without_ack_is_found() {
        assert_eq!(found(&[(0, true, INVITE), (1, false, &answer(200, "t"))]), ["unacked-final-repeats"]);
        assert_eq!(found(&[(0, true, INVITE), (1, false, &answer(486, "t"))]), ["unacked-final-repeats"]);
    }
}
