//! The schema's versions, applied in order and only forwards.

use super::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;
use std::path::Path;

/// Every version, oldest first. A file that was released is never edited.
const VERSIONS: &[(&str, &str)] = &[
    ("cases and calls", include_str!("migrations/0001_cases_and_calls.sql")),
    ("plan versions", include_str!("migrations/0002_plan_versions.sql")),
];

/// The version this program needs.
pub(super) const CURRENT: i64 = VERSIONS.len() as i64;

/// Brings a database up to date.
pub(super) async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    refuse_newer(version(pool).await?, path)?;
    migrator().run(pool).await.map_err(|source| match source {
        MigrateError::VersionMissing(found) => newer(found, path),
        source => StoreError::Migration { path: path.to_path_buf(), source },
    })
}

/// Refuses a database that is not of this program's version.
pub(super) async fn require_current(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let found = version(pool).await?;
    refuse_newer(found, path)?;
    match found {
        CURRENT => Ok(()),
        found => Err(StoreError::OlderSchema { path: path.to_path_buf(), found, known: CURRENT }),
    }
}

fn refuse_newer(found: i64, path: &Path) -> Result<(), StoreError> {
    if found > CURRENT { Err(newer(found, path)) } else { Ok(()) }
}

fn newer(found: i64, path: &Path) -> StoreError {
    StoreError::NewerSchema { path: path.to_path_buf(), found, known: CURRENT }
}

/// The version a database has; 0 where it has none.
async fn version(pool: &SqlitePool) -> Result<i64, StoreError> {
    let table = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(table).fetch_one(pool).await?;
    if tables == 0 {
        return Ok(0);
    }
    let last: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(pool).await?;
    Ok(last.unwrap_or(0))
}

fn migrator() -> Migrator {
    let migrations = VERSIONS.iter().zip(1..).map(|((name, sql), version)| {
        Migration::new(version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
