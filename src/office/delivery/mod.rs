//! Telling who wants to know what happens to cases: a courier for each receiver, who carries out of the store's outbox.
//!
//! What happens to one case is told in order: what failed is tried again, later and later, and what follows it waits.
//! Other cases, and other receivers, go on. What a receiver refuses, or has not taken for three days, is given up: the log
//! says so, it is counted, and operations may have it sent again.
//!
//! Invariants: nothing is lost between the timeline and the receiver, whatever ends in between (so a receiver may be told
//! twice, under the same id); no more than [`Pace::at_once`] events of a receiver are in memory.

mod courier;
mod envelope;
mod pace;
mod tally;

pub use envelope::{CASES, Told, event_type, kind_of, of_case};
pub use pace::Pace;
pub use tally::{ReceiverFigures, Tallies};

use crate::base::Rng;
use crate::net::Clock;
use crate::store::{Store, StoreError};
use crate::webhook::{Messenger, Receiver};
use courier::Courier;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Between two looks at how much waits.
const COUNTING: Duration = Duration::from_secs(10);

/// Who wants to know what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Who.
    pub receiver: Receiver,
    /// What their events say that they come from: a URI.
    pub source: String,
    /// What kinds of events; empty: every kind.
    pub kinds: BTreeSet<String>,
}

/// Why nobody can be told anything.
#[derive(Debug, thiserror::Error)]
pub enum NoDelivery {
    /// The store does not take who is to be told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// HTTPS is wanted, and this machine has no certificates to trust.
    #[error("cannot send events: {0}")]
    Messenger(#[from] reqwest::Error),
}

/// Everybody who is told.
#[derive(Debug)]
pub struct Delivery {
    store: Store,
    clock: Clock,
    couriers: Vec<Courier>,
    tallies: Arc<Tallies>,
    give_up: Duration,
}

impl Delivery {
    /// From here on, what happens is kept for these until they have it; what waited for others is thrown away, and the
    /// log says so.
    ///
    /// # Errors
    /// Why that cannot be.
    pub async fn new(
        store: Store,
        clock: Clock,
        subscriptions: &BTreeMap<String, Subscription>,
        pace: Pace,
        rng: &Rng,
    ) -> Result<Delivery, NoDelivery> {
        let messenger = Messenger::new(subscriptions.values().map(|subscription| &subscription.receiver))?;
        let kinds = subscriptions.iter().map(|(name, subscription)| (name.as_str(), &subscription.kinds));
        for (name, waited) in store.tell(&kinds.collect()).await? {
            tracing::warn!(
                "events: {waited} that waited for {name} are thrown away: the settings have no {name}"
            );
        }
        let tallies = Arc::new(Tallies::of(subscriptions.keys()));
        let courier = |(name, subscription): (&String, &Subscription)| Courier {
            name: name.clone(),
            subscription: Arc::new(subscription.clone()),
            store: store.clone(),
            messenger: messenger.clone(),
            clock,
            tallies: tallies.clone(),
            pace,
            rng: rng.fork(name),
            standing: courier::Standing::default(),
        };
        let couriers = subscriptions.iter().map(courier).collect();
        Ok(Delivery { store, clock, couriers, tallies, give_up: pace.give_up })
    }

    /// What was sent and what waits, for who watches.
    pub fn tallies(&self) -> Arc<Tallies> {
        self.tallies.clone()
    }

    /// Carries until it is dropped.
    pub async fn go(self) {
        let Delivery { store, clock, couriers, tallies, give_up } = self;
        if couriers.is_empty() {
            return;
        }
        // They end with this.
        let mut going = JoinSet::new();
        for courier in couriers {
            going.spawn(courier.go());
        }
        let mut pace = tokio::time::interval(COUNTING);
        loop {
            pace.tick().await;
            if let Err(error) = tallies.count(&store, clock.now().wall, give_up).await {
                tracing::debug!("events are not counted: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
