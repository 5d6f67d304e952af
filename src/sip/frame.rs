//! Messages cut out of a byte stream by Content-Length (RFC 3261 18.3), with the keep-alives between
//! them (RFC 5626 3.5.1).

use super::error::WireError;
use super::head::{Lines, MAX_MESSAGE, content_length};
use super::refusal::Flaw;
use super::status::Status;

/// What a stream held next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The bytes of one message, for [`read`](super::read()).
    Message(Vec<u8>),
    /// Two line breaks: the peer wants one back ([`PONG`]).
    Ping,
    /// One line break: the answer to an own [`PING`].
    Pong,
}

/// What asks the peer whether the connection still stands.
pub const PING: &[u8] = b"\r\n\r\n";
/// The answer to [`PING`].
pub const PONG: &[u8] = b"\r\n";

/// Cuts one connection's bytes into frames. Holds at most one message and what came behind it.
///
/// After an error the place of the next message is unknown: the framer takes and gives nothing more,
/// and the connection must be closed.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the next frame begins.
    start: usize,
    /// Up to where no end of a head was found.
    scanned: usize,
    /// Length of the message under way, once its head is complete.
    total: Option<usize>,
    /// The last frame was a single line break; another one makes it a ping.
    half_ping: bool,
    broken: bool,
}

impl Framer {
    /// A framer for a new connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.compact();
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next frame; `None` until more bytes come. An error closes the connection, after its reply.
    #[expect(clippy::should_implement_trait, reason = "None is not the end: more bytes may come")]
    pub fn next(&mut self) -> Option<Result<Frame, WireError>> {
        if self.broken {
            return None;
        }
        if let Some(keep_alive) = self.keep_alive() {
            return Some(Ok(keep_alive));
        }
        match self.message() {
            Ok(message) => message.map(|bytes| Ok(Frame::Message(bytes))),
            Err(flaw) => {
                self.broken = true;
                let error = flaw.refuse(self.pending());
                self.buffer = Vec::new();
                self.start = 0;
                Some(Err(error))
            }
        }
    }

    /// Whether nothing is under way: the last byte that came ended a frame.
    pub fn is_between_frames(&self) -> bool {
        self.pending().is_empty()
    }

    /// Whether an error has ended the stream.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or(&[])
    }

    fn compact(&mut self) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
    }

    fn keep_alive(&mut self) -> Option<Frame> {
        if self.total.is_some() {
            return None;
        }
        let (length, frame) = match self.pending() {
            [b'\r', b'\n', ..] if self.half_ping => (2, Frame::Ping),
            [b'\r', b'\n', b'\r', b'\n', ..] => (4, Frame::Ping),
            [b'\r', b'\n', ..] => (2, Frame::Pong),
            _ => return None,
        };
        self.half_ping = frame == Frame::Pong;
        self.advance(length);
        Some(frame)
    }

    fn message(&mut self) -> Result<Option<Vec<u8>>, Flaw> {
        let total = match self.total {
            Some(total) => total,
            None => match self.measure()? {
                Some(total) => total,
                None => return Ok(None),
            },
        };
        self.total = Some(total);
        let Some(bytes) = self.pending().get(..total).map(<[u8]>::to_vec) else { return Ok(None) };
        self.advance(total);
        self.half_ping = false;
        Ok(Some(bytes))
    }

    /// The length of the message that begins here, once its head is complete.
    fn measure(&mut self) -> Result<Option<usize>, Flaw> {
        let too_large = || Flaw::new(Status::MESSAGE_TOO_LARGE, MAX_MESSAGE, "the message is too large");
        let Some(head) = self.find_head() else {
            return if self.pending().len() > MAX_MESSAGE { Err(too_large()) } else { Ok(None) };
        };
        let length = content_length(Lines::new(self.pending()))?;
        let length = length.ok_or(WireError::at(head, "Content-Length is missing on a stream"))?;
        let total = head.saturating_add(length);
        if total > MAX_MESSAGE { Err(too_large()) } else { Ok(Some(total)) }
    }

    /// The length of the head with its empty line; looks at each byte once.
    fn find_head(&mut self) -> Option<usize> {
        let fresh = self.buffer.get(self.scanned..).unwrap_or(&[]);
        let lf = fresh.windows(2).position(|window| window == b"\n\n").map(|at| at + 2);
        let crlf = fresh.windows(3).position(|window| window == b"\n\r\n").map(|at| at + 3);
        let found = lf.into_iter().chain(crlf).min();
        match found {
            Some(end) => Some(self.scanned + end - self.start),
            None => {
                self.scanned = self.buffer.len().saturating_sub(2).max(self.start);
                None
            }
        }
    }

    fn advance(&mut self, length: usize) {
        self.start += length;
        self.scanned = self.start;
        self.total = None;
    }
}

#[cfg(test)]
mod tests;
