//! Reports for reviews: what became of a customer's cases, against what was promised.

use super::cases::name;
use super::page::{bad_query, needed_moment};
use super::sent::Asked;
use super::{Api, shape};
use crate::base::Language;
use crate::office::{About, Report};
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::IntoParams;
use utoipa::openapi::ObjectBuilder;

/// The longest time of one report.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// A page that is nothing but itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Which report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The customer, as the cases name them; without it every customer.
    customer: Option<String>,
    /// Cases opened then or later, from the year 2000 on.
    #[param(format = DateTime)]
    from: String,
    /// And before; at most 400 days after.
    #[param(format = DateTime)]
    to: String,
    #[param(schema_with = format, required = false)]
    format: Option<String>,
    /// Of the page: without it Japanese.
    #[param(schema_with = language, required = false)]
    language: Option<String>,
}

fn format() -> ObjectBuilder {
    shape::one_of(&["json", "csv", "html"])
}

fn language() -> ObjectBuilder {
    shape::one_of(&["ja", "en"])
}

/// What became of cases: by severity, product and month, against what was promised.
///
/// JSON unless another format is asked for; `html` is a page with charts.
#[utoipa::path(
    get, path = "/api/v1/reports", tag = "cases", params(Wanted),
    responses((status = 200, description = "the report", content(
        (Report = "application/json"), (String = "text/csv"), (String = "text/html"))))
)]
pub(super) async fn show_report(
    State(api): State<Arc<Api>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let Wanted { customer, from, to, format, language } = wanted;
    let customer = name("customer", customer.as_deref())?;
    let (from, to) = (needed_moment("from", &from)?, needed_moment("to", &to)?);
    if to <= from || to > from + LONGEST {
        return Err(bad_query("to", "a moment after `from`, at most 400 days"));
    }
    let about = About::new(customer, from..to).map_err(|why| bad_query("from", why))?;
    let language = match language.as_deref().map(Language::from_tag) {
        None => Language::Ja,
        Some(Some(language)) => language,
        Some(None) => return Err(bad_query("language", "ja or en")),
    };
    if !matches!(format.as_deref(), None | Some("json" | "csv" | "html")) {
        return Err(bad_query("format", "json, csv or html"));
    }
    let report = api.office.report(&about, api.now()).await?;
    let as_text = |kind: &'static str, text: String| {
        ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY)], text).into_response()
    };
    Ok(match format.as_deref() {
        Some("csv") => as_text("text/csv; charset=utf-8; header=present", report.to_csv()),
        Some("html") => as_text("text/html; charset=utf-8", report.to_html(language)),
        _ => axum::Json(report).into_response(),
    })
}
