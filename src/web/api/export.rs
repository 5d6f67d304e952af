//! Cases and calls as tables to take away: CSV for spreadsheets, JSON for programs; sent page by page, so that a million
//! of them need no more room than one page.
//!
//! A caller's words may begin like a formula, which a spreadsheet would carry out: such a cell begins with an apostrophe.

use super::Api;
use super::calls::{self, Call};
use super::cases;
use super::openapi::ExportParams;
use super::page::{bad_query, of_no_list};
use super::sent::Asked;
use crate::base::cell::{harmless, quoted};
use crate::case::{CaseNumber, Field};
use crate::store::json::CaseJson;
use crate::store::{CallFilter, CallPlace, Filter, StoreError};
use crate::web::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// Entries asked of the store at a time.
const PAGE: u32 = 500;
/// What a spreadsheet knows UTF-8 by.
const BYTE_ORDER_MARK: &str = "\u{feff}";

type ExportedCases = ExportParams<cases::Wanted>;
type ExportedCalls = ExportParams<calls::Wanted>;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

impl Format {
    fn parse(text: Option<&str>) -> Result<Format, Problem> {
        match text {
            Some("csv") => Ok(Format::Csv),
            Some("json") => Ok(Format::Json),
            _ => Err(bad_query("format", "csv or json")),
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Json => "application/json",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
        }
    }
}

/// Cases as a table, newest first.
///
/// CSV in UTF-8 with a byte order mark; in cells that begin like a formula an apostrophe stands first. JSON: an array of
/// cases without their timelines.
#[utoipa::path(
    get, path = "/api/v1/cases/export", tag = "cases", params(ExportedCases),
    responses((status = 200, description = "the cases", content(
        (Vec<super::shape::CaseShape> = "application/json"), (String = "text/csv"))))
)]
pub(super) async fn export_cases(
    State(api): State<Arc<Api>>,
    Asked(wanted): Asked<cases::Wanted>,
) -> Result<Response, Problem> {
    of_no_list([wanted.limit.is_some(), wanted.cursor.is_some(), false])?;
    let (format, filter) = (Format::parse(wanted.format.as_deref())?, wanted.filter()?);
    let columns = ["number", "stage", "channel", "opened_at"].into_iter();
    let columns = columns.chain(Field::ALL.iter().map(|field| field.name)).chain(["end_cause"]).collect();
    Ok(table("cases", format, columns, CasePages { api, filter, from: Some(None) }))
}

/// Calls as a table, newest first.
///
/// CSV as of cases, without legs and audio. JSON: an array of records.
#[utoipa::path(
    get, path = "/api/v1/calls/export", tag = "calls", params(ExportedCalls),
    responses((status = 200, description = "the calls", content(
        (Vec<Call> = "application/json"), (String = "text/csv"))))
)]
pub(super) async fn export_calls(
    State(api): State<Arc<Api>>,
    Asked(wanted): Asked<calls::Wanted>,
) -> Result<Response, Problem> {
    of_no_list([wanted.limit.is_some(), wanted.cursor.is_some(), wanted.now.is_some()])?;
    let (format, filter) = (Format::parse(wanted.format.as_deref())?, wanted.filter()?);
    Ok(table("calls", format, Call::COLUMNS.to_vec(), CallPages { api, filter, before: Some(None) }))
}

/// What a table's rows come from, a page at a time.
trait Pages: Send + 'static {
    /// The next rows; none after the last.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<Value>>, StoreError>> + Send;
}

struct CasePages {
    api: Arc<Api>,
    filter: Filter,
    /// Where the next page begins; none after the last.
    from: Option<Option<CaseNumber>>,
}

impl Pages for CasePages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        let Some(from) = self.from.take() else { return Ok(None) };
        let page = self.api.store.list(&self.filter, PAGE, from).await?;
        self.from = page.next.map(Some);
        Ok(Some(page.cases.iter().map(|case| value(&CaseJson::brief(case))).collect()))
    }
}

struct CallPages {
    api: Arc<Api>,
    filter: CallFilter,
    before: Option<Option<CallPlace>>,
}

impl Pages for CallPages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        let Some(before) = self.before.take() else { return Ok(None) };
        let (calls, next) = self.api.store.list_calls(&self.filter, PAGE, before).await?;
        self.before = next.map(Some);
        Ok(Some(calls.iter().map(|call| value(&Call::of(call))).collect()))
    }
}

fn value(row: &impl serde::Serialize) -> Value {
    serde_json::to_value(row).expect("rows have names for keys and plain values")
}

/// A table on its way out: its head first, then page by page.
struct Table<P> {
    pages: P,
    format: Format,
    columns: Vec<&'static str>,
    /// Whether a row went out.
    began: bool,
    is_over: bool,
}

fn table<P: Pages>(name: &str, format: Format, columns: Vec<&'static str>, pages: P) -> Response {
    let table = Table { pages, format, columns, began: false, is_over: false };
    let head = table.head();
    let rest = stream::try_unfold(table, |mut table| async move {
        match table.is_over {
            true => Ok(None),
            false => table.next().await.map(|text| Some((text, table))),
        }
    });
    let whole = futures_util::StreamExt::chain(stream::iter([Ok::<String, StoreError>(head)]), rest);
    let file = format!("attachment; filename=\"{name}.{}\"", format.name());
    let head = [(header::CONTENT_TYPE, format.media_type().to_string()), (header::CONTENT_DISPOSITION, file)];
    (head, Body::from_stream(whole)).into_response()
}

impl<P: Pages> Table<P> {
    fn head(&self) -> String {
        match self.format {
            Format::Csv => format!("{BYTE_ORDER_MARK}{}\r\n", self.columns.join(",")),
            Format::Json => "[".to_string(),
        }
    }

    /// The next page's text, and the table's end after the last.
    async fn next(&mut self) -> Result<String, StoreError> {
        let Some(rows) = self.pages.next().await? else {
            self.is_over = true;
            return Ok(if self.format == Format::Json { "]\n".to_string() } else { String::new() });
        };
        Ok(rows.iter().map(|row| self.row(row)).collect())
    }

    fn row(&mut self, row: &Value) -> String {
        let first = !std::mem::replace(&mut self.began, true);
        match self.format {
            Format::Json => format!("{}{row}", if first { "\n" } else { ",\n" }),
            Format::Csv => {
                let cells: Vec<String> = self.columns.iter().map(|column| cell(&row[*column])).collect();
                format!("{}\r\n", cells.join(","))
            }
        }
    }
}

/// A cell of CSV (RFC 4180).
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => harmless(text),
        Value::Object(members) => harmless(&pair(members)).into_owned().into(),
        other => other.to_string().into(),
    };
    quoted(&text).into_owned()
}

/// A right to support in a cell: `org:Acme`, `verified org:Acme`.
fn pair(members: &serde_json::Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let verified = members.get("verified") == Some(&Value::Bool(true));
    format!("{}{}:{}", if verified { "verified " } else { "" }, text("kind"), text("value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_is_left() {
        let link = "=HYPERLINK(\"http://evil\")";
        assert_eq!(cell(&Value::String(link.into())), "\"'=HYPERLINK(\"\"http://evil\"\")\"");
        assert_eq!(
            cell(&serde_json::json!({"kind": "org", "value": "=1", "verified": true})),
            "verified org:=1"
        );
        assert_eq!(cell(&Value::Null), "");
        assert_eq!(cell(&serde_json::json!(-3)), "-3");
    }
}
