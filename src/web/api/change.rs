//! What people do to a case: fields written anew, notes, replies, pauses, reassignment, its end. Two never overwrite each
//! other: a change names the version that it changes.

use super::cases::{case_number, no_case, whole};
use super::guard::Visitor;
use super::sent::{Members, Placed, Sent};
use super::shape::{ChangesShape, WholeCaseShape};
use super::{Api, openapi};
use crate::case::{Assignment, By, Case, CaseNumber, Refusal, Tier};
use crate::store::EditError;
use crate::web::problem::Problem;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Something done to a case.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Did {
    /// Somebody wrote something down, for the desk alone or for the customer too.
    Noted {
        text: String,
        #[serde(default)]
        public: bool,
    },
    /// The customer was told how it stands.
    Replied { text: String },
    /// From here on the customer is waited for.
    Paused {},
    /// The customer has answered.
    Resumed {},
    /// The case went to another desk, tier or person.
    Reassigned {
        desk: Option<String>,
        /// 1 or 2.
        #[schema(minimum = 1, maximum = 2)]
        tier: Option<u8>,
        /// The person; none: nobody yet.
        agent: Option<String>,
        why: String,
    },
    /// Somebody is told that the case needs more than its desk, and again until it is taken care of.
    Escalated {
        /// Whom: a step of `[escalation]`, 1 for the first.
        #[serde(default = "first")]
        #[schema(minimum = 1, default = 1)]
        level: u8,
        why: String,
    },
    /// Somebody takes care of what was escalated.
    EscalationTaken {},
    /// Nothing is left to do.
    Closed {},
    /// Something is left to do after all.
    Reopened {},
}

/// Write fields of a case anew; null: not known.
///
/// `If-Match` names the version that is changed, the `ETag` under which it was read. Fields of the table that the desk may
/// write, all of them or none. Who has the case is changed by `reassigned` of its timeline.
#[utoipa::path(
    patch, path = "/api/v1/cases/{number}", tag = "cases", request_body = ChangesShape,
    params(
        ("number" = String, Path, description = "nine digits, the last a check digit"),
        ("If-Match" = String, Header, description = "the version that is changed, or `*`"),
    ),
    responses(
        (status = 200, description = "the case as it is now", body = WholeCaseShape, headers(("ETag" = String))),
        (status = 404, description = "there is no such case", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "the case is closed", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 412, description = "somebody else has changed it", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 428, description = "no If-Match", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn edit_case(
    State(api): State<Arc<Api>>,
    Placed(number): Placed,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    Sent(members): Sent<Members>,
) -> Result<Response, Problem> {
    let Some(expected) = expected(&headers) else {
        let detail = "send If-Match with the ETag of the case as you read it";
        return Err(Problem::new(428, "no-version", "No version is named", detail));
    };
    let changes = members.texts()?;
    let now = api.now();
    let act = |case: &mut Case| {
        let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        case.amend(now, &visitor.by(), &changes)
    };
    for (field, linked) in changes.iter().filter(|(name, _)| LINKS.contains(name)) {
        api.linkable(&number, field, linked.as_deref()).await?;
    }
    api.act(&number, expected.versions(), act).await
}

/// Do something to a case.
///
/// With `If-Match` only where the case is still of that version.
#[utoipa::path(
    post, path = "/api/v1/cases/{number}/timeline", tag = "cases", request_body = Did,
    params(
        ("number" = String, Path, description = "nine digits, the last a check digit"),
        ("If-Match" = Option<String>, Header, description = "the version that is changed"),
    ),
    responses(
        (status = 200, description = "the case as it is now", body = WholeCaseShape, headers(("ETag" = String))),
        (status = 404, description = "there is no such case", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "the case does not stand so that it could be done", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 412, description = "somebody else has changed it", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn write_timeline(
    State(api): State<Arc<Api>>,
    Placed(number): Placed,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    Sent(did): Sent<Did>,
) -> Result<Response, Problem> {
    let (now, by) = (api.now(), visitor.by());
    let assigned = api.known(did.assignment()?)?;
    let act = |case: &mut Case| match did {
        Did::Noted { text, public } => case.note(now, by, &text, public),
        Did::Replied { text } => case.reply(now, by, &text),
        Did::Paused {} => case.pause(now, by),
        Did::Resumed {} => case.resume(now, by),
        Did::Reassigned { why, .. } => case.reassign(now, by, assigned, &why),
        Did::Escalated { level, why } => case.escalate(now, by, api.office.escalation(), level, &why),
        Did::EscalationTaken {} => case.take_escalation(now, by),
        Did::Closed {} => case.close(now, by),
        Did::Reopened {} => case.reopen(now, by),
    };
    let expected = expected(&headers).unwrap_or(Expected::Any);
    api.act(&number, expected.versions(), act).await
}

/// Fields that lead from one case to another.
const LINKS: [&str; 2] = ["parent", "duplicate_of"];
/// How many cases may lead from one to the next.
const LONGEST_LINE: usize = 100;

/// The step that is told first.
fn first() -> u8 {
    1
}

impl Did {
    /// To whom the case goes, where it does.
    fn assignment(&self) -> Result<Assignment, Problem> {
        let Did::Reassigned { desk, tier, agent, .. } = self else { return Ok(Assignment::default()) };
        let tier = match tier {
            None => None,
            Some(1) => Some(Tier::One),
            Some(2) => Some(Tier::Two),
            Some(_) => return Err(bad_value("tier", "a tier is 1 or 2")),
        };
        Ok(Assignment { desk: desk.clone(), tier, agent: agent.clone() })
    }
}

impl Visitor {
    pub(super) fn by(&self) -> By {
        By::Agent(self.name.clone())
    }
}

impl Api {
    /// An assignment to whom there is: nobody looks for a case at a desk that is none, and no clock counts there.
    fn known(&self, to: Assignment) -> Result<Assignment, Problem> {
        let calendar = self.calendar();
        if to.desk.as_deref().is_some_and(|desk| calendar.desk(desk).is_none()) {
            return Err(bad_value("desk", unknown("desk", calendar.desks().map(|(name, _)| name))));
        }
        // Where the settings name nobody, people are called as the desk calls them.
        let is_named = |agent: &str| self.agents.is_empty() || self.agents.contains_key(agent);
        if to.agent.as_deref().is_some_and(|agent| !is_named(agent)) {
            return Err(bad_value("agent", unknown("agent", self.agents.keys().map(String::as_str))));
        }
        Ok(to)
    }

    /// Whether a case may be linked to another: one that is there, and that does not lead back to it.
    async fn linkable(&self, number: &str, field: &str, linked: Option<&str>) -> Result<(), Problem> {
        let own = case_number(number)?;
        let mut next = linked.and_then(|linked| CaseNumber::parse(linked).ok());
        for _ in 0..LONGEST_LINE {
            let Some(at) = next else { return Ok(()) };
            let Some(case) = self.store.case(at).await? else {
                return Err(bad_value(field, format!("there is no case {at}")));
            };
            next = match field {
                "parent" => case.parent,
                _ => case.duplicate_of,
            };
            if next == Some(own) {
                return Err(bad_value(field, format!("case {at} leads back to {own}")));
            }
        }
        Err(bad_value(field, format!("more than {LONGEST_LINE} cases lead from one to the next")))
    }

    async fn act(
        &self,
        number: &str,
        expected: Option<&[i64]>,
        act: impl FnOnce(&mut Case) -> Result<(), Refusal> + Send,
    ) -> Result<Response, Problem> {
        let number = case_number(number)?;
        match self.office.act(number, expected, self.now(), act).await {
            Ok(edited) => Ok(whole(&edited.case, edited.version)),
            Err(EditError::None(number)) => Err(no_case(number)),
            Err(EditError::Changed { version }) => {
                let detail = "somebody else has changed it: read it again, and decide anew";
                let problem = Problem::new(412, "changed", "The case is of another version", detail);
                Err(problem.with("version", version))
            }
            Err(EditError::Refused(refusal)) => Err(refused(&refusal)),
            Err(EditError::Store(error)) => Err(error.into()),
        }
    }
}

/// What `If-Match` wants (RFC 9110, 13.1.1).
enum Expected {
    /// Any version.
    Any,
    /// One of these; a tag that is none of ours names no version.
    OneOf(Vec<i64>),
}

impl Expected {
    fn versions(&self) -> Option<&[i64]> {
        match self {
            Expected::Any => None,
            Expected::OneOf(versions) => Some(versions),
        }
    }
}

/// What `If-Match` wants, where it is there.
fn expected(headers: &HeaderMap) -> Option<Expected> {
    let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
    lines.peek()?;
    let tags: Vec<&str> =
        lines.flat_map(|line| line.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
    if tags == ["*"] {
        return Some(Expected::Any);
    }
    let version = |tag: &&str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Some(Expected::OneOf(tags.iter().filter_map(version).collect()))
}

/// That the settings have none of this name, and which there are.
pub(super) fn unknown<'n>(what: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    format!("the settings name no such {what}: {}", names.join(", "))
}

/// A problem with one value of a body.
pub(in crate::web) fn bad_value(field: &str, why: impl Into<String>) -> Problem {
    Problem::new(422, "bad-value", "Body has a wrong value", why).with("field", field)
}

/// Why a person's act was not done.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Closed
        | Refusal::NotClosed
        | Refusal::Waiting { .. }
        | Refusal::SameAssignment
        | Refusal::NotEscalated => {
            Problem::new(409, "not-so", "The case does not stand so", refusal.to_string())
        }
        refusal => match refusal.field() {
            Some(field) => bad_value(field, refusal.to_string()),
            None => Problem::new(422, "bad-value", "Body has a wrong value", refusal.to_string()),
        },
    }
}
