//! No key is counted twice, and none is lost where nothing was lost on the way.

use super::super::world::Noted;
use super::{Breach, Evidence, ended};
use crate::base::{Instant, Number};
use crate::node::journal::What;
use std::collections::BTreeMap;
use std::time::Duration;

/// A key is held 100 ms and let go for 100 ms.
const PER_KEY: Duration = Duration::from_millis(200);
/// From the press to the engine's journal, at most: the way there and the detection of a tone.
const ARRIVAL: Duration = Duration::from_millis(300);

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Breach>) {
    let calls = calls_by_number(evidence);
    for (phone, pressed) in pressed_by_phone(evidence) {
        // A tone with a hole as long as a pause is two tones: on a bad line nobody can tell.
        if !evidence.clean && evidence.tones.contains(phone) {
            continue;
        }
        let number = evidence.numbers.get(phone).and_then(|n| Number::parse(n));
        let Some(entries) = number.and_then(|n| calls.get(n.as_str())) else { continue };
        let counted: Vec<Option<char>> = entries.iter().filter_map(|n| digit(&n.entry.what)).collect();
        let end = ended(entries).unwrap_or(evidence.end);
        if let Some(what) = compare(&pressed, &counted, end, evidence.clean) {
            found.push(Breach { rule: "one-press-one-digit", at: end, what: format!("{phone}: {what}") });
        }
    }
}

/// The only call of each number; numbers that called twice are left out.
fn calls_by_number<'a>(evidence: &Evidence<'a>) -> BTreeMap<String, Vec<&'a Noted>> {
    let mut calls = BTreeMap::new();
    let mut twice = Vec::new();
    for entries in evidence.by_call().into_values() {
        let caller = entries.iter().find_map(|n| match &n.entry.what {
            What::CallStarted { caller, .. } => caller.clone(),
            _ => None,
        });
        let Some(caller) = caller else { continue };
        if calls.insert(caller.clone(), entries).is_some() {
            twice.push(caller);
        }
    }
    calls.retain(|number, _| !twice.contains(number));
    calls
}

/// What each phone pressed: every key, and when it had been pressed at the latest.
fn pressed_by_phone<'a>(evidence: &Evidence<'a>) -> BTreeMap<&'a str, Vec<(char, Instant)>> {
    let mut phones: BTreeMap<&str, Vec<(char, Instant)>> = BTreeMap::new();
    for (phone, noted) in &evidence.phones {
        let What::Note { text } = &noted.entry.what else { continue };
        let keys = phones.entry(phone).or_default();
        for key in text.strip_prefix("presses ").unwrap_or_default().chars() {
            let free = keys.last().map_or(noted.entry.at.mono, |(_, done)| noted.entry.at.mono.max(*done));
            keys.push((key, free + PER_KEY));
        }
    }
    phones
}

fn digit(what: &What) -> Option<Option<char>> {
    match what {
        What::Digit { digit, .. } => Some(digit.map(|d| d.as_char())),
        _ => None,
    }
}

fn compare(
    pressed: &[(char, Instant)],
    counted: &[Option<char>],
    end: Instant,
    clean: bool,
) -> Option<String> {
    let keys: String = pressed.iter().map(|(key, _)| *key).collect();
    let digits: String = counted.iter().map(|d| d.unwrap_or('?')).collect();
    if !clean {
        let extra =
            counted.len() > pressed.len() || "0123456789*#ABCD".chars().any(|k| exceeds(k, &keys, &digits));
        return extra.then(|| format!("pressed {keys}, counted {digits}"));
    }
    let wanted = pressed.iter().take_while(|(_, done)| *done + ARRIVAL < end).count();
    let follows = counted.len() <= pressed.len()
        && counted.iter().zip(pressed).all(|(digit, (key, _))| digit.is_none_or(|d| d == *key));
    match follows && counted.len() >= wanted.min(MOST_KEPT) {
        true => None,
        false => Some(format!("pressed {keys} ({wanted} in time), counted {digits}")),
    }
}

/// A phone keeps this many keys it has yet to press; who presses more at once loses the rest.
const MOST_KEPT: usize = 64;

fn exceeds(key: char, pressed: &str, counted: &str) -> bool {
    let count = |text: &str| text.chars().filter(|c| *c == key).count();
    count(counted) > count(pressed)
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;
    use crate::base::{Digit, EndCause, Presentation};
    use crate::media::DigitSource;

    fn trace(pressed: &str, counted: &str) -> Trace {
        let mut trace = Trace::default();
        trace.numbers.insert("tanaka".into(), "0312345678".into());
        let started = What::CallStarted {
            call_id: "x".into(),
            caller: Some("+81312345678".into()),
            presentation: Presentation::Allowed,
            dialed: "1".into(),
        };
        trace.log(0, 1, started);
        trace.note(10, "tanaka", &format!("presses {pressed}"));
        for key in counted.chars() {
            let what = What::Digit { digit: Digit::from_char(key), source: DigitSource::Info };
            trace.log(500, 1, what);
        }
        trace.log(60_000, 1, What::CallEnded { cause: EndCause::CallerHungUp });
        trace
    }

    #[test]
    fn every_key_once_is_in_order() {
        assert!(trace("2211", "2211").found(check).is_empty());
    }

    #[test]
    fn a_key_counted_twice_lost_or_changed_is_found() {
        for counted in ["22111", "221", "2221", "1122"] {
            assert_eq!(trace("2211", counted).found(check), ["one-press-one-digit"], "{counted}");
        }
    }

    #[test]
    fn on_a_bad_line_keys_may_be_lost_but_not_made() {
        let found = |counted| {
            let trace = trace("2211", counted);
            let mut evidence = trace.evidence();
            evidence.clean = false;
            let mut found = Vec::new();
            check(&evidence, &mut found);
            found.len()
        };
        assert_eq!((found("21"), found("1212"), found("222"), found("22110")), (0, 0, 1, 1));
    }
}
