//! `madoguchi calls`: the calls that are over, as tables or JSON.

use super::output::{Format, columns, json};
use crate::base::{Number, UnixTime};
use crate::dialplan::trail::{Key, Trail};
use crate::store::json::rfc3339;
use crate::store::trail_row::TrailRow;
use crate::store::{CallFilter, CallPlace, CallRecord, Store, StoreError};
use crate::web::Call;
use serde::Serialize;
use std::time::Duration;

/// Why a call is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// No such call.
    #[error("there is no call {id} in the store: a call is kept there when it is over")]
    None {
        /// What was asked for.
        id: String,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of calls, newest first. Text has one line a call, and says where it goes on.
///
/// # Errors
/// There is no call to begin with, or the store does not answer.
pub async fn list(
    store: &Store,
    filter: &CallFilter,
    limit: u32,
    from: Option<&str>,
    format: Format,
) -> Result<String, ShowError> {
    let (calls, next) = page(store, filter, limit, from).await?;
    Ok(match format {
        Format::Text => list_text(&calls, next.as_deref()),
        Format::Json => json(&PageJson { calls: calls.iter().map(Call::of).collect(), next }),
    })
}

/// One call with its way through the dialplan.
///
/// # Errors
/// There is no such call, or the store does not answer.
pub async fn show(store: &Store, id: &str, format: Format) -> Result<String, ShowError> {
    let call = call(store, id).await?;
    Ok(match format {
        Format::Text => call_text(&call),
        Format::Json => {
            json(&ShownJson { call: Call::of(&call), trail: call.trail.as_ref().map(TrailRow::of) })
        }
    })
}

async fn call(store: &Store, id: &str) -> Result<CallRecord, ShowError> {
    // PostgreSQL takes no text with a NUL, and no call has a name with one.
    let found = if id.contains('\0') { None } else { store.call(id).await? };
    found.ok_or_else(|| ShowError::None { id: id.to_string() })
}

/// From a call on, and the call that the next page begins with.
async fn page(
    store: &Store,
    filter: &CallFilter,
    limit: u32,
    from: Option<&str>,
) -> Result<(Vec<CallRecord>, Option<String>), ShowError> {
    let limit = usize::try_from(limit.clamp(1, 500)).unwrap_or(1);
    let mut calls = Vec::new();
    let mut before = None;
    if let Some(id) = from {
        let first = call(store, id).await?;
        before = Some(CallPlace::of(&first));
        calls = filter.page_of(&[first], 1, None).0;
    }
    while calls.len() <= limit {
        let wanted = u32::try_from(limit + 1 - calls.len()).unwrap_or(1);
        let (more, next) = store.list_calls(filter, wanted, before).await?;
        calls.extend(more);
        before = next;
        if before.is_none() {
            break;
        }
    }
    let next = calls.get(limit).map(|call| call.id.clone());
    calls.truncate(limit);
    Ok((calls, next))
}

#[derive(Serialize)]
struct PageJson {
    calls: Vec<Call>,
    next: Option<String>,
}

#[derive(Serialize)]
struct ShownJson {
    #[serde(flatten)]
    call: Call,
    trail: Option<TrailRow>,
}

fn list_text(calls: &[CallRecord], next: Option<&str>) -> String {
    let head = ["STARTED", "CALL", "CASE", "FROM", "TO", "PLAN", "ENDED"].map(str::to_string);
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(calls.iter().map(list_row)).collect();
    match (calls.is_empty(), next) {
        (true, _) => "no calls\n".to_string(),
        (false, None) => columns(&rows),
        (false, Some(next)) => format!("{}more from {next} on\n", columns(&rows)),
    }
}

fn list_row(call: &CallRecord) -> [String; 7] {
    [
        rfc3339(call.started_at),
        call.id.clone(),
        known(call.case),
        known(call.from.as_ref().map(Number::national)),
        known(call.to.as_ref().map(Number::national)),
        known(call.plan.as_deref()),
        known(call.cause),
    ]
}

fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_string(), |value| value.to_string())
}

fn call_text(call: &CallRecord) -> String {
    let moment = |at: Option<UnixTime>| known(at.map(rfc3339));
    let plan = call.plan.as_ref().map(|plan| format!("{plan}@{}", known(call.plan_hash.as_deref())));
    let fields = [
        ["call_id", &call.call_id],
        ["case", &known(call.case)],
        ["from", &known(call.from.as_ref().map(Number::national))],
        ["to", &known(call.to.as_ref().map(Number::national))],
        ["started_at", &rfc3339(call.started_at)],
        ["answered_at", &moment(call.answered_at)],
        ["ended_at", &moment(call.ended_at)],
        ["cause", &known(call.cause)],
        ["plan", &known(plan)],
        ["digits", &call.digits.to_string()],
    ];
    let fields = fields.map(|field| field.map(str::to_string));
    let legs: Vec<[String; 4]> = call.legs.iter().map(leg_row).collect();
    let trail = call.trail.as_ref().map(trail_text).unwrap_or_default();
    format!("call {}\n{}{}{trail}", call.id, columns(&fields), under("legs", &legs))
}

/// Rows under a line that says what they are; nothing where there is none.
fn under<const N: usize>(what: &str, rows: &[[String; N]]) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{what}\n{}", columns(rows)) }
}

fn leg_row(leg: &crate::store::LegRecord) -> [String; 4] {
    let moment = |at: Option<UnixTime>| known(at.map(rfc3339));
    let (answered, status) = (moment(leg.answered_at), known(leg.status));
    [rfc3339(leg.started_at), leg.target.clone(), format!("answered {answered}"), format!("status {status}")]
}

/// Steps, keys and arrivals in their order, by seconds from the plan's first step.
fn trail_text(trail: &Trail) -> String {
    let step = |step: &crate::dialplan::trail::Entered| {
        let why = step.why.as_deref().map(|why| format!(" after {why}")).unwrap_or_default();
        (step.at, format!("step {}{why}", step.step))
    };
    let steps = trail.path.kept().iter().map(step);
    let keys = trail.presses.kept().iter().map(|press| (press.at, format!("key {}", key(press.key))));
    let met = trail.met.kept().iter().map(|met| (met.at, format!("{} {}", met.whom, met.what.name())));
    let arrival = |came: &crate::dialplan::trail::Arrival| {
        let interpreter = if came.interpreter { ", interpreter" } else { "" };
        (
            came.at,
            format!(
                "=> {}, {}{interpreter}",
                super::simulate::place_words(&came.outcome),
                came.language.tag()
            ),
        )
    };
    let arrivals = trail.arrivals.kept().iter().map(arrival);
    let mut lines: Vec<(Duration, String)> = keys.chain(steps).chain(met).chain(arrivals).collect();
    lines.sort_by_key(|(at, _)| *at);
    let rows: Vec<[String; 2]> =
        lines.into_iter().map(|(at, what)| [format!("{:.1} s", at.as_secs_f64()), what]).collect();
    under("way through the plan", &rows)
}

fn key(key: Key) -> String {
    match key {
        Key::Shown(digit) => digit.to_string(),
        Key::Hidden | Key::HiddenSign => "hidden".to_string(),
    }
}
