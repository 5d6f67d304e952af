//! A case is on disk before anyone is told its number, by voice or by a header field.

use super::super::sight::Sight;
use super::{Breach, Evidence};
use crate::node::journal::What;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    for entries in evidence.by_call().into_values() {
        let number = entries.iter().find_map(|n| match &n.entry.what {
            What::CaseOpened { number } => Some(number.as_str()),
            _ => None,
        });
        let said = entries.iter().find(|n| says_number(&n.entry.what));
        if let Some(said) = said {
            let number = number.unwrap_or("without a case");
            let at = said.entry.at.mono;
            tell(evidence, number, said.order, || (at, "was said".into()), found);
        }
    }
    for seen in evidence.seen.iter().filter(|s| s.flow.local.ip() == evidence.engine) {
        let Some(sight) = Sight::read(&seen.bytes) else { continue };
        if let Some(number) = sight.header("X-Madoguchi-Case") {
            tell(
                evidence,
                number,
                seen.order,
                || (seen.at, format!("was sent to {}", seen.flow.remote)),
                found,
            );
        }
    }
}

fn tell(
    evidence: &Evidence<'_>,
    number: &str,
    order: u64,
    told: impl FnOnce() -> (crate::base::Instant, String),
    found: &mut Vec<Breach>,
) {
    let durable = evidence.saved.iter().any(|s| s.number == number && s.order < order);
    if !durable {
        let (at, how) = told();
        let what = format!("case {number} {how} before it was on disk");
        found.push(Breach { rule: "durable-before-told", at, what });
    }
}

fn says_number(what: &What) -> bool {
    match what {
        What::Plays { clips } => clips.iter().any(|c| c.starts_with("case-number-intro:")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;

    fn opened() -> What {
        What::CaseOpened { number: "600000018".into() }
    }

    fn said() -> What {
        What::Plays { clips: vec!["case-number-intro:ja".into(), "digit-6-mid:ja".into()] }
    }

    const INVITE: &str = "INVITE sip:g@h SIP/2.0\nX-Madoguchi-Case: 600000018\n\n";

    #[test]
    fn a_number_told_after_the_case_is_durable_is_in_order() {
        let mut trace = Trace::default();
        trace.log(0, 1, opened()).save("600000018").log(9, 1, said()).sip(10, false, INVITE);
        assert!(trace.found(check).is_empty());
    }

    #[test]
    fn a_number_told_too_early_is_found() {
        let mut trace = Trace::default();
        trace.log(0, 1, opened()).log(9, 1, said()).sip(10, false, INVITE).save("600000018");
        assert_eq!(trace.found(check), ["durable-before-told", "durable-before-told"]);
    }
}
