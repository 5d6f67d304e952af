//! Messages of callers: asked of the media plane, kept by others, and in the case.

use super::*;
use crate::case;
use crate::media::{Command, RecordingKey};
use crate::node::{Kept, Recorded};

const MESSAGE: &str = r#"
start = "message"
[step.message]
verb = "voicemail"
prompt = "closed"
thanks = "news"
next = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
"#;

/// A caller who is being recorded, and the recording's key and name.
fn recorded() -> (Rig, RecordingKey, String) {
    let mut rig = rig_on(MESSAGE, japan(20, 0, 0));
    rig.call(SDP);
    rig.ack("");
    play_done(&mut rig);
    let asked = rig.media.iter().find_map(|command| match command {
        Command::Record { recording, name, .. } => Some((*recording, name.clone())),
        _ => None,
    });
    let (recording, name) = asked.expect("a recording");
    (rig, recording, name)
}

fn play_done(rig: &mut Rig) {
    let played = rig.media.iter().rev().find_map(|command| match command {
        Command::Play { leg, play, .. } => Some((*leg, *play)),
        _ => None,
    });
    let (leg, play) = played.expect("something plays");
    rig.input(Input::Media(media::Event::PlayDone { leg, play }));
}

fn kept(recording: RecordingKey) -> Input {
    let file = Kept { file: "a.wav".into(), length: Duration::from_millis(6_100) };
    Input::Recorded(Recorded { recording, result: Ok(Some(file)) })
}

fn messages(rig: &Rig) -> Vec<case::Event> {
    let case = rig.cases.last().expect("a case");
    let left = |event: &case::Event| matches!(event, case::Event::VoicemailLeft { .. });
    case.timeline().iter().map(|entry| entry.event.clone()).filter(left).collect()
}

fn is_gone(rig: &Rig) -> bool {
    rig.journal.iter().any(|what| matches!(what, What::CallGone))
}

#[test]
fn a_message_is_named_after_its_call_and_in_the_case_before_the_thanks() {
    let (mut rig, recording, name) = recorded();
    let call_id = rig.engine.visits.values().next().expect("a visit").record.call_id.clone();
    assert_eq!(name, format!("{call_id}-1"));
    let plays = |rig: &Rig| rig.media.iter().filter(|c| matches!(c, Command::Play { .. })).count();
    let before = plays(&rig);
    rig.input(kept(recording));
    let event = case::Event::VoicemailLeft { file: "a.wav".into(), seconds: 7 };
    assert_eq!(messages(&rig), [event]);
    assert_eq!(plays(&rig), before + 1, "thanks");
    rig.input(kept(recording));
    assert_eq!(messages(&rig).len(), 1, "told once");
}

#[test]
fn who_hangs_up_leaves_what_was_said_and_the_call_is_gone_after_it() {
    let (mut rig, recording, _) = recorded();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    assert_eq!(rig.ended(), Some(EndCause::CallerHungUp));
    assert!(!is_gone(&rig) && rig.records.is_empty());
    rig.input(kept(recording));
    assert_eq!(messages(&rig).len(), 1);
    assert!(is_gone(&rig) && rig.records.len() == 1 && rig.engine.call_count() == 0);
}

#[test]
fn a_message_that_cannot_be_kept_is_said_in_the_log_and_the_call_goes_on() {
    let (mut rig, recording, _) = recorded();
    rig.input(Input::Recorded(Recorded { recording, result: Err("disk full".into()) }));
    let trouble = |what: &What| matches!(what, What::Trouble { text } if text.contains("disk full"));
    assert!(rig.journal.iter().any(trouble));
    assert!(messages(&rig).is_empty() && rig.ended().is_none());
    play_done(&mut rig);
    assert_eq!(rig.ended(), Some(EndCause::PlanHungUp), "goodbye was said");
}

#[test]
fn a_message_that_is_kept_late_is_in_the_case_all_the_same() {
    let (mut rig, recording, _) = recorded();
    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    rig.input(Input::Media(media::Event::RecordingEnded { leg, recording }));
    rig.wait(Duration::from_secs(5));
    let steps = rig.journal.len();
    rig.input(kept(recording));
    assert_eq!(messages(&rig).len(), 1);
    let step = |what: &What| matches!(what, What::Step { .. });
    assert!(!rig.journal[steps..].iter().any(step), "the plan has gone on");
}
