//! Where a store is: a SQLite file or a PostgreSQL database, and what differs between the two.
//!
//! The statements are the same text for both, but for what this file says.

use super::StoreError;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

/// Connections that read beside the one that writes.
const READERS: u32 = 4;
/// How long a PostgreSQL that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Result codes of SQLite (<https://sqlite.org/rescode.html>).
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A file, beside the engine.
    Sqlite(PathBuf),
    /// A server, for engines on several machines.
    Postgres {
        /// With the password.
        url: String,
    },
}

impl Place {
    /// Reads a URL such as `sqlite:data/madoguchi.db` or `postgres://user:password@host/name`.
    pub(super) fn parse(url: &str) -> Result<Place, StoreError> {
        let wrong = || StoreError::Url { url: without_password(url) };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            url.parse::<AnyConnectOptions>().map_err(|_| wrong())?;
            return Ok(Place::Postgres { url: url.to_string() });
        }
        let path = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match path {
            Some(path) if !path.is_empty() && !path.contains([':', '?']) => Ok(Place::Sqlite(path.into())),
            _ => Err(wrong()),
        }
    }

    /// The pools for the one that writes and for those who read. No connection is made yet but one to write.
    pub(super) async fn connect(&self, create: bool) -> Result<(AnyPool, AnyPool), StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let options: AnyConnectOptions = self.url(create).parse().map_err(|source| self.unusable(source))?;
        self.look_into(&options, create).await?;
        let (write, read) = self.habits();
        let writing =
            pool(1, write).connect_with(options.clone()).await.map_err(|source| self.unusable(source))?;
        Ok((writing, pool(READERS, read).connect_lazy_with(options)))
    }

    /// A pool asks a file again and again, and tells in the end only that it waited: a connection of its own says at once
    /// what is wrong, and nothing is changed before it has. A server that does not answer yet is waited for.
    async fn look_into(&self, options: &AnyConnectOptions, create: bool) -> Result<(), StoreError> {
        let Place::Sqlite(_) = self else { return Ok(()) };
        let not_ours = |why| Err(StoreError::NotOurs { place: self.to_string(), why });
        match counted(options).await {
            Ok((_, 0)) if !create => not_ours("it is empty"),
            Ok((0, 1..)) => not_ours("it is another program's database"),
            Ok(_) => Ok(()),
            Err(source) => match self.said(&source) {
                Some(SQLITE_BUSY | SQLITE_LOCKED) => Ok(()),
                _ => Err(self.unusable(source)),
            },
        }
    }

    pub(super) fn unusable(&self, source: sqlx::Error) -> StoreError {
        let place = self.to_string();
        match self.said(&source) {
            Some(SQLITE_NOTADB) => StoreError::NotOurs { place, why: "it is no SQLite database" },
            Some(SQLITE_CORRUPT) => StoreError::Damaged { place, source },
            _ => StoreError::Unusable { place, source },
        }
    }

    /// SQLite's primary result code.
    fn said(&self, error: &sqlx::Error) -> Option<u32> {
        let code = error.as_database_error().and_then(|error| error.code())?;
        match self {
            Place::Sqlite(_) => code.parse::<u32>().ok().map(|code| code & 0xff),
            Place::Postgres { .. } => None,
        }
    }

    /// A SQLite file's folder, where it has to be made.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Place::Sqlite(path) => path.parent().filter(|folder| !folder.as_os_str().is_empty()),
            Place::Postgres { .. } => None,
        }
    }

    /// Whether there can be something to read: a file is there, or a server may have it.
    pub(super) fn may_exist(&self) -> bool {
        match self {
            Place::Sqlite(path) => path.is_file(),
            Place::Postgres { .. } => true,
        }
    }

    /// A statement's text for this database: `EACH($1)` are the members of a JSON array, as `item.value`; `NUMBERS($1)`
    /// those of an array of numbers; `AMENDED_FIELDS` the fields of a case that comes in, with what people have amended;
    /// `PASSING_HELD` leaves out rows of `waiting` that another engine is taking (a file has one writer at a time).
    pub(super) fn statement(&self, text: &str) -> String {
        let (each, numbers, amended, passing) = match self {
            Place::Sqlite(_) => (
                "json_each($1) AS item",
                "json_each($1) AS item",
                "json_patch(excluded.fields, cases.amended)",
                "",
            ),
            Place::Postgres { .. } => (
                "json_array_elements(CAST($1 AS JSON)) AS item(value)",
                "json_array_elements_text(CAST($1 AS JSON)) AS item(value)",
                "json_strip_nulls(CAST(CAST(excluded.fields AS JSONB) || CAST(cases.amended AS JSONB) AS JSON))",
                "FOR UPDATE OF waiting SKIP LOCKED",
            ),
        };
        let text = text.replace("EACH($1)", each).replace("NUMBERS($1)", numbers);
        text.replace("AMENDED_FIELDS", amended).replace("PASSING_HELD", passing)
    }

    /// How long callers wait for it before their cases are written to the spool. The spool lies on the disk of a file, and
    /// is no faster.
    pub(super) fn patience(&self) -> Duration {
        match self {
            Place::Sqlite(_) => Duration::from_secs(10),
            Place::Postgres { .. } => Duration::from_secs(1),
        }
    }

    /// Whether a table is there.
    pub(super) fn table_query(&self) -> &'static str {
        match self {
            Place::Sqlite(_) => "SELECT count(*) FROM sqlite_master WHERE name = $1",
            Place::Postgres { .. } => {
                "SELECT count(*) FROM information_schema.tables WHERE table_name = $1 AND table_schema = current_schema()"
            }
        }
    }

    /// What the database itself finds wrong with it.
    pub(super) async fn own_account(&self, pool: &AnyPool) -> Result<Vec<String>, StoreError> {
        match self {
            Place::Sqlite(_) => {
                let lines: Vec<String> =
                    sqlx::query_scalar("SELECT integrity_check FROM pragma_integrity_check")
                        .fetch_all(pool)
                        .await?;
                Ok(lines.into_iter().filter(|line| line != "ok").collect())
            }
            // A server checks pages as it reads them, and every row is read.
            Place::Postgres { .. } => Ok(Vec::new()),
        }
    }

    /// How many are connected to a server's database, this program among them. Nobody knows of a file.
    pub(super) async fn connected(&self, own: &AnyPool) -> Result<Option<i64>, StoreError> {
        let query = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend'";
        match self {
            Place::Sqlite(_) => Ok(None),
            Place::Postgres { .. } => Ok(Some(sqlx::query_scalar(query).fetch_one(own).await?)),
        }
    }

    /// Begins a view of one moment.
    pub(super) fn view(&self) -> &'static str {
        match self {
            Place::Sqlite(_) => "BEGIN",
            Place::Postgres { .. } => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// The function that makes a JSON object of names and values.
    pub(super) fn json_object(&self) -> &'static str {
        match self {
            Place::Sqlite(_) => "json_object",
            Place::Postgres { .. } => "json_build_object",
        }
    }

    /// The names of this program's tables.
    pub(super) fn tables_query(&self) -> &'static str {
        match self {
            Place::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                AND name <> '_sqlx_migrations' ORDER BY name"
            }
            Place::Postgres { .. } => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()
                AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations' ORDER BY table_name"
            }
        }
    }

    /// The names and types of a table's columns but for those that are made of others.
    pub(super) fn columns_query(&self) -> &'static str {
        match self {
            Place::Sqlite(_) => "SELECT name, type FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid",
            Place::Postgres { .. } => {
                "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
                ORDER BY ordinal_position"
            }
        }
    }

    fn url(&self, create: bool) -> String {
        match self {
            Place::Sqlite(path) => {
                let encoded: String =
                    path.as_os_str().as_encoded_bytes().iter().map(|byte| encoded(*byte)).collect();
                format!("sqlite://{encoded}?mode={}", if create { "rwc" } else { "rw" })
            }
            Place::Postgres { url } => url.clone(),
        }
    }

    /// What a connection that writes, and one that reads, is told first.
    fn habits(&self) -> (&'static str, &'static str) {
        match self {
            Place::Sqlite(_) => (
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000",
                "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON",
            ),
            Place::Postgres { .. } => {
                ("SET synchronous_commit = on", "SET default_transaction_read_only = on")
            }
        }
    }
}

/// The path, or the URL without its password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Sqlite(path) => write!(f, "{}", path.display()),
            Place::Postgres { url } => f.write_str(&without_password(url)),
        }
    }
}

/// Of a file: whether it has the table of this program's versions, and how many tables and indexes in all.
async fn counted(options: &AnyConnectOptions) -> Result<(i64, i64), sqlx::Error> {
    let mut connection = AnyConnection::connect_with(options).await?;
    let query = "SELECT count(CASE WHEN name = '_sqlx_migrations' THEN 1 END), count(*) FROM sqlite_master";
    let counted = sqlx::query_as(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(counted)
}

fn pool(connections: u32, habits: &'static str) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
    options.idle_timeout(None).max_lifetime(None).after_connect(move |connection, _| {
        Box::pin(async move { connection.execute(habits).await.map(|_| ()) })
    })
}

/// A byte of a path in a URL.
fn encoded(byte: u8) -> String {
    match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

/// A database URL with stars for the password, wherever it stands. Of one that cannot be read nobody knows where that is.
pub fn without_password(url: &str) -> String {
    let Some((scheme, _)) = url.split_once("://") else {
        // A file, or what somebody took for one.
        let is_path = url.starts_with("sqlite:") || !url.contains(['@', '?']);
        return if is_path { url.to_string() } else { "***".to_string() };
    };
    let hidden = || format!("{scheme}://***");
    let Ok(read) = url.parse::<AnyConnectOptions>().map(|options| options.database_url) else {
        return hidden();
    };
    let after = [read.path(), read.query().unwrap_or_default(), read.fragment().unwrap_or_default()].concat();
    // Where an `@` comes later, what stands before it was a login too.
    if read.cannot_be_a_base() || after.contains('@') {
        return hidden();
    }
    let login = match (read.username(), read.password()) {
        ("", None) => String::new(),
        (user, None) => format!("{user}@"),
        (user, Some(_)) => format!("{user}:***@"),
    };
    let host = read.host_str().unwrap_or_default();
    let port = read.port().map(|port| format!(":{port}")).unwrap_or_default();
    let more = read.query().map_or("", |_| "?***");
    format!("{}://{login}{host}{port}{}{more}", read.scheme(), read.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_printed_wherever_in_the_url_it_stands() {
        for (url, shown) in [
            ("postgres://u:geheim@db/x", "postgres://u:***@db/x"),
            ("postgres://u@db:5432/x", "postgres://u@db:5432/x"),
            ("postgresql://db/x?user=u&password=geheim", "postgresql://db/x?***"),
            ("postgres://db/x?user=u&password=ge@heim", "postgres://***"),
            ("postgres://u:a@[::1]:5432/x?password=geheim#geheim", "postgres://u:***@[::1]:5432/x?***"),
            ("postgres://u:1/geheim@db/x", "postgres://***"),
            ("postgres://u:ge/heim@db/x", "postgres://***"),
            ("postgres://u:1?geheim@db/x", "postgres://***"),
            ("postgres://u:ge?heim@db/x", "postgres://***"),
            ("postgres:///x?host=db&password=geheim", "postgres:///x?***"),
            ("mysql://u:geheim@db/x", "mysql://u:***@db/x"),
            ("u:geheim@db/x", "***"),
            ("data/m.db", "data/m.db"),
            ("sqlite:data/m.db", "sqlite:data/m.db"),
            ("sqlite:///var/m.db?key=geheim", "sqlite:///var/m.db?***"),
            ("sqlite:", "sqlite:"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(without_password(url), shown, "{url}");
        }
    }

    #[test]
    fn a_place_prints_without_its_password() {
        let place = Place::parse("postgres://db/x?user=u&password=geheim").expect("a place");
        assert_eq!(place.to_string(), "postgres://db/x?***");
        let error = Place::parse("mysql://db/x?password=geheim").expect_err("no such database").to_string();
        assert!(error.contains("mysql://db/x?***") && !error.contains("geheim"), "{error}");
    }
}
