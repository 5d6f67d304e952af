//! What is read, what is refused and what is dropped; the RFCs' torture cases are in `tests/wire`.

use super::read;
use crate::sip::{
    Fields as _, MAX_HEADERS, MAX_LINE, MAX_MESSAGE, Message, Request, Status, WireError, write,
};

const REST: &str =
    "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:h>\r\nCall-ID: 1\r\n";

fn options(extra: &str) -> Vec<u8> {
    format!("OPTIONS sip:h SIP/2.0\r\n{REST}CSeq: 1 OPTIONS\r\n{extra}\r\n").into_bytes()
}

fn request(bytes: &[u8]) -> Request {
    match read(bytes).unwrap_or_else(|error| panic!("{error}")) {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

fn refused(bytes: &[u8]) -> (WireError, u16) {
    let error = read(bytes).unwrap_err();
    let status = error.reply.as_ref().map_or(0, |reply| reply.status.code());
    (error, status)
}

#[test]
fn everyday_traffic_is_read() {
    let bytes = "\r\nINVITE sip:alice.smith@[2001:db8::1]:5070;transport=ws SIP/2.0\n\
        v: SIP / 2.0 / WSS h: 4000 ;ttl=16, SIP/2.0/UDP b\r\nf: \"Smith, <Al>\" <sip:a@h>;tag=1\r\nt : <tel:+81312345678>\r\n\
        i: x\r\nCSeq: 1\r\n INVITE\r\nm: <sip:a@h>;+sip.instance=\"<urn:x>\", sip:b@h\r\nc: application/sdp\r\nl: 3\r\n\r\nv=0trailing";
    let invite = request(bytes.as_bytes());
    assert_eq!(invite.vias().unwrap().len(), 2);
    assert_eq!(invite.via_top().unwrap().port, Some(4000));
    assert_eq!(invite.contacts().unwrap()[0].params.get("+sip.instance"), Some("<urn:x>"));
    assert_eq!(invite.contacts().unwrap().len(), 2);
    assert_eq!((invite.content_type(), invite.body.as_slice()), (Some("application/sdp"), &b"v=0"[..]));
    assert_eq!(invite.to().unwrap().uri.user().as_deref(), Some("+81312345678"));
}

#[test]
fn a_refusal_carries_what_the_sender_needs() {
    let (error, status) = refused(&options("Max-Forwards: seventy\r\n"));
    assert_eq!((status, error.what.as_ref()), (400, "Max-Forwards: not a number"));
    let reply = error.response_to("192.0.2.1:5070".parse().unwrap()).unwrap();
    let Message::Response(reply) = read(&reply).unwrap() else { panic!("a response") };
    assert_eq!((reply.status, reply.reason.as_str()), (Status::BAD_REQUEST, "Bad Request"));
    assert_eq!(reply.via_top().unwrap().received(), Some([192, 0, 2, 1].into()));
    assert_eq!((reply.call_id().unwrap(), reply.cseq().unwrap().number), ("1", 1));
    assert!(reply.to().unwrap().tag().is_some());
    assert_eq!(error.response(), refused(&options("Max-Forwards: seventy\r\n")).0.response());
}

#[test]
fn offsets_point_into_the_message() {
    let bytes = options("Contact: <sip:x@h>, <sip:y@h:port>\r\n");
    let (error, _) = refused(&bytes);
    assert_eq!(&bytes[error.offset..error.offset + 4], b"port", "{error}");
}

#[test]
fn ack_responses_and_garbage_are_dropped_in_silence() {
    let ack = format!("ACK sip:h SIP/2.0\r\n{REST}CSeq: 1 INVITE\r\n\r\n");
    let response = format!("SIP/2.0 200 OK\r\n{REST}CSeq: x\r\n\r\n");
    let no_via = "OPTIONS sip:h SIP/2.0\r\nFrom: <sip:a@h>;tag=1\r\n\r\n";
    for bytes in [
        ack.as_bytes(),
        response.as_bytes(),
        no_via.as_bytes(),
        b"",
        b"\r\n\r\n",
        b"\0\0",
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(refused(bytes).1, 0, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn start_lines_are_strict() {
    for (line, status) in [
        ("OPTIONS sip:h SIP/3.0", 505),
        ("OPTIONS sip:h SIP/2.0 ", 400),
        ("OPTIONS  sip:h SIP/2.0", 400),
        ("OPTIONS sip:h\tSIP/2.0", 0),
        ("OPTIONS sip:h SIP/x", 400),
        ("OPTIONS <sip:h> SIP/2.0", 400),
        ("OPTIONS sip:h?a=b SIP/2.0", 400),
        ("OPTIONS sip:h HTTP/1.1", 0),
        ("OPT(IONS sip:h SIP/2.0", 0),
        ("OPTIONS sip:h SIP/2.0\r\n folded", 0),
        ("SIP/2.0 99 x", 0),
        ("SIP/2.0 700 x", 0),
        ("SIP/2.0 20", 0),
        ("SIP/2.0 2000 x", 0),
        ("SIP/2.0 +20 x", 0),
        ("SIP/7.0 200 OK", 0),
    ] {
        let bytes = format!("{line}\r\n{REST}CSeq: 1 OPTIONS\r\n\r\n");
        assert_eq!(refused(bytes.as_bytes()).1, status, "{line}");
    }
}

#[test]
fn limits_hold() {
    let many = "X: y\r\n".repeat(MAX_HEADERS);
    assert_eq!(refused(&options(&many)).0.what, "too many headers");
    let commas = format!("Contact: {}<sip:z@h>\r\n", "<sip:a@h>,".repeat(MAX_HEADERS));
    assert_eq!(refused(&options(&commas)).0.what, "too many headers");
    let long = format!("X: {}\r\n", "y".repeat(MAX_LINE));
    assert_eq!(refused(&options(&long)).0.what, "a header line is too long");
    let (_, status) = refused(&options(&format!("\r\n{}", "y".repeat(MAX_MESSAGE))));
    assert_eq!(status, 513);
}

#[test]
fn headers_that_must_stand_once_do() {
    for twice in [
        "From: <sip:b@h>\r\n",
        "t: <sip:b@h>\r\n",
        "i: 1\r\n",
        "CSeq: 1 OPTIONS\r\n",
        "c: a/b\r\nContent-Type: a/b\r\n",
    ] {
        assert_eq!(refused(&options(twice)).1, 400, "{twice}");
    }
}

#[test]
fn names_cannot_be_smuggled() {
    for bad in
        ["X\0: y\r\n", "X y: z\r\n", "Content-Length\x0b: 0\r\n", ": y\r\n", "X: a\rVia: b\r\n", "(X): y\r\n"]
    {
        assert_eq!(refused(&options(bad)).1, 400, "{bad:?}");
    }
}

/// White space before the colon is legal (RFC 3261 7.3.1): the name must then be the same as without it.
#[test]
fn a_name_is_the_same_with_white_space_before_its_colon_and_with_folds() {
    for spelt in
        ["X-Evil: 1\r\n", "X-Evil : 1\r\n", "x-evil\t \t: 1\r\n", "X-EVIL:\r\n 1\r\n", "X-Evil :\r\n\t1\r\n"]
    {
        let mut message = request(&options(spelt));
        assert_eq!(message.header("X-Evil"), Some("1"), "{spelt:?}");
        message.remove("X-Evil");
        assert!(
            !String::from_utf8(write(&Message::Request(message))).unwrap().to_lowercase().contains("evil"),
            "{spelt:?}"
        );
    }
    let folded = request(&options("X: a\r\n From: <sip:evil@x>;tag=2\r\n"));
    assert_eq!(folded.headers_named("From").count(), 1, "what is folded is a value, no field");
}

#[test]
fn a_length_that_lies_is_refused_on_a_datagram() {
    for lie in [
        "Content-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "l: 0\r\nContent-Length: 0\r\n",
        "Content-Length: 0\r\nContent-Length: 5\r\n",
        "Content-Length: 0x0\r\n",
    ] {
        assert_eq!(refused(&options(lie)).1, 400, "{lie:?}");
    }
    let with_more = [options("Content-Length: 0\r\n"), b"INVITE sip:evil SIP/2.0\r\n".to_vec()].concat();
    assert!(request(&with_more).body.is_empty(), "what comes after a datagram's message is nothing");
}

#[test]
fn responses_are_read_with_any_phrase() {
    let read_response =
        |line: &str| match read(format!("{line}\r\n{REST}CSeq: 1 OPTIONS\r\n\r\n").as_bytes()).unwrap() {
            Message::Response(response) => response,
            Message::Request(request) => panic!("{request:?}"),
        };
    assert_eq!(read_response("SIP/2.0 183 \u{7a93}\u{53e3}").reason, "\u{7a93}\u{53e3}");
    assert_eq!(read_response("SIP/2.0 100 ").reason, "");
    assert_eq!(read_response("sip/2.0 100").status, Status::TRYING);
}

#[test]
fn reading_what_was_written_changes_only_a_missing_length() {
    let mut first = request(&options("X:  a\t b \r\nWarning: 1 h \"a, b\", 2 h \"c\"\r\n"));
    let again = request(&write(&Message::Request(first.clone())));
    first.push("Content-Length", 0);
    assert_eq!(first, again);
    assert_eq!(first.headers_named("warning").count(), 2);
}
