//! A backup put back: all of it or nothing, and what must not come back to life with it.
//!
//! A backup is of an earlier moment. What callers and programs were told since stands: no case number is given out again,
//! nobody who logged in then is logged in now, and a token that was revoked stays revoked. Where the store that is replaced
//! knows nothing of a token (it is a new one, in place of one that is lost), nobody can tell whether it was: it counts no
//! more, unless who restores says that they count. The audit log goes on from the backup's; its next entry says that it was
//! restored, and names the last entry of the log that was thrown away.

use super::archive::{ArchiveError, Counted, copy_all, file, remove_store};
use super::audit::{self, Deed};
use super::place::Place;
use super::{Store, StoreError, schema};
use sqlx::{Any, AssertSqlSafe, Transaction};
use std::collections::BTreeMap;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Case numbers left out after a restore: callers were told numbers after the backup, and nobody may be told one again.
/// More than a day's at a busy desk with a few starts; of a store that can still be read its own counter is taken too.
const GAP: i64 = 100_000;
/// What a backup must not bring back to life: who had logged in, what was answered to whom, and who was on a break: a seat
/// that is offered nobody because of last night would be noticed by the callers alone.
const PASSING: &[&str] = &["logins", "answers", "presences"];

/// What whoever restores wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// What the store has is thrown away; else it must have nothing.
    pub replace: bool,
    /// Tokens of the backup count also where nobody can tell whether they were revoked since.
    pub keep_tokens: bool,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Rows of each table of the backup.
    pub rows: Counted,
    /// Tokens that counted in the backup and of which nobody can tell whether they were revoked since.
    pub doubtful_tokens: u64,
    /// What does not fit in the audit log of the backup, which goes on from there.
    pub audit: Option<String>,
}

impl Store {
    /// Puts a backup in the place of what the store has; all of it or nothing. What is done is written down as this deed's,
    /// with what came of it.
    ///
    /// # Errors
    /// The backup is not whole or of a newer program, the store is in use or has something in it, or does not answer.
    pub async fn restore(&self, from: &Path, wish: Wish, deed: Deed) -> Result<Restored, ArchiveError> {
        // A backup of an older program is brought up to date, and the file that was named stays as it is.
        let copy = own_copy(from)?;
        let restored = match Store::open_backup(&copy).await {
            Ok(backup) => {
                let restored = self.restore_of(&backup, wish, deed).await;
                backup.close().await;
                restored
            }
            Err(error) => Err(error.of_copy(from).into()),
        };
        remove_store(&copy)?;
        restored
    }

    /// Opens a copy of a backup, and brings it up to date.
    async fn open_backup(copy: &Path) -> Result<Store, StoreError> {
        let backup = Store::connect(Place::Sqlite(copy.to_path_buf()), false).await?;
        schema::migrate(&backup.writing, &backup.place).await?;
        Ok(backup)
    }

    async fn restore_of(&self, backup: &Store, wish: Wish, deed: Deed) -> Result<Restored, ArchiveError> {
        let sound = backup.verify().await?;
        if !sound.wrong.is_empty() {
            return Err(ArchiveError::Unsound(sound.wrong));
        }
        self.must_be_free(wish.replace).await?;
        let mut view = backup.reading.acquire().await?;
        let mut transaction = self.writing.begin().await?;
        let before = Before::of(&mut transaction).await?;
        let rows = copy_all(backup, &mut view, &self.place, &mut transaction).await?;
        let doubtful_tokens = before.stands(wish, deed, &mut transaction).await?;
        transaction.commit().await?;
        Ok(Restored { rows, doubtful_tokens, audit: sound.audit })
    }

    async fn must_be_free(&self, replace: bool) -> Result<(), ArchiveError> {
        let own = i64::from(self.writing.size() + self.reading.size());
        let others = self.place.connected(&self.writing).await?.map_or(0, |connected| connected - own);
        if others > 0 {
            return Err(ArchiveError::InUse { place: self.place.to_string(), others });
        }
        let count = |query: &'static str| sqlx::query_scalar::<_, i64>(query).fetch_one(&self.reading);
        let cases = count("SELECT count(*) FROM cases").await?;
        let calls = count("SELECT count(*) FROM calls").await?;
        if (cases > 0 || calls > 0) && !replace {
            return Err(ArchiveError::Full { place: self.place.to_string(), cases, calls });
        }
        Ok(())
    }
}

/// What a store that is replaced knows better than the backup.
struct Before {
    /// The next case number's sequence.
    next: i64,
    /// Its tokens, and when each was revoked.
    tokens: BTreeMap<String, Option<i64>>,
    /// The last entry of its audit log.
    audited: Option<(i64, String)>,
}

impl Before {
    async fn of(transaction: &mut Transaction<'_, Any>) -> Result<Before, StoreError> {
        let next = "SELECT coalesce(max(next), 0) FROM counters WHERE name = 'case'";
        let next: i64 = sqlx::query_scalar(next).fetch_one(&mut **transaction).await?;
        let tokens: Vec<(String, Option<i64>)> =
            sqlx::query_as("SELECT id, revoked_at FROM tokens").fetch_all(&mut **transaction).await?;
        let audited = sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
        let audited = audited.fetch_optional(&mut **transaction).await?;
        Ok(Before { next, tokens: tokens.into_iter().collect(), audited })
    }

    /// What it knows stands, whatever the backup has; how many tokens it knows nothing of.
    async fn stands(
        &self,
        wish: Wish,
        mut deed: Deed,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<u64, StoreError> {
        let skip =
            "UPDATE counters SET next = CASE WHEN next < $1 THEN $1 ELSE next END + $2 WHERE name = 'case'";
        sqlx::query(skip).bind(self.next).bind(GAP).execute(&mut **transaction).await?;
        for table in PASSING {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut **transaction).await?;
        }
        let doubtful = self.revoke(wish, deed.at.as_millis(), transaction).await?;
        let tokens = match (doubtful, wish.keep_tokens) {
            (0, _) => String::new(),
            (count, true) => format!("; tokens that count though they may have been revoked: {count}"),
            (count, false) => format!("; tokens revoked: {count}"),
        };
        let log =
            self.audited.as_ref().map(|(seq, hash)| format!("; in place of a log of {seq}, the last {hash}"));
        deed.outcome = format!("done{tokens}{}", log.unwrap_or_default());
        audit::add(transaction, &deed).await?;
        Ok(doubtful)
    }

    /// Revokes what was revoked since the backup, and what may have been unless that is to count.
    async fn revoke(
        &self,
        wish: Wish,
        now: i64,
        transaction: &mut Transaction<'_, Any>,
    ) -> Result<u64, StoreError> {
        let good = "SELECT id FROM tokens WHERE revoked_at IS NULL AND expires_at > $1";
        let good: Vec<String> = sqlx::query_scalar(good).bind(now).fetch_all(&mut **transaction).await?;
        let mut doubtful = 0;
        for id in good {
            let known = self.tokens.get(&id).copied();
            doubtful += u64::from(known.is_none());
            let revoked_at = known.unwrap_or((!wish.keep_tokens).then_some(now));
            if let Some(at) = revoked_at {
                let query = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1").bind(id);
                query.bind(at).execute(&mut **transaction).await?;
            }
        }
        Ok(doubtful)
    }
}

/// A copy of the backup in a new file of our own.
fn own_copy(of: &Path) -> Result<PathBuf, ArchiveError> {
    let mut from = std::fs::File::open(of).map_err(|source| file(of, source))?;
    for attempt in 0..100 {
        let name = format!("madoguchi-restore-{}-{attempt}.db", std::process::id());
        let copy = std::env::temp_dir().join(name);
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy) {
            Ok(mut to) => match std::io::copy(&mut from, &mut to) {
                Ok(_) => return Ok(copy),
                Err(source) => {
                    remove_store(&copy)?;
                    return Err(file(&copy, source));
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(file(&copy, source)),
        }
    }
    Err(file(of, std::io::ErrorKind::AlreadyExists.into()))
}
