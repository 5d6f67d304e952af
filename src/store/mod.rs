//! What outlives the process: cases with their timelines, call records, versions of dialplans, the
//! counter of case numbers.
//!
//! Owns: the SQLite file, its schema, the one writer, the queries. Does not know what a case means or
//! when it changes: it keeps what it is given and gives it back.
//!
//! Invariants:
//! - nothing is acknowledged before it is on disk (write-ahead log, synced at each commit);
//! - writes of one sender land in the order they were sent; each is a whole state, so that writing
//!   it twice changes nothing;
//! - a number is given out once, whatever happens to the process that asked for it;
//! - a file with a schema newer than this program is refused, never touched.
//!
//! To add a table or column: the next file in `migrations/`, its line in `schema.rs`. To add a kind
//! of write: a variant of [`Write`] and its statement in `write.rs`. A new case field needs nothing.

pub mod audio_row;
mod error;
pub mod json;
mod plan_version;
mod read;
mod record;
pub mod recordings;
mod rows;
mod schema;
mod trail_row;
mod write;
mod writer;

pub use error::StoreError;
pub use plan_version::PlanVersion;
pub use read::{Filter, Page, Pages};
pub use record::{AudioRecord, CallRecord, LegRecord};
pub use write::Write;
pub use writer::{Events, Full, StoreEvent, Unsaved, Writer};

use crate::case::CaseNumber;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Connections that read beside the one that writes.
const READERS: u32 = 4;
/// How long a connection waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);

/// The database. Cheap to clone; clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    writing: SqlitePool,
    reading: SqlitePool,
}

impl Store {
    /// Opens the database of a URL such as `sqlite:data/madoguchi.db`; makes folders and file where
    /// they are missing and brings an older schema up to date.
    ///
    /// # Errors
    /// A URL of another database, a folder or file that cannot be made or written, a newer schema.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let path = path_of(url)?;
        make_folder(&path)?;
        let store = Store::connect(&path, true).await?;
        schema::migrate(&store.writing, &path).await?;
        store.prove_writable(&path).await?;
        Ok(store)
    }

    /// Opens a database that is there, for reading beside a running engine.
    ///
    /// # Errors
    /// There is none, or its schema is not the one of this program.
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        let path = path_of(url)?;
        if !path.is_file() {
            return Err(StoreError::Missing { path });
        }
        let store = Store::connect(&path, false).await?;
        schema::require_current(&store.reading, &path).await?;
        Ok(store)
    }

    /// Takes `count` sequence numbers for cases, durably: nobody gets them again. What is not used
    /// before the process ends is lost, and the numbers have a gap.
    ///
    /// # Errors
    /// The database cannot be written, or no sequence is left.
    pub async fn reserve_numbers(&self, count: u32) -> Result<Range<u64>, StoreError> {
        let last = i64::try_from(CaseNumber::LAST_SEQUENCE).expect("seven digits");
        let taken: Option<i64> = sqlx::query_scalar(
            "UPDATE counters SET next = next + ?1 WHERE name = 'case' AND next + ?1 - 1 <= ?2 RETURNING next",
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
        write::apply(&self.writing, batch).await
    }

    /// Starts the task that writes what the engine hands over, many writes to a transaction.
    pub fn start_writer(&self) -> (Writer, Events) {
        writer::start(self.clone())
    }

    /// Closes the connections; what was acknowledged is on disk already.
    pub async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
    }

    async fn connect(path: &Path, create: bool) -> Result<Store, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
        };
        let unusable = |source| StoreError::Unusable { path: path.to_path_buf(), source };
        let writing = pool(1).connect_with(options.clone()).await.map_err(unusable)?;
        let reading = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Store { writing, reading })
    }

    /// A file that only reads would fail at the first call instead of at the start.
    async fn prove_writable(&self, path: &Path) -> Result<(), StoreError> {
        let probe = sqlx::query("UPDATE counters SET next = next WHERE name = 'case'").execute(&self.writing);
        probe.await.map(|_| ()).map_err(|source| StoreError::Unusable { path: path.to_path_buf(), source })
    }
}

fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    let path = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    match path {
        Some(path) if !path.is_empty() && !path.contains([':', '?']) => Ok(PathBuf::from(path)),
        _ => Err(StoreError::Url { url: without_password(url) }),
    }
}

/// A database URL with the password, if it has one, left out.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((secret, host)) => {
            let scheme = secret.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://…@{host}")
        }
        None => url.to_string(),
    }
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .map_err(|source| StoreError::Folder { folder: folder.to_path_buf(), source }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
