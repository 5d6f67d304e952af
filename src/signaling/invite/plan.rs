//! Where an outgoing call goes next when a target fails.

use crate::base::LegKey;
use crate::signaling::command::{How, Invite, LegEnd, Target};
use crate::signaling::usage::UsageKey;
use crate::signaling::{Transport, compose};
use crate::sip::{NameAddr, Uri};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// Redirected contacts tried for one call.
const REDIRECTS: usize = 8;

/// How an attempt at one target failed.
#[derive(Debug)]
pub(in crate::signaling) struct AttemptEnd {
    pub(in crate::signaling) how: How,
    pub(in crate::signaling) status: Option<u16>,
    pub(in crate::signaling) q850: Option<u8>,
    /// Contacts of a 3xx, most wanted first.
    pub(in crate::signaling) contacts: Vec<NameAddr>,
    /// Whether the place itself failed (503, not a word, a broken path), and for how long it asks to be left
    /// alone: other calls will fail there too.
    pub(in crate::signaling) place_failed: Option<Option<u64>>,
}

impl AttemptEnd {
    /// An attempt without a final response.
    pub(in crate::signaling) fn without_response(how: How) -> Self {
        AttemptEnd { how, status: None, q850: None, contacts: Vec::new(), place_failed: None }
    }

    /// An attempt at a place that said nothing, or to which there is no path.
    pub(in crate::signaling) fn at_dead_place(how: How) -> Self {
        AttemptEnd { place_failed: Some(None), ..AttemptEnd::without_response(how) }
    }

    /// What a later target's event says about this one.
    pub(in crate::signaling) fn status_or_timeout(&self) -> u16 {
        self.status.unwrap_or(408)
    }

    /// Whether the callee wants to be rung nowhere else either (RFC 3261 21.6).
    pub(in crate::signaling) fn is_for_all(&self) -> bool {
        matches!(self.status, Some(600..))
    }

    fn is_redirect(&self) -> bool {
        matches!(self.status, Some(300..=399))
    }

    /// Whether another target may do better: it is another place, which knows other numbers, codecs
    /// and callers.
    fn may_try_next(&self) -> bool {
        matches!(self.status, None | Some(400..=699))
    }
}

/// An attempt that failed while its leg lives.
#[derive(Debug)]
pub(in crate::signaling) struct Failed {
    pub(in crate::signaling) leg: LegKey,
    pub(in crate::signaling) usage: UsageKey,
    /// Where it was, with its index in the command.
    pub(in crate::signaling) target: (usize, Target),
    pub(in crate::signaling) end: AttemptEnd,
}

/// The targets that are left, in order, each with its index in the command.
#[derive(Debug)]
pub(in crate::signaling) struct Plan {
    pub(in crate::signaling) invite: Box<Invite>,
    left: VecDeque<(usize, Target)>,
    redirects_left: usize,
    last_status: Option<u16>,
}

impl Plan {
    pub(in crate::signaling) fn new(mut invite: Box<Invite>) -> Self {
        let left = std::mem::take(&mut invite.targets).into_iter().enumerate().collect();
        Plan { invite, left, redirects_left: REDIRECTS, last_status: None }
    }

    /// The first target, or the next one, with those that ring along; none where none is left.
    pub(in crate::signaling) fn advance(&mut self) -> Vec<(usize, Target)> {
        let mut next: Vec<_> = self.left.pop_front().into_iter().collect();
        while let Some(along) = self.left.pop_front_if(|(_, target)| target.rings_along) {
            next.push(along);
        }
        next
    }

    /// A target failed. What it redirects to comes next.
    pub(in crate::signaling) fn note(&mut self, (index, target): &(usize, Target), end: &AttemptEnd) {
        self.last_status = end.status.or(self.last_status);
        if end.is_redirect() && self.invite.follow_redirects {
            self.follow(*index, target, end);
        }
    }

    /// The targets after the failure of the last one that rang, or how the leg ends.
    pub(in crate::signaling) fn after(&mut self, end: &AttemptEnd) -> Result<Vec<(usize, Target)>, LegEnd> {
        let goes_on = end.may_try_next() || (end.is_redirect() && self.invite.follow_redirects);
        let next = if goes_on { self.advance() } else { Vec::new() };
        match next.is_empty() {
            true => Err(LegEnd { how: end.how, status: self.last_status, q850: end.q850 }),
            false => Ok(next),
        }
    }

    /// Puts contacts of the target's own host in its place, and the places of ours that they name.
    fn follow(&mut self, index: usize, target: &Target, end: &AttemptEnd) {
        let known = |contact: &NameAddr| {
            // What was offered fits the transport it was made for: keys go by none that is open to others.
            let is_alike = |place: &&Target| {
                let (there, here) = (place.flow.transport, target.flow.transport);
                there.is_secure() == here.is_secure()
                    && there.is_websocket() == here.is_websocket()
                    && compose::is_secure(&place.uri) == compose::is_secure(&target.uri)
            };
            let is_named = |place: &&Target| place.uri.equivalent(&contact.uri) && is_alike(place);
            self.invite.known.iter().find(is_named).filter(|_| target.diverted_by.is_none()).cloned()
        };
        let followed = |contact: &NameAddr| match (contact.uri.host(), target.uri.host()) {
            (Some(theirs), Some(ours)) if theirs.same(ours) => redirected(target, &contact.uri),
            _ => known(contact),
        };
        let by = Some(Box::new((target.uri.clone(), end.status.unwrap_or(302))));
        let places = end.contacts.iter().filter_map(followed).take(self.redirects_left);
        let usable: Vec<Target> =
            places.map(|place| Target { diverted_by: by.clone(), rings_along: false, ..place }).collect();
        self.redirects_left -= usable.len();
        for target in usable.into_iter().rev() {
            self.left.push_front((index, target));
        }
    }
}

/// The same host reached by another URI: another user, port or transport. `None`: it leads out of TLS, or
/// into it, where another address of ours would have to listen, or to WebSocket, which peers open.
fn redirected(target: &Target, uri: &Uri) -> Option<Target> {
    let mut flow = target.flow;
    let ip: IpAddr = flow.remote.ip();
    if flow.transport.is_websocket() {
        return None;
    }
    match uri.param("transport").as_deref().and_then(Transport::named) {
        // What sips travels on below TLS is no other transport.
        Some(Transport::Tcp) if compose::is_secure(uri) => {}
        Some(transport)
            if transport.is_websocket() || transport.is_secure() != flow.transport.is_secure() =>
        {
            return None;
        }
        Some(transport) => flow.transport = transport,
        None if compose::is_secure(uri) && !flow.transport.is_secure() => return None,
        None => {}
    }
    if uri.port() != target.uri.port() {
        flow.remote = SocketAddr::new(ip, uri.port().unwrap_or(flow.transport.default_port()));
    }
    Some(Target { uri: uri.clone(), flow, ..target.clone() })
}
