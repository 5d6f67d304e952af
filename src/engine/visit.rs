//! The data of one caller's visit: what each room keeps of it.

use super::border::identity::Identity;
use super::speaking::HeldPlay;
use super::world::{Rooms, View};
use super::{DialTarget, Habits};
use crate::base::{CallKey, Instant, Language, LegKey, Now};
use crate::call::{Call, Purpose, Record};
use crate::case::{By, Case};
use crate::dialplan::trail::Trail;
use crate::dialplan::{self, DialFailure, Plan, Run};
use crate::media::RecordingKey;
use crate::node::AskKey;
use crate::queue::Turn;
use crate::sdp;
use crate::signaling::Transport;
use crate::sip::Replaces;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// One visit.
pub(super) struct Visit {
    pub(super) call: Call,
    pub(super) identity: Identity,
    pub(super) plan: Arc<Plan>,
    pub(super) run: Option<Run>,
    /// What the call did in its plan, once it is over.
    pub(super) trail: Option<Trail>,
    pub(super) case: Option<Case>,
    pub(super) case_is_dirty: bool,
    pub(super) case_is_durable: bool,
    pub(super) record: Record,
    pub(super) started: Instant,
    /// The host that the caller's signaling comes from.
    pub(super) signals_from: IpAddr,
    /// What the caller's signaling travels on.
    pub(super) transport: Transport,
    /// What calls by the caller's carrier are like.
    pub(super) habits: Habits,
    /// What the caller offered; `None` where the INVITE had no SDP.
    pub(super) offer: Option<sdp::Session>,
    pub(super) audio: BTreeMap<LegKey, Audio>,
    pub(super) playing: Option<crate::media::PlayKey>,
    /// What plays once it has been spoken.
    pub(super) held_play: Option<HeldPlay>,
    pub(super) attempt: Option<Attempt>,
    /// Whom the desk refers the caller to.
    pub(super) onward: Option<Onward>,
    /// Who rings here for the place of the desk.
    pub(super) arriving: Option<Arriving>,
    /// When somebody last did not take the caller whom the desk had referred to them.
    pub(super) refused_at: Option<(Instant, DialFailure)>,
    /// Their turn in the line they were taken from, should nobody be left to talk to.
    pub(super) turn: Option<Turn>,
    pub(super) in_line: Option<Arc<str>>,
    /// When to look whether the desk of the line is still open.
    pub(super) line_check: Option<Instant>,
    pub(super) held_ring: Option<HeldRing>,
    /// The question whose answer the plan waits for.
    pub(super) asked: Option<AskKey>,
    /// The recording whose end the plan waits for.
    pub(super) recording: Option<RecordingKey>,
    /// Recordings so far.
    pub(super) recordings: u32,
    /// Whether nothing is left of the call but a recording on its way to the disk.
    pub(super) is_gone: bool,
    /// Whether the caller hears music because the desk holds them.
    pub(super) hold_music: bool,
}

/// A leg's audio.
pub(super) struct Audio {
    /// Our RTP address as the far side sees it.
    pub(super) address: SocketAddr,
    /// Our description as last sent.
    pub(super) local: Option<sdp::Local>,
    /// What was agreed last.
    pub(super) agreed: Option<sdp::Agreed>,
    /// The URI that answered; none: the caller's own leg, or nobody yet.
    pub(super) target: Option<String>,
}

/// A desk being rung, or talking.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) leg: LegKey,
    pub(super) purpose: Purpose,
    /// The desk's name, or the transfer's.
    pub(super) desk: Arc<str>,
    /// Whether it is at a desk: its people may refer callers where that desk's settings say.
    pub(super) at_desk: bool,
    /// What is rung, first to last.
    pub(super) places: Vec<DialTarget>,
    /// How long each may ring.
    pub(super) ring: Duration,
    /// The URI now rung.
    pub(super) target: String,
    /// The host that it signals from, once it has answered.
    pub(super) signals_from: Option<IpAddr>,
    /// The dialog there whose place the caller takes (RFC 3891).
    pub(super) replaces: Option<Replaces>,
}

/// Somebody at the desk who calls to take over the caller of a colleague (RFC 3891).
pub(super) struct Arriving {
    pub(super) attempt: Attempt,
    /// Their seat of a queue, where they have one.
    pub(super) seat: Option<(Arc<str>, usize)>,
    /// What they offer; none: they want ours.
    pub(super) offer: Option<sdp::Session>,
    /// What their signaling travels on.
    pub(super) transport: Transport,
}

/// Somebody to whom the desk refers its caller, being rung.
pub(super) struct Onward {
    pub(super) attempt: Attempt,
    /// The leg that asked for it and is told what becomes of it.
    pub(super) asked_by: LegKey,
}

/// A desk leg that is to ring once the case is durable.
#[derive(Clone, Copy)]
pub(super) struct HeldRing {
    pub(super) leg: LegKey,
    pub(super) purpose: Purpose,
    /// When it rings all the same.
    pub(super) until: Instant,
}

impl Visit {
    /// Whether there is a case whose number nobody may be told yet.
    pub(super) fn case_waits_for_the_store(&self) -> bool {
        self.case.is_some() && !self.case_is_durable
    }

    /// What rings or talks on this leg.
    pub(super) fn attempt_of(&self, leg: LegKey) -> Option<&Attempt> {
        let onward = self.onward.as_ref().map(|onward| &onward.attempt);
        let arriving = self.arriving.as_ref().map(|arriving| &arriving.attempt);
        self.attempt.iter().chain(onward).chain(arriving).find(|attempt| attempt.leg == leg)
    }

    /// The same, to be changed.
    pub(super) fn attempt_of_mut(&mut self, leg: LegKey) -> Option<&mut Attempt> {
        let onward = self.onward.as_mut().map(|onward| &mut onward.attempt);
        self.attempt.iter_mut().chain(onward).find(|attempt| attempt.leg == leg)
    }

    /// Starts the plan, once.
    pub(super) fn start_plan(&mut self, now: Now, rooms: Rooms<'_>) {
        if self.run.is_none() {
            let view = self.view(now, rooms);
            self.run = Some(Run::start(self.plan.clone(), now.mono, &view));
            self.record.plan_began_at = Some(now.wall);
        }
    }

    pub(super) fn tell_plan(&mut self, now: Now, rooms: Rooms<'_>, event: dialplan::Event) {
        let view = self.view(now, rooms);
        if let Some(run) = self.run.as_mut() {
            run.handle_event(now.mono, &view, event);
        }
    }

    pub(super) fn handle_deadline(&mut self, now: Now, rooms: Rooms<'_>) {
        if now.mono >= super::longest_end(self.started) {
            self.call.handle_event(crate::call::Event::Hangup(crate::base::EndCause::TooLong));
            return;
        }
        let view = self.view(now, rooms);
        if let Some(run) = self.run.as_mut() {
            run.handle_deadline(now.mono, &view);
        }
    }

    /// When the plan, or the limit of a call's length, wants to be heard.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if !self.call.is_up() {
            return None;
        }
        let plan = self.run.as_ref().and_then(Run::poll_deadline).map(|d| d.at);
        let line = self.line_check.filter(|_| self.in_line.is_some());
        let held = self.held_ring.map(|held| held.until);
        let play = self.held_play.as_ref().map(|held| held.until);
        [plan, line, held, play].into_iter().flatten().chain([super::longest_end(self.started)]).min()
    }

    /// Notes something in the case.
    pub(super) fn note(&mut self, now: Now, by: By, event: crate::case::Event) {
        if let Some(case) = self.case.as_mut() {
            case.record(now.wall, by, event);
            self.case_is_dirty = true;
        }
    }

    /// Sets a field of the case on the engine's behalf.
    pub(super) fn set_fact(&mut self, now: Now, field: &str, value: &str) {
        if let Some(case) = self.case.as_mut() {
            let set = case.change(now.wall, By::Engine, field, Some(value));
            debug_assert!(set.is_ok(), "{field} = {value}");
            self.case_is_dirty = true;
        }
    }

    /// The caller is not in that line any more, nor was taken from it.
    pub(super) fn forget_line(&mut self, now: Now) {
        self.in_line = None;
        self.line_check = None;
        if let Some(case) = self.case.as_mut() {
            // The tier that is left is the one that the support option reaches.
            let tier = case.option.map(|option| option.tier().to_string());
            for (field, left) in [("queue", None), ("tier", tier.as_deref())] {
                let forgotten = case.change(now.wall, By::Engine, field, left);
                debug_assert!(forgotten.is_ok(), "{field}");
            }
            self.case_is_dirty = true;
        }
    }

    /// The language the caller chose; English until then (design of the desk: Global is English).
    pub(super) fn language(&self) -> Language {
        self.case.as_ref().and_then(|c| c.language).unwrap_or(Language::En)
    }

    /// Whether the caller needs a Japanese interpreter.
    pub(super) fn needs_interpreter(&self) -> bool {
        self.case.as_ref().and_then(|c| c.interpreter).unwrap_or(false)
    }

    pub(super) fn key(&self) -> CallKey {
        self.call.key()
    }

    fn view<'a>(&self, now: Now, rooms: Rooms<'a>) -> View<'a> {
        let durable_case =
            self.case.as_ref().filter(|_| self.case_is_durable).map(|c| c.number().to_string());
        View { wall: now.wall, rooms, caller: self.identity.shown().cloned(), durable_case }
    }
}
