//! Calls now and past: their records, what they did in their dialplan, and what their callers left.

use super::page::{bad_query, cursor, limit, linked, moment, no_format, place};
use super::sent::{Asked, Placed};
use super::{Api, openapi};
use crate::base::{EndCause, UnixTime};
use crate::case::CaseNumber;
use crate::store::json::rfc3339;
use crate::store::trail_row::TrailRow;
use crate::store::{AudioRecord, CallFilter, CallPlace, CallRecord, LegRecord};
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The version of a record's shape: what is there stays, names may join it.
const SCHEMA: u32 = 1;

/// Which calls.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Those of this case.
    case: Option<String>,
    /// That began then or later.
    #[param(format = DateTime)]
    from: Option<String>,
    /// That began before.
    #[param(format = DateTime)]
    to: Option<String>,
    /// True: those that this engine has now. False: those that are over, of every engine.
    #[param(default = false)]
    pub(super) now: Option<bool>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Of an export alone: `csv` or `json`.
    #[param(ignore)]
    pub(super) format: Option<String>,
}

/// A page of calls, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct CallPage {
    calls: Vec<Call>,
    /// `cursor` of the next page; null on the last.
    next: Option<String>,
}

/// The record of a call. What is unknown is null.
#[derive(Serialize, ToSchema)]
pub struct Call {
    /// The version of this shape.
    schema: u32,
    /// The engine's name for the call.
    id: String,
    /// The `Call-ID` of the caller's leg.
    call_id: String,
    case: Option<String>,
    from: Option<String>,
    /// `allowed`, `withheld` or `unavailable`.
    caller_presentation: Option<&'static str>,
    to: Option<String>,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    answered_at: Option<String>,
    #[schema(format = DateTime)]
    plan_began_at: Option<String>,
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// Why it ended.
    cause: Option<&'static str>,
    /// The cause as a sentence.
    cause_text: Option<&'static str>,
    /// The SIP status and the Q.850 cause that stand for it.
    sip_status: Option<u16>,
    q850: Option<u8>,
    plan: Option<String>,
    plan_hash: Option<String>,
    /// How many keys were pressed.
    digits: u32,
    /// The legs towards desks, in the order they were tried.
    legs: Vec<Leg>,
    audio: Vec<Audio>,
}

/// A leg towards a desk.
#[derive(Serialize, ToSchema)]
struct Leg {
    /// Whom: a SIP URI.
    target: String,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    answered_at: Option<String>,
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// The last SIP status that came.
    status: Option<u16>,
}

/// How one party's audio was.
#[derive(Serialize, ToSchema)]
struct Audio {
    /// The URI that answered; null: the caller.
    target: Option<String>,
    codec: String,
    packets_sent: u64,
    packets_received: u64,
    packets_lost: u64,
    packets_lost_there: Option<u64>,
    jitter_us: u64,
    round_trip_us: Option<u64>,
    /// One to four and a half (ITU-T G.107).
    mos: Option<f64>,
}

/// What a call did in its dialplan. Keys that belong to a secret are hidden.
#[derive(Serialize, ToSchema)]
pub(super) struct Journal {
    /// The version of this shape.
    schema: u32,
    call: String,
    /// Steps, keys, who was met, where it came; null of a call that came to no plan. Moments are milliseconds from the
    /// plan's first step.
    #[schema(value_type = Option<Object>)]
    trail: Option<TrailRow>,
}

/// Calls, newest first.
#[utoipa::path(
    get, path = "/api/v1/calls", tag = "calls", params(Wanted),
    responses((status = 200, description = "a page of calls; `Link` leads to the next", body = CallPage))
)]
pub(super) async fn list_calls(
    State(api): State<Arc<Api>>,
    uri: Uri,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    no_format(wanted.format.as_deref(), "/api/v1/calls/export")?;
    let from = place(wanted.cursor.as_deref(), CallPlace::parse)?;
    let (limit, filter) = (limit(wanted.limit)?, wanted.filter()?);
    let (calls, next) = match wanted.now {
        Some(true) => filter.page_of(&api.calls_now().await?, limit, from),
        Some(false) | None => api.store.list_calls(&filter, limit, from).await?,
    };
    let next = next.map(|place| cursor(&place.to_string()));
    let page = CallPage { calls: calls.iter().map(Call::of).collect(), next: next.clone() };
    Ok(linked(Json(page), &uri, next.as_deref()))
}

/// The record of a call: of one that goes on at this engine, as far as it has come.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}", tag = "calls",
    params(("id" = String, Path, description = "the engine's name for the call")),
    responses(
        (status = 200, description = "the record", body = Call),
        (status = 404, description = "there is no such call", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_call(
    State(api): State<Arc<Api>>,
    Placed(id): Placed,
) -> Result<Json<Call>, Problem> {
    Ok(Json(Call::of(&api.call(&id).await?)))
}

/// What a call did in its dialplan.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/journal", tag = "calls",
    params(("id" = String, Path, description = "the engine's name for the call")),
    responses(
        (status = 200, description = "steps, keys and arrivals", body = Journal),
        (status = 404, description = "there is no such call", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_journal(
    State(api): State<Arc<Api>>,
    Placed(id): Placed,
) -> Result<Json<Journal>, Problem> {
    let call = api.call(&id).await?;
    Ok(Json(Journal { schema: SCHEMA, trail: call.trail.as_ref().map(TrailRow::of), call: call.id }))
}

impl Api {
    /// A call, as the store has it or, where it is not over, as far as it has come at this engine.
    pub(super) async fn call(&self, id: &str) -> Result<CallRecord, Problem> {
        // No call has a name with it, and PostgreSQL takes no text with it.
        let found = if id.contains('\0') { None } else { self.store.call(id).await? };
        if let Some(found) = found {
            return Ok(found);
        }
        let now = self.calls_now().await?;
        let found = now.iter().find(|call| call.id == id).cloned();
        found.ok_or_else(|| {
            Problem::new(404, "no-call", "No such call", "this id is of no call of this store or this engine")
        })
    }

    async fn calls_now(&self) -> Result<Arc<Vec<CallRecord>>, Problem> {
        self.floor.look_at_calls().await.ok_or_else(|| {
            Problem::new(503, "busy", "The engine does not say which calls it has", "try again")
                .retry_after(2)
        })
    }
}

impl Wanted {
    /// The filter that is meant.
    pub(super) fn filter(&self) -> Result<CallFilter, Problem> {
        let case = |text: &str| CaseNumber::parse(text).map_err(|why| bad_query("case", why));
        Ok(CallFilter {
            case: self.case.as_deref().map(case).transpose()?,
            from: moment("from", self.from.as_deref())?,
            to: moment("to", self.to.as_deref())?,
        })
    }
}

impl Call {
    /// Names of the columns of a table of calls, which have the members of the same names.
    pub(super) const COLUMNS: &'static [&'static str] = &[
        "schema",
        "id",
        "call_id",
        "case",
        "from",
        "caller_presentation",
        "to",
        "started_at",
        "answered_at",
        "plan_began_at",
        "ended_at",
        "cause",
        "cause_text",
        "sip_status",
        "q850",
        "plan",
        "plan_hash",
        "digits",
    ];

    /// The mirror of a record.
    pub fn of(call: &CallRecord) -> Call {
        let moment = |at: Option<UnixTime>| at.map(rfc3339);
        Call {
            schema: SCHEMA,
            id: call.id.clone(),
            call_id: call.call_id.clone(),
            case: call.case.map(|number| number.to_string()),
            from: call.from.as_ref().map(ToString::to_string),
            caller_presentation: call.presentation.map(|presentation| presentation.name()),
            to: call.to.as_ref().map(ToString::to_string),
            started_at: rfc3339(call.started_at),
            answered_at: moment(call.answered_at),
            plan_began_at: moment(call.plan_began_at),
            ended_at: moment(call.ended_at),
            cause: call.cause.map(EndCause::name),
            cause_text: call.cause.map(EndCause::text),
            sip_status: call.cause.map(EndCause::sip_status),
            q850: call.cause.map(EndCause::q850),
            plan: call.plan.clone(),
            plan_hash: call.plan_hash.clone(),
            digits: call.digits,
            legs: call.legs.iter().map(Leg::of).collect(),
            audio: call.audio.iter().map(Audio::of).collect(),
        }
    }
}

impl Leg {
    fn of(leg: &LegRecord) -> Leg {
        Leg {
            target: leg.target.clone(),
            started_at: rfc3339(leg.started_at),
            answered_at: leg.answered_at.map(rfc3339),
            ended_at: leg.ended_at.map(rfc3339),
            status: leg.status,
        }
    }
}

impl Audio {
    fn of(audio: &AudioRecord) -> Audio {
        let quality = &audio.quality;
        let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Audio {
            target: audio.target.clone(),
            codec: quality.codec.clone(),
            packets_sent: quality.sent,
            packets_received: quality.received,
            packets_lost: quality.lost,
            packets_lost_there: quality.lost_there,
            jitter_us: micros(quality.jitter),
            round_trip_us: quality.round_trip.map(micros),
            mos: quality.mos.map(|hundredths| f64::from(hundredths) / 100.0),
        }
    }
}
