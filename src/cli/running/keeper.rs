//! The way from the engine's writes to the store, and from what is on disk back to the engine.

use crate::base::Number;
use crate::call::{PartyAudio, Rung};
use crate::case::CaseNumber;
use crate::net::{Shell, ShellHandle};
use crate::node::{CallStory, Input, Node, StoreDone, StoreWrite};
use crate::store::{
    AudioRecord, CallRecord, Events, Full, LegRecord, PlanVersion, Store, StoreError, StoreEvent, Unsaved,
    Write, Writer,
};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, WeakSender, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// Writes between the engine and the keeper.
const INBOX: usize = 4_096;
/// Between two attempts to reserve numbers.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks whether the store takes writes, where nobody writes anything, and the time it has for it.
const LOOK: Duration = Duration::from_secs(5);
/// How long the last writes may take when the engine has ended.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// The task that keeps what the engine hands over.
pub(super) struct Keeper {
    task: JoinHandle<Result<(), String>>,
    versions: Versions,
    health: Health,
    looks: JoinHandle<()>,
}

/// How the store is.
#[derive(Clone, Debug)]
pub(super) struct Health {
    /// Why what the engine writes does not come into the database; none: it does.
    failing: watch::Receiver<Option<String>>,
    /// Whether it took a write when somebody last looked.
    takes_writes: watch::Receiver<bool>,
}

impl Health {
    /// Why the store fails, as long as it does.
    pub(super) fn error(&self) -> Option<String> {
        let silent = || (!*self.takes_writes.borrow()).then(|| "it takes no writes".to_string());
        self.failing.borrow().clone().or_else(silent)
    }
}

/// Takes versions of plans that came into force, beside what the engine hands over.
#[derive(Clone, Debug)]
pub(super) struct Versions(WeakSender<Write>);

impl Versions {
    /// Keeps them. Once the engine has ended nothing comes into force any more, and nothing is kept.
    pub(super) async fn keep(&self, versions: Vec<PlanVersion>) {
        let Some(inbox) = self.0.upgrade() else { return };
        for version in versions {
            let _ended = inbox.send(Write::KeepPlan(version)).await;
        }
    }
}

impl Keeper {
    /// Takes the store, the spool beside it, and everything this shell's node wants written.
    ///
    /// # Errors
    /// The spool cannot be used.
    pub(super) fn start<N: Node>(
        store: Store,
        spool: &Path,
        shell: &mut Shell<N>,
    ) -> Result<Keeper, StoreError> {
        let (writer, events) = store.start_writer(spool)?;
        let (inbox, writes) = channel(INBOX);
        let numbers = (store.clone(), shell.handle());
        let versions = Versions(inbox.downgrade());
        shell.on_store(move |write| match write {
            StoreWrite::ReserveNumbers { count } => reserve(&numbers.0, &numbers.1, count),
            StoreWrite::SaveCase(case) => hand_over(&inbox, Write::SaveCase(case)),
            StoreWrite::SaveCall(story) => hand_over(&inbox, Write::SaveCall(Box::new(call_record(*story)))),
        });
        let (tell_failing, failing) = watch::channel(None);
        let (tell_taken, takes_writes) = watch::channel(true);
        let looks = tokio::spawn(look_at(store.clone(), tell_taken));
        let health = Health { failing, takes_writes };
        let work = Work {
            store,
            writer,
            engine: shell.handle(),
            unsaved: VecDeque::new(),
            spare: VecDeque::new(),
            token: 0,
            failing: tell_failing,
        };
        Ok(Keeper { task: tokio::spawn(work.keep(writes, events)), versions, health, looks })
    }

    /// Takes versions of plans.
    pub(super) fn versions(&self) -> Versions {
        self.versions.clone()
    }

    /// How the store is, now and later.
    pub(super) fn health(&self) -> Health {
        self.health.clone()
    }

    /// Waits until everything is on disk. The shell must have ended.
    pub(super) async fn finish(self) -> Result<(), String> {
        self.looks.abort();
        self.task.await.map_err(|error| format!("the store's task ended early: {error}"))?
    }
}

/// Looks at a database in which nobody may write for hours: whoever asks before a call comes is to know.
async fn look_at(store: Store, taken: watch::Sender<bool>) {
    let mut pace = tokio::time::interval(LOOK);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        taken.send_replace(store.takes_writes(LOOK).await);
    }
}

fn hand_over(inbox: &Sender<Write>, write: Write) {
    if inbox.try_send(write).is_err() {
        tracing::error!("the store is too slow: a write was lost");
    }
}

/// Asks the store beside everything else, until it gives: without numbers no call is taken, and the
/// engine asks once.
fn reserve(store: &Store, engine: &ShellHandle, count: u64) {
    let (store, engine) = (store.clone(), engine.clone());
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    tokio::spawn(async move {
        loop {
            match store.reserve_numbers(count).await {
                Ok(range) => {
                    let _ended = engine.input(Input::Stored(StoreDone::NumbersReserved(range))).await;
                    return;
                }
                Err(error) => tracing::error!("no case numbers: {error}"),
            }
            // A database does not tell when it gives again.
            tokio::time::sleep(RETRY).await;
        }
    });
}

struct Work {
    store: Store,
    writer: Writer,
    engine: ShellHandle,
    /// Cases handed to the writer, with their tokens, in order.
    unsaved: VecDeque<(u64, CaseNumber)>,
    /// Writes that the writer had no room for, in order.
    spare: VecDeque<Write>,
    token: u64,
    /// Why the store fails; none: it works.
    failing: watch::Sender<Option<String>>,
}

impl Work {
    async fn keep(mut self, mut writes: Receiver<Write>, mut events: Events) -> Result<(), String> {
        loop {
            let room = self.spare.len() < INBOX;
            tokio::select! {
                write = writes.recv(), if room => match write {
                    Some(write) => self.submit(write),
                    None => break,
                },
                Some(event) = events.recv() => self.hear(event).await,
            }
        }
        self.finish(events).await
    }

    fn submit(&mut self, write: Write) {
        if !self.spare.is_empty() {
            self.spare.push_back(write);
            return;
        }
        let case = match &write {
            Write::SaveCase(case) => Some(case.number()),
            Write::SaveCall(_) | Write::KeepPlan(_) => None,
        };
        self.token += 1;
        match self.writer.submit(self.token, write) {
            Ok(()) => self.unsaved.extend(case.map(|case| (self.token, case))),
            Err(Full(write)) => self.spare.push_back(*write),
        }
    }

    async fn hear(&mut self, event: StoreEvent) {
        match event {
            StoreEvent::StoredUpTo(token) => {
                self.tell_saved(token).await;
                for write in std::mem::take(&mut self.spare) {
                    self.submit(write);
                }
            }
            StoreEvent::Failing { error } => {
                self.failing.send_replace(Some(error.clone()));
                tracing::error!("the store fails, and is tried again: {error}");
            }
            StoreEvent::Recovered => {
                self.failing.send_replace(None);
                tracing::info!("the store works again");
            }
        }
    }

    async fn tell_saved(&mut self, token: u64) {
        while let Some((_, case)) = self.unsaved.pop_front_if(|(of, _)| *of <= token) {
            let _ended = self.engine.input(Input::Stored(StoreDone::CaseSaved(case))).await;
        }
    }

    /// The engine has ended: nobody waits for acknowledgements, but everything is to be on disk.
    async fn finish(mut self, mut events: Events) -> Result<(), String> {
        let handed = tokio::time::timeout(LAST_WRITES, self.hand_over_spare(&mut events)).await;
        let deaf = tokio::spawn(async move { while events.recv().await.is_some() {} });
        let closed = self.writer.close(LAST_WRITES).await;
        let _ended = deaf.await;
        self.store.close().await;
        closed.and(handed.map_err(|_too_long| Unsaved)).map_err(|unsaved| unsaved.to_string())
    }

    async fn hand_over_spare(&mut self, events: &mut Events) {
        while !self.spare.is_empty() {
            match events.recv().await {
                Some(event) => self.hear(event).await,
                None => break,
            }
        }
    }
}

/// What is kept of a call, in the words of the store.
pub(super) fn call_record(CallStory { record, trail }: CallStory) -> CallRecord {
    CallRecord {
        id: record.call_id.clone(),
        call_id: record.sip_call_id,
        case: record.case.as_deref().and_then(|case| CaseNumber::parse(case).ok()),
        from: record.caller.as_deref().and_then(Number::parse),
        presentation: Some(record.caller_presentation),
        to: Number::parse(&record.dialed),
        started_at: record.started_at,
        answered_at: record.answered_at,
        plan_began_at: record.plan_began_at,
        ended_at: record.ended_at,
        cause: record.cause,
        plan: Some(record.plan),
        plan_hash: Some(record.plan_version),
        digits: record.digits,
        trail,
        legs: record.rung.into_iter().map(leg_record).collect(),
        audio: record
            .audio
            .into_iter()
            .map(|PartyAudio { target, quality }| AudioRecord { target, quality })
            .collect(),
    }
}

fn leg_record(rung: Rung) -> LegRecord {
    LegRecord {
        target: rung.target,
        started_at: rung.started_at,
        answered_at: rung.answered_at,
        ended_at: rung.ended_at,
        status: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::LibraryBuilder;
    use crate::base::{AudioQuality, Deadline, EndCause, Now, UnixTime};
    use crate::call::Record;
    use crate::case::{Case, Channel, Opening, Presentation};
    use crate::dialplan::trail::Trail;
    use crate::net::{Bound, Ended, ShellConfig};
    use crate::node::Output;

    /// Wants these written at once, and is idle when it was told of everything.
    struct Probe {
        wants: VecDeque<Output>,
        answers: usize,
    }

    impl Node for Probe {
        fn handle_input(&mut self, _: Now, input: Input) {
            if let Input::Stored(StoreDone::CaseSaved(_) | StoreDone::NumbersReserved(_)) = input {
                self.answers -= 1;
            }
        }
        fn handle_deadline(&mut self, _: Now) {}
        fn poll_output(&mut self) -> Option<Output> {
            self.wants.pop_front()
        }
        fn poll_deadline(&self) -> Option<Deadline> {
            (!self.wants.is_empty()).then_some(Deadline { at: crate::base::Instant::ZERO, why: "start" })
        }
        fn is_idle(&self) -> bool {
            self.answers == 0
        }
    }

    fn case(sequence: u64) -> Case {
        Case::open(Opening {
            number: CaseNumber::from_sequence(sequence).expect("a number"),
            at: UnixTime::from_secs(1_770_685_200),
            channel: Channel::Phone,
            caller: None,
            presentation: Presentation::Withheld,
            dialed: Number::parse("0120339836"),
            call_id: Some("abc".into()),
            dialplan: None,
        })
    }

    fn record() -> Record {
        let at = UnixTime::from_secs(1_770_685_200);
        Record {
            call_id: "abc".into(),
            sip_call_id: "abc@carrier".into(),
            caller: Some("+81312345678".into()),
            caller_presentation: Presentation::Allowed,
            dialed: "0120339836".into(),
            plan: "webex-support".into(),
            plan_version: "1".into(),
            started_at: at,
            answered_at: Some(at),
            plan_began_at: Some(at),
            ended_at: Some(at),
            cause: Some(EndCause::CallerHungUp),
            digits: 2,
            case: Some(case(1).number().to_string()),
            rung: vec![Rung {
                target: "sip:desk@h".into(),
                started_at: at,
                answered_at: None,
                ended_at: Some(at),
            }],
            audio: vec![PartyAudio {
                target: None,
                quality: AudioQuality { mos: Some(440), ..AudioQuality::default() },
            }],
        }
    }

    #[tokio::test]
    async fn what_a_node_wants_written_is_on_disk_and_it_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/cases.db", folder.path().display());
        let writes = [
            StoreWrite::ReserveNumbers { count: 5 },
            StoreWrite::SaveCase(Box::new(case(1))),
            StoreWrite::SaveCase(Box::new(case(2))),
            StoreWrite::SaveCall(Box::new(CallStory { record: record(), trail: Some(Trail::default()) })),
        ];
        let probe = Probe { wants: writes.map(Output::Store).into(), answers: 3 };
        let listen = vec!["udp:127.0.0.1:0".parse().expect("an address")];
        let config = ShellConfig {
            drain_timeout: Duration::from_secs(20),
            ..ShellConfig::new(listen, 22_000..=22_001)
        };
        let bound = Bound::bind(config).await.expect("bound");
        let mut shell = bound.start(probe, LibraryBuilder::new().build().into()).expect("started");
        let store = Store::open(&url).await.expect("a store");
        let keeper = Keeper::start(store, &folder.path().join("spool"), &mut shell).expect("a spool");
        shell.handle().drain();
        assert_eq!(shell.run(std::future::pending()).await, Ended::Idle, "told of everything");
        keeper.finish().await.expect("all written");
        let store = Store::open_existing(&url).await.expect("the store");
        assert!(store.case(case(2).number()).await.expect("read").is_some());
        let call = store.call("abc").await.expect("read").expect("a record");
        assert_eq!((call.case, call.digits, call.legs.len()), (Some(case(1).number()), 2, 1));
        assert_eq!(call.call_id, "abc@carrier");
        assert_eq!(call.audio.first().and_then(|audio| audio.quality.mos), Some(440));
        assert_eq!(call.trail, Some(Trail::default()));
        assert_eq!(call.from.map(|n| n.to_string()).as_deref(), Some("+81312345678"));
    }
}
