//! A phone in somebody's hand: dials at the first moment, hangs up when its time is over, reports calls.

use crate::base::{Deadline, Instant, Now};
use crate::node::{Input, Node, Output};
use crate::phone::{Act, Phone, Placing, Visit};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// Who listens while somebody speaks: 8 kHz mono.
pub type Listener = Box<dyn FnMut(&[i16]) + Send>;

/// The phone and what is to be done with it.
pub struct Held {
    phone: Phone,
    placing: Option<Placing>,
    hang_up_after: Option<Duration>,
    hang_up_at: Option<Instant>,
    listener: Option<Listener>,
    told: usize,
    tell: Sender<Visit>,
}

impl Held {
    pub(super) fn new(
        phone: Phone,
        placing: Option<Placing>,
        hang_up_after: Option<Duration>,
        listener: Option<Listener>,
        tell: Sender<Visit>,
    ) -> Held {
        Held { phone, placing, hang_up_after, hang_up_at: None, listener, told: 0, tell }
    }

    /// The call's time begins with its first line, and ends with its last.
    fn keep_time(&mut self, now: Now) {
        match (self.phone.line_count(), self.hang_up_at) {
            (0, Some(_)) => self.hang_up_at = None,
            (1.., None) => self.hang_up_at = self.hang_up_after.map(|after| now.mono + after),
            _ => {}
        }
    }

    fn report(&mut self) {
        for visit in self.phone.visits().iter().skip(self.told) {
            if self.tell.try_send(visit.clone()).is_err() {
                tracing::warn!("a call ended and nobody asked for it");
            }
            self.told += 1;
        }
    }
}

impl Node for Held {
    fn handle_input(&mut self, now: Now, input: Input) {
        if let (Input::Heard { samples, .. }, Some(listener)) = (&input, &mut self.listener) {
            listener(samples);
        }
        self.phone.handle_input(now, input);
        self.keep_time(now);
        self.report();
    }

    fn handle_deadline(&mut self, now: Now) {
        if let Some(placing) = self.placing.take() {
            self.phone.place(now, placing);
        }
        if self.hang_up_at.take_if(|at| *at <= now.mono).is_some() {
            self.hang_up_after = None;
            self.phone.act(now, Act::HangUp);
        }
        self.phone.handle_deadline(now);
        self.keep_time(now);
        self.report();
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.phone.poll_output()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        let dial = self.placing.as_ref().map(|_| Deadline { at: Instant::ZERO, why: "dial" });
        let hang_up = self.hang_up_at.map(|at| Deadline { at, why: "time is over" });
        Deadline::earliest(self.phone.poll_deadline(), Deadline::earliest(dial, hang_up))
    }

    /// Whether every call was reported, and a registration taken back: what other transactions are still owed is
    /// not waited for.
    fn is_idle(&self) -> bool {
        let retiring = self.phone.is_registering() && self.phone.signaling_counts().owing > 0;
        self.placing.is_none() && self.phone.line_count() == 0 && !retiring
    }
}
