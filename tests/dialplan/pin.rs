//! `pin`: what callers hear, what is verified, and where each verdict leads.

use crate::caller::Caller;
use crate::library::{TestWorld, plan};
use madoguchi::base::{EntitlementKind, Product, Right, Rights, Secret, SupportOption, Verdict, VerifiedBy};
use madoguchi::dialplan::{Desk, Event, NoAnswer};

const PLAN: &str = r##"
start = "pin"
language = "en"
[step.pin]
verb = "pin"
prompt = "pin-enter"
wrong = "pin-wrong"
terminator = "#"
MORE
verified = "known"
trial = "trial"
otherwise = "unknown"
[step.known]
verb = "coverage"
japan = "menu"
global = "menu"
not_offered = "menu"
[step.menu]
verb = "menu"
prompt = "menu-pin"
keys.1 = "bye"
otherwise = "bye"
[step.unknown]
verb = "menu"
prompt = "free-trial-notice"
keys.1 = "bye"
otherwise = "bye"
[step.trial]
verb = "hangup"
prompt = "free-trial-refused"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"##;

/// A caller at the question, which has been heard of.
fn asked(more: &str) -> Caller {
    let mut caller = on(more, true);
    assert_eq!(caller.heard(), ["pin: enter", "play pin-enter/en"]);
    caller
}

fn on(more: &str, takes_pins: bool) -> Caller {
    let world = TestWorld { takes_pins, ..TestWorld::desks(Desk::Open) };
    Caller::new(plan(&PLAN.replace("MORE", more)), world)
}

fn right(number: &str, option: SupportOption, products: &[Product]) -> Right {
    Right {
        customer: "Acme".into(),
        kind: EntitlementKind::Contract,
        value: number.into(),
        option,
        products: products.to_vec(),
        japanese: true,
    }
}

fn verified(products: &[Product]) -> Event {
    said(Verdict::Verified(Box::new(Rights::of(right("C-1", SupportOption::Enhanced, products)))))
}

/// Premium for Webex Meetings, Enhanced for Webex Calling.
fn verified_by_two() -> Event {
    let two = [
        right("C-1", SupportOption::Premium, &[Product::Meetings]),
        right("C-2", SupportOption::Enhanced, &[Product::Calling]),
    ];
    said(Verdict::Verified(Box::new(Rights::ranked(two).expect("two"))))
}

fn said(verdict: Verdict) -> Event {
    Event::Verified(Ok(verdict.said(VerifiedBy::Store)))
}

const VERIFIES: [&str; 2] = ["pin: 6 digits", "verify *** 3000ms"];
const AT_MENU: [&str; 2] = ["menu: enter", "play menu-pin/en"];

#[test]
fn a_pin_that_is_verified_gives_the_case_its_rights_and_no_digit_is_shown() {
    let mut caller = asked("");
    caller.press("471108");
    assert_eq!(caller.heard(), ["stop"]);
    caller.press("#");
    assert_eq!(caller.heard(), VERIFIES);
    caller.tell(verified(&[Product::Calling]));
    let entitled = [
        "note the caller's PIN was verified by the store",
        "pin: verified by the store",
        "set product=calling",
        "set entitlement=verified contract:C-1",
        "set customer=Acme",
        "set option=enhanced",
        "known: enter",
        "known: Webex Calling, Enhanced: asked in English, so Global TAC (tier 2, priority)",
        "set tier=2",
    ];
    assert_eq!(caller.heard(), [&entitled[..], &AT_MENU].concat());
    let said = format!("{:?}", caller.run);
    assert!(!said.contains("471108") && !said.contains("'4'"), "{said}");
}

#[test]
fn of_several_products_none_is_guessed() {
    let mut caller = asked("");
    caller.press("471108#").heard();
    caller.tell(verified(&[Product::Calling, Product::Meetings]));
    let heard = caller.heard();
    assert!(!heard.iter().any(|line| line.starts_with("set product")), "{heard:?}");
    assert!(heard.iter().any(|line| line.contains("product not known, Enhanced")), "{heard:?}");
}

/// A caller whose contract is Webex Meetings', asking about Webex Calling: what is heard after the PIN is verified.
fn not_covered(plan_with_about: &str) -> Vec<String> {
    let about = "[step.about]\nverb = 'set'\ncase.product = 'calling'\nnext = 'NEXT'\n";
    let next = if plan_with_about.contains("start = \"about\"") { "pin" } else { "known" };
    let text = format!("{plan_with_about}{}", about.replace("NEXT", next)).replace("MORE", "");
    let world = TestWorld { takes_pins: true, ..TestWorld::desks(Desk::Open) };
    let mut caller = Caller::new(plan(&text), world);
    caller.press("471108#").heard();
    caller.tell(verified(&[Product::Meetings]));
    caller.heard()
}

#[test]
fn a_question_about_a_product_that_was_not_bought_gets_nothing_of_the_contract() {
    let first = not_covered(&PLAN.replace("start = \"pin\"", "start = \"about\""));
    let want = [
        "note the caller's PIN was verified by the store",
        "pin: verified by the store",
        "set entitlement=verified contract:C-1",
        "set customer=Acme",
        "pin: no contract covers Webex Calling",
        "note no contract covers Webex Calling",
        "known: enter",
        "known: Webex Calling, option not known: asked in English, so Global TAC",
    ];
    assert_eq!(first, [&want[..], &AT_MENU].concat());
    let later = not_covered(&PLAN.replace("verified = \"known\"", "verified = \"about\""));
    let want = [
        "set product=calling",
        "about: no contract covers Webex Calling",
        "note no contract covers Webex Calling",
        "set option=",
        "known: enter",
        "known: Webex Calling, option not known: asked in English, so Global TAC",
    ];
    assert!(later.join("\n").ends_with(&[&want[..], &AT_MENU].concat().join("\n")), "{later:?}");
}

/// What is heard of a caller with two contracts who asks about these products one after the other, once verified.
fn by_two(products: &[&str]) -> Vec<String> {
    let mut text = PLAN.replace("MORE", "").replace("verified = \"known\"", "verified = \"about-0\"");
    for (at, product) in products.iter().enumerate() {
        let next = if at + 1 < products.len() { format!("about-{}", at + 1) } else { "known".to_string() };
        text += &format!("[step.about-{at}]\nverb = 'set'\ncase.product = '{product}'\nnext = '{next}'\n");
    }
    let world = TestWorld { takes_pins: true, ..TestWorld::desks(Desk::Open) };
    let mut caller = Caller::new(plan(&text), world);
    caller.press("471108#").heard();
    caller.tell(verified_by_two());
    caller.heard()
}

#[test]
fn of_two_contracts_the_one_counts_that_covers_the_product_whenever_that_is_known() {
    let heard = by_two(&["calling", "meetings", "messaging", "calling"]);
    let want = [
        "note the caller's PIN was verified by the store",
        "pin: verified by the store",
        "set entitlement=verified contract:C-1",
        "set customer=Acme",
        "pin: contract:C-1 gives most: Premium",
        "set option=premium",
        "about-0: enter",
        "about-0: product = calling",
        "set product=calling",
        "set entitlement=verified contract:C-2",
        "about-0: contract:C-2 counts for Webex Calling: Enhanced",
        "set option=enhanced",
        "about-1: enter",
        "about-1: product = meetings",
        "set product=meetings",
        "set entitlement=verified contract:C-1",
        "about-1: contract:C-1 counts for Webex Meetings: Premium",
        "set option=premium",
        "about-2: enter",
        "about-2: product = messaging",
        "set product=messaging",
        "about-2: no contract covers Webex Messaging",
        "note no contract covers Webex Messaging",
        "set option=",
        "about-3: enter",
        "about-3: product = calling",
        "set product=calling",
        "set entitlement=verified contract:C-2",
        "about-3: contract:C-2 counts for Webex Calling: Enhanced",
        "set option=enhanced",
        "known: enter",
        "known: Webex Calling, Enhanced: asked in English, so Global TAC (tier 2, priority)",
        "set tier=2",
    ];
    assert_eq!(heard, [&want[..], &AT_MENU].concat());
}

#[test]
fn whoever_types_ahead_hears_no_question_and_what_follows_the_pin_answers_the_next() {
    let mut caller = asked("");
    caller.press("471108#1");
    assert_eq!(caller.heard(), [&["stop"], &VERIFIES[..]].concat());
    caller.tell(verified(&[]));
    let heard = caller.heard();
    assert_eq!(heard.last().map(String::as_str), Some("play goodbye/en"), "1 was the menu's: {heard:?}");
}

#[test]
fn three_wrong_pins_lead_on_without_one_and_the_case_says_so() {
    let mut caller = asked("");
    let again = ["pin: unknown to the store", "play pin-wrong/en pin-enter/en"];
    for _ in 0..2 {
        caller.press("471108#").heard();
        caller.tell(said(Verdict::Unknown));
        assert_eq!(caller.heard(), again);
    }
    caller.press("471108#").heard();
    caller.tell(said(Verdict::Unknown));
    let end = [
        "pin: unknown to the store",
        "pin: last attempt",
        "note the caller's PIN was not verified: last attempt",
        "unknown: enter",
        "play free-trial-notice/en",
    ];
    assert_eq!(caller.heard(), end);
}

#[test]
fn a_trial_an_old_contract_and_no_answer_each_lead_where_they_should() {
    for (told, why, step) in [
        (Ok(Verdict::Trial.said(VerifiedBy::Lookup)), "a free trial's, says the look-up", "trial"),
        (
            Ok(Verdict::Expired.said(VerifiedBy::Fallback)),
            "its contract is not in force, says the store, as the look-up did not answer",
            "unknown",
        ),
        (Err(NoAnswer::Unreachable), "no answer: unreachable", "unknown"),
        (Err(NoAnswer::TooMany), "no answer: too many questions are open", "unknown"),
    ] {
        let mut caller = asked("");
        caller.press("471108#").heard();
        caller.tell(Event::Verified(told));
        let heard = caller.heard();
        let note = format!("note the caller's PIN was not verified: {why}");
        assert_eq!(heard[..3], [format!("pin: {why}"), note, format!("{step}: enter")], "{why}");
    }
}

#[test]
fn who_is_not_answered_in_time_goes_on_and_a_late_answer_changes_nothing() {
    let mut caller = asked("deadline = '500ms'\nmusic = 'music-on-hold'");
    caller.press("471108#");
    assert_eq!(caller.heard(), ["stop", "pin: 6 digits", "verify *** 500ms", "loop music-on-hold/en"]);
    caller.wait(500);
    let heard = caller.heard();
    assert_eq!(heard[..3], ["drop question", "stop", "pin: no answer: late"]);
    assert_eq!(caller.at(), "unknown");
    caller.tell(verified(&[]));
    assert_eq!(caller.heard(), [""; 0]);
}

#[test]
fn who_presses_nothing_has_no_pin_and_too_few_digits_are_an_attempt() {
    let mut caller = asked("");
    caller.tell(Event::PlayDone).wait(5_000);
    assert_eq!(caller.heard()[..2], ["pin: no-input", "unknown: enter"]);
    let mut caller = asked("");
    caller.press("123").wait(3_000);
    assert_eq!(caller.heard(), ["stop", "pin: too few digits", "play pin-wrong/en pin-enter/en"]);
    caller.press("12*");
    assert_eq!(caller.heard(), ["stop", "pin: invalid key", "play pin-wrong/en pin-enter/en"]);
}

#[test]
fn a_pin_of_forty_digits_is_verified_at_its_longest_and_the_rest_is_forgotten_with_it() {
    let mut caller = asked("");
    caller.press(&"9".repeat(40));
    assert_eq!(caller.heard(), ["stop", "pin: 16 digits", "verify *** 3000ms"]);
    caller.tell(said(Verdict::Unknown));
    let heard = caller.heard();
    assert_eq!(
        heard,
        ["pin: unknown to the store", "pin: type-ahead forgotten: 24", "play pin-wrong/en pin-enter/en"]
    );
    let shown = Secret::new("9".repeat(16)).to_string();
    assert_eq!(shown, "***");
}

#[test]
fn where_nobody_keeps_pins_nobody_is_asked() {
    let mut caller = on("", false);
    assert_eq!(caller.heard(), ["pin: enter", "unknown: enter", "play free-trial-notice/en"]);
}
