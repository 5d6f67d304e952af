//! SDP: session descriptions as values, and RFC 3264's offer/answer as pure functions.
//!
//! Owns: reading descriptions tolerantly, writing ours, which address, codec, payload types and
//! direction two descriptions agree on, and which addresses are private. Knows no SIP, no RTP
//! packets, no codec's samples: formats are names with clock rates.
//!
//! Invariants: no input makes [`read`] panic; an answer has as many `m=` lines as its offer, in the
//! offer's order, and accepts at most one; what [`answer`] agrees is what the answer it wrote says; a section
//! that is offered encrypted is answered encrypted or refused; keys agreed on by DTLS and addresses found by ICE want
//! RTP and RTCP on one port.
//!
//! Deviations: of a bundle (RFC 9143) we are one section, the audio's; ICE is answered as the side that only answers
//! checks (RFC 8445 2.5), so that the peer's candidates are not read, and none of them can come too late.
//!
//! To add a codec: nothing here; the caller lists it in [`Local::formats`].

mod address;
mod agree;
mod crypto;
mod direction;
mod dtls;
mod ice;
mod read;
mod session;
mod write;

pub use address::is_private;
pub use agree::{Agreed, Refusal, accept, answer};
pub use crypto::{Crypto, Keys, Protection, Suite};
pub use direction::Direction;
pub use dtls::{Dtls, Fingerprint, Role, Setup};
pub use ice::{Credentials, Ice};
pub use read::{MAX_BYTES, MAX_LINES, MAX_SECTIONS, SdpError, read};
pub use session::{EVENT, Events, Payload, Section, Session, Version, parameter};
pub use write::{Format, Local, offer, offer_again};
