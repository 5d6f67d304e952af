//! Lists of calls, newest first.

use super::rows::CallRow;
use super::{CallRecord, Store, StoreError};
use crate::base::UnixTime;
use crate::case::CaseNumber;
use sqlx::AssertSqlSafe;
use std::fmt;

/// Most calls in one page.
const PAGE: u32 = 500;

/// Which calls; what is `None` does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Their case.
    pub case: Option<CaseNumber>,
    /// That began then or later.
    pub from: Option<UnixTime>,
    /// That began before.
    pub to: Option<UnixTime>,
}

/// A call's place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlace {
    started_at: i64,
    id: String,
}

impl CallPlace {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<CallPlace> {
        let (started_at, id) = text.split_once(' ')?;
        let id = (!id.contains('\0')).then(|| id.to_string())?;
        Some(CallPlace { started_at: started_at.parse().ok()?, id })
    }
}

impl fmt::Display for CallPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.started_at, self.id)
    }
}

impl Store {
    /// A page of calls, newest first: at most `limit` (and 500), those before a place of the list where one is given; and
    /// the place that the next page is before, where there is one.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn list_calls(
        &self,
        filter: &CallFilter,
        limit: u32,
        before: Option<CallPlace>,
    ) -> Result<(Vec<CallRecord>, Option<CallPlace>), StoreError> {
        let limit = limit.clamp(1, PAGE);
        let of_case = if filter.case.is_some() { " AND case_number = $6" } else { "" };
        let statement = format!(
            "SELECT record FROM calls WHERE (started_at, id) < ($1, $2) AND started_at >= $3 AND started_at < $4{of_case}
            ORDER BY started_at DESC, id DESC LIMIT $5"
        );
        let before = before.unwrap_or(CallPlace { started_at: i64::MAX, id: String::new() });
        let query = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(before.started_at)
            .bind(before.id)
            .bind(filter.from.map_or(i64::MIN, UnixTime::as_millis))
            .bind(filter.to.map_or(i64::MAX, UnixTime::as_millis))
            .bind(i64::from(limit));
        let query = filter.case.iter().fold(query, |query, case| query.bind(i64::from(case.as_u32())));
        let texts: Vec<String> = query.fetch_all(&self.reading).await?;
        let calls: Vec<CallRecord> =
            texts.iter().map(|text| CallRow::record(text)).collect::<Result<_, _>>()?;
        let is_full = calls.len() == limit as usize;
        let last = calls.last().filter(|_| is_full);
        let next =
            last.map(|call| CallPlace { started_at: call.started_at.as_millis(), id: call.id.clone() });
        Ok((calls, next))
    }
}
