//! What followers are told: what was written of cases and calls, and queues that stand otherwise than before.

use super::Api;
use super::calls::Call;
use super::queues::Queue;
use crate::base::UnixTime;
use crate::net::QueueBoard;
use crate::node::floor::QueueView;
use crate::office::{CASES, Told, of_case};
use crate::store::{EntryKey, Happening, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// Happenings that are read from the store at once.
const BATCH: usize = 256;
/// How often the queues are looked at where nothing moves them: desks open and close.
const LOOK: Duration = Duration::from_secs(5);
/// How often it is seen what agents chose elsewhere.
const PRESENCES: Duration = Duration::from_secs(2);
/// Where events of calls and queues say that they come from.
const CALLS: &str = "urn:madoguchi:calls";
const QUEUES: &str = "urn:madoguchi:queues";

/// Queues as followers know them.
type Shown = BTreeMap<Arc<str>, QueueView>;

/// A message that stands where others are missing.
pub(super) fn lagged(missed: u64) -> String {
    serde_json::json!({ "type": "lagged", "missed": missed }).to_string()
}

impl Api {
    /// Tells followers what happens, until it is dropped.
    pub(in crate::web) async fn tell_followers(&self) {
        let (mut happenings, mut board) = (self.store.follow(), self.floor.board());
        let mut shown = Shown::new();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                first = happenings.recv() => self.tell_all(first, &mut happenings).await,
                Ok(()) = board.changed() => {
                    let queues = board.borrow_and_update().clone();
                    self.tell_queues(&queues, &mut shown);
                }
                _ = looks.tick() => if self.floor.is_watched() {
                    self.floor.ask();
                },
            }
        }
    }

    /// Lets the engine know what agents chose, also by other engines on the same store, until it is dropped.
    pub(in crate::web) async fn heed_agents(&self) {
        let mut looks = tokio::time::interval(PRESENCES);
        loop {
            looks.tick().await;
            if let Err(error) = self.show_away().await {
                tracing::debug!("what agents chose is not seen: {error}");
            }
        }
    }

    /// Tells what was written, the first of it and what came behind.
    async fn tell_all(&self, first: Result<Happening, RecvError>, more: &mut Receiver<Happening>) {
        let first = match first {
            Ok(first) => first,
            Err(RecvError::Lagged(missed)) => return self.floor.say(lagged(missed)),
            // The store of this API has the other end.
            Err(RecvError::Closed) => return,
        };
        let mut missed = 0;
        let rest = std::iter::from_fn(|| next_of(more, &mut missed));
        let batch: Vec<Happening> = std::iter::once(first).chain(rest).take(BATCH).collect();
        if missed > 0 {
            self.floor.say(lagged(missed));
        }
        if self.floor.is_watched()
            && let Err(error) = self.tell_batch(&batch).await
        {
            tracing::warn!("followers are not told what happened: {error}");
            self.floor.say(lagged(batch.len() as u64));
        }
    }

    async fn tell_batch(&self, batch: &[Happening]) -> Result<(), StoreError> {
        let (mut keys, mut calls): (Vec<EntryKey>, Vec<&str>) = Default::default();
        for happening in batch {
            match happening {
                Happening::Entry(key) => keys.push(*key),
                Happening::Call(id) => calls.push(id),
            }
        }
        for happened in self.store.happened(&keys).await? {
            self.floor.say(of_case(&happened, CASES).to_json());
        }
        for id in calls {
            let call = self.store.call(id).await?;
            if let Some((call, at)) = call.and_then(|call| Some((Call::of(&call), call.ended_at?))) {
                self.floor.say(told(("call.ended", CALLS), id, (format!("{id}-ended"), at), call));
            }
        }
        Ok(())
    }

    fn tell_queues(&self, board: &QueueBoard, shown: &mut Shown) {
        let now = self.now();
        for queue in board.iter().filter(|queue| shown.get(&queue.name) != Some(*queue)) {
            let id = format!("{}-{}", queue.name, now.as_millis());
            let data = Queue::of(queue, now);
            self.floor.say(told(("queue.changed", QUEUES), &queue.name, (id, now), data));
        }
        *shown = board.iter().map(|queue| (queue.name.clone(), queue.clone())).collect();
    }
}

/// The next that is there already; counts what is there no more.
fn next_of(happenings: &mut Receiver<Happening>, missed: &mut u64) -> Option<Happening> {
    loop {
        match happenings.try_recv() {
            Ok(happening) => return Some(happening),
            Err(TryRecvError::Lagged(count)) => *missed += count,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
        }
    }
}

fn told(
    (kind, source): (&str, &str),
    subject: &str,
    (id, at): (String, UnixTime),
    data: impl serde::Serialize,
) -> String {
    Told { id, source, kind: kind.to_string(), subject: subject.to_string(), at, data }.to_json()
}
