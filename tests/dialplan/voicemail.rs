//! `voicemail`: what ends a recording, what becomes of it, and where the caller goes then.

use crate::caller::Caller;
use madoguchi::dialplan::{Event, Recorded};

const PLAN: &str = r#"
start = "message"
language = "en"
[step.message]
verb = "voicemail"
prompt = "voicemail-prompt"
max = "20s"
thanks = "voicemail-thanks"
next = "bye"
nothing = "menu"
[step.menu]
verb = "menu"
prompt = "menu-pin"
keys.1 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

/// A caller who has heard the tone.
fn recorded() -> Caller {
    let mut caller = Caller::of(PLAN);
    caller.tell(Event::PlayDone).heard();
    caller
}

const KEPT: Event = Event::Recorded(Recorded::Kept { seconds: 7 });

#[test]
fn the_words_then_the_tone_then_the_recording() {
    let mut caller = Caller::of(PLAN);
    assert_eq!(caller.heard(), ["message: enter", "play voicemail-prompt/en beep"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["message: records", "record 20s"]);
}

#[test]
fn a_key_brings_the_tone_and_does_not_skip_the_recording() {
    let mut caller = Caller::of(PLAN);
    caller.heard();
    caller.press("#");
    assert_eq!(caller.heard(), ["play beep"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["message: records", "record 20s"]);
}

#[test]
fn the_key_that_finishes_ends_it_and_other_keys_do_nothing() {
    let mut caller = recorded();
    caller.press("12");
    assert_eq!(caller.heard(), [""; 0]);
    caller.press("#");
    assert_eq!(caller.heard(), ["message: recording finished by a key", "stop recording"]);
    caller.tell(KEPT);
    assert_eq!(caller.heard(), ["message: recorded 7 s", "play voicemail-thanks/en"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["bye: enter", "play goodbye/en"]);
}

#[test]
fn silence_ends_it_and_the_caller_is_thanked_once_it_is_on_disk() {
    let mut caller = recorded();
    caller.wait(9_000).tell(Event::RecordingEnded);
    assert_eq!(caller.heard(), [""; 0]);
    caller.tell(KEPT);
    assert_eq!(caller.heard(), ["message: recorded 7 s", "play voicemail-thanks/en"]);
}

#[test]
fn where_nothing_was_recorded_or_could_be_kept_the_plan_goes_on_without() {
    let menu = ["menu: enter", "play menu-pin/en"];
    for (what, trace) in
        [(Recorded::Nothing, "message: nothing recorded"), (Recorded::Lost, "message: recording lost")]
    {
        let mut caller = recorded();
        caller.tell(Event::RecordingEnded).tell(Event::Recorded(what));
        assert_eq!(caller.heard(), [&[trace], &menu[..]].concat());
    }
    let mut caller = Caller::of(&PLAN.replace("nothing = \"menu\"\n", ""));
    caller.tell(Event::PlayDone).press("#").tell(Event::Recorded(Recorded::Nothing));
    assert_eq!(caller.at(), "bye", "`next` where `nothing` is left out");
}

#[test]
fn a_slow_disk_and_a_lost_end_keep_nobody_waiting() {
    let mut caller = recorded();
    caller.press("#").wait(5_000);
    assert_eq!(
        caller.heard(),
        [
            "message: recording finished by a key",
            "stop recording",
            "message: recording not kept in time",
            "menu: enter",
            "play menu-pin/en"
        ]
    );
    caller.tell(KEPT);
    assert_eq!(caller.heard(), [""; 0], "what is kept later is in the case alone");
    let mut caller = recorded();
    caller.wait(21_000);
    assert_eq!(caller.heard(), ["stop recording"]);
}

#[test]
fn a_key_ends_the_thanks_and_answers_the_next_question() {
    let text = PLAN.replace("next = \"bye\"\nnothing", "next = \"menu\"\nnothing");
    let mut caller = Caller::of(&text);
    caller.tell(Event::PlayDone).tell(KEPT).heard();
    caller.press("1");
    assert_eq!(caller.heard(), ["stop", "menu: enter", "menu: digit 1", "bye: enter", "play goodbye/en"]);
}

#[test]
fn keys_typed_ahead_were_meant_for_something_else() {
    let first = "[step.first]\nverb = 'play'\nprompt = 'closed-ja'\nnext = 'message'\n";
    let mut caller = Caller::of(&(PLAN.replace("start = \"message\"", "start = \"first\"") + first));
    caller.heard();
    caller.press("1");
    let heard = caller.heard();
    assert!(heard.contains(&"message: type-ahead forgotten: 1".to_string()), "{heard:?}");
    assert_eq!(heard.last().map(String::as_str), Some("play voicemail-prompt/en beep"));
}
