//! Bytes as a message: everything the protocol layers above rely on is checked here, once.

use std::borrow::Cow;

use rsip::{Header, Headers};

use super::cseq::CSeq;
use super::error::WireError;
use super::field::{build, is_split, name_of, value_of};
use super::head::{Line, Lines, MAX_HEADERS, MAX_MESSAGE, Step, digits};
use super::message::{Message, Request, Response};
use super::method::Method;
use super::name_addr::NameAddr;
use super::refusal::Flaw;
use super::scan::{is_lws, split_list};
use super::status::Status;
use super::text::carry;
use super::uri::Uri;
use super::via::Via;

/// Reads the message of one datagram, or one that a [`Framer`](super::frame::Framer) cut out of a
/// stream. Bytes behind Content-Length are discarded (RFC 3261 18.3).
///
/// A message that is returned has at least one Via, exactly one From, To, Call-ID and CSeq, a CSeq
/// whose method is the request's, and addresses that parse (in a response: Via, From and To only).
///
/// # Errors
/// The first flaw found. Its `reply` is set when a request deserves an answer: 400 in general, 505 for
/// another SIP version, 513 for a message that is too large.
pub fn read(bytes: &[u8]) -> Result<Message, WireError> {
    parse(bytes).map_err(|flaw| flaw.refuse(bytes))
}

fn parse(bytes: &[u8]) -> Result<Message, Flaw> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Flaw::new(Status::MESSAGE_TOO_LARGE, MAX_MESSAGE, "the message is too large"));
    }
    let mut lines = Lines::new(bytes);
    let start = match lines.step() {
        Step::Line(line) => start_line(line)?,
        Step::End(at) | Step::Cut(at) => return Err(WireError::at(at, "no start line").into()),
    };
    let mut checks = Checks::new(&start);
    let (headers, body_at) = read_headers(&mut lines, &mut checks)?;
    checks.finish(body_at)?;
    let body = read_body(bytes, body_at, checks.seen.content_length)?.to_vec();
    Ok(match start {
        Start::Request(method, uri) => Message::Request(Request { method, uri, headers, body }),
        Start::Response(status, reason) => Message::Response(Response { status, reason, headers, body }),
    })
}

enum Start {
    Request(Method, Uri),
    Response(Status, String),
}

fn start_line(line: Line<'_>) -> Result<Start, Flaw> {
    let at = line.offset;
    if line.is_folded() {
        return Err(WireError::at(at, "a start line cannot be folded").into());
    }
    if line.bytes.iter().any(|byte| byte.is_ascii_control()) {
        return Err(WireError::at(at, "a control character in the start line").into());
    }
    let is_response = line.bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"));
    if is_response { status_line(line.bytes, at) } else { request_line(line.bytes, at) }
}

fn request_line(line: &[u8], at: usize) -> Result<Start, Flaw> {
    let line = std::str::from_utf8(line)
        .map_err(|error| WireError::at(at + error.valid_up_to(), "a request line must be ASCII"))?;
    let mut words = line.split(' ');
    let (Some(method), Some(uri), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(
            WireError::at(at, "a request line is a method, a URI and a version, one space between").into()
        );
    };
    let uri_at = at + method.len() + 1;
    let method = Method::parse(method).map_err(|error| error.shifted(at))?;
    check_version(version, uri_at + uri.len() + 1)?;
    let uri = Uri::parse(uri).map_err(|error| error.shifted(uri_at).inside("Request-URI"))?;
    if uri.as_sip().is_some_and(|uri| !uri.headers().is_empty()) {
        return Err(WireError::at(uri_at, "a Request-URI cannot hold headers").into());
    }
    Ok(Start::Request(method, uri))
}

fn check_version(version: &str, at: usize) -> Result<(), Flaw> {
    let number = version.get(..4).filter(|start| start.eq_ignore_ascii_case("SIP/")).and(version.get(4..));
    match number {
        Some("2.0") => Ok(()),
        Some(number) if is_version_number(number) => {
            Err(Flaw::new(Status::VERSION_NOT_SUPPORTED, at, "only SIP/2.0 is spoken here"))
        }
        _ => Err(WireError::at(at, "not a SIP version").into()),
    }
}

fn is_version_number(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

/// The reason phrase may be empty, and its space missing.
fn status_line(line: &[u8], at: usize) -> Result<Start, Flaw> {
    let bad = |offset: usize, what: &'static str| Flaw::from(WireError::at(at + offset, what));
    let rest = line
        .get(4..)
        .and_then(|rest| rest.strip_prefix(b"2.0 "))
        .ok_or_else(|| bad(0, "not a SIP/2.0 status line"))?;
    let (code, reason) = rest.split_at_checked(3).ok_or_else(|| bad(8, "a status has three digits"))?;
    let reason = match reason {
        [] => reason,
        [b' ', reason @ ..] => reason,
        _ => return Err(bad(8, "a status has three digits")),
    };
    let code = digits(code).and_then(|code| u16::try_from(code).ok());
    let status = code.and_then(Status::new).ok_or_else(|| bad(8, "a status is a number from 100 to 699"))?;
    Ok(Start::Response(status, carry(reason.trim_ascii())))
}

fn read_headers(lines: &mut Lines<'_>, checks: &mut Checks<'_>) -> Result<(Headers, usize), Flaw> {
    let mut headers = Vec::with_capacity(24);
    loop {
        match lines.step() {
            Step::Line(line) => {
                let (name, value, at) = line.split()?;
                push_values(&mut headers, build(name, text_of(value)), at, checks)?;
            }
            Step::End(body_at) => return Ok((headers.into(), body_at)),
            Step::Cut(at) => {
                return Err(WireError::at(at, "the empty line behind the headers is missing").into());
            }
        }
        if headers.len() > MAX_HEADERS {
            return Err(WireError::at(0, "too many headers").into());
        }
    }
}

fn text_of(value: Cow<'_, [u8]>) -> String {
    carry(&value)
}

/// One header, or one for each element of a list that is kept apart.
fn push_values(
    headers: &mut Vec<Header>,
    header: Header,
    at: usize,
    checks: &mut Checks<'_>,
) -> Result<(), Flaw> {
    let value = value_of(&header);
    if !is_split(&header) || (!value.contains(',') && !value.is_empty()) {
        checks.see(&header, at)?;
        headers.push(header);
        return Ok(());
    }
    for (offset, element) in split_list(value) {
        if !element.is_empty() {
            let part = build(name_of(&header), element.to_owned());
            checks.see(&part, at + offset)?;
            headers.push(part);
        } else if matches!(
            header,
            Header::Via(_) | Header::Contact(_) | Header::Route(_) | Header::RecordRoute(_)
        ) {
            return Err(WireError::at(at + offset, format!("{}: an empty element", name_of(&header))).into());
        }
    }
    Ok(())
}

/// What must hold over all headers of a message.
struct Checks<'a> {
    method: Option<&'a Method>,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    via: bool,
    from: bool,
    to: bool,
    call_id: bool,
    cseq: bool,
    max_forwards: bool,
    content_type: bool,
    content_length: Option<usize>,
}

impl<'a> Checks<'a> {
    fn new(start: &'a Start) -> Self {
        let method = match start {
            Start::Request(method, _) => Some(method),
            Start::Response(..) => None,
        };
        Self { method, seen: Seen::default() }
    }

    fn see(&mut self, header: &Header, at: usize) -> Result<(), WireError> {
        let value = value_of(header);
        let name = name_of(header);
        let checked = match header {
            Header::Via(_) => {
                self.seen.via = true;
                Via::parse(value).map(drop)
            }
            Header::From(_) => once(&mut self.seen.from).and_then(|()| address(value)),
            Header::To(_) => once(&mut self.seen.to).and_then(|()| address(value)),
            Header::CallId(_) => once(&mut self.seen.call_id).and_then(|()| call_id(value)),
            Header::CSeq(_) => once(&mut self.seen.cseq).and_then(|()| self.cseq(value)),
            Header::MaxForwards(_) => once(&mut self.seen.max_forwards).and_then(|()| number(value)),
            Header::ContentType(_) => once(&mut self.seen.content_type),
            Header::ContentLength(_) => self.content_length(value),
            Header::Contact(_) if value == "*" => Ok(()),
            Header::Contact(_) | Header::Route(_) | Header::RecordRoute(_) if self.method.is_some() => {
                address(value)
            }
            _ => Ok(()),
        };
        checked.map_err(|error| error.shifted(at).inside(name))
    }

    fn cseq(&self, value: &str) -> Result<(), WireError> {
        let cseq = CSeq::parse(value)?;
        match self.method {
            Some(method) if *method != cseq.method => {
                Err(WireError::at(0, "the method is not the request's"))
            }
            _ => Ok(()),
        }
    }

    fn content_length(&mut self, value: &str) -> Result<(), WireError> {
        match (self.seen.content_length, digits(value.as_bytes())) {
            (Some(_), _) => Err(WireError::at(0, "must not stand twice")),
            (None, None) => Err(WireError::at(0, "not a number")),
            (None, length) => {
                self.seen.content_length = length;
                Ok(())
            }
        }
    }

    fn finish(&self, at: usize) -> Result<(), WireError> {
        let mandatory = [
            ("Via", self.seen.via),
            ("From", self.seen.from),
            ("To", self.seen.to),
            ("Call-ID", self.seen.call_id),
            ("CSeq", self.seen.cseq),
        ];
        match mandatory.iter().find(|(_, seen)| !seen) {
            Some((name, _)) => Err(WireError::at(at, format!("{name} is missing"))),
            None => Ok(()),
        }
    }
}

fn once(seen: &mut bool) -> Result<(), WireError> {
    if std::mem::replace(seen, true) { Err(WireError::at(0, "must not stand twice")) } else { Ok(()) }
}

fn address(value: &str) -> Result<(), WireError> {
    NameAddr::parse(value).map(drop)
}

fn call_id(value: &str) -> Result<(), WireError> {
    match value.bytes().position(is_lws) {
        _ if value.is_empty() => Err(WireError::at(0, "empty")),
        Some(at) => Err(WireError::at(at, "a space inside")),
        None => Ok(()),
    }
}

fn number(value: &str) -> Result<(), WireError> {
    digits(value.as_bytes()).map(drop).ok_or(WireError::at(0, "not a number"))
}

/// The body by Content-Length; everything that is left where the header is absent.
fn read_body(bytes: &[u8], body_at: usize, length: Option<usize>) -> Result<&[u8], WireError> {
    let rest = bytes.get(body_at..).unwrap_or(&[]);
    match length {
        None => Ok(rest),
        Some(length) => {
            rest.get(..length).ok_or(WireError::at(body_at, "the body is shorter than Content-Length says"))
        }
    }
}

#[cfg(test)]
mod tests;
