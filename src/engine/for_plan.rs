//! What the plan of a visit wants, carried out in the other rooms.

use super::Engine;
use super::visit::{Attempt, HeldRing};
use crate::base::{CallKey, Clip, LegKey, Now, Number};
use crate::call::{self, Purpose};
use crate::case::By;
use crate::dialplan::Action;
use crate::media::{self, PlayKey};
use crate::node::journal::What;
use std::sync::Arc;
use std::time::Duration;

/// How long into a call no desk is rung for want of the case on disk; then without the case's number.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

impl Engine {
    pub(super) fn for_plan(&mut self, now: Now, key: CallKey, action: Action) {
        match action {
            Action::Trace { step, verb, event } => {
                self.journal(now, Some(key), What::Step { step, verb, event });
            }
            Action::Play { clips, repeat } => self.play(now, key, clips, repeat),
            Action::StopPlay => self.stop_play(now, key),
            Action::Set { field, value } => self.set(now, key, &field, &value),
            Action::Enqueue { queue } => self.enqueue(now, key, queue),
            Action::LeaveQueue => self.leave_queue(now, key),
            Action::Dial { desk, ring_seconds } => self.dial(now, key, Purpose::Desk, desk, ring_seconds),
            Action::Transfer { to, ring_seconds } => self.dial(now, key, Purpose::Transfer, to, ring_seconds),
            Action::CancelDial => self.cancel_dial(now, key),
            Action::RequestCallback { queue, number } => self.request_callback(now, key, queue, number),
            Action::Ask { webhook, deadline } => self.ask(now, key, webhook, deadline),
            Action::Verify { pin, deadline } => self.verify(now, key, pin, deadline),
            Action::Note { text } => {
                if let Some(visit) = self.visits.get_mut(&key) {
                    visit.note(now, By::Plan, crate::case::Event::Noted { text, public: false });
                }
            }
            Action::DropQuestion => self.drop_question(key),
            Action::Record(limits) => self.record(key, limits),
            Action::StopRecording => self.stop_recording(key),
            Action::CaseNumberTold => {
                if let Some(visit) = self.visits.get_mut(&key) {
                    visit.note(now, By::Plan, crate::case::Event::NumberTold);
                }
            }
            Action::Hangup { cause } => self.end_call(key, cause),
        }
    }

    fn play(&mut self, now: Now, key: CallKey, clips: Vec<Clip>, repeat: bool) {
        let play = self.new_play();
        let Some(visit) = self.visits.get_mut(&key).filter(|v| v.call.is_up()) else { return };
        visit.playing = Some(play);
        match self.is_whole(&clips) {
            true => self.start_play(now, key, play, clips, repeat),
            false => self.hold_play(now, key, play, clips, repeat),
        }
    }

    pub(super) fn start_play(
        &mut self,
        now: Now,
        key: CallKey,
        play: PlayKey,
        clips: Vec<Clip>,
        repeat: bool,
    ) {
        let Some(leg) = self.visits.get(&key).map(|v| v.call.caller()) else { return };
        self.journal(now, Some(key), What::Plays { clips: clips.iter().filter_map(clip_name).collect() });
        self.command_media(key, media::Command::Play { leg, play, clips, repeat });
    }

    fn stop_play(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if visit.playing.take().is_some() {
            let leg = visit.call.caller();
            self.journal(now, Some(key), What::PlayStopped);
            self.command_media(key, media::Command::Stop { leg });
        }
    }

    fn set(&mut self, now: Now, key: CallKey, field: &str, value: &str) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(case) = visit.case.as_mut() else { return };
        let what = match case.change(now.wall, By::Plan, field, Some(value).filter(|value| !value.is_empty()))
        {
            Ok(()) => What::Fact { field: field.into(), value: value.into() },
            Err(error) => What::Trouble { text: error.to_string() },
        };
        visit.case_is_dirty = true;
        self.journal(now, Some(key), what);
    }

    /// The case keeps the request; who is called when is for whoever reads the cases of this stage.
    fn request_callback(&mut self, now: Now, key: CallKey, queue: Arc<str>, number: Number) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let requested =
            crate::case::Event::CallbackRequested { queue: queue.to_string(), number: number.clone() };
        visit.note(now, By::Caller, requested);
        self.journal(now, Some(key), What::Fact { field: "callback".into(), value: number.to_string() });
    }

    fn enqueue(&mut self, now: Now, key: CallKey, queue: Arc<str>) {
        let settings = self.config.queues.get(&queue).map(|q| (q.desk.clone(), q.tier));
        let open = self.line_is_open(now, &queue);
        let turn = self.visits.get_mut(&key).and_then(|visit| visit.turn.take());
        match turn {
            Some(turn) => self.lines.join_again(now.mono, &queue, key, open, turn),
            None => self.lines.join(now.mono, &queue, key, open),
        }
        let waits = self.lines.holds(key);
        let line_check = self.next_line_check(now, &queue);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if let Some((desk, tier)) = settings {
            visit.set_fact(now, "desk", &desk);
            if waits {
                visit.set_fact(now, "queue", &queue);
                visit.set_fact(now, "tier", &tier.to_string());
            }
        }
        if waits {
            visit.in_line = Some(queue.clone());
            visit.line_check = Some(line_check);
            self.journal(now, Some(key), What::Queued { queue, again: turn.is_some() });
        }
    }

    fn leave_queue(&mut self, now: Now, key: CallKey) {
        self.lines.leave(now.mono, key);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if let Some(queue) = visit.in_line.take() {
            visit.note(now, By::Plan, crate::case::Event::QueueLeft { queue: queue.to_string() });
            visit.forget_line(now);
        }
        if visit.attempt.as_ref().is_some_and(|a| a.purpose == Purpose::Seat) {
            self.cancel_dial(now, key);
        }
    }

    fn dial(&mut self, now: Now, key: CallKey, purpose: Purpose, desk: Arc<str>, ring_seconds: u32) {
        let leg = self.endpoint.new_leg();
        let at_desk = purpose == Purpose::Desk;
        let places = match at_desk {
            true => self.config.desks.get(&desk).map(|d| d.dial.clone()).unwrap_or_default(),
            false => self.config.transfers.get(&desk).cloned().into_iter().collect(),
        };
        let target = places.first().map(|place| place.way.name()).unwrap_or_default();
        let ring = Duration::from_secs(u64::from(ring_seconds));
        let Some(visit) = self.visits.get_mut(&key) else { return };
        visit.forget_line(now);
        visit.attempt = Some(Attempt {
            leg,
            purpose,
            desk,
            at_desk,
            places,
            ring,
            target,
            signals_from: None,
            replaces: None,
        });
        self.ring(now, key, leg, purpose);
    }

    /// Adds a desk leg to the call, once the case is durable: the INVITE tells its number.
    pub(super) fn ring(&mut self, now: Now, key: CallKey, leg: LegKey, purpose: Purpose) {
        if let Some(visit) = self.visits.get_mut(&key).filter(|v| v.case_waits_for_the_store()) {
            let until = visit.started + STORE_PATIENCE;
            if now.mono < until {
                visit.held_ring = Some(HeldRing { leg, purpose, until });
                return self.agenda.push_back(key);
            }
        }
        self.ring_now(now, key, leg, purpose);
    }

    /// Rings what waited for the case, with its number or without.
    pub(super) fn release_ring(&mut self, now: Now, key: CallKey) {
        let held = self.visits.get_mut(&key).and_then(|v| v.held_ring.take());
        if let Some(HeldRing { leg, purpose, .. }) = held {
            self.ring_now(now, key, leg, purpose);
        }
    }

    fn ring_now(&mut self, now: Now, key: CallKey, leg: LegKey, purpose: Purpose) {
        self.note_leg(now, key, leg);
        self.tell_call_of(key, call::Event::Dial(leg, purpose));
        self.forget_leg_if_released(leg);
    }

    /// A leg of the desk's side belongs to the call from now on.
    pub(super) fn note_leg(&mut self, now: Now, key: CallKey, leg: LegKey) {
        let role = self.visits.get(&key).and_then(|v| v.attempt_of(leg)).map(|a| a.desk.to_string());
        self.legs.insert(leg, key);
        self.journal(now, Some(key), What::Leg { leg, role: role.unwrap_or_default() });
    }

    fn cancel_dial(&mut self, now: Now, key: CallKey) {
        self.stop_hold_music(now, key);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.attempt = None;
            visit.held_ring = None;
            visit.record.end_rung(now.wall);
        }
        self.tell_call_of(key, call::Event::CancelDial);
    }

    pub(super) fn tell_call_of(&mut self, key: CallKey, event: call::Event) {
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.call.handle_event(event);
            self.agenda.push_back(key);
        }
    }
}

/// What a journal calls a clip; pauses have no name.
pub(super) fn clip_name(clip: &Clip) -> Option<String> {
    match clip {
        Clip::Prompt(id, language) => Some(format!("{id}:{language}")),
        Clip::Ringback => Some("ringback".into()),
        Clip::Beep => Some("beep".into()),
        Clip::Pause(_) => None,
    }
}
