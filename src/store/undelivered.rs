//! What receivers outside have not been told: how much waits, what was given up, and that once more.

use super::{Store, StoreError};
use crate::base::UnixTime;
use crate::case::CaseNumber;
use std::time::Duration;

/// How long what is dead is kept.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// How much waits for a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// What is to be told.
    pub waiting: u64,
    /// When the oldest of it happened.
    pub oldest: Option<UnixTime>,
    /// What was given up.
    pub dead: u64,
}

/// What a receiver was not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Who.
    pub receiver: String,
    /// The case.
    pub case: CaseNumber,
    /// What happened, as of [`kinds`](super::json::kinds).
    pub kind: String,
    /// When.
    pub at: UnixTime,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub given_up_at: UnixTime,
    /// Why the last attempt failed.
    pub why: String,
}

impl Store {
    /// What was given up is tried again, before anything newer of its case: for one receiver, or for all. How much.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn tell_again(&self, receiver: Option<&str>) -> Result<u64, StoreError> {
        let query = "UPDATE outbox SET dead_at = NULL, first_tried_at = NULL, attempts = 0, due_at = 0
            WHERE dead_at IS NOT NULL AND ($1 = '' OR receiver = $1)";
        let query = sqlx::query(query).bind(receiver.unwrap_or_default().to_string());
        Ok(query.execute(&self.writing).await?.rows_affected())
    }

    /// Throws away what a receiver was not told and was given up a month ago; and what could be tried again no sooner than
    /// after `longest`, because the clock was put back since, may be tried now.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn tidy_outgoing(
        &self,
        receiver: &str,
        now: UnixTime,
        longest: Duration,
    ) -> Result<(), StoreError> {
        let before = now.as_millis() - i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let query = sqlx::query("DELETE FROM outbox WHERE receiver = $1 AND dead_at < $2");
        query.bind(receiver.to_string()).bind(before).execute(&self.writing).await?;
        let query = "UPDATE outbox SET due_at = $2 WHERE receiver = $1 AND due_at > $3 AND dead_at IS NULL";
        let query = sqlx::query(query).bind(receiver.to_string()).bind(now.as_millis());
        query.bind((now + longest).as_millis()).execute(&self.writing).await?;
        Ok(())
    }

    /// Gives up everything of a receiver that is as old as `after`, where it has been tried in vain for as long: who takes
    /// nothing at all is not tried with each. How much.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn give_up_old(
        &self,
        receiver: &str,
        now: UnixTime,
        after: Duration,
    ) -> Result<u64, StoreError> {
        let query = "UPDATE outbox SET dead_at = $2, why = coalesce(why, 'it took nothing for too long')
            WHERE receiver = $1 AND dead_at IS NULL AND at <= $3 AND EXISTS (
                SELECT 1 FROM outbox AS tried
                WHERE tried.receiver = $1 AND tried.dead_at IS NULL AND tried.why IS NOT NULL
                AND tried.first_tried_at <= $3)";
        let before = now.as_millis() - i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        let query = sqlx::query(query).bind(receiver.to_string()).bind(now.as_millis()).bind(before);
        Ok(query.execute(&self.writing).await?.rows_affected())
    }

    /// Who is told what happens.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn receivers(&self) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar("SELECT DISTINCT name FROM receivers ORDER BY name");
        Ok(query.fetch_all(&self.reading).await?)
    }

    /// How much waits for a receiver.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn waiting(&self, receiver: &str) -> Result<Waiting, StoreError> {
        let query = "SELECT count(*) FROM outbox WHERE receiver = $1 AND dead_at IS NULL";
        let waiting: i64 =
            sqlx::query_scalar(query).bind(receiver.to_string()).fetch_one(&self.reading).await?;
        let query = "SELECT coalesce(min(at), 0) FROM outbox WHERE receiver = $1 AND dead_at IS NULL";
        let oldest: i64 =
            sqlx::query_scalar(query).bind(receiver.to_string()).fetch_one(&self.reading).await?;
        let query = "SELECT count(*) FROM outbox WHERE receiver = $1 AND dead_at IS NOT NULL";
        let dead: i64 = sqlx::query_scalar(query).bind(receiver.to_string()).fetch_one(&self.reading).await?;
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        let oldest = (waiting > 0).then(|| UnixTime::from_millis(oldest));
        Ok(Waiting { waiting: count(waiting), oldest, dead: count(dead) })
    }

    /// What was given up, the newest first; at most `limit`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn dead(&self, limit: u32) -> Result<Vec<Dead>, StoreError> {
        let query = "SELECT receiver, case_number, kind, at, attempts, dead_at, coalesce(why, '') FROM outbox
            WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, seq DESC LIMIT $1";
        let query = sqlx::query_as(query).bind(i64::from(limit));
        let rows: Vec<(String, i64, String, i64, i64, i64, String)> = query.fetch_all(&self.reading).await?;
        let dead = |(receiver, number, kind, at, attempts, given_up_at, why): (_, i64, _, _, i64, _, _)| {
            let case = CaseNumber::parse(&number.to_string());
            Ok(Dead {
                receiver,
                case: case.map_err(|error| StoreError::corrupt(error.to_string()))?,
                kind,
                at: UnixTime::from_millis(at),
                attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
                given_up_at: UnixTime::from_millis(given_up_at),
                why,
            })
        };
        rows.into_iter().map(dead).collect()
    }
}
