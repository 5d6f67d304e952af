//! The writer: one task that writes what the engine hands over, many writes to one transaction.
//!
//! The engine numbers its writes (tokens that grow) and is told `StoredUpTo(token)` once everything
//! up to there is on disk. Where the disk fails, the task keeps what it has, in order, tries again
//! until it works, and says so; the spool is bounded, and a full one refuses the write.

use super::{Store, StoreError, Write};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Writes that wait, beyond the batch in progress.
const SPOOL: usize = 16_384;
/// Most writes in one transaction.
const BATCH: usize = 512;
/// Events nobody has read yet; the writer waits beyond that.
const EVENTS: usize = 64;
/// The first and the longest pause before a failed batch is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// What the writer tells the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreEvent {
    /// Every write up to this token is on disk.
    StoredUpTo(u64),
    /// Writing fails; nothing is lost, and it is tried again.
    Failing {
        /// Why, in one line.
        error: String,
    },
    /// Writing works again.
    Recovered,
}

/// What the writer tells, in order.
pub type Events = Receiver<StoreEvent>;

/// The engine's end of the writer.
#[derive(Debug)]
pub struct Writer {
    inbox: Sender<(u64, Write)>,
    task: JoinHandle<()>,
}

/// The spool is full, or the writer has ended: the write was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store's spool is full")]
pub struct Full(pub Box<Write>);

/// The writer was stopped before everything was on disk.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store was stopped before everything was written")]
pub struct Unsaved;

impl Writer {
    /// Hands a write over, without waiting. Tokens must grow.
    ///
    /// # Errors
    /// [`Full`], with the write: the caller must not promise what it stands for.
    pub fn submit(&self, token: u64, write: Write) -> Result<(), Full> {
        self.inbox.try_send((token, write)).map_err(|refused| match refused {
            TrySendError::Full((_, write)) | TrySendError::Closed((_, write)) => Full(Box::new(write)),
        })
    }

    /// Writes that can be handed over before the spool is full.
    pub fn room(&self) -> usize {
        self.inbox.capacity()
    }

    /// Takes no more and waits until what was taken is on disk. [`Events`] must be read meanwhile,
    /// or dropped.
    ///
    /// # Errors
    /// [`Unsaved`], where that takes longer than `patience`.
    pub async fn close(self, patience: Duration) -> Result<(), Unsaved> {
        let Writer { inbox, mut task } = self;
        drop(inbox);
        match tokio::time::timeout(patience, &mut task).await {
            Ok(Ok(())) => Ok(()),
            _ => {
                task.abort();
                Err(Unsaved)
            }
        }
    }
}

pub(super) fn start(store: Store) -> (Writer, Events) {
    let (inbox, outbox) = channel(SPOOL);
    let (tell, events) = channel(EVENTS);
    let task = tokio::spawn(write_all(store, outbox, tell));
    (Writer { inbox, task }, events)
}

async fn write_all(store: Store, mut outbox: Receiver<(u64, Write)>, tell: Sender<StoreEvent>) {
    let mut taken = Vec::with_capacity(BATCH);
    while outbox.recv_many(&mut taken, BATCH).await > 0 {
        let last = taken.last().map(|(token, _)| *token);
        let batch: Vec<Write> = taken.drain(..).map(|(_, write)| write).collect();
        write_until_stored(&store, &batch, &tell).await;
        if let Some(token) = last {
            say(&tell, StoreEvent::StoredUpTo(token)).await;
        }
    }
}

async fn write_until_stored(store: &Store, batch: &[Write], tell: &Sender<StoreEvent>) {
    let Err(error) = store.apply(batch).await else { return };
    say(tell, failing(&error)).await;
    let (mut pause, longest) = RETRY;
    loop {
        tokio::time::sleep(pause).await;
        if store.apply(batch).await.is_ok() {
            break;
        }
        pause = (pause * 2).min(longest);
    }
    say(tell, StoreEvent::Recovered).await;
}

fn failing(error: &StoreError) -> StoreEvent {
    StoreEvent::Failing { error: error.to_string() }
}

/// Nobody listens any more: then nobody waits for the news either.
async fn say(tell: &Sender<StoreEvent>, event: StoreEvent) {
    let _gone = tell.send(event).await;
}
