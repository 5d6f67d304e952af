//! What a rude peer does, one move after the other, as words in a scenario.

use crate::base::Digit;
use std::time::Duration;

/// What stands in the body of an INVITE or ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// PCMU and telephone-event.
    Good,
    /// None: the other side shall offer.
    Late,
    /// PCMU, `a=sendonly`.
    Hold,
    /// PCMU on another port.
    Moved,
    /// A codec the engine does not speak.
    Unknown,
    /// T.38 in place of audio (RFC 3264 6: the audio's port is 0).
    Fax,
    /// Audio, and beside it sections that nobody here knows.
    Beside,
    /// SDP that ends in the middle of a line.
    Truncated,
    /// Bytes that are no SDP at all.
    Noise,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Lets time pass.
    Wait(Duration),
    /// Waits for this status in answer to the last request, at most 40 s.
    Await(u16),
    /// A new call.
    Invite(Body),
    /// A new offer in the call.
    Reinvite(Body),
    /// The last request again, so many times, at once.
    Again(u32),
    /// ACK for the last INVITE.
    Ack(Body),
    /// CANCEL of the last INVITE.
    Cancel,
    /// BYE.
    Bye,
    /// A key by INFO.
    Info(Digit),
    /// OPTIONS in the call.
    Options,
    /// PRACK for the last provisional response that has a number.
    Prack,
    /// UPDATE in the call.
    Update(Body),
    /// This line stands in every request from now on; an empty one takes them all away.
    With(String),
    /// Keys by RFC 4733.
    Press(Vec<Digit>),
    /// Keys as tones.
    Tone(Vec<Digit>),
    /// Keys by RFC 4733 sent to every port that strangers may have open.
    Intrude(Vec<Digit>),
    /// A key in all three forms, as gateways do it: a tone that leaks, then event and INFO.
    Leak(Digit),
    /// So many keys by INFO, at once.
    Keys(u32),
    /// So many datagrams of chance to the SIP port.
    Garbage(u32),
    /// A response with this status that nobody asked for.
    Stray(u16),
    /// Answers nothing from now on.
    Silent,
}

impl Move {
    /// Reads a move: `wait 2s`, `await 200`, `invite late`, `again 20`, `ack`, `press 21`, …
    ///
    /// # Errors
    /// The words that mean nothing.
    pub fn parse(text: &str) -> Result<Move, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let found = match word {
            "wait" => duration(rest).map(Move::Wait),
            "await" => rest.parse().ok().map(Move::Await),
            "invite" => body(rest).map(Move::Invite),
            "reinvite" => body(rest).map(Move::Reinvite),
            "ack" => body(rest).map(Move::Ack),
            "again" => rest.parse().ok().map(Move::Again),
            "cancel" => Some(Move::Cancel),
            "bye" => Some(Move::Bye),
            "info" => digits(rest).and_then(|d| d.first().copied()).map(Move::Info),
            "options" => Some(Move::Options),
            "prack" => Some(Move::Prack),
            "update" => body(rest).map(Move::Update),
            "with" => Some(Move::With(rest.into())),
            "press" => digits(rest).map(Move::Press),
            "tone" => digits(rest).map(Move::Tone),
            "intrude" => digits(rest).map(Move::Intrude),
            "leak" => digits(rest).and_then(|d| d.first().copied()).map(Move::Leak),
            "keys" => rest.parse().ok().map(Move::Keys),
            "garbage" => rest.parse().ok().map(Move::Garbage),
            "stray" => rest.parse().ok().map(Move::Stray),
            "silent" => Some(Move::Silent),
            _ => None,
        };
        found.ok_or_else(|| format!("`{text}` is no move"))
    }
}

fn body(text: &str) -> Option<Body> {
    Some(match text {
        "" => Body::Good,
        "late" => Body::Late,
        "hold" => Body::Hold,
        "moved" => Body::Moved,
        "unknown" => Body::Unknown,
        "fax" => Body::Fax,
        "beside" => Body::Beside,
        "truncated" => Body::Truncated,
        "noise" => Body::Noise,
        _ => return None,
    })
}

/// Keys written one after the other.
pub fn digits(text: &str) -> Option<Vec<Digit>> {
    let digits: Option<Vec<Digit>> = text.chars().map(Digit::from_char).collect();
    digits.filter(|d| !d.is_empty())
}

/// `20ms`, `1.5s`, `2m`.
pub fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let number: f64 = number.trim().parse().ok().filter(|n: &f64| (0.0..1e9).contains(n))?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Some(Duration::from_micros((seconds * 1e6).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_read_and_others_refused() {
        assert_eq!(Move::parse("wait 1.5s"), Ok(Move::Wait(Duration::from_millis(1500))));
        assert_eq!(Move::parse("reinvite late"), Ok(Move::Reinvite(Body::Late)));
        assert_eq!(
            Move::parse("press 2#").map(|m| format!("{m:?}")),
            Ok("Press([Digit(2), Digit(#)])".into())
        );
        for bad in ["", "wait", "wait 5", "wait 5y", "invite soon", "press", "press x", "await ok", "shout"] {
            assert!(Move::parse(bad).is_err(), "{bad}");
        }
    }
}
