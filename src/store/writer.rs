//! The writer: one task that writes what the engine hands over, many writes to one transaction.
//!
//! The engine numbers its writes (tokens that grow) and is told `StoredUpTo(token)` once everything
//! up to there is on disk. Where the database fails, writes go into the spool, in order, and land later, before
//! anything newer; that is on disk too. Where the spool fails as well, the task keeps what it has and tries again until
//! one of them works. What waits in memory is bounded, and refused beyond that.

use super::spool::Spool;
use super::write::Rows;
use super::{Store, StoreError, Write};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Writes that wait, beyond the batch in progress.
const INBOX: usize = 16_384;
/// Most writes in one transaction.
const BATCH: usize = 512;
/// How long what waits in the spool lands before new writes have their turn: much longer than one of them takes, so that
/// the spool shrinks however many come.
const LANDING: Duration = Duration::from_millis(200);
/// Events nobody has read yet; the writer waits beyond that.
const EVENTS: usize = 64;
/// The first and the longest pause before a failed batch is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// What the writer tells the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreEvent {
    /// Every write up to this token is on disk.
    StoredUpTo(u64),
    /// The database fails; nothing is lost, and it is tried again.
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

/// Too much waits, or the writer has ended: the write was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many writes wait for the store")]
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

    /// Writes that can be handed over before too many wait.
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

pub(super) fn start(store: Store, spool: Spool) -> (Writer, Events) {
    let (inbox, outbox) = channel(INBOX);
    let (tell, events) = channel(EVENTS);
    let work =
        Work { store, spool, tell, pause: RETRY.0, again: Instant::now(), probe: None, is_failing: false };
    (Writer { inbox, task: tokio::spawn(work.write_all(outbox)) }, events)
}

struct Work {
    store: Store,
    spool: Spool,
    tell: Sender<StoreEvent>,
    /// Between the attempts to empty the spool, longer with each that fails, and when the next one is: nothing tells
    /// that a database is back.
    pause: Duration,
    again: Instant,
    /// Whether the database is there, where that is being asked: writes do not wait for the answer.
    probe: Option<JoinHandle<bool>>,
    /// Whether it was told that the database fails.
    is_failing: bool,
}

impl Work {
    async fn write_all(mut self, mut outbox: Receiver<(u64, Write)>) {
        if !self.spool.is_empty() {
            tracing::warn!("writes of an earlier run wait in {}", self.spool.path().display());
        }
        let mut packing = None;
        loop {
            tokio::select! {
                biased;
                is_there = answered(&mut self.probe) => if is_there { self.land(Some(LANDING)).await } else { self.later() },
                // Nothing tells that a database is back: it is asked, less and less often.
                () = tokio::time::sleep_until(self.again), if !self.spool.is_empty() && self.probe.is_none() => {
                    let (store, patience) = (self.store.clone(), self.patience());
                    self.probe = Some(tokio::spawn(async move { store.takes_writes(patience).await }));
                }
                next = next(&mut packing, &mut outbox) => match next {
                    Some(Batch { rows, token }) => {
                        packing = pack_ahead(&mut outbox);
                        self.write(&rows).await;
                        self.say(StoreEvent::StoredUpTo(token)).await;
                    }
                    None => break,
                },
            }
        }
        // What cannot land now is on disk all the same, and lands at the next start.
        if !self.is_failing {
            self.land(None).await;
        }
    }

    /// Returns once the batch is on disk, in the database or in the spool.
    async fn write(&mut self, rows: &Rows) {
        if self.spool.is_empty() {
            let Err(error) = self.apply(rows, self.store.place.patience()).await else { return };
            self.fails(&error).await;
            (self.pause, self.again) = (RETRY.0, Instant::now() + RETRY.0);
        }
        if self.append(rows) {
            return;
        }
        let mut pause = RETRY.0;
        loop {
            // Neither a database nor a disk tells when it takes writes again: both are tried, less and less often.
            tokio::time::sleep(pause).await;
            if !self.spool.is_empty() {
                self.land(None).await;
            }
            if self.spool.is_empty() && self.apply(rows, self.store.place.patience()).await.is_ok() {
                return self.works().await;
            }
            if self.append(rows) {
                return;
            }
            pause = (pause * 2).min(RETRY.1);
        }
    }

    /// Writes to the database, as long as that takes no longer than this. What was given up may have been written all
    /// the same: it is a whole state, and may be written again.
    async fn apply(&self, rows: &Rows, patience: Duration) -> Result<(), StoreError> {
        let applied = tokio::time::timeout(patience, self.store.apply_rows(rows)).await;
        applied.unwrap_or(Err(StoreError::Silent { patience }))
    }

    fn append(&mut self, rows: &Rows) -> bool {
        // One append and sync of a local file: shorter than a turn of this task may be, and nobody else waits for it.
        self.spool
            .append(rows)
            .inspect_err(|error| {
                tracing::error!("{} takes nothing: {error}", self.spool.path().display());
            })
            .is_ok()
    }

    /// Lets what waits in the spool land, oldest first, as far as that goes: for so long, where new writes come in between.
    async fn land(&mut self, time: Option<Duration>) {
        let until = time.map(|time| Instant::now() + time);
        while !self.spool.is_empty() {
            let Some((rows, line)) = self.first_of_spool() else { return };
            if let Err(error) = self.apply(&rows, self.patience()).await {
                self.fails(&error).await;
                return self.later();
            }
            if let Err(error) = self.spool.has_landed(line) {
                tracing::error!("{}: {error}", self.spool.path().display());
                return self.later();
            }
            if until.is_some_and(|until| until <= Instant::now()) && !self.spool.is_empty() {
                (self.pause, self.again) = (RETRY.0, Instant::now());
                return;
            }
        }
        self.works().await;
    }

    /// A database that is slow, not away, has more time with every attempt.
    fn patience(&self) -> Duration {
        self.store.place.patience().max(self.pause * 2)
    }

    async fn fails(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.is_failing, true) {
            self.say(StoreEvent::Failing { error: error.to_string() }).await;
        }
    }

    async fn works(&mut self) {
        self.pause = RETRY.0;
        if std::mem::take(&mut self.is_failing) {
            self.say(StoreEvent::Recovered).await;
        }
    }

    fn first_of_spool(&mut self) -> Option<(Rows, super::spool::Line)> {
        let first = self.spool.first();
        first.unwrap_or_else(|error| {
            tracing::error!("{} cannot be read: {error}", self.spool.path().display());
            self.later();
            None
        })
    }

    fn later(&mut self) {
        self.again = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(RETRY.1);
    }

    /// Nobody listens any more: then nobody waits for the news either.
    async fn say(&self, event: StoreEvent) {
        let _gone = self.tell.send(event).await;
    }
}

/// Writes that are ready for the database.
struct Batch {
    rows: Rows,
    /// Of the last of them.
    token: u64,
}

impl Batch {
    fn of(taken: Vec<(u64, Write)>) -> Option<Batch> {
        let (token, _) = taken.last()?;
        let token = *token;
        let writes: Vec<Write> = taken.into_iter().map(|(_, write)| write).collect();
        Some(Batch { rows: Rows::of(&writes), token })
    }
}

/// The next writes: those that are being made ready, or what there is; none once nobody hands any over.
async fn next(
    packing: &mut Option<JoinHandle<Option<Batch>>>,
    outbox: &mut Receiver<(u64, Write)>,
) -> Option<Batch> {
    if let Some(task) = packing {
        let packed = task.await;
        *packing = None;
        return packed.expect("rows of writes are made without panics, and nobody stops the task");
    }
    let mut taken = Vec::new();
    outbox.recv_many(&mut taken, BATCH).await;
    Batch::of(taken)
}

/// Makes the next batch ready while the database writes the one before, where it is full already: one that is not takes
/// more until its turn comes.
fn pack_ahead(outbox: &mut Receiver<(u64, Write)>) -> Option<JoinHandle<Option<Batch>>> {
    if outbox.len() < BATCH {
        return None;
    }
    let taken: Vec<(u64, Write)> = (0..BATCH).filter_map(|_| outbox.try_recv().ok()).collect();
    Some(tokio::spawn(async move { Batch::of(taken) }))
}

/// What became of a probe; never, where there is none.
async fn answered(probe: &mut Option<JoinHandle<bool>>) -> bool {
    match probe {
        Some(task) => {
            let is_there = task.await.unwrap_or(false);
            *probe = None;
            is_there
        }
        None => std::future::pending().await,
    }
}
