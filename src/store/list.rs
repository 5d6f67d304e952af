//! Lists of cases, newest first, under any filter: a page costs the same wherever it begins and however few cases fit.
//!
//! What cases are filtered by has few values, and the table `facets` has them as they occur together. Where many cases fit,
//! a page of them is found in a short stretch of the list of all. Else it is made of the newest cases of each facet that
//! fits; of the facets only those can be in it whose newest case is among the newest of all. A caller and an agent have an
//! index of their own.

use super::rows::CaseColumns;
use super::{Store, StoreError};
use crate::base::{Number, UnixTime};
use crate::case::{Case, CaseNumber, Product, Severity, Stage, SupportOption};
use sqlx::AssertSqlSafe;

/// Most cases in one page.
const PAGE: u32 = 500;
/// Cases of the list of all that are read for a page before its facets are: read faster than a few hundred facets.
const STRETCH: usize = if cfg!(test) { 20 } else { 1_000 };
/// Facets asked in one statement; SQLite joins at most 500 parts.
const TOGETHER: usize = 200;

/// Which cases; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How far they have come.
    pub stage: Option<Stage>,
    /// Their desk.
    pub desk: Option<String>,
    /// How bad they are.
    pub severity: Option<Severity>,
    /// The support that was bought.
    pub option: Option<SupportOption>,
    /// What they are about.
    pub product: Option<Product>,
    /// Their queue.
    pub queue: Option<String>,
    /// Who called.
    pub caller: Option<Number>,
    /// Who has them.
    pub agent: Option<String>,
    /// Opened then or later.
    pub opened_from: Option<UnixTime>,
    /// Opened before.
    pub opened_to: Option<UnixTime>,
}

/// A page of cases, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The cases.
    pub cases: Vec<Case>,
    /// Where the next page starts; none on the last page.
    pub next: Option<CaseNumber>,
}

/// The part of the list that a page is taken from: from a case on, down to a moment.
struct Window {
    /// The newest there may be: when it was opened, and its number.
    from: (i64, i64),
    /// The moment before which nothing is listed.
    down_to: i64,
    /// How many, at least one.
    count: i64,
}

impl Window {
    fn places(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }
}

/// In a list under a window: `$1`, `$2` and `$3` are its bounds, `$4` is how many.
const WITHIN: &str = "(opened_at, number) <= ($1, $2) AND opened_at >= $3";
const NEWEST: &str = "ORDER BY opened_at DESC, number DESC LIMIT $4";

type Equal = Vec<(&'static str, String)>;

impl Filter {
    /// The conditions on columns of a facet.
    fn facets(&self) -> Equal {
        let equal = [
            ("stage", self.stage.map(|stage| stage.name().to_string())),
            ("desk", self.desk.clone()),
            ("severity", self.severity.map(|severity| severity.name().to_string())),
            ("option", self.option.map(|option| option.name().to_string())),
            ("product", self.product.map(|product| product.name().to_string())),
            ("queue", self.queue.clone()),
        ];
        equal.into_iter().filter_map(|(column, value)| Some((column, value?))).collect()
    }

    /// The conditions on a column with an index of its own.
    fn people(&self) -> Equal {
        let equal = [("caller", self.caller.as_ref().map(Number::to_string)), ("agent", self.agent.clone())];
        equal.into_iter().filter_map(|(column, value)| Some((column, value?))).collect()
    }
}

impl Store {
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
        let Some(window) = self.window(filter, limit, cursor).await? else {
            return Ok(Page { cases: Vec::new(), next: None });
        };
        let (facets, people) = (filter.facets(), filter.people());
        let rows = match (facets.is_empty(), people.is_empty()) {
            (false, true) => match self.of_stretch(&facets, &window).await? {
                Some(rows) => rows,
                None => self.of_facets(&facets, &window).await?,
            },
            (_, _) => self.walked(&people, &facets, &window).await?,
        };
        self.page(rows, limit).await
    }

    async fn window(
        &self,
        filter: &Filter,
        limit: u32,
        cursor: Option<CaseNumber>,
    ) -> Result<Option<Window>, StoreError> {
        let newest = match cursor {
            None => (i64::MAX, i64::MAX),
            Some(cursor) => {
                let number = i64::from(cursor.as_u32());
                let query = sqlx::query_scalar("SELECT opened_at FROM listed WHERE number = $1").bind(number);
                let opened_at: Option<i64> = query.fetch_optional(&self.reading).await?;
                let Some(opened_at) = opened_at else { return Ok(None) };
                (opened_at, number)
            }
        };
        let before = filter.opened_to.map_or((i64::MAX, i64::MAX), |to| (to.as_millis() - 1, i64::MAX));
        Ok(Some(Window {
            from: newest.min(before),
            down_to: filter.opened_from.map_or(i64::MIN, UnixTime::as_millis),
            count: i64::from(limit) + 1,
        }))
    }

    /// Walks down the list of all, or of a person, and takes what fits.
    async fn walked(
        &self,
        people: &Equal,
        facets: &Equal,
        window: &Window,
    ) -> Result<Vec<CaseColumns>, StoreError> {
        let values = people.iter().chain(facets).map(|(_, value)| value.clone()).collect();
        self.rows_of(&walked_page(people, facets), window, values).await
    }

    /// A page out of the newest of all, where they have a whole one.
    async fn of_stretch(
        &self,
        equal_to: &Equal,
        window: &Window,
    ) -> Result<Option<Vec<CaseColumns>>, StoreError> {
        let values = equal_to.iter().map(|(_, value)| value.clone()).collect();
        let rows = self.rows_of(&stretch_page(equal_to), window, values).await?;
        Ok((rows.len() == window.places()).then_some(rows))
    }

    /// Takes the newest of each facet that can be in the page.
    async fn of_facets(&self, equal_to: &Equal, window: &Window) -> Result<Vec<CaseColumns>, StoreError> {
        let newest = self.facets_of(equal_to, window).await?;
        let last = newest.get(window.places() - 1).map_or(window.down_to, |(newest, _)| *newest);
        let in_page = newest.into_iter().take_while(|(newest, _)| *newest >= last);
        let facets: Vec<String> = in_page.map(|(_, facet)| facet).collect();
        // So many facets have a case at least as new as `last`: nothing older is in the page.
        let window = Window { down_to: last, ..*window };
        let mut rows: Vec<CaseColumns> = Vec::new();
        for some in facets.chunks(TOGETHER) {
            rows.extend(self.rows_of(&of_facets_page(some.len()), &window, some.to_vec()).await?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row.1, row.0)));
        rows.truncate(window.places());
        Ok(rows)
    }

    /// The facets that fit, each with when its newest case in the window was opened, the newest first.
    async fn facets_of(&self, equal_to: &Equal, window: &Window) -> Result<Vec<(i64, String)>, StoreError> {
        let statement = format!(
            "SELECT facet, (SELECT max(opened_at) FROM listed WHERE listed.facet = facets.facet AND {WITHIN})
            FROM facets WHERE true{}",
            equal(equal_to, 4)
        );
        let query = sqlx::query_as(AssertSqlSafe(statement));
        let query = query.bind(window.from.0).bind(window.from.1).bind(window.down_to);
        let query = equal_to.iter().fold(query, |query, (_, value)| query.bind(value.clone()));
        let found: Vec<(String, Option<i64>)> = query.fetch_all(&self.reading).await?;
        let mut newest: Vec<(i64, String)> =
            found.into_iter().filter_map(|(facet, newest)| Some((newest?, facet))).collect();
        newest.sort_unstable_by(|one, other| other.cmp(one));
        Ok(newest)
    }

    /// The rows of a page of `(opened_at, number)`, in its order.
    async fn rows_of(
        &self,
        page: &str,
        window: &Window,
        values: Vec<String>,
    ) -> Result<Vec<CaseColumns>, StoreError> {
        let query = sqlx::query_as(AssertSqlSafe(rows_statement(page)));
        let query = query.bind(window.from.0).bind(window.from.1).bind(window.down_to).bind(window.count);
        let query = values.into_iter().fold(query, |query, value| query.bind(value));
        Ok(query.fetch_all(&self.reading).await?)
    }

    async fn page(&self, mut rows: Vec<CaseColumns>, limit: u32) -> Result<Page, StoreError> {
        let beyond = rows.len() > limit as usize;
        let next = if beyond { rows.pop() } else { None };
        let next = next.map(|row| CaseNumber::parse(&row.0.to_string())).transpose();
        let next = next.map_err(|e| StoreError::corrupt(e.to_string()))?;
        Ok(Page { cases: self.with_timelines(rows, &self.reading).await?, next })
    }
}

/// A page of a person's list, or of all, with what fits of it.
fn walked_page(people: &Equal, facets: &Equal) -> String {
    let conditions = equal(people, 5);
    let among = match facets.is_empty() {
        true => String::new(),
        false => format!(" AND {}", among(facets, 5 + people.len())),
    };
    format!("SELECT opened_at, number FROM listed WHERE {WITHIN}{conditions}{among} {NEWEST}")
}

/// A page of what fits among the newest of all.
fn stretch_page(facets: &Equal) -> String {
    format!(
        "SELECT opened_at, number FROM (SELECT opened_at, number, facet FROM listed WHERE {WITHIN}
        ORDER BY opened_at DESC, number DESC LIMIT {STRETCH}) AS stretch WHERE {} {NEWEST}",
        among(facets, 5)
    )
}

/// Whether a facet fits, its values counted from `first`.
fn among(facets: &Equal, first: usize) -> String {
    format!("facet IN (SELECT facet FROM facets WHERE true{})", equal(facets, first))
}

/// A page of the newest of so many facets.
fn of_facets_page(count: usize) -> String {
    let newest = |at: usize| {
        format!(
            "SELECT * FROM (SELECT opened_at, number FROM listed WHERE facet = ${} AND {WITHIN} {NEWEST}) AS newest{at}",
            at + 5
        )
    };
    let parts: Vec<String> = (0..count).map(newest).collect();
    format!("SELECT opened_at, number FROM ({}) AS newest {NEWEST}", parts.join(" UNION ALL "))
}

/// The rows of a page of `(opened_at, number)`.
fn rows_statement(page: &str) -> String {
    format!(
        "SELECT cases.number, cases.opened_at, channel, stage, CAST(fields AS TEXT), look_at
        FROM ({page}) AS page JOIN cases ON cases.number = page.number
        ORDER BY page.opened_at DESC, page.number DESC"
    )
}

/// ` AND column = $N` for each, counted from `first`.
fn equal(to: &Equal, first: usize) -> String {
    to.iter().zip(first..).map(|((column, _), at)| format!(" AND {column} = ${at}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite means to carry a list out.
    async fn plan(store: &Store, filter: &Filter) -> Vec<String> {
        let (facets, people) = (filter.facets(), filter.people());
        let page = match (facets.is_empty(), people.is_empty()) {
            (false, true) => of_facets_page(2),
            (_, _) => walked_page(&people, &facets),
        };
        let statement = format!("EXPLAIN QUERY PLAN {}", rows_statement(&page));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(statement)).fetch_all(&store.reading).await.expect("a plan");
        steps.into_iter().map(|(_, _, _, step)| step).collect()
    }

    #[tokio::test]
    async fn no_list_reads_more_than_its_index_offers() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/cases.db", folder.path().display());
        let store = Store::open(&url).await.expect("a store");
        let desk = Filter { desk: Some("japan".into()), ..Filter::default() };
        let caller = Filter { caller: Number::parse("0312345678"), ..Filter::default() };
        let agent = Filter { agent: Some("sato".into()), ..Filter::default() };
        let wanted = [
            (Filter::default(), "USING COVERING INDEX listed_by_time (opened_at>? AND opened_at<?)"),
            (desk.clone(), "USING COVERING INDEX listed_by_facet (facet=? AND opened_at>? AND opened_at<?)"),
            (caller, "USING COVERING INDEX listed_by_caller (caller=? AND opened_at>? AND opened_at<?)"),
            (agent.clone(), "USING COVERING INDEX listed_by_agent (agent=? AND opened_at>? AND opened_at<?)"),
            (
                Filter { agent: agent.agent, ..desk },
                "USING COVERING INDEX listed_by_agent (agent=? AND opened_at>? AND opened_at<?)",
            ),
        ];
        for (filter, index) in wanted {
            let plan = plan(&store, &filter).await;
            let found = ["SEARCH", "SCAN listed", "SCAN cases"];
            let reads: Vec<&String> =
                plan.iter().filter(|step| found.iter().any(|word| step.starts_with(word))).collect();
            let by_number = "SEARCH cases USING INTEGER PRIMARY KEY (rowid=?)";
            assert!(reads.iter().any(|step| step.ends_with(index)), "{filter:?}: {plan:#?}");
            let others = reads.iter().filter(|step| !step.ends_with(index) && **step != by_number);
            assert_eq!(others.count(), 0, "{filter:?}: {plan:#?}");
        }
    }
}
