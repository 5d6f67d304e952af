//! What signaling tells, passed to the room it concerns.

use super::Engine;
use super::border::{self, identity};
use super::visit::{Audio, Visit};
use crate::audio::Codec;
use crate::base::{CallKey, EndCause, LegKey, Now, Number, limits};
use crate::call::{self, Call, Record};
use crate::media::agreement;
use crate::node::journal::What;
use crate::signaling::{Command, Event, Flow, LegEnd};
use crate::sip::{Fields, Request, Uri};
use crate::{dialplan, media, sdp};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// What is told of whoever rings, in whatever way they say so.
const RINGING: u16 = 180;

impl Engine {
    pub(super) fn on_signaling(&mut self, now: Now, event: Event) {
        match event {
            Event::Incoming { leg, flow, offer, replaces: Some(desk), .. } => {
                self.take_place(now, leg, flow, offer, desk);
            }
            Event::Incoming { leg, request, flow, offer, replaces: None } => {
                self.incoming(now, leg, &request, flow, offer);
            }
            Event::Progress { leg, status, .. } => self.progress(now, leg, status),
            Event::Answered { leg, answer, from, .. } => self.desk_answered(now, leg, answer, from),
            Event::TryingNext { leg, uri, status, .. } => self.trying_next(now, leg, &uri, status),
            Event::Established { leg, answer } => self.established(now, leg, answer),
            Event::Offer { leg, offer } => self.offered_again(now, leg, offer),
            Event::OfferAnswered { leg, answer } => {
                if let Some(answer) = answer {
                    self.answered_again(now, leg, &answer);
                }
            }
            Event::Info { leg, content_type, body } => self.info(leg, &content_type, &body),
            Event::Refer { leg, to, replaces } => self.refer(now, leg, &to, replaces),
            // Only test phones refer.
            Event::Referred { .. } => {}
            Event::Trunk { standing, news } => self.journal(now, None, What::Trunk { standing, news }),
            Event::Phone { standing, news } => self.journal(now, None, What::Phone { standing, news }),
            Event::Ended { leg, end } => self.leg_ended(leg, end),
        }
    }

    /// A caller rings: 180 at once, a visit, sockets; or a refusal, which costs none of these.
    fn incoming(&mut self, now: Now, leg: LegKey, invite: &Request, flow: Flow, offer: Option<Vec<u8>>) {
        let trunk = self.endpoint.trunk_of(flow.remote.ip()).cloned();
        let habits = self.config.habits(trunk.as_deref());
        let refused = self.refusal(&offer, flow, &habits.codecs);
        if refused.is_none() {
            self.signal(now, Command::Ring { leg, sdp: None, reliable: habits.reliable });
        }
        let claimed = |number: &Number| self.plans.claims(number);
        let identity = identity::read(invite, trunk.is_some(), &habits.number_from, claimed);
        let key = CallKey(self.next_call);
        self.next_call += 1;
        let call = refused.map_or_else(|| Call::new(key, leg), |cause| Call::refused(key, leg, cause));
        let mut visit = self.new_visit(now, call, identity, invite, flow);
        visit.offer = offer.and_then(|o| sdp::read(&o).ok());
        visit.habits = habits;
        let started = What::CallStarted {
            call_id: visit.record.call_id.clone().into(),
            caller: visit.record.caller.clone(),
            presentation: visit.record.caller_presentation,
            dialed: visit.record.dialed.clone(),
        };
        self.legs.insert(leg, key);
        self.visits.insert(key, visit);
        self.journal(now, Some(key), started);
        self.journal(now, Some(key), What::Leg { leg, role: "caller".into() });
        self.agenda.push_back(key);
    }

    fn new_visit(
        &mut self,
        now: Now,
        call: Call,
        identity: identity::Identity,
        invite: &Request,
        flow: Flow,
    ) -> Visit {
        let dialed = identity.dialed_number.as_ref();
        let plan = dialed.map_or_else(|| self.plans.default_plan().clone(), |n| self.plans.route(n));
        let record = Record {
            call_id: self.rng.hex(16),
            sip_call_id: invite.call_id().unwrap_or_default().replace(char::is_control, ""),
            caller: identity.caller.as_ref().map(ToString::to_string),
            caller_presentation: identity.presentation,
            dialed: identity.dialed.clone(),
            plan: plan.name().to_string(),
            plan_version: plan.content_hash().to_string(),
            started_at: now.wall,
            answered_at: None,
            plan_began_at: None,
            ended_at: None,
            cause: None,
            digits: 0,
            case: None,
            rung: Vec::new(),
            audio: Vec::new(),
        };
        Visit {
            call,
            identity,
            plan,
            run: None,
            trail: None,
            case: None,
            case_is_dirty: false,
            case_is_durable: false,
            record,
            started: now.mono,
            signals_from: flow.remote.ip(),
            transport: flow.transport,
            habits: self.config.habits(None),
            offer: None,
            audio: BTreeMap::new(),
            playing: None,
            held_play: None,
            attempt: None,
            onward: None,
            arriving: None,
            refused_at: None,
            turn: None,
            in_line: None,
            line_check: None,
            held_ring: None,
            asked: None,
            recording: None,
            recordings: 0,
            is_gone: false,
            hold_music: false,
        }
    }

    /// Whether a call cannot be taken at all, before anything is spent on it.
    fn refusal(&self, offer: &Option<Vec<u8>>, flow: Flow, codecs: &[Codec]) -> Option<EndCause> {
        if self.visits.len() >= limits::CALLS {
            return Some(EndCause::Overloaded);
        }
        let offer = offer.as_ref()?;
        if !self.is_usable(offer, flow, codecs) {
            return Some(EndCause::NoCommonCodec);
        }
        let unreached = |ip: IpAddr| !self.config.audio_over.have(ip.to_canonical());
        border::sdp::announced(offer).is_some_and(unreached).then_some(EndCause::NoCommonAddress)
    }

    /// Whether what is offered by this way has audio that can be answered.
    pub(super) fn is_usable(&self, offer: &[u8], flow: Flow, codecs: &[Codec]) -> bool {
        let encrypted = agreement::Encrypted {
            keyed: self.config.encryption.covers(flow.transport.is_secure()),
            by_dtls: self.config.certificate.is_some(),
        };
        agreement::is_usable(offer, codecs, encrypted)
    }

    fn progress(&mut self, now: Now, leg: LegKey, status: u16) {
        let rings = status == 180 || status == 183;
        let Some(key) = self.legs.get(&leg).copied().filter(|_| rings) else { return };
        match self.visits.get(&key).is_some_and(|v| v.call.onward() == Some(leg)) {
            true => self.report_referral(now, key, RINGING),
            false => self.tell_plan(now, key, dialplan::Event::Ringing),
        }
    }

    fn desk_answered(&mut self, now: Now, leg: LegKey, answer: Option<Vec<u8>>, from: IpAddr) {
        if let Some(key) = self.legs.get(&leg)
            && let Some(attempt) = self.visits.get_mut(key).and_then(|visit| visit.attempt_of_mut(leg))
        {
            attempt.signals_from = border::desk::signals_from(attempt, from);
        }
        let usable = match answer {
            Some(answer) => self.configure_from_answer(leg, &answer),
            // The audio was agreed on by an offer of the desk's own, before it answered the call.
            None => {
                self.visit_of(leg).and_then(|v| v.audio.get(&leg)).is_some_and(|audio| audio.agreed.is_some())
            }
        };
        if usable {
            self.tell_call(leg, call::Event::DeskAnswered(leg));
        } else {
            self.trouble(now, leg, "the desk answered without usable audio".into());
            let cause = EndCause::NoCommonCodec;
            let hangup = Command::Hangup { leg, status: cause.sip_status(), q850: cause.q850() };
            self.signal(now, hangup);
        }
    }

    fn trying_next(&mut self, now: Now, leg: LegKey, uri: &Uri, status: u16) {
        let attempt = self.visit_of(leg).and_then(|v| v.attempt_of_mut(leg));
        let before = attempt.map(|attempt| std::mem::replace(&mut attempt.target, uri.to_string()));
        let Some(visit) = self.visit_of(leg) else { return };
        let key = visit.key();
        let why = border::unreached(status);
        let declined = before.clone().unwrap_or_default();
        visit.note(
            now,
            crate::case::By::Engine,
            crate::case::Event::Declined { target: declined, why: why.into() },
        );
        let offered = visit.attempt_of(leg).map(|a| (a.desk.clone(), a.target.clone()));
        if let Some(target) = before {
            self.journal(now, Some(key), What::NotTaken { target, why });
        }
        if let Some((desk, target)) = offered {
            if let Some(visit) = self.visits.get_mut(&key) {
                visit.record.ring(&target, now.wall);
                let event = crate::case::Event::Offered { target: target.clone() };
                visit.note(now, crate::case::By::Engine, event);
            }
            self.journal(now, Some(key), What::Offered { desk, target });
        }
    }

    /// ACK: where the INVITE came without SDP, it carries the answer, and the plan can start. A plan
    /// that still waits for an answer then will never have one.
    fn established(&mut self, now: Now, leg: LegKey, answer: Option<Vec<u8>>) {
        let Some(key) = self.legs.get(&leg).copied() else { return };
        if answer.is_some_and(|answer| self.configure_from_answer(leg, &answer)) {
            self.start_plan(now, key);
        } else if self.visits.get(&key).is_some_and(|visit| visit.run.is_none()) {
            self.end_call(key, EndCause::NoCommonCodec);
        }
    }

    fn configure_from_answer(&mut self, leg: LegKey, answer: &[u8]) -> bool {
        let hearing = self.hearing(leg);
        let Some(visit) = self.visit_of(leg) else { return false };
        let key = visit.key();
        let settings = border::sdp::accept(visit, leg, answer, hearing);
        let usable = settings.is_some();
        if let Some(settings) = settings {
            self.command_media(key, media::Command::Configure { leg, settings });
        }
        usable
    }

    /// How a leg is heard, and where it signals from.
    pub(super) fn hearing(&self, leg: LegKey) -> border::sdp::Hearing {
        let visit = self.legs.get(&leg).and_then(|key| self.visits.get(key));
        let is_caller = visit.is_some_and(|v| v.call.caller() == leg);
        let signals_from = match visit {
            Some(visit) if is_caller => Some(visit.signals_from),
            Some(visit) => visit.attempt_of(leg).and_then(|attempt| attempt.signals_from),
            None => None,
        };
        let timeout = self.config.media_timeout;
        border::sdp::Hearing { inband: self.config.inband, is_caller, signals_from, timeout }
    }

    /// A re-INVITE or UPDATE: hold, resume, a new address, or a question for our offer.
    fn offered_again(&mut self, now: Now, leg: LegKey, offer: Option<Vec<u8>>) {
        let (hearing, fresh) = (self.hearing(leg), self.credentials());
        let Some(visit) = self.visit_of(leg) else { return };
        let key = visit.key();
        let Some(offer) = offer else {
            let sdp = border::sdp::offer_again(visit, leg);
            return self.signal(now, Command::AnswerOffer { leg, sdp });
        };
        let held_before = border::sdp::is_held(visit, leg);
        let answered = border::sdp::answer_again(visit, leg, &offer, hearing, fresh);
        let (sdp, settings) = answered.unzip();
        self.signal(now, Command::AnswerOffer { leg, sdp });
        if let Some(settings) = settings {
            self.command_media(key, media::Command::Configure { leg, settings });
        }
        self.note_hold(now, leg, held_before);
    }

    /// The answer to our offer in an established call.
    fn answered_again(&mut self, now: Now, leg: LegKey, answer: &[u8]) {
        let Some(held_before) = self.visit_of(leg).map(|visit| border::sdp::is_held(visit, leg)) else {
            return;
        };
        self.configure_from_answer(leg, answer);
        self.note_hold(now, leg, held_before);
    }

    fn note_hold(&mut self, now: Now, leg: LegKey, held_before: bool) {
        let Some(visit) = self.visit_of(leg) else { return };
        let (key, held) = (visit.key(), border::sdp::is_held(visit, leg));
        if held != held_before {
            self.journal(now, Some(key), What::Hold { leg, held });
            self.hold_caller(now, key);
        }
    }

    fn info(&mut self, leg: LegKey, content_type: &str, body: &[u8]) {
        let digit = border::info::digit(content_type, body);
        if let (Some(digit), Some(key)) = (digit, self.legs.get(&leg).copied()) {
            self.command_media(key, media::Command::DigitFromInfo { leg, digit });
        }
    }

    fn leg_ended(&mut self, leg: LegKey, end: LegEnd) {
        self.tell_call(leg, call::Event::LegEnded(leg, border::parting(end)));
    }

    /// Sockets are bound: the stream begins, and the call goes on.
    pub(super) fn port_opened(&mut self, leg: LegKey, address: SocketAddr) {
        let open = media::Command::Open {
            leg,
            ssrc: self.rng.next_u32(),
            first_seq: self.rng.next_u32() as u16,
            first_timestamp: self.rng.next_u32(),
            cname: self.rng.hex(8),
        };
        if let Some(call) = self.ruins.remove(&leg) {
            return self.command_media(call, media::Command::Close { leg });
        }
        if let Some(visit) = self.visit_of(leg) {
            visit.audio.insert(leg, Audio { address, local: None, agreed: None, target: None });
            let key = visit.key();
            self.command_media(key, open);
        }
        self.tell_call(leg, call::Event::PortOpened(leg));
    }
}
