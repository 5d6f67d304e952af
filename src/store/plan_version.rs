//! Versions of dialplans: each text that was in force, once, with when and by whom.

use super::{Store, StoreError};
use crate::base::UnixTime;
use serde::Serialize;

/// Most versions in one answer.
const PAGE: u32 = 500;

/// A version of a dialplan. Its name and hash say which; keeping it again changes nothing, but that
/// one which was never in force now was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersion {
    /// The plan.
    pub name: String,
    /// The content hash of the text.
    pub hash: String,
    /// The file's text.
    pub text: String,
    /// When it was kept.
    pub kept_at: UnixTime,
    /// When calls first took it; none: it never came into force.
    pub first_in_force_at: Option<UnixTime>,
    /// Who put it in force, or kept it: `start`, `SIGHUP`, `reload sato`, `file change`, `rollback sato`.
    pub by: String,
}

impl PlanVersion {
    /// `webex-support@1a2b3c4d5e6f`.
    pub fn version(&self) -> String {
        format!("{}@{}", self.name, self.hash)
    }
}

pub(super) const STATEMENT: &str = "
    INSERT INTO plan_versions (name, hash, text, kept_at, first_in_force_at, by)
    SELECT value ->> 'name', value ->> 'hash', value ->> 'text', CAST(value ->> 'kept_at' AS BIGINT),
        CAST(value ->> 'first_in_force_at' AS BIGINT), value ->> 'by'
    FROM EACH($1) WHERE true
    ON CONFLICT (name, hash) DO UPDATE SET first_in_force_at = excluded.first_in_force_at, by = excluded.by
    WHERE plan_versions.first_in_force_at IS NULL AND excluded.first_in_force_at IS NOT NULL";

/// The mirror of [`PlanVersion`], as it is written.
#[derive(Serialize)]
pub(super) struct PlanVersionRow<'a> {
    name: &'a str,
    hash: &'a str,
    text: &'a str,
    kept_at: i64,
    first_in_force_at: Option<i64>,
    by: &'a str,
}

impl<'a> PlanVersionRow<'a> {
    pub(super) fn of(version: &'a PlanVersion) -> PlanVersionRow<'a> {
        PlanVersionRow {
            name: &version.name,
            hash: &version.hash,
            text: &version.text,
            kept_at: version.kept_at.as_millis(),
            first_in_force_at: version.first_in_force_at.map(UnixTime::as_millis),
            by: &version.by,
        }
    }
}

/// The columns as a query returns them.
type Columns = (String, String, String, i64, Option<i64>, String);

fn version_of((name, hash, text, kept_at, first_in_force_at, by): Columns) -> PlanVersion {
    let kept_at = UnixTime::from_millis(kept_at);
    PlanVersion {
        name,
        hash,
        text,
        kept_at,
        first_in_force_at: first_in_force_at.map(UnixTime::from_millis),
        by,
    }
}

impl Store {
    /// Versions of dialplans, newest first; at most 500.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn plan_versions(&self) -> Result<Vec<PlanVersion>, StoreError> {
        self.plan_versions_like(None, "").await
    }

    /// Versions whose hash begins so, of one plan where it is named, newest first; at most 500.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn plan_versions_like(
        &self,
        name: Option<&str>,
        hash: &str,
    ) -> Result<Vec<PlanVersion>, StoreError> {
        let query = "SELECT name, hash, text, kept_at, first_in_force_at, by FROM plan_versions
            WHERE ($1 IS NULL OR name = $1) AND substr(hash, 1, length($2)) = $2
            ORDER BY kept_at DESC, name, hash LIMIT $3";
        let query = sqlx::query_as(query).bind(name.map(str::to_string)).bind(hash.to_string());
        let rows: Vec<Columns> = query.bind(i64::from(PAGE)).fetch_all(&self.reading).await?;
        Ok(rows.into_iter().map(version_of).collect())
    }
}
