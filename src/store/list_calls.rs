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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl CallPlace {
    /// Of a call.
    pub fn of(call: &CallRecord) -> CallPlace {
        CallPlace { started_at: call.started_at.as_millis(), id: call.id.clone() }
    }
}

impl CallFilter {
    /// A page of these calls, as [`Store::list_calls`] has it of those that are kept.
    pub fn page_of(
        &self,
        calls: &[CallRecord],
        limit: u32,
        before: Option<CallPlace>,
    ) -> (Vec<CallRecord>, Option<CallPlace>) {
        let fits = |call: &&CallRecord| {
            before.as_ref().is_none_or(|before| CallPlace::of(call) < *before)
                && self.case.is_none_or(|case| call.case == Some(case))
                && self.from.is_none_or(|from| call.started_at >= from)
                && self.to.is_none_or(|to| call.started_at < to)
        };
        let mut page: Vec<CallRecord> = calls.iter().filter(fits).cloned().collect();
        page.sort_by_cached_key(|call| std::cmp::Reverse(CallPlace::of(call)));
        page.truncate(limit as usize);
        let next = next_place(&page, limit);
        (page, next)
    }
}

/// Where the page after this one begins, which is there where this one is full.
fn next_place(page: &[CallRecord], limit: u32) -> Option<CallPlace> {
    page.last().filter(|_| page.len() == limit as usize).map(CallPlace::of)
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
        let next = next_place(&calls, limit);
        Ok((calls, next))
    }
}
