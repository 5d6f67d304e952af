//! A rule of the engine's own that broke ends the call it broke in, and no other.
//!
//! Every turn runs under [`Engine::protected`]. Where one unwinds, nothing that it had its hands on is
//! believed any more; what is thrown away is told by where it was:
//!
//! - **in a visit** (plan, call room, case, lines on its behalf): the whole visit. Its legs are hung up with
//!   500, its sockets closed, its place in line given back, its case written as it stood, its record written with
//!   [`EndCause::Broken`]. Its trail is not kept.
//! - **in a usage of signaling**: the usage, its dialogs and transactions. An INVITE that waits is answered 500;
//!   the far side of a session hears 481 to whatever it sends next. The call ends by its usual teardown.
//! - **anywhere else**: the input alone. Maps and queues change by whole steps, so that they are as they were
//!   before the step, or after it.

use super::Engine;
use super::visit::Visit;
use crate::base::{CallKey, EndCause, LegKey, Now};
use crate::case::{By, Event};
use crate::media;
use crate::node::journal::What;
use crate::node::{CallStory, Output, StoreWrite};
use crate::signaling::Command;
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Engine {
    /// Lets something be done that concerns this call, as far as that is known beforehand.
    pub(super) fn protected(&mut self, now: Now, call: Option<CallKey>, act: impl FnOnce(&mut Engine)) {
        self.at_work = call;
        if !survives(|| act(self)) {
            self.clear_away(now);
        }
        self.at_work = None;
    }

    fn clear_away(&mut self, now: Now) {
        let leg = self.endpoint.forget_broken(now);
        let signaled = leg.and_then(|leg| self.legs.get(&leg)).copied();
        let visited = self.at_work.take();
        let text = "a rule of the engine's own was broken: see the log".to_string();
        self.journal(now, visited.or(signaled), What::Trouble { text });
        match (visited, signaled) {
            (Some(call), _) => self.abandon(now, call),
            (None, Some(call)) => self.end_call(call, EndCause::Broken),
            (None, None) => {}
        }
    }

    /// Ends a call without asking its rooms anything.
    fn abandon(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.remove(&key) else { return };
        self.deadlines.set(key, None);
        let legs: Vec<LegKey> = self.legs.iter().filter(|(_, of)| **of == key).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.legs.remove(&leg);
            self.drop_leg(now, key, leg, &visit);
        }
        let _given_back_or_lost = survives(|| self.lines.leave(now.mono, key));
        self.write_off(now, key, visit);
    }

    fn drop_leg(&mut self, now: Now, call: CallKey, leg: LegKey, visit: &Visit) {
        let (status, q850) = (EndCause::Broken.sip_status(), EndCause::Broken.q850());
        let hangs_up = survives(|| self.signal(now, Command::Hangup { leg, status, q850 }));
        if !hangs_up {
            self.endpoint.forget_broken(now);
        }
        match visit.audio.contains_key(&leg) {
            true => self.command_media(call, media::Command::Close { leg }),
            // Its sockets may be on their way: they are closed when they come.
            false => drop(self.ruins.insert(leg, call)),
        }
    }

    /// The last that is written of a call: what was known of it, and that it broke.
    fn write_off(&mut self, now: Now, key: CallKey, mut visit: Visit) {
        let cause = EndCause::Broken;
        visit.record.end_rung(now.wall);
        visit.record.ended_at = Some(now.wall);
        visit.record.cause = Some(cause);
        if survives(|| visit.note(now, By::Engine, Event::Ended { cause }))
            && let Some(case) = visit.case
        {
            self.outbox.push_back(Output::Store(StoreWrite::SaveCase(Box::new(case))));
        }
        self.journal(now, Some(key), What::CallEnded { cause });
        let story = CallStory { record: visit.record, trail: None };
        self.outbox.push_back(Output::Store(StoreWrite::SaveCall(Box::new(story))));
        self.journal(now, Some(key), What::CallGone);
    }
}

/// Whether something came to its end. What it changes is not believed where it did not.
fn survives(act: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_ok()
}
