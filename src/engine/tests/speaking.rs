//! Sentences that nobody recorded: spoken in time, late, or not at all.

use super::*;

const COUNT: &str = r#"
start = "count"
[step.count]
verb = "say"
what = "number"
value = 1234
next = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
cause = "desk-hung-up"
"#;

/// A Japanese caller to whom a number is to be said that is not recorded.
fn counted_to() -> Rig {
    let digits = (0..10).flat_map(|n| ["mid", "end"].map(|tail| format!("digit-{n}-{tail}")));
    let numbers = (0..=100).map(|n| format!("number-{n}"));
    let prompts: Vec<String> =
        digits.chain(numbers).chain(["bye".into(), "technical-difficulty".into()]).collect();
    let (plans, library) = script(COUNT, &prompts.iter().map(String::as_str).collect::<Vec<_>>());
    let mut rig = rig(japan(10, 0, 0));
    rig.input(Input::Plans { plans, library });
    rig.call(SDP);
    rig.ack("");
    rig
}

impl Rig {
    /// What was played, in order.
    fn plays(&self) -> Vec<String> {
        let clips = |what: &What| match what {
            What::Plays { clips } => Some(clips.join(" ")),
            _ => None,
        };
        self.journal.iter().filter_map(clips).collect()
    }

    fn speak(&mut self, id: &str, sound: Option<Sound>) {
        self.input(Input::Spoken { id: PromptId::new(id), sound });
    }

    fn has_spoken(&self, id: &str) -> bool {
        let library = self.library.as_ref().expect("replaced");
        library.sound(&PromptId::new(id), Language::Ja).is_some()
    }
}

const DIGITS: &str = "digit-1-mid:ja digit-2-mid:ja digit-3-mid:ja digit-4-end:ja";

fn sound() -> Option<Sound> {
    Some(Sound::new(vec![1_000; 800]))
}

#[test]
fn what_is_not_recorded_plays_once_it_has_been_spoken_and_is_not_spoken_again() {
    let mut rig = counted_to();
    assert_eq!(rig.asked, [PromptId::new("number-1234")]);
    assert!(rig.plays().is_empty() && rig.media.iter().all(|c| !matches!(c, media::Command::Play { .. })));
    rig.speak("number-1234", sound());
    assert_eq!(rig.plays(), ["number-1234:ja"]);
    assert!(rig.has_spoken("number-1234"));

    rig.receive(CALLER, &other_caller(&request("INVITE", 1, "", SDP)));
    let tag = rig.our_tag();
    rig.receive(CALLER, &other_caller(&request("ACK", 1, &tag, "")));
    assert_eq!(rig.plays(), ["number-1234:ja", "number-1234:ja"]);
    assert_eq!(rig.asked.len(), 1);
}

#[test]
fn a_voice_that_is_late_or_refuses_costs_no_caller_the_number() {
    let mut refused = counted_to();
    refused.speak("number-1234", None);
    assert_eq!(refused.plays(), [DIGITS]);

    let mut late = counted_to();
    late.wait(Duration::from_millis(299));
    assert!(late.plays().is_empty());
    late.wait(Duration::from_millis(1));
    assert_eq!(late.plays(), [DIGITS]);
    late.speak("number-1234", sound());
    assert_eq!(late.plays(), [DIGITS], "it is kept for the next");
    assert!(late.has_spoken("number-1234"));
}

#[test]
fn a_caller_who_leaves_meanwhile_is_played_nothing() {
    let mut rig = counted_to();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    rig.speak("number-1234", sound());
    rig.wait(Duration::from_secs(60));
    assert!(rig.plays().is_empty());
    assert!(rig.engine.is_idle());
}

#[test]
fn the_latest_spoken_sentences_are_kept_through_new_plans_and_no_more_than_64() {
    let mut rig = counted_to();
    for n in 0..70 {
        let id = PromptId::new(&format!("number-{}", 200 + n));
        rig.engine.gather_library(Some((&id, Sound::new(vec![1_000; 8]))));
    }
    rig.drain();
    assert!(!rig.has_spoken("number-205") && rig.has_spoken("number-206") && rig.has_spoken("number-269"));
    let (plans, library) = script(NEWS, &["news", "bye", "technical-difficulty"]);
    rig.input(Input::Plans { plans, library });
    assert!(rig.has_spoken("number-206") && rig.has_spoken("bye"));
}
