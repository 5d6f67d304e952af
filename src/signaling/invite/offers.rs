//! Offers within a session, in turns (RFC 3264 4, RFC 3261 14, RFC 3311).
//!
//! ```text
//!                 their INVITE or UPDATE             our re-INVITE
//!   +--------+  <--- 200, 488, 487 --- +------+  --------------> +------+
//!   | Theirs |                         | Idle |                  | Ours |
//!   +--------+  ---------------------> +------+  <-------------- +------+
//!                                          ^     2xx, refusal       | 491, 500 with
//!                                          |                        v Retry-After
//!                                          |     its moment    +---------+
//!                                          +-------------------| Waiting |
//!                                                              +---------+
//! ```

use super::ack::Unacked;
use super::refresh::AGAIN;
use super::session::Session;
use crate::base::{Deadline, Instant};
use crate::signaling::command::{Event, How};
use crate::signaling::core::Core;
use crate::signaling::dialog::Role;
use crate::signaling::transaction::ClientId;
use crate::signaling::transaction::timers::GIVE_UP;
use crate::signaling::usage::{Asked, Replied};
use crate::signaling::{compose, fields};
use crate::sip::{Method, Response};
use std::time::Duration;

/// How often one offer is made again after glare.
const TRIES: u32 = 6;
/// Longest Retry-After of a 500 that is waited for.
const LONGEST_WAIT_S: u64 = 10;

#[derive(Debug, Default)]
enum Turn {
    #[default]
    Idle,
    Theirs(Asked),
    Ours {
        invite: ClientId,
        offer: Vec<u8>,
        tries: u32,
        until: Instant,
    },
    Waiting {
        offer: Vec<u8>,
        tries: u32,
        at: Instant,
    },
}

/// Whose turn it is, and what we want to offer next.
#[derive(Debug, Default)]
pub(super) struct Offers {
    turn: Turn,
    wanted: Option<Vec<u8>>,
    /// Our description as the peer has it.
    ours: Vec<u8>,
}

impl Offers {
    /// Our next offer; the latest one counts.
    pub(super) fn want(&mut self, offer: Vec<u8>) {
        self.wanted = Some(offer);
    }

    /// Our description as it stands, unless an offer of ours is under way or wanted anyway.
    pub(super) fn want_again(&mut self) {
        match self.turn {
            Turn::Idle | Turn::Theirs(_) => {
                self.wanted.get_or_insert_with(|| self.ours.clone());
            }
            Turn::Ours { .. } | Turn::Waiting { .. } => {}
        }
    }

    /// What we described last in an offer or answer that stands.
    pub(super) fn describe(&mut self, sdp: &[u8]) {
        self.ours = sdp.to_vec();
    }

    /// Whether this is the INVITE that carries our offer.
    pub(super) fn is_ours(&self, id: ClientId) -> bool {
        matches!(self.turn, Turn::Ours { invite, .. } if invite == id)
    }

    /// Whether the peer has left our re-INVITE unanswered for too long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        matches!(self.turn, Turn::Ours { until, .. } if now >= until)
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match &self.turn {
            Turn::Idle | Turn::Theirs(_) => None,
            Turn::Ours { until, .. } => Some(Deadline { at: *until, why: "re-INVITE" }),
            Turn::Waiting { at, .. } => Some(Deadline { at: *at, why: "glare" }),
        }
    }

    fn take_due(&mut self, now: Instant) -> Option<(Vec<u8>, u32)> {
        match std::mem::take(&mut self.turn) {
            Turn::Idle => self.wanted.take().map(|offer| (offer, 0)),
            Turn::Waiting { offer, tries, at } if now >= at => {
                Some((self.wanted.take().unwrap_or(offer), tries))
            }
            other @ (Turn::Theirs(_) | Turn::Ours { .. } | Turn::Waiting { .. }) => {
                self.turn = other;
                None
            }
        }
    }
}

impl Session {
    /// Their re-INVITE: glare is 491, overlap 500 (RFC 3261 14.2).
    pub(super) fn on_reinvite(&mut self, core: &mut Core, asked: Asked) {
        match (&self.offers.turn, &self.unacked) {
            (Turn::Ours { .. }, _) | (_, Some(_)) => core.reply(&asked, 491),
            (Turn::Theirs(_), None) => core.reply_later(&asked),
            (Turn::Idle | Turn::Waiting { .. }, None) => {
                core.respond(asked.tx, compose::trying(&asked.request));
                self.receive_offer(core, asked);
            }
        }
    }

    /// Their UPDATE (RFC 3311 5.2).
    pub(super) fn on_update(&mut self, core: &mut Core, asked: Asked) {
        if asked.request.body.is_empty() {
            return self.accept_refresh(core, &asked);
        }
        let owed_answer = self.unacked.as_ref().is_some_and(|unacked| unacked.late);
        match &self.offers.turn {
            Turn::Ours { .. } => core.reply(&asked, 491),
            _ if owed_answer => core.reply(&asked, 491),
            Turn::Theirs(_) => core.reply_later(&asked),
            Turn::Idle | Turn::Waiting { .. } => self.receive_offer(core, asked),
        }
    }

    fn receive_offer(&mut self, core: &mut Core, asked: Asked) {
        if let Turn::Waiting { offer, .. } = std::mem::replace(&mut self.offers.turn, Turn::Idle) {
            self.offers.wanted.get_or_insert(offer);
        }
        self.dialog.refresh_target(fields::contact(&asked.request));
        let offer = fields::sdp(&asked.request, &asked.request.body);
        core.tell(self.leg, |leg| Event::Offer { leg, offer });
        self.offers.turn = Turn::Theirs(asked);
    }

    /// The engine's answer to their offer, or its offer where theirs was missing.
    pub(super) fn answer_offer(&mut self, core: &mut Core, sdp: Option<Vec<u8>>) {
        let asked = match std::mem::take(&mut self.offers.turn) {
            Turn::Theirs(asked) => asked,
            other @ (Turn::Idle | Turn::Ours { .. } | Turn::Waiting { .. }) => {
                self.offers.turn = other;
                return;
            }
        };
        match sdp {
            Some(sdp) => self.accept_offer(core, &asked, sdp),
            None => core.reply(&asked, 488),
        }
    }

    fn accept_offer(&mut self, core: &mut Core, asked: &Asked, sdp: Vec<u8>) {
        let mut response = compose::reply(&asked.request, 200);
        response.push("Contact", self.dialog.contact(&core.config, self.dialog.flow()));
        compose::describe(&mut response, self.dialog.may_refer, core.now.wall);
        self.renew_as_server(core, asked, &mut response);
        self.offers.describe(&sdp);
        response.set_body(compose::SDP, sdp);
        core.respond(asked.tx, response.clone());
        if asked.request.method == Method::Invite {
            let late = fields::sdp(&asked.request, &asked.request.body).is_none();
            let cseq = fields::cseq_number(&asked.request);
            self.unacked = Some(Unacked::new(core.now.mono, asked.tx, cseq, response, late, false));
        }
    }

    /// Answers what the peer still waits for when the session ends or it cancels (RFC 3261 15.1.2).
    pub(super) fn refuse_pending(&mut self, core: &mut Core) {
        match std::mem::take(&mut self.offers.turn) {
            Turn::Theirs(asked) => core.reply(&asked, 487),
            other @ (Turn::Idle | Turn::Ours { .. } | Turn::Waiting { .. }) => self.offers.turn = other,
        }
    }

    /// Sends our offer when its moment has come and nothing else is under way.
    pub(super) fn send_wanted_offer(&mut self, core: &mut Core) {
        if !self.is_open() || self.unacked.is_some() {
            return;
        }
        if let Some((offer, tries)) = self.offers.take_due(core.now.mono) {
            let (mut invite, flow) = self.dialog.request(Method::Invite);
            invite.push("Contact", self.dialog.contact(&core.config, flow));
            compose::describe_request(&mut invite, self.dialog.may_refer);
            self.refresh.write(&mut invite);
            invite.set_body(compose::SDP, offer.clone());
            let invite = core.send(self.key, invite, flow);
            self.offers.turn = Turn::Ours { invite, offer, tries, until: core.now.mono + GIVE_UP };
        }
    }

    /// 2xx to our re-INVITE, acknowledged already.
    pub(super) fn on_reinvite_answered(&mut self, core: &mut Core, replied: &Replied) {
        self.dialog.refresh_target(fields::contact(&replied.response));
        if self.offers.is_ours(replied.id) {
            self.renew_as_client(core, replied);
            self.offers.describe(&replied.request.body);
            self.offers.turn = Turn::Idle;
            let answer = fields::sdp(&replied.response, &replied.response.body);
            core.tell(self.leg, |leg| Event::OfferAnswered { leg, answer });
        }
    }

    /// Anything but 2xx to our re-INVITE.
    pub(super) fn on_reinvite_refused(&mut self, core: &mut Core, replied: &Replied) {
        let Turn::Ours { offer, tries, until, .. } = std::mem::take(&mut self.offers.turn) else { return };
        let wait = self.wait_before_retry(core, &replied.response).filter(|_| tries < TRIES);
        self.offers.turn = match (replied.response.status.code(), wait) {
            (..=199, _) => Turn::Ours { invite: replied.id, offer, tries, until },
            (_, Some(wait)) => Turn::Waiting { offer, tries: tries + 1, at: core.now.mono + wait },
            (422, None) => match self.ask_for_longer(core, replied) {
                Some(invite) => Turn::Ours { invite, offer, tries, until },
                None => self.offer_refused(core),
            },
            (401 | 407, None) => match self.retry_with_credentials(core, replied) {
                Some(invite) => Turn::Ours { invite, offer, tries, until: core.now.mono + GIVE_UP },
                None => self.offer_refused(core),
            },
            (408 | 481, None) => {
                return self.lose(core, How::DialogLost, replied.response.status.code() == 408);
            }
            (_, None) => self.offer_refused(core),
        };
    }

    fn offer_refused(&mut self, core: &mut Core) -> Turn {
        self.refresh.refused(core.now.mono, AGAIN);
        core.tell(self.leg, |leg| Event::OfferAnswered { leg, answer: None });
        Turn::Idle
    }

    /// RFC 3261 14.1: the owner of the Call-ID waits longer, so that the two do not meet again.
    pub(super) fn wait_before_retry(&self, core: &mut Core, response: &Response) -> Option<Duration> {
        match (response.status.code(), self.dialog.role) {
            (491, Role::Caller) => Some(Duration::from_millis(2100 + 10 * core.rng.below(191))),
            (491, Role::Callee) => Some(Duration::from_millis(10 + 10 * core.rng.below(200))),
            (500, _) => fields::retry_after(response).map(|s| Duration::from_secs(s.min(LONGEST_WAIT_S))),
            _ => None,
        }
    }
}
