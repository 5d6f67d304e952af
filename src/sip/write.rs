//! Messages as bytes.

use rsip::Headers;

use super::field::{name_of, value_of};
use super::message::{Message, Request, Response};
use super::scan::is_token_text;
use super::text::restore;

/// The bytes of a message. Content-Length is always computed, whatever the headers say; the body is
/// copied untouched; header bytes that were not UTF-8 come out as they came in. Nothing in a value can
/// start a new line: unescaped control characters become spaces, a header whose name is no token is
/// left out.
pub fn write(message: &Message) -> Vec<u8> {
    match message {
        Message::Request(request) => write_request(request),
        Message::Response(response) => write_response(response),
    }
}

/// The bytes of a request; see [`write`].
pub fn write_request(request: &Request) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + request.body.len());
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b' ');
    push_uri(&mut out, &request.uri.to_string());
    out.extend_from_slice(b" SIP/2.0\r\n");
    finish(out, &request.headers, &request.body)
}

/// The bytes of a response; see [`write`].
pub fn write_response(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + response.body.len());
    out.extend_from_slice(b"SIP/2.0 ");
    out.extend_from_slice(response.status.to_string().as_bytes());
    out.push(b' ');
    push_clean(&mut out, &response.reason);
    out.extend_from_slice(b"\r\n");
    finish(out, &response.headers, &response.body)
}

fn finish(mut out: Vec<u8>, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut sized = false;
    for header in headers.iter() {
        match header {
            rsip::Header::ContentLength(_) if sized => {}
            rsip::Header::ContentLength(_) => {
                push_length(&mut out, body.len());
                sized = true;
            }
            _ => push_header(&mut out, name_of(header), value_of(header)),
        }
    }
    if !sized {
        push_length(&mut out, body.len());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

fn push_header(out: &mut Vec<u8>, name: &str, value: &str) {
    if is_token_text(name) {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        push_clean(out, value);
        out.extend_from_slice(b"\r\n");
    }
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
}

/// A value without anything that could end its line.
fn push_clean(out: &mut Vec<u8>, value: &str) {
    let start = out.len();
    restore(value, out);
    let mut previous = 0;
    for byte in out.iter_mut().skip(start) {
        let escaped = previous == b'\\' && *byte != b'\r' && *byte != b'\n';
        if byte.is_ascii_control() && *byte != b'\t' && !escaped {
            *byte = b' ';
        }
        previous = *byte;
    }
}

/// A URI read or built by its parts has nothing to escape; one with a host put together by hand may.
fn push_uri(out: &mut Vec<u8>, uri: &str) {
    for byte in uri.bytes() {
        if byte.is_ascii_graphic() {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::sip::{Fields as _, Host, Message, Method, Request, Response, Status, Uri, read};

    #[test]
    fn nothing_can_start_a_line_of_its_own() {
        let mut request =
            Request::new(Method::Invite, Uri::sip(Some("a"), Host::Name("h SIP/2.0\r\nX: y".into()), None));
        request
            .push("Via", "SIP/2.0/UDP a")
            .push("From", "<sip:a@h>;tag=1\r\nEvil: 1")
            .push("To", "\"\\\r\nEvil: 2\" <sip:a@h>");
        request.headers.push(rsip::Header::Other("Evil: 3\r\nX".into(), "1".into()));
        let bytes = request.to_bytes();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.lines().all(|line| !line.starts_with("Evil") && !line.starts_with("X")), "{text}");
    }

    #[test]
    fn length_is_computed_and_phrases_are_words() {
        let mut response = Response::new(Status::BUSY_HERE);
        response.push("Content-Length", "999").push("l", "4").set_body("x/y", b"\xff\0\r\n".to_vec());
        let bytes = response.to_bytes();
        assert!(
            bytes.starts_with(
                b"SIP/2.0 486 Busy Here\r\nContent-Length: 4\r\nContent-Type: x/y\r\n\r\n\xff\0"
            )
        );
        assert!(bytes.ends_with(b"\xff\0\r\n"));
    }

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        let bytes = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: \"\x91\x8b\x8c\xfb\" <sip:a@h>;tag=1\r\n\
            To: <sip:h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        let message = read(bytes).unwrap();
        assert_eq!(write(&message), bytes);
        let Message::Request(request) = message else { panic!("a request") };
        let mut reply = Response::reply_to(&request, Status::OK);
        reply.set("From", request.from().unwrap());
        assert!(reply.to_bytes().windows(8).any(|window| window == b"\"\x91\x8b\x8c\xfb\" <"));
    }
}
