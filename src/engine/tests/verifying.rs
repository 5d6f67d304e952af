//! PINs of callers: where they go, what comes of them, and that nobody else sees a digit.

use super::*;
use crate::base::{
    EntitlementKind, Product, Right, Rights, SupportOption, Verdict, Verification, VerifiedBy,
};
use crate::dialplan::NoAnswer;
use crate::node::PinQuestion;

const PINS: &str = r##"
start = "pin"
[step.pin]
verb = "pin"
prompt = "closed"
terminator = "#"
deadline = "2s"
verified = "known"
trial = "bye"
otherwise = "unknown"
[step.known]
verb = "menu"
prompt = "closed"
keys.7 = "bye"
otherwise = "bye"
[step.unknown]
verb = "menu"
prompt = "closed"
keys.7 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
"##;

fn typing(keys: &str) -> Rig {
    typing_on(PINS, keys)
}

fn typing_on(plan: &str, keys: &str) -> Rig {
    let mut rig = rig_on(plan, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    press(&mut rig, keys);
    rig
}

fn press(rig: &mut Rig, keys: &str) {
    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    for digit in keys.chars().filter_map(Digit::from_char) {
        let source = media::DigitSource::TelephoneEvent;
        rig.input(Input::Media(media::Event::Digit { leg, digit, source }));
    }
}

fn verified() -> Verification {
    let verdict = Verdict::Verified(Box::new(Rights::of(Right {
        customer: "Acme".into(),
        kind: EntitlementKind::Contract,
        value: "C-1".into(),
        option: SupportOption::Premium,
        products: Vec::new(),
        japanese: false,
    })));
    verdict.said(VerifiedBy::Lookup)
}

fn last(rig: &Rig) -> PinQuestion {
    rig.pins.last().expect("a PIN").clone()
}

fn step(rig: &Rig) -> String {
    rig.engine.visits.values().next().and_then(|visit| visit.run.as_ref()).expect("a plan").step().to_string()
}

/// Everything that the engine put out or holds, but the question itself.
fn everything(rig: &Rig) -> String {
    format!("{:?} {:?} {:?} {:?} {:?}", rig.journal, rig.cases, rig.records, rig.pins, rig.questions)
}

#[test]
fn a_pin_is_asked_once_and_no_digit_of_it_is_anywhere_else() {
    let mut rig = typing("471108#");
    let question = last(&rig);
    assert_eq!(question.pin.reveal(), "471108");
    rig.input(Input::Verified(question.judged(Ok(verified()))));
    assert_eq!(step(&rig), "known");
    let case = rig.cases.last().expect("a case");
    assert_eq!(case.entitlement.as_ref().map(ToString::to_string).as_deref(), Some("verified contract:C-1"));
    assert_eq!(case.option, Some(SupportOption::Premium));
    let notes = format!("{:?}", case.timeline());
    assert!(notes.contains("the caller's PIN was verified by the look-up"), "{notes}");
    let said = everything(&rig);
    assert!(!said.contains("471108"), "{said}");
    let keys = rig.journal.iter().filter(|what| matches!(what, What::Digit { digit: Some(_), .. })).count();
    assert_eq!(keys, 0, "a key may be a PIN's, whenever it is pressed");
}

#[test]
fn a_late_answer_and_one_to_another_question_change_nothing() {
    let mut rig = typing("471108#");
    let question = last(&rig);
    rig.wait(Duration::from_secs(2));
    assert_eq!(step(&rig), "unknown");
    rig.input(Input::Verified(question.judged(Ok(verified()))));
    assert_eq!(step(&rig), "unknown");
    let case = rig.cases.last().expect("a case");
    assert_eq!((case.entitlement.as_ref(), case.option), (None, None));
    let notes = format!("{:?}", case.timeline());
    assert!(notes.contains("the caller's PIN was not verified: no answer: late"), "{notes}");
}

/// The contract of this PIN covers no product.
#[test]
fn what_was_bought_is_taken_out_of_a_case_about_a_product_that_it_does_not_cover() {
    let about = "[step.about]\nverb = \"set\"\ncase.product = \"calling\"\nnext = \"known\"\n";
    let plan = PINS.replace("verified = \"known\"", "verified = \"about\"") + about;
    let mut rig = typing_on(&plan, "471108#");
    let question = last(&rig);
    rig.input(Input::Verified(question.judged(Ok(verified()))));
    let case = rig.cases.last().expect("a case");
    assert_eq!((case.product, case.option), (Some(Product::Calling), None));
    assert!(case.entitlement.is_some(), "who it is, is known");
}

#[test]
fn where_the_shell_cannot_say_the_caller_goes_on_without() {
    let mut rig = typing("471108#");
    let question = last(&rig);
    rig.input(Input::Verified(question.judged(Err(NoAnswer::Unreachable))));
    assert_eq!(step(&rig), "unknown");
}
