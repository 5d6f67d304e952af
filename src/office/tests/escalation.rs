//! Who is told that a case needs more than its desk.

use super::*;

#[tokio::test]
async fn a_premium_customer_s_outage_is_escalated_until_somebody_takes_care_of_it() {
    let (_folder, office) = office().await;
    let number = called(&office, PREMIUM).await.number();
    let raise = |case: &mut Case| case.amend(minutes(5), &sato(), &[("severity", Some("S1"))]);
    let refused = office.act(number, None, minutes(5), raise).await.expect_err("nobody to call at night");
    assert!(matches!(refused, EditError::Refused(Refusal::NoNightContact)), "{refused:?}");
    let raise = |case: &mut Case| {
        case.amend(minutes(5), &sato(), &[("severity", Some("S1")), ("contact_24h", Some("09012345678"))])
    };
    office.act(number, None, minutes(5), raise).await.expect("raised");
    for minute in 6..=70 {
        office.look_round(minutes(minute), 10).await.expect("looked");
    }
    let wanted = [(5, "incident-manager"), (35, "incident-manager"), (50, "head"), (65, "incident-manager")];
    assert_eq!(told(&read(&office, number).await), wanted.map(|(at, to)| (at, to, "engine".to_string())));
    let take = |case: &mut Case| case.take_escalation(minutes(71), sato());
    office.act(number, None, minutes(71), take).await.expect("taken");
    for minute in 72..=200 {
        office.look_round(minutes(minute), 10).await.expect("looked");
    }
    assert_eq!(told(&read(&office, number).await).len(), 4, "nobody is told again");
    let again = |case: &mut Case| case.take_escalation(minutes(201), sato());
    let refused = office.act(number, None, minutes(201), again).await.expect_err("taken already");
    assert!(matches!(refused, EditError::Refused(Refusal::NotEscalated)), "{refused:?}");
    // Less bad and bad again: it begins anew, and nobody takes care of it before somebody is told.
    for (minute, severity) in [(202, "S3"), (203, "S1")] {
        let amend = |case: &mut Case| case.amend(minutes(minute), &sato(), &[("severity", Some(severity))]);
        office.act(number, None, minutes(minute), amend).await.expect("agreed");
    }
    assert_eq!(told(&read(&office, number).await).len(), 5);
}

/// Whom a case's timeline says to have been told: the minute, who, and by whom.
fn told(case: &Case) -> Vec<(u64, &str, String)> {
    let minute = |at: UnixTime| u64::try_from(at.as_millis() - TEN.as_millis()).expect("after ten") / 60_000;
    let entries = case.timeline().iter();
    let told = entries.filter_map(|entry| match &entry.event {
        Event::Escalated { to, .. } => Some((minute(entry.at), to.as_str(), entry.by.to_string())),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn what_somebody_at_the_desk_escalates_is_told_again_until_it_is_taken() {
    let (_folder, office) = office().await;
    let number =
        called(&office, &[("desk", "japan"), ("option", "basic"), ("severity", "S3")]).await.number();
    let escalate = async |minute: u64, level: u8, why: &str| {
        let (at, plan) = (minutes(minute), office.escalation());
        let act = |case: &mut Case| case.escalate(at, sato(), plan, level, why);
        office.act(number, None, at, act).await.map(|_| ()).map_err(|error| error.to_string())
    };
    let pass = async |minutes_from: u64, to: u64| {
        for minute in minutes_from..=to {
            office.look_round(minutes(minute), 10).await.expect("looked");
        }
        read(&office, number).await
    };
    for (level, why, wrong) in [
        (0, "x", "\"level\" takes a step of [escalation] in the settings, which has 2"),
        (3, "x", "\"level\" takes a step of [escalation] in the settings, which has 2"),
        (1, " ", "\"why\" is empty: write something, or null where it is not known"),
    ] {
        assert_eq!(escalate(1, level, why).await, Err(wrong.to_string()));
    }
    escalate(5, 1, "the press asks").await.expect("told");
    let by = |who: &str| who.to_string();
    let first = [(5, "incident-manager", by("agent:sato")), (35, "incident-manager", by("engine"))];
    let rest = [(50, "head", by("engine")), (65, "incident-manager", by("engine"))];
    let all = [first, rest].concat();
    assert_eq!(told(&pass(6, 70).await), all, "at the distance of the plan");
    let take = |case: &mut Case| case.take_escalation(minutes(71), sato());
    office.act(number, None, minutes(71), take).await.expect("taken");
    assert_eq!(told(&pass(72, 120).await).len(), 4, "nobody is told again");
    escalate(121, 2, "the press writes").await.expect("told");
    let case = pass(122, 200).await;
    let wanted = Event::Escalated { level: 2, to: "head".into(), why: Some("the press writes".into()) };
    assert!(events(&case).contains(&&wanted));
    assert_eq!(told(&case)[4..], [(121, "head", by("agent:sato"))], "those below are left out");
    // A case that comes to need the plan has it, with what is wanted beside it.
    let option = |case: &mut Case| {
        case.amend(minutes(201), &sato(), &[("option", Some("premium")), ("severity", Some("S2"))])
    };
    office.act(number, None, minutes(201), option).await.expect("agreed");
    escalate(210, 2, "at once").await.expect("told");
    let wanted = [
        (201, "incident-manager", by("engine")),
        (210, "head", by("agent:sato")),
        (231, "incident-manager", by("engine")),
    ];
    assert_eq!(told(&pass(202, 250).await)[5..], wanted);
    let close = |case: &mut Case| case.close(minutes(251), sato());
    office.act(number, None, minutes(251), close).await.expect("closed");
    assert_eq!(escalate(252, 1, "x").await, Err("the case is closed: open it again first".into()));
    assert_eq!(told(&pass(252, 300).await).len(), 8);
}
