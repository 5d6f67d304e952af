//! The API: its paths, each in the file of its subject.

mod agents;
mod attachment;
mod audit;
mod calls;
mod cases;
mod change;
mod entitled;
mod events;
mod export;
mod file;
mod form;
mod guard;
mod ladder;
mod login;
mod once;
mod openapi;
mod page;
mod queues;
mod recording;
mod report;
mod sent;
mod shape;
mod table;
mod telling;
#[cfg(test)]
pub(in crate::web) mod tests;
mod tries;

pub use agents::Agent;
pub use calls::Call;
pub(super) use change::bad_value;
pub(super) use entitled::FREE_TRIAL;
pub use entitled::Verifier;
pub(super) use form::{Answers, NEEDED, OPEN_CASE, REACHED_BY};
pub(super) use guard::{Subject, broken};
pub(super) use once::{BEING_DONE, IN_DOUBT, KEY_USED};
pub use openapi::description;
pub(super) use sent::{BadMembers, Members};

use super::access::{Pace, People};
use super::floor::Floor;
use super::ladders::Ladders;
use super::problem::Problem;
use crate::base::{Instant, Language, UnixTime};
use crate::calendar::Calendar;
use crate::net::Clock;
use crate::office::Office;
use crate::store::{Store, StoreError};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use guard::Gate;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords that are checked at once: each takes a processor and 19 MiB.
const HASHING: usize = 2;
/// Rights to support that are looked up at once for the web: callers are looked up at the same place, and go before.
const VERIFYING: usize = 4;
/// Files that arrive at once: each is in memory until it is on disk.
const UPLOADS: usize = 4;
/// Tries of one name without a pause, and the longest pause: short, for anybody may try under anybody's name.
const BY_NAME: (u32, Duration) = (5, Duration::from_secs(60));
/// Tries from one address without a pause, and the longest pause.
const BY_SOURCE: (u32, Duration) = (20, Duration::from_secs(900));
/// Cases of one address without a pause, and the longest pause.
const FORMS: (u32, Duration) = (10, Duration::from_secs(900));
/// Requests under a key from one address of nobody who is known, without a pause, and the longest pause: each is written to
/// the store before it is judged. More than forms, for a request may be repeated.
const KEYED: (u32, Duration) = (30, Duration::from_secs(900));
/// Refusals of nobody in particular that are written down in a minute.
const REFUSALS: u32 = 60;

/// What the API is made of.
#[derive(Debug)]
pub struct ApiConfig {
    /// Who does what people ask; its store is where everything is kept.
    pub office: Arc<Office>,
    /// What time it is.
    pub clock: Clock,
    /// Who may log in.
    pub people: People,
    /// The people of the settings by their logins, those included who may not log in.
    pub agents: BTreeMap<String, Agent>,
    /// Whether the cookie of a login travels over TLS alone.
    pub secure_cookies: bool,
    /// The folder of recordings.
    pub recordings: PathBuf,
    /// The folder of files that people put to cases.
    pub attachments: PathBuf,
    /// The numbers that customers call.
    pub phones: Phones,
    /// The desks at which customers may open cases on the web.
    pub desks: Vec<FormDesk>,
    /// Who says whether they have a right to support.
    pub verifier: Verifier,
    /// The messages of calls now and lately.
    pub ladders: Arc<Ladders>,
    /// How queues stand, and who follows what happens.
    pub floor: Arc<Floor>,
}

/// The numbers that customers call, as they are whenever somebody asks.
pub struct Phones(Box<dyn Fn() -> Vec<String> + Send + Sync>);

impl Phones {
    /// As this says.
    pub fn new(now: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Phones {
        Phones(Box::new(now))
    }
}

impl fmt::Debug for Phones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((self.0)()).finish()
    }
}

/// A desk at which customers may open cases on the web.
#[derive(Clone, Debug)]
pub struct FormDesk {
    /// Its name in the settings.
    pub name: String,
    /// What customers call it, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
    /// What is spoken there.
    pub language: Language,
}

/// The API of a running engine.
#[derive(Debug)]
pub struct Api {
    store: Store,
    office: Arc<Office>,
    clock: Clock,
    people: People,
    agents: BTreeMap<String, Agent>,
    phones: Phones,
    desks: Vec<FormDesk>,
    verifier: Verifier,
    verifying: Semaphore,
    /// One at a time notes when a token was used: nobody waits for it.
    noting: Arc<Semaphore>,
    ladders: Arc<Ladders>,
    floor: Arc<Floor>,
    secure_cookies: bool,
    recordings: PathBuf,
    attachments: PathBuf,
    uploads: Arc<Semaphore>,
    hashing: Semaphore,
    names: Mutex<Pace<String>>,
    sources: Mutex<Pace<IpAddr>>,
    forms: Mutex<Pace<IpAddr>>,
    keyed: Mutex<Pace<IpAddr>>,
    refusals: Mutex<Refusals>,
    setting_away: tokio::sync::Mutex<()>,
}

/// How many refusals were written down since when.
#[derive(Debug)]
struct Refusals {
    since: Instant,
    count: u32,
}

impl Api {
    /// Over this store.
    pub fn new(config: ApiConfig) -> Api {
        let ApiConfig { office, clock, people, agents, secure_cookies, recordings, .. } = config;
        let ApiConfig { attachments, phones, desks, verifier, ladders, floor, .. } = config;
        Api {
            store: office.store().clone(),
            office,
            clock,
            people,
            agents,
            phones,
            desks,
            verifier,
            verifying: Semaphore::new(VERIFYING),
            noting: Arc::new(Semaphore::new(1)),
            ladders,
            floor,
            secure_cookies,
            recordings,
            attachments,
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            hashing: Semaphore::new(HASHING),
            names: Mutex::new(Pace::new(BY_NAME.0, BY_NAME.1)),
            sources: Mutex::new(Pace::new(BY_SOURCE.0, BY_SOURCE.1)),
            forms: Mutex::new(Pace::new(FORMS.0, FORMS.1)),
            keyed: Mutex::new(Pace::new(KEYED.0, KEYED.1)),
            refusals: Mutex::new(Refusals { since: Instant::default(), count: 0 }),
            setting_away: tokio::sync::Mutex::new(()),
        }
    }

    /// How queues stand, and who follows what happens.
    pub fn floor(&self) -> Arc<Floor> {
        self.floor.clone()
    }

    /// The numbers that customers call now.
    pub(super) fn phones(&self) -> Vec<String> {
        (self.phones.0)()
    }

    /// The desks at which customers may open cases on the web.
    pub(super) fn desks(&self) -> &[FormDesk] {
        &self.desks
    }

    /// When desks are open.
    pub(super) fn calendar(&self) -> &Calendar {
        self.office.calendar()
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.now().wall
    }

    /// Whether one more refusal of nobody in particular is written down: who knows no password shall not fill the disk.
    fn may_write_refusal(&self) -> bool {
        let (now, mut refusals) = (self.clock.instant(), held(&self.refusals));
        if now.saturating_since(refusals.since) > Duration::from_secs(60) {
            *refusals = Refusals { since: now, count: 0 };
        }
        refusals.count += 1;
        refusals.count <= REFUSALS
    }
}

/// What is locked is whole between any two statements: a panic elsewhere leaves nothing half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every row of the table, each behind its rule.
pub(super) fn router(api: Arc<Api>) -> Router {
    let mut router = Router::new();
    for row in table::rows() {
        let gate = Gate { api: Arc::clone(&api), rule: Arc::new(row.rule) };
        router = router.route(&row.path, row.route.layer(from_fn_with_state(gate, guard::guard)));
    }
    router
        // The guard bounds bodies, each path's as its row says.
        .layer(DefaultBodyLimit::disable())
        .fallback(|| async { Problem::new(404, "no-path", "No such path", "see /api/openapi.json") })
        .method_not_allowed_fallback(|| async {
            Problem::new(405, "wrong-method", "Method not allowed", "see /api/openapi.json")
        })
        .with_state(api)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        tracing::error!("the API is not served: {error}");
        if let StoreError::InDoubt(_) = error {
            let detail = "the store has not said whether it was written: look whether it was done before you ask again";
            return Problem::new(503, once::IN_DOUBT, "It may have been done", detail).retry_after(5);
        }
        Problem::new(503, "store-fails", "The store does not answer", "try again later").retry_after(5)
    }
}
