//! The shell: one task that drives a node with sockets, workers, a store and a clock.

mod asking;
mod bound;
mod config;
mod handle;
mod log;

pub use bound::Bound;
pub use config::ShellConfig;
pub use handle::{CallBoard, Gone, PhoneBoard, QueueBoard, ShellHandle, TrunkBoard};

use super::NetError;
use super::clock::Clock;
use super::counters::Counters;
use super::tap::{Heading, PacketTap, WireEvent};
use super::transports::Transports;
use super::workers::{FromWorker, Workers};
use crate::audio::Library;
use crate::base::{Instant, Now, PromptId};
use crate::dialplan::NoAnswer;
use crate::net::Found;
use crate::net::admission::Admission;
use crate::node::journal::Entry;
use crate::node::{Input, Node, Output, PinQuestion, Question, Recorded, StoreWrite};
use crate::signaling::{Flow, Lookup, Resolved};
use asking::Asking;
use handle::Wanted;
use log::Log;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

/// Inputs of one kind handled before the others and the deadline get their turn.
const BATCH: usize = 64;
/// For connections to take their last messages.
const LAST_WRITES: Duration = Duration::from_millis(500);
/// Sleep where nothing is due: longer than any call, shorter than a timer can hold.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// Drives a node. Set the hooks, take a handle, then [`run`](Shell::run).
pub struct Shell<N> {
    node: N,
    clock: Clock,
    inputs: Inputs,
    wanted: watch::Receiver<Wanted>,
    handle: ShellHandle,
    transports: Transports,
    admission: Arc<Admission>,
    names: Asking,
    /// How SIP to each trunk is marked for routers (DSCP), where not as usual.
    marks: BTreeMap<Arc<str>, u8>,
    workers: Workers,
    hooks: Hooks,
    /// Answers to the node's own outputs, before anything else.
    followups: VecDeque<Input>,
    patience: Patience,
}

/// Where inputs come from.
struct Inputs {
    wire: Receiver<Input>,
    media: Receiver<FromWorker>,
    control: Receiver<Input>,
}

type StoreHook = Box<dyn FnMut(StoreWrite) + Send>;
type AskHook = Box<dyn FnMut(Question) + Send>;
type VerifyHook = Box<dyn FnMut(PinQuestion) + Send>;
type SpeakHook = Box<dyn FnMut(PromptId) -> bool + Send>;
type JournalHook = Box<dyn FnMut(&Entry) + Send>;

/// Who else is told.
struct Hooks {
    store: Option<StoreHook>,
    ask: Option<AskHook>,
    verify: Option<VerifyHook>,
    speak: Option<SpeakHook>,
    journal: Option<JournalHook>,
    tap: Option<PacketTap>,
    log: Log,
}

#[derive(Clone, Copy, Debug)]
struct Patience {
    drain: Duration,
    stop: Duration,
}

/// How a shell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was left.
    Idle,
    /// Something was left when patience ran out.
    Impatient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    Draining { until: Instant },
    Stopping { until: Instant },
    Over(Ended),
}

impl<N: Node> Shell<N> {
    /// Binds and starts everything at once; [`Bound`] does it in two steps for nodes that must know
    /// their addresses first.
    ///
    /// # Errors
    /// [`NetError`]: an address or port that cannot be used, no thread.
    pub async fn start(config: ShellConfig, node: N, library: Arc<Library>) -> Result<Shell<N>, NetError> {
        Bound::bind(config).await?.start(node, library)
    }

    /// A handle for everybody else.
    pub fn handle(&self) -> ShellHandle {
        self.handle.clone()
    }

    /// Who takes writes for the store; it must not block. What became of them comes back by
    /// [`ShellHandle::input`] as [`Input::Stored`].
    pub fn on_store(&mut self, take: impl FnMut(StoreWrite) + Send + 'static) {
        self.hooks.store = Some(Box::new(take));
    }

    /// Who asks services outside; it must not block. What came of it comes back by
    /// [`ShellHandle::input`] as [`Input::Told`].
    pub fn on_ask(&mut self, take: impl FnMut(Question) + Send + 'static) {
        self.hooks.ask = Some(Box::new(take));
    }

    /// Who has PINs verified; it must not block. What came of them comes back by [`ShellHandle::input`] as
    /// [`Input::Verified`].
    pub fn on_verify(&mut self, take: impl FnMut(PinQuestion) + Send + 'static) {
        self.hooks.verify = Some(Box::new(take));
    }

    /// Who says what is not recorded; it must not block. `false` where it has too much to say already; what
    /// it takes comes back by [`ShellHandle::input`] as [`Input::Spoken`].
    pub fn on_speak(&mut self, take: impl FnMut(PromptId) -> bool + Send + 'static) {
        self.hooks.speak = Some(Box::new(take));
    }

    /// Who is told every journal entry, in order; it must not block.
    pub fn on_journal(&mut self, take: impl FnMut(&Entry) + Send + 'static) {
        self.hooks.journal = Some(Box::new(take));
    }

    /// Who sees every SIP message; it must not block.
    pub fn on_wire(&mut self, tap: PacketTap) {
        self.hooks.tap = Some(tap);
    }

    /// Serves until `shutdown` resolves or the handle asks; then lets calls finish, ends those that
    /// do not, and returns.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Ended {
        tokio::pin!(shutdown);
        let mut asked = false;
        let mut wire = Vec::with_capacity(BATCH);
        let mut media = Vec::with_capacity(BATCH);
        let mut phase = Phase::Serving;
        let ended = loop {
            self.keep_deadline();
            phase = self.advance(phase);
            if let Phase::Over(ended) = phase {
                break ended;
            }
            // The engine's next deadline: what a turn waits for where nothing comes in.
            let sleep = tokio::time::sleep_until(self.clock.timer(self.next_wake(phase)));
            tokio::select! {
                () = &mut shutdown, if !asked => {
                    asked = true;
                    self.handle.drain();
                }
                _ = self.wanted.changed() => {}
                _ = self.inputs.media.recv_many(&mut media, BATCH) => {}
                _ = self.inputs.wire.recv_many(&mut wire, BATCH) => {}
                Some(input) = self.inputs.control.recv() => self.take(input),
                Some((lookup, found)) = self.names.next() => self.take_names(lookup, found),
                () = sleep => {}
            }
            media.drain(..).for_each(|report| self.take_report(report));
            wire.drain(..).for_each(|input| self.take(input));
        };
        self.transports.close(LAST_WRITES).await;
        ended
    }

    fn next_wake(&self, phase: Phase) -> Instant {
        let due = self.node.poll_deadline().map(|deadline| deadline.at);
        let until = match phase {
            Phase::Draining { until } | Phase::Stopping { until } => Some(until),
            Phase::Serving | Phase::Over(_) => None,
        };
        let long = self.clock.instant() + LONG;
        [due, until].into_iter().flatten().fold(long, Instant::min)
    }

    /// Goes on until nothing changes: an idle node is done as soon as it is told to drain.
    fn advance(&mut self, mut phase: Phase) -> Phase {
        loop {
            let next = self.next_phase(phase);
            if next == phase {
                return phase;
            }
            phase = next;
        }
    }

    /// Draining and stopping are told to the node once, when they begin.
    fn next_phase(&mut self, phase: Phase) -> Phase {
        let now = self.clock.instant();
        let wanted = *self.wanted.borrow_and_update();
        match phase {
            Phase::Serving | Phase::Draining { .. } if wanted == Wanted::Stop => self.stop(now),
            Phase::Serving if wanted == Wanted::Drain => {
                self.take(Input::Drain);
                Phase::Draining { until: now + self.patience.drain }
            }
            Phase::Draining { .. } | Phase::Stopping { .. } if self.is_idle() => Phase::Over(Ended::Idle),
            Phase::Draining { until } if until <= now => self.stop(now),
            Phase::Stopping { until } if until <= now => Phase::Over(Ended::Impatient),
            unchanged => unchanged,
        }
    }

    fn stop(&mut self, now: Instant) -> Phase {
        self.take(Input::Stop);
        Phase::Stopping { until: now + self.patience.stop }
    }

    fn is_idle(&self) -> bool {
        self.node.is_free() && self.workers.open_legs() == 0
    }

    fn keep_deadline(&mut self) {
        let now = self.clock.now();
        if self.node.poll_deadline().is_some_and(|deadline| deadline.at <= now.mono) {
            self.protected(|node| node.handle_deadline(now));
            self.carry_out(now);
            self.settle();
        }
    }

    /// The last line: a node that unwinds loses that input, not everybody's calls. The engine has lines of its
    /// own before this one, which know whose call it was.
    fn protected(&mut self, act: impl FnOnce(&mut N)) {
        if catch_unwind(AssertUnwindSafe(|| act(&mut self.node))).is_err() {
            self.handle.note_broken();
            tracing::error!("a rule of the engine's own was broken: the input is lost, calls go on");
        }
    }

    fn take_report(&mut self, report: FromWorker) {
        match report {
            FromWorker::Event(event) => self.take(Input::Media(event)),
            FromWorker::Heard { leg, samples } => self.take(Input::Heard { leg, samples }),
            FromWorker::Released { leg } => self.workers.released(leg),
            FromWorker::Unkept { recording } => {
                let result = Err("nobody keeps recordings".to_string());
                self.take(Input::Recorded(Recorded { recording, result }));
            }
        }
    }

    fn take(&mut self, input: Input) {
        self.followups.push_back(input);
        self.settle();
    }

    /// Hands over what waits, and what comes of it; workers are woken once at the end.
    fn settle(&mut self) {
        while let Some(input) = self.followups.pop_front() {
            let now = self.clock.now();
            if let Input::Message { flow, bytes } = &input {
                self.hooks.see(now, Heading::Received, *flow, bytes);
            }
            self.protected(|node| node.handle_input(now, input));
            self.carry_out(now);
        }
        self.workers.wake();
        while let Some(report) = self.workers.undelivered() {
            self.take_report(report);
        }
    }

    fn carry_out(&mut self, now: Now) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Transmit { flow, bytes } => self.transmit(now, flow, bytes),
                Output::Resolve(lookup) => self.names.ask(lookup),
                Output::OpenPort { call, leg, towards, dscp } => {
                    let opened = self.workers.open_port(call, leg, towards, dscp);
                    self.followups.push_back(match opened {
                        Some(address) => Input::PortOpened { leg, address },
                        None => Input::PortFailed { leg },
                    });
                }
                Output::Media { call, command } => self.workers.command(call, command),
                Output::Library(library) => self.workers.replace_library(&library),
                Output::Speak { id } => self.speak(id),
                Output::Store(write) => self.hooks.write(write),
                Output::Ask(question) => self.ask(*question),
                Output::Verify(question) => self.verify(*question),
                Output::Queues(queues) => self.handle.show_queues(queues),
                Output::Calls(calls) => self.handle.show_calls(calls),
                Output::Journal(entry) => self.hooks.enter(entry, &self.handle),
            }
        }
    }

    /// Addresses become paths: which of ours reaches each.
    fn take_names(&mut self, lookup: Lookup, found: Found) {
        let Found { places, took, holds } = found;
        let places = places.and_then(|places| {
            let path = |place: &SocketAddr| self.transports.flow_to(lookup.transport, *place);
            let paths: Vec<Flow> = places.iter().filter_map(path).collect();
            self.admission.exempt(paths.iter().map(|path| path.remote.ip()));
            if let Some(dscp) = self.marks.get(&lookup.trunk) {
                paths.iter().for_each(|path| self.transports.mark(path.remote.ip(), *dscp));
            }
            if lookup.transport.is_secure() {
                // Whatever address it has, the carrier shows a certificate of the name that was asked for.
                paths.iter().try_for_each(|path| self.transports.expect_host(path.remote, &lookup.host))?;
            }
            let why = || format!("no address that is listened on reaches {}", lookup.host);
            if paths.is_empty() { Err(why()) } else { Ok(paths) }
        });
        self.take(Input::Resolved(Resolved { trunk: lookup.trunk, places, took, holds }));
    }

    fn ask(&mut self, question: Question) {
        match &mut self.hooks.ask {
            Some(ask) => ask(question),
            None => self.followups.push_back(Input::Told(question.told(Err(NoAnswer::Unreachable)))),
        }
    }

    fn verify(&mut self, question: PinQuestion) {
        match &mut self.hooks.verify {
            Some(verify) => verify(question),
            None => self.followups.push_back(Input::Verified(question.judged(Err(NoAnswer::Unreachable)))),
        }
    }

    fn speak(&mut self, id: PromptId) {
        let is_taken = self.hooks.speak.as_mut().is_some_and(|speak| speak(id.clone()));
        if !is_taken {
            self.followups.push_back(Input::Spoken { id, sound: None });
        }
    }

    fn transmit(&mut self, now: Now, flow: Flow, bytes: Vec<u8>) {
        self.hooks.see(now, Heading::Sent, flow, &bytes);
        if self.transports.send(flow, bytes).is_err() {
            self.followups.push_back(Input::TransportFailed { flow });
        }
    }
}

impl Hooks {
    fn see(&mut self, at: Now, heading: Heading, flow: Flow, bytes: &[u8]) {
        if let Some(tap) = &mut self.tap {
            tap(&WireEvent { at, heading, flow, bytes });
        }
    }

    fn write(&mut self, write: StoreWrite) {
        match &mut self.store {
            Some(store) => store(write),
            None => tracing::warn!("nothing is stored: the shell has no store"),
        }
    }

    fn enter(&mut self, entry: Entry, handle: &ShellHandle) {
        // Who acts on what is logged finds it so.
        handle.note(&entry);
        self.log.write(&entry);
        if let Some(journal) = &mut self.journal {
            journal(&entry);
        }
        handle.publish(entry);
    }
}
