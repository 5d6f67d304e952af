//! `webhook`: where answers, other words and silence lead, and what the caller hears meanwhile.

use crate::caller::Caller;
use madoguchi::dialplan::{Event, NoAnswer};

const PLAN: &str = r#"
start = "ask"
language = "en"
[step.ask]
verb = "webhook"
ask = "contracts"
MEANWHILE
answers.premium = "menu"
fallback = "bye"
[step.menu]
verb = "menu"
prompt = "menu-pin"
keys.1 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

/// A caller for whom the question has just been asked.
fn asking(meanwhile: &str) -> Caller {
    Caller::of(&PLAN.replace("MEANWHILE", meanwhile))
}

fn answer(word: &str) -> Event {
    Event::Answered(Ok(word.into()))
}

#[test]
fn a_listed_answer_leads_where_the_plan_says() {
    let mut caller = asking("");
    assert_eq!(caller.heard(), ["ask: enter", "ask: asks contracts", "ask contracts 2000ms"]);
    caller.wait(1_900).tell(answer("premium"));
    assert_eq!(caller.heard(), ["ask: answer premium", "menu: enter", "play menu-pin/en"]);
}

#[test]
fn another_word_an_error_and_no_answer_in_time_lead_to_the_fallback() {
    let end = ["bye: enter", "play goodbye/en"];
    for (event, trace) in [
        (answer("gold"), "ask: unanswered: `gold` is not listed"),
        (Event::Answered(Err(NoAnswer::Unreachable)), "ask: unanswered: unreachable"),
        (Event::Answered(Err(NoAnswer::Status(500))), "ask: unanswered: status 500"),
    ] {
        let mut caller = asking("");
        caller.heard();
        caller.tell(event);
        assert_eq!(caller.heard(), [&[trace], &end[..]].concat());
    }
    let mut caller = asking("deadline = '500ms'");
    caller.heard();
    caller.wait(500);
    assert_eq!(caller.heard(), [&["drop question", "ask: unanswered: late"], &end[..]].concat());
    caller.tell(answer("premium"));
    assert_eq!(caller.heard(), [""; 0], "an answer too late changes nothing");
}

#[test]
fn words_said_meanwhile_are_heard_to_their_end_and_music_is_not() {
    let mut caller = asking("prompt = 'please-wait'\nmusic = 'music-on-hold'");
    assert_eq!(caller.heard().last().map(String::as_str), Some("play please-wait/en"));
    caller.tell(answer("premium"));
    assert_eq!(caller.heard(), ["ask: answer premium"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["menu: enter", "play menu-pin/en"]);

    let mut caller = asking("prompt = 'please-wait'\nmusic = 'music-on-hold'");
    caller.heard();
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["loop music-on-hold/en"]);
    caller.tell(answer("premium"));
    assert_eq!(caller.heard(), ["ask: answer premium", "stop", "menu: enter", "play menu-pin/en"]);
}

#[test]
fn a_key_ends_the_words_and_answers_the_next_question() {
    let mut caller = asking("prompt = 'please-wait'\nmusic = 'music-on-hold'");
    caller.heard();
    caller.press("1");
    assert_eq!(caller.heard(), ["stop", "loop music-on-hold/en"]);
    caller.tell(answer("premium"));
    let end = ["stop", "menu: enter", "menu: digit 1", "bye: enter", "play goodbye/en"];
    assert_eq!(caller.heard(), [&["ask: answer premium"], &end[..]].concat());

    let mut caller = asking("prompt = 'please-wait'");
    caller.tell(answer("premium")).heard();
    caller.press("1");
    assert_eq!(caller.heard(), end);
}

#[test]
fn who_typed_ahead_hears_no_words() {
    let text =
        PLAN.replace("MEANWHILE", "prompt = 'please-wait'").replace("start = \"ask\"", "start = \"first\"");
    let first = "[step.first]\nverb = 'play'\nprompt = 'closed-ja'\nnext = 'ask'\n";
    let mut caller = Caller::of(&(text + first));
    caller.heard();
    caller.press("1");
    assert_eq!(
        caller.heard(),
        ["first: stopped by a key", "stop", "ask: enter", "ask: asks contracts", "ask contracts 2000ms"]
    );
}
