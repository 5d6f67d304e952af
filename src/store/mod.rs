//! What outlives the process: cases with their timelines, what is still to be told of them outside, call records, versions
//! of dialplans, customers' contracts, the counter of case numbers.
//!
//! Owns: the database (a SQLite file, or PostgreSQL where several machines share it), its schema, the one writer, the queries. Does not know what a case means or
//! when it changes: it keeps what it is given and gives it back.
//!
//! Invariants:
//! - nothing is acknowledged before it is on disk (a commit, or a line of the spool while the database takes none);
//! - writes of one sender land in the order they were sent; each is a whole state, so that writing
//!   it twice changes nothing;
//! - what receivers are to be told is written with the entry it tells, or neither is;
//! - what people amend stands, whatever the case's call writes after it, and two of them never overwrite each other;
//! - a number is given out once, whatever happens to the process that asked for it;
//! - a file with a schema newer than this program is refused, never touched.
//!
//! To add a table or column: the next file in `migrations/`, its line in `schema.rs`. To add a kind
//! of write: a variant of [`Write`] and its statement in `write.rs`. A new case field needs nothing.

mod access;
mod answers;
mod archive;
pub mod audio_row;
mod audit;
mod customers;
mod edit;
mod error;
mod happening;
pub mod json;
mod list;
mod list_calls;
mod outbox;
mod place;
mod plan_version;
mod presence;
mod read;
mod record;
pub mod recordings;
mod restore;
mod reviewed;
mod rows;
mod schema;
mod spool;
pub mod trail_row;
mod undelivered;
mod verify;
mod write;
mod writer;

pub use access::{Login, Token};
pub use answers::{Answer, Before};
pub use archive::{ArchiveError, BackedUp, Counted};
pub use audit::{AuditEntry, AuditVerdict, Deed, Misfit};
pub use customers::{Brought, ContractChange, KeptContract};
pub use edit::{EditError, Edited};
pub use error::StoreError;
pub use happening::{EntryKey, Happened, Happening};
pub use list::{Filter, Page};
pub use list_calls::{CallFilter, CallPlace};
pub use outbox::Outgoing;
pub use place::without_password;
pub use plan_version::PlanVersion;
pub use presence::Presence;
pub use read::Pages;
pub use record::{AudioRecord, CallRecord, LegRecord};
pub use restore::{Restored, Wish};
pub use reviewed::Reviewed;
pub use undelivered::{Dead, Waiting};
pub use verify::Soundness;
use write::Rows;
pub use write::Write;
pub use writer::{Events, Full, StoreEvent, Unsaved, Writer};

use crate::case::CaseNumber;
use place::Place;
use spool::Spool;
use sqlx::AnyPool;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Sender;

/// What shows whether a database can be written.
const NO_CHANGE: &str = "UPDATE counters SET next = next WHERE name = 'case'";

/// The database. Cheap to clone; clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    place: Arc<Place>,
    writing: AnyPool,
    reading: AnyPool,
    followers: Sender<Happening>,
}

impl Store {
    /// Opens the database of a URL such as `sqlite:data/madoguchi.db` or `postgres://user:password@host/name`; makes a
    /// file and its folders where they are missing, and brings an older schema up to date.
    ///
    /// # Errors
    /// A URL of another database, one that cannot be made, reached or written, a newer schema.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let place = Place::parse(url)?;
        place.folder().map_or(Ok(()), make_folder)?;
        let store = Store::connect(place, true).await?;
        schema::migrate(&store.writing, &store.place).await?;
        store.prove_writable().await?;
        Ok(store)
    }

    /// Opens a database that is there, for reading beside a running engine.
    ///
    /// # Errors
    /// There is none, or its schema is not the one of this program.
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        let place = Place::parse(url)?;
        if !place.may_exist() {
            return Err(StoreError::Missing { place: place.to_string() });
        }
        let store = Store::connect(place, false).await?;
        schema::require_current(&store.reading, &store.place).await?;
        Ok(store)
    }

    /// Whether a URL is one of a database that this program speaks to. Nothing is opened.
    ///
    /// # Errors
    /// It is none.
    pub fn fits(url: &str) -> Result<(), StoreError> {
        Place::parse(url).map(|_| ())
    }

    /// Takes `count` sequence numbers for cases, durably: nobody gets them again. What is not used
    /// before the process ends is lost, and the numbers have a gap.
    ///
    /// # Errors
    /// The database cannot be written, or no sequence is left.
    pub async fn reserve_numbers(&self, count: u32) -> Result<Range<u64>, StoreError> {
        let last = i64::try_from(CaseNumber::LAST_SEQUENCE).expect("seven digits");
        let taken: Option<i64> = sqlx::query_scalar(
            "UPDATE counters SET next = next + $1 WHERE name = 'case' AND next + $1 - 1 <= $2 RETURNING next",
        )
        .bind(i64::from(count))
        .bind(last)
        .fetch_optional(&self.writing)
        .await?;
        let end = taken.and_then(|next| u64::try_from(next).ok()).ok_or(StoreError::NumbersExhausted)?;
        Ok(end - u64::from(count)..end)
    }

    /// Writes a batch in one transaction. When this returns, the batch is on disk.
    ///
    /// # Errors
    /// Nothing of the batch was written.
    pub async fn apply(&self, batch: &[Write]) -> Result<(), StoreError> {
        self.apply_rows(&Rows::of(batch)).await
    }

    /// Starts the task that writes what the engine hands over, many writes to a transaction; into a file of its own
    /// while the database takes none.
    ///
    /// # Errors
    /// That file cannot be made or read.
    pub fn start_writer(&self, spool: &Path) -> Result<(Writer, Events), StoreError> {
        let unusable = |source| StoreError::Spool { path: spool.to_path_buf(), source };
        Ok(writer::start(self.clone(), Spool::open(spool).map_err(unusable)?))
    }

    /// Whether the database takes a write within this time.
    pub async fn takes_writes(&self, patience: Duration) -> bool {
        let write = sqlx::query(NO_CHANGE).execute(&self.writing);
        tokio::time::timeout(patience, write).await.is_ok_and(|written| written.is_ok())
    }

    /// Closes the connections; what was acknowledged is on disk already.
    pub async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
    }

    async fn connect(place: Place, create: bool) -> Result<Store, StoreError> {
        let (writing, reading) = place.connect(create).await?;
        Ok(Store { place: Arc::new(place), writing, reading, followers: happening::followers() })
    }

    /// A case that no program has written.
    #[cfg(test)]
    pub async fn tear(&self, number: CaseNumber) {
        let query = sqlx::query("UPDATE timeline SET event = '{}' WHERE case_number = $1");
        query.bind(i64::from(number.as_u32())).execute(&self.writing).await.expect("torn");
    }

    /// A database as an older program left it.
    #[cfg(test)]
    async fn open_as_of(url: &str, version: usize) -> Store {
        let place = Place::parse(url).expect("a place");
        place.folder().map_or(Ok(()), make_folder).expect("a folder");
        let store = Store::connect(place, true).await.expect("a store");
        schema::migrate_to(version, &store.writing, &store.place).await.expect("an older schema");
        store
    }

    /// A database that only reads would fail at the first call instead of at the start.
    async fn prove_writable(&self) -> Result<(), StoreError> {
        let probe = sqlx::query(NO_CHANGE).execute(&self.writing);
        probe.await.map(|_| ()).map_err(|source| self.place.unusable(source))
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| StoreError::Folder { folder: folder.to_path_buf(), source })
}

#[cfg(test)]
mod tests;
