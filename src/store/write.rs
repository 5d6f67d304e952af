//! What can be written, and the statements that write a batch of it.

use super::plan_version::{self, PlanVersionRow};
use super::rows::{CallRow, CaseRow, EntryRow};
use super::{CallRecord, PlanVersion, StoreError};
use crate::case::{Case, CaseNumber};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use std::collections::BTreeMap;

/// One write: a whole state, so that writing it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A case as it is now, with its timeline so far.
    SaveCase(Case),
    /// The record of a call as it is now.
    SaveCall(CallRecord),
    /// A version of a dialplan.
    KeepPlan(PlanVersion),
}

const CASES: &str = "
    INSERT INTO cases (number, opened_at, channel, stage, fields)
    SELECT value ->> 'number', value ->> 'opened_at', value ->> 'channel', value ->> 'stage', value -> 'fields'
    FROM json_each(?1) WHERE true
    ON CONFLICT (number) DO UPDATE SET stage = excluded.stage, fields = excluded.fields";

/// A timeline only grows: what is there already stays as it is.
const TIMELINE: &str = "
    INSERT INTO timeline (case_number, position, at, by, event)
    SELECT value ->> 'case_number', value ->> 'position', value ->> 'at', value ->> 'by', value -> 'event'
    FROM json_each(?1) WHERE true
    ON CONFLICT (case_number, position) DO NOTHING";

const CALLS: &str = "
    INSERT INTO calls (id, started_at, case_number, record)
    SELECT value ->> 'id', value ->> 'started_at', value ->> 'case_number', value
    FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO UPDATE SET case_number = excluded.case_number, record = excluded.record";

/// Writes a batch in one transaction, each table in one statement: of several states of one case
/// or call only the last is written, since the others could not be seen anyway.
pub(super) async fn apply(pool: &SqlitePool, batch: &[Write]) -> Result<(), StoreError> {
    let Latest { cases, calls, plans } = latest(batch);
    let mut transaction = pool.begin().await?;
    write_all(&mut transaction, CASES, cases.values().map(|case| CaseRow::of(case))).await?;
    write_all(&mut transaction, TIMELINE, cases.values().flat_map(|case| EntryRow::all_of(case))).await?;
    write_all(&mut transaction, CALLS, calls.values().map(|call| CallRow::of(call))).await?;
    write_all(&mut transaction, plan_version::STATEMENT, plans.into_iter().map(PlanVersionRow::of)).await?;
    transaction.commit().await?;
    Ok(())
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

async fn write_all<R: Serialize>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: impl Iterator<Item = R>,
) -> Result<(), StoreError> {
    let rows: Vec<R> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(&rows).map_err(|e| StoreError::corrupt(e.to_string()))?;
    sqlx::query(statement).bind(rows).execute(connection).await?;
    Ok(())
}
