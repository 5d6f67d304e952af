//! Any bytes as a SIP message, as a stream, and as every typed view.

use madoguchi::sip::{self, Fields as _, Frame, Framer, Message};
use std::net::SocketAddr;

const FROM: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 5060);

/// No panic, a refusal that can be sent, and a message that survives writing.
pub fn run(input: &[u8]) -> bool {
    frame(input);
    text(input);
    match sip::read(input) {
        Ok(message) => {
            hold(message);
            true
        }
        Err(error) => {
            if let Some(reply) = error.response_to(FROM) {
                assert!(reply.starts_with(b"SIP/2.0 "));
            }
            false
        }
    }
}

fn hold(message: Message) {
    let written = sip::write(&message);
    let again = sip::read(&written).expect("what was written reads");
    assert_eq!(with_length(message), again);
    assert_eq!(sip::write(&again), written);
    again.vias().expect("Via was checked");
    again.from().expect("From was checked");
    again.to().expect("To was checked");
    assert!(again.cseq().expect("CSeq was checked").number < 1 << 31);
    let _ = (again.contacts(), again.routes(), again.record_routes(), again.max_forwards(), again.expires());
    for (_, value) in sip::pairs(again.headers()) {
        views(value);
    }
    if let Message::Request(mut request) = again {
        request.stamp_source(FROM);
        let mut reply = sip::Response::reply_to(&request, sip::Status::OK);
        reply.set_to_tag("t").expect("To was checked");
        sip::read(&reply.to_bytes()).expect("a reply reads");
    }
}

/// The message with the Content-Length that writing gives it.
fn with_length(mut message: Message) -> Message {
    let length = message.body().len();
    match &mut message {
        Message::Request(request) => drop(request.set("Content-Length", length)),
        Message::Response(response) => drop(response.set("Content-Length", length)),
    }
    message
}

fn frame(input: &[u8]) {
    let mut framer = Framer::new();
    for chunk in input.chunks(61) {
        framer.push(chunk);
        while let Some(Ok(frame)) = framer.next() {
            if let Frame::Message(bytes) = frame {
                assert!(!bytes.is_empty() && bytes.len() <= sip::MAX_MESSAGE);
            }
        }
    }
}

fn text(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        views(text);
    }
}

/// Every view that parses means the same after writing.
fn views(text: &str) {
    macro_rules! round {
        ($($view:ty)+) => {$(
            if let Ok(view) = <$view>::parse(text) {
                assert_eq!(<$view>::parse(&view.to_string()).as_ref(), Ok(&view));
            }
        )+};
    }
    round! { sip::Uri sip::NameAddr sip::Via sip::CSeq sip::Challenge sip::Credentials sip::Host }
}
