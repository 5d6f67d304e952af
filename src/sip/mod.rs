//! The SIP wire: bytes to messages and back (RFC 3261 7, 18.3, 19, 20, 25).
//!
//! Owns framing, reading, writing and the typed views of headers. Knows no transaction, no dialog, no
//! clock and no socket: the same bytes always read the same. rsip's types are the vocabulary for headers;
//! its parsers and serialisers are not used, because they lose methods, hosts, bodies and phrases.
//!
//! Invariants: no input panics; a message that was read has the mandatory headers, each well-formed;
//! reading what was written gives the same message; nothing put into a header can start a line of its own.
//!
//! Deviations, all on the tolerant side: a bare LF ends a line; a raw `#` in a user part is read and
//! escaped; an underscore may stand in a host name; unquoted parameter values may hold any visible character
//! but separators; header bytes that are not UTF-8 survive (as private-use characters `U+F780..=U+F7FF`
//! in our strings). A Date with a zone other than GMT is not refused, since nothing here uses it
//! (RFC 4475 3.1.2.12).
//!
//! To add a typed view: a file beside `cseq.rs` with `parse` and `Display`, and an accessor in
//! `fields.rs`. To add a status: one row in `status.rs`. To add a method: one row in `method.rs`.

mod challenge;
mod credentials;
mod cseq;
mod date;
mod error;
mod field;
mod fields;
pub mod frame;
mod head;
mod host;
mod message;
mod method;
mod multipart;
mod name_addr;
mod params;
mod percent;
mod read;
mod refusal;
mod replaces;
mod scan;
mod session_expires;
mod status;
mod text;
mod uri;
mod via;
mod write;

pub use challenge::{Algorithm, Challenge, Qop};
pub use credentials::Credentials;
pub use cseq::CSeq;
pub use date::Date;
pub use error::{ErrorReply, WireError};
pub use fields::{Fields, pairs};
pub use frame::{Frame, Framer};
pub use head::{MAX_HEADERS, MAX_LINE, MAX_MESSAGE};
pub use host::Host;
pub use message::{Message, Request, Response};
pub use method::Method;
pub use multipart::{Part, parts};
pub use name_addr::NameAddr;
pub use params::{Param, Params};
pub use read::read;
pub use replaces::Replaces;
pub use session_expires::{Refresher, SessionExpires};
pub use status::Status;
pub use uri::{SipUri, TelUri, Uri};
pub use via::{MAGIC_COOKIE, Via};
pub use write::{write, write_request, write_response};
