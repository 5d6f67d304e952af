//! A courier: takes what one receiver is to be told, carries it, and says in the store what became of it.
//!
//! ```text
//!            taken: all at once go on
//!          +-------------------------+
//!          v                         |
//!      carrying --not taken--> resting --rest over--> trying one
//!          ^                         ^                    |
//!          +------- taken -----------|--------------------+
//!                                    +---- not taken -----+
//! ```

use super::envelope::of_case;
use super::{Pace, Subscription, Tallies};
use crate::base::{Instant, Rng};
use crate::net::Clock;
use crate::store::{Outgoing, Store, StoreError};
use crate::webhook::{Messenger, Sent};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Carries to one receiver.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) name: String,
    pub(super) subscription: Arc<Subscription>,
    pub(super) store: Store,
    pub(super) messenger: Messenger,
    pub(super) clock: Clock,
    pub(super) tallies: Arc<Tallies>,
    pub(super) pace: Pace,
    pub(super) rng: Rng,
    pub(super) standing: Standing,
}

/// How it goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Standing {
    /// The receiver takes what it is sent.
    #[default]
    Carrying,
    /// It has not taken so many in a row, and is sent nothing until then, and one thing at a time from then on.
    Resting { failures: u32, until: Instant },
}

/// An attempt that is over.
type Attempt = (Outgoing, Sent);

impl Courier {
    pub(super) async fn go(mut self) {
        let mut under_way = JoinSet::new();
        let mut is_failing = false;
        loop {
            let worked = self.send_more(&mut under_way).await;
            let worked = match worked {
                Ok(()) => self.hear(&mut under_way).await,
                failed => {
                    // A store does not tell when it works again.
                    tokio::time::sleep(self.pace.look).await;
                    failed
                }
            };
            match worked {
                Ok(()) => is_failing = false,
                Err(error) if !std::mem::replace(&mut is_failing, true) => {
                    tracing::error!("events for {} are not sent: {error}", self.name);
                }
                Err(_) => {}
            }
        }
    }

    /// Sends as much more as may be under way.
    async fn send_more(&mut self, under_way: &mut JoinSet<Attempt>) -> Result<(), StoreError> {
        let room = self.at_once().saturating_sub(under_way.len());
        if room == 0 {
            return Ok(());
        }
        let now = self.clock.now().wall;
        for outgoing in self.store.take_outgoing(&self.name, room, now, self.pace.held).await? {
            let (messenger, to) = (self.messenger.clone(), self.subscription.clone());
            let (clock, deadline) = (self.clock, self.pace.deadline);
            under_way.spawn(async move {
                let id = outgoing.happened.id();
                let event = of_case(&outgoing.happened, &to.source).to_json().into_bytes();
                let sent = messenger.send(&to.receiver, (&id, event), clock.now().wall, deadline).await;
                (outgoing, sent)
            });
        }
        Ok(())
    }

    fn at_once(&self) -> usize {
        match self.standing {
            Standing::Carrying => self.pace.at_once,
            Standing::Resting { until, .. } if self.clock.instant() < until => 0,
            Standing::Resting { .. } => 1,
        }
    }

    /// Waits until an attempt is over, or it is time to look again.
    async fn hear(&mut self, under_way: &mut JoinSet<Attempt>) -> Result<(), StoreError> {
        let first = tokio::select! {
            Some(first) = under_way.join_next() => first,
            // What is to be told may come from another engine: nothing tells of it.
            () = tokio::time::sleep(self.pace.look) => return Ok(()),
        };
        let mut over: Vec<Attempt> = first.into_iter().collect();
        while let Some(next) = under_way.try_join_next() {
            over.extend(next);
        }
        self.settle(over).await
    }

    /// Says in the store what became of attempts. Where it takes one of these not, it is asked for the others all the same.
    async fn settle(&mut self, over: Vec<Attempt>) -> Result<(), StoreError> {
        let (mut told, mut failed) = (Vec::new(), Vec::new());
        for (outgoing, sent) in over {
            match sent {
                Sent::Taken => told.push(outgoing),
                Sent::Refused { .. } | Sent::NotNow { .. } => failed.push((outgoing, sent)),
            }
        }
        let mut settled = self.take(&told).await;
        for (outgoing, sent) in failed {
            let one = self.miss(&outgoing, sent).await;
            settled = settled.and(one);
        }
        settled
    }

    /// The receiver has these.
    async fn take(&mut self, told: &[Outgoing]) -> Result<(), StoreError> {
        if told.is_empty() {
            return Ok(());
        }
        // What was under way when it asked for a rest says nothing of that.
        if matches!(self.standing, Standing::Resting { until, .. } if until <= self.clock.instant()) {
            self.standing = Standing::Carrying;
            tracing::info!("events: {} takes them again", self.name);
        }
        self.store.was_told(told).await?;
        self.tallies.update(&self.name, |figures| figures.sent += told.len() as u64);
        Ok(())
    }

    /// The receiver does not have this.
    async fn miss(&mut self, outgoing: &Outgoing, sent: Sent) -> Result<(), StoreError> {
        self.fail();
        match sent {
            Sent::Taken => Ok(()),
            Sent::Refused { status } => self.give_up(outgoing, &format!("it answered {status}")).await,
            Sent::NotNow { why, after } => {
                self.rest(&why, after);
                self.try_again(outgoing, &why, after).await
            }
        }
    }

    fn fail(&self) {
        self.tallies.update(&self.name, |figures| figures.failed += 1);
    }

    pub(super) fn rest(&mut self, why: &str, asked: Option<Duration>) {
        let now = self.clock.instant();
        let (failures, asked_before) = match self.standing {
            Standing::Carrying => {
                tracing::warn!("events: {} takes none now: {why}; they wait", self.name);
                (1, now)
            }
            // What was under way with the first that failed says no more than that one.
            Standing::Resting { failures, until } if now < until => (failures, until),
            Standing::Resting { failures, .. } => (failures.saturating_add(1), now),
        };
        let until = asked_before.max(now + self.pace.rest(failures, asked));
        self.standing = Standing::Resting { failures, until };
    }

    async fn try_again(
        &mut self,
        outgoing: &Outgoing,
        why: &str,
        asked: Option<Duration>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now().wall;
        if outgoing.first_tried_at + self.pace.give_up <= now {
            return self.give_up(outgoing, why).await;
        }
        let again = now + self.pace.pause(outgoing.attempt, asked, &mut self.rng);
        self.store.not_told(&self.name, outgoing, again, why).await
    }

    async fn give_up(&self, outgoing: &Outgoing, why: &str) -> Result<(), StoreError> {
        tracing::error!(
            "events: {} is not told {} of case {}: {why}; `madoguchi events retry` sends it again",
            self.name,
            outgoing.happened.kind,
            outgoing.happened.case.number()
        );
        self.store.give_up(outgoing, self.clock.now().wall, why).await
    }
}
