//! Changes by people and by time, on a real store.

use super::{About, Found, NotOpened, Office};
use crate::base::{Number, UnixTime};
use crate::calendar::{Calendar, Schedule, ScheduleSpec};
use crate::case::{
    Assignment, By, Case, CaseNumber, Channel, Clock, ClockKind, EscalationStep, Event, Opening,
    Presentation, Refusal, Ring, Stage, Tier,
};
use crate::store::{EditError, Store, Write};
use std::time::Duration;
use tempfile::TempDir;

/// Tuesday 2026-02-10, 10:00 in Japan.
const TEN: UnixTime = UnixTime::from_secs(1_770_685_200);

fn minutes(minutes: u64) -> UnixTime {
    TEN + Duration::from_secs(60 * minutes)
}

fn sato() -> By {
    By::Agent("sato".into())
}

fn opening(number: CaseNumber, channel: Channel) -> Opening {
    Opening {
        number,
        at: TEN,
        channel,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: None,
        call_id: None,
        dialplan: None,
    }
}

async fn office() -> (TempDir, Office) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite:{}/cases.db", folder.path().display())).await.expect("a store");
    let mut calendar = Calendar::new();
    calendar.insert(
        "japan",
        Schedule::build(&ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00")).expect("good"),
    );
    let step = |after: u64, to: &str, again: Option<u64>| EscalationStep {
        after: Duration::from_secs(60 * after),
        to: to.into(),
        again: again.map(|again| Duration::from_secs(60 * again)),
    };
    let plan = vec![step(0, "incident-manager", Some(30)), step(45, "head", None)];
    (folder, Office::new(store, calendar, plan))
}

/// A call's case as the engine hands it over.
async fn called(office: &Office, sets: &[(&str, &str)]) -> Case {
    let number = office.number().await.expect("a number");
    let mut case = Case::open(opening(number, Channel::Phone));
    for (field, value) in sets {
        case.set(TEN, field, value).expect("a plan's field");
    }
    office.look(&mut case, TEN);
    save(office, &case).await;
    case
}

async fn save(office: &Office, case: &Case) {
    office.store.apply(&[Write::SaveCase(Box::new(case.clone()))]).await.expect("written");
}

async fn read(office: &Office, number: CaseNumber) -> Case {
    office.store.case(number).await.expect("read").expect("there")
}

/// Writes into the database behind the store's back.
async fn meddle(folder: &TempDir, statement: &'static str, value: i64) {
    let url = format!("sqlite:{}/cases.db", folder.path().display());
    let database = sqlx::AnyPool::connect(&url).await.expect("opened");
    sqlx::query(statement).bind(value).execute(&database).await.expect("written");
    database.close().await;
}

fn events(case: &Case) -> Vec<&Event> {
    case.timeline().iter().map(|entry| &entry.event).collect()
}

type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

const PREMIUM: &[(&str, &str)] = &[("desk", "japan"), ("option", "premium"), ("severity", "S3")];

#[tokio::test]
async fn what_people_write_stands_whatever_the_call_writes_after_it() {
    let (_folder, office) = office().await;
    let mut call = called(&office, PREMIUM).await;
    let number = call.number();
    let amend = |case: &mut Case| {
        case.amend(minutes(1), &sato(), &[("severity", Some("S2")), ("contact", Some("<b>山田</b>'; --"))])
    };
    let amended = office.act(number, None, minutes(1), amend).await.expect("amended");
    assert_eq!(amended.case.first_response_due, Some(minutes(15)));
    call.record(minutes(2), By::Engine, Event::Answered { target: "sip:desk@h".into() });
    save(&office, &call).await;
    let merged = read(&office, number).await;
    assert_eq!(merged.contact.as_deref(), Some("<b>山田</b>'; --"));
    assert_eq!(merged.severity.map(|s| s.name()), Some("S2"));
    assert_eq!(merged.stage(), Stage::WithDesk);
    let at: Vec<UnixTime> = merged.timeline().iter().map(|entry| entry.at).collect();
    assert!(at.is_sorted() && merged.timeline().len() == call.timeline().len() + 3, "{merged:#?}");
    // The call knew S3: what it said of the clocks is looked at anew.
    assert_eq!(office.look_round(minutes(3), 10).await.expect("looked"), 1);
    let looked = read(&office, number).await;
    assert_eq!(looked.next_update_due, Some(minutes(2) + Duration::from_secs(86_400)));
    assert_eq!(looked.clock, Some(Clock::Running));
    office.act(number, None, minutes(4), |case| case.close(minutes(4), sato())).await.expect("closed");
    call.record(minutes(5), By::Caller, Event::Ended { cause: crate::base::EndCause::CallerHungUp });
    save(&office, &call).await;
    assert_eq!(read(&office, number).await.stage(), Stage::Closed);
    office.act(number, None, minutes(6), |case| case.reopen(minutes(6), sato())).await.expect("open again");
    assert_eq!(read(&office, number).await.stage(), Stage::WithDesk);
}

#[tokio::test]
async fn a_wall_clock_that_stepped_back_leaves_the_order_of_things() {
    let (folder, office) = office().await;
    let mut call = called(&office, PREMIUM).await;
    let number = call.number();
    call.record(minutes(1), By::Engine, Event::Answered { target: "sip:desk@h".into() });
    save(&office, &call).await;
    let earlier = UnixTime::from_secs(TEN.as_secs() - 300);
    office
        .act(number, None, earlier, |case| case.note(earlier, sato(), "asks again", false))
        .await
        .expect("noted");
    office.act(number, None, earlier, |case| case.close(earlier, sato())).await.expect("closed");
    let case = read(&office, number).await;
    assert_eq!(case.timeline().first().map(|entry| &entry.event), Some(&Event::Opened));
    assert_eq!(case.timeline().last().map(|entry| &entry.event), Some(&Event::Closed));
    assert!(case.timeline().iter().is_sorted_by_key(|entry| entry.at), "{case:#?}");
    let mut later = case.clone();
    office.look(&mut later, minutes(60 * 72));
    assert_eq!(rang_update(&later), None, "nothing runs once it is closed");
    // As a program kept it that took the clock at its word.
    let raw = "UPDATE timeline SET at = $1 WHERE position >= 1000000";
    meddle(&folder, raw, earlier.as_millis()).await;
    let case = read(&office, number).await;
    assert_eq!(case.timeline().first().map(|entry| &entry.event), Some(&Event::Opened));
    assert_eq!(office.store.verify().await.expect("read").wrong, Vec::<String>::new());
}

/// The engine knows nothing of what people do to a case whose call goes on.
#[tokio::test]
async fn what_people_say_while_the_call_goes_on_stands_for_the_clocks_too() {
    let (_folder, office) = office().await;
    let mut call = called(&office, PREMIUM).await;
    let number = call.number();
    let amend = |case: &mut Case| case.amend(minutes(1), &sato(), &[("severity", Some("S2"))]);
    office.act(number, None, minutes(1), amend).await.expect("amended");
    call.set(minutes(2), "severity", "S4").expect("a plan's field");
    save(&office, &call).await;
    office.look_round(minutes(2), 10).await.expect("looked");
    let case = read(&office, number).await;
    assert_eq!((case.severity.map(|s| s.name()), case.first_response_due), (Some("S2"), Some(minutes(15))));
    office.act(number, None, minutes(3), |case| case.close(minutes(3), sato())).await.expect("closed");
    call.record(minutes(4), By::Engine, Event::Answered { target: "sip:desk@h".into() });
    save(&office, &call).await;
    office.look_round(minutes(60 * 72), 10).await.expect("looked");
    let case = read(&office, number).await;
    assert_eq!((case.stage(), case.clock), (Stage::Closed, Some(Clock::Met)));
    assert_eq!(rang_update(&case), None, "a closed case owes no update");
}

/// What the clock of updates has said.
fn rang_update(case: &Case) -> Option<&Event> {
    let rang = |event: &&Event| matches!(event, Event::ClockRang { clock: ClockKind::NextUpdate, .. });
    events(case).into_iter().find(rang)
}

#[tokio::test]
async fn hours_that_have_changed_reach_the_cases_that_are_open() {
    let (_folder, office) = office().await;
    office.begin(TEN).await.expect("begun");
    let number =
        called(&office, &[("desk", "japan"), ("option", "basic"), ("severity", "S3")]).await.number();
    let due = read(&office, number).await.first_response_due.expect("known");
    let mut calendar = Calendar::new();
    let longer = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-18:00");
    calendar.insert("japan", Schedule::build(&longer).expect("good"));
    let office = Office::new(office.store.clone(), calendar, office.escalation.clone());
    office.look_round(minutes(1), 10).await.expect("looked");
    assert_eq!(read(&office, number).await.first_response_due, Some(due), "nobody has begun");
    office.begin(minutes(1)).await.expect("begun");
    assert_eq!(office.look_round(minutes(1), 10).await.expect("looked"), 1);
    let now_due = read(&office, number).await.first_response_due;
    assert_eq!(now_due, Some(due + Duration::from_secs(3_600)));
    office.begin(minutes(2)).await.expect("begun again");
    assert_eq!(office.look_round(minutes(2), 10).await.expect("looked"), 0, "nothing has changed since");
}

#[tokio::test]
async fn a_case_that_nobody_can_read_keeps_no_other_waiting() {
    let (folder, office) = office().await;
    let torn = called(&office, PREMIUM).await.number();
    let whole = called(&office, PREMIUM).await.number();
    let tear = "UPDATE cases SET stage = 'torn', look_at = 0 WHERE number = $1";
    meddle(&folder, tear, torn.as_u32().into()).await;
    assert_eq!(office.look_round(minutes(40), 1).await.expect("looked"), 1);
    assert_eq!(office.look_round(minutes(40), 1).await.expect("looked"), 1);
    assert_eq!(read(&office, whole).await.clock, Some(Clock::Breached), "its turn came");
}

#[tokio::test]
async fn of_two_who_change_the_same_version_one_is_told() {
    let (_folder, office) = office().await;
    let number = called(&office, PREMIUM).await.number();
    let (_, version) = office.store.versioned(number).await.expect("read").expect("there");
    let note = |text: &'static str| move |case: &mut Case| case.note(minutes(1), sato(), text, false);
    let versions = [version];
    let (one, other) = tokio::join!(
        office.act(number, Some(&versions), minutes(1), note("one")),
        office.act(number, Some(&versions), minutes(1), note("other")),
    );
    let changed = [&one, &other]
        .map(|done| matches!(done, Err(EditError::Changed { version: now }) if *now == version + 1));
    assert_eq!(changed.iter().filter(|changed| **changed).count(), 1, "{one:?} {other:?}");
    let notes = read(&office, number).await;
    assert_eq!(events(&notes).iter().filter(|e| matches!(e, Event::Noted { .. })).count(), 1);
    let (_, now) = office.store.versioned(number).await.expect("read").expect("there");
    assert_eq!(now, version + 1);
}

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

#[tokio::test]
async fn waiting_reassigning_and_closing_have_their_rules() {
    let (_folder, office) = office().await;
    let number = called(&office, PREMIUM).await.number();
    let to = Assignment { desk: None, tier: Some(Tier::Two), agent: Some("suzuki".into()) };
    let reassign = |case: &mut Case| case.reassign(minutes(1), sato(), to.clone(), "needs tier 2");
    let case = office.act(number, None, minutes(1), reassign).await.expect("reassigned").case;
    assert_eq!(
        (case.tier, case.agent.as_deref(), case.desk.as_deref()),
        (Some(Tier::Two), Some("suzuki"), Some("japan"))
    );
    let same = office.act(number, None, minutes(1), reassign).await.expect_err("the same again");
    assert!(matches!(same, EditError::Refused(Refusal::SameAssignment)), "{same:?}");
    let case = office
        .act(number, None, minutes(2), |case| case.pause(minutes(2), sato()))
        .await
        .expect("paused")
        .case;
    assert_eq!((case.clock, case.first_response_due), (Some(Clock::Paused), None));
    let case = office
        .act(number, None, minutes(32), |case| case.resume(minutes(32), sato()))
        .await
        .expect("resumed")
        .case;
    assert_eq!(case.first_response_due, Some(minutes(60)), "two of thirty minutes had counted");
    let refused: [(Changes<'_>, &str); 6] = [
        (&[("desk", Some("global"))], "\"desk\" changes when the case is reassigned, with the reason"),
        (&[("clock", Some("met"))], "\"clock\" is written by the engine alone"),
        (
            &[("severity", Some("S5"))],
            "\"S5\" is no severity: it takes S1, S2, S3 or S4; did you mean \"S1\"?",
        ),
        (&[("sumary", Some("x"))], "a case has no field \"sumary\"; did you mean \"summary\"?"),
        (
            &[("summary", Some("x")), ("contact", Some("a\u{7}"))],
            "\"contact\" takes text of at most 16384 bytes, without control characters but for line breaks",
        ),
        (
            &[("parent", Some(&format!("{}-{}", &number.to_string()[..3], &number.to_string()[3..])))],
            "\"parent\" is the case itself",
        ),
    ];
    for (changes, why) in refused {
        let error =
            office.act(number, None, minutes(33), |case| case.amend(minutes(33), &sato(), changes)).await;
        assert_eq!(error.expect_err(why).to_string(), why);
    }
    assert_eq!(read(&office, number).await.summary, None, "all of it or nothing");
    office.act(number, None, minutes(34), |case| case.close(minutes(34), sato())).await.expect("closed");
    let late = office.act(number, None, minutes(35), |case| case.reply(minutes(35), sato(), "hello")).await;
    assert!(matches!(late, Err(EditError::Refused(Refusal::Closed))), "{late:?}");
    let nobody = CaseNumber::from_sequence(99).expect("a number");
    let none = office.act(nobody, None, minutes(35), |case| case.close(minutes(35), sato())).await;
    assert!(matches!(none, Err(EditError::None(number)) if number == nobody), "{none:?}");
}

#[tokio::test]
async fn the_web_makes_cases_of_little_urgency_alone() {
    let (_folder, office) = office().await;
    let open = |number| opening(number, Channel::Web);
    let answers = [
        ("desk", Some("japan")),
        ("severity", Some("S3")),
        ("option", Some("basic")),
        ("summary", Some("音声が途切れる")),
    ];
    let case = office.open(open, TEN, &answers, &Found::default()).await.expect("a case");
    assert_eq!(read(&office, case.number()).await, case);
    assert_eq!(
        case.first_response_due,
        Some(TEN + Duration::from_secs((7 + 48) * 3_600)),
        "Wednesday is a holiday"
    );
    assert!(case.timeline().iter().skip(1).all(|entry| entry.by == By::Customer), "{case:#?}");
    let urgent = office.open(open, TEN, &[("severity", Some("S2"))], &Found::default()).await;
    assert!(matches!(urgent, Err(NotOpened::Refused(Refusal::PhoneOnly))), "{urgent:?}");
}

#[tokio::test]
async fn a_report_counts_what_was_met_and_what_was_late() {
    let (_folder, office) = office().await;
    let attack = "<script>alert(1)</script>";
    let mut numbers = Vec::new();
    for sets in [PREMIUM, PREMIUM, &PREMIUM[..1]] {
        let number = called(&office, sets).await.number();
        let amend = |case: &mut Case| {
            case.amend(TEN, &sato(), &[("customer", Some(attack)), ("product", Some("calling"))])
        };
        office.act(number, None, TEN, amend).await.expect("amended");
        numbers.push(number);
    }
    called(&office, PREMIUM).await;
    for (number, minute) in numbers.iter().zip([10, 50]) {
        let reply = |case: &mut Case| case.reply(minutes(minute), sato(), "looked into");
        office.act(*number, None, minutes(minute), reply).await.expect("told");
    }
    let about =
        |customer: Option<&str>| About::new(customer.map(str::to_string), TEN..minutes(1)).expect("a time");
    let report = office.report(&about(Some(attack)), minutes(60)).await.expect("a report");
    let all = &report.all;
    assert_eq!((all.cases, all.met, all.breached, all.undecided), (3, 1, 1, 1));
    assert_eq!((all.answered_after_median, all.answered_after_p90), (Some(600), Some(3_000)));
    assert_eq!(report.before.cases, 0);
    let s3 = report.severities.iter().find(|line| line.name == "S3").expect("S3");
    assert_eq!((s3.cases, s3.met, s3.breached), (2, 1, 1));
    assert_eq!(
        report.months.iter().map(|m| (m.name.as_str(), m.cases)).collect::<Vec<_>>(),
        [("2026-02", 3)]
    );
    for language in crate::base::Language::ALL {
        let page = report.to_html(language);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("<rect class=\"breached\""), "{page}");
    }
    let csv = report.to_csv();
    assert!(csv.contains("\r\nseverity,S3,2,1,1,0,0,600,3000\r\n"), "{csv}");
    assert_eq!(office.report(&about(None), minutes(60)).await.expect("a report").all.cases, 4);
}

/// A stranger may write any company's name into the form: its review tells those cases apart.
#[tokio::test]
async fn who_only_says_to_be_a_customer_is_counted_apart_in_its_review() {
    let (_folder, office) = office().await;
    let company = ("customer", Some("Acme"));
    let mut known = None;
    for _ in 0..3 {
        let answers = [("desk", Some("japan")), ("severity", Some("S3")), company];
        let open = |number| opening(number, Channel::Web);
        let case = office.open(open, TEN, &answers, &Found::default()).await.expect("a case");
        known = Some(case.number());
    }
    let known = known.expect("a case");
    let amend = |case: &mut Case| case.amend(TEN, &sato(), &[("customer", Some("Acme Ltd"))]);
    office.act(known, None, TEN, amend).await.expect("amended");
    let amend = |case: &mut Case| case.amend(TEN, &sato(), &[company]);
    office.act(known, None, TEN, amend).await.expect("amended");
    // 2026-02-01 to 2026-02-28 in Japan.
    let moment = |text: &str| crate::base::Moment::parse(text).expect("a moment").at();
    let opened = moment("2026-01-31T15:00:00Z")..moment("2026-02-28T15:00:00Z");
    let about =
        |customer: Option<&str>, opened| About::new(customer.map(str::to_string), opened).expect("a time");
    let report = office.report(&about(Some("Acme"), opened.clone()), minutes(60)).await.expect("a report");
    let unverified = report.unverified.as_ref().expect("a line");
    assert_eq!((report.all.cases, unverified.cases, report.months[0].cases), (1, 2, 1));
    let csv = report.to_csv();
    assert!(csv.contains("\r\nall,all,1,") && csv.contains("\r\nunverified,unverified,2,"), "{csv}");
    let page = report.to_html(crate::base::Language::Ja);
    for said in
        ["2026年2月1日 – 2026年2月28日", "<td>契約未確認</td><td>2</td>", "<th>未判定</th>", "灰: 未判定"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("<td>未確定</td>"), "a severity that is not known: {page}");
    let page = report.to_html(crate::base::Language::En);
    assert!(page.contains("1 February 2026 – 28 February 2026"), "{page}");
    let part = about(Some("Acme"), TEN..minutes(1));
    let page = office.report(&part, minutes(60)).await.expect("a report").to_html(crate::base::Language::Ja);
    assert!(page.contains(":00 – 2026年2月"), "a part of a day has its times: {page}");
    let everybody = office.report(&about(None, opened), minutes(60)).await.expect("a report");
    assert_eq!((everybody.all.cases, everybody.unverified), (3, None));
}
