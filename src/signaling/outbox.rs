//! What waits for the shell, in order.

use super::{Event, Flow, Lookup, Output};
use std::collections::VecDeque;

/// Outputs in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<Output>);

impl Outbox {
    pub(super) fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.0.push_back(Output::Transmit { flow, bytes });
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.0.push_back(Output::Event(event));
    }

    pub(super) fn ask(&mut self, lookup: Lookup) {
        self.0.push_back(Output::Resolve(lookup));
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        self.0.pop_front()
    }
}
