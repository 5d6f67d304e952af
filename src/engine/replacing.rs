//! A person at the desk who calls to take over the caller of a colleague (INVITE with Replaces, RFC 3891).
//!
//! Only phones that the settings name for the colleague's desk, or for one that it may refer to, may; the
//! dialog they name was compared by signaling. They are answered, hear the caller, and the colleague is parted.

use super::border;
use super::visit::{Arriving, Attempt};
use super::{DialTarget, Engine, Habits, Way};
use crate::base::{CallKey, EndCause, LegKey, Now};
use crate::call::{self, Purpose};
use crate::case::{By, Event};
use crate::media;
use crate::node::journal::What;
use crate::sdp;
use crate::signaling::{Command, Flow};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const FORBIDDEN: u16 = 403;
const UNUSABLE: u16 = 488;

/// Somebody of a desk, and their seat of a queue where they have one.
struct Caller {
    desk: Arc<str>,
    place: DialTarget,
    seat: Option<(Arc<str>, usize)>,
}

impl Engine {
    /// They ring: what rings here is answered as soon as there is a port for it.
    pub(super) fn take_place(
        &mut self,
        now: Now,
        leg: LegKey,
        flow: Flow,
        offer: Option<Vec<u8>>,
        of: LegKey,
    ) {
        let Some((key, Caller { desk, place, seat })) = self.may_take_place(flow, of) else {
            return self.signal(now, Command::Reject { leg, status: FORBIDDEN, headers: Vec::new() });
        };
        let codecs = Habits::default().codecs;
        if offer.as_ref().is_some_and(|offer| !self.is_usable(offer, flow, &codecs)) {
            return self.signal(now, Command::Reject { leg, status: UNUSABLE, headers: Vec::new() });
        }
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let target = place.way.name();
        let attempt = Attempt {
            leg,
            purpose: Purpose::Referral,
            desk,
            at_desk: true,
            places: vec![place],
            ring: Duration::ZERO,
            target,
            signals_from: Some(flow.remote.ip()),
            replaces: None,
        };
        let offer = offer.and_then(|offer| sdp::read(&offer).ok());
        visit.arriving = Some(Arriving { attempt, seat, offer, transport: flow.transport });
        self.signal(now, Command::Ring { leg, sdp: None, reliable: false });
        self.note_leg(now, key, leg);
        self.tell_call_of(key, call::Event::Replace(leg));
        self.forget_leg_if_released(leg);
    }

    /// Whose place is meant, and who asks for it.
    fn may_take_place(&self, flow: Flow, of: LegKey) -> Option<(CallKey, Caller)> {
        let key = *self.legs.get(&of)?;
        let visit = self.visits.get(&key)?;
        let talks = visit.call.peer(visit.call.caller()) == Some(of) && visit.arriving.is_none();
        let attempt = visit.attempt_of(of).filter(|attempt| talks && attempt.at_desk)?;
        let caller = self.desks_around(attempt).find_map(|desk| self.phone_at(desk, flow))?;
        Some((key, caller))
    }

    /// The phone of a desk that a path leads to. Phones behind one address are told apart by their port, where
    /// one fits.
    fn phone_at(&self, desk: &Arc<str>, flow: Flow) -> Option<Caller> {
        let queues = self.config.queues.iter().filter(|(_, queue)| queue.desk == *desk);
        let seats = queues.flat_map(|(name, queue)| {
            queue.seats.iter().enumerate().map(move |(at, seat)| (&seat.target, Some((name.clone(), at))))
        });
        let dialled = self.config.desks.get(desk).into_iter().flat_map(|desk| &desk.dial);
        let phones: Vec<_> = seats
            .chain(dialled.map(|place| (place, None)))
            .flat_map(|(place, seat)| self.phones_of(place).map(move |at| (at, place, seat.clone())))
            .filter(|(at, ..)| at.ip().to_canonical() == flow.remote.ip().to_canonical())
            .collect();
        let exact = phones.iter().find(|(at, ..)| at.port() == flow.remote.port());
        let (_, place, seat) = exact.or(phones.first())?;
        Some(Caller { desk: desk.clone(), place: (*place).clone(), seat: seat.clone() })
    }

    /// Where the phones of a place are now.
    fn phones_of(&self, place: &DialTarget) -> impl Iterator<Item = SocketAddr> + use<> {
        let targets = match &place.way {
            Way::To(target) => vec![(**target).clone()],
            Way::Phone(name) => self.endpoint.phone(name),
            Way::By { .. } => Vec::new(),
        };
        targets.into_iter().map(|target| target.flow.remote)
    }

    /// Their port is there: they are answered, and are the desk from now on.
    pub(super) fn answer_place(&mut self, now: Now, key: CallKey, leg: LegKey) {
        let session_id = u64::from(self.rng.next_u32());
        let hearing = self.hearing(leg);
        let arriving = self.visits.get(&key).and_then(|v| v.arriving.as_ref());
        let is_secure = arriving.is_some_and(|arriving| arriving.transport.is_secure());
        let (protection, ice) = (self.protection(is_secure, false), self.credentials());
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let answer = border::sdp::answer_place(visit, leg, session_id, hearing, (protection, ice));
        let Some(Arriving { attempt, seat, .. }) = visit.arriving.take() else { return };
        let by = visit.attempt.replace(attempt.clone()).map(|before| before.target).unwrap_or_default();
        let Attempt { desk, target, .. } = attempt;
        let Some((sdp, settings)) = answer else {
            return self.part(now, leg, EndCause::NoCommonCodec);
        };
        visit.set_fact(now, "desk", &desk);
        visit.record.ring(&target, now.wall);
        visit.record.answer_rung(now.wall);
        if let Some(audio) = visit.audio.get_mut(&leg) {
            audio.target = Some(target.clone());
        }
        visit.note(now, By::Agent(by), Event::Referred { to: target.clone() });
        visit.note(now, By::Engine, Event::Transferred { to: desk.to_string(), target: target.clone() });
        self.signal(now, Command::Answer { leg, sdp, headers: Vec::new() });
        if let Some(settings) = settings {
            self.command_media(key, media::Command::Configure { leg, settings });
        }
        self.journal(now, Some(key), What::Connected { desk, target });
        self.change_seats(now, key, seat);
    }

    /// The colleague's seat is free, and theirs is taken; where it is the same one, nothing changes.
    fn change_seats(&mut self, now: Now, key: CallKey, seat: Option<(Arc<str>, usize)>) {
        let turn = self.lines.turn(key);
        let same = seat.is_some_and(|(queue, seat)| !self.lines.claim(key, &queue, seat));
        if !same {
            self.lines.leave_line(now.mono, key);
        }
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.turn = turn.or(visit.turn);
        }
    }

    /// They have hung up before they were answered, or there is no place any more.
    pub(super) fn place_given_up(&mut self, key: CallKey) {
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.arriving = None;
        }
    }
}
