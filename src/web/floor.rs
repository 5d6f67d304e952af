//! The floor, as consoles see it: how the queues stand, which calls there are, and what has just happened, for as many as
//! follow.
//!
//! ```text
//! whoever looks --ask--> asked --whoever feeds it--> show --> the board --> whoever looks
//! whatever happens ----> say ------------------------------------------------> followers, each at its pace
//! ```
//!
//! What is said is kept once for all followers: one that is too slow misses the oldest, and is told how many.

use crate::net::QueueBoard;
use crate::store::CallRecord;
use axum::extract::ws::Utf8Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::timeout;

/// Followers at once.
const MOST: u32 = 200;
/// Followers at once of one login or token.
const EACH: usize = 8;
/// Messages kept for a follower that is slow to take them.
pub(super) const KEPT: usize = 1_024;
/// How long a look may take.
const LOOK: Duration = Duration::from_secs(5);
/// How long followers may take to go when they are told to.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a running engine shows, and who follows it.
#[derive(Debug)]
pub struct Floor {
    board: watch::Sender<QueueBoard>,
    asked: Notify,
    calls: watch::Sender<Arc<Vec<CallRecord>>>,
    asked_for_calls: Notify,
    /// Seats that are offered nobody.
    away: watch::Sender<BTreeSet<String>>,
    news: broadcast::Sender<Utf8Bytes>,
    places: Arc<Semaphore>,
    people: Mutex<BTreeMap<String, usize>>,
    is_closing: watch::Sender<bool>,
}

/// Why nobody more may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// The engine drains.
    Closing,
    /// Too many do.
    Full,
    /// The same login or token does so too often.
    TooOften,
}

/// Somebody who follows; their place is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) news: broadcast::Receiver<Utf8Bytes>,
    pub(super) is_closing: watch::Receiver<bool>,
    floor: Arc<Floor>,
    who: String,
    _place: OwnedSemaphorePermit,
}

impl Default for Floor {
    fn default() -> Floor {
        Floor {
            board: watch::Sender::default(),
            asked: Notify::new(),
            calls: watch::Sender::default(),
            asked_for_calls: Notify::new(),
            away: watch::Sender::default(),
            news: broadcast::Sender::new(KEPT),
            places: Arc::new(Semaphore::new(MOST as usize)),
            people: Mutex::default(),
            is_closing: watch::Sender::new(false),
        }
    }
}

impl Floor {
    /// Waits until somebody asks how the queues stand.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Seats that are offered nobody, whenever they are others.
    pub fn away(&self) -> watch::Receiver<BTreeSet<String>> {
        self.away.subscribe()
    }

    /// How the queues stand now, for whoever asked.
    pub fn show(&self, board: QueueBoard) {
        self.board.send_replace(board);
    }

    /// Waits until somebody asks which calls there are.
    pub async fn asked_for_calls(&self) {
        self.asked_for_calls.notified().await;
    }

    /// The calls that there are now and the store was not given yet, for whoever asked.
    pub fn show_calls(&self, calls: Vec<CallRecord>) {
        self.calls.send_replace(Arc::new(calls));
    }

    /// Whether anybody follows.
    pub fn is_watched(&self) -> bool {
        self.news.receiver_count() > 0
    }

    /// Sends followers away, for good.
    pub fn close(&self) {
        self.is_closing.send_replace(true);
    }

    /// The same; waits a moment for them to go.
    pub async fn until_empty(&self) {
        self.close();
        // Who does not go in time is cut off.
        let _late = timeout(FAREWELL, self.places.acquire_many(MOST)).await;
    }

    /// How the queues stand; none where nobody says so in time.
    pub(super) async fn look(&self) -> Option<QueueBoard> {
        look(&self.board, &self.asked).await
    }

    /// The calls that the store was not given yet; none where nobody says so in time.
    pub(super) async fn look_at_calls(&self) -> Option<Arc<Vec<CallRecord>>> {
        look(&self.calls, &self.asked_for_calls).await
    }

    /// From now on these seats are offered nobody. Who looks afterwards sees it so.
    pub(super) fn set_away(&self, seats: BTreeSet<String>) {
        self.away.send_if_modified(|away| {
            let is_other = *away != seats;
            *away = seats;
            is_other
        });
    }

    /// Wants to be shown how the queues stand.
    pub(super) fn ask(&self) {
        self.asked.notify_one();
    }

    /// The queues, whenever they are shown.
    pub(super) fn board(&self) -> watch::Receiver<QueueBoard> {
        self.board.subscribe()
    }

    /// Says something to all who follow.
    pub(super) fn say(&self, message: String) {
        // Nobody may follow.
        let _unheard = self.news.send(message.into());
    }

    /// Somebody follows from now on.
    pub(super) fn follow(self: &Arc<Floor>, who: String) -> Result<Follower, NoPlace> {
        let is_closing = self.is_closing.subscribe();
        if *is_closing.borrow() {
            return Err(NoPlace::Closing);
        }
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| NoPlace::Full)?;
        let mut people = self.people();
        let own = people.entry(who.clone()).or_default();
        if *own >= EACH {
            return Err(NoPlace::TooOften);
        }
        *own += 1;
        drop(people);
        let follower =
            Follower { news: self.news.subscribe(), is_closing, floor: Arc::clone(self), who, _place: place };
        self.ask();
        Ok(follower)
    }

    /// What is locked is whole between any two statements.
    fn people(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is shown next, once somebody asked.
async fn look<T: Clone>(board: &watch::Sender<T>, asked: &Notify) -> Option<T> {
    let mut shown = board.subscribe();
    asked.notify_one();
    timeout(LOOK, shown.changed()).await.ok()?.ok()?;
    Some(shown.borrow().clone())
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut people = self.floor.people();
        if let Some(own) = people.get_mut(&self.who) {
            *own -= 1;
            if *own == 0 {
                people.remove(&self.who);
            }
        }
    }
}
