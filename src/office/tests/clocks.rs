//! What clocks say, and when.

use super::*;

#[tokio::test]
async fn a_clock_rings_when_little_is_left_and_when_it_is_late_once_each() {
    let (_folder, office) = office().await;
    let number = called(&office, PREMIUM).await.number();
    let mut rings = Vec::new();
    for minute in 0..60 {
        office.look_round(minutes(minute), 10).await.expect("looked");
        let case = read(&office, number).await;
        let rung: Vec<Event> =
            events(&case).into_iter().filter(|e| matches!(e, Event::ClockRang { .. })).cloned().collect();
        if rung.len() > rings.len() {
            rings.push((minute, rung.last().cloned().expect("one")));
        }
    }
    let rang = |ring| Event::ClockRang { clock: ClockKind::FirstResponse, ring, due: minutes(30) };
    assert_eq!(rings, [(23, rang(Ring::Short)), (31, rang(Ring::Missed))]);
    let case = read(&office, number).await;
    assert_eq!((case.clock, case.look_at()), (Some(Clock::Breached), None), "nothing more is due");
}

/// What the clocks of a case have said, and when.
fn rung(case: &Case) -> Vec<(UnixTime, ClockKind, Ring, UnixTime)> {
    let rang = |entry: &crate::case::Entry| match entry.event {
        Event::ClockRang { clock, ring, due } => Some((entry.at, clock, ring, due)),
        _ => None,
    };
    case.timeline().iter().filter_map(rang).collect()
}

#[tokio::test]
async fn what_is_answered_in_time_is_told_once_also_of_a_call_and_nobody_looks_again_for_it() {
    let (_folder, office) = office().await;
    let mut call = called(&office, PREMIUM).await;
    // As the engine keeps the case of a call.
    let keep = async |call: &mut Case, at: UnixTime| {
        let mut open_times = office.open_times.lock().expect("whole").clone();
        call.show_clocks(open_times.covering(&office.calendar, TEN, at), at);
        save(&office, call).await;
    };
    call.record(minutes(10), By::Engine, Event::Answered { target: "sip:desk@h".into() });
    keep(&mut call, minutes(10)).await;
    assert_eq!(office.look_round(minutes(10), 10).await.expect("looked"), 1);
    let (number, day) = (call.number(), Duration::from_secs(86_400));
    let answered = (minutes(10), ClockKind::FirstResponse, Ring::Met, minutes(30));
    assert_eq!(rung(&read(&office, number).await), [answered]);
    assert_eq!(office.look_round(minutes(11), 10).await.expect("looked"), 0, "nothing more is to be said");
    call.record(minutes(12), By::Caller, Event::Ended { cause: crate::base::EndCause::CallerHungUp });
    keep(&mut call, minutes(12)).await;
    assert_eq!(office.look_round(minutes(13), 10).await.expect("looked"), 1, "the call knows nothing of it");
    assert_eq!(office.look_round(minutes(14), 10).await.expect("looked"), 0);
    // What comes again, as from a spool, is told no second time.
    save(&office, &call).await;
    office.look_round(minutes(15), 10).await.expect("looked");
    assert_eq!(rung(&read(&office, number).await), [answered]);
    for minute in [60, 61] {
        let reply = |case: &mut Case| case.reply(minutes(minute), sato(), "looked into");
        office.act(number, None, minutes(minute), reply).await.expect("told");
    }
    let close = |case: &mut Case| case.close(minutes(62), sato());
    office.act(number, None, minutes(62), close).await.expect("closed");
    let updates = [(60, minutes(10)), (61, minutes(60))]
        .map(|(minute, before)| (minutes(minute), ClockKind::NextUpdate, Ring::Met, before + day));
    let case = read(&office, number).await;
    assert_eq!(
        rung(&case),
        [answered, updates[0], updates[1]],
        "and the end breaks nothing that was promised"
    );
    assert_eq!(case.look_at(), None);
}

#[tokio::test]
async fn who_was_answered_before_a_severity_was_agreed_was_answered_in_time_or_late() {
    let (_folder, office) = office().await;
    for (answered, severity, ring) in [(10, "S3", Ring::Met), (40, "S3", Ring::Missed)] {
        let number = called(&office, &PREMIUM[..2]).await.number();
        let reply = |case: &mut Case| case.reply(minutes(answered), sato(), "looked into");
        office.act(number, None, minutes(answered), reply).await.expect("told");
        assert_eq!(rung(&read(&office, number).await), [], "nothing was promised");
        for (minute, severity) in [(50, severity), (51, "S2")] {
            let at = minutes(minute);
            let agree = |case: &mut Case| case.amend(at, &sato(), &[("severity", Some(severity))]);
            office.act(number, None, at, agree).await.expect("agreed");
        }
        let said = [(minutes(50), ClockKind::FirstResponse, ring, minutes(30))];
        assert_eq!(rung(&read(&office, number).await), said, "one that is raised later promises no other");
    }
}

/// A call's answer lands when its engine has a store again, after the clock was looked at without it.
#[tokio::test]
async fn what_a_clock_has_said_of_a_moment_stands() {
    let (_folder, office) = office().await;
    let mut call = called(&office, PREMIUM).await;
    office.look_round(minutes(31), 10).await.expect("looked");
    let late = (minutes(31), ClockKind::FirstResponse, Ring::Missed, minutes(30));
    assert_eq!(rung(&read(&office, call.number()).await), [late]);
    call.record(minutes(29), By::Engine, Event::Answered { target: "sip:desk@h".into() });
    save(&office, &call).await;
    office.look_round(minutes(32), 10).await.expect("looked");
    let case = read(&office, call.number()).await;
    assert_eq!((rung(&case), case.clock), (vec![late], Some(Clock::Running)));
}

#[tokio::test]
async fn an_update_that_is_overdue_rings_once_and_was_due_when_it_was_due() {
    let (_folder, office) = office().await;
    let number = called(&office, PREMIUM).await.number();
    office
        .act(number, None, minutes(5), |case| case.reply(minutes(5), sato(), "looked into"))
        .await
        .expect("told");
    let due = minutes(5) + Duration::from_secs(86_400);
    for hour in 18..30 {
        office.look_round(minutes(60 * hour), 10).await.expect("looked");
        let at = minutes(60 * hour + 1);
        office
            .act(number, None, at, |case| case.note(at, sato(), "thought about", false))
            .await
            .expect("noted");
    }
    let case = read(&office, number).await;
    let said = rung(&case).into_iter().map(|(_, clock, ring, due)| (clock, ring, due));
    let wanted = [
        (ClockKind::FirstResponse, Ring::Met, minutes(30)),
        (ClockKind::NextUpdate, Ring::Short, due),
        (ClockKind::NextUpdate, Ring::Missed, due),
    ];
    assert_eq!(said.collect::<Vec<_>>(), wanted);
    assert_eq!((case.clock, case.next_update_due), (Some(Clock::Breached), Some(due)));
}

#[tokio::test]
async fn a_case_that_nobody_can_read_keeps_no_clock_waiting() {
    let (_folder, office) = office().await;
    let torn = called(&office, PREMIUM).await.number();
    let whole = called(&office, PREMIUM).await.number();
    office.store.tear(torn).await;
    office.look_round(minutes(25), 10).await.expect("looked");
    let case = read(&office, whole).await;
    assert!(events(&case).iter().any(|e| matches!(e, Event::ClockRang { .. })), "{case:#?}");
}
