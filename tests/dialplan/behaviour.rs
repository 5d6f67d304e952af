//! What the interpreter does with keys, time and desks, step by step in virtual time.

use crate::caller::Caller;
use crate::library::{TestWorld, plan, shipped};
use madoguchi::base::{EndCause, Instant, Language};
use madoguchi::dialplan::{Desk, DialFailure, Event, QueueRefusal};

#[test]
fn the_first_menu_is_asked_in_japanese_then_english() {
    let mut caller = Caller::shipped();
    assert_eq!(caller.heard(), ["language: enter", "play menu-language/ja 400ms menu-language/en"]);
}

#[test]
fn a_key_stops_the_prompt_at_once_and_a_key_typed_ahead_answers_the_next_menu_unheard() {
    let mut caller = Caller::shipped();
    caller.heard();
    caller.press("2");
    assert_eq!(
        caller.heard(),
        [
            "language: digit 2",
            "stop",
            "japanese: enter",
            "japanese: language = ja",
            "set language=ja",
            "topic: enter",
            "play menu-pin/ja"
        ]
    );
    caller.press("1");
    let heard = caller.heard();
    assert_eq!(heard.first().map(String::as_str), Some("topic: digit 1"));
    assert_eq!(heard.last().map(String::as_str), Some("play free-trial-notice/ja"));
}

/// Two menus with an announcement between them that is heard whatever is pressed.
const MUST_HEAR: &str = r#"
start = "first"
[step.first]
verb = "menu"
prompt = "menu-language"
keys.1 = "notice"
otherwise = "bye"
[step.notice]
verb = "play"
prompt = "closed-ja"
barge_in = false
next = "second"
[step.second]
verb = "menu"
prompt = "menu-pin"
keys.3 = "third"
invalid = "invalid-key"
no_input = "no-input"
attempts = 2
first_digit = "4s"
otherwise = "bye"
[step.third]
verb = "menu"
prompt = "menu-pin"
keys.4 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
cause = "caller-silent"
"#;

fn must_hear() -> Caller {
    Caller::of(MUST_HEAR)
}

#[test]
fn keys_pressed_during_an_announcement_that_must_be_heard_answer_later_questions() {
    let mut caller = must_hear();
    caller.press("134");
    assert_eq!(caller.at(), "notice");
    assert!(!caller.heard().contains(&"stop: notice".to_string()));
    caller.tell(Event::PlayDone);
    assert_eq!(
        caller.heard(),
        [
            "second: enter",
            "second: digit 3",
            "third: enter",
            "third: digit 4",
            "bye: enter",
            "play goodbye/ja"
        ]
    );
}

#[test]
fn a_wrong_key_typed_ahead_counts_as_an_attempt_and_forgets_the_keys_after_it() {
    let mut caller = must_hear();
    caller.press("1734");
    caller.heard();
    caller.tell(Event::PlayDone);
    assert_eq!(
        caller.heard(),
        [
            "second: enter",
            "second: invalid 7",
            "second: type-ahead forgotten: 2",
            "play invalid-key/ja menu-pin/ja"
        ]
    );
    caller.press("7");
    assert_eq!(
        caller.heard(),
        ["second: invalid 7", "stop", "second: last attempt", "bye: enter", "play goodbye/ja"]
    );
}

#[test]
fn waiting_begins_when_the_prompt_ends_and_the_question_is_asked_a_counted_number_of_times() {
    let mut caller = must_hear();
    caller.press("1").tell(Event::PlayDone).heard();
    caller.wait(60_000);
    assert_eq!(caller.heard(), [""; 0], "nobody is hurried while the prompt plays");
    caller.tell(Event::PlayDone).wait(3_999);
    assert_eq!(caller.heard(), [""; 0]);
    caller.wait(1);
    assert_eq!(caller.heard(), ["second: no-input", "play no-input/ja menu-pin/ja"]);
    caller.tell(Event::PlayDone).wait(4_000);
    assert_eq!(caller.heard(), ["second: no-input", "second: last attempt", "bye: enter", "play goodbye/ja"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["hang up caller-silent"]);
    assert!(caller.run.is_finished());
    assert_eq!(caller.run.poll_deadline(), None);
    caller.press("1").tell(Event::PlayDone).wait(100_000);
    assert_eq!(caller.heard(), [""; 0], "a finished run asks for nothing");
}

#[test]
fn a_prompt_whose_end_is_never_reported_does_not_hold_the_call() {
    let mut caller = must_hear();
    caller.wait(180_000);
    assert_eq!(caller.at(), "first");
    caller.wait(5_000);
    assert!(caller.heard().contains(&"first: no-input".to_string()));
}

#[test]
fn more_keys_than_fit_are_dropped_and_counted() {
    let mut caller = must_hear();
    caller.press("1").press(&"3".repeat(10_000));
    assert_eq!(caller.run.dropped_digits(), 10_000 - 32);
    let full = caller.heard().iter().filter(|l| *l == "notice: type-ahead full").count();
    assert_eq!(full, 1);
}

fn collect(keys: &str) -> Caller {
    let text = format!(
        r##"
start = "pin"
[step.pin]
verb = "collect"
prompt = "menu-pin"
min = 4
max = 6
terminator = "#"
next = "then"
otherwise = "bye"
invalid = "invalid-key"
attempts = 2
{keys}
[step.then]
verb = "menu"
prompt = "menu-language"
keys.1 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"##
    );
    Caller::of(&text)
}

fn digits(caller: &Caller) -> Option<String> {
    caller.run.collected("pin").map(|secret| secret.reveal().clone())
}

#[test]
fn digits_end_by_terminator_by_length_or_by_a_pause() {
    let mut caller = collect("");
    caller.press("1234#");
    assert_eq!((caller.at().as_str(), digits(&caller)), ("then", Some("1234".into())));

    let mut caller = collect("");
    caller.press("123456");
    assert_eq!((caller.at().as_str(), digits(&caller)), ("then", Some("123456".into())));

    let mut caller = collect("");
    caller.press("12345").wait(2_999);
    assert_eq!(caller.at(), "pin");
    caller.wait(1);
    assert_eq!((caller.at().as_str(), digits(&caller)), ("then", Some("12345".into())));

    let mut caller = collect("");
    caller.press("12").wait(3_000);
    assert_eq!(digits(&caller), None);
    assert_eq!(caller.heard().last().map(String::as_str), Some("play invalid-key/ja menu-pin/ja"));
    caller.press("1#");
    assert_eq!(caller.at(), "bye");
}

#[test]
fn a_terminator_after_the_last_digit_does_not_answer_the_next_question() {
    let mut caller = collect("");
    caller.press("123456#");
    assert!(!caller.heard().iter().any(|l| l.contains("invalid")));
    caller.press("#");
    assert!(caller.heard().contains(&"then: invalid #".to_string()));
    let mut late = collect("");
    late.press("123456").wait(3_000).press("#");
    assert!(late.heard().contains(&"then: invalid #".to_string()));
}

#[test]
fn secret_digits_appear_in_no_action_and_in_no_printed_state() {
    let mut caller = collect("secret = true");
    caller.press("8642");
    let state = format!("{:?}", caller.run);
    assert!(!state.contains("8642") && !state.contains("Digit(8)"), "{state}");
    caller.press("#");
    assert_eq!(digits(&caller), Some("8642".into()));
    let log = caller.heard();
    assert!(log.contains(&"pin: 4 digits".to_string()));
    assert!(!log.iter().any(|l| l.contains("864") || l.contains("digit 8")), "{log:?}");
    assert!(!format!("{:?}", caller.run).contains("8642"));
    let mut open = collect("");
    open.press("8642#");
    assert!(open.heard().contains(&"pin: digits 8642".to_string()));
}

#[test]
fn secret_digits_typed_ahead_are_hidden_as_well() {
    let text = MUST_HEAR.replace("next = \"second\"", "next = \"pin\"")
        + "[step.pin]\nverb = \"collect\"\nprompt = \"menu-pin\"\nmin = 4\nmax = 4\nsecret = true\nnext = \"second\"\notherwise = \"bye\"\n";
    let mut caller = Caller::of(&text);
    caller.press("18642");
    assert!(!format!("{:?}", caller.run).contains("Digit(6)"));
    caller.tell(Event::PlayDone);
    let log = caller.heard();
    assert!(log.contains(&"pin: 4 digits".to_string()), "{log:?}");
    assert!(!log.iter().any(|l| l.contains('8') || l.contains("digit 6")), "{log:?}");
}

fn in_line() -> Caller {
    let mut caller = Caller::shipped();
    caller.press("21").tell(Event::PlayDone);
    caller
}

#[test]
fn the_line_tells_the_place_thanks_and_offers_other_ways_between_music() {
    let mut caller = in_line();
    let heard = caller.heard();
    let tail: Vec<&str> = heard.iter().rev().take(5).rev().map(String::as_str).collect();
    assert_eq!(
        tail,
        [
            "japan-line: enter",
            "japan-line: queue japan-technical",
            "set desk=japan",
            "enqueue japan-technical",
            "play connecting-japan/ja"
        ]
    );
    caller.tell(Event::QueuePlace { place: 2, wait_minutes: Some(11) });
    assert_eq!(caller.heard(), [""; 0], "the announcement is not cut by the place");
    caller.wait(2_000).tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["play queue-position-2/ja wait-minutes-15/ja"]);
    caller.wait(3_000).tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["loop music-on-hold/ja"]);
    caller.tell(Event::QueuePlace { place: 1, wait_minutes: None });
    caller.wait(7_999);
    assert_eq!(caller.heard(), [""; 0], "some music between announcements");
    caller.wait(1);
    assert_eq!(caller.heard(), ["play queue-position-1/ja"]);
    caller.wait(2_000).tell(Event::PlayDone).wait(8_000);
    assert_eq!(caller.heard(), ["loop music-on-hold/ja", "play queue-busy-options/ja"]);
    caller.tell(Event::PlayDone).wait(45_000);
    assert_eq!(caller.heard(), ["loop music-on-hold/ja", "play queue-wait-thanks/ja"]);
}

#[test]
fn a_key_in_line_explains_and_keeps_the_place_or_leaves_for_the_english_desk() {
    let mut caller = in_line();
    caller.heard();
    caller.press("2");
    assert_eq!(caller.heard(), ["japan-line: digit 2", "play busy-web-form/ja"]);
    caller.press("9");
    assert_eq!(caller.heard(), ["japan-line: invalid 9"], "a key nobody offered changes nothing");
    caller.press("1");
    assert_eq!(
        caller.heard(),
        [
            "japan-line: digit 1",
            "leave queue",
            "stop",
            "interpreter: enter",
            "interpreter: interpreter = true",
            "set interpreter=true",
            "interpreter-arranged: enter",
            "play interpreter-arranged/ja"
        ]
    );
    caller.tell(Event::PlayDone);
    assert!(caller.heard().contains(&"dial global 30s".to_string()));
}

#[test]
fn keys_typed_before_the_line_do_not_leave_it() {
    let mut caller = Caller::new(
        plan(&MUST_HEAR.replace("next = \"second\"", "next = \"line\"").replace(
            "[step.bye]",
            "[step.line]\nverb = \"queue\"\nqueue = \"japan-technical\"\nmusic = \"music-on-hold\"\nkeys.1 = \"bye\"\notherwise = \"bye\"\nafter = \"bye\"\n[step.bye]",
        )),
        TestWorld::desks(Desk::Open),
    );
    caller.press("111").tell(Event::PlayDone);
    assert_eq!(caller.at(), "line");
    assert!(caller.heard().contains(&"line: type-ahead forgotten: 2".to_string()));
}

#[test]
fn every_outcome_of_the_line_leads_on() {
    for (refusal, step, prompt) in [
        (QueueRefusal::Full, "japan-full", "play queue-full/ja"),
        (QueueRefusal::Closed, "closed", "play closed-ja/ja"),
        (QueueRefusal::Unstaffed, "japan-unstaffed", "play queue-timeout/ja"),
    ] {
        let mut caller = in_line();
        if refusal == QueueRefusal::Closed {
            caller.world.desk = Desk::OutsideHours;
        }
        caller.tell(Event::QueueRefused(refusal));
        assert_eq!(caller.at(), step);
        assert_eq!(caller.heard().last().map(String::as_str), Some(prompt));
    }
    let mut caller = in_line();
    caller.wait(20 * 60_000);
    assert_eq!(caller.at(), "japan-timeout");
    assert!(caller.heard().contains(&"leave queue".to_string()));
}

#[test]
fn while_caller_and_desk_talk_the_run_is_quiet_until_the_desk_leaves() {
    let mut caller = in_line();
    caller.tell(Event::Ringing).tell(Event::Connected).heard();
    assert_eq!(caller.run.poll_deadline(), None);
    caller.press("123").tell(Event::PlayDone).wait(3_600_000);
    assert_eq!(caller.heard(), [""; 0]);
    caller.tell(Event::DeskLeft);
    assert_eq!(caller.heard(), ["japan-line: desk left", "desk-hung-up: enter", "play goodbye/ja"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["hang up desk-hung-up"]);
}

#[test]
fn a_caller_whom_the_desk_handed_on_to_nobody_is_in_line_again_with_music() {
    let mut caller = in_line();
    caller.tell(Event::Ringing).tell(Event::Connected).heard();
    caller.tell(Event::DialFailed(DialFailure::Busy));
    let heard = caller.heard();
    assert_eq!(heard.first().map(String::as_str), Some("japan-line: back in line"));
    assert!(heard.contains(&"enqueue japan-technical".to_string()), "{heard:?}");
    assert_eq!(heard.last().map(String::as_str), Some("loop music-on-hold/ja"));
    caller.wait(20 * 60_000);
    assert_eq!(caller.at(), "japan-timeout", "the longest wait begins anew");
}

#[test]
fn a_caller_whom_a_dialled_desk_handed_on_to_nobody_goes_where_nobody_answered() {
    let mut caller = Caller::new(shipped(), TestWorld::desks(Desk::Open));
    caller.press("12").tell(Event::PlayDone).tell(Event::PlayDone).tell(Event::Connected).heard();
    caller.tell(Event::DialFailed(DialFailure::NoAnswer));
    assert_eq!(caller.heard()[..2], ["global: no answer", "global-again: enter"]);
}

#[test]
fn a_desk_that_cannot_be_reached_is_tried_again_and_then_the_case_number_is_said() {
    let mut caller = Caller::new(shipped(), TestWorld::desks(Desk::Open));
    caller.press("12").tell(Event::PlayDone);
    assert_eq!(caller.at(), "global");
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard().last().map(String::as_str), Some("loop ringback"));
    caller.tell(Event::DialFailed(DialFailure::Busy));
    assert_eq!(caller.heard(), ["global: busy", "stop", "global-again: enter", "play global-busy/en"]);
    caller.tell(Event::PlayDone);
    assert!(caller.heard().contains(&"dial global 45s".to_string()));
    caller.tell(Event::DialFailed(DialFailure::NoAnswer)).tell(Event::PlayDone);
    let heard = caller.heard();
    let said = heard.last().expect("the case number");
    assert!(said.starts_with("play case-number-intro/en digit-6-mid/en digit-0-mid/en"), "{said}");
    assert!(said.ends_with("digit-7-end/en case-number-outro/en"), "{said}");
    caller.tell(Event::PlayDone).tell(Event::PlayDone).wait(3_000);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard().last().map(String::as_str), Some("hang up desk-unreachable"));
}

#[test]
fn a_dial_that_reports_no_outcome_is_given_up() {
    let mut caller = Caller::shipped();
    caller.press("12").tell(Event::PlayDone).wait(300_000);
    assert!(caller.heard().contains(&"cancel dial".to_string()));
    assert_eq!(caller.at(), "global-again");
}

const SAY_NUMBER: &str = r#"
start = "number"
[step.number]
verb = "say"
what = "case-number"
patience = "2s"
next = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

#[test]
fn no_number_is_said_before_the_case_is_durable() {
    let mut world = TestWorld::desks(Desk::Open);
    world.case = None;
    let mut caller = Caller::new(plan(SAY_NUMBER), world.clone());
    assert_eq!(caller.heard(), ["number: enter", "number: waits for the case"]);
    caller.world.case = Some("600000017".into());
    caller.wait(1_000).tell(Event::CaseReady);
    assert_eq!(caller.heard().len(), 1);
    caller.tell(Event::PlayDone);
    assert!(caller.heard().contains(&"case number told".to_string()));

    let mut never = Caller::new(plan(SAY_NUMBER), world);
    never.wait(2_000);
    assert_eq!(never.heard().last().map(String::as_str), Some("play goodbye/ja"));
}

#[test]
fn a_prompt_that_was_lost_is_said_in_the_other_language_rather_than_not_at_all() {
    let mut world = TestWorld::desks(Desk::Open);
    world.lost.insert(("menu-language".into(), Language::Ja));
    let mut caller = Caller::new(shipped(), world.clone());
    let heard = caller.heard();
    assert_eq!(heard.get(1).map(String::as_str), Some("language: no prompt menu-language in ja"));
    assert_eq!(heard.last().map(String::as_str), Some("play menu-language/en 400ms menu-language/en"));
    world.lost.insert(("menu-language".into(), Language::En));
    let mut silent = Caller::new(shipped(), world);
    assert!(!silent.heard().iter().any(|l| l.starts_with("play")));
    assert_eq!(silent.run.poll_deadline().map(|d| d.at), Some(Instant::from_millis(5_000)));
}

#[test]
fn hours_choose_the_announcement_by_the_reason() {
    for (desk, prompt) in [
        (Desk::OutsideHours, "play closed-ja/ja"),
        (Desk::Weekend, "play closed-ja/ja"),
        (Desk::Holiday, "play closed-holiday/ja"),
        (Desk::CompanyDay, "play closed-company-day/ja"),
        (Desk::Emergency, "play closed-emergency/ja"),
    ] {
        let mut caller = Caller::new(shipped(), TestWorld::desks(desk));
        caller.press("21").tell(Event::PlayDone);
        assert_eq!(caller.heard().last().map(String::as_str), Some(prompt), "{desk:?}");
        caller.press("1");
        assert_eq!(caller.heard(), [""; 0], "heard to its end");
        caller.tell(Event::PlayDone);
        assert_eq!(caller.run.facts().get("interpreter").map(String::as_str), Some("true"));
        assert_eq!(caller.heard().last().map(String::as_str), Some("play connecting-global/ja"));
    }
}

/// Passes every check, for no desk is open and closed at once; yet a line that says so all the same
/// sends the call round.
const ROUND: &str = r#"
start = "first"
[step.first]
verb = "queue"
queue = "japan-technical"
music = "music-on-hold"
closed = "second"
otherwise = "bye"
after = "bye"
[step.second]
verb = "hours"
desk = "japan"
open = "first"
closed = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

#[test]
fn a_call_that_goes_round_in_a_circle_is_told_and_ended() {
    let mut caller = Caller::of(ROUND);
    for _ in 0..60 {
        caller.tell(Event::QueueRefused(QueueRefusal::Closed));
    }
    let heard = caller.heard();
    assert_eq!(heard.last().map(String::as_str), Some("play technical-difficulty/ja"));
    assert_eq!(heard.iter().filter(|l| *l == "enqueue japan-technical").count(), 50);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), [format!("hang up {}", EndCause::PlanLooped)]);
    assert!(caller.run.is_finished());
}

#[test]
fn a_caller_who_keeps_pressing_is_stopped_by_the_budget_of_the_call() {
    let mut caller = Caller::shipped();
    caller
        .press("21")
        .tell(Event::PlayDone)
        .tell(Event::QueueRefused(QueueRefusal::Full))
        .tell(Event::PlayDone);
    let mut presses = 0;
    while !caller.log.iter().any(|l| l.ends_with("too many steps")) && presses < 5_000 {
        caller.press("2*");
        presses += 2;
    }
    assert!((1_900..2_100).contains(&presses), "{presses}");
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard().last().map(String::as_str), Some("hang up plan-looped"));
}
