//! Agents: who sits where, what they do, and whether they are offered calls.

use super::guard::{Proof, Subject, Visitor};
use super::sent::{Placed, Sent};
use super::{Api, openapi};
use crate::net::QueueBoard;
use crate::node::floor::QueueView;
use crate::store::{Presence, StoreError};
use crate::web::access::Role;
use crate::web::problem::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;

/// Somebody of the settings.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The name people know.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Which of the queues' seats is theirs.
    pub seat: Option<String>,
}

/// The people of the settings.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentList {
    agents: Vec<Shown>,
}

/// An agent.
#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
struct Shown {
    /// The login.
    name: String,
    /// The name people know.
    display_name: String,
    /// `viewer`, `agent`, `supervisor`, `admin` or `auditor`.
    role: &'static str,
    /// Which of the queues' seats is theirs; null: none, and no state.
    seat: Option<String>,
    /// The queues that ring it.
    queues: Vec<String>,
    /// What they do: `signed-out`, `available`, `reserved` (it rings), `on-call` or `on-break`.
    state: Option<&'static str>,
    /// What they chose, and are again when the call is over: `available`, `on-break` or `signed-out`.
    chosen: Option<&'static str>,
}

/// What an agent shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgentState)]
pub(super) struct Ask {
    #[schema(schema_with = presence)]
    state: String,
}

fn presence() -> ObjectBuilder {
    super::shape::one_of(Presence::NAMES)
}

/// The people of the settings, and what they do.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "floor",
    responses((status = 200, description = "everybody", body = AgentList))
)]
pub(super) async fn list_agents(State(api): State<Arc<Api>>) -> Result<Json<AgentList>, Problem> {
    let (board, chosen) = (api.board().await?, api.store.presences().await?);
    let shown = |(login, agent): (&String, &Agent)| {
        Shown::of(login, agent, chosen.get(login).copied().unwrap_or_default(), &board)
    };
    Ok(Json(AgentList { agents: api.agents.iter().map(shown).collect() }))
}

/// Choose whether an agent is offered calls.
///
/// Agents choose for themselves, supervisors and admins for anybody. The seat of who is not available is offered nobody, by
/// any engine on the same store (others than this one follow within seconds) and after a restart; a call in progress goes
/// on, and colleagues may still hand callers to it. Whoever comes to a queue all of whose seats are away waits as in any
/// other, as long as the plan lets them. Who chose nothing is available.
#[utoipa::path(
    post, path = "/api/v1/agents/{name}/state", tag = "floor", request_body = Ask,
    params(("name" = String, Path, description = "the agent's login")),
    responses(
        (status = 200, description = "the agent as they are now", body = Shown),
        (status = 403, description = "somebody else's, and the role may not do this", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "there is no such agent", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "the agent has no seat", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_state(
    State(api): State<Arc<Api>>,
    Extension(visitor): Extension<Visitor>,
    Placed(login): Placed,
    Sent(Ask { state }): Sent<Ask>,
) -> Response {
    let wanted = Presence::from_name(&state).map_or_else(String::new, |state| format!(": {}", state.name()));
    let subject = Extension(Subject(format!("{login}{wanted}")));
    match api.set_state(&visitor, &login, &state).await {
        Ok(shown) => (subject, Json(shown)).into_response(),
        Err(problem) => (subject, problem).into_response(),
    }
}

impl Api {
    async fn set_state(&self, visitor: &Visitor, login: &str, state: &str) -> Result<Shown, Problem> {
        let presence = Presence::from_name(state).ok_or_else(|| {
            let detail = format!("state: one of {}", Presence::NAMES.join(", "));
            Problem::new(422, "bad-value", "Body has a wrong value", detail).with("field", "state")
        })?;
        let agent = self.agents.get(login).ok_or_else(|| {
            Problem::new(404, "no-agent", "No such agent", "the settings name nobody of this login")
        })?;
        if !visitor.may_set(login) {
            let detail = format!("the role {} sets nobody's state but one's own, logged in", visitor.role);
            return Err(Problem::new(403, "wrong-role", "Not allowed", detail));
        }
        if agent.seat.is_none() {
            let detail =
                format!("write seat = \"…\" in [agents.{login}]: which of the queues' seats is theirs");
            return Err(Problem::new(409, "no-seat", "The agent has no seat", detail));
        }
        self.store.keep_presence(login, presence, self.now()).await?;
        self.show_away().await?;
        Ok(Shown::of(login, agent, presence, &self.board().await?))
    }

    /// Lets the engine know whose seats are offered nobody.
    pub(super) async fn show_away(&self) -> Result<(), StoreError> {
        // Who reads first sets first.
        let _turn = self.setting_away.lock().await;
        let chosen = self.store.presences().await?;
        let is_away = |login: &String| chosen.get(login).is_some_and(|chosen| *chosen != Presence::Available);
        let away = self.agents.iter().filter(|(login, _)| is_away(login));
        let away: BTreeSet<String> = away.filter_map(|(_, agent)| agent.seat.clone()).collect();
        self.floor.set_away(away);
        Ok(())
    }
}

impl Visitor {
    /// Whether they may say what this agent is.
    fn may_set(&self, login: &str) -> bool {
        let is_own = matches!(self.proof, Proof::Login(_)) && self.name == login;
        is_own || matches!(self.role, Role::Supervisor | Role::Admin)
    }
}

impl Shown {
    fn of(login: &str, agent: &Agent, chosen: Presence, board: &QueueBoard) -> Shown {
        let seat = agent.seat.as_deref();
        let rung = |queue: &&QueueView| seat.is_some_and(|seat| place(queue, seat).is_some());
        Shown {
            name: login.to_string(),
            display_name: agent.name.clone(),
            role: agent.role.name(),
            seat: agent.seat.clone(),
            queues: board.iter().filter(rung).map(|queue| queue.name.to_string()).collect(),
            state: seat.map(|seat| at_work(seat, board).unwrap_or(chosen.name())),
            chosen: seat.map(|_| chosen.name()),
        }
    }
}

/// Where a queue has this seat.
fn place(queue: &QueueView, seat: &str) -> Option<usize> {
    queue.seats.iter().position(|of| of.target == seat)
}

/// What a seat does, where it does something: computed of its calls and those that ring.
fn at_work(seat: &str, board: &QueueBoard) -> Option<&'static str> {
    let of_queue = |queue: &QueueView| {
        let at = place(queue, seat)?;
        let rings = queue.waiting.iter().filter(|waits| waits.ringing == Some(at)).count();
        let calls = queue.seats.get(at).map_or(0, |seat| seat.calls as usize);
        Some((rings, calls.saturating_sub(rings)))
    };
    let (rings, talks) = board
        .iter()
        .filter_map(of_queue)
        .fold((0, 0), |(rings, talks), (more, others)| (rings + more, talks + others));
    match (rings, talks) {
        (0, 0) => None,
        (_, 0) => Some("reserved"),
        _ => Some("on-call"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UnixTime;

    #[test]
    fn an_agent_who_logged_in_chooses_for_themself_and_who_leads_for_anybody() {
        let may = |role, proof, login| {
            Visitor { name: "sato".into(), role, proof, until: UnixTime::default() }.may_set(login)
        };
        let (by_login, by_token) = (|| Proof::Login("hash".into()), || Proof::Token("hash".into()));
        assert!(may(Role::Agent, by_login(), "sato") && !may(Role::Agent, by_login(), "mori"));
        assert!(!may(Role::Agent, by_token(), "sato"), "a token of the same name is nobody's login");
        for role in [Role::Supervisor, Role::Admin] {
            assert!(may(role, by_token(), "mori") && may(role, by_login(), "mori"), "{role}");
        }
    }
}
