//! Questions of plans to services outside, and their answers.

use super::Engine;
use crate::base::{CallKey, Now};
use crate::dialplan;
use crate::node::{AskKey, Output, Question, Told};
use std::sync::Arc;
use std::time::Duration;

impl Engine {
    pub(super) fn ask(&mut self, now: Now, key: CallKey, webhook: Arc<str>, deadline: Duration) {
        self.next_ask += 1;
        let ask = AskKey(self.next_ask);
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(run) = visit.run.as_ref() else { return };
        let question = Question {
            ask,
            call: key,
            webhook,
            deadline,
            at: now.wall,
            call_id: visit.record.call_id.clone(),
            case: visit.record.case.clone().filter(|_| visit.case_is_durable),
            caller: visit.record.caller.clone(),
            dialed: visit.record.dialed.clone(),
            language: run.language(),
            plan: run.plan().name().clone(),
            step: run.step().clone(),
            facts: run.facts().clone(),
        };
        visit.asked = Some(ask);
        self.outbox.push_back(Output::Ask(Box::new(question)));
    }

    pub(super) fn drop_question(&mut self, key: CallKey) {
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.asked = None;
        }
    }

    /// Only the question asked last is waited for: an answer to any other comes too late.
    pub(super) fn on_told(&mut self, now: Now, told: Told) {
        let Some(visit) = self.visits.get_mut(&told.call) else { return };
        if visit.asked.take_if(|asked| *asked == told.ask).is_some() {
            self.tell_plan(now, told.call, dialplan::Event::Answered(told.answer));
        }
    }
}
