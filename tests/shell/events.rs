//! Events for a receiver outside: the one that the README shows, through an engine that is killed meanwhile.

use super::serving::{Running, settings};
use super::workplace::{Workplace, shipped};
use madoguchi::net::Clock;
use ring::hmac;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

const SECRET: &str = "geheim-geheim-geheim";

/// The receiver of the README. It ends with its test.
struct Receiver {
    child: Child,
    heard: BufReader<ChildStdout>,
}

impl Receiver {
    fn start(workplace: &Workplace, port: u16) -> Receiver {
        let readme = std::fs::read_to_string(shipped("README.md")).expect("the README");
        let recipe = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
        workplace.write("receiver.py", recipe.expect("the recipe"));
        let mut command = Command::new("python3");
        command
            .args(["receiver.py", &port.to_string()])
            .current_dir(workplace.path("."))
            .env("SECRET", SECRET);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("python3, which tests/run installs");
        let heard = BufReader::new(child.stdout.take().expect("piped"));
        Receiver { child, heard }
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.heard.read_line(&mut line).expect("text");
        line.trim_end().to_string()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// With a plan of one prompt: an engine that starts at once.
fn workplace(events: &str) -> Workplace {
    let workplace = Workplace::new("");
    workplace.few_prompts(&["goodbye", "technical-difficulty"]);
    let plan = "default = true\nnumbers = ['0355500000']\nlanguage = 'en'\nstart = 'bye'\n\
        [step.bye]\nverb = 'hangup'\nprompt = 'goodbye'\n";
    workplace.write("plans/plan.toml", plan);
    let more = "[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n\
        [dialplan]\npath = 'plans'\nprompts = 'prompts'\n";
    workplace.write("madoguchi.toml", &settings(&format!("{more}{events}")));
    workplace
}

pub fn post(address: &str, path: &str, more: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    stream.write_all(format!("{head}{more}\r\n{body}").as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

/// A case of the web form: its number.
fn open_case(engine: &mut Running) -> String {
    let api = engine.address_after("API on http://");
    let form = serde_json::json!({ "desk": "japan", "severity": "S3", "summary": "no sound", "description": "none",
        "contact": "Suzuki", "contact_email": "suzuki@customer.example" });
    let answer = post(&api, "/api/v1/cases", "Content-Type: application/json\r\n", &form.to_string());
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    answer
        .split("\"number\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a number")
        .to_string()
}

/// What the receiver answers to an event of this moment, signed with this secret; then said with this body.
fn tell(address: &str, (secret, moment): (&str, i64), signed: &str, said: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, format!("{moment}.{signed}").as_bytes());
    let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let headers = format!("X-Madoguchi-Timestamp: {moment}\r\nX-Madoguchi-Signature: sha256={signature}\r\n");
    let answer = post(address, "/", &headers, said);
    answer.split(' ').nth(1).expect("a status").to_string()
}

#[test]
fn a_case_is_told_after_the_engine_was_killed_to_a_receiver_that_was_away_and_no_replay_counts() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("a port").port();
    let address = format!("127.0.0.1:{port}");
    let events = format!("[events.crm]\nurl = 'http://{address}/'\nsecret = '{SECRET}'\n");
    let workplace = workplace(&(events + "types = ['case.opened', 'case.closed']\n"));
    let mut engine = Running::start(&workplace, &["serve"]);
    let number = open_case(&mut engine);
    engine.logs_until("events: crm takes none now: no connection; they wait");
    drop(engine);
    let list = workplace.good(&["events", "list"]);
    assert!(list.lines().nth(1).is_some_and(|line| line.starts_with("crm       1        0")), "{list}");
    let mut receiver = Receiver::start(&workplace, port);
    let mut engine = Running::start(&workplace, &["serve"]);
    assert_eq!(receiver.hears(), format!("case.opened {number}"));
    let second = open_case(&mut engine);
    assert_eq!(receiver.hears(), format!("case.opened {second}"));
    // What somebody has kept: said again, of another moment, in other words, by another hand.
    let event = |id: &str| format!(r#"{{"id": "{id}", "type": "case.closed", "subject": "{number}"}}"#);
    let (good, now) = (event("1"), Clock::start().now().wall.as_secs());
    assert_eq!(tell(&address, (SECRET, now), &good, &good), "204");
    assert_eq!(receiver.hears(), format!("case.closed {number}"));
    assert_eq!(tell(&address, (SECRET, now), &good, &good), "204", "taken before");
    for (moment, secret, said) in
        [(now - 600, SECRET, event("2")), (now + 600, SECRET, event("2")), (now, "another", event("2"))]
    {
        assert_eq!(tell(&address, (secret, moment), &said, &said), "401");
    }
    assert_eq!(tell(&address, (SECRET, now), &good, &event("3")), "401");
    assert_eq!(tell(&address, (SECRET, now), &event("last"), &event("last")), "204");
    assert_eq!(receiver.hears(), format!("case.closed {number}"), "nothing but the last was taken");
    let third = open_case(&mut engine);
    assert_eq!(receiver.hears(), format!("case.opened {third}"), "nor before this");
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
}

#[test]
fn types_are_listed_and_a_receiver_that_is_not_there_is_told() {
    let workplace = workplace(&format!("[events.crm]\nurl = 'http://127.0.0.1:9/'\nsecret = '{SECRET}'\n"));
    let types = workplace.good(&["events", "types"]);
    for wanted in [
        "case.opened",
        "case.field-changed.severity",
        "case.clock-rang.short",
        "case.clock-rang.met",
        "case.escalated",
    ] {
        assert!(types.lines().any(|line| line == wanted), "{wanted} is not in\n{types}");
    }
    let mut engine = Running::start(&workplace, &["serve"]);
    let metrics = engine.get("/metrics");
    assert!(metrics.contains("madoguchi_events_waiting{receiver=\"crm\"} 0"), "{metrics}");
    assert!(workplace.bad(&["events", "retry", "--receiver", "cmr"]).contains("did you mean `crm`?"));
    assert_eq!(workplace.good(&["events", "retry"]), "0 to be sent again\n");
    assert!(workplace.good(&["events", "list", "--format", "json"]).contains("\"given_up\": []"));
    assert_eq!(engine.terminate().status, 0);
}
