//! A person at the desk who refers their caller elsewhere (RFC 3515): who may, to whom, and what is told of it.
//!
//! Only the desk's side of a caller and desk who talk may, and only to places of the settings: what a REFER
//! names is looked up there and never dialled itself. The caller hears music meanwhile. Where nobody takes
//! them they are with the desk again, or where that has hung up in line at their old place.

use super::for_call::failed;
use super::visit::{Attempt, Onward};
use super::{DeskConfig, DialTarget, Engine, Reference, Way, border};
use crate::base::{CallKey, LegKey, Now};
use crate::call::{self, Failure, Purpose};
use crate::case::{By, Event};
use crate::dialplan::{self, DialFailure};
use crate::media;
use crate::node::journal::What;
use crate::signaling::Command;
use crate::sip::{Replaces, Uri};
use std::sync::Arc;
use std::time::Duration;

/// How long a place rings that is no seat of a queue.
const RING: Duration = Duration::from_secs(30);

/// How long after it was told that the caller is back a desk may hang up without having meant the caller.
const CROSSING: Duration = Duration::from_secs(2);

const ACCEPTED: u16 = 202;
const OK: u16 = 200;
const FORBIDDEN: u16 = 403;
const BUSY: u16 = 486;
const PENDING: u16 = 491;

/// Somebody of the settings whom a REFER names.
struct Named {
    desk: Arc<str>,
    at_desk: bool,
    /// The queue and the seat, where it is a seat's.
    seat: Option<(Arc<str>, usize)>,
    places: Vec<DialTarget>,
    ring: Duration,
}

impl Engine {
    /// A REFER: 202 and somebody rings, or a refusal and nothing has changed.
    pub(super) fn refer(&mut self, now: Now, leg: LegKey, to: &Uri, replaces: Option<Replaces>) {
        match self.may_refer(now, leg, to, replaces.is_some()) {
            Ok((key, named)) => self.ring_onward(now, key, leg, named, replaces),
            Err(status) => self.signal(now, Command::AnswerRefer { leg, status }),
        }
    }

    /// Whether this leg may refer its caller there, and who that is. Somebody who was asked before (`attended`)
    /// is known by where their phone is, too, and is not busy with anybody but who asked.
    fn may_refer(
        &mut self,
        now: Now,
        leg: LegKey,
        to: &Uri,
        attended: bool,
    ) -> Result<(CallKey, Named), u16> {
        let key = self.legs.get(&leg).copied().ok_or(FORBIDDEN)?;
        let visit = self.visits.get(&key).ok_or(FORBIDDEN)?;
        if visit.call.onward().is_some() {
            return Err(PENDING);
        }
        let talks = visit.call.peer(visit.call.caller()) == Some(leg);
        let attempt = visit.attempt_of(leg).filter(|attempt| talks && attempt.at_desk).ok_or(FORBIDDEN)?;
        if let Some(named) = self.named(attempt, to, attended) {
            return match &named.seat {
                Some((queue, seat)) if !self.lines.claim(key, queue, *seat) && !attended => Err(BUSY),
                _ => Ok((key, named)),
            };
        }
        let text = format!("the desk refers its caller to {to}, where its settings let nobody go");
        self.journal(now, Some(key), What::Trouble { text });
        Err(FORBIDDEN)
    }

    /// Whom a URI names, of those whom this desk may refer to.
    fn named(&self, by: &Attempt, to: &Uri, attended: bool) -> Option<Named> {
        let user = to.user()?;
        let own = self.config.desks.get(&by.desk)?;
        let is_here = self.is_here(by, to);
        let name = Name { to, user: &user, is_here, by_address: attended };
        let by_desk = self.desks_around(by).find_map(|desk| self.named_at(desk, &name));
        by_desk.or_else(|| self.named_outside(own, &name))
    }

    /// The desk of this attempt, and those that its people may refer callers to.
    pub(super) fn desks_around<'a>(&'a self, by: &'a Attempt) -> impl Iterator<Item = &'a Arc<str>> {
        let others = self.config.desks.get(&by.desk).into_iter().flat_map(|own| &own.refers_to);
        std::iter::once(&by.desk).chain(others.filter_map(|other| match other {
            Reference::Desk(desk) => Some(desk),
            Reference::Place(_) | Reference::Trunk(_) => None,
        }))
    }

    /// Whether a URI's host is this engine, as the phone that wrote it knows it.
    fn is_here(&self, by: &Attempt, to: &Uri) -> bool {
        let Some(host) = to.host() else { return true };
        let dialled = by.places.iter().filter_map(|place| match &place.way {
            Way::To(target) => Some(target.flow.local.ip()),
            Way::Phone(name) => self.endpoint.phone(name).first().map(|place| place.flow.local.ip()),
            Way::By { .. } => None,
        });
        let ours = dialled.chain(self.config.signaling.advertise);
        host.same(&self.config.host) || ours.into_iter().any(|ip| host.ip() == Some(ip))
    }

    fn named_at(&self, desk: &Arc<str>, name: &Name<'_>) -> Option<Named> {
        let settings = self.config.desks.get(desk)?;
        let at_desk = |seat, places, ring| Named { desk: desk.clone(), at_desk: true, seat, places, ring };
        if name.is_here && name.user == &**desk && !settings.dial.is_empty() {
            return Some(at_desk(None, settings.dial.clone(), RING));
        }
        let queues = self.config.queues.iter().filter(|(_, queue)| queue.desk == *desk);
        for (line, queue) in queues {
            let seat = queue.seats.iter().position(|seat| name.means(&seat.target));
            if let Some((at, seat)) = seat.and_then(|at| Some((at, queue.seats.get(at)?))) {
                return Some(at_desk(Some((line.clone(), at)), vec![seat.target.clone()], queue.ring));
            }
        }
        let dialled = settings.dial.iter().find(|place| name.means(place));
        dialled.map(|place| at_desk(None, vec![place.clone()], RING))
    }

    fn named_outside(&self, own: &DeskConfig, name: &Name<'_>) -> Option<Named> {
        own.refers_to.iter().find_map(|other| {
            let (desk, place) = match other {
                Reference::Desk(_) => return None,
                Reference::Place(other) => {
                    let place = self.config.transfers.get(other)?;
                    let meant = name.is_here && name.user == &**other || name.means(place);
                    (other, meant.then(|| place.clone())?)
                }
                Reference::Trunk(trunk) => {
                    let number = name.is_here.then(|| border::dialled(name.user)).flatten()?;
                    let prefixes = &self.config.trunks.get(trunk)?.line.limits.prefixes;
                    if !prefixes.iter().any(|prefix| number.starts_with(prefix.as_str())) {
                        return None;
                    }
                    (trunk, DialTarget { way: Way::By { trunk: trunk.clone(), number }, trusted: false })
                }
            };
            Some(Named { desk: desk.clone(), at_desk: false, seat: None, places: vec![place], ring: RING })
        })
    }

    fn ring_onward(
        &mut self,
        now: Now,
        key: CallKey,
        asked_by: LegKey,
        named: Named,
        replaces: Option<Replaces>,
    ) {
        let Named { desk, at_desk, places, ring, .. } = named;
        let leg = self.endpoint.new_leg();
        let target = places.first().map(|place| place.way.name()).unwrap_or_default();
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let by = visit.attempt.as_ref().map(|attempt| attempt.target.clone()).unwrap_or_default();
        visit.record.ring(&target, now.wall);
        visit.note(now, By::Agent(by), Event::Referred { to: target.clone() });
        let attempt = Attempt {
            leg,
            purpose: Purpose::Referral,
            desk: desk.clone(),
            at_desk,
            places,
            ring,
            target: target.clone(),
            signals_from: None,
            replaces,
        };
        visit.onward = Some(Onward { attempt, asked_by });
        self.signal(now, Command::AnswerRefer { leg: asked_by, status: ACCEPTED });
        self.journal(now, Some(key), What::Referred { desk, target });
        self.note_leg(now, key, leg);
        self.tell_call_of(key, call::Event::Refer(leg));
        self.hold_caller(now, key);
    }

    /// Tells who asked for it what becomes of a referral; harmless where there is none.
    pub(super) fn report_referral(&mut self, now: Now, key: CallKey, status: u16) {
        let onward = self.visits.get(&key).and_then(|visit| visit.onward.as_ref());
        if let Some(leg) = onward.map(|onward| onward.asked_by) {
            self.signal(now, Command::ReportRefer { leg, status });
        }
    }

    /// They have answered: the desk has done its part.
    pub(super) fn referred(&mut self, now: Now, key: CallKey, leg: LegKey) {
        self.report_referral(now, key, OK);
        let turn = self.lines.turn(key);
        self.lines.leave_line(now.mono, key);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(Onward { attempt, .. }) = visit.onward.take() else { return };
        let (desk, target) = (attempt.desk.clone(), attempt.target.clone());
        if let Some(audio) = visit.audio.get_mut(&leg) {
            audio.target = Some(target.clone());
        }
        visit.turn = turn.or(visit.turn);
        visit.record.answer_rung(now.wall);
        if attempt.at_desk {
            visit.set_fact(now, "desk", &desk);
        }
        visit.attempt = Some(attempt);
        visit.note(now, By::Engine, Event::Transferred { to: desk.to_string(), target: target.clone() });
        self.journal(now, Some(key), What::Connected { desk, target });
    }

    /// They did not take the call, and caller and desk hear each other again.
    pub(super) fn referral_failed(&mut self, now: Now, key: CallKey, why: Failure) {
        self.not_taken_onward(now, key, why);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.record.return_to_last(now.wall);
            visit.refused_at = Some((now.mono, failed(why).1));
        }
        self.hold_caller(now, key);
    }

    /// The desk has hung up, and is free for the next caller; this one waits for whoever rings.
    pub(super) fn desk_let_go(&mut self, now: Now, key: CallKey) {
        let turn = self.lines.turn(key);
        self.lines.leave_line(now.mono, key);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.turn = turn.or(visit.turn);
            visit.attempt = None;
        }
        self.journal(now, Some(key), What::DeskLeft);
    }

    /// Whether a desk that hangs up had not heard yet that the caller is back: many phones hang up with their
    /// REFER. The caller keeps their turn, as if it had hung up before.
    pub(super) fn hung_up_on_a_referral(&mut self, now: Now, key: CallKey) -> Option<DialFailure> {
        let turn = self.lines.turn(key);
        let visit = self.visits.get_mut(&key)?;
        let crossed = visit.refused_at.take().filter(|(at, _)| now.mono - *at < CROSSING);
        visit.turn = crossed.and(turn.or(visit.turn));
        crossed.map(|(_, why)| why)
    }

    /// Nobody is left to talk to: the plan finds somebody.
    pub(super) fn caller_stranded(&mut self, now: Now, key: CallKey, why: Failure) {
        self.not_taken_onward(now, key, why);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.record.end_rung(now.wall);
            let caller = visit.call.caller();
            visit.hold_music = false;
            self.command_media(key, media::Command::Stop { leg: caller });
        }
        let (_, failure, _) = failed(why);
        self.tell_plan(now, key, dialplan::Event::DialFailed(failure));
    }

    fn not_taken_onward(&mut self, now: Now, key: CallKey, why: Failure) {
        self.report_referral(now, key, border::refused_referral(why));
        self.lines.give_back(now.mono, key);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(Onward { attempt, .. }) = visit.onward.take() else { return };
        let (_, _, text) = failed(why);
        let target = attempt.target;
        visit.note(now, By::Engine, Event::Declined { target: target.clone(), why: text.into() });
        self.journal(now, Some(key), What::NotTaken { target, why: text });
    }
}

/// Whom a URI names, before anybody has looked who that is.
struct Name<'a> {
    to: &'a Uri,
    user: &'a str,
    /// Whether its host is this engine.
    is_here: bool,
    /// Whether a phone's address is name enough.
    by_address: bool,
}

impl Name<'_> {
    /// Whether it means this place: by its user at its own host or at this engine, or by its address.
    fn means(&self, place: &DialTarget) -> bool {
        match &place.way {
            Way::To(target) => {
                let same_host = match (self.to.host(), target.uri.host()) {
                    (Some(theirs), Some(ours)) => theirs.same(ours),
                    _ => false,
                };
                let at = target.flow.remote;
                let same_phone = self.to.host().and_then(|host| host.ip()) == Some(at.ip())
                    && self.to.port().unwrap_or(target.flow.transport.default_port()) == at.port();
                let same_user = target.uri.user().is_some_and(|known| known == self.user);
                (same_user && (self.is_here || same_host)) || (self.by_address && same_phone)
            }
            Way::By { number, .. } => self.is_here && number == self.user,
            Way::Phone(name) => self.is_here && **name == *self.user,
        }
    }
}
