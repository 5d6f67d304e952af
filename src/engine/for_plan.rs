//! What the plan of a visit wants, carried out in the other rooms.

use super::Engine;
use super::visit::Attempt;
use super::world::desk_state;
use crate::base::{CallKey, Clip, Now};
use crate::call::{self, Purpose};
use crate::case::By;
use crate::dialplan::{Action, Desk};
use crate::media;
use crate::node::journal::What;
use std::sync::Arc;

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
            Action::Dial { desk, ring_seconds } => self.dial_desk(key, desk, ring_seconds),
            Action::CancelDial => self.cancel_dial(key),
            Action::Hangup { cause } => self.end_call(key, cause),
        }
    }

    fn play(&mut self, now: Now, key: CallKey, clips: Vec<Clip>, repeat: bool) {
        let play = self.new_play();
        let Some(visit) = self.visits.get_mut(&key).filter(|v| v.call.is_up()) else { return };
        visit.playing = Some(play);
        let leg = visit.call.caller();
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
        let what = match case.change(now.wall, By::Plan, field, Some(value)) {
            Ok(()) => What::Fact { field: field.into(), value: value.into() },
            Err(error) => What::Trouble { text: error.to_string() },
        };
        visit.case_is_dirty = true;
        self.journal(now, Some(key), what);
    }

    fn enqueue(&mut self, now: Now, key: CallKey, queue: Arc<str>) {
        let settings = self.config.queues.get(&queue).map(|q| (q.desk.clone(), q.tier));
        let open = settings
            .as_ref()
            .is_some_and(|(desk, _)| desk_state(&self.config.calendar, desk, now.wall) == Desk::Open);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if let Some((desk, tier)) = settings {
            visit.set_fact(now, "desk", &desk);
            visit.set_fact(now, "queue", &queue);
            visit.set_fact(now, "tier", &tier.to_string());
        }
        visit.in_line = Some(queue.clone());
        self.lines.join(now.mono, &queue, key, open);
        self.journal(now, Some(key), What::Queued { queue });
    }

    fn leave_queue(&mut self, now: Now, key: CallKey) {
        self.lines.leave(now.mono, key);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if let Some(queue) = visit.in_line.take() {
            visit.note(now, By::Plan, crate::case::Event::QueueLeft { queue: queue.to_string() });
        }
        if visit.attempt.as_ref().is_some_and(|a| a.purpose == Purpose::Seat) {
            self.cancel_dial(key);
        }
    }

    fn dial_desk(&mut self, key: CallKey, desk: Arc<str>, ring_seconds: u32) {
        let leg = self.endpoint.new_leg();
        let Some(visit) = self.visits.get_mut(&key) else { return };
        visit.ring_seconds = ring_seconds;
        let target = self.config.desks.get(&desk).and_then(|d| d.dial.first());
        let target = target.map(|t| t.target.uri.to_string()).unwrap_or_default();
        visit.attempt = Some(Attempt { leg, purpose: Purpose::Desk, desk, seat: None, target });
        self.ring(key, leg, Purpose::Desk);
    }

    /// Adds a desk leg to the call.
    pub(super) fn ring(&mut self, key: CallKey, leg: crate::base::LegKey, purpose: Purpose) {
        self.legs.insert(leg, key);
        self.tell_call_of(key, call::Event::Dial(leg, purpose));
    }

    fn cancel_dial(&mut self, key: CallKey) {
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.attempt = None;
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
fn clip_name(clip: &Clip) -> Option<String> {
    match clip {
        Clip::Prompt(id, language) => Some(format!("{id}:{language}")),
        Clip::Ringback => Some("ringback".into()),
        Clip::Pause(_) => None,
    }
}
