//! Agents: what they do, and whether they are offered calls.

use super::desk::{Desk, OPEN};
use crate::base::UnixTime;
use crate::node::floor::{CallerView, QueueView, SeatView};
use crate::store::Presence;
use crate::web::access::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A queue that rings the phone of Sato: so many calls, and whether one of them rings.
fn queue(calls: u32, rings: bool) -> QueueView {
    let waits = CallerView {
        call_id: "boot-1".into(),
        case: None,
        caller: None,
        language: None,
        since: OPEN,
        ringing: Some(0),
    };
    QueueView {
        name: "japan-technical".into(),
        desk: "japan".into(),
        is_open: true,
        until: None::<UnixTime>,
        waiting: rings.then_some(waits).into_iter().collect(),
        wait_minutes: None,
        seats: vec![SeatView {
            target: "phone:sato".into(),
            calls_at_once: 2,
            calls,
            rests_until: None,
            is_away: false,
        }],
    }
}

async fn state(desk: &Desk) -> Value {
    let told = desk.get(Role::Viewer, "/api/v1/agents").await.json();
    assert_eq!(told["agents"][0]["name"], "mori");
    told["agents"][1]["state"].clone()
}

async fn set(desk: &Desk, role: Role, login: &str, state: &str) -> (u16, Value) {
    let path = format!("/api/v1/agents/{login}/state");
    let told = desk.send(role, "POST", &path, &[], &json!({ "state": state }).to_string()).await;
    (told.status, told.json())
}

#[tokio::test]
async fn what_an_agent_does_is_computed_of_their_seat_and_what_they_chose() {
    let desk = Desk::open().await;
    let (show, shown) = tokio::sync::watch::channel(queue(0, false));
    let floor = Arc::clone(&desk.floor);
    tokio::spawn(async move {
        loop {
            floor.asked().await;
            let queue = shown.borrow().clone();
            floor.show(Arc::new(vec![queue]));
        }
    });
    assert_eq!(state(&desk).await, "available");
    show.send_replace(queue(1, true));
    assert_eq!(state(&desk).await, "reserved");
    show.send_replace(queue(2, true));
    assert_eq!(state(&desk).await, "on-call");
    let (status, told) = set(&desk, Role::Supervisor, "sato", "on-break").await;
    let wanted = json!({ "name": "sato", "display_name": "佐藤", "role": "agent", "seat": "phone:sato",
        "queues": ["japan-technical"], "state": "on-call", "chosen": "on-break" });
    assert_eq!((status, told), (200, wanted), "a call in progress goes on");
    show.send_replace(queue(0, false));
    assert_eq!(state(&desk).await, "on-break");
    let nobody = desk.get(Role::Viewer, "/api/v1/agents").await.json()["agents"][0].clone();
    assert_eq!(
        (&nobody["state"], &nobody["seat"], &nobody["queues"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn who_is_not_available_is_away_for_the_engine_and_the_store_and_the_log_keep_it() {
    let desk = Desk::open().await;
    desk.attend(vec![queue(0, false)]);
    let away = desk.floor.away();
    assert_eq!(set(&desk, Role::Supervisor, "sato", "signed-out").await.0, 200);
    assert_eq!(*away.borrow(), BTreeSet::from(["phone:sato".to_string()]));
    let kept = BTreeMap::from([("sato".to_string(), Presence::SignedOut)]);
    assert_eq!(desk.store.presences().await.expect("read"), kept);
    let log = desk.get(Role::Auditor, "/api/v1/audit?limit=1").await.json();
    let line = ["what", "subject", "outcome"].map(|name| log["entries"][0][name].clone());
    assert_eq!(line, ["set_state", "sato: signed-out", "200"]);
    assert_eq!(set(&desk, Role::Admin, "sato", "available").await.0, 200);
    assert_eq!(*away.borrow(), BTreeSet::new());
    for (role, login, state, status, kind) in [
        (Role::Agent, "sato", "on-break", 403, "wrong-role"),
        (Role::Viewer, "sato", "on-break", 403, "wrong-role"),
        (Role::Supervisor, "mori", "on-break", 409, "no-seat"),
        (Role::Supervisor, "nobody", "on-break", 404, "no-agent"),
        (Role::Supervisor, "sato", "reserved", 422, "bad-value"),
    ] {
        let (told, problem) = set(&desk, role, login, state).await;
        assert_eq!(
            (told, &problem["type"]),
            (status, &json!(format!("urn:madoguchi:{kind}"))),
            "{login} {state}"
        );
    }
    assert_eq!(desk.store.presences().await.expect("read")["sato"], Presence::Available);
}
