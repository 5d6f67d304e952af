//! Questions to services outside: what they tell, and which answer counts.

use super::*;
use crate::node::Question;

const ASKING: &str = r#"
start = "name"
[step.name]
verb = "set"
case.language = "en"
next = "code"
[step.code]
verb = "collect"
prompt = "closed"
min = 4
max = 4
secret = true
next = "ask"
otherwise = "bye"
[step.ask]
verb = "webhook"
ask = "contracts"
deadline = "2s"
answers.again = "second"
fallback = "bye"
[step.second]
verb = "webhook"
ask = "contracts"
answers.again = "bye"
fallback = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
"#;

fn asking() -> Rig {
    let mut rig = rig_on(ASKING, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    for digit in "4711".chars().filter_map(Digit::from_char) {
        let source = media::DigitSource::TelephoneEvent;
        rig.input(Input::Media(media::Event::Digit { leg, digit, source }));
    }
    rig
}

fn last(rig: &Rig) -> Question {
    rig.questions.last().expect("a question").clone()
}

fn steps(rig: &Rig) -> Vec<String> {
    let of = |what: &What| match what {
        What::Step { step, event, .. } => Some(format!("{step}: {event}")),
        _ => None,
    };
    rig.journal.iter().filter_map(of).collect()
}

#[test]
fn a_question_tells_of_the_call_and_no_digit_of_a_secret() {
    let rig = asking();
    let question = last(&rig);
    let case = rig.cases.last().expect("a case").number().to_string();
    assert_eq!((&*question.webhook, &*question.plan, &*question.step), ("contracts", "test", "ask"));
    assert_eq!(question.case, Some(case));
    assert_eq!((question.caller.as_deref(), question.dialed.as_str()), (Some("+81312345678"), "0120339836"));
    assert_eq!((question.language, question.at), (Language::En, japan(10, 0, 0)));
    assert_eq!(question.facts, BTreeMap::from([("language".into(), "en".into())]));
    assert!(!format!("{question:?}").contains("4711"));
}

#[test]
fn a_case_that_is_not_on_disk_yet_is_not_told() {
    let mut rig = rig_on(ASKING.replace("\"code\"", "\"ask\"").as_str(), japan(10, 0, 0));
    rig.store_works = false;
    rig.call(SDP);
    assert_eq!(last(&rig).case, None);
}

#[test]
fn only_the_question_asked_last_is_answered_and_only_once() {
    let mut rig = asking();
    let first = last(&rig);
    rig.input(Input::Told(first.told(Ok("again".into()))));
    let second = last(&rig);
    assert_ne!(first.ask, second.ask);
    rig.input(Input::Told(first.told(Ok("again".into()))));
    assert_eq!(rig.questions.len(), 2, "an answer that comes twice is no answer to the next question");
    rig.wait(Duration::from_secs(2));
    assert!(steps(&rig).contains(&"second: unanswered: late".to_string()), "{:?}", steps(&rig));
    let told = steps(&rig).len();
    rig.input(Input::Told(second.told(Ok("again".into()))));
    assert_eq!(steps(&rig).len(), told, "an answer too late changes nothing");
}

#[test]
fn an_answer_to_a_call_that_is_over_is_for_nobody() {
    let mut rig = asking();
    let question = last(&rig);
    rig.input(Input::Stop);
    rig.input(Input::Told(question.told(Ok("again".into()))));
    assert_eq!(rig.questions.len(), 1);
}
