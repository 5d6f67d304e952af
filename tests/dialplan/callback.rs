//! Calls back: only at numbers that were said and confirmed, and only at those that may be called.

use crate::caller::Caller;
use crate::library::{TestWorld, plan};
use madoguchi::base::Number;
use madoguchi::dialplan::{Desk, Event};

const CALLBACK: &str = r#"
start = "callback"
[step.callback]
verb = "callback"
queue = "japan-technical"
offer = "callback-offer"
ask = "callback-ask"
confirm = "callback-confirm"
invalid = "callback-invalid"
thanks = "callback-thanks"
attempts = 2
next = "bye"
otherwise = "none"
[step.bye]
verb = "hangup"
prompt = "goodbye"
[step.none]
verb = "hangup"
prompt = "too-many-attempts"
"#;

fn called_back(caller: Option<&str>) -> Caller {
    let caller = caller.and_then(Number::parse);
    Caller::new(plan(CALLBACK), TestWorld { caller, ..TestWorld::desks(Desk::Open) })
}

#[test]
fn a_known_number_is_said_back_and_taken_with_one_key() {
    let mut caller = called_back(Some("0312"));
    assert_eq!(caller.heard(), ["callback: enter", "play callback-ask/ja"], "no subscriber's");
    let mut caller = called_back(Some("0312345678"));
    let heard = caller.heard();
    let said = heard.last().expect("the number");
    assert!(said.starts_with("play callback-offer/ja digit-0-mid/ja digit-3-mid/ja"), "{said}");
    assert!(said.ends_with("digit-8-end/ja callback-confirm/ja"), "{said}");
    caller.press("1");
    assert_eq!(
        caller.heard(),
        [
            "callback: digit 1: +xxxxxxxxx78",
            "stop",
            "set desk=japan",
            "call back +81312345678 for japan-technical",
            "play callback-thanks/ja"
        ]
    );
    caller.tell(Event::PlayDone);
    assert_eq!(caller.at(), "bye");
}

#[test]
fn another_number_is_entered_said_back_and_taken_only_when_it_is_confirmed() {
    let mut caller = called_back(Some("0312345678"));
    caller.press("2").heard();
    caller.press("09012345678#");
    let heard = caller.heard();
    assert_eq!(heard.first().map(String::as_str), Some("stop"));
    assert!(heard.contains(&"callback: entered +xxxxxxxxxx78".to_string()), "{heard:?}");
    assert!(!heard.iter().any(|line| line.starts_with("call back")), "not confirmed yet");
    caller.press("1");
    assert!(caller.heard().contains(&"call back +819012345678 for japan-technical".to_string()));
    let mut slow = called_back(None);
    slow.press("0312345678").wait(3_000);
    assert!(slow.heard().iter().any(|line| line.contains("callback-confirm")), "without # after a pause");
}

/// An announcement that is heard to its end, then the call back.
fn after_an_announcement() -> String {
    CALLBACK.replace("start = \"callback\"", "start = \"notice\"\n[step.notice]\nverb = \"play\"\nprompt = \"closed-ja\"\nbarge_in = false\nnext = \"callback\"")
}

#[test]
fn keys_typed_before_the_number_was_said_do_not_confirm_it() {
    let mut caller = Caller::of(&after_an_announcement());
    caller.press("11").tell(Event::PlayDone);
    assert_eq!(caller.at(), "callback");
    assert!(caller.heard().contains(&"callback: type-ahead forgotten: 2".to_string()));
}

#[test]
fn numbers_that_cost_more_than_a_call_are_refused_and_asked_for_again_a_counted_number_of_times() {
    for number in ["0990123456", "0570123456", "01014085551234", "110", "0120339836", "03123456781", "0"] {
        let mut caller = called_back(None);
        caller.press(number).press("#");
        let heard = caller.heard();
        assert_eq!(
            heard.last().map(String::as_str),
            Some("play callback-invalid/ja callback-ask/ja"),
            "{number}"
        );
        caller.press(number).press("#");
        assert_eq!(caller.at(), "none", "{number}");
        assert!(!caller.heard().iter().any(|line| line.starts_with("call back")));
    }
}

#[test]
fn silence_wrong_keys_and_second_thoughts_end_the_offer_without_a_request() {
    let silent = |caller: &mut Caller| {
        caller.tell(Event::PlayDone).wait(5_000).tell(Event::PlayDone).wait(5_000);
    };
    let press = |keys: &'static str| {
        move |caller: &mut Caller| {
            caller.press(keys);
        }
    };
    let (wrong, stars, undecided) = (press("79"), press("2**"), press("20312345679#20312345679#2"));
    let ways: [&dyn Fn(&mut Caller); 4] = [&silent, &wrong, &undecided, &stars];
    for (at, way) in ways.into_iter().enumerate() {
        let mut caller = called_back(Some("0312345678"));
        way(&mut caller);
        assert_eq!(caller.at(), "none", "way {at}");
        assert!(!caller.heard().iter().any(|line| line.starts_with("call back")), "way {at}");
    }
}
