//! Answers that are given again to whoever asks the same under the same key.

use super::{Store, StoreError};
use crate::base::UnixTime;
use std::time::Duration;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// How long the making of one may take, until it is taken for cut off.
const MAKING: Duration = Duration::from_secs(120);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Lines of the head that belong to it, as its giver wrote them.
    pub head: String,
    /// The body.
    pub body: String,
}

/// What there is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: the answer is to be made, and kept.
    Nothing,
    /// It is being made.
    BeingMade,
    /// Its making was cut off: nobody knows whether it was done.
    InDoubt,
    /// The answer.
    Answer(Answer),
    /// Something else was asked.
    OtherQuestion,
}

impl Store {
    /// What was asked and answered under a key; where nothing was, the key is taken for this question.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn take_key(
        &self,
        scope: &str,
        key: &str,
        question: &str,
        now: UnixTime,
    ) -> Result<Before, StoreError> {
        let ago = |time: Duration| now.as_millis() - i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let over = "DELETE FROM answers WHERE asked_at < $1";
        sqlx::query(over).bind(ago(KEPT)).execute(&self.writing).await?;
        let take = "INSERT INTO answers (scope, key, question, asked_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (scope, key) DO NOTHING";
        let take = sqlx::query(take).bind(scope.to_string()).bind(key.to_string()).bind(question.to_string());
        if take.bind(now.as_millis()).execute(&self.writing).await?.rows_affected() > 0 {
            return Ok(Before::Nothing);
        }
        let query = "SELECT question, asked_at, status, coalesce(head, ''), coalesce(body, '') FROM answers
            WHERE scope = $1 AND key = $2";
        let query = sqlx::query_as(query).bind(scope.to_string()).bind(key.to_string());
        let row: Option<(String, i64, Option<i64>, String, String)> =
            query.fetch_optional(&self.writing).await?;
        Ok(match row {
            Some((asked, ..)) if asked != question => Before::OtherQuestion,
            Some((_, _, Some(status), head, body)) => {
                Before::Answer(Answer { status: u16::try_from(status).unwrap_or(500), head, body })
            }
            Some((_, asked_at, None, ..)) if asked_at < ago(MAKING) => Before::InDoubt,
            // Between the two statements it was given up: whoever asks once more takes it.
            Some((_, _, None, ..)) | None => Before::BeingMade,
        })
    }

    /// Keeps the answer under a key that was taken.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep_answer(&self, scope: &str, key: &str, answer: &Answer) -> Result<(), StoreError> {
        let query = "UPDATE answers SET status = $3, head = $4, body = $5 WHERE scope = $1 AND key = $2";
        let query = sqlx::query(query).bind(scope.to_string()).bind(key.to_string());
        let query = query.bind(i64::from(answer.status)).bind(answer.head.clone()).bind(answer.body.clone());
        query.execute(&self.writing).await?;
        Ok(())
    }

    /// Gives a key up: nothing was done.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn give_up_key(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM answers WHERE scope = $1 AND key = $2 AND status IS NULL");
        query.bind(scope.to_string()).bind(key.to_string()).execute(&self.writing).await?;
        Ok(())
    }
}
