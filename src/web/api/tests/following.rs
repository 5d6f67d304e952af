//! Queues, and live updates over real WebSockets.

use super::desk::{Desk, OPEN, PASSWORD, token};
use crate::base::{EndCause, Language, Number, Presentation, UnixTime};
use crate::case::{By, Case, CaseNumber, Channel, Event, Opening};
use crate::node::floor::{CallerView, QueueView, SeatView};
use crate::store::{CallRecord, Write};
use crate::web::access::Role;
use crate::web::floor::KEPT;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

type Socket = WebSocketStream<TcpStream>;

/// Follows with these lines in the head; else the status of the refusal.
async fn open(desk: &Desk, lines: &[&str]) -> Result<Socket, u16> {
    let stream = TcpStream::connect(desk.address).await.expect("connected");
    let url = format!("ws://{}/api/v1/events", desk.address);
    let mut request = url.into_client_request().expect("a request");
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a line of a head");
        let name: HeaderName = name.parse().expect("a name");
        request.headers_mut().append(name, HeaderValue::from_str(value).expect("a value"));
    }
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refusal)) => Err(refusal.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// A viewer who follows, and has heard that all is ready.
async fn follow(desk: &Desk) -> Socket {
    let mut socket = open(desk, &[&desk.proof(Role::Viewer)]).await.expect("a socket");
    assert_eq!(hear(&mut socket).await, json!({ "type": "ready" }));
    socket
}

/// The next message.
async fn hear(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("open").expect("a message") {
            Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The code that it closes with, whatever comes before.
async fn farewell(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(frame) = socket.next().await.expect("open").expect("a message") {
            return frame.expect("a code").code.into();
        }
    }
}

fn case() -> Case {
    Case::open(Opening {
        number: CaseNumber::from_sequence(1).expect("a number"),
        at: OPEN,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some("boot-1".into()),
        dialplan: None,
    })
}

fn call(ended_at: Option<UnixTime>) -> CallRecord {
    CallRecord {
        id: "boot-1".into(),
        call_id: "abc".into(),
        case: Some(case().number()),
        from: Number::parse("0312345678"),
        presentation: Some(Presentation::Allowed),
        to: Number::parse("0120339836"),
        started_at: OPEN,
        answered_at: None,
        plan_began_at: None,
        ended_at,
        cause: ended_at.map(|_| EndCause::CallerHungUp),
        plan: None,
        plan_hash: None,
        digits: 0,
        trail: None,
        legs: Vec::new(),
        audio: Vec::new(),
    }
}

/// One caller waits for a minute, for whom the second of two seats rings.
fn queue() -> QueueView {
    let seat = |target: &str, calls, rests_until| SeatView {
        target: target.into(),
        calls_at_once: 1,
        calls,
        rests_until,
        is_away: false,
    };
    let waits = CallerView {
        call_id: "boot-1".into(),
        case: Some(case().number().to_string()),
        caller: Number::parse("0312345678"),
        language: Some(Language::Ja),
        since: UnixTime::from_millis(OPEN.as_millis() - 60_000),
        ringing: Some(1),
    };
    QueueView {
        name: "japan-technical".into(),
        desk: "japan".into(),
        is_open: true,
        until: Some(OPEN + Duration::from_secs(7 * 3600)),
        waiting: vec![waits],
        wait_minutes: Some(4),
        seats: vec![
            seat("phone:sato", 0, Some(OPEN + Duration::from_secs(5))),
            seat("phone:suzuki", 1, None),
        ],
    }
}

#[tokio::test]
async fn a_queue_says_who_waits_since_when_and_whom_it_rings() {
    let desk = Desk::open().await;
    let closed = QueueView {
        name: "sales".into(),
        is_open: false,
        waiting: Vec::new(),
        wait_minutes: None,
        seats: Vec::new(),
        ..queue()
    };
    desk.attend(vec![queue(), closed]);
    let told = desk.get(Role::Viewer, "/api/v1/queues").await.json();
    let longest = told["queues"][0]["longest_wait_seconds"].as_i64().expect("a number");
    assert!((60..90).contains(&longest), "{longest}");
    let wanted = json!({ "queues": [
        { "name": "japan-technical", "desk": "japan", "open": true, "opens_at": null,
          "closes_at": "2026-02-10T08:00:00Z", "waiting": 1, "longest_wait_seconds": longest,
          "expected_wait_minutes": 4,
          "callers": [{ "call": "boot-1", "case": "600000012", "caller": "+81312345678", "language": "ja",
            "place": 1, "waiting_since": "2026-02-10T00:59:00Z", "ringing": "phone:suzuki" }],
          "seats": [
            { "target": "phone:sato", "calls_at_once": 1, "calls": 0, "rests_until": "2026-02-10T01:00:05Z",
              "away": false },
            { "target": "phone:suzuki", "calls_at_once": 1, "calls": 1, "rests_until": null,
              "away": false }] },
        { "name": "sales", "desk": "japan", "open": false, "opens_at": "2026-02-10T08:00:00Z", "closes_at": null,
          "waiting": 0, "longest_wait_seconds": null, "expected_wait_minutes": null, "callers": [], "seats": [] },
    ]});
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn followers_are_told_what_is_written_and_which_queues_changed() {
    let desk = Desk::open().await;
    let mut socket = follow(&desk).await;
    let mut written = case();
    desk.store.apply(&[Write::SaveCase(Box::new(written.clone()))]).await.expect("written");
    let opened = hear(&mut socket).await;
    assert_eq!(
        (opened["type"].as_str(), opened["subject"].as_str(), opened["id"].as_str()),
        (Some("case.opened"), Some("600000012"), Some("600000012-0-1770685200000"))
    );
    assert_eq!(opened["data"]["entry"]["event"], "opened");
    assert_eq!(
        opened["data"]["case"]["caller"],
        Value::Null,
        "as webhooks: who asks for the case may see it"
    );
    written.record(OPEN, By::Engine, Event::QueueEntered { queue: "q".into(), position: 1 });
    let severity = written.change(OPEN, By::Engine, "severity", Some("S1"));
    severity.expect("a severity");
    let both = [Write::SaveCase(Box::new(written)), Write::SaveCall(Box::new(call(None)))];
    desk.store.apply(&both).await.expect("written");
    assert_eq!(hear(&mut socket).await["type"], "case.queue-entered");
    assert_eq!(hear(&mut socket).await["type"], "case.field-changed.severity");
    desk.floor.show(Arc::new(vec![queue()]));
    let changed = hear(&mut socket).await;
    assert_eq!(
        (changed["type"].as_str(), changed["subject"].as_str()),
        (Some("queue.changed"), Some("japan-technical"))
    );
    assert_eq!(changed["data"]["callers"][0]["ringing"], "phone:suzuki");
    desk.floor.show(Arc::new(vec![queue()]));
    desk.store.apply(&[Write::SaveCall(Box::new(call(Some(OPEN))))]).await.expect("written");
    let ended = hear(&mut socket).await;
    assert_eq!((ended["type"].as_str(), ended["subject"].as_str()), (Some("call.ended"), Some("boot-1")));
    assert_eq!(ended["data"]["cause"], "caller-hung-up");
}

#[tokio::test]
async fn a_cookie_follows_from_pages_of_this_host_alone() {
    let desk = Desk::open().await;
    let body = json!({ "name": "sato", "password": PASSWORD }).to_string();
    let own = format!("Origin: http://{}", desk.address);
    let told = desk.ask("POST", "/api/v1/login", &["Content-Type: application/json", &own], &body).await;
    let cookie = told.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    let cookie = format!("Cookie: {cookie}");
    for foreign in [&["Origin: http://evil.example"][..], &["Origin: null"], &[]] {
        let lines: Vec<&str> = foreign.iter().copied().chain([cookie.as_str()]).collect();
        assert_eq!(open(&desk, &lines).await.err(), Some(403), "{foreign:?}");
    }
    let mut socket = open(&desk, &[&cookie, &own]).await.expect("a socket");
    assert_eq!(hear(&mut socket).await["type"], "ready");
    let told = desk.ask("POST", "/api/v1/logout", &[&cookie, &own], "").await;
    assert_eq!(told.status, 204);
    assert_eq!(farewell(&mut socket).await, 4401);
}

#[tokio::test]
async fn a_token_that_is_revoked_or_expires_follows_no_more() {
    let desk = Desk::open().await;
    let brief = token(&desk.store, Role::Viewer, "brief", OPEN + Duration::from_secs(3)).await;
    let mut brief = open(&desk, &[&format!("Authorization: Bearer {brief}")]).await.expect("a socket");
    let mut revoked = follow(&desk).await;
    let tokens = desk.store.tokens().await.expect("read");
    let id = &tokens.iter().find(|token| token.name == "viewer").expect("kept").id;
    let deed = desk.store.audit_log(1, None).await.expect("read").remove(0).deed;
    assert!(desk.store.revoke_token(id, &deed).await.expect("revoked"));
    assert_eq!((farewell(&mut revoked).await, farewell(&mut brief).await), (4401, 4401));
}

#[tokio::test]
async fn who_is_slow_is_told_what_is_missing_and_who_takes_nothing_is_gone() {
    let desk = Desk::open().await;
    let mut slow = follow(&desk).await;
    (0..KEPT + 500).for_each(|at| desk.floor.say(json!({ "type": "n", "at": at }).to_string()));
    assert_eq!(hear(&mut slow).await, json!({ "type": "lagged", "missed": 500 }));
    assert_eq!(hear(&mut slow).await["at"], 500);
    drop(slow);
    let stuck = follow(&desk).await;
    let long = "x".repeat(64 * 1024);
    // More than both sides' buffers hold.
    for _ in 0..KEPT {
        desk.floor.say(long.clone());
    }
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    while desk.floor.is_watched() {
        looks.tick().await;
    }
    drop(stuck);
}

#[tokio::test]
async fn followers_are_few_and_go_when_the_engine_drains() {
    let desk = Desk::open().await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(follow(&desk).await);
    }
    assert_eq!(open(&desk, &[&desk.proof(Role::Viewer)]).await.err(), Some(429));
    assert!(open(&desk, &[&desk.proof(Role::Agent)]).await.is_ok(), "another's place is another's");
    drop(sockets.pop());
    while open(&desk, &[&desk.proof(Role::Viewer)]).await.is_err() {}
    let mut last = sockets.remove(0);
    desk.floor.close();
    assert_eq!(farewell(&mut last).await, 1001);
    assert_eq!(open(&desk, &[&desk.proof(Role::Viewer)]).await.err(), Some(503));
}

#[tokio::test]
async fn what_is_no_handshake_is_told_what_to_be() {
    let desk = Desk::open().await;
    let told = desk.get(Role::Viewer, "/api/v1/events").await;
    assert_eq!((told.status, told.kind().as_str()), (426, "no-websocket"));
    assert_eq!(
        (told.header("upgrade"), told.header("sec-websocket-version")),
        (Some("websocket"), Some("13"))
    );
}
