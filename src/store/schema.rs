//! The schema's versions, applied in order and only forwards.

use super::StoreError;
use super::place::Place;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr};

/// Every version, oldest first: its name, and what makes it of the one before in SQLite and in PostgreSQL. A file that
/// was released is never edited.
const VERSIONS: &[(&str, &str, &str)] = &[
    (
        "cases and calls",
        include_str!("migrations/0001_cases_and_calls.sql"),
        include_str!("migrations/postgres/0001_cases_and_calls.sql"),
    ),
    (
        "plan versions",
        include_str!("migrations/0002_plan_versions.sql"),
        include_str!("migrations/postgres/0002_plan_versions.sql"),
    ),
    (
        "amended cases",
        include_str!("migrations/0003_amended_cases.sql"),
        include_str!("migrations/postgres/0003_amended_cases.sql"),
    ),
    (
        "access",
        include_str!("migrations/0004_access.sql"),
        include_str!("migrations/postgres/0004_access.sql"),
    ),
    (
        "answers",
        include_str!("migrations/0005_answers.sql"),
        include_str!("migrations/postgres/0005_answers.sql"),
    ),
    (
        "customers",
        include_str!("migrations/0006_customers.sql"),
        include_str!("migrations/postgres/0006_customers.sql"),
    ),
    (
        "outbox",
        include_str!("migrations/0007_outbox.sql"),
        include_str!("migrations/postgres/0007_outbox.sql"),
    ),
    (
        "reviews and answers",
        include_str!("migrations/0008_reviews_and_answers.sql"),
        include_str!("migrations/postgres/0008_reviews_and_answers.sql"),
    ),
    (
        "presences",
        include_str!("migrations/0009_presences.sql"),
        include_str!("migrations/postgres/0009_presences.sql"),
    ),
    (
        "login passwords",
        include_str!("migrations/0010_login_passwords.sql"),
        include_str!("migrations/postgres/0010_login_passwords.sql"),
    ),
];

/// The version this program needs.
pub(super) const CURRENT: i64 = VERSIONS.len() as i64;

/// Brings a database up to date.
pub(super) async fn migrate(pool: &AnyPool, place: &Place) -> Result<(), StoreError> {
    migrate_to(VERSIONS.len(), pool, place).await
}

/// Brings a database up to one of the versions.
pub(super) async fn migrate_to(known: usize, pool: &AnyPool, place: &Place) -> Result<(), StoreError> {
    refuse_newer(version(pool, place).await?, place)?;
    migrator(known, place).run(pool).await.map_err(|source| match source {
        MigrateError::VersionMissing(found) => newer(found, place),
        source => StoreError::Migration { place: place.to_string(), source },
    })
}

/// Refuses a database that is not of this program's version.
pub(super) async fn require_current(pool: &AnyPool, place: &Place) -> Result<(), StoreError> {
    let found = version(pool, place).await?;
    refuse_newer(found, place)?;
    match found {
        CURRENT => Ok(()),
        found => Err(StoreError::OlderSchema { place: place.to_string(), found, known: CURRENT }),
    }
}

fn refuse_newer(found: i64, place: &Place) -> Result<(), StoreError> {
    if found > CURRENT { Err(newer(found, place)) } else { Ok(()) }
}

fn newer(found: i64, place: &Place) -> StoreError {
    StoreError::NewerSchema { place: place.to_string(), found, known: CURRENT }
}

/// The version a database has; 0 where it has none.
async fn version(pool: &AnyPool, place: &Place) -> Result<i64, StoreError> {
    let unusable = |source| place.unusable(source);
    let tables = sqlx::query_scalar(place.table_query()).bind("_sqlx_migrations").fetch_one(pool);
    let tables: i64 = tables.await.map_err(unusable)?;
    if tables == 0 {
        return Ok(0);
    }
    let last = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(pool);
    let last: Option<i64> = last.await.map_err(unusable)?;
    Ok(last.unwrap_or(0))
}

fn migrator(known: usize, place: &Place) -> Migrator {
    let migrations = VERSIONS.iter().take(known).zip(1..).map(|((name, sqlite, postgres), version)| {
        let sql = match place {
            Place::Sqlite(_) => *sqlite,
            Place::Postgres { .. } => *postgres,
        };
        Migration::new(version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
