//! The border: total translations between what peers say and what rooms know. No decisions.

pub mod desk;
pub mod identity;
pub mod info;
pub mod sdp;

use crate::base::{EndCause, Party};
use crate::call::{Failure, Parting};
use crate::case::By;
use crate::signaling::{How, LegEnd, NoWay};

/// How a leg's signaling ended, in the call room's words.
pub fn parting(end: LegEnd) -> Parting {
    match end.how {
        How::Bye => Parting::HungUp,
        How::Cancelled => Parting::Cancelled,
        How::Refused => refused(end.status),
        How::NoAnswer => Parting::NoAnswer,
        How::NoAck => Parting::NoAck,
        How::DialogLost => Parting::Lost,
        How::Expired => Parting::Expired,
        How::TransportFailed => Parting::Unreachable,
        How::Local => Parting::Local,
    }
}

/// A final status of an INVITE of ours: busy, not answered, or not reachable (RFC 3261 21).
fn refused(status: Option<u16>) -> Parting {
    match status {
        Some(403 | 486 | 600 | 603) => Parting::Busy,
        Some(408 | 480 | 487) => Parting::NoAnswer,
        _ => Parting::Unreachable,
    }
}

/// The same status in a record's words.
pub fn unreached(status: u16) -> &'static str {
    match refused(Some(status)) {
        Parting::Busy => "busy",
        Parting::NoAnswer => "no-answer",
        _ => "unreachable",
    }
}

/// What whoever referred a caller elsewhere is told of somebody who did not take them.
pub fn refused_referral(why: Failure) -> u16 {
    match why {
        Failure::Busy => 486,
        Failure::NoAnswer => 480,
        Failure::Unreachable => 503,
    }
}

/// A telephone number as a phone writes it into a URI, without what only people read (RFC 3966 5.1.1).
pub fn dialled(user: &str) -> Option<String> {
    let number: String = user.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let is_number = (2..=20).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some(number)
}

/// What a caller who is refused for this is told beside the status (RFC 3261 20.43); most are told nothing.
pub fn warning(cause: EndCause) -> Option<Vec<(String, String)>> {
    let text = "300 madoguchi \"audio is not spoken over this version of IP here\"";
    let is_address = cause == EndCause::NoCommonAddress;
    is_address.then(|| vec![("Warning".to_string(), text.to_string())])
}

/// Why a trunk takes no call, in words.
pub fn no_way(why: NoWay) -> &'static str {
    match why {
        NoWay::Unknown => "there is none of that name",
        NoWay::Full => "as many calls are up as it carries",
        NoWay::TooFast => "too many calls in this second",
        NoWay::NotAllowed => "the number may not be dialled by it",
        NoWay::NoPlace => "it is not registered, or its name has no address",
    }
}

/// Who a case's timeline names for an end.
pub fn blame(cause: EndCause) -> By {
    match cause.party() {
        Party::Caller => By::Caller,
        Party::Plan => By::Plan,
        Party::Desk | Party::Network | Party::Engine => By::Engine,
    }
}
