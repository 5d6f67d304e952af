//! The office: what people and time do to cases beside their calls.
//!
//! Owns: the way of every such change (read, done whole, clocks shown anew, written in one transaction, refused where
//! somebody else was first), the round of the clocks, which ring and tell people, the way of what happened to whoever outside
//! wants to know, and the reports of what became of cases. Does not know who asks (that is for
//! the listeners), nor what a case allows (that is the case's own affair).
//!
//! Invariants: a change is on disk when it is acknowledged; a change that was refused has done nothing; a clock rings once
//! for what it says, also where several engines look at the same cases.

mod delivery;
mod report;
mod round;

pub use delivery::{
    CASES, Delivery, NoDelivery, Pace, ReceiverFigures, Subscription, Tallies, Told, event_type, kind_of,
    of_case,
};
pub use report::{About, Line, NoReport, Report};
pub use round::Round;

use crate::base::UnixTime;
use crate::calendar::Calendar;
use crate::case::{By, Case, CaseNumber, EscalationStep, Opening, Refusal};
use crate::engine::OpenTimes;
use crate::store::{EditError, Edited, Store, StoreError, Write};
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Numbers taken at a time for cases that no call makes.
const NUMBERS: u32 = 20;

/// How long a case is left alone that nobody can read.
const UNREADABLE: Duration = Duration::from_secs(3_600);

/// Does what people ask, on the store's cases.
#[derive(Debug)]
pub struct Office {
    store: Store,
    calendar: Calendar,
    escalation: Vec<EscalationStep>,
    open_times: Mutex<OpenTimes>,
    numbers: tokio::sync::Mutex<crate::case::ReservedNumbers>,
}

/// What was found out of who opens a case.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Fields and their values, in place of what the customer wrote.
    pub fields: Vec<(&'static str, String)>,
    /// In words, for the desk.
    pub note: Option<String>,
}

impl Found {
    fn write(&self, case: &mut Case, now: UnixTime) -> Result<(), Refusal> {
        for (field, value) in &self.fields {
            case.change(now, By::Engine, field, Some(value))?;
        }
        self.note.as_deref().map_or(Ok(()), |note| case.note(now, By::Engine, note, false))
    }
}

/// Why no case was made.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The customer's answers cannot be taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Office {
    /// An office for the cases of a store. Desks are open as the calendar says.
    pub fn new(store: Store, calendar: Calendar, escalation: Vec<EscalationStep>) -> Office {
        let (open_times, numbers) = Default::default();
        Office { store, calendar, escalation, open_times, numbers }
    }

    /// The cases.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Who is told that a case needs more than its desk, the first to be told first.
    pub fn escalation(&self) -> &[EscalationStep] {
        &self.escalation
    }

    /// When desks are open.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Does something to a case, all of it or nothing; the clocks are shown as they then stand. Where
    /// versions are expected and the case has another, nothing is done.
    ///
    /// # Errors
    /// Why nothing was done.
    pub async fn act<T: Send>(
        &self,
        number: CaseNumber,
        expected: Option<&[i64]>,
        now: UnixTime,
        act: impl FnOnce(&mut Case) -> Result<T, Refusal> + Send,
    ) -> Result<Edited<T>, EditError<Refusal>> {
        let act = |case: &mut Case| {
            let before = case.clone();
            let said = act(case)?;
            if *case != before {
                self.look(case, now);
            }
            Ok(said)
        };
        self.store.edit(number, expected, act).await
    }

    /// Makes a case of what a customer wrote on the web, and of what was found out of them, durably.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open(
        &self,
        opening: impl FnOnce(CaseNumber) -> Opening + Send,
        now: UnixTime,
        answers: &[(&str, Option<&str>)],
        found: &Found,
    ) -> Result<Case, NotOpened> {
        let number = self.number().await?;
        let mut case = Case::open(opening(number));
        if let Err(refusal) = case.fill_in(now, answers).and_then(|()| found.write(&mut case, now)) {
            // Nobody was told it: the next case takes it.
            self.numbers.lock().await.add(number.sequence()..number.sequence() + 1);
            return Err(refusal.into());
        }
        self.look(&mut case, now);
        self.store.apply(&[Write::SaveCase(Box::new(case.clone()))]).await?;
        Ok(case)
    }

    /// Has the clocks of every open case shown anew, where hours or escalation are not what they were when somebody last
    /// looked: what is due sooner now rings in time.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn begin(&self, now: UnixTime) -> Result<(), StoreError> {
        let rules = format!("{} {:?} {:?}", env!("CARGO_PKG_VERSION"), self.calendar, self.escalation);
        let digest = Sha256::digest(rules.as_bytes());
        let (mark, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        if self.store.judge_by(i64::from_be_bytes(*mark), now).await? {
            tracing::info!("hours or escalation have changed: every open case is looked at");
        }
        Ok(())
    }

    /// Looks at the cases that time has changed, the longest due first; how many there were, at most `limit`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn look_round(&self, now: UnixTime, limit: u32) -> Result<usize, StoreError> {
        let due = self.store.to_look_at(now, limit).await?;
        for number in &due {
            let looked = self.store.edit(*number, None, |case| {
                self.look(case, now);
                Ok::<(), std::convert::Infallible>(())
            });
            match looked.await {
                Ok(_) | Err(EditError::None(_) | EditError::Changed { .. }) => {}
                Err(EditError::Refused(never)) => match never {},
                // One that nobody can read keeps no other waiting.
                Err(EditError::Store(error @ StoreError::Corrupt { .. })) => {
                    tracing::error!("the clocks of case {number} are not looked at: {error}");
                    self.store.put_off(*number, now + UNREADABLE).await?;
                }
                Err(EditError::Store(error)) => return Err(error),
            }
        }
        Ok(due.len())
    }

    /// Writes down what is due of a case, and shows its clocks.
    fn look(&self, case: &mut Case, now: UnixTime) {
        let mut open_times = self.open_times.lock().unwrap_or_else(PoisonError::into_inner);
        case.look(open_times.covering(&self.calendar, case.opened_at(), now), &self.escalation, now);
    }

    async fn number(&self) -> Result<CaseNumber, StoreError> {
        let mut numbers = self.numbers.lock().await;
        loop {
            if let Some(number) = numbers.take() {
                return Ok(number);
            }
            numbers.add(self.store.reserve_numbers(NUMBERS).await?);
        }
    }
}

#[cfg(test)]
mod tests;
