//! What was sent and what waits, in figures.

use super::pace::MOST_ASKED;
use crate::base::UnixTime;
use crate::store::{Store, StoreError, Waiting};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The figures of one receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiverFigures {
    /// Its name.
    pub receiver: String,
    /// Events it took from this engine.
    pub sent: u64,
    /// Attempts of this engine that failed.
    pub failed: u64,
    /// Events that wait, of any engine.
    pub waiting: u64,
    /// For how long the oldest of them has waited.
    pub oldest_waiting: Duration,
    /// Events that were given up, of any engine.
    pub dead: u64,
}

/// The figures of every receiver.
#[derive(Debug)]
pub struct Tallies(Mutex<BTreeMap<String, ReceiverFigures>>);

impl Tallies {
    pub(super) fn of<'a>(receivers: impl Iterator<Item = &'a String>) -> Tallies {
        let nothing =
            |name: &String| ReceiverFigures { receiver: name.clone(), ..ReceiverFigures::default() };
        Tallies(Mutex::new(receivers.map(|name| (name.clone(), nothing(name))).collect()))
    }

    /// The figures now, by the names of receivers.
    pub fn figures(&self) -> Vec<ReceiverFigures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(super) fn update(&self, receiver: &str, how: impl FnOnce(&mut ReceiverFigures)) {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        figures.get_mut(receiver).map(how);
    }

    /// Looks how much waits, and tidies what does: it is tried again within `MOST_ASKED`, and not for longer than
    /// `give_up`.
    pub(super) async fn count(
        &self,
        store: &Store,
        now: UnixTime,
        give_up: Duration,
    ) -> Result<(), StoreError> {
        for ReceiverFigures { receiver, .. } in self.figures() {
            store.tidy_outgoing(&receiver, now, MOST_ASKED).await?;
            let given_up = store.give_up_old(&receiver, now, give_up).await?;
            if given_up > 0 {
                tracing::error!(
                    "events: {receiver} is not told {given_up} of them; `madoguchi events retry` sends them again"
                );
            }
            let Waiting { waiting, oldest, dead } = store.waiting(&receiver).await?;
            self.update(&receiver, |figures| {
                figures.waiting = waiting;
                figures.oldest_waiting = oldest.map_or(Duration::ZERO, |oldest| since(oldest, now));
                figures.dead = dead;
            });
        }
        Ok(())
    }
}

fn since(then: UnixTime, now: UnixTime) -> Duration {
    Duration::from_millis(u64::try_from(now.as_millis() - then.as_millis()).unwrap_or(0))
}
