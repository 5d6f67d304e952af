//! What a call looked like on the wire: its SIP messages, and between them what its dialplan did.

use super::page::bad_query;
use super::sent::{Asked, Placed};
use super::{Api, openapi};
use crate::base::{Instant, UnixTime};
use crate::dialplan::trail::{Key, Trail};
use crate::sim::ladder::{self, Rung};
use crate::store::CallRecord;
use crate::store::json::rfc3339;
use crate::web::ladders::Message;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The version of a ladder's shape: what is there stays, names may join it.
const SCHEMA: u32 = 1;
/// How the engine is called.
const ENGINE: &str = "engine";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct As {
    /// `json`, or `text`: one line each, in columns.
    #[param(default = "json")]
    format: Option<String>,
}

/// A call's ladder.
#[derive(Serialize, ToSchema)]
pub(super) struct Ladder {
    /// The version of this shape.
    schema: u32,
    call: String,
    /// Whether its SIP messages are here: an engine keeps those of its newest calls, until it ends.
    has_messages: bool,
    /// Messages and what the dialplan did, oldest first.
    rungs: Vec<Line>,
}

/// A message, or something the engine did.
#[derive(Serialize, ToSchema)]
struct Line {
    #[schema(format = DateTime)]
    at: String,
    /// `engine`, or a peer's address.
    from: String,
    /// Null: nobody, the engine does it.
    to: Option<String>,
    /// `INVITE 0120339836`, `200 INVITE`, `step language`, `key 2`; a key of a secret is `hidden`.
    what: String,
    /// Codecs of a message; why a step came.
    note: Option<String>,
}

/// A rung of a call of the past: when by the wall clock.
struct Past {
    at: UnixTime,
    from: String,
    to: Option<String>,
    what: String,
    note: Option<String>,
}

/// What a call looked like on the wire.
///
/// An engine keeps the SIP messages of its newest calls; of older ones, and of other engines' calls, there is what the
/// dialplan did.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/ladder", tag = "calls",
    params(("id" = String, Path, description = "the engine's name for the call"), As),
    responses(
        (status = 200, description = "the ladder", content((Ladder = "application/json"), (String = "text/plain"))),
        (status = 404, description = "there is no such call", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_ladder(
    State(api): State<Arc<Api>>,
    Placed(id): Placed,
    Asked(wanted): Asked<As>,
) -> Result<Response, Problem> {
    let is_text = match wanted.format.as_deref() {
        None | Some("json") => false,
        Some("text") => true,
        Some(_) => return Err(bad_query("format", "json or text")),
    };
    let call = api.call(&id).await?;
    let messages = api.ladders.of(&call.call_id, call.case);
    let has_messages = !messages.is_empty();
    let mut rungs: Vec<Past> = messages.into_iter().map(Past::message).chain(acts(&call)).collect();
    rungs.sort_by_key(|rung| rung.at);
    if is_text {
        return Ok(ladder::draw(&drawn(&rungs)).into_response());
    }
    let rungs = rungs.into_iter().map(Line::of).collect();
    Ok(Json(Ladder { schema: SCHEMA, call: call.id, has_messages, rungs }).into_response())
}

/// What the record says that messages do not.
fn acts(call: &CallRecord) -> Vec<Past> {
    let mut acts = Vec::new();
    if let (Some(began), Some(trail)) = (call.plan_began_at, &call.trail) {
        acts.extend(walked(began, trail));
    }
    if let (Some(at), Some(cause)) = (call.ended_at, call.cause) {
        acts.push(Past::act(at, format!("end {cause}"), None));
    }
    acts
}

fn walked(began: UnixTime, trail: &Trail) -> impl Iterator<Item = Past> {
    let key = |key| match key {
        Key::Shown(digit) => format!("key {}", digit.as_char()),
        Key::Hidden | Key::HiddenSign => "key hidden".to_string(),
    };
    let presses =
        trail.presses.kept().iter().map(move |press| Past::act(began + press.at, key(press.key), None));
    let steps = trail.path.kept().iter();
    let steps =
        steps.map(move |step| Past::act(began + step.at, format!("step {}", step.step), step.why.clone()));
    let met = trail.met.kept().iter();
    let met =
        met.map(move |met| Past::act(began + met.at, format!("{} {}", met.whom, met.what.name()), None));
    presses.chain(steps).chain(met)
}

/// As lines are drawn: seconds from the first.
fn drawn(rungs: &[Past]) -> Vec<Rung> {
    let first = rungs.first().map(|rung| rung.at.as_millis()).unwrap_or_default();
    let drawn = |rung: &Past| Rung {
        at: Instant::from_millis(u64::try_from(rung.at.as_millis() - first).unwrap_or_default()),
        from: rung.from.clone(),
        to: rung.to.clone(),
        what: rung.what.clone(),
        note: rung.note.clone().unwrap_or_default(),
    };
    rungs.iter().map(drawn).collect()
}

impl Past {
    fn act(at: UnixTime, what: String, note: Option<String>) -> Past {
        Past { at, from: ENGINE.to_string(), to: None, what, note }
    }

    fn message(message: Message) -> Past {
        let Message { at, is_sent, peer, what, audio } = message;
        let (engine, peer) = (ENGINE.to_string(), peer.to_string());
        let (from, to) = if is_sent { (engine, peer) } else { (peer, engine) };
        Past { at, from, to: Some(to), what, note: Some(audio).filter(|audio| !audio.is_empty()) }
    }
}

impl Line {
    fn of(rung: Past) -> Line {
        let Past { at, from, to, what, note } = rung;
        Line { at: rfc3339(at), from, to, what, note }
    }
}
