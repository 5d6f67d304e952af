//! The answer owed to a request that could not be read, gathered from what can be (RFC 3261 8.2.6).

use rsip::Header;

use super::error::{ErrorReply, WireError};
use super::field::build;
use super::fields::Fields as _;
use super::head::{Lines, MAX_HEADERS, Step};
use super::message::Response;
use super::scan::is_token_text;
use super::status::Status;
use super::text::carry;

/// What is wrong, and with which status a request should be refused for it.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) error: WireError,
    pub(super) status: Status,
}

impl From<WireError> for Flaw {
    fn from(error: WireError) -> Self {
        Self { error, status: Status::BAD_REQUEST }
    }
}

impl Flaw {
    pub(super) fn new(status: Status, offset: usize, what: &'static str) -> Self {
        Self { error: WireError::at(offset, what), status }
    }

    /// The error with its reply, if `bytes` are a request that may be answered.
    pub(super) fn refuse(self, bytes: &[u8]) -> WireError {
        WireError { reply: reply(bytes, self.status), ..self.error }
    }
}

/// `None` for responses, ACK, what is no request at all, and a request without Via.
fn reply(bytes: &[u8], status: Status) -> Option<Box<ErrorReply>> {
    let mut lines = Lines::new(bytes);
    match lines.step() {
        Step::Line(start) if is_answerable(start.bytes) => {}
        _ => return None,
    }
    let mut response = Response::new(status);
    copy_headers(&mut response, lines);
    response.header("Via")?;
    if response.to().is_ok_and(|to| to.tag().is_none()) {
        response.set_to_tag(&tag(bytes)).ok()?;
    }
    Some(Box::new(ErrorReply { status, response }))
}

/// Begins with a method other than ACK and ends with a SIP version.
fn is_answerable(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let word =
        |found: Option<&[u8]>| found.and_then(|word| std::str::from_utf8(word).ok()).unwrap_or("").to_owned();
    let method = word(line.split(|byte| *byte == b' ').next());
    let version = word(line.rsplit(|byte| *byte == b' ').next());
    let is_version = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
    is_token_text(&method) && method != "ACK" && is_version
}

fn copy_headers(response: &mut Response, mut lines: Lines<'_>) {
    let mut count = 0;
    while let Step::Line(line) = lines.step() {
        count += 1;
        if count > MAX_HEADERS {
            return;
        }
        let Ok((name, value, _)) = line.split() else { continue };
        let header = build(name, String::new());
        let name = match header {
            Header::Via(_) => Some("Via"),
            Header::From(_) => Some("From"),
            Header::To(_) => Some("To"),
            Header::CallId(_) => Some("Call-ID"),
            Header::CSeq(_) => Some("CSeq"),
            _ => None,
        };
        if let Some(name) = name.filter(|name| *name == "Via" || response.header(name).is_none()) {
            response.push(name, carry(&value));
        }
    }
}

/// The same message gets the same tag whenever it comes, so a retransmission is answered alike
/// (RFC 3261 8.2.7). FNV-1a over its bytes.
fn tag(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
