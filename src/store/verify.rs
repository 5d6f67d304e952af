//! Whether a store is whole: the database by its own account, every row by this program's.

use super::rows::{BESIDE_THE_CALL, CASE_COLUMNS, CallRow, CaseColumns};
use super::{Store, StoreError};
use crate::case::{CaseNumber, Event};
use sqlx::AssertSqlSafe;

/// Rows read at a time.
const AT_ONCE: i64 = 500;
/// Most findings that are told.
const MOST: usize = 100;

/// What was found in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Cases that were read.
    pub cases: u64,
    /// Call records that were read.
    pub calls: u64,
    /// What is wrong, a line each; at most a hundred.
    pub wrong: Vec<String>,
    /// What does not fit in the audit log. It is not among the others: such a log can never be mended, and must keep nobody
    /// from having a backup.
    pub audit: Option<String>,
}

impl Soundness {
    /// Everything that is wrong, a line each.
    pub fn all_wrong(self) -> Vec<String> {
        self.wrong.into_iter().chain(self.audit).collect()
    }

    fn add(&mut self, what: impl Into<String>) {
        if self.wrong.len() < MOST {
            self.wrong.push(what.into());
        }
    }
}

/// What must have no row, and what it says of one that is there. In each, `$1` is the first position beside the call.
const NONE: &[(&str, &str)] = &[
    (
        "SELECT case_number FROM (SELECT case_number, count(*) AS count, max(position) AS last FROM timeline
         WHERE position < $1 GROUP BY case_number) AS line WHERE last <> count - 1 LIMIT 10",
        "its timeline has a hole",
    ),
    (
        "SELECT case_number FROM (SELECT case_number, count(*) AS count, max(position) AS last FROM timeline
         WHERE position >= $1 GROUP BY case_number) AS line WHERE last <> $1 + count - 1 LIMIT 10",
        "its timeline beside the call has a hole",
    ),
    (
        "SELECT case_number FROM timeline WHERE position < $1 AND NOT EXISTS
         (SELECT 1 FROM cases WHERE cases.number = timeline.case_number) LIMIT 10",
        "has a timeline, and no case",
    ),
    (
        "SELECT case_number FROM calls WHERE case_number IS NOT NULL AND $1 > 0 AND NOT EXISTS
         (SELECT 1 FROM cases WHERE cases.number = calls.case_number) LIMIT 10",
        "has a call, and no case",
    ),
    (
        "SELECT number FROM cases WHERE $1 > 0 AND NOT EXISTS
         (SELECT 1 FROM listed JOIN facets ON facets.facet = listed.facet
         WHERE listed.number = cases.number AND listed.facet = cases.facet) LIMIT 10",
        "is not in the lists it belongs to",
    ),
    (
        "SELECT case_number FROM outbox WHERE $1 > 0 AND NOT EXISTS
         (SELECT 1 FROM timeline WHERE timeline.case_number = outbox.case_number
         AND timeline.position = outbox.position) LIMIT 10",
        "something of it is to be told outside that its timeline does not have",
    ),
];

impl Store {
    /// Reads everything and says what is wrong with it.
    ///
    /// # Errors
    /// The database cannot be read at all.
    pub async fn verify(&self) -> Result<Soundness, StoreError> {
        let mut found = Soundness::default();
        for line in self.place.own_account(&self.reading).await? {
            found.add(line);
        }
        for (query, what) in NONE {
            let query = sqlx::query_scalar(AssertSqlSafe(*query)).bind(BESIDE_THE_CALL as i64);
            let numbers: Vec<i64> = query.fetch_all(&self.reading).await?;
            numbers.iter().for_each(|number| found.add(format!("case {number}: {what}")));
        }
        self.read_cases(&mut found).await?;
        self.read_calls(&mut found).await?;
        self.check_numbers(&mut found).await?;
        let audit = self.verify_audit().await?.misfit;
        found.audit = audit.map(|(seq, misfit)| format!("audit log, entry {seq}: {misfit}"));
        Ok(found)
    }

    async fn read_cases(&self, found: &mut Soundness) -> Result<(), StoreError> {
        let mut after = 0_i64;
        loop {
            let query =
                format!("SELECT {CASE_COLUMNS} FROM cases WHERE number > $1 ORDER BY number LIMIT $2");
            let query = sqlx::query_as(AssertSqlSafe(query)).bind(after).bind(AT_ONCE);
            let rows: Vec<CaseColumns> = query.fetch_all(&self.reading).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.0;
            for row in rows {
                let number = row.0;
                match self.with_timelines(vec![row], &self.reading).await.as_deref() {
                    Ok([case])
                        if case.timeline().first().is_some_and(|entry| entry.event == Event::Opened) => {}
                    Ok(_) => {
                        found.add(format!("case {number}: its timeline does not begin with its opening"))
                    }
                    Err(error) => found.add(format!("case {number}: {error}")),
                }
                found.cases += 1;
            }
        }
    }

    async fn read_calls(&self, found: &mut Soundness) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let query = "SELECT id, record FROM calls WHERE id > $1 ORDER BY id LIMIT $2";
            let query = sqlx::query_as(query).bind(after.clone()).bind(AT_ONCE);
            let rows: Vec<(String, String)> = query.fetch_all(&self.reading).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.0);
            for (id, record) in rows {
                if let Err(error) = CallRow::record(&record) {
                    found.add(format!("call {id}: {error}"));
                }
                found.calls += 1;
            }
        }
    }

    /// A number that was given out must never be given again.
    async fn check_numbers(&self, found: &mut Soundness) -> Result<(), StoreError> {
        let next: Option<i64> = sqlx::query_scalar("SELECT next FROM counters WHERE name = 'case'")
            .fetch_optional(&self.reading)
            .await?;
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(number) FROM cases").fetch_one(&self.reading).await?;
        let last = last.and_then(|last| CaseNumber::parse(&last.to_string()).ok());
        let next = next.and_then(|next| u64::try_from(next).ok());
        match (next, last) {
            (None, _) => found.add("the counter of case numbers is missing"),
            (Some(next), Some(last)) if last.sequence() >= next => {
                found.add(format!("the counter of case numbers is behind case {last}"));
            }
            _ => {}
        }
        Ok(())
    }
}
