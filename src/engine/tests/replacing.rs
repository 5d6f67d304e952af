//! Plans and prompts replaced while calls are up.

use super::*;

#[test]
fn a_call_in_progress_finishes_on_its_plan_and_the_next_takes_the_new_one() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    let (plans, library) = script(NEWS, &["news", "bye", "technical-difficulty"]);
    rig.input(Input::Plans { plans: plans.clone(), library });
    assert!(rig.journal.contains(&What::PlansReplaced { plans: plans.versions() }));
    assert!(plans.versions().starts_with("test@"), "{}", plans.versions());

    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    let digit = crate::base::Digit::from_char('1').expect("a key");
    rig.input(Input::Media(media::Event::Digit { leg, digit, source: media::DigitSource::TelephoneEvent }));
    let dials = |what: &What| matches!(what, What::Step { step, verb: "dial", .. } if &**step == "dial");
    assert!(rig.journal.iter().any(dials), "the new plan has no such step");

    rig.receive(CALLER, &other_caller(&request("INVITE", 1, "", SDP)));
    let tag = rig.our_tag();
    rig.receive(CALLER, &other_caller(&request("ACK", 1, &tag, "")));
    let hears = |what: &What| matches!(what, What::Plays { clips } if clips.iter().any(|clip| clip.starts_with("news:")));
    assert!(rig.journal.iter().any(hears), "{:?}", rig.journal);
}

#[test]
fn prompts_that_new_plans_do_without_stay_while_there_are_calls() {
    let heard = |rig: &Rig| {
        let library = rig.library.as_ref().expect("replaced");
        ["music-on-hold", "news"].map(|id| library.sound(&PromptId::new(id), Language::En).is_some())
    };
    let (plans, library) = script(NEWS, &["news", "bye", "technical-difficulty"]);
    let mut busy = Rig::in_line(japan(10, 0, 0));
    busy.input(Input::Plans { plans: plans.clone(), library: library.clone() });
    assert_eq!(heard(&busy), [true, true]);
    let mut idle = rig(japan(10, 0, 0));
    idle.input(Input::Plans { plans, library });
    assert_eq!(heard(&idle), [false, true]);
}
