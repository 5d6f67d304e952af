//! The audit log: who did what, each entry bound to the one before it by a hash, so that none can be changed, taken out
//! or put in unseen.
//!
//! The hash is SHA-256 over the entry as a JSON array, `[seq, at, who, source, what, subject, outcome, before]`, where
//! `before` is the hash of the entry before, 64 zeros before the first. The counter beside the table knows how many
//! entries there are: one that is missing at the end is found too.

use super::{Store, StoreError};
use crate::base::UnixTime;
use sha2::{Digest, Sha256};
use sqlx::{Any, Transaction};

/// Most entries in one page.
const PAGE: u32 = 500;
/// The longest text of an entry, in characters.
const LONGEST: usize = 300;

/// Something that somebody did, or tried to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: UnixTime,
    /// Who: `login:sato`, `token:reports`, `shell:root`, `nobody`.
    pub who: String,
    /// From where: an address, or `shell`.
    pub source: String,
    /// What: `login`, `edit_case`.
    pub what: String,
    /// To what: a path, a name.
    pub subject: String,
    /// What came of it: `done`, or why not.
    pub outcome: String,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place, from 1 on, without gaps.
    pub seq: u64,
    /// What was done.
    pub deed: Deed,
    /// The hash of the entry before.
    pub before: String,
    /// Its own hash.
    pub hash: String,
}

/// What a look through the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Entries that fit, from the first on.
    pub good: u64,
    /// The hash of the last of them: whoever keeps it elsewhere can tell a log that was made anew.
    pub last: String,
    /// The first that does not fit, and how.
    pub misfit: Option<(u64, Misfit)>,
}

/// How an entry does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// It was changed.
    #[error("its hash is not that of what it says")]
    Changed,
    /// It follows another entry than the one before it.
    #[error("it follows another entry than the one before it")]
    Unbound,
    /// It stands before the first or after the last that was ever written.
    #[error("it was put in where none was written")]
    PutIn,
}

/// What is before the first entry.
fn nothing() -> String {
    "0".repeat(64)
}

fn hash_of(seq: u64, deed: &Deed, before: &str) -> String {
    let Deed { at, who, source, what, subject, outcome } = deed;
    let row = serde_json::json!([seq, at.as_millis(), who, source, what, subject, outcome, before]);
    Sha256::digest(row.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as the log keeps it: no control characters, not longer than anybody reads.
fn kept(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(LONGEST).collect()
}

/// Adds an entry in a transaction. The counter's row is taken first: whoever else adds one waits for that.
pub(super) async fn add(transaction: &mut Transaction<'_, Any>, deed: &Deed) -> Result<(), StoreError> {
    let taken = "UPDATE counters SET next = next + 1 WHERE name = 'audit' RETURNING next - 1";
    let seq: i64 = sqlx::query_scalar(taken).fetch_one(&mut **transaction).await?;
    let before: Option<String> = sqlx::query_scalar("SELECT hash FROM audit WHERE seq = $1")
        .bind(seq - 1)
        .fetch_optional(&mut **transaction)
        .await?;
    let before = before.unwrap_or_else(nothing);
    let [who, source, what, subject, outcome] =
        [&deed.who, &deed.source, &deed.what, &deed.subject, &deed.outcome].map(|text| kept(text));
    let deed = Deed { at: deed.at, who, source, what, subject, outcome };
    let hash = hash_of(u64::try_from(seq).unwrap_or(0), &deed, &before);
    let query = "INSERT INTO audit (seq, at, who, source, what, subject, outcome, before, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(query)
        .bind(seq)
        .bind(deed.at.as_millis())
        .bind(deed.who)
        .bind(deed.source)
        .bind(deed.what)
        .bind(deed.subject)
        .bind(deed.outcome)
        .bind(before)
        .bind(hash)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Columns of `audit` as a query returns them.
type Columns = (i64, i64, String, String, String, String, String, String, String);

fn entry_of((seq, at, who, source, what, subject, outcome, before, hash): Columns) -> AuditEntry {
    let at = UnixTime::from_millis(at);
    let deed = Deed { at, who, source, what, subject, outcome };
    AuditEntry { seq: u64::try_from(seq).unwrap_or(0), deed, before, hash }
}

impl AuditVerdict {
    /// Takes the next entry; false where it does not fit.
    fn take(&mut self, entry: &AuditEntry) -> bool {
        let wanted = self.good + 1;
        let misfit = if entry.seq < wanted {
            self.misfit = Some((entry.seq, Misfit::PutIn));
            return false;
        } else if entry.seq > wanted {
            Some(Misfit::Missing)
        } else if entry.hash != hash_of(entry.seq, &entry.deed, &entry.before) {
            Some(Misfit::Changed)
        } else if entry.before != self.last {
            Some(Misfit::Unbound)
        } else {
            None
        };
        self.misfit = misfit.map(|misfit| (wanted, misfit));
        if misfit.is_none() {
            (self.good, self.last) = (wanted, entry.hash.clone());
        }
        misfit.is_none()
    }
}

impl Store {
    /// Writes down what somebody did. When this returns, it is on disk.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn audit(&self, deed: &Deed) -> Result<(), StoreError> {
        let mut transaction = self.writing.begin().await?;
        add(&mut transaction, deed).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Entries of the log, newest first: at most `limit` (and 500), those before `seq` where it is given.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit_log(&self, limit: u32, before: Option<u64>) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        let query = "SELECT seq, at, who, source, what, subject, outcome, before, hash FROM audit
            WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
        let query = sqlx::query_as(query).bind(before).bind(i64::from(limit.clamp(1, PAGE)));
        let rows: Vec<Columns> = query.fetch_all(&self.reading).await?;
        Ok(rows.into_iter().map(entry_of).collect())
    }

    /// Looks through the whole log.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, StoreError> {
        let mut verdict = AuditVerdict { good: 0, last: nothing(), misfit: None };
        // Before and after: entries are written meanwhile.
        let least = self.audit_written().await?;
        let mut from = i64::MIN;
        loop {
            let query = "SELECT seq, at, who, source, what, subject, outcome, before, hash FROM audit
                WHERE seq >= $1 ORDER BY seq LIMIT $2";
            let query = sqlx::query_as(query).bind(from).bind(i64::from(PAGE));
            let rows: Vec<Columns> = query.fetch_all(&self.reading).await?;
            let Some(last) = rows.last() else { break };
            from = last.0.saturating_add(1);
            if !rows.into_iter().map(entry_of).all(|entry| verdict.take(&entry)) {
                return Ok(verdict);
            }
        }
        let most = self.audit_written().await?;
        if verdict.good < least {
            verdict.misfit = Some((verdict.good + 1, Misfit::Missing));
        } else if verdict.good > most {
            verdict.misfit = Some((most + 1, Misfit::PutIn));
        }
        Ok(verdict)
    }

    /// How many entries were ever written.
    async fn audit_written(&self) -> Result<u64, StoreError> {
        let next = sqlx::query_scalar("SELECT next FROM counters WHERE name = 'audit'");
        let next: i64 = next.fetch_one(&self.reading).await?;
        Ok(u64::try_from(next - 1).unwrap_or(0))
    }
}
