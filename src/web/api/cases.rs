//! Cases: lists under filters, and one with what happened to it.

use super::page::{bad_query, cursor, limit, linked, moment, no_format, place};
use super::sent::{Asked, Placed};
use super::shape::{self, CaseShape, WholeCaseShape};
use super::{Api, openapi};
use crate::base::Number;
use crate::case::{Case, CaseNumber, Product, Severity, Stage, SupportOption};
use crate::store::Filter;
use crate::store::json::CaseJson;
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::openapi::ObjectBuilder;
use utoipa::{IntoParams, ToSchema};

/// Which cases.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How far they have come.
    #[param(schema_with = stage, required = false)]
    status: Option<String>,
    desk: Option<String>,
    #[param(schema_with = severity, required = false)]
    severity: Option<String>,
    /// Who called: a telephone number.
    caller: Option<String>,
    #[param(schema_with = option, required = false)]
    option: Option<String>,
    #[param(schema_with = product, required = false)]
    product: Option<String>,
    /// Who has them.
    agent: Option<String>,
    queue: Option<String>,
    /// Opened then or later.
    #[param(format = DateTime)]
    opened_from: Option<String>,
    /// Opened before.
    #[param(format = DateTime)]
    opened_to: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Of an export alone: `csv` or `json`.
    #[param(ignore)]
    pub(super) format: Option<String>,
}

fn stage() -> ObjectBuilder {
    shape::one_of(Stage::NAMES)
}

fn severity() -> ObjectBuilder {
    shape::one_of(Severity::NAMES)
}

fn option() -> ObjectBuilder {
    shape::one_of(SupportOption::NAMES)
}

fn product() -> ObjectBuilder {
    shape::one_of(Product::NAMES)
}

/// A page of cases, newest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described; `Page` is sent")]
pub(super) struct CasePage {
    cases: Vec<CaseShape>,
    /// `cursor` of the next page; null on the last.
    next: Option<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    cases: Vec<CaseJson<'a>>,
    next: Option<&'a str>,
}

/// Cases, newest first.
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", params(Wanted),
    responses((status = 200, description = "a page of cases; `Link` leads to the next", body = CasePage))
)]
pub(super) async fn list_cases(
    State(api): State<Arc<Api>>,
    uri: Uri,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    no_format(wanted.format.as_deref(), "/api/v1/cases/export")?;
    let from = place(wanted.cursor.as_deref(), |text| CaseNumber::parse(text).ok())?;
    let (limit, filter) = (limit(wanted.limit)?, wanted.filter()?);
    let found = api.store.list(&filter, limit, from).await?;
    let next = found.next.map(|number| cursor(&number.to_string()));
    let page = Page { cases: found.cases.iter().map(CaseJson::brief).collect(), next: next.as_deref() };
    Ok(linked(axum::Json(page), &uri, next.as_deref()))
}

/// A case with its timeline.
///
/// `ETag` is its version: `If-None-Match` with it is answered 304 while nothing changed.
#[utoipa::path(
    get, path = "/api/v1/cases/{number}", tag = "cases",
    params(("number" = String, Path, description = "nine digits, the last a check digit")),
    responses(
        (status = 200, description = "the case", body = WholeCaseShape, headers(("ETag" = String))),
        (status = 304, description = "it is as it was"),
        (status = 404, description = "there is no such case", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn show_case(
    State(api): State<Arc<Api>>,
    Placed(number): Placed,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = case_number(&number)?;
    let (case, version) = api.store.versioned(number).await?.ok_or_else(|| no_case(number))?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known = known.flat_map(|tags| tags.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == etag(version)
    });
    match is_known {
        true => Ok((StatusCode::NOT_MODIFIED, tagged(version)).into_response()),
        false => Ok(whole(&case, version)),
    }
}

/// A case as it is shown with its version.
pub(super) fn whole(case: &Case, version: i64) -> Response {
    (tagged(version), axum::Json(CaseJson::whole(case))).into_response()
}

/// The tag of a version.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn tagged(version: i64) -> [(header::HeaderName, HeaderValue); 2] {
    let tag = HeaderValue::from_str(&etag(version)).expect("digits are a header");
    [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))]
}

/// The number of a path.
pub(super) fn case_number(text: &str) -> Result<CaseNumber, Problem> {
    CaseNumber::parse(text).map_err(|why| {
        let detail = format!("\"{text}\" is no case number: {why}");
        Problem::new(404, "no-case", "No such case", detail)
    })
}

pub(super) fn no_case(number: CaseNumber) -> Problem {
    Problem::new(404, "no-case", "No such case", format!("there is no case {number}"))
}

impl Wanted {
    /// The filter that is meant.
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            stage: word("status", self.status.as_deref(), Stage::from_name, Stage::NAMES)?,
            desk: name("desk", self.desk.as_deref())?,
            severity: word("severity", self.severity.as_deref(), Severity::from_name, Severity::NAMES)?,
            option: word("option", self.option.as_deref(), SupportOption::from_name, SupportOption::NAMES)?,
            product: word("product", self.product.as_deref(), Product::from_name, Product::NAMES)?,
            queue: name("queue", self.queue.as_deref())?,
            caller: self.caller.as_deref().map(telephone).transpose()?,
            agent: name("agent", self.agent.as_deref())?,
            opened_from: moment("opened_from", self.opened_from.as_deref())?,
            opened_to: moment("opened_to", self.opened_to.as_deref())?,
        })
    }
}

fn word<T>(
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    names: &[&str],
) -> Result<Option<T>, Problem> {
    let read = |text| read(text).ok_or_else(|| bad_query(name, format!("one of {}", names.join(", "))));
    text.map(read).transpose()
}

/// A name; PostgreSQL takes no text with NUL, and nobody is called so.
pub(super) fn name(of: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.contains('\0') => Err(bad_query(of, "it has a control character")),
        text => Ok(text.map(str::to_string)),
    }
}

/// A number of the query, where `+` stands for a space.
fn telephone(text: &str) -> Result<Number, Problem> {
    let text = text.strip_prefix(' ').map_or_else(|| text.to_string(), |rest| format!("+{rest}"));
    Number::parse(&text).ok_or_else(|| bad_query("caller", "it is no telephone number"))
}
