//! Changes by people and by time, on a real store.

mod clocks;
mod escalation;
mod reports;

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
