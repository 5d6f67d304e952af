//! How the queues of a node stand, for whoever watches the floor: views, made when somebody asks.

use crate::base::{Language, Number, UnixTime};
use std::sync::Arc;

/// A queue at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// Its name.
    pub name: Arc<str>,
    /// Its desk's.
    pub desk: Arc<str>,
    /// Whether its desk is open.
    pub is_open: bool,
    /// The first moment at which that is otherwise; none within 400 days.
    pub until: Option<UnixTime>,
    /// Who waits, in order, those included for whom a seat rings.
    pub waiting: Vec<CallerView>,
    /// Expected wait of one more in minutes, rounded up, once talks have ended.
    pub wait_minutes: Option<u32>,
    /// Whom it rings.
    pub seats: Vec<SeatView>,
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerView {
    /// The engine's name for the call.
    pub call_id: String,
    /// The case, once it is durable.
    pub case: Option<String>,
    /// Their number, where it may be shown.
    pub caller: Option<Number>,
    /// What they chose to speak.
    pub language: Option<Language>,
    /// Since when they stand in this line.
    pub since: UnixTime,
    /// Which of the seats rings for them.
    pub ringing: Option<usize>,
}

/// A place to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatView {
    /// What records and cases call it.
    pub target: String,
    /// How many calls it takes at once.
    pub calls_at_once: u32,
    /// How many it has, those that ring included.
    pub calls: u32,
    /// Until when it is offered nobody because it did not take a call.
    pub rests_until: Option<UnixTime>,
    /// Whether whose it is is away: it is offered nobody.
    pub is_away: bool,
}
