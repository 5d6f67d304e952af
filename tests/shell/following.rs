//! A console that follows a running engine over a WebSocket, while a call comes in.

use super::events::post;
use super::serving::{Running, settings};
use super::workplace::Workplace;
use futures_util::StreamExt;
use serde_json::Value;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Who follows, and listens all the time.
struct Console {
    heard: Receiver<Result<Value, u16>>,
    _runtime: Runtime,
}

impl Console {
    /// Follows with this token from when it is told that it may.
    fn open(engine: &mut Running, token: &str) -> Console {
        let address = engine.address_after("API on http://");
        let runtime = Runtime::new().expect("a runtime");
        let socket = runtime.block_on(async {
            let stream = TcpStream::connect(&address).await.expect("connected");
            let mut request =
                format!("ws://{address}/api/v1/events").into_client_request().expect("a request");
            let proof = format!("Bearer {token}").parse().expect("a header");
            request.headers_mut().insert("authorization", proof);
            client_async(request, stream).await.expect("a socket").0
        });
        let (tell, heard) = channel();
        runtime.spawn(listen(socket, tell));
        let mut console = Console { heard, _runtime: runtime };
        assert_eq!(console.hears(), Ok(serde_json::json!({ "type": "ready" })));
        console
    }

    /// The next message, or the code that it is closed with.
    fn hears(&mut self) -> Result<Value, u16> {
        self.heard.recv().expect("a message, or a code")
    }

    /// The code that it is closed with, whatever comes before.
    fn farewell(&mut self) -> u16 {
        std::iter::repeat_with(|| self.hears())
            .find_map(Result::err)
            .expect("for ever, or until it is closed")
    }

    /// All messages until one of this type, it included.
    fn hears_until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|last: &Value| last["type"] != kind) {
            heard.push(self.hears().expect("open"));
        }
        heard
    }
}

async fn listen(mut socket: WebSocketStream<TcpStream>, tell: Sender<Result<Value, u16>>) {
    while let Some(Ok(message)) = socket.next().await {
        let told = match message {
            Message::Text(text) => Ok(serde_json::from_str(&text).expect("JSON")),
            Message::Close(frame) => Err(frame.expect("a code").code.into()),
            _ => continue,
        };
        // The test may have ended.
        let _unheard = tell.send(told);
    }
}

fn token(workplace: &Workplace, name: &str, role: &str) -> (String, String) {
    let made = workplace.good(&["token", "create", "--name", name, "--role", role, "--expires", "1d"]);
    let (token, more) = made.split_once('\n').expect("a token and what it is");
    let id = more.trim_start_matches("id ").split(',').next().expect("an id");
    (token.to_string(), id.to_string())
}

/// How an event says that the queue stands: who waits, whether its seat rings for the first, and the calls of that seat.
fn stands(event: &Value) -> Option<(u64, bool, u64)> {
    let queue = (event["subject"] == "japan-technical").then_some(&event["data"])?;
    let rings = queue["callers"][0]["ringing"].is_string();
    Some((queue["waiting"].as_u64()?, rings, queue["seats"][0]["calls"].as_u64()?))
}

#[test]
fn a_console_sees_a_call_come_wait_be_answered_and_end_until_its_token_is_revoked() {
    let home = Workplace::new("");
    let mut desk =
        Running::start(&home, &["answer", "--listen", "udp:127.0.0.1:0", "--after", "1", "--once"]);
    let workplace = Workplace::new(&settings(&format!(
        "[desks.japan]\nhours = 'always'\n[desks.japan.queues.japan-technical]\nseats = ['sip:desk@{}']\n",
        desk.address()
    )));
    let mut engine = Running::start(&workplace, &["serve"]);
    let ((first, first_id), (second, _)) =
        (token(&workplace, "wallboard", "viewer"), token(&workplace, "other", "viewer"));
    let mut console = Console::open(&mut engine, &first);
    let target = format!("sip:0120339836@{}", engine.address());
    let mut caller = workplace.command(&["call", &target, "--keys", "21#", "--pause", "600", "--for", "5"]);
    let mut caller = caller.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a caller");
    let mut heard = console.hears_until("case.answered");
    let talks = engine.api("GET", "/api/v1/calls?now=true", &first);
    assert!(talks.contains(r#""case":"600000012""#) && talks.contains(r#""ended_at":null"#), "{talks}");
    let id = talks.split_once(r#""id":""#).and_then(|(_, rest)| rest.split_once('"')).expect("an id").0;
    let so_far = engine.api("GET", &format!("/api/v1/calls/{id}/ladder?format=text"), &first);
    assert!(so_far.matches("INVITE").count() > 1 && so_far.contains("key 2"), "{so_far}");
    heard.extend(console.hears_until("call.ended"));
    let after = engine.api("GET", "/api/v1/calls?now=true", &first);
    assert!(after.contains(r#""calls":[]"#), "{after}");
    assert!(caller.wait().expect("ended").success() && desk.wait().status == 0);
    for kind in ["case.opened", "case.queue-entered", "case.offered", "case.answered", "case.ended"] {
        let event = heard.iter().find(|event| event["type"] == kind);
        let event = event.unwrap_or_else(|| panic!("{kind} is not in {heard:?}"));
        assert_eq!(
            (&event["subject"], &event["data"]["case"]["number"]),
            (&"600000012".into(), &"600000012".into())
        );
    }
    assert_eq!(heard.last().map(|event| &event["data"]["case"]), Some(&"600000012".into()));
    // One in line for whom the seat rings, one who talks, and nobody.
    let mut stood: Vec<(u64, bool, u64)> = heard.iter().filter_map(stands).collect();
    while stood.last() != Some(&(0, false, 0)) {
        stood.extend(stands(&console.hears().expect("open")));
    }
    let mut rest = stood.iter();
    for wanted in [(1, true, 1), (0, false, 1), (0, false, 0)] {
        assert!(rest.any(|stood| *stood == wanted), "{wanted:?}, in its place: {stood:?}");
    }
    let queues = engine.api("GET", "/api/v1/queues", &first);
    assert!(queues.contains(r#""name":"japan-technical","desk":"japan","open":true"#), "{queues}");
    workplace.good(&["token", "revoke", &first_id]);
    assert_eq!(console.farewell(), 4401);
    let mut console = Console::open(&mut engine, &second);
    assert_eq!(engine.terminate().status, 0);
    assert_eq!(console.farewell(), 1001);
}

#[test]
fn a_caller_waits_while_the_only_agent_is_on_a_break_and_is_rung_through_after_it() {
    let home = Workplace::new("");
    let mut desk =
        Running::start(&home, &["answer", "--listen", "udp:127.0.0.1:0", "--after", "0", "--once"]);
    let seat = format!("sip:desk@{}", desk.address());
    let workplace = Workplace::new(&settings(&format!(
        "[desks.japan]\nhours = 'always'\n[desks.japan.queues.japan-technical]\nseats = ['{seat}']\n\
         [agents.sato]\nname = 'Sato'\nseat = '{seat}'\n"
    )));
    let mut engine = Running::start(&workplace, &["serve"]);
    let (token, _) = token(&workplace, "floor", "supervisor");
    let api = engine.address_after("API on http://");
    let set = |state: &str| {
        let head = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
        let told = post(&api, "/api/v1/agents/sato/state", &head, &format!("{{\"state\":\"{state}\"}}"));
        assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
        told
    };
    assert!(set("on-break").contains(r#""state":"on-break""#));
    let mut console = Console::open(&mut engine, &token);
    let target = format!("sip:0120339836@{}", engine.address());
    let mut caller = workplace.command(&["call", &target, "--keys", "21#", "--pause", "600", "--for", "20"]);
    let mut caller = caller.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a caller");
    let mut heard = console.hears_until("case.queue-entered");
    set("available");
    heard.extend(console.hears_until("case.answered"));
    let offered = |event: &Value| event["type"] == "case.offered";
    let entered = |event: &Value| event["type"] == "case.queue-entered";
    let (entered, offered) = (heard.iter().position(entered), heard.iter().position(offered));
    assert!(entered.is_some() && entered < offered, "{heard:?}");
    let agents = engine.api("GET", "/api/v1/agents", &token);
    assert!(agents.contains(r#""state":"on-call","chosen":"available""#), "{agents}");
    assert!(caller.wait().expect("ended").success() && desk.wait().status == 0);
    let log = workplace.good(&["audit", "list"]);
    assert!(log.contains("sato: on-break") && log.contains("sato: available"), "{log}");
    set("signed-out");
    assert_eq!(engine.terminate().status, 0);
    let mut engine = Running::start(&workplace, &["serve"]);
    let agents = engine.api("GET", "/api/v1/agents", &token);
    assert!(agents.contains(r#""state":"signed-out""#), "it outlives the engine: {agents}");
    assert_eq!(engine.terminate().status, 0);
}
