//! What can be written, and the statements that write a batch of it.

use super::plan_version::{self, PlanVersionRow};
use super::rows::{CallRow, CaseRow, EntryRow};
use super::{CallRecord, Happening, PlanVersion, Store, StoreError};
use crate::case::{Case, CaseNumber};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::BTreeMap;

/// One write: a whole state, so that writing it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A case as it is now, with its timeline so far.
    SaveCase(Box<Case>),
    /// The record of a call as it is now.
    SaveCall(Box<CallRecord>),
    /// A version of a dialplan.
    KeepPlan(PlanVersion),
}

/// A call's case grows by entries: a state whose last entry is there has landed before, as one of a spool that is replayed,
/// and is left alone. What people have amended stays as they left it, and has to be looked at again: the call knows nothing
/// of it.
const CASES: &str = "
    INSERT INTO cases (number, opened_at, channel, stage, look_at, fields)
    SELECT CAST(value ->> 'number' AS BIGINT), CAST(value ->> 'opened_at' AS BIGINT), value ->> 'channel',
        value ->> 'stage', CAST(value ->> 'look_at' AS BIGINT), value -> 'fields'
    FROM EACH($1) WHERE NOT EXISTS (
        SELECT 1 FROM timeline WHERE case_number = CAST(value ->> 'number' AS BIGINT)
        AND position = CAST(value ->> 'last' AS BIGINT))
    ON CONFLICT (number) DO UPDATE SET
        version = cases.version + 1,
        stage = coalesce(cases.amended_stage, excluded.stage),
        fields = CASE WHEN cases.amended IS NULL THEN excluded.fields ELSE AMENDED_FIELDS END,
        look_at = CASE WHEN cases.amended IS NULL THEN excluded.look_at ELSE 0 END";

/// The facets that these cases have. In order, so that no two engines wait for each other.
const FACETS: &str = "
    INSERT INTO facets (facet, stage, desk, severity, option, product, queue)
    SELECT DISTINCT facet, stage, desk, severity, option, product, queue FROM cases
    WHERE number IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1))
    ORDER BY facet ON CONFLICT (facet) DO NOTHING";

/// What lists say of these cases.
const LISTED: &str = "
    INSERT INTO listed (number, opened_at, facet, agent, caller)
    SELECT number, opened_at, facet, agent, caller FROM cases
    WHERE number IN (SELECT CAST(value AS BIGINT) FROM NUMBERS($1))
    ON CONFLICT (number) DO UPDATE SET facet = excluded.facet, agent = excluded.agent, caller = excluded.caller
    WHERE (listed.facet, coalesce(listed.agent, ''), coalesce(listed.caller, ''))
        <> (excluded.facet, coalesce(excluded.agent, ''), coalesce(excluded.caller, ''))";

/// A timeline only grows: what is there already stays as it is.
pub(super) const TIMELINE: &str = "
    INSERT INTO timeline (case_number, position, at, by, event)
    SELECT CAST(value ->> 'case_number' AS BIGINT), CAST(value ->> 'position' AS BIGINT),
        CAST(value ->> 'at' AS BIGINT), value ->> 'by', CAST(value -> 'event' AS TEXT)
    FROM EACH($1) WHERE true
    ON CONFLICT (case_number, position) DO NOTHING";

const CALLS: &str = "
    INSERT INTO calls (id, started_at, case_number, record)
    SELECT value ->> 'id', CAST(value ->> 'started_at' AS BIGINT), CAST(value ->> 'case_number' AS BIGINT),
        CAST(value AS TEXT)
    FROM EACH($1) WHERE true
    ON CONFLICT (id) DO UPDATE SET case_number = excluded.case_number, record = excluded.record";

/// A batch of writes as the rows of each table, in JSON: of several states of one case or call only the last, since
/// the others could not be seen anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rows {
    cases: String,
    timeline: String,
    calls: String,
    plans: String,
}

impl Rows {
    pub(super) fn of(batch: &[Write]) -> Rows {
        let Latest { cases, calls, plans } = latest(batch);
        Rows {
            cases: json(cases.values().map(|case| CaseRow::of(case))),
            timeline: json(cases.values().flat_map(|case| EntryRow::all_of(case))),
            calls: json(calls.values().map(|call| CallRow::of(call))),
            plans: json(plans.into_iter().map(PlanVersionRow::of)),
        }
    }

    /// The numbers of the cases, as a JSON array.
    fn numbers(&self) -> Result<String, StoreError> {
        #[derive(Deserialize)]
        struct Numbered {
            number: i64,
        }
        let cases: Vec<Numbered> = read(&self.cases)?;
        Ok(array(cases.iter().map(|case| case.number)))
    }

    fn call_ids(&self) -> Result<Vec<String>, StoreError> {
        #[derive(Deserialize)]
        struct Named {
            id: String,
        }
        let calls: Vec<Named> = read(&self.calls)?;
        Ok(calls.into_iter().map(|call| call.id).collect())
    }
}

impl Store {
    /// Writes rows in one transaction, each table in one statement.
    pub(super) async fn apply_rows(&self, rows: &Rows) -> Result<(), StoreError> {
        let mut transaction = self.writing.begin().await?;
        let mut happenings = Vec::new();
        if !rows.cases.is_empty() {
            self.write_rows(CASES, &rows.cases, &mut transaction).await?;
            self.list_anew(&rows.numbers()?, &mut transaction).await?;
            happenings = self.write_entries(&rows.timeline, &mut transaction).await?;
        }
        if !rows.calls.is_empty() {
            self.write_rows(CALLS, &rows.calls, &mut transaction).await?;
            happenings.extend(rows.call_ids()?.into_iter().map(Happening::Call));
        }
        if !rows.plans.is_empty() {
            self.write_rows(plan_version::STATEMENT, &rows.plans, &mut transaction).await?;
        }
        transaction.commit().await.map_err(StoreError::InDoubt)?;
        self.tell_followers(happenings);
        Ok(())
    }

    /// Has lists say what is so of cases now, whose numbers are a JSON array.
    pub(super) async fn list_anew(
        &self,
        numbers: &str,
        connection: &mut AnyConnection,
    ) -> Result<(), StoreError> {
        for statement in [FACETS, LISTED] {
            self.write_rows(statement, numbers, connection).await?;
        }
        Ok(())
    }

    /// Runs a statement over rows in JSON.
    pub(super) async fn write_rows(
        &self,
        statement: &str,
        rows: &str,
        connection: &mut AnyConnection,
    ) -> Result<(), StoreError> {
        let statement = AssertSqlSafe(self.place.statement(statement));
        sqlx::query(statement).bind(rows.to_string()).execute(connection).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Latest<'a> {
    cases: BTreeMap<CaseNumber, &'a Case>,
    calls: BTreeMap<&'a str, &'a CallRecord>,
    plans: Vec<&'a PlanVersion>,
}

fn latest(batch: &[Write]) -> Latest<'_> {
    let mut latest = Latest::default();
    for write in batch {
        match write {
            Write::SaveCase(case) => drop(latest.cases.insert(case.number(), case)),
            Write::SaveCall(call) => drop(latest.calls.insert(call.id.as_str(), call)),
            Write::KeepPlan(version) => latest.plans.push(version),
        }
    }
    latest
}

/// Rows as a JSON array; empty for none, which are not written at all.
pub(super) fn json<R: Serialize>(rows: impl Iterator<Item = R>) -> String {
    let mut rows = rows.peekable();
    if rows.peek().is_none() { String::new() } else { array(rows) }
}

/// Rows as a JSON array. NUL, which PostgreSQL cannot keep, becomes the replacement character.
pub(super) fn array<R: Serialize>(rows: impl IntoIterator<Item = R>) -> String {
    let rows: Vec<R> = rows.into_iter().collect();
    without_nul(serde_json::to_string(&rows).expect("rows have names for keys and plain values"))
}

/// What every row in JSON says of itself.
pub(super) fn read<R: DeserializeOwned>(rows: &str) -> Result<Vec<R>, StoreError> {
    serde_json::from_str(rows)
        .map_err(|error| StoreError::corrupt(format!("rows that are to be written: {error}")))
}

fn without_nul(json: String) -> String {
    const NUL: &str = "\\u0000";
    let mut from = 0;
    let mut clean = String::new();
    for (at, _) in json.match_indices(NUL) {
        // After an odd number of backslashes it is a backslash that was escaped, and five characters.
        let slashes = json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 {
            clean.push_str(&json[from..at]);
            clean.push_str("\\ufffd");
            from = at + NUL.len();
        }
    }
    if from == 0 {
        return json;
    }
    clean + &json[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_and_a_written_backslash_is_not() {
        let clean = |text: &str| {
            let json = json([text].into_iter());
            serde_json::from_str::<Vec<String>>(&json).expect("JSON").remove(0)
        };
        for text in ["plain", "\\u0000", "\\\\u0000", "back\\"] {
            assert_eq!(clean(text), text);
        }
        assert_eq!(clean("a\0b\0"), "a\u{fffd}b\u{fffd}");
        assert_eq!(clean("\\\0"), "\\\u{fffd}");
    }
}
