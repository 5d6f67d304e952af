//! What is wrong with a message or a header value, and the reply its sender is owed.

use std::borrow::Cow;
use std::fmt;

use super::message::Response;
use super::status::Status;
use super::via::Via;
use super::write::write_response;

/// Why bytes are not the SIP they should be. The peer is to blame, never us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Where the trouble begins, in bytes from the start of the message (or of the value, when a
    /// single value was parsed; inside a folded value, counted after unfolding).
    pub offset: usize,
    /// What is wrong there, one lower-case line without a full stop.
    pub what: Cow<'static, str>,
    /// The answer that RFC 3261 wants sent; `None` means the message is dropped in silence.
    pub reply: Option<Box<ErrorReply>>,
}

/// A refusal that can be sent without keeping state (RFC 3261 8.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReply {
    /// 400, 505 or 513.
    pub status: Status,
    /// The whole answer: every Via, From, To (with a tag), Call-ID and CSeq that could be found.
    pub response: Response,
}

impl WireError {
    /// A flaw at `offset`, with no reply attached.
    pub fn at(offset: usize, what: impl Into<Cow<'static, str>>) -> Self {
        Self { offset, what: what.into(), reply: None }
    }

    /// The bytes to send back to where the message came from, if any are owed.
    pub fn response(&self) -> Option<Vec<u8>> {
        self.reply.as_ref().map(|reply| write_response(&reply.response))
    }

    /// Like [`response`](Self::response), with `received` and `rport` filled in for a message that
    /// came from `source` (RFC 3261 18.2.1, RFC 3581 4).
    pub fn response_to(&self, source: std::net::SocketAddr) -> Option<Vec<u8>> {
        let mut response = self.reply.as_ref()?.response.clone();
        stamp_top_via(&mut response.headers, source);
        Some(write_response(&response))
    }

    /// The same error seen from the message that the value stands in.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }

    /// The same error with the header's name in front of what is wrong.
    pub(super) fn inside(mut self, header: &str) -> Self {
        self.what = format!("{header}: {}", self.what).into();
        self
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.what, self.offset)
    }
}

impl std::error::Error for WireError {}

/// Marks the top Via with where the message came from; a Via that does not parse stays as it is.
pub(super) fn stamp_top_via(headers: &mut rsip::Headers, source: std::net::SocketAddr) {
    let top = headers.iter_mut().find_map(|header| match header {
        rsip::Header::Via(via) => Some(via),
        _ => None,
    });
    let Some(top) = top else { return };
    use rsip::headers::UntypedHeader as _;
    if let Ok(mut via) = Via::parse(top.value()) {
        via.stamp(source);
        top.replace(via.to_string());
    }
}
