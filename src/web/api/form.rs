//! Cases that customers open on the web: S3 and S4; for S1 and S2 they are told where to call.

use super::change::{bad_value, refused};
use super::guard::{Subject, Visitor};
use super::sent::{Members, Sent, text};
use super::shape::FormShape;
use super::{Api, held, openapi};
use crate::base::Presentation;
use crate::case::intake::INTAKE;
use crate::case::{Case, Channel, Opening};
use crate::office::NotOpened;
use crate::store::json::rfc3339;
use crate::web::listener::Source;
use crate::web::problem::Problem;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What has to be filled in.
pub(in crate::web) const NEEDED: [&str; 5] = ["desk", "severity", "summary", "description", "contact"];
/// By one of these the desk answers.
pub(in crate::web) const REACHED_BY: [&str; 2] = ["contact_number", "contact_email"];
/// What opening a case is called in the audit log, by whichever form.
pub(in crate::web) const OPEN_CASE: &str = "open_case";
/// What may be filled in beside that and the questions before a case.
const MORE: [&str; 4] = ["language", "product", "customer", "entitlement"];

/// Every field of the form.
pub(super) fn fields() -> impl Iterator<Item = &'static str> {
    let asked = INTAKE.iter().map(|question| question.field);
    NEEDED.into_iter().chain(REACHED_BY).chain(MORE).chain(asked)
}

/// A case that was opened.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    /// Nine digits, to be said on the phone.
    number: String,
    desk: Option<String>,
    severity: Option<&'static str>,
    #[schema(format = DateTime)]
    opened_at: String,
    /// By when the desk answers, where that is known.
    #[schema(format = DateTime)]
    first_response_due: Option<String>,
}

/// Open a case by the web form.
///
/// S1 and S2 are opened by phone alone: the problem has the numbers. One address may open ten cases an hour without a
/// pause.
#[utoipa::path(
    post, path = "/api/v1/cases", tag = "cases", request_body = FormShape,
    responses(
        (status = 201, description = "the case is open", body = Receipt, headers(("Location" = String))),
        (status = 429, description = "too many from one address: wait", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn open_case(
    State(api): State<Arc<Api>>,
    ConnectInfo(source): ConnectInfo<Source>,
    visitor: Option<Extension<Visitor>>,
    Sent(members): Sent<Members>,
) -> Result<Response, Problem> {
    let source = visitor.is_none().then_some(source);
    let case = api.open_by_form(source, &members).await?;
    let place = format!("/api/v1/cases/{}", case.number());
    let subject = Extension(Subject(case.number().to_string()));
    Ok((StatusCode::CREATED, subject, [(header::LOCATION, place)], Json(Receipt::of(&case))).into_response())
}

impl Receipt {
    fn of(case: &Case) -> Receipt {
        Receipt {
            number: case.number().to_string(),
            desk: case.desk.clone(),
            severity: case.severity.map(|severity| severity.name()),
            opened_at: rfc3339(case.opened_at()),
            first_response_due: case.first_response_due.map(rfc3339),
        }
    }
}

impl Api {
    /// Opens a case by what somebody filled in; who has logged in does not wait, and has no source.
    pub(in crate::web) async fn open_by_form(
        &self,
        source: Option<Source>,
        members: &Members,
    ) -> Result<Case, Problem> {
        let answers = self.answers(members)?;
        source.map_or(Ok(()), |source| self.begin_form(source))?;
        let now = self.now();
        let opening = |number| Opening {
            number,
            at: now,
            channel: Channel::Web,
            caller: None,
            presentation: Presentation::Unavailable,
            dialed: None,
            call_id: None,
            dialplan: None,
        };
        let written: Vec<_> = answers.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        self.office.open(opening, now, &written).await.map_err(|why| match why {
            NotOpened::Refused(refusal) => refused(&refusal),
            NotOpened::Store(error) => error.into(),
        })
    }

    /// What the form says, where it can be taken.
    fn answers<'m>(&self, Members(members): &'m Members) -> Result<Vec<(&'m str, Option<String>)>, Problem> {
        let mut answers = Vec::with_capacity(members.len());
        for (name, value) in members {
            if !fields().any(|field| field == name) {
                return Err(bad_value(name, "the form has no such field"));
            }
            answers.push((name.as_str(), text(name, value)?));
        }
        let answer = |name: &str| {
            let found = answers.iter().find(|(field, _)| *field == name);
            found.and_then(|(_, value)| value.as_deref()).filter(|value| !value.trim().is_empty())
        };
        if let Some(severity @ ("S1" | "S2")) = answer("severity") {
            return Err(self.phone_only(severity));
        }
        if let Some(missing) = NEEDED.into_iter().find(|name| answer(name).is_none()) {
            return Err(bad_value(missing, format!("{missing} is not filled in")));
        }
        if REACHED_BY.into_iter().all(|name| answer(name).is_none()) {
            return Err(bad_value(REACHED_BY[0], "a telephone number or an e-mail address is not filled in"));
        }
        if answer("desk").is_none_or(|desk| self.office.calendar().desk(desk).is_none()) {
            return Err(bad_value("desk", "there is no such desk"));
        }
        if answer("entitlement").is_some_and(|claim| claim.starts_with("verified ")) {
            return Err(bad_value("entitlement", "whether it is verified, the desk says"));
        }
        Ok(answers)
    }

    fn phone_only(&self, severity: &str) -> Problem {
        let phones = self.phones();
        let detail = format!("{severity} is opened by phone only: {}", phones.join(", "));
        let problem = Problem::new(422, "phone-only", "Call us", detail).with("field", "severity");
        problem.with("phones", phones)
    }

    /// Counts a form of an address, or makes it wait.
    fn begin_form(&self, source: Source) -> Result<(), Problem> {
        let (now, address, mut forms) = (self.clock.instant(), source.network(), held(&self.forms));
        if let Some(pause) = forms.pause(&address, now) {
            let problem = Problem::new(429, "too-many-forms", "Too many cases at once", "wait, or call us");
            return Err(problem.retry_after(pause.as_secs() + 1));
        }
        forms.fail(&address, now);
        Ok(())
    }
}
