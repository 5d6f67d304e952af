//! Transfers: rung like a desk, named by the settings alone.

use crate::caller::Caller;
use crate::library::source;
use madoguchi::dialplan::{DialFailure, Event};

fn transferred(key: &str) -> Caller {
    let text = source("dialplans/examples/transfer.toml");
    let mut caller = Caller::of(text.text());
    caller.heard();
    caller.press(key);
    caller
}

#[test]
fn a_place_of_the_settings_is_rung_with_words_then_music() {
    let mut caller = transferred("1");
    let heard = caller.heard();
    let tail: Vec<&str> = heard.iter().skip(2).map(String::as_str).collect();
    assert_eq!(
        tail,
        ["partner: enter", "partner: transfer partner", "transfer partner 30s", "play please-wait/ja"],
        "no desk is set: a place outside is none"
    );
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["loop music-on-hold/ja"]);
    caller.tell(Event::Connected).press("12").wait(3_600_000);
    assert_eq!(caller.heard(), ["partner: connected"], "quiet while they talk");
}

#[test]
fn when_the_other_side_hangs_up_the_call_ends_or_goes_on_as_the_plan_says() {
    let mut ends = transferred("1");
    ends.tell(Event::Connected).heard();
    ends.tell(Event::DeskLeft);
    assert_eq!(ends.heard(), ["partner: desk left", "hang up desk-hung-up"]);
    let mut goes_on = transferred("2");
    goes_on.tell(Event::Connected).tell(Event::DeskLeft);
    assert_eq!(goes_on.at(), "bye");
}

#[test]
fn a_place_that_does_not_answer_leads_on_and_one_that_says_nothing_is_given_up() {
    for why in [DialFailure::Busy, DialFailure::NoAnswer, DialFailure::Unreachable] {
        let mut caller = transferred("1");
        caller.tell(Event::DialFailed(why));
        assert_eq!(caller.at(), "failed", "{why:?}");
    }
    let mut caller = transferred("1");
    caller.tell(Event::PlayDone).wait(300_000);
    assert!(caller.heard().contains(&"cancel dial".to_string()));
    assert_eq!(caller.at(), "failed");
}
