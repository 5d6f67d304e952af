//! How the queues stand and which calls there are, for whoever watches.

use super::*;

#[test]
fn who_watches_sees_who_waits_and_whom_the_queue_rings() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.wait(Duration::from_secs(3));
    rig.input(Input::ShowQueues);
    let queue = rig.queues.remove(0);
    assert_eq!((&*queue.name, &*queue.desk, queue.is_open), ("q", "japan", true));
    assert_eq!(queue.until, Some(japan(17, 0, 0)));
    let waits = &queue.waiting[0];
    assert_eq!((waits.since, waits.ringing), (japan(10, 0, 0), Some(0)));
    assert_eq!(waits.case, rig.cases.last().map(|case| case.number().to_string()));
    assert_eq!(waits.caller.as_ref().map(ToString::to_string).as_deref(), Some("+81312345678"));
    let seat = &queue.seats[0];
    assert_eq!((seat.target.as_str(), seat.calls_at_once, seat.calls), ("sip:seat@desk.example", 1, 1));
    rig.desk_replies(486, "");
    rig.input(Input::ShowQueues);
    let queue = rig.queues.remove(0);
    assert_eq!(queue.waiting[0].ringing, None);
    assert_eq!(queue.seats[0].rests_until, Some(japan(10, 0, 8)), "busy five seconds ago at most");
}

#[test]
fn who_talks_waits_no_more_and_a_closed_desk_says_when_it_opens() {
    let mut talking = Rig::talking();
    talking.input(Input::ShowQueues);
    let queue = talking.queues.remove(0);
    assert_eq!((queue.waiting.len(), queue.seats[0].calls), (0, 1));
    let mut rig = rig(japan(18, 0, 0));
    rig.input(Input::ShowQueues);
    let queue = rig.queues.remove(0);
    let after_a_holiday = japan(9, 0, 0) + Duration::from_secs(48 * 3600);
    assert_eq!((queue.is_open, queue.until), (false, Some(after_a_holiday)));
}

#[test]
fn who_watches_sees_how_far_a_call_has_come() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.input(Input::ShowCalls);
    let [story] = &rig.calls[..] else { panic!("{:?}", rig.calls) };
    let (record, trail) = (&story.record, story.trail.as_ref().expect("it is in its plan"));
    assert_eq!((record.started_at, record.ended_at), (japan(10, 0, 0), None));
    assert_eq!(record.case, rig.cases.last().map(|case| case.number().to_string()));
    assert_eq!(trail.path.kept().last().map(|entered| &*entered.step), Some("line"));
    rig.desk_replies(486, "");
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    rig.input(Input::ShowCalls);
    assert_eq!((rig.calls.len(), rig.records.len()), (0, 1), "the store has it");
}

#[test]
fn whose_seat_is_away_is_rung_for_nobody_until_they_are_back() {
    let mut rig = rig(japan(10, 0, 0));
    let away = |seats: &[&str]| Input::Away(seats.iter().map(ToString::to_string).collect());
    rig.input(away(&["sip:seat@desk.example", "phone:nobody"]));
    rig.call(SDP);
    rig.ack("");
    rig.wait(Duration::from_secs(60));
    assert!(!rig.sent_any("INVITE") && rig.ended().is_none());
    rig.input(Input::ShowQueues);
    let queue = rig.queues.remove(0);
    assert_eq!((queue.waiting.len(), queue.seats[0].is_away), (1, true));
    rig.input(away(&[]));
    assert!(rig.sent_any("INVITE"));
}

#[test]
fn whoever_watches_is_told_of_no_case_that_is_not_on_disk() {
    let mut rig = rig(japan(10, 0, 0));
    rig.store_works = false;
    rig.call(SDP);
    rig.ack("");
    rig.input(Input::ShowQueues);
    rig.input(Input::ShowCalls);
    let shown = [rig.queues[0].waiting[0].case.clone(), rig.calls[0].record.case.clone()];
    assert_eq!((shown, rig.calls.len()), ([None, None], 1));
}
