//! The questions a store answers: one case, a page of cases, calls.

use super::rows::{CallRow, CaseColumns, case_of, entry_of};
use super::{CallRecord, Store, StoreError};
use crate::base::{Number, UnixTime};
use crate::case::{Case, CaseNumber, Entry, Severity, Stage};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most cases or calls in one page.
const PAGE: u32 = 500;

/// Which cases; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// How far they have come.
    pub stage: Option<Stage>,
    /// Their desk.
    pub desk: Option<String>,
    /// How bad they are.
    pub severity: Option<Severity>,
    /// Who called.
    pub caller: Option<Number>,
}

/// A page of cases, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The cases.
    pub cases: Vec<Case>,
    /// Where the next page starts; none on the last page.
    pub next: Option<CaseNumber>,
}

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
        let query =
            "SELECT number, opened_at, channel, stage, CAST(fields AS TEXT) FROM cases WHERE number = $1";
        let row: Option<CaseColumns> =
            sqlx::query_as(query).bind(i64::from(number.as_u32())).fetch_optional(&self.reading).await?;
        let cases = self.with_timelines(row.into_iter().collect()).await?;
        Ok(cases.into_iter().next())
    }

    /// A page of cases, newest first: at most `limit` (and 500), from `cursor` (the `next` of the
    /// page before) on.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn list(
        &self,
        filter: &Filter,
        limit: u32,
        cursor: Option<CaseNumber>,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, PAGE);
        let equal = [
            ("stage", filter.stage.map(|stage| stage.name().to_string())),
            ("desk", filter.desk.clone()),
            ("severity", filter.severity.map(|severity| severity.name().to_string())),
            ("caller", filter.caller.as_ref().map(Number::to_string)),
        ];
        let equal = equal.into_iter().filter_map(|(column, value)| Some((column, value?)));
        let (columns, values): (Vec<_>, Vec<_>) = equal.unzip();
        let conditions: String =
            columns.iter().zip(3..).map(|(column, at)| format!(" AND {column} = ${at}")).collect();
        let statement = format!(
            "SELECT number, opened_at, channel, stage, CAST(fields AS TEXT) FROM cases
            WHERE number <= $1{conditions} ORDER BY number DESC LIMIT $2"
        );
        let from = cursor.map_or(i64::MAX, |cursor| i64::from(cursor.as_u32()));
        let query = sqlx::query_as(AssertSqlSafe(statement)).bind(from).bind(i64::from(limit) + 1);
        let query = values.into_iter().fold(query, |query, value| query.bind(value));
        let rows: Vec<CaseColumns> = query.fetch_all(&self.reading).await?;
        self.page(rows, limit).await
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

    async fn page(&self, mut rows: Vec<CaseColumns>, limit: u32) -> Result<Page, StoreError> {
        let beyond = rows.len() > limit as usize;
        let next = if beyond { rows.pop() } else { None };
        let next = next.map(|row| CaseNumber::parse(&row.0.to_string())).transpose();
        let next = next.map_err(|e| StoreError::corrupt(e.to_string()))?;
        Ok(Page { cases: self.with_timelines(rows).await?, next })
    }

    async fn with_timelines(&self, rows: Vec<CaseColumns>) -> Result<Vec<Case>, StoreError> {
        let numbers: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let mut timelines = self.timelines(&numbers).await?;
        rows.into_iter().map(|row| timelines.remove(&row.0).unwrap_or_default().with(row)).collect()
    }

    async fn timelines(&self, numbers: &[i64]) -> Result<BTreeMap<i64, Timeline>, StoreError> {
        let query = self.place.statement(
            "SELECT case_number, at, by, event FROM timeline
            WHERE case_number IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1)) ORDER BY case_number, position",
        );
        let numbers = serde_json::to_string(numbers).map_err(|e| StoreError::corrupt(e.to_string()))?;
        let rows: Vec<(i64, i64, String, String)> =
            sqlx::query_as(AssertSqlSafe(query)).bind(numbers).fetch_all(&self.reading).await?;
        let mut timelines: BTreeMap<i64, Timeline> = BTreeMap::new();
        for (number, at, by, event) in rows {
            timelines.entry(number).or_default().0.push(entry_of(at, &by, &event)?);
        }
        Ok(timelines)
    }
}

#[derive(Default)]
struct Timeline(Vec<Entry>);

impl Timeline {
    fn with(self, row: CaseColumns) -> Result<Case, StoreError> {
        case_of(row, self.0)
    }
}
