//! Cases as people change them: versions, acts, the web form, requests that are done once.

use super::desk::{Desk, JSON, PASSWORD, Told};
use super::reading::case;
use crate::store::Write;
use crate::web::access::Role;
use serde_json::{Value, json};

/// SQL, HTML, a formula, quotes, and letters of all kinds.
const EVIL: &str = "'; DROP TABLE cases; -- <script>alert(1)</script> =1+1 \"\\ ${env:HOME} 窓口 🙂";

async fn desk() -> (Desk, String) {
    let desk = Desk::open().await;
    desk.store.apply(&[Write::SaveCase(Box::new(case(1)))]).await.expect("written");
    (desk, format!("/api/v1/cases/{}", case(1).number()))
}

async fn patch(desk: &Desk, path: &str, tag: &str, body: &Value) -> Told {
    desk.send(Role::Agent, "PATCH", path, &[&format!("If-Match: {tag}")], &body.to_string()).await
}

async fn act(desk: &Desk, path: &str, body: Value) -> Told {
    desk.send(Role::Agent, "POST", &format!("{path}/timeline"), &[], &body.to_string()).await
}

#[tokio::test]
async fn a_change_names_its_version_and_overwrites_nobodys() {
    let (desk, path) = desk().await;
    let tag = desk.get(Role::Viewer, &path).await.header("etag").expect("a version").to_string();
    let none = desk.send(Role::Agent, "PATCH", &path, &[], "{\"summary\":\"x\"}").await;
    assert_eq!((none.status, none.kind().as_str()), (428, "no-version"));
    let first =
        patch(&desk, &path, &tag, &json!({ "summary": EVIL, "severity": "S3", "faq_read": true })).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!((&first.json()["summary"], &first.json()["faq_read"]), (&EVIL.into(), &true.into()));
    let new = first.header("etag").expect("a version").to_string();
    assert_ne!(new, tag);
    for stale in [tag.as_str(), "\"nonsense\"", "W/\"1\"", "1", "\"-7\""] {
        let second = patch(&desk, &path, stale, &json!({ "summary": "mine" })).await;
        assert_eq!((second.status, second.kind().as_str()), (412, "changed"), "{stale}");
    }
    let now = desk.get(Role::Viewer, &path).await;
    assert_eq!((now.header("etag"), &now.json()["summary"]), (Some(new.as_str()), &EVIL.into()));
    let timeline = now.json()["timeline"].as_array().expect("a timeline").clone();
    let written = timeline.iter().filter(|entry| entry["by"] == "agent:agent").count();
    assert_eq!(written, 3, "{timeline:?}");
    let list = format!("\"nonsense\", {new}");
    assert_eq!(patch(&desk, &path, &list, &json!({ "summary": "of the list" })).await.status, 200);
    assert_eq!(patch(&desk, &path, "*", &json!({ "summary": null })).await.json()["summary"], Value::Null);
}

#[tokio::test]
async fn a_case_is_linked_to_one_that_is_there_and_never_back_to_itself() {
    let (desk, path) = desk().await;
    let own = path.rsplit('/').next().expect("a number").to_string();
    desk.store.apply(&[Write::SaveCase(Box::new(case(2)))]).await.expect("written");
    let other = case(2).number().to_string();
    let other_path = format!("/api/v1/cases/{other}");
    for field in ["parent", "duplicate_of"] {
        let nobody = patch(&desk, &path, "*", &json!({ field: "699999991" })).await;
        assert_eq!((nobody.status, &nobody.json()["field"]), (422, &field.into()), "{nobody:?}");
        assert_eq!(patch(&desk, &path, "*", &json!({ field: other })).await.status, 200);
        let back = patch(&desk, &other_path, "*", &json!({ field: own })).await;
        assert_eq!((back.status, &back.json()["field"]), (422, &field.into()), "{back:?}");
        assert_eq!(patch(&desk, &path, "*", &json!({ field: null })).await.status, 200);
        assert_eq!(patch(&desk, &other_path, "*", &json!({ field: own })).await.status, 200);
    }
}

#[tokio::test]
async fn of_many_who_change_one_version_one_does() {
    let (desk, path) = desk().await;
    let tag = desk.get(Role::Viewer, &path).await.header("etag").expect("a version").to_string();
    let bodies: Vec<Value> = (0..12).map(|who| json!({ "summary": format!("mine {who}") })).collect();
    let told =
        futures_util::future::join_all(bodies.iter().map(|body| patch(&desk, &path, &tag, body))).await;
    let good: Vec<&Told> = told.iter().filter(|told| told.status == 200).collect();
    assert_eq!(good.len(), 1, "{told:?}");
    assert!(told.iter().all(|told| matches!(told.status, 200 | 412)), "{told:?}");
    assert_eq!(desk.get(Role::Viewer, &path).await.json()["summary"], good[0].json()["summary"]);
}

#[tokio::test]
async fn a_field_that_cannot_be_written_is_named_and_nothing_is() {
    let (desk, path) = desk().await;
    for (body, field) in [
        (json!({ "summary": "good", "severity": "S9" }), "severity"),
        (json!({ "sumary": "x" }), "sumary"),
        (json!({ "clock": "met" }), "clock"),
        (json!({ "desk": "global" }), "desk"),
        (json!({ "summary": "" }), "summary"),
        (json!({ "summary": "bell \u{7}" }), "summary"),
        (json!({ "summary": "nul \u{0}" }), "summary"),
        (json!({ "summary": "x".repeat(20_000) }), "summary"),
        (json!({ "summary": ["x"] }), "summary"),
        (json!({ "summary": { "a": 1 } }), "summary"),
        (json!({ "faq_read": 7 }), "faq_read"),
        (json!({ "faq_read": -1.5 }), "faq_read"),
        (json!({ "entitlement": { "kind": "org" } }), "entitlement"),
        (json!({ "severity": "S1" }), "contact_24h"),
        (json!({ "parent": case(1).number().to_string() }), "parent"),
        (json!({ "__proto__": "x" }), "__proto__"),
    ] {
        let told = patch(&desk, &path, "*", &body).await;
        assert_eq!((told.status, told.kind().as_str()), (422, "bad-value"), "{body} {told:?}");
        assert_eq!(told.json()["field"], field, "{body}");
    }
    for (body, status) in [
        ("{\"summary\":\"a\",\"summary\":\"b\"}".to_string(), 422),
        ("{\"summary\":\"\\udc00\"}".to_string(), 400),
        (format!("{{\"summary\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000)), 400),
        ("{\"faq_read\":1e400}".to_string(), 400),
        ("[{\"summary\":\"x\"}]".to_string(), 422),
    ] {
        let told = desk.send(Role::Agent, "PATCH", &path, &["If-Match: *"], &body).await;
        assert_eq!(told.status, status, "{told:?}");
    }
    assert_eq!(desk.get(Role::Viewer, &path).await.json()["summary"], Value::Null);
    let nobody = patch(&desk, "/api/v1/cases/600000020", "*", &json!({ "summary": "x" })).await;
    assert_eq!((nobody.status, nobody.kind().as_str()), (404, "no-case"));
}

#[tokio::test]
async fn what_is_done_to_a_case_is_in_its_timeline_and_what_does_not_fit_is_refused() {
    let (desk, path) = desk().await;
    let last =
        |told: &Told| told.json()["timeline"].as_array().expect("a timeline").last().expect("one").clone();
    let noted = act(&desk, &path, json!({ "event": "noted", "text": EVIL, "public": true })).await;
    assert_eq!((&last(&noted)["event"], &last(&noted)["text"]), (&"noted".into(), &EVIL.into()));
    let escalated = act(&desk, &path, json!({ "event": "escalated", "why": EVIL })).await;
    let entry = last(&escalated);
    assert_eq!(
        (&entry["level"], &entry["to"], &entry["why"]),
        (&1.into(), &"incident-manager".into(), &EVIL.into())
    );
    assert_eq!(entry["by"], "agent:agent");
    assert_eq!(act(&desk, &path, json!({ "event": "escalation-taken" })).await.status, 200);
    for (event, stage) in [("replied", None), ("paused", None), ("resumed", None), ("closed", Some("closed"))]
    {
        let body = if event == "replied" {
            json!({ "event": event, "text": "x" })
        } else {
            json!({ "event": event })
        };
        let told = act(&desk, &path, body).await;
        assert_eq!((told.status, &last(&told)["event"]), (200, &event.into()), "{told:?}");
        assert!(stage.is_none_or(|stage| told.json()["stage"] == stage));
    }
    let escalated = json!({ "event": "escalated", "level": 1, "why": "x" });
    for body in [json!({ "event": "closed" }), json!({ "event": "paused" }), escalated] {
        assert_eq!(act(&desk, &path, body).await.kind(), "not-so");
    }
    assert_eq!(act(&desk, &path, json!({ "event": "reopened" })).await.status, 200);
    let moved =
        json!({ "event": "reassigned", "desk": "global", "tier": 2, "agent": null, "why": "English" });
    assert_eq!(act(&desk, &path, moved).await.json()["tier"], 2);
    let moved = json!({ "event": "reassigned", "agent": "mori", "why": "x" });
    assert_eq!(act(&desk, &path, moved).await.json()["agent"], "mori");
    for (field, nobody, known) in [
        ("desk", "Japan", "global, japan"),
        ("desk", "", "global, japan"),
        ("desk", "japan\u{7}", "global, japan"),
        ("agent", "Mori", "mori, sato"),
        ("agent", "x\n", "mori, sato"),
    ] {
        let told = act(&desk, &path, json!({ "event": "reassigned", field: nobody, "why": "x" })).await;
        let problem = told.json();
        assert_eq!((told.status, problem["field"].as_str()), (422, Some(field)), "{nobody}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with(known)), "{problem}");
    }
    for body in [
        json!({ "event": "noted" }),
        json!({ "event": "noted", "text": "" }),
        json!({ "event": "reassigned", "tier": 3, "why": "x" }),
        json!({ "event": "escalated" }),
        json!({ "event": "escalated", "why": " " }),
        json!({ "event": "escalated", "level": 0, "why": "x" }),
        json!({ "event": "escalated", "level": 2, "why": "x" }),
        json!({ "event": "escalated", "level": 256, "why": "x" }),
        json!({ "event": "opened" }),
        json!({ "event": "paused", "why": "x" }),
        json!({}),
    ] {
        assert_eq!(act(&desk, &path, body.clone()).await.status, 422, "{body}");
    }
    let stale = ["If-Match: \"1\""];
    let told =
        desk.send(Role::Agent, "POST", &format!("{path}/timeline"), &stale, "{\"event\":\"closed\"}").await;
    assert_eq!(told.kind(), "changed");
}

fn form() -> Value {
    json!({ "desk": "japan", "severity": "S3", "summary": EVIL, "description": "line\nline", "contact": "山田",
        "contact_email": "yamada@example.jp", "language": "ja", "product": "meetings",
        "entitlement": { "kind": "site-url", "value": "acme.webex.com" }, "worked_before": true })
}

async fn open(desk: &Desk, lines: &[&str], body: &Value) -> Told {
    let lines: Vec<&str> = lines.iter().copied().chain([JSON]).collect();
    desk.ask("POST", "/api/v1/cases", &lines, &body.to_string()).await
}

#[tokio::test]
async fn a_customer_opens_a_case_and_for_s1_is_told_where_to_call() {
    let desk = Desk::open().await;
    let told = open(&desk, &[], &form()).await;
    assert_eq!(told.status, 201, "{told:?}");
    let place = told.header("location").expect("a place").to_string();
    let case = desk.get(Role::Viewer, &place).await.json();
    assert_eq!((&case["number"], &case["channel"]), (&told.json()["number"], &"web".into()));
    assert_eq!((&case["summary"], &case["worked_before"]), (&EVIL.into(), &true.into()));
    assert_eq!(case["entitlement"]["verified"], false);
    let with = |name: &str, value: Value| {
        let mut form = form();
        form[name] = value;
        form
    };
    for severity in ["S1", "S2"] {
        let told = open(&desk, &[], &with("severity", severity.into())).await;
        assert_eq!((told.status, told.kind().as_str()), (422, "phone-only"));
        assert_eq!(told.json()["phones"], json!(["0120339836"]));
    }
    for (name, value) in [
        ("severity", "S5".into()),
        ("desk", "moon".into()),
        ("summary", "  ".into()),
        ("contact", Value::Null),
        ("agent", "sato".into()),
        ("parent", "600000012".into()),
        ("stage", "closed".into()),
        ("desk", "global".into()),
        ("desk", "japan\u{7}".into()),
        ("entitlement", json!({ "kind": "org", "value": "x", "verified": true })),
        ("entitlement", json!({ "kind": "verified org", "value": "x" })),
        ("entitlement", "verified org:x".into()),
    ] {
        let told = open(&desk, &[], &with(name, value)).await;
        assert_eq!((told.status, told.json()["field"].as_str()), (422, Some(name)), "{told:?}");
    }
    assert_eq!(open(&desk, &[], &with("contact_email", Value::Null)).await.json()["field"], "contact_number");
    let by_the_desk = open(&desk, &[&desk.proof(Role::Agent)], &with("desk", "global".into())).await;
    assert_eq!(by_the_desk.status, 201, "what is offered to nobody is open to the desk: {by_the_desk:?}");
    let foreign = open(&desk, &["Origin: https://evil.example"], &form()).await;
    assert_eq!(foreign.kind(), "foreign-page");
}

/// What is asked by what, and about which product; then the fields of the case that comes of it, and its note.
type Entitled = ((&'static str, &'static str, &'static str), [Option<&'static str>; 3], &'static str);

const ENTITLED: [Entitled; 7] = [
    (
        ("site-url", "https://Premium.webex.com/x", "meetings"),
        [Some("Acme KK"), Some("premium"), Some("meetings")],
        "by the store",
    ),
    (
        ("site-url", "premium.webex.com", "calling"),
        [Some("Acme KK"), None, Some("calling")],
        "but no contract covers Webex Calling",
    ),
    (
        ("site-url", "calling.webex.com", ""),
        [Some("Acme KK"), Some("basic"), Some("calling")],
        "Webex Calling, Basic",
    ),
    (("site-url", "over.webex.com", ""), [None, None, None], "the contract is not in force, says the store"),
    (("contract", "C-Basic", ""), [None, None, None], "ask for the site"),
    (("org", "nobody-says", ""), [None, None, None], "nobody can say now"),
    (("site-url", "acme.example", ""), [None, None, None], "a site is written as"),
];

#[tokio::test]
async fn a_case_of_the_web_says_what_was_bought_and_its_clock_runs() {
    let desk = Desk::open().await;
    for ((kind, value, product), fields, noted) in ENTITLED {
        let mut form = form();
        form["product"] = if product.is_empty() { Value::Null } else { product.into() };
        form["entitlement"] = json!({ "kind": kind, "value": value });
        let told = open(&desk, &[&desk.proof(Role::Agent)], &form).await;
        assert_eq!(told.status, 201, "{value}: {told:?}");
        let case = desk.get(Role::Viewer, told.header("location").expect("a place")).await.json();
        assert_eq!(["customer", "option", "product"].map(|name| case[name].as_str()), fields, "{value}");
        assert_eq!(case["entitlement"]["verified"], fields[0].is_some(), "{value}");
        let is_promised = fields[1].is_some();
        assert_eq!(
            (case["first_response_due"].is_string(), case["tier"].is_u64()),
            (is_promised, is_promised)
        );
        assert_eq!(told.json()["first_response_due"], case["first_response_due"]);
        let timeline = case["timeline"].as_array().expect("a timeline");
        let notes: Vec<_> = timeline.iter().filter(|entry| entry["event"] == "noted").collect();
        assert!(notes[0]["text"].as_str().is_some_and(|note| note.contains(noted)), "{notes:?}");
        assert_eq!((notes.len(), &notes[0]["by"], &notes[0]["public"]), (1, &"engine".into(), &false.into()));
    }
    let mut form = form();
    form["entitlement"] = json!({ "kind": "site-url", "value": "trial.webex.com" });
    let told = open(&desk, &[], &form).await;
    assert_eq!((told.status, told.kind().as_str()), (422, "free-trial"));
    assert_eq!(
        (&told.json()["field"], &told.json()["phones"]),
        (&"entitlement".into(), &json!(["0120339836"]))
    );
}

#[tokio::test]
async fn customers_of_the_web_take_no_caller_s_place_where_rights_are_looked_up() {
    let desk = Desk::open().await;
    let ask = async |site: &str| {
        let mut form = form();
        form["entitlement"]["value"] = site.into();
        open(&desk, &[&desk.proof(Role::Agent)], &form).await
    };
    let mut asked = desk.asked.subscribe();
    let hang = futures_util::future::join_all((0..4).map(|_| ask("hangs.webex.com")));
    let next = async {
        asked.wait_for(|asked| *asked == 4).await.expect("the desk is there");
        ask("premium.webex.com").await
    };
    let told = tokio::select! {
        told = hang => panic!("nobody answered these: {told:?}"),
        told = next => told,
    };
    assert_eq!((told.status, *desk.asked.borrow()), (201, 4), "{told:?}");
    let case = desk.get(Role::Viewer, told.header("location").expect("a place")).await.json();
    assert_eq!(case["entitlement"]["verified"], false);
    assert!(case["timeline"].to_string().contains("too many are looked up at once"), "{case}");
}

#[tokio::test]
async fn a_body_of_many_members_is_refused_before_it_is_read_to_its_end() {
    let (desk, path) = desk().await;
    let members = |count: usize| -> String {
        let members: Vec<String> = (0..count).map(|at| format!("\"{at}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let (cases, many) = ("/api/v1/cases", members(100_000));
    for told in [
        desk.ask("POST", cases, &[JSON], &many).await,
        desk.ask("POST", cases, &[JSON], &members(129)).await,
        desk.send(Role::Agent, "PATCH", &path, &["If-Match: *"], &many).await,
    ] {
        let problem = told.json();
        assert_eq!((told.status, told.kind().as_str()), (422, "bad-value"), "{problem}");
        let said = problem["detail"].as_str().expect("a detail");
        assert!(said.starts_with("there are more than 128 members"), "{problem}");
    }
    let told = desk.ask("POST", cases, &[JSON], &members(128)).await;
    assert_eq!(told.json()["field"], "0", "{told:?}");
}

#[tokio::test]
async fn one_address_does_not_write_keys_without_end() {
    let desk = Desk::open().await;
    let mut form = form();
    form["desk"] = "moon".into();
    for at in 0..30 {
        let told = open(&desk, &[&format!("Idempotency-Key: {at}")], &form).await;
        assert_eq!((told.status, told.kind().as_str()), (422, "bad-value"));
    }
    let told = open(&desk, &["Idempotency-Key: one more"], &form).await;
    assert_eq!((told.status, told.kind().as_str()), (429, "too-many-tries"));
    assert!(told.header("retry-after").is_some());
    let agent = open(&desk, &["Idempotency-Key: mine", &desk.proof(Role::Agent)], &form).await;
    assert_eq!(agent.kind(), "bad-value", "people of the desk may");
}

#[tokio::test]
async fn one_address_does_not_open_cases_without_end() {
    let desk = Desk::open().await;
    for _ in 0..10 {
        assert_eq!(open(&desk, &[], &form()).await.status, 201);
    }
    let told = open(&desk, &[], &form()).await;
    assert_eq!((told.status, told.kind().as_str()), (429, "too-many-forms"));
    assert!(told.header("retry-after").is_some());
    assert_eq!(open(&desk, &[&desk.proof(Role::Agent)], &form()).await.status, 201, "people of the desk may");
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_done_once() {
    let desk = Desk::open().await;
    let first = open(&desk, &["Idempotency-Key: k1"], &form()).await;
    let again = open(&desk, &["Idempotency-Key: k1"], &form()).await;
    assert_eq!((first.status, again.status, again.header("idempotency-replayed")), (201, 201, Some("true")));
    assert_eq!((first.json(), first.header("location")), (again.json(), again.header("location")));
    let mut other = form();
    other["summary"] = "another".into();
    let told = open(&desk, &["Idempotency-Key: k1"], &other).await;
    assert_eq!((told.status, told.kind().as_str()), (422, "key-used"));
    let second = open(&desk, &["Idempotency-Key: k2"], &form()).await;
    assert_ne!(second.json()["number"], first.json()["number"]);
    let bodies: Vec<Value> = (0..6).map(|_| form()).collect();
    let keys = ["Idempotency-Key: k3"];
    let told = futures_util::future::join_all(bodies.iter().map(|body| open(&desk, &keys, body))).await;
    let opened: std::collections::BTreeSet<String> =
        told.iter().filter(|told| told.status == 201).map(|told| told.json()["number"].to_string()).collect();
    assert_eq!(opened.len(), 1, "{told:?}");
    assert!(told.iter().all(|told| matches!(told.status, 201 | 409)), "{told:?}");
    assert_eq!(
        open(&desk, &[&format!("Idempotency-Key: {}", "k".repeat(129))], &form()).await.kind(),
        "bad-key"
    );
    // Under another proof it is another key.
    let agent = open(&desk, &["Idempotency-Key: k1", &desk.proof(Role::Agent)], &form()).await;
    assert_eq!((agent.status, agent.header("idempotency-replayed")), (201, None));
}

/// A database that says no more than that it cannot say, whenever it is told to keep an entry.
const NO_WORD: &str = "
    CREATE TABLE parents (id INTEGER PRIMARY KEY);
    CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER no_word AFTER INSERT ON timeline BEGIN INSERT INTO children VALUES (1); END";

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again_under_its_key() {
    let desk = Desk::open().await;
    let url = format!("sqlite:{}", desk.folder.path().join("m.db").display());
    let database = sqlx::AnyPool::connect(&url).await.expect("opened");
    sqlx::raw_sql(NO_WORD).execute(&database).await.expect("made");
    let first = open(&desk, &["Idempotency-Key: k1"], &form()).await;
    assert_eq!((first.status, first.kind().as_str()), (503, "in-doubt"));
    sqlx::raw_sql("DROP TRIGGER no_word").execute(&database).await.expect("dropped");
    let again = open(&desk, &["Idempotency-Key: k1"], &form()).await;
    assert_eq!((again.status, again.kind().as_str()), (409, "being-done"));
    assert_eq!(open(&desk, &["Idempotency-Key: k2"], &form()).await.status, 201);
}

#[tokio::test]
async fn a_file_is_kept_with_its_case_and_saved_not_shown() {
    let (desk, path) = desk().await;
    let place = format!("{path}/attachments");
    let put = async |name: &str, kind: &str, body: &[u8]| {
        let lines = [
            desk.proof(Role::Agent),
            format!("Content-Type: {kind}"),
            format!("Content-Length: {}", body.len()),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        desk.exchange("POST", &format!("{place}?name={name}"), &lines, body).await
    };
    let picture: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
    let kept = put("%E7%AA%93%E5%8F%A3.png", "image/png", &picture).await;
    assert_eq!(
        (kept.status, &kept.json()["name"], &kept.json()["bytes"]),
        (201, &"窓口.png".into(), &3_000_000.into())
    );
    let file = kept.header("location").expect("a place").to_string();
    let taken = desk.get(Role::Agent, &file).await;
    assert!(taken.body == picture, "{taken:?}");
    assert_eq!(taken.header("content-type"), Some("application/octet-stream"));
    let saved = "attachment; filename*=UTF-8\'\'%E7%AA%93%E5%8F%A3.png";
    assert_eq!(taken.header("content-disposition"), Some(saved));
    let part = desk.ask("GET", &file, &[&desk.proof(Role::Agent), "Range: bytes=-4"], "").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &picture[picture.len() - 4..]));
    let list = desk.get(Role::Viewer, &place).await.json();
    assert_eq!(
        (&list["attachments"][0]["by"], &list["attachments"][0]["media_type"]),
        (&"agent:agent".into(), &"image/png".into())
    );
    for (name, kind, body, want) in [
        ("x.html", "text/html", b"<script>".as_slice(), (415, "wrong-type")),
        ("x.svg", "image/svg+xml", b"<svg/>", (415, "wrong-type")),
        ("x.txt", "text/plain", b"", (422, "bad-value")),
        ("..%2F..%2Fx", "text/plain", b"x", (400, "bad-query")),
        ("a%0D%0AX-Evil:%201", "text/plain", b"x", (400, "bad-query")),
        ("", "text/plain", b"x", (400, "bad-query")),
    ] {
        let told = put(name, kind, body).await;
        assert_eq!((told.status, told.kind().as_str()), want, "{name} {kind}");
    }
    let lines =
        [desk.proof(Role::Agent), "Content-Type: text/plain".into(), "Content-Length: 104857600".into()];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(desk.exchange("POST", &format!("{place}?name=x"), &lines, b"x").await.kind(), "too-long");
    for nothing in ["nothing", "..%2Fm.db", ".%2e", "600000012-000000000000"] {
        assert_eq!(desk.get(Role::Admin, &format!("{place}/{nothing}")).await.kind(), "no-file", "{nothing}");
    }
    let folder = std::fs::read_dir(desk.folder.path().join("attachments")).expect("a folder");
    assert_eq!(folder.count(), 1, "what was refused left nothing");
}

#[tokio::test]
async fn a_file_that_is_sent_again_under_its_key_is_kept_once() {
    let (desk, path) = desk().await;
    let put = async |name: &str, kind: &str, body: &[u8]| {
        let lines = [
            desk.proof(Role::Agent),
            format!("Content-Type: {kind}"),
            format!("Content-Length: {}", body.len()),
            "Idempotency-Key: k1".to_string(),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        desk.exchange("POST", &format!("{path}/attachments?name={name}"), &lines, body).await
    };
    let first = put("a.txt", "text/plain", b"x").await;
    let again = put("a.txt", "text/plain", b"x").await;
    assert_eq!((first.status, again.status), (201, 201), "{again:?}");
    assert_eq!((again.header("idempotency-replayed"), first.json()), (Some("true"), again.json()));
    for (name, kind, body) in
        [("b.txt", "text/plain", b"x"), ("a.txt", "text/csv", b"x"), ("a.txt", "text/plain", b"y")]
    {
        assert_eq!(put(name, kind, body).await.kind(), "key-used", "{name} {kind}");
    }
    let list = desk.get(Role::Viewer, &format!("{path}/attachments")).await.json();
    assert_eq!(list["attachments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_person_changes_a_case_from_a_page_of_this_host_alone() {
    let (desk, path) = desk().await;
    let login = json!({ "name": "sato", "password": PASSWORD }).to_string();
    let told = desk.ask("POST", "/api/v1/login", &[JSON], &login).await;
    let cookie = told.header("set-cookie").and_then(|line| line.split(';').next()).expect("a cookie");
    let (cookie, own) = (format!("Cookie: {cookie}"), format!("Origin: http://{}", desk.address));
    let body = json!({ "summary": "mine" }).to_string();
    let foreign = desk.ask("PATCH", &path, &[&cookie, JSON, "If-Match: *", "Origin: null"], &body).await;
    assert_eq!(foreign.kind(), "foreign-page");
    let told = desk.ask("PATCH", &path, &[&cookie, JSON, "If-Match: *", &own], &body).await;
    assert_eq!(told.status, 200, "{told:?}");
    let log = desk.store.audit_log(2, None).await.expect("read");
    let said: Vec<_> =
        log.iter().map(|entry| (entry.deed.who.as_str(), entry.deed.outcome.as_str())).collect();
    assert_eq!(said, [("login:sato", "200"), ("login:sato", "403 foreign-page")]);
}
