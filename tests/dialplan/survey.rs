//! A survey: an answer on the scale is kept, anything else is asked again a counted number of times.

use crate::caller::Caller;
use madoguchi::dialplan::Event;

const SURVEY: &str = r#"
start = "survey"
[step.survey]
verb = "survey"
prompt = "survey-question"
invalid = "invalid-key"
thanks = "survey-thanks"
attempts = 2
next = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

#[test]
fn an_answer_on_the_scale_is_kept_in_the_case_and_thanked_for() {
    let mut caller = Caller::of(SURVEY);
    assert_eq!(caller.heard(), ["survey: enter", "play survey-question/ja"]);
    caller.press("4");
    assert_eq!(caller.heard(), ["survey: digit 4", "stop", "set satisfaction=4", "play survey-thanks/ja"]);
    caller.tell(Event::PlayDone);
    assert_eq!(caller.heard(), ["bye: enter", "play goodbye/ja"]);
    assert_eq!(caller.run.facts().get("satisfaction").map(String::as_str), Some("4"));
}

#[test]
fn whoever_does_not_answer_a_survey_goes_on_after_the_last_attempt() {
    let mut caller = Caller::of(SURVEY);
    caller.heard();
    caller.press("6");
    assert_eq!(caller.heard(), ["survey: invalid 6", "play invalid-key/ja survey-question/ja"]);
    caller.tell(Event::PlayDone).wait(5_000);
    assert_eq!(caller.heard(), ["survey: no-input", "survey: last attempt", "bye: enter", "play goodbye/ja"]);
    assert_eq!(caller.run.facts().get("satisfaction"), None);
    for key in ["0", "#", "9"] {
        let mut caller = Caller::of(SURVEY);
        caller.press(key);
        assert!(caller.heard().contains(&format!("survey: invalid {key}")), "not on the scale");
    }
}
