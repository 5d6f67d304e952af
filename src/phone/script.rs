//! What a phone is told to do.

use crate::base::Digit;
use crate::signaling::Target;
use crate::sip::NameAddr;
use std::time::Duration;

/// What a phone does with an incoming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCall {
    /// Rings this long, then answers.
    Answer {
        /// How long.
        after: Duration,
    },
    /// Refuses with this status (486 = busy).
    Refuse(u16),
    /// Rings until the caller gives up.
    RingForever,
}

/// How a phone sends keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStyle {
    /// RFC 4733, where agreed; else tones.
    Event,
    /// SIP INFO, `application/dtmf-relay`.
    Info,
    /// Tones in the audio.
    Inband,
}

/// One thing a phone does in a call, in the order of its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Lets time pass.
    Wait(Duration),
    /// Waits until nothing has been heard for this long (a prompt has ended).
    WaitForSilence(Duration),
    /// Presses keys, one after the other.
    Press(Vec<Digit>),
    /// Holds the other side (re-INVITE, sendonly).
    Hold,
    /// Takes the other side back.
    Resume,
    /// Sends the other side elsewhere (REFER): to this user at its own host.
    Refer(String),
    /// Hangs up; before the answer: cancels.
    HangUp,
}

/// A call to place.
#[derive(Clone, Debug)]
pub struct Placing {
    /// Whom.
    pub target: Target,
    /// As whom.
    pub from: NameAddr,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// Whether the phone gives up after ringing this long.
    pub patience: Duration,
}
