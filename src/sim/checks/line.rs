//! Every queue serves its callers in the order they came.

use super::{Breach, Evidence};
use crate::base::CallKey;
use crate::node::journal::What;
use std::collections::BTreeMap;

/// Who stands in a line, first to last, and whether a desk rings for them.
type Line = Vec<(CallKey, bool)>;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    let mut came: BTreeMap<CallKey, usize> = BTreeMap::new();
    let mut next_turn = 0;
    for entry in evidence.entries() {
        let Some(call) = entry.call else { continue };
        match &entry.what {
            What::Queued { queue, again } => {
                leave(&mut lines, call);
                let turn = if *again { came.get(&call).copied() } else { None };
                let turn = turn.unwrap_or(next_turn);
                next_turn += 1;
                came.insert(call, turn);
                let line = lines.entry(queue).or_default();
                let at = line.partition_point(|(before, _)| came.get(before) < Some(&turn));
                line.insert(at, (call, false));
            }
            What::Offered { desk, target } => {
                let Some(line) = lines.get_mut(desk.as_ref()) else { continue };
                let before = line.iter().take_while(|(c, _)| *c != call).find(|(_, rings)| !rings);
                if let Some((passed, _)) = before {
                    let what = format!("{call} was offered to {target} before {passed}, who came first");
                    found.push(Breach { rule: "queue-order", at: entry.at.mono, what });
                }
                ring(line, call, true);
            }
            What::NotTaken { .. } => lines.values_mut().for_each(|line| ring(line, call, false)),
            What::Connected { .. } | What::CallEnded { .. } => leave(&mut lines, call),
            What::Step { event, verb, .. } if event == "enter" && *verb != "queue" => leave(&mut lines, call),
            _ => {}
        }
    }
}

fn ring(line: &mut Line, call: CallKey, rings: bool) {
    if let Some(entry) = line.iter_mut().find(|(c, _)| *c == call) {
        entry.1 = rings;
    }
}

fn leave(lines: &mut BTreeMap<&str, Line>, call: CallKey) {
    lines.values_mut().for_each(|line| line.retain(|(c, _)| *c != call));
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;

    const NOT_TAKEN: What = What::NotTaken { target: String::new(), why: "busy" };

    fn queued() -> What {
        What::Queued { queue: "q".into(), again: false }
    }

    fn offered() -> What {
        What::Offered { desk: "q".into(), target: "sip:a".into() }
    }

    fn left() -> What {
        What::Step { step: "s".into(), verb: "menu", event: "enter".into() }
    }

    fn found(entries: &[(u64, What)]) -> usize {
        let mut trace = Trace::default();
        for (call, what) in entries {
            trace.log(0, *call, what.clone());
        }
        trace.found(check).len()
    }

    #[test]
    fn who_came_first_is_offered_first() {
        assert_eq!(found(&[(1, queued()), (2, queued()), (1, offered()), (2, offered())]), 0);
        assert_eq!(found(&[(1, queued()), (2, queued()), (2, offered())]), 1);
        assert_eq!(found(&[(1, queued()), (2, queued()), (1, left()), (2, offered())]), 0);
    }

    #[test]
    fn who_was_not_taken_keeps_the_place() {
        let start = [(1, queued()), (2, queued()), (1, offered()), (1, NOT_TAKEN)];
        let then = |call| start.iter().cloned().chain([(call, offered())]).collect::<Vec<_>>();
        assert_eq!((found(&then(1)), found(&then(2))), (0, 1));
    }
}
