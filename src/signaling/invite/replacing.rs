//! An INVITE that asks for the place of a call that is up (RFC 3891 3).

use super::session::Session;
use crate::base::LegKey;
use crate::signaling::dialog::DialogId;
use crate::signaling::usage::Usage;
use crate::sip::{Fields, Replaces, Request};

/// The session whose place is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::signaling) struct Replaced {
    pub(super) leg: LegKey,
    /// Whether its peer may refer its caller elsewhere: so may who takes its place.
    pub(super) may_refer: bool,
}

/// The dialog that an INVITE names, as it is known here: none, where it asks for no place.
///
/// # Errors
/// 400: it names several, or none that could be.
pub(in crate::signaling) fn named(invite: &Request) -> Result<Option<(DialogId, bool)>, u16> {
    let mut named = invite.headers_named("Replaces");
    let Some(value) = named.next() else { return Ok(None) };
    match (Replaces::parse(value), named.next()) {
        (Ok(Replaces { call_id, to_tag, from_tag, early_only }), None) => {
            Ok(Some((DialogId { call_id, local_tag: to_tag, remote_tag: from_tag }, early_only)))
        }
        _ => Err(400),
    }
}

/// What the usage of that dialog makes of it. A call that nobody has answered is not picked up: its caller
/// would be taken from a phone that is about to be answered.
///
/// # Errors
/// 481: there is none, or it is not answered; 486: it is meant only where nobody has answered it; 603: it is over.
pub(in crate::signaling) fn of(usage: Option<&Usage>, early_only: bool) -> Result<Replaced, u16> {
    match usage {
        None | Some(Usage::Incoming(_) | Usage::Outgoing(_)) => Err(481),
        Some(Usage::Session(session)) => session.replaced(early_only),
    }
}

impl Session {
    fn replaced(&self, early_only: bool) -> Result<Replaced, u16> {
        match self.leg.filter(|_| self.is_open()) {
            None => Err(603),
            Some(_) if early_only => Err(486),
            Some(leg) => Ok(Replaced { leg, may_refer: self.dialog.may_refer }),
        }
    }
}
