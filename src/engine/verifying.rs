//! Callers' PINs on their way to whoever knows them, and what came of them.

use super::Engine;
use crate::base::{CallKey, Now, Secret};
use crate::dialplan;
use crate::node::{AskKey, Output, PinAnswer, PinQuestion};
use std::time::Duration;

impl Engine {
    pub(super) fn verify(&mut self, now: Now, key: CallKey, pin: Secret<String>, deadline: Duration) {
        self.next_ask += 1;
        let ask = AskKey(self.next_ask);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        visit.asked = Some(ask);
        let question = PinQuestion { ask, call: key, pin, deadline, at: now.wall };
        self.outbox.push_back(Output::Verify(Box::new(question)));
    }

    /// Only the question asked last is waited for: an answer to any other comes too late.
    pub(super) fn on_verified(&mut self, now: Now, answer: PinAnswer) {
        let Some(visit) = self.visits.get_mut(&answer.call) else { return };
        if visit.asked.take_if(|asked| *asked == answer.ask).is_some() {
            self.tell_plan(now, answer.call, dialplan::Event::Verified(answer.came));
        }
    }
}
