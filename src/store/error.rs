//! What can go wrong with a store, each in one line for the person who starts the engine.

use std::path::{Path, PathBuf};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A URL of a database this program does not speak to.
    #[error(
        "store url \"{url}\" is not supported; write \"sqlite:data/madoguchi.db\" or \"postgres://user:password@host/name\""
    )]
    Url {
        /// The URL, without password.
        url: String,
    },
    /// The folder of the file is not there and cannot be made.
    #[error("cannot make the store's folder {}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No file is there to read.
    #[error("there is no store at {place}: an engine that runs makes it")]
    Missing {
        /// Where.
        place: String,
    },
    /// The file cannot be opened or written.
    #[error("cannot use the store {place}: {source}")]
    Unusable {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The file is something else.
    #[error("{place} is no store of madoguchi and no backup of one: {why}")]
    NotOurs {
        /// Where.
        place: String,
        /// What it is instead.
        why: &'static str,
    },
    /// The file was a store once.
    #[error("{place} is damaged or cut off: {source}")]
    Damaged {
        /// Where.
        place: String,
        /// What SQLite says of it.
        source: sqlx::Error,
    },
    /// A newer program has written the file.
    #[error("the store {place} has schema {found}, this program knows {known}: use the newer program")]
    NewerSchema {
        /// Where.
        place: String,
        /// The schema's version.
        found: i64,
        /// The last version known here.
        known: i64,
    },
    /// An older program has written the file, and this command may not change it.
    #[error("the store {place} has schema {found}, this program needs {known}: start the engine once")]
    OlderSchema {
        /// Where.
        place: String,
        /// The schema's version.
        found: i64,
        /// The version needed.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the store {place} up to date: {source}")]
    Migration {
        /// Where.
        place: String,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
    /// The file that takes writes while the database takes none cannot be used.
    #[error("cannot use the spool {}: {source}; name another in [store] spool", .path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database does not answer.
    #[error("the store has not answered for {patience:?}")]
    Silent {
        /// How long it was waited for.
        patience: std::time::Duration,
    },
    /// The database has not said whether it wrote what it was told to keep.
    #[error("the store has not said whether it was written: {0}")]
    InDoubt(sqlx::Error),
    /// Every case number is used up.
    #[error("no case number is left: seven digits are used up")]
    NumbersExhausted,
    /// A row that this program cannot have written.
    #[error("the store has a row that cannot be read: {what}")]
    Corrupt {
        /// Which, and what is wrong.
        what: String,
    },
    /// The database refused.
    #[error("the store refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// The same of a copy, told of the file that it was made of.
    pub(super) fn of_copy(mut self, of: &Path) -> Self {
        let named = match &mut self {
            StoreError::Unusable { place, .. }
            | StoreError::NotOurs { place, .. }
            | StoreError::Damaged { place, .. }
            | StoreError::NewerSchema { place, .. }
            | StoreError::OlderSchema { place, .. }
            | StoreError::Migration { place, .. }
            | StoreError::Missing { place } => Some(place),
            _ => None,
        };
        if let Some(place) = named {
            *place = of.display().to_string();
        }
        self
    }

    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        StoreError::Corrupt { what: what.into() }
    }
}
