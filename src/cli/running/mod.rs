//! A running engine: sockets, media workers, store and the engine itself, put together from settings.
//!
//! Owns: the order in which things are opened, what is said where one of them cannot be, the way from
//! the engine's writes to the store and back, the way from its questions to services outside, from
//! callers' PINs to whoever knows them, the voice that says what is not recorded, how changed plans and prompts reach
//! the engine. Does not know:
//! what a call does.
//!
//! Invariants: nothing runs where any part could not be opened; a case is acknowledged to the engine
//! only after the store has it on disk; plans come into force only whole and good, whoever asks.

mod api;
mod asking;
mod attending;
mod configure;
mod keeper;
mod logging;
mod operations;
mod reach;
mod reloading;
mod speaking;
mod standing;
mod verifying;
mod watching;

pub use api::api;
pub use attending::attend;
pub use configure::{signaling_config, trunk_config};
pub use logging::{LogFormat, Logging, start_logging};
pub use operations::Operations;
pub use reach::{reach, transport_of};
pub use reloading::{Outcome, Reloader, Reloading, Unanswered};
pub use standing::{Came, Standing};
pub use watching::Watching;

use super::customer::{self, Authority};
use super::versions::{self, By};
use super::workplace::Workplace;
use crate::base::UnixTime;
use crate::diag::Diagnostic;
use crate::dialplan::PlanSet;
use crate::engine::Engine;
use crate::net::{Bound, Clock, Ended, Identity, ListenAddr, Shell, ShellConfig, ShellHandle, fresh_rng};
use crate::node::{Input, Node, Output, Recorded, StoreDone, StoreWrite};
use crate::office::{Delivery, Office, Pace, Round, Tallies};
use crate::store::{Store, Write, recordings};
use crate::webhook::Webhooks;
use keeper::Keeper;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

/// Why nothing runs.
#[derive(Debug)]
pub enum Refused {
    /// One clear line.
    Line(String),
    /// Settings that cannot be carried out here.
    Found(Vec<Diagnostic>),
}

impl Refused {
    fn line(error: impl std::fmt::Display) -> Refused {
        Refused::Line(error.to_string())
    }
}

/// What is different from the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// What the wall clock shows at the start; none: the machine's.
    pub wall: Option<UnixTime>,
    /// Whether logs show telephone numbers in full.
    pub show_numbers: bool,
}

/// An engine that listens; [`run`](Running::run) serves.
pub struct Running {
    /// The shell, for hooks and its handle.
    pub shell: Shell<Engine>,
    keeper: Keeper,
    store: Store,
    office: Arc<Office>,
    delivery: Delivery,
    authority: Arc<Authority>,
    clock: Clock,
    identity: Option<Arc<Identity>>,
    listening: Vec<ListenAddr>,
    max_calls: usize,
}

impl Running {
    /// Opens sockets and store, resolves targets, makes the engine.
    ///
    /// # Errors
    /// The first thing that cannot be opened, or every target that cannot be reached.
    pub async fn start(workplace: &Workplace, manner: Manner) -> Result<Running, Refused> {
        let settings = &workplace.settings;
        let (takes, recorded) = recordings::start(settings.recordings.clone()).map_err(Refused::line)?;
        let tls = settings.tls.config().map_err(Refused::Line)?;
        let config = ShellConfig {
            recordings: Some(takes),
            advertise: settings.advertise,
            origins: settings.origins.clone(),
            tls: tls.clone(),
            nameserver: settings.nameserver,
            marks: settings
                .trunks
                .iter()
                .filter_map(|(name, t)| Some((name.as_str().into(), t.dscp?)))
                .collect(),
            strangers: Some(settings.strangers),
            wall: manner.wall,
            show_numbers: manner.show_numbers,
            port_rest: settings.port_rest,
            ..ShellConfig::new(settings.listen.clone(), settings.ports.clone())
        };
        let bound = Bound::bind(config).await.map_err(Refused::line)?;
        let (listening, max_calls) = (bound.listening(), bound.max_calls());
        let config = configure::engine(workplace, &bound).await.map_err(Refused::Found)?;
        bound.exempt(config.signaling.known.iter().copied());
        let voice = settings.voice.as_deref().map(speaking::load).transpose()?;
        let store = Store::open(&settings.store_url).await.map_err(Refused::line)?;
        let pins = settings.customers.pins.then(|| customer::find_or_make_key(settings)).transpose();
        let pins = pins.map_err(Refused::Line)?;
        let webhooks = Webhooks::new(settings.webhooks.clone()).map_err(Refused::line)?;
        let clock = bound.clock();
        let (plans, library) = (workplace.plans.clone(), workplace.library.clone());
        let mut engine = Engine::new(config, plans, library.clone(), fresh_rng());
        give_numbers(&mut engine, &store, clock).await?;
        keep_versions(&workplace.plans, &store, clock).await?;
        let authority = Authority::new(store.clone(), settings, clock).map_err(Refused::Line)?;
        let authority = Arc::new(authority);
        let mut shell = bound.start(engine, library).map_err(Refused::line)?;
        let keeper = Keeper::start(store.clone(), &settings.spool, &mut shell).map_err(Refused::line)?;
        // Last of what can be refused: it throws away what waits for receivers that the settings have no more.
        let delivery =
            Delivery::new(store.clone(), clock, &settings.events, Pace::default(), &fresh_rng()).await;
        let delivery = delivery.map_err(Refused::line)?;
        let office = Office::new(store.clone(), workplace.calendar.clone(), settings.escalation_steps());
        office.begin(clock.now().wall).await.map_err(Refused::line)?;
        asking::serve(webhooks, &mut shell);
        if let Some(key) = pins {
            verifying::serve(authority.clone(), key, &mut shell);
        }
        tokio::spawn(report_recordings(recorded, shell.handle()));
        voice.map(|voice| speaking::serve(voice, &mut shell)).transpose()?;
        let office = Arc::new(office);
        let identity = tls.identity;
        Ok(Running {
            shell,
            keeper,
            store,
            office,
            delivery,
            authority,
            clock,
            identity,
            listening,
            max_calls,
        })
    }

    /// What is listened on.
    pub fn listening(&self) -> &[ListenAddr] {
        &self.listening
    }

    /// Calls at once.
    pub fn max_calls(&self) -> usize {
        self.max_calls
    }

    /// What people and time do to cases.
    pub fn office(&self) -> Arc<Office> {
        self.office.clone()
    }

    /// What was sent of events, and what waits.
    pub fn tallies(&self) -> Arc<Tallies> {
        self.delivery.tallies()
    }

    /// Speaks to the shell.
    pub fn handle(&self) -> ShellHandle {
        self.shell.handle()
    }

    /// Serves until the handle drains or stops it, then waits for the store.
    ///
    /// # Errors
    /// Not everything could be written.
    pub async fn run(self) -> Result<Ended, String> {
        // They end with the engine; what is on its way then is sent again at the next start.
        let mut beside = JoinSet::new();
        beside.spawn(Round::new(self.office, self.clock).go());
        beside.spawn(self.delivery.go());
        let ended = self.shell.run(std::future::pending()).await;
        beside.shutdown().await;
        self.keeper.finish().await?;
        Ok(ended)
    }
}

/// The versions that the first call takes.
async fn keep_versions(plans: &PlanSet, store: &Store, clock: Clock) -> Result<(), Refused> {
    let versions = versions::in_force(plans, &By::Start, clock.now().wall);
    let writes: Vec<Write> = versions.into_iter().map(Write::KeepPlan).collect();
    store.apply(&writes).await.map_err(Refused::line)
}

/// Tells the engine what becomes of recordings, until there is nobody left to keep any.
async fn report_recordings(mut recorded: Receiver<Recorded>, engine: ShellHandle) {
    while let Some(recorded) = recorded.recv().await {
        let _ended = engine.input(Input::Recorded(recorded)).await;
    }
}

/// The engine's first case numbers: it must have them before the first call comes in.
async fn give_numbers(engine: &mut Engine, store: &Store, clock: Clock) -> Result<(), Refused> {
    while let Some(output) = engine.poll_output() {
        if let Output::Store(StoreWrite::ReserveNumbers { count }) = output {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let range = store.reserve_numbers(count).await.map_err(Refused::line)?;
            engine.handle_input(clock.now(), Input::Stored(StoreDone::NumbersReserved(range)));
        }
    }
    Ok(())
}
