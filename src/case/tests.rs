//! A case through its life, and every field through its text.

use super::{By, Case, CaseNumber, Channel, Entry, Event, Field, Opening, Presentation, Stage};
use crate::base::{EndCause, Language, Number, UnixTime};

const NOON: UnixTime = UnixTime::from_secs(1_770_692_400);

fn opening(presentation: Presentation) -> Opening {
    Opening {
        number: CaseNumber::from_sequence(1).expect("a sequence"),
        at: NOON,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation,
        dialed: Number::parse("0120339836"),
        call_id: Some("abc@host".into()),
        dialplan: Some("desk@0123456789ab".into()),
    }
}

fn case() -> Case {
    Case::open(opening(Presentation::Allowed))
}

/// A text that each field takes, by the field's own account of what it takes.
fn sample(field: &Field) -> String {
    match (field.takes)().as_str() {
        "a telephone number" if field.name == "dialed" => "0312345678".into(),
        "a name" => "japan".into(),
        "a telephone number" => "+81312345678".into(),
        "a case number" => "600000012".into(),
        "milliseconds since 1970" => "1770692400000".into(),
        "a kind and a value, as site-url:acme.webex.com" => "verified org:Acme".into(),
        listed => listed.split(", ").last().and_then(|w| w.split(" or ").next()).expect("a name").to_string(),
    }
}

#[test]
fn every_field_survives_its_text_and_can_be_unknown() {
    for field in Field::ALL {
        let mut first = case();
        let text = sample(field);
        first.change(NOON, By::Engine, field.name, Some(&text)).expect(field.name);
        let kept = (field.read)(&first).expect("just written").to_text();
        assert_eq!(kept, text, "{}", field.name);
        let mut second = case();
        second.restore(field.name, &kept).expect(field.name);
        assert_eq!((field.read)(&second), (field.read)(&first), "{}", field.name);
        second.change(NOON, By::Engine, field.name, None).expect(field.name);
        assert_eq!((field.read)(&second), None, "{}", field.name);
    }
}

#[test]
fn a_plan_sets_what_it_may_and_is_told_what_was_wrong() {
    let mut case = case();
    case.set(NOON, "has_pin", "true").expect("a plan's field");
    case.set(NOON, "language", "ja").expect("a plan's field");
    assert_eq!((case.has_pin, case.language), (Some(true), Some(Language::Ja)));
    let refused = [
        ("has_pim", "true", "a case has no field \"has_pim\"; did you mean \"has_pin\"?"),
        ("colour", "red", "a case has no field \"colour\""),
        ("call_id", "x", "a plan cannot set \"call_id\": the engine does"),
        ("severity", "s1", "\"s1\" is no severity: it takes S1, S2, S3 or S4; did you mean \"S1\"?"),
        ("tier", "3", "\"3\" is no tier: it takes 1 or 2"),
        ("desk", "a\nb", "\"a\nb\" is no desk: it takes a name"),
        ("desk", "", "\"\" is no desk: it takes a name"),
    ];
    for (field, value, want) in refused {
        let error = case.set(NOON, field, value).expect_err(want);
        assert_eq!(error.to_string(), want);
        assert_eq!(Field::check(field, value), Err(error));
    }
    assert_eq!(case.has_pin, Some(true));
}

#[test]
fn the_timeline_tells_a_change_once() {
    let mut case = case();
    for _ in 0..2 {
        case.set(NOON, "severity", "S3").expect("good");
    }
    case.change(NOON, By::Agent("sato".into()), "severity", Some("S2")).expect("good");
    let changes: Vec<&Entry> = case.timeline().iter().skip(1).collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].by, By::Agent("sato".into()));
    let event = Event::FieldChanged { field: "severity".into(), value: Some("S2".into()) };
    assert_eq!(changes[1].event, event);
}

fn stage_after(events: &[Event]) -> Stage {
    let mut case = case();
    for event in events {
        case.record(NOON, By::Engine, event.clone());
    }
    case.stage()
}

#[test]
fn the_stage_follows_the_timeline() {
    let waiting = Event::QueueEntered { queue: "q".into(), position: 1 };
    let answered = Event::Answered { target: "sip:a@b".into() };
    let handed = Event::HandedOn { desk: "global".into(), target: "sip:g@b".into() };
    let ended = Event::Ended { cause: EndCause::CallerHungUp };
    let left = Event::QueueLeft { queue: "q".into() };
    assert_eq!(stage_after(&[]), Stage::New);
    assert_eq!(stage_after(std::slice::from_ref(&waiting)), Stage::Waiting);
    assert_eq!(stage_after(&[waiting.clone(), left]), Stage::New);
    assert_eq!(stage_after(std::slice::from_ref(&ended)), Stage::Closed);
    assert_eq!(stage_after(&[waiting.clone(), ended.clone()]), Stage::Closed);
    assert_eq!(stage_after(&[waiting, answered.clone(), ended.clone()]), Stage::WithDesk);
    assert_eq!(stage_after(&[handed.clone(), ended]), Stage::HandedOn);
    assert_eq!(stage_after(&[answered, handed, Event::Closed]), Stage::Closed);
}

#[test]
fn a_withheld_number_is_not_kept() {
    assert_eq!(Case::open(opening(Presentation::Withheld)).caller, None);
    assert!(case().caller.is_some());
}

#[test]
fn the_end_cause_is_the_last_that_was_told() {
    let mut case = case();
    assert_eq!(case.end_cause(), None);
    case.record(NOON, By::Caller, Event::Ended { cause: EndCause::CallerHungUp });
    assert_eq!(case.end_cause(), Some(EndCause::CallerHungUp));
}

#[test]
fn a_call_back_is_owed_until_somebody_takes_the_case() {
    let number = Number::parse("09012345678").expect("a number");
    let requested = Event::CallbackRequested { queue: "japan-technical".into(), number: number.clone() };
    let ended = Event::Ended { cause: EndCause::PlanHungUp };
    let owed = |case: &Case| (case.stage(), case.callback.clone());
    let mut case = case();
    case.record(NOON, By::Caller, requested);
    assert_eq!(
        (owed(&case), case.queue.as_deref()),
        ((Stage::CallBack, Some(number.clone())), Some("japan-technical"))
    );
    case.record(NOON, By::Engine, Event::QueueEntered { queue: "japan-technical".into(), position: 1 });
    assert_eq!(case.stage(), Stage::Waiting);
    let mut gone = case.clone();
    gone.record(NOON, By::Caller, ended.clone());
    assert_eq!(owed(&gone), (Stage::CallBack, Some(number.clone())), "who hung up in line is still owed it");
    case.record(NOON, By::Plan, Event::QueueLeft { queue: "japan-technical".into() });
    case.record(NOON, By::Plan, ended);
    assert_eq!(owed(&case), (Stage::CallBack, Some(number)));
    case.record(NOON, By::Engine, Event::Answered { target: "sip:desk".into() });
    assert_eq!(owed(&case), (Stage::WithDesk, None));
}
