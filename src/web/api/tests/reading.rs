//! Cases and calls as they are read: pages, filters, versions, tables, recordings.

use super::desk::{Desk, OPEN, Told};
use crate::base::{EndCause, Number, Presentation, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, Event, Opening};
use crate::dialplan::trail::Trail;
use crate::store::{CallRecord, Write};
use crate::web::access::Role;
use serde_json::Value;
use std::time::Duration;

/// What a hostile caller is called.
const EVIL: &str = "=cmd|'/C calc'!A0\"><script>alert(1)</script>'; DROP TABLE cases; --";

fn number(sequence: u64) -> CaseNumber {
    CaseNumber::from_sequence(sequence).expect("a number")
}

fn at(minutes: u64) -> UnixTime {
    OPEN + Duration::from_secs(60 * minutes)
}

pub fn case(sequence: u64) -> Case {
    let mut case = Case::open(Opening {
        number: number(sequence),
        at: at(sequence),
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some(format!("call-{sequence}")),
        dialplan: None,
    });
    let desk = if sequence.is_multiple_of(2) { "japan" } else { "global" };
    case.set(at(sequence), "desk", desk).expect("a field");
    case
}

fn call(sequence: u64) -> CallRecord {
    CallRecord {
        id: format!("boot-{sequence}"),
        call_id: EVIL.into(),
        case: Some(number(sequence)),
        from: Number::parse("0312345678"),
        presentation: Some(Presentation::Allowed),
        to: Number::parse("0120339836"),
        started_at: at(sequence),
        answered_at: Some(at(sequence)),
        plan_began_at: Some(at(sequence)),
        ended_at: Some(at(sequence)),
        cause: Some(EndCause::CallerHungUp),
        plan: Some("webex-support".into()),
        plan_hash: Some("00ff".into()),
        digits: 2,
        trail: Some(Trail::default()),
        legs: Vec::new(),
        audio: Vec::new(),
    }
}

async fn desk(count: u64) -> Desk {
    let desk = Desk::open().await;
    let cases = (1..=count).map(|sequence| Write::SaveCase(Box::new(case(sequence))));
    let calls = (1..=count).map(|sequence| Write::SaveCall(Box::new(call(sequence))));
    desk.store.apply(&cases.chain(calls).collect::<Vec<_>>()).await.expect("written");
    desk
}

/// Every entry of a list, page by page, by `Link` and by `next`.
async fn all(desk: &Desk, path: &str, list: &str, name: &str) -> (Vec<String>, usize) {
    let (mut seen, mut pages, mut path) = (Vec::new(), 0, path.to_string());
    loop {
        let told = desk.get(Role::Viewer, &path).await;
        assert_eq!(told.status, 200, "{told:?}");
        let page = told.json();
        pages += 1;
        for entry in page[list].as_array().expect("a list") {
            seen.push(entry[name].as_str().expect("text").to_string());
        }
        let link = told.header("link").map(str::to_string);
        let Some(next) = page["next"].as_str() else {
            assert_eq!(link, None);
            return (seen, pages);
        };
        let link = link.expect("a link where there is a next page");
        let to =
            link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect("a link");
        assert!(to.ends_with(&format!("cursor={next}")), "{to}");
        path = to.to_string();
    }
}

#[tokio::test]
async fn lists_go_page_by_page_each_entry_once_newest_first() {
    let desk = desk(7).await;
    let (cases, pages) = all(&desk, "/api/v1/cases?limit=3", "cases", "number").await;
    let newest_first: Vec<String> = (1..=7).rev().map(|sequence| number(sequence).to_string()).collect();
    assert_eq!((cases, pages), (newest_first, 3));
    let (calls, _) = all(&desk, "/api/v1/calls?limit=2&from=2026-02-10T01:03:00Z", "calls", "id").await;
    assert_eq!(calls, ["boot-7", "boot-6", "boot-5", "boot-4", "boot-3"]);
    let one = desk.get(Role::Viewer, &format!("/api/v1/calls?case={}", number(4))).await.json();
    assert_eq!(one["calls"][0]["id"], "boot-4");
    assert_eq!((&one["calls"][0]["schema"], &one["next"]), (&1.into(), &Value::Null));
}

#[tokio::test]
async fn cases_are_filtered_and_a_wrong_filter_is_told_by_its_name() {
    let desk = desk(6).await;
    let count = async |query: &str| {
        let told = desk.get(Role::Auditor, &format!("/api/v1/cases?{query}")).await;
        told.json()["cases"].as_array().unwrap_or_else(|| panic!("{query} {told:?}")).len()
    };
    for (query, want) in [
        ("desk=japan", 3),
        ("desk=%27%20OR%201=1%20--", 0),
        ("status=new&desk=global", 3),
        ("status=closed", 0),
        ("option=premium", 0),
        ("product=calling", 0),
        ("queue=japan-technical", 0),
        ("opened_from=2026-02-10T01:03:00Z&opened_to=2026-02-10T10:05:00+09:00", 2),
        ("caller=0312345678", 6),
        ("caller=+81312345678", 6),
        ("caller=%2B81312345679", 0),
    ] {
        assert_eq!(count(query).await, want, "{query}");
    }
    for (query, field) in [
        ("status=open", "status"),
        ("severity=S9", "severity"),
        ("option=gold", "option"),
        ("product=phone", "product"),
        ("opened_from=yesterday", "opened_from"),
        ("agent=%00", "agent"),
        ("caller=abc", "caller"),
        ("limit=0", "limit"),
        ("cursor=!", "cursor"),
        ("cursor=NjAwMDAwMDEz", "cursor"),
    ] {
        let told = desk.get(Role::Viewer, &format!("/api/v1/cases?{query}")).await;
        assert_eq!((told.status, told.kind().as_str()), (400, "bad-query"), "{query}");
        assert_eq!(told.json()["field"], field, "{query}");
    }
    assert_eq!(desk.get(Role::Viewer, "/api/v1/cases?sort=x").await.kind(), "bad-query");
}

#[tokio::test]
async fn a_case_has_a_version_by_which_nothing_is_sent_twice() {
    let desk = desk(1).await;
    let path = format!("/api/v1/cases/{}", number(1));
    let first = desk.get(Role::Viewer, &path).await;
    let tag = first.header("etag").expect("a version").to_string();
    assert_eq!(first.json()["timeline"][0]["event"], "opened");
    let again = async |tag: &str| {
        desk.ask("GET", &path, &[&desk.proof(Role::Viewer), &format!("If-None-Match: {tag}")], "").await
    };
    for known in [tag.as_str(), "*", &format!("\"x\", {tag}")] {
        let told = again(known).await;
        assert_eq!(
            (told.status, told.body.len(), told.header("etag")),
            (304, 0, Some(tag.as_str())),
            "{known}"
        );
    }
    let mut changed = case(1);
    changed.record(at(2), By::Engine, Event::NumberTold);
    desk.store.apply(&[Write::SaveCase(Box::new(changed))]).await.expect("written");
    let told = again(&tag).await;
    assert!(told.status == 200 && told.header("etag").is_some_and(|new| new != tag), "{told:?}");
    for nobody in ["600000013", "7", "abc", "600000029"] {
        assert_eq!(
            desk.get(Role::Viewer, &format!("/api/v1/cases/{nobody}")).await.kind(),
            "no-case",
            "{nobody}"
        );
    }
}

#[tokio::test]
async fn calls_show_their_record_and_their_way_through_the_plan() {
    let desk = desk(1).await;
    let call = desk.get(Role::Viewer, "/api/v1/calls/boot-1").await.json();
    assert_eq!(
        (&call["call_id"], &call["cause"], &call["q850"]),
        (&EVIL.into(), &"caller-hung-up".into(), &16.into())
    );
    let journal = desk.get(Role::Viewer, "/api/v1/calls/boot-1/journal").await.json();
    assert_eq!((&journal["call"], &journal["trail"]["presses"]), (&"boot-1".into(), &serde_json::json!([])));
    let ladder = desk.get(Role::Viewer, "/api/v1/calls/boot-1/ladder").await.json();
    assert_eq!((&ladder["call"], &ladder["has_messages"]), (&"boot-1".into(), &false.into()));
    let rung = serde_json::json!({ "at": "2026-02-10T01:01:00Z", "from": "engine", "to": null,
        "what": "end caller-hung-up", "note": null });
    assert_eq!(ladder["rungs"], serde_json::json!([rung]));
    let text = desk.get(Role::Viewer, "/api/v1/calls/boot-1/ladder?format=text").await;
    assert_eq!(String::from_utf8_lossy(&text.body), "   0.000  engine            end caller-hung-up\n");
    assert_eq!(desk.get(Role::Viewer, "/api/v1/calls/boot-1/ladder?format=svg").await.kind(), "bad-query");
    for path in [
        "boot-9",
        "boot-9/journal",
        "boot-9/ladder",
        "%00",
        "boot-1'%20OR%20'1'='1",
        "..%2f..%2fetc%2fpasswd",
    ] {
        assert_eq!(
            desk.get(Role::Viewer, &format!("/api/v1/calls/{path}")).await.kind(),
            "no-call",
            "{path}"
        );
    }
}

#[tokio::test]
async fn tables_hold_everything_no_formula_and_are_noted() {
    let desk = desk(1_203).await;
    let get = async |path: &str| -> Told { desk.get(Role::Supervisor, path).await };
    let csv = get("/api/v1/cases/export?format=csv").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = String::from_utf8(csv.body).expect("UTF-8");
    assert_eq!(text.lines().count(), 1_204);
    assert!(text.starts_with("\u{feff}number,stage,channel,opened_at,caller,"), "{}", &text[..80]);
    assert!(
        text.lines().nth(1).is_some_and(|line| line.contains(",'+81312345678,")),
        "a number is no formula"
    );
    let calls = get("/api/v1/calls/export?format=csv&from=2026-02-10T21:00:00Z").await;
    let text = String::from_utf8(calls.body).expect("UTF-8");
    assert!(
        text.contains(",\"'=cmd|'/C calc'!A0\"\"><script>"),
        "{}",
        text.lines().nth(1).unwrap_or_default()
    );
    let json: Value = get("/api/v1/cases/export?format=json&desk=japan").await.json();
    assert_eq!(json.as_array().map(Vec::len), Some(601));
    assert_eq!(
        get("/api/v1/calls/export?format=json&to=2020-01-01T00:00:00Z").await.json(),
        serde_json::json!([])
    );
    assert_eq!(get("/api/v1/calls/export").await.json()["field"], "format");
    for (path, field, says) in [
        ("/api/v1/cases/export?format=xml", "format", "csv or json"),
        ("/api/v1/cases/export?format=csv&limit=5", "limit", "everything that is kept"),
        ("/api/v1/calls/export?format=csv&cursor=MQ", "cursor", "everything that is kept"),
        ("/api/v1/calls/export?format=csv&now=true", "now", "everything that is kept"),
        ("/api/v1/cases?format=csv", "format", "csv and json are those of /api/v1/cases/export"),
        ("/api/v1/calls?format=csv", "format", "csv and json are those of /api/v1/calls/export"),
    ] {
        let told = get(path).await;
        assert_eq!((told.status, told.kind().as_str()), (400, "bad-query"), "{path}");
        let detail = told.json()["detail"].as_str().expect("text").to_string();
        assert!(told.json()["field"] == field && detail.contains(says), "{path} {detail}");
    }
    let log = desk.store.audit_log(5, None).await.expect("read");
    assert!(log.iter().all(|entry| entry.deed.what.starts_with("export_")), "{log:?}");
}

#[tokio::test]
async fn a_recording_is_heard_whole_or_in_part_and_who_heard_it_is_noted() {
    let desk = desk(2).await;
    let sound: Vec<u8> = (0..200_000_u32).map(|at| at as u8).collect();
    std::fs::write(desk.folder.path().join("boot-1-1.wav"), &sound).expect("written");
    for (sequence, file) in [(1, "boot-1-2.wav"), (2, "boot-2-/../../m.db")] {
        let mut heard = case(sequence);
        for file in ["boot-1-1.wav", file] {
            heard.record(at(9), By::Caller, Event::VoicemailLeft { file: file.into(), seconds: 7 });
        }
        desk.store.apply(&[Write::SaveCase(Box::new(heard))]).await.expect("written");
    }
    let path = "/api/v1/calls/boot-1/recording";
    let whole = desk.get(Role::Agent, path).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/wav")));
    assert!(whole.body == sound, "{} bytes", whole.body.len());
    let part = async |range: &str| {
        desk.ask("GET", path, &[&desk.proof(Role::Agent), &format!("Range: {range}")], "").await
    };
    let some = part("bytes=65530-131080").await;
    assert_eq!((some.status, some.header("content-range")), (206, Some("bytes 65530-131080/200000")));
    assert!(some.body == sound[65_530..=131_080]);
    let beyond = part("bytes=200000-").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */200000")));
    for (path, why) in [
        ("/api/v1/calls/boot-1/recording?nth=2", "the file is not there any more"),
        ("/api/v1/calls/boot-1/recording?nth=9", "the caller left no such recording"),
        ("/api/v1/calls/boot-1/recording?nth=0", "the caller left no such recording"),
        ("/api/v1/calls/boot-2/recording", "the caller left no such recording"),
    ] {
        let told = desk.get(Role::Admin, path).await;
        assert_eq!((told.status, told.json()["detail"].as_str()), (404, Some(why)), "{path}");
    }
    let place = format!("/api/v1/cases/{}/attachments", number(1));
    let list = desk.get(Role::Viewer, &place).await.json();
    let files: Vec<_> = list["attachments"].as_array().expect("a list").iter().collect();
    let said = files.iter().map(|file| (&file["file"], &file["bytes"], &file["is_message"], &file["by"]));
    let gone = Value::Null;
    assert_eq!(
        said.collect::<Vec<_>>(),
        [("boot-1-1.wav".into(), 200_000.into()), ("boot-1-2.wav".into(), gone)]
            .each_ref()
            .map(|(file, bytes)| (file, bytes, &Value::Bool(true), &files[0]["by"]))
    );
    let taken = desk.get(Role::Agent, &format!("{place}/boot-1-1.wav")).await;
    assert!(taken.body == sound, "{taken:?}");
    let list = desk.get(Role::Viewer, &format!("/api/v1/cases/{}/attachments", number(2))).await.json();
    assert_eq!(list["attachments"].as_array().map(Vec::len), Some(1), "what is no name is no file: {list}");
    let log = desk.store.audit_log(20, None).await.expect("read");
    let first = log.iter().rev().find(|entry| entry.deed.what == "hear_recording");
    let deed = &first.expect("noted").deed;
    assert_eq!(
        (deed.who.as_str(), deed.outcome.as_str(), deed.subject.as_str()),
        ("token:agent", "200", path)
    );
}

#[tokio::test]
async fn a_report_is_asked_for_in_three_forms_and_no_longer_than_it_may_be() {
    let desk = Desk::open().await;
    let writes: Vec<Write> = (1..=3).map(|n| Write::SaveCase(Box::new(case(n)))).collect();
    desk.store.apply(&writes).await.expect("written");
    let ask = |query: &'static str| {
        let desk = &desk;
        async move {
            desk.get(Role::Supervisor, &format!("/api/v1/reports?from=2026-02-01T00:00:00%2B09:00&{query}"))
                .await
        }
    };
    let json = ask("to=2026-03-01T00:00:00Z").await.json();
    assert_eq!((&json["schema"], &json["all"]["cases"]), (&1.into(), &3.into()), "{json:#}");
    let csv = ask("to=2026-03-01T00:00:00Z&format=csv").await;
    assert!(String::from_utf8_lossy(&csv.body).contains("\r\nmonth,2026-02,3,"), "{csv:?}");
    let page = ask("to=2026-03-01T00:00:00Z&format=html&language=en").await;
    assert!(String::from_utf8_lossy(&page.body).contains("Review of support cases"), "{page:?}");
    for bad in
        ["to=2026-01-01T00:00:00Z", "to=2028-01-01T00:00:00Z", "to=x", "to=2026-03-01T00:00:00Z&format=pdf"]
    {
        let refused = ask(bad).await;
        assert_eq!((refused.status, refused.kind().as_str()), (400, "bad-query"), "{bad}");
    }
    for bad in ["from=-009998-01-01T00:00:00Z&to=-009998-02-01T00:00:00Z", "from=1999-12-31&to=2000-02-01"] {
        let refused = desk.get(Role::Supervisor, &format!("/api/v1/reports?{bad}")).await;
        assert_eq!((refused.status, refused.kind().as_str()), (400, "bad-query"), "{bad}");
        assert_eq!(refused.json()["field"], "from", "{bad}");
    }
    assert_eq!(ask("to=2026-03-01T00:00:00Z&customer=%00").await.json()["field"], "customer");
    let viewer = desk.get(Role::Viewer, "/api/v1/reports?from=2026-02-01&to=2026-03-01").await;
    assert_eq!(viewer.status, 403, "{viewer:?}");
}

#[tokio::test]
async fn calls_that_go_on_are_listed_and_looked_at_like_those_that_are_over() {
    let desk = desk(3).await;
    let going_on = |sequence| CallRecord { ended_at: None, cause: None, ..call(sequence) };
    desk.calls.send_replace((11..=15).map(going_on).collect());
    let mut seen = Vec::new();
    let mut path = "/api/v1/calls?now=true&limit=2".to_string();
    loop {
        let page = desk.get(Role::Viewer, &path).await.json();
        let calls = page["calls"].as_array().expect("calls");
        assert!(calls.iter().all(|call| call["ended_at"].is_null()), "{page}");
        seen.extend(calls.iter().map(|call| call["id"].as_str().expect("an id").to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/calls?now=true&limit=2&cursor={next}");
    }
    assert_eq!(seen, ["boot-15", "boot-14", "boot-13", "boot-12", "boot-11"]);
    let of_case = format!("/api/v1/calls?now=true&case={}", number(13));
    assert_eq!(desk.get(Role::Viewer, &of_case).await.json()["calls"].as_array().map(Vec::len), Some(1));
    let past = desk.get(Role::Viewer, "/api/v1/calls").await.json();
    assert_eq!(past["calls"].as_array().map(Vec::len), Some(3));
    for path in ["/api/v1/calls/boot-12", "/api/v1/calls/boot-12/journal", "/api/v1/calls/boot-12/ladder"] {
        assert_eq!(desk.get(Role::Viewer, path).await.status, 200, "{path}");
    }
    assert_eq!(desk.get(Role::Viewer, "/api/v1/calls/boot-99").await.kind(), "no-call");
}
