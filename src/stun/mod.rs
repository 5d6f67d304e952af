//! STUN messages as ICE sends them: connectivity checks read, their answers written (RFC 8489, RFC 8445).
//!
//! Owns: the wire format, the message integrity of short-term credentials, the fingerprint. Does not know: who may
//! check, what a check means, time.
//!
//! Invariants: no input makes [`read`] panic; a message that [`read`] gives bears a fingerprint that holds; an
//! answer is about as long as its request, so that nobody is flooded by way of us.
//!
//! To add an attribute: its number below, and one method of [`Message`].

mod integrity;
mod read;
mod write;

pub use read::{Message, Sealed, is_stun, read};
#[cfg(test)]
pub(crate) use write::led_request;
pub use write::{Refusal, refusal, request, success};

/// The fixed value by which a STUN message is known (RFC 8489 5).
const MAGIC_COOKIE: u32 = 0x2112_a442;
const HEAD: usize = 20;

/// Message types: the method Binding in its four classes.
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;

const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
const ICE_CONTROLLING: u16 = 0x802a;
