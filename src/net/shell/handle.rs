//! What others hold of a running shell.

use super::Counters;
use crate::base::EndCause;
use crate::net::Counts;
use crate::node::floor::QueueView;
use crate::node::journal::{Entry, What};
use crate::node::{CallStory, Input};
use crate::signaling::{PhoneStanding, TrunkStanding};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{broadcast, watch};

/// Inputs of others that wait for the node.
const CONTROL: usize = 1_024;
/// Journal entries kept for a subscriber that is slow to take them.
const JOURNAL: usize = 4_096;

/// What the shell is asked for; it never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    Serve,
    Drain,
    Stop,
}

/// Speaks to a shell from other tasks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShellHandle {
    control: Sender<Input>,
    wanted: Arc<watch::Sender<Wanted>>,
    journal: broadcast::Sender<Arc<Entry>>,
    counters: Arc<Counters>,
    trunks: Arc<watch::Sender<TrunkBoard>>,
    phones: Arc<watch::Sender<PhoneBoard>>,
    queues: Arc<watch::Sender<QueueBoard>>,
    calls: Arc<watch::Sender<CallBoard>>,
}

/// How every trunk stands, by name.
pub type TrunkBoard = BTreeMap<Arc<str>, TrunkStanding>;

/// Where every phone is registered, by name.
pub type PhoneBoard = BTreeMap<Arc<str>, PhoneStanding>;

/// How every queue stood when somebody last asked.
pub type QueueBoard = Arc<Vec<QueueView>>;

/// Every call that there was when somebody last asked.
pub type CallBoard = Arc<Vec<CallStory>>;

/// The shell has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine has ended")]
pub struct Gone;

pub(super) fn pair(counters: Arc<Counters>) -> (ShellHandle, Receiver<Input>, watch::Receiver<Wanted>) {
    let (control, inputs) = mpsc::channel(CONTROL);
    let (want, wanted) = watch::channel(Wanted::Serve);
    let journal = broadcast::Sender::new(JOURNAL);
    let trunks = Arc::new(watch::Sender::new(TrunkBoard::new()));
    let phones = Arc::new(watch::Sender::new(PhoneBoard::new()));
    let queues = Arc::new(watch::Sender::new(QueueBoard::default()));
    let calls = Arc::new(watch::Sender::new(CallBoard::default()));
    let wants = Arc::new(want);
    (ShellHandle { control, wanted: wants, journal, counters, trunks, phones, queues, calls }, inputs, wanted)
}

impl ShellHandle {
    /// No new calls; the shell ends when those in progress have.
    pub fn drain(&self) {
        self.want(Wanted::Drain);
    }

    /// Ends every call, then the shell.
    pub fn stop(&self) {
        self.want(Wanted::Stop);
    }

    /// Hands an input to the node, in its turn; waits while too many do.
    ///
    /// # Errors
    /// [`Gone`] where the shell has ended.
    pub async fn input(&self, input: Input) -> Result<(), Gone> {
        self.control.send(input).await.map_err(|_| Gone)
    }

    /// The same from a thread of its own, which may block. Panics in a task of tokio.
    ///
    /// # Errors
    /// [`Gone`] where the shell has ended.
    pub fn input_from_thread(&self, input: Input) -> Result<(), Gone> {
        self.control.blocking_send(input).map_err(|_| Gone)
    }

    /// Whether new calls are taken: nobody has asked for a drain or an end.
    pub fn is_serving(&self) -> bool {
        *self.wanted.borrow() == Wanted::Serve
    }

    /// Waits until somebody asks for a drain or an end.
    pub async fn until_draining(&self) {
        let mut wanted = self.wanted.subscribe();
        // The sender is kept here: no waiting ends but by the wish.
        let _wish = wanted.wait_for(|wanted| *wanted > Wanted::Serve).await;
    }

    /// Journal entries from now on. A subscriber that is too slow is told how many it missed.
    pub fn journal(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.journal.subscribe()
    }

    /// What was dropped or late so far.
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// How every trunk stands now.
    pub fn trunks(&self) -> TrunkBoard {
        self.trunks.borrow().clone()
    }

    /// Where every phone is registered now.
    pub fn phones(&self) -> PhoneBoard {
        self.phones.borrow().clone()
    }

    /// How every queue stands: asks the node, in its turn. One that has none never answers.
    ///
    /// # Errors
    /// [`Gone`] where the shell has ended.
    pub async fn queues(&self) -> Result<QueueBoard, Gone> {
        self.ask(Input::ShowQueues, &self.queues).await
    }

    /// Every call that the store was not given yet: asks the node, in its turn. One that has none never answers.
    ///
    /// # Errors
    /// [`Gone`] where the shell has ended.
    pub async fn calls(&self) -> Result<CallBoard, Gone> {
        self.ask(Input::ShowCalls, &self.calls).await
    }

    async fn ask<T: Clone>(&self, question: Input, board: &watch::Sender<T>) -> Result<T, Gone> {
        let mut shown = board.subscribe();
        self.input(question).await?;
        tokio::select! {
            changed = shown.changed() => changed.map_err(|_| Gone)?,
            () = self.control.closed() => return Err(Gone),
        }
        Ok(shown.borrow().clone())
    }

    pub(super) fn show_queues(&self, queues: Vec<QueueView>) {
        self.queues.send_replace(Arc::new(queues));
    }

    pub(super) fn show_calls(&self, calls: Vec<CallStory>) {
        self.calls.send_replace(Arc::new(calls));
    }

    pub(super) fn note_broken(&self) {
        self.counters.inputs_broken.add(1);
    }

    /// Takes what an entry says into the boards and counters.
    pub(super) fn note(&self, entry: &Entry) {
        match &entry.what {
            What::Trunk { standing, .. } => self.trunks.send_modify(|board| {
                board.insert(standing.trunk.clone(), (**standing).clone());
            }),
            What::Phone { standing, .. } => self.phones.send_modify(|board| {
                board.insert(standing.phone.clone(), (**standing).clone());
            }),
            What::CallStarted { .. } => self.counters.calls_started.add(1),
            What::CallGone => self.counters.calls_gone.add(1),
            What::CallEnded { cause: EndCause::Broken } => self.counters.calls_broken.add(1),
            _ => {}
        }
    }

    pub(super) fn publish(&self, entry: Entry) {
        if self.journal.receiver_count() > 0 {
            // Subscribers may leave between the two lines: then nobody wants it.
            let _ = self.journal.send(Arc::new(entry));
        }
    }

    fn want(&self, more: Wanted) {
        self.wanted.send_if_modified(|wanted| {
            let changes = more > *wanted;
            *wanted = more.max(*wanted);
            changes
        });
    }
}
