//! The wire held against the torture tests of RFC 4475 and RFC 5118, against mutations of them, and
//! against rsip on plain messages.
//!
//! Each case is a message of our own with the property, and the file name, of the RFC's.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lints' leave for tests stops at functions without #[test]"
)]

mod fuzz;
mod oracle;
mod prompts;
mod rfc4475;
mod rfc5118;
mod speed;

use std::path::PathBuf;

use madoguchi::sip::{self, Fields as _, Message};

/// What the wire must say of a message.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    /// Read, with these facts: (what, value).
    Understood(&'static [(&'static str, &'static str)]),
    /// A request answered with this status.
    Refused(u16),
    /// No answer at all.
    Dropped,
}

struct Case {
    name: &'static str,
    verdict: Verdict,
    /// Who decides what happens next, or why the wire decides as it does.
    note: &'static str,
}

const fn case(name: &'static str, verdict: Verdict, note: &'static str) -> Case {
    Case { name, verdict, note }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(name)
}

fn bytes(rfc: &str, name: &str) -> Vec<u8> {
    let path = folder(rfc).join(format!("{name}.sip"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(rfc: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder(rfc))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn hold(rfc: &str, cases: &[Case]) {
    let mut named: Vec<_> = cases.iter().map(|case| case.name.to_owned()).collect();
    named.sort();
    assert_eq!(named, files(rfc), "a file without a case, or a case without a file");
    let wrong: Vec<_> = cases.iter().filter_map(|case| complaint(rfc, case)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn complaint(rfc: &str, case: &Case) -> Option<String> {
    let bytes = bytes(rfc, case.name);
    let found = sip::read(&bytes);
    let wrong = match (case.verdict, &found) {
        (Verdict::Understood(facts), Ok(message)) => {
            assert_unchanged(message, case.name);
            facts.iter().find_map(|(what, expected)| {
                let value = fact(message, what);
                (value != *expected).then(|| format!("{what} is {value:?}, not {expected:?}"))
            })
        }
        (Verdict::Refused(status), Err(error)) => refusal(error, status),
        (Verdict::Dropped, Err(error)) if error.reply.is_none() => None,
        (verdict, found) => Some(format!("{verdict:?} expected, found {found:?}")),
    };
    wrong.map(|wrong| format!("{}: {wrong} ({})", case.name, case.note))
}

/// A refusal carries the status, at least one Via, and is one whole message to a framer.
fn refusal(error: &sip::WireError, status: u16) -> Option<String> {
    let Some(reply) = &error.reply else { return Some(format!("{status} expected, found silence: {error}")) };
    let sent = error.response().unwrap();
    let mut framer = sip::Framer::new();
    framer.push(&sent);
    let whole = framer.next() == Some(Ok(sip::Frame::Message(sent.clone())));
    let right = reply.status.code() == status && sent.starts_with(format!("SIP/2.0 {status} ").as_bytes());
    let routed = reply.response.header("Via").is_some();
    (!whole || !right || !routed).then(|| format!("{status} expected, found {}", sent.escape_ascii()))
}

/// Writing and reading again changes nothing but a Content-Length that was missing.
fn assert_unchanged(message: &Message, name: &str) {
    let again = sip::read(&sip::write(message)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(with_length(message.clone()), again, "{name}");
}

fn with_length(mut message: Message) -> Message {
    let length = message.body().len();
    match &mut message {
        Message::Request(request) => {
            request.set("Content-Length", length);
        }
        Message::Response(response) => {
            response.set("Content-Length", length);
        }
    }
    message
}

fn fact(message: &Message, what: &str) -> String {
    let joined = |list: Vec<String>| list.join(" | ");
    let text = |list: Vec<sip::NameAddr>| joined(list.iter().map(ToString::to_string).collect());
    let uri = || &message.as_request().expect("a request").uri;
    match what {
        "method" => message.as_request().expect("a request").method.to_string(),
        "uri" => uri().to_string(),
        "user" => uri().user().unwrap_or_default().into_owned(),
        "port" => format!("{:?}", uri().port()),
        "status" => message.as_response().expect("a response").status.to_string(),
        "reason" => message.as_response().expect("a response").reason.clone(),
        "vias" => joined(message.vias().unwrap().iter().map(ToString::to_string).collect()),
        "via count" => message.vias().unwrap().len().to_string(),
        "received" => format!("{:?}", message.via_top().unwrap().received()),
        "branch is own" => message.via_top().unwrap().has_rfc3261_branch().to_string(),
        "from" => message.from().unwrap().to_string(),
        "from display" => message.from().unwrap().display.unwrap_or_default(),
        "to" => message.to().unwrap().to_string(),
        "to display" => message.to().unwrap().display.unwrap_or_default(),
        "to tag" => message.to().unwrap().tag().unwrap_or_default().to_owned(),
        "cseq" => message.cseq().unwrap().to_string(),
        "contacts" => text(message.contacts().unwrap()),
        "contact lr" => format!("{:?}", message.contacts().unwrap()[0].uri.param("lr")),
        "contact user" => message.contacts().unwrap()[0].uri.user().unwrap_or_default().into_owned(),
        "routes" => text(message.routes().unwrap()),
        "record routes" => text(message.record_routes().unwrap()),
        "require" => message.require().join(" | "),
        "max forwards" => format!("{:?}", message.max_forwards()),
        "body bytes" => message.body().len().to_string(),
        "has every byte" => {
            message.body().windows(256).any(|window| window.iter().copied().eq(0..=255)).to_string()
        }
        "sdp address" => {
            let body = String::from_utf8_lossy(message.body()).into_owned();
            joined(body.lines().filter_map(|line| line.strip_prefix("c=")).map(str::to_owned).collect())
        }
        header => joined(message.headers_named(header).map(str::to_owned).collect()),
    }
}
