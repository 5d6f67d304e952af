//! Queues: who waits, since when, and whom they ring.

use super::{Api, openapi};
use crate::base::{Language, UnixTime};
use crate::net::QueueBoard;
use crate::node::floor::{CallerView, QueueView, SeatView};
use crate::store::json::rfc3339;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The queues of this engine.
#[derive(Serialize, ToSchema)]
pub(super) struct QueueList {
    queues: Vec<Queue>,
}

/// A queue. What is unknown is null.
#[derive(Serialize, ToSchema)]
pub(super) struct Queue {
    name: String,
    desk: String,
    /// Whether its desk is open.
    open: bool,
    /// When its desk opens next; null while it is open.
    #[schema(format = DateTime)]
    opens_at: Option<String>,
    /// When its desk closes; null while it is closed, or where it never closes.
    #[schema(format = DateTime)]
    closes_at: Option<String>,
    /// How many wait, those included for whom a seat rings.
    waiting: usize,
    /// How long the one who came first waits.
    longest_wait_seconds: Option<i64>,
    /// How long one more would wait, rounded up, once talks have ended.
    expected_wait_minutes: Option<u32>,
    /// Who waits, the next first.
    callers: Vec<Caller>,
    seats: Vec<Seat>,
}

/// Somebody who waits.
#[derive(Serialize, ToSchema)]
struct Caller {
    /// The engine's name for the call.
    call: String,
    case: Option<String>,
    /// Their number, where they let it be seen.
    caller: Option<String>,
    /// `ja` or `en`.
    language: Option<&'static str>,
    /// 1: the next.
    place: usize,
    #[schema(format = DateTime)]
    waiting_since: String,
    /// The seat that rings for them.
    ringing: Option<String>,
}

/// A place to ring.
#[derive(Serialize, ToSchema)]
struct Seat {
    target: String,
    /// How many calls it takes at once.
    calls_at_once: u32,
    /// How many it has, those that ring included.
    calls: u32,
    /// Until when it is offered nobody, because it did not take a call.
    #[schema(format = DateTime)]
    rests_until: Option<String>,
    /// Whether it is offered nobody because its agent is not available.
    away: bool,
}

/// The queues of this engine, as they stand now.
#[utoipa::path(
    get, path = "/api/v1/queues", tag = "floor",
    responses(
        (status = 200, description = "every queue", body = QueueList),
        (status = 503, description = "the engine does not say", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_queues(State(api): State<Arc<Api>>) -> Result<Json<QueueList>, Problem> {
    let (board, now) = (api.board().await?, api.now());
    Ok(Json(QueueList { queues: board.iter().map(|queue| Queue::of(queue, now)).collect() }))
}

impl Api {
    /// How the queues stand now.
    pub(super) async fn board(&self) -> Result<QueueBoard, Problem> {
        self.floor.look().await.ok_or_else(|| {
            Problem::new(503, "busy", "The engine does not say how queues stand", "try again").retry_after(2)
        })
    }
}

impl Queue {
    pub(super) fn of(view: &QueueView, now: UnixTime) -> Queue {
        let seat = |at: usize| view.seats.get(at).map(|seat| seat.target.clone());
        let until = view.until.map(rfc3339);
        let (opens_at, closes_at) = if view.is_open { (None, until) } else { (until, None) };
        let first = view.waiting.iter().map(|waits| waits.since).min();
        Queue {
            name: view.name.to_string(),
            desk: view.desk.to_string(),
            open: view.is_open,
            opens_at,
            closes_at,
            waiting: view.waiting.len(),
            longest_wait_seconds: first.map(|since| (now.as_millis() - since.as_millis()).max(0) / 1_000),
            expected_wait_minutes: view.wait_minutes,
            callers: (1..)
                .zip(&view.waiting)
                .map(|(place, waits)| Caller::of(place, waits, waits.ringing.and_then(seat)))
                .collect(),
            seats: view.seats.iter().map(Seat::of).collect(),
        }
    }
}

impl Caller {
    fn of(place: usize, waits: &CallerView, ringing: Option<String>) -> Caller {
        Caller {
            call: waits.call_id.clone(),
            case: waits.case.clone(),
            caller: waits.caller.as_ref().map(ToString::to_string),
            language: waits.language.map(Language::tag),
            place,
            waiting_since: rfc3339(waits.since),
            ringing,
        }
    }
}

impl Seat {
    fn of(seat: &SeatView) -> Seat {
        Seat {
            target: seat.target.clone(),
            calls_at_once: seat.calls_at_once,
            calls: seat.calls,
            rests_until: seat.rests_until.map(rfc3339),
            away: seat.is_away,
        }
    }
}
