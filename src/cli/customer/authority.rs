//! Who says whether somebody has a right to support: the customers' own system where the settings name one, else the
//! contracts of the store.
//!
//! What that system says counts, and is remembered for a while. Where it does not answer in time the store's contracts
//! count (`[customers] fallback`). Somebody whom the store does not know either is then not unknown: nobody could say.

use crate::base::{UnixTime, Verification, VerifiedBy};
use crate::cli::settings::{Fallback, Settings};
use crate::customer::{Asked, Begin, Contract, Day, Lookup, LookupCounts, Missed};
use crate::dialplan::NoAnswer;
use crate::net::Clock;
use crate::store::{Store, StoreError};
use crate::webhook::Directory;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Says who has a right to support.
#[derive(Debug)]
pub struct Authority {
    store: Store,
    system: Option<System>,
}

/// The customers' own system.
#[derive(Debug)]
struct System {
    directory: Directory,
    lookup: Mutex<Lookup>,
    clock: Clock,
    deadline: Duration,
    fallback: Fallback,
}

/// Why nobody says whether somebody has a right to support.
#[derive(Debug, thiserror::Error)]
pub enum Unsaid {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The customers' own system did not answer.
    #[error("the look-up at [customers] url brought no answer: {0}")]
    System(NoAnswer),
}

/// For how long a command waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Authority {
    /// As an engine with these settings would have it, for a command.
    ///
    /// # Errors
    /// There is no store, or no certificates to trust, in words.
    pub async fn of_command(settings: &Settings) -> Result<Authority, String> {
        let store = Store::open_existing(&settings.store_url).await.map_err(|error| error.to_string())?;
        Authority::new(store, settings, Clock::start())
    }

    /// Whether whoever named this has a right to support, for a command.
    ///
    /// # Errors
    /// Nobody can say, in words.
    pub async fn tell(&self, asked: &Asked, at: UnixTime) -> Result<Verification, String> {
        self.verify(asked, at, PATIENCE).await.map_err(|why| why.to_string())
    }

    /// Leaves the store.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Of these settings and their store.
    ///
    /// # Errors
    /// HTTPS is wanted, and this machine has no certificates to trust.
    pub fn new(store: Store, settings: &Settings, clock: Clock) -> Result<Authority, String> {
        let customers = &settings.customers;
        let system = |service| -> Result<System, String> {
            Ok(System {
                directory: Directory::new(service).map_err(|error| error.to_string())?,
                lookup: Mutex::new(Lookup::new(customers.cache)),
                clock,
                deadline: customers.deadline,
                fallback: customers.fallback,
            })
        };
        Ok(Authority { store, system: customers.service().map(system).transpose()? })
    }

    /// Whether whoever named this has a right to support. The customers' own system has at most half of `within`, so
    /// that the store can still be asked.
    ///
    /// # Errors
    /// Nobody can say.
    pub async fn verify(
        &self,
        asked: &Asked,
        at: UnixTime,
        within: Duration,
    ) -> Result<Verification, Unsaid> {
        let today = Day::in_japan(at);
        let judge = |found: &[Contract], by| asked.judge(found, today).said(by);
        let Some(system) = &self.system else {
            return Ok(judge(&self.kept(asked).await?, VerifiedBy::Store));
        };
        match system.ask(asked, within / 2).await {
            Ok((found, by)) => Ok(judge(&found, by)),
            Err(why) => match system.fallback {
                Fallback::Unverified => Err(Unsaid::System(why)),
                Fallback::Store => match self.kept(asked).await?.as_slice() {
                    [] => Err(Unsaid::System(why)),
                    found => Ok(judge(found, VerifiedBy::Fallback)),
                },
            },
        }
    }

    /// What came of questions to the customers' own system; none where there is none.
    pub fn counts(&self) -> Option<LookupCounts> {
        self.system.as_ref().map(|system| system.lookup().counts())
    }

    /// The store's contracts. The work is the same for what is known and for what is not.
    async fn kept(&self, asked: &Asked) -> Result<Vec<Contract>, StoreError> {
        match asked {
            Asked::Pin(hash) => Ok(self.store.contract_of_pin(hash).await?.into_iter().collect()),
            Asked::Key(key) => self.store.contracts_of(key).await,
        }
    }
}

impl System {
    async fn ask(&self, asked: &Asked, most: Duration) -> Result<(Vec<Contract>, VerifiedBy), NoAnswer> {
        let began = self.clock.instant();
        match self.lookup().begin(asked, began) {
            Begin::Remembered(found) => return Ok((found, VerifiedBy::Remembered)),
            Begin::LeftAlone => return Err(NoAnswer::Unreachable),
            Begin::Ask => {}
        }
        let patience = self.deadline.min(most);
        let answer = self.directory.ask(asked, self.clock.now().wall, patience).await;
        let now = self.clock.instant();
        let came = answer.as_deref().map_err(|why| match why {
            NoAnswer::Late if patience < self.deadline / 2 => Missed::Hurried,
            why => missed(*why),
        });
        self.lookup().end(asked, now, now - began, came);
        answer.map(|found| (found, VerifiedBy::Lookup)).inspect_err(|why| {
            tracing::warn!("a look-up at the customers' own system brought no answer: {why}");
        })
    }

    /// Held for moments only: nothing waits for anything meanwhile.
    fn lookup(&self) -> MutexGuard<'_, Lookup> {
        self.lookup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missed(why: NoAnswer) -> Missed {
    match why {
        NoAnswer::Late => Missed::Late,
        NoAnswer::TooMany => Missed::NotAsked,
        NoAnswer::Unreachable | NoAnswer::Status(_) => Missed::Broken,
        NoAnswer::TooLarge | NoAnswer::NotUnderstood => Missed::Unreadable,
    }
}

#[cfg(test)]
mod tests;
