//! The questions a store answers: one case, calls. Lists of cases are in `list.rs`.

use super::rows::{BESIDE_THE_CALL, CASE_COLUMNS, CallRow, CaseColumns, case_of, entry_of, merged};
use super::{CallRecord, Store, StoreError};
use crate::base::UnixTime;
use crate::case::{Case, CaseNumber, Entry};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyExecutor;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most cases or calls in one page.
const PAGE: u32 = 500;

/// Calls that began in a time, oldest first, a page at a time.
#[derive(Debug)]
pub struct Pages<'s> {
    store: &'s Store,
    /// Before which moment.
    until: UnixTime,
    /// The moment and id after which the next page begins; `None` after the last page.
    after: Option<(i64, String)>,
}

impl Pages<'_> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn next(&mut self) -> Result<Option<Vec<CallRecord>>, StoreError> {
        let Some((moment, id)) = self.after.take() else { return Ok(None) };
        let query = "SELECT record FROM calls WHERE (started_at, id) > ($1, $2) AND started_at < $3
            ORDER BY started_at, id LIMIT $4";
        let query = sqlx::query_scalar(query)
            .bind(moment)
            .bind(id)
            .bind(self.until.as_millis())
            .bind(i64::from(PAGE));
        let texts: Vec<String> = query.fetch_all(&self.store.reading).await?;
        let calls: Vec<CallRecord> =
            texts.iter().map(|text| CallRow::record(text)).collect::<Result<_, _>>()?;
        if calls.len() >= PAGE as usize {
            self.after = calls.last().map(|call| (call.started_at.as_millis(), call.id.clone()));
        }
        Ok((!calls.is_empty()).then_some(calls))
    }
}

impl Store {
    /// The calls that began in this time, oldest first.
    pub fn pages(&self, range: Range<UnixTime>) -> Pages<'_> {
        Pages { store: self, until: range.end, after: Some((range.start.as_millis(), String::new())) }
    }

    /// The case of a number, with its timeline.
    ///
    /// # Errors
    /// The database cannot be read, or the row is none this program wrote.
    pub async fn case(&self, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        let query = AssertSqlSafe(format!("SELECT {CASE_COLUMNS} FROM cases WHERE number = $1"));
        let row: Option<CaseColumns> =
            sqlx::query_as(query).bind(i64::from(number.as_u32())).fetch_optional(&self.reading).await?;
        let cases = self.with_timelines(row.into_iter().collect(), &self.reading).await?;
        Ok(cases.into_iter().next())
    }

    /// The case of a number with its version, which grows with every change.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn versioned(&self, number: CaseNumber) -> Result<Option<(Case, i64)>, StoreError> {
        // The version first: a case that changes in between has a version too old, never one too new.
        let query = sqlx::query_scalar("SELECT version FROM cases WHERE number = $1");
        let version: Option<i64> =
            query.bind(i64::from(number.as_u32())).fetch_optional(&self.reading).await?;
        let Some(version) = version else { return Ok(None) };
        Ok(self.case(number).await?.map(|case| (case, version)))
    }

    /// The record of a call, by the engine's name for it.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn call(&self, id: &str) -> Result<Option<CallRecord>, StoreError> {
        let query = sqlx::query_scalar("SELECT record FROM calls WHERE id = $1").bind(id.to_string());
        let text: Option<String> = query.fetch_optional(&self.reading).await?;
        text.map(|text| CallRow::record(&text)).transpose()
    }

    /// The calls of a case, oldest first; at most 500.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn calls_of(&self, number: CaseNumber) -> Result<Vec<CallRecord>, StoreError> {
        let query = "SELECT record FROM calls WHERE case_number = $1 ORDER BY started_at, id LIMIT $2";
        let query = sqlx::query_scalar(query).bind(i64::from(number.as_u32())).bind(i64::from(PAGE));
        let texts: Vec<String> = query.fetch_all(&self.reading).await?;
        texts.iter().map(|text| CallRow::record(text)).collect()
    }

    /// The newest calls, newest first; at most `limit` (and 500).
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn calls(&self, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        let query = "SELECT record FROM calls ORDER BY started_at DESC, id DESC LIMIT $1";
        let texts: Vec<String> =
            sqlx::query_scalar(query).bind(i64::from(limit.clamp(1, PAGE))).fetch_all(&self.reading).await?;
        texts.iter().map(|text| CallRow::record(text)).collect()
    }

    /// Cases of these rows, with their timelines.
    pub(super) async fn with_timelines<'c>(
        &self,
        rows: Vec<CaseColumns>,
        from: impl AnyExecutor<'c>,
    ) -> Result<Vec<Case>, StoreError> {
        let numbers: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let mut timelines = self.timelines(&numbers, from).await?;
        rows.into_iter().map(|row| timelines.remove(&row.0).unwrap_or_default().with(row)).collect()
    }

    async fn timelines<'c>(
        &self,
        numbers: &[i64],
        from: impl AnyExecutor<'c>,
    ) -> Result<BTreeMap<i64, Timeline>, StoreError> {
        let query = self.place.statement(
            "SELECT case_number, position, at, by, event FROM timeline
            WHERE case_number IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1)) ORDER BY case_number, position",
        );
        let numbers = serde_json::to_string(numbers).map_err(|e| StoreError::corrupt(e.to_string()))?;
        let rows: Vec<(i64, i64, i64, String, String)> =
            sqlx::query_as(AssertSqlSafe(query)).bind(numbers).fetch_all(from).await?;
        let mut timelines: BTreeMap<i64, Timeline> = BTreeMap::new();
        for (number, position, at, by, event) in rows {
            let timeline = timelines.entry(number).or_default();
            let is_beside = position >= BESIDE_THE_CALL as i64;
            let line = if is_beside { &mut timeline.beside } else { &mut timeline.call };
            line.push(entry_of(at, &by, &event)?);
        }
        Ok(timelines)
    }
}

#[derive(Default)]
struct Timeline {
    call: Vec<Entry>,
    beside: Vec<Entry>,
}

impl Timeline {
    fn with(self, row: CaseColumns) -> Result<Case, StoreError> {
        case_of(row, merged(self.call, self.beside))
    }
}
