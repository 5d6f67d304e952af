//! Backup: every row of every table, from either kind of database to either. How one is put back is in `restore.rs`.
//!
//! A backup is a SQLite store of its own, made from one moment's view while the engine goes on. Restoring it into
//! PostgreSQL moves a desk to several machines; the other way round works as well.

use super::place::Place;
use super::{Store, StoreError};
use futures_util::TryStreamExt;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Transaction};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rows written in one statement.
const AT_ONCE: usize = 500;
/// What no backup has: who is told outside, and what still is to be. Restored, it would be told again.
const NOT_COPIED: &[&str] = &["outbox", "receivers"];

/// Rows of each table.
pub type Counted = BTreeMap<String, u64>;

/// What a backup has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Rows of each table.
    pub rows: Counted,
    /// What does not fit in the audit log, which is saved as it is.
    pub audit: Option<String>,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file of the backup is there already.
    #[error("{} is there already: name another file", .0.display())]
    Exists(PathBuf),
    /// The file cannot be made, read or named.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store has something in it.
    #[error(
        "the store {place} has {cases} cases and {calls} calls: restore with --replace to throw them away"
    )]
    Full {
        /// Where.
        place: String,
        /// Cases.
        cases: i64,
        /// Calls.
        calls: i64,
    },
    /// Others use the database.
    #[error("{others} other connections use the store {place}: stop the engines first")]
    InUse {
        /// Where.
        place: String,
        /// How many.
        others: i64,
    },
    /// The backup is not whole.
    #[error("the backup is not whole, and nothing was restored:\n{}", .0.join("\n"))]
    Unsound(Vec<String>),
    /// The store is not whole.
    #[error("the store is not whole, and no backup was made:\n{}", .0.join("\n"))]
    Torn(Vec<String>),
    /// A store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ArchiveError {
    fn from(error: sqlx::Error) -> Self {
        ArchiveError::Store(error.into())
    }
}

impl Store {
    /// Copies everything, as it is at one moment, into a new file. It has its name only once it is whole.
    ///
    /// # Errors
    /// The file is there or cannot be made, or the store is not whole or does not answer.
    pub async fn back_up(&self, to: &Path) -> Result<BackedUp, ArchiveError> {
        if to.exists() {
            return Err(ArchiveError::Exists(to.to_path_buf()));
        }
        let part = beside(to, ".part");
        remove_store(&part)?;
        let copy = Store::open(&format!("sqlite:{}", part.display())).await?;
        let mut view = self.reading.acquire().await?;
        let mut transaction = copy.writing.begin().await?;
        let rows = copy_all(self, &mut view, &copy.place, &mut transaction).await?;
        transaction.commit().await?;
        let sound = copy.verify().await?;
        copy.close().await;
        if !sound.wrong.is_empty() {
            remove_store(&part)?;
            return Err(ArchiveError::Torn(sound.wrong));
        }
        rename_durably(&part, to)?;
        Ok(BackedUp { rows, audit: sound.audit })
    }
}

/// A column that holds something of its own.
struct Column {
    name: String,
    kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Json,
}

impl Kind {
    fn of(table: &str, column: &str, declared: &str) -> Result<Kind, StoreError> {
        match declared.to_ascii_lowercase().as_str() {
            "integer" | "bigint" => Ok(Kind::Integer),
            "text" => Ok(Kind::Text),
            "json" => Ok(Kind::Json),
            other => {
                Err(StoreError::corrupt(format!("{table}.{column} is {other}, which no backup can hold")))
            }
        }
    }
}

/// Everything of one store, as one moment has it, in place of everything of another.
pub(super) async fn copy_all(
    from: &Store,
    view: &mut AnyConnection,
    to: &Place,
    transaction: &mut Transaction<'_, Any>,
) -> Result<Counted, ArchiveError> {
    sqlx::raw_sql(from.place.view()).execute(&mut *view).await?;
    let tables = tables(to, transaction).await?;
    for table in &tables {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut **transaction).await?;
    }
    let mut counted = Counted::new();
    for table in tables.into_iter().filter(|table| !NOT_COPIED.contains(&table.as_str())) {
        let there = columns(&from.place, &table, view).await?;
        let here = columns(to, &table, transaction).await?;
        let rows =
            copy_table(&table, (from.place.json_object(), &there), view, to, &here, transaction).await?;
        counted.insert(table, rows);
    }
    sqlx::raw_sql("COMMIT").execute(&mut *view).await?;
    Ok(counted)
}

async fn copy_table(
    table: &str,
    (object, there): (&str, &[Column]),
    view: &mut AnyConnection,
    to: &Place,
    here: &[Column],
    transaction: &mut Transaction<'_, Any>,
) -> Result<u64, StoreError> {
    let names: Vec<String> = here.iter().map(|column| quoted(&column.name)).collect();
    let into: Vec<String> = here.iter().map(taken).collect();
    let insert = to.statement(&format!(
        "INSERT INTO {table} ({}) SELECT {} FROM EACH($1)",
        names.join(", "),
        into.join(", ")
    ));
    let given: Vec<String> = there.iter().map(given).collect();
    let select = format!("SELECT CAST({object}({}) AS TEXT) FROM {table}", given.join(", "));
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(select)).fetch(&mut *view);
    let (mut count, mut waiting) = (0, Vec::with_capacity(AT_ONCE));
    loop {
        let row = rows.try_next().await?;
        let is_last = row.is_none();
        waiting.extend(row);
        if waiting.len() >= AT_ONCE || (is_last && !waiting.is_empty()) {
            count += waiting.len() as u64;
            let rows = format!("[{}]", waiting.join(","));
            sqlx::query(AssertSqlSafe(insert.clone())).bind(rows).execute(&mut **transaction).await?;
            waiting.clear();
        }
        if is_last {
            return Ok(count);
        }
    }
}

/// A column of the source, as a member of a JSON object.
fn given(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        Kind::Integer => format!("'{}', {name}", column.name),
        Kind::Text | Kind::Json => format!("'{}', CAST({name} AS TEXT)", column.name),
    }
}

/// The same, out of the object, for a column of the target.
fn taken(column: &Column) -> String {
    let value = format!("value ->> '{}'", column.name);
    match column.kind {
        Kind::Integer => format!("CAST({value} AS BIGINT)"),
        Kind::Text => value,
        Kind::Json => format!("CAST({value} AS JSON)"),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Every table of this program's.
async fn tables(place: &Place, connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(place.tables_query()).fetch_all(connection).await?)
}

/// The columns of a table that hold something of their own.
async fn columns(
    place: &Place,
    table: &str,
    connection: &mut AnyConnection,
) -> Result<Vec<Column>, StoreError> {
    let query = sqlx::query_as(place.columns_query()).bind(table.to_string());
    let columns: Vec<(String, String)> = query.fetch_all(connection).await?;
    let column =
        |(name, declared): (String, String)| Ok(Column { kind: Kind::of(table, &name, &declared)?, name });
    columns.into_iter().map(column).collect()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn file(path: &Path, source: std::io::Error) -> ArchiveError {
    ArchiveError::File { path: path.to_path_buf(), source }
}

/// Removes a SQLite store, where there is one.
pub(super) fn remove_store(path: &Path) -> Result<(), ArchiveError> {
    for ending in ["", "-wal", "-shm"] {
        let path = beside(path, ending);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

fn rename_durably(from: &Path, to: &Path) -> Result<(), ArchiveError> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let renamed = std::fs::File::open(from)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(from, to))
        .and_then(|()| std::fs::File::open(folder)?.sync_all());
    renamed.map_err(|source| file(to, source))
}
