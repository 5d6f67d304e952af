//! Cases that customers open on the web: S3 and S4; for S1 and S2 they are told where to call.

use super::change::{bad_value, refused, unknown};
use super::guard::{Subject, Visitor};
use super::sent::{Members, Sent};
use super::shape::FormShape;
use super::{Api, openapi};
use crate::base::{Presentation, UnixTime};
use crate::case::intake::INTAKE;
use crate::case::{Case, CaseNumber, Channel, Opening};
use crate::office::NotOpened;
use crate::store::json::rfc3339;
use crate::web::listener::Source;
use crate::web::problem::Problem;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use std::collections::BTreeMap;
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
/// S1 and S2 are opened by phone alone, and technical questions of free trials are not accepted: the problem has the
/// numbers. One address may open ten cases an hour without a pause.
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
    let answers = api.judged(&members, visitor.is_some())?;
    if visitor.is_none() {
        api.begin_form(source)?;
    }
    let case = api.open_by_form(&answers).await?;
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

/// What somebody filled in, by the names of fields, where a case can be opened with it.
#[derive(Debug)]
pub(in crate::web) struct Answers<'m>(BTreeMap<&'m str, Option<String>>);

impl Answers<'_> {
    /// What was answered; none also where nothing but spaces was.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let answer = self.0.get(name)?.as_deref()?;
        (!answer.trim().is_empty()).then_some(answer)
    }

    /// Each as the case takes it.
    fn written(&self) -> Vec<(&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (*name, value.as_deref())).collect()
    }
}

/// How the web opens a case.
fn opening(number: CaseNumber, at: UnixTime) -> Opening {
    Opening {
        number,
        at,
        channel: Channel::Web,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    }
}

impl Api {
    /// Opens a case by what somebody filled in, and by what is found out of their right to support.
    pub(in crate::web) async fn open_by_form(&self, answers: &Answers<'_>) -> Result<Case, Problem> {
        let found = self.found_out(answers).await?;
        let (now, written) = (self.now(), answers.written());
        let opened = self.office.open(|number| opening(number, now), now, &written, &found).await;
        opened.map_err(|why| match why {
            NotOpened::Refused(refusal) => refused(&refusal),
            NotOpened::Store(error) => error.into(),
        })
    }

    /// What the form says, where it can be taken: everything is judged before anything is written. People of the desk may
    /// name any desk, others those alone that are offered to them.
    pub(in crate::web) fn judged<'m>(
        &self,
        members: &'m Members,
        is_known: bool,
    ) -> Result<Answers<'m>, Problem> {
        let answers = Answers(members.texts()?);
        if let Some(name) = answers.0.keys().find(|name| !fields().any(|field| field == **name)) {
            return Err(bad_value(name, "the form has no such field"));
        }
        if let Some(severity @ ("S1" | "S2")) = answers.get("severity") {
            return Err(self.phone_only(severity));
        }
        if let Some(missing) = NEEDED.into_iter().find(|name| answers.get(name).is_none()) {
            return Err(bad_value(missing, format!("{missing} is not filled in")));
        }
        if REACHED_BY.into_iter().all(|name| answers.get(name).is_none()) {
            return Err(bad_value(REACHED_BY[0], "a telephone number or an e-mail address is not filled in"));
        }
        let named: Vec<&str> = match is_known {
            true => self.calendar().desks().map(|(name, _)| name).collect(),
            false => self.desks.iter().map(|desk| desk.name.as_str()).collect(),
        };
        if answers.get("desk").is_none_or(|desk| !named.contains(&desk)) {
            return Err(bad_value("desk", unknown("desk", named.into_iter())));
        }
        let (now, any) = (self.now(), CaseNumber::from_sequence(0).expect("zero is a sequence"));
        let mut scratch = Case::open(opening(any, now));
        scratch.fill_in(now, &answers.written()).map_err(|refusal| refused(&refusal))?;
        Ok(answers)
    }

    fn phone_only(&self, severity: &str) -> Problem {
        let phones = self.phones();
        let detail = format!("{severity} is opened by phone only: {}", phones.join(", "));
        let problem = Problem::new(422, "phone-only", "Call us", detail).with("field", "severity");
        problem.with("phones", phones)
    }
}
