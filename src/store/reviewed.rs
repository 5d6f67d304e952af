//! The cases of a review: those of a customer, or of all, that were opened in a time, oldest first.

use super::rows::{CASE_COLUMNS, CaseColumns};
use super::{Store, StoreError};
use crate::base::UnixTime;
use crate::case::Case;
use sqlx::AssertSqlSafe;
use std::ops::Range;

/// Most cases in one page.
const PAGE: u32 = 500;

/// Of `$1` and `$2` on, before `$3`, at most `$4`.
const WITHIN: &str = "(opened_at, number) > ($1, $2) AND opened_at < $3 ORDER BY opened_at, number LIMIT $4";

/// The cases of a review, a page at a time.
#[derive(Debug)]
pub struct Reviewed<'s> {
    store: &'s Store,
    customer: Option<String>,
    /// Before which moment.
    until: UnixTime,
    /// When the case was opened after which the next page begins, and its number; none after the last page.
    after: Option<(i64, i64)>,
}

impl Store {
    /// The cases of a customer, or of everybody, that were opened in this time, oldest first.
    pub fn reviewed(&self, customer: Option<&str>, opened: &Range<UnixTime>) -> Reviewed<'_> {
        let customer = customer.map(str::to_string);
        Reviewed {
            store: self,
            customer,
            until: opened.end,
            after: Some((opened.start.as_millis(), i64::MIN)),
        }
    }
}

impl Reviewed<'_> {
    /// The next page; none after the last.
    ///
    /// # Errors
    /// As of [`Store::case`].
    pub async fn next(&mut self) -> Result<Option<Vec<Case>>, StoreError> {
        let Some((moment, number)) = self.after.take() else { return Ok(None) };
        let query = sqlx::query_as(AssertSqlSafe(statement(self.customer.is_some())));
        let query = query.bind(moment).bind(number).bind(self.until.as_millis()).bind(i64::from(PAGE));
        let query = self.customer.iter().fold(query, |query, customer| query.bind(customer.clone()));
        let rows: Vec<CaseColumns> = query.fetch_all(&self.store.reading).await?;
        self.after = rows.last().filter(|_| rows.len() >= PAGE as usize).map(|row| (row.1, row.0));
        let cases = self.store.with_timelines(rows, &self.store.reading).await?;
        Ok((!cases.is_empty()).then_some(cases))
    }
}

/// A page of everybody's cases, or of those of the customer `$5`: each by its own index.
fn statement(is_of_customer: bool) -> String {
    match is_of_customer {
        true => format!(
            "SELECT {CASE_COLUMNS} FROM cases WHERE substr(fields ->> 'customer', 1, 200) = substr($5, 1, 200)
                AND fields ->> 'customer' = $5 AND {WITHIN}"
        ),
        false => format!(
            "SELECT {CASE_COLUMNS} FROM cases WHERE number IN (SELECT number FROM listed WHERE {WITHIN})
            ORDER BY opened_at, number"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_review_reads_more_than_its_index_offers() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/cases.db", folder.path().display());
        let store = Store::open(&url).await.expect("a store");
        let wanted = [
            (true, "SEARCH cases USING INDEX cases_by_customer (<expr>=? AND opened_at>? AND opened_at<?)"),
            (false, "SEARCH listed USING COVERING INDEX listed_by_time (opened_at>? AND opened_at<?)"),
        ];
        for (is_of_customer, wanted) in wanted {
            let statement = format!("EXPLAIN QUERY PLAN {}", statement(is_of_customer));
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(statement)).fetch_all(&store.reading).await.expect("a plan");
            let steps: Vec<String> = steps.into_iter().map(|(_, _, _, step)| step).collect();
            assert!(steps.iter().any(|step| step == wanted), "{steps:#?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN cases")), "{steps:#?}");
        }
    }
}
