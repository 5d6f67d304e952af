//! `madoguchi dissect`: one SIP message per file, shown as the engine reads it.

use std::path::Path;

use serde::Serialize;

use crate::sip::{self, Fields, Message, NameAddr, WireError};

/// What the engine makes of one file; the names are a promise to scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dissection {
    /// The file as it was named.
    pub file: String,
    /// Whether the engine would go on with the message.
    pub ok: bool,
    /// Why not.
    pub error: Option<Flaw>,
    /// `request` or `response`.
    pub kind: Option<&'static str>,
    /// The method of a request.
    pub method: Option<String>,
    /// The Request-URI.
    pub uri: Option<String>,
    /// The status of a response.
    pub status: Option<u16>,
    /// The phrase of a response.
    pub reason: Option<String>,
    /// Every Via, topmost first.
    pub via: Vec<String>,
    /// Who asks.
    pub from: Option<Address>,
    /// Who is asked.
    pub to: Option<Address>,
    /// The Call-ID.
    pub call_id: Option<String>,
    /// The sequence number.
    pub cseq: Option<Sequence>,
    /// Every Contact with its parameters.
    pub contacts: Vec<String>,
    /// Every Route, topmost first.
    pub routes: Vec<String>,
    /// Every Record-Route, topmost first.
    pub record_routes: Vec<String>,
    /// What Content-Length says; null where the header is absent.
    pub content_length: Option<u64>,
    /// How long the body is, once what lies behind Content-Length is cut off.
    pub body_bytes: Option<usize>,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// One line.
    pub what: String,
    /// Where, in bytes from the start of the file.
    pub at: usize,
    /// The status the sender is answered with; null where the message is dropped.
    pub reply: Option<u16>,
}

/// From or To.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The display name without quotes.
    pub display: Option<String>,
    /// The URI.
    pub uri: String,
    /// The tag.
    pub tag: Option<String>,
}

/// CSeq.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sequence {
    /// The number.
    pub number: u32,
    /// The method.
    pub method: String,
}

/// One object on one line.
pub fn line(found: &Dissection) -> String {
    serde_json::to_string(found).expect("mirrors have string keys only")
}

/// What the engine reads in a file, as it would come in one datagram.
pub fn dissect_file(file: &Path) -> Dissection {
    let name = file.display().to_string();
    match std::fs::read(file) {
        Ok(bytes) => dissect(name, &bytes),
        Err(error) => {
            let flaw = Flaw { what: format!("cannot be read: {error}"), at: 0, reply: None };
            Dissection { file: name, error: Some(flaw), ..Dissection::default() }
        }
    }
}

/// What the engine reads in `bytes`, as they would come in one datagram.
pub fn dissect(file: String, bytes: &[u8]) -> Dissection {
    match sip::read(bytes) {
        Ok(message) => Dissection { file, ok: true, ..shown(&message) },
        Err(error) => Dissection { file, error: Some(flaw(&error)), ..Dissection::default() },
    }
}

fn flaw(error: &WireError) -> Flaw {
    let reply = error.reply.as_ref().map(|reply| reply.status.code());
    Flaw { what: error.what.to_string(), at: error.offset, reply }
}

fn shown(message: &Message) -> Dissection {
    let common = Dissection {
        via: values(message, "Via"),
        from: message.from().ok().map(address),
        to: message.to().ok().map(address),
        call_id: message.call_id().ok().map(str::to_owned),
        cseq: message
            .cseq()
            .ok()
            .map(|cseq| Sequence { number: cseq.number, method: cseq.method.to_string() }),
        contacts: values(message, "Contact"),
        routes: values(message, "Route"),
        record_routes: values(message, "Record-Route"),
        content_length: message.header("Content-Length").and_then(|text| text.parse().ok()),
        body_bytes: Some(message.body().len()),
        ..Dissection::default()
    };
    match message {
        Message::Request(request) => Dissection {
            kind: Some("request"),
            method: Some(request.method.to_string()),
            uri: Some(request.uri.to_string()),
            ..common
        },
        Message::Response(response) => Dissection {
            kind: Some("response"),
            status: Some(response.status.code()),
            reason: Some(response.reason.clone()),
            ..common
        },
    }
}

fn values(message: &Message, name: &str) -> Vec<String> {
    message.headers_named(name).map(str::to_owned).collect()
}

fn address(address: NameAddr) -> Address {
    let tag = address.tag().map(str::to_owned);
    Address { display: address.display, uri: address.uri.to_string(), tag }
}

#[cfg(test)]
mod tests {
    use super::{dissect, line};

    const HEAD: &str = "Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b\r\nf: \"K\" <sip:k@h>;tag=1\r\nt: sip:desk@h\r\ni: x\r\n";

    #[test]
    fn a_request_is_shown_whole() {
        let text = format!(
            "INVITE sip:desk@h SIP/2.0\r\n{HEAD}CSeq: 5 INVITE\r\nm: <sip:k@a>;q=1\r\nl: 3\r\n\r\nabcdef"
        );
        let expected = r#"{"file":"f.sip","ok":true,"error":null,"kind":"request","method":"INVITE","uri":"sip:desk@h","status":null,"reason":null,"via":["SIP/2.0/UDP a;branch=z9hG4bK1","SIP/2.0/TCP b"],"from":{"display":"K","uri":"sip:k@h","tag":"1"},"to":{"display":null,"uri":"sip:desk@h","tag":null},"call_id":"x","cseq":{"number":5,"method":"INVITE"},"contacts":["<sip:k@a>;q=1"],"routes":[],"record_routes":[],"content_length":3,"body_bytes":3}"#;
        assert_eq!(line(&dissect("f.sip".into(), text.as_bytes())), expected);
    }

    #[test]
    fn a_response_has_status_and_reason() {
        let text = format!("SIP/2.0 486 Gone fishing\r\n{HEAD}CSeq: 5 INVITE\r\n\r\n");
        let found = dissect("f".into(), text.as_bytes());
        assert_eq!(
            (found.kind, found.status, found.reason.as_deref()),
            (Some("response"), Some(486), Some("Gone fishing"))
        );
        assert_eq!((found.content_length, found.body_bytes, found.uri), (None, Some(0), None));
    }

    #[test]
    fn an_error_says_what_where_and_the_reply() {
        let text = format!("INVITE sip:desk@h SIP/4.0\r\n{HEAD}CSeq: 5 INVITE\r\n\r\n");
        let error = dissect("f".into(), text.as_bytes()).error.unwrap();
        assert_eq!((error.at, error.reply), (18, Some(505)));
        assert_eq!(dissect("f".into(), b"noise").error.unwrap().reply, None);
    }
}
