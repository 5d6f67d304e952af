//! Any bytes: no panic, a refusal that can be sent, and a message that survives writing.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, unused_imports, reason = "the whole codec is compiled, not all of it is called")]
#[path = "../../../src/sip/mod.rs"]
mod sip;

use sip::{Fields as _, Framer, Message};

fuzz_target!(|input: &[u8]| {
    frame(input);
    text(input);
    match sip::read(input) {
        Ok(message) => hold(message),
        Err(error) => drop(error.response_to("192.0.2.1:5060".parse().expect("an address"))),
    }
});

fn hold(message: Message) {
    let written = sip::write(&message);
    let again = sip::read(&written).expect("what was written reads");
    assert_eq!(with_length(message), again);
    assert_eq!(sip::write(&again), written);
    again.vias().expect("Via was checked");
    again.from().expect("From was checked");
    again.to().expect("To was checked");
    again.cseq().expect("CSeq was checked");
    let _ = (again.contacts(), again.routes(), again.record_routes(), again.max_forwards(), again.expires());
    if let Message::Request(mut request) = again {
        request.stamp_source("192.0.2.1:5060".parse().expect("an address"));
        let mut reply = sip::Response::reply_to(&request, sip::Status::OK);
        reply.set_to_tag("t").expect("To was checked");
        sip::read(&reply.to_bytes()).expect("a reply reads");
    }
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

fn frame(input: &[u8]) {
    let mut framer = Framer::new();
    for chunk in input.chunks(61) {
        framer.push(chunk);
        while let Some(Ok(_)) = framer.next() {}
    }
}

/// Every view that parses means the same after writing.
fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    macro_rules! round {
        ($($view:ty)+) => {$(
            if let Ok(view) = <$view>::parse(text) {
                assert_eq!(<$view>::parse(&view.to_string()).as_ref(), Ok(&view));
            }
        )+};
    }
    round! { sip::Uri sip::NameAddr sip::Via sip::CSeq sip::Challenge sip::Credentials sip::Host }
}
