//! The bounds that keep a hostile peer from costing memory, in one place.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Longest SIP message read, in bytes.
pub const SIP_MESSAGE_BYTES: usize = 64 * 1024;
/// Most header fields in a SIP message.
pub const SIP_HEADERS: usize = 256;
/// Longest header field after unfolding, in bytes.
pub const SIP_HEADER_BYTES: usize = 8 * 1024;
/// Fewest digits of a PIN.
pub const FEWEST_PIN_DIGITS: u32 = 4;
/// Most digits of a PIN.
pub const MOST_PIN_DIGITS: u32 = 16;
/// Digits kept from a caller that no step has asked for yet; more are dropped and counted.
pub const TYPE_AHEAD_DIGITS: usize = 32;
/// Key presses kept of a call.
pub const PRESSES_PER_TRAIL: usize = 256;
/// Steps, and ends of playouts, kept of a call.
pub const STEPS_PER_TRAIL: usize = 512;
/// What queues and desks did, as far as it is kept of a call.
pub const MEETINGS_PER_TRAIL: usize = 256;
/// Places a caller came to, kept of a call.
pub const ARRIVALS_PER_TRAIL: usize = 64;
/// Steps a dialplan may run without waiting for the caller, before the call is ended as looping.
pub const STEPS_WITHOUT_WAITING: u32 = 100;
/// Steps a call may run in all.
pub const STEPS_PER_CALL: u32 = 2_000;
/// Clips in one playout.
pub const CLIPS_PER_PLAY: usize = 64;
/// Calls at once before new ones are answered 503.
pub const CALLS: usize = 4_000;
/// Sources of SIP whose rate is known; what further ones send counts as one's.
pub const SIP_SOURCES: usize = 8_192;
/// Longest word that a service outside may answer with, in characters.
pub const ANSWER_CHARS: usize = 64;
/// Longest a call may last.
pub const CALL_DURATION: Duration = Duration::from_secs(4 * 3600);

/// Whom an address counts for: an IPv6 host owns a whole /64.
pub fn source_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

/// Whether a service outside may answer with this word: short, on one line, and something.
pub fn is_answer(word: &str) -> bool {
    !word.is_empty() && word.chars().count() <= ANSWER_CHARS && !word.contains(char::is_control)
}
