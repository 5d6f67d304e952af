//! rsip as an oracle: on plain messages, the kind it reads well, both readers agree.

use madoguchi::sip::{self, Message};
use rsip::headers::{ToTypedHeader as _, UntypedHeader as _};
use rsip::message::HeadersExt;

const METHODS: [&str; 9] =
    ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "REFER"];
const URIS: [&str; 5] = [
    "sip:desk@madoguchi.example",
    "sip:madoguchi.example",
    "sip:desk@192.0.2.7:5070",
    "sips:desk@h.example",
    "sip:+81312345678@h.example;user=phone",
];
const BODIES: [&str; 2] = ["", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"];

fn plain(start: &str, method: &str, uri: &str, body: &str) -> String {
    format!(
        "{start}\r\nVia: SIP/2.0/UDP 192.0.2.9:5061;branch=z9hG4bKplain1\r\nMax-Forwards: 70\r\nFrom: Kenji <{uri}>;tag=f1\r\n\
         To: <{uri}>;tag=t1\r\nCall-ID: plain1@192.0.2.9\r\nCSeq: 7 {method}\r\nContact: <sip:kenji@192.0.2.9:5061>\r\n\
         Route: <sip:edge.example;lr>\r\nUser-Agent: desk phone 1.0\r\nX-Own: some value\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn both_read_the_same_requests() {
    for method in METHODS {
        for uri in URIS {
            for body in BODIES {
                let text = plain(&format!("{method} {uri} SIP/2.0"), method, uri, body);
                let Message::Request(ours) = sip::read(text.as_bytes()).unwrap() else { panic!("a request") };
                let rsip::SipMessage::Request(theirs) = oracle(&text) else { panic!("a request") };
                assert_eq!(ours.method.to_rsip(), Some(theirs.method));
                assert_eq!(
                    (ours.body.clone(), ours.headers.clone()),
                    (theirs.body.clone(), theirs.headers.clone())
                );
                agree(&ours, &theirs);
                assert_eq!(
                    oracle(std::str::from_utf8(&ours.to_bytes()).unwrap()),
                    rsip::SipMessage::Request(theirs)
                );
            }
        }
    }
}

#[test]
fn both_read_the_same_responses() {
    for (code, phrase) in [
        (100, "Trying"),
        (180, "Ringing"),
        (200, "OK"),
        (302, "Moved Temporarily"),
        (486, "Busy Here"),
        (603, "Decline"),
    ] {
        let text = plain(&format!("SIP/2.0 {code} {phrase}"), "INVITE", URIS[0], BODIES[1]);
        let Message::Response(ours) = sip::read(text.as_bytes()).unwrap() else { panic!("a response") };
        let rsip::SipMessage::Response(theirs) = oracle(&text) else { panic!("a response") };
        assert_eq!(ours.status.to_rsip(), theirs.status_code);
        assert_eq!(ours.reason, phrase);
        assert_eq!((&ours.body, &ours.headers), (&theirs.body, &theirs.headers));
        agree(&ours, &theirs);
    }
}

#[expect(clippy::disallowed_types, reason = "rsip's reader is the oracle here")]
fn oracle(text: &str) -> rsip::SipMessage {
    rsip::SipMessage::try_from(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[expect(clippy::disallowed_methods, reason = "rsip's typed headers are the oracle here")]
fn agree(ours: &impl sip::Fields, theirs: &impl HeadersExt) {
    let via = ours.via_top().unwrap();
    let theirs_via = theirs.via_header().unwrap().typed().unwrap();
    assert_eq!(Some(via.branch()), theirs_via.branch().map(|branch| branch.value()));
    assert_eq!(
        ours.from().unwrap().tag(),
        theirs.from_header().unwrap().tag().unwrap().as_ref().map(|tag| tag.value())
    );
    assert_eq!(
        ours.to().unwrap().tag(),
        theirs.to_header().unwrap().tag().unwrap().as_ref().map(|tag| tag.value())
    );
    assert_eq!(ours.call_id(), Ok(theirs.call_id_header().unwrap().value()));
    let cseq = ours.cseq().unwrap();
    assert_eq!(cseq.number, theirs.cseq_header().unwrap().seq().unwrap());
    assert_eq!(cseq.method.to_rsip(), Some(theirs.cseq_header().unwrap().method().unwrap()));
}
