//! Pages of lists: how many, from where, and how the next one is found.

use crate::base::{Moment, UnixTime};
use crate::web::problem::Problem;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Entries of a page where nobody says how many.
pub(super) const USUAL: u32 = 50;
/// Most entries of a page.
const MOST: u32 = 200;

/// What of a query is a list's alone.
pub(super) const OF_LISTS: [&str; 3] = ["limit", "cursor", "now"];

/// A list is JSON: a query that asks for another form, or names one at all, means the export at this path.
pub(super) fn no_format(asked: Option<&str>, export: &str) -> Result<(), Problem> {
    match asked {
        None => Ok(()),
        Some(_) => Err(bad_query("format", format!("a list has none; csv and json are those of {export}"))),
    }
}

/// An export is everything that is kept: it has no pages, and nothing that goes on.
pub(super) fn of_no_list(asked: [bool; 3]) -> Result<(), Problem> {
    let asked = OF_LISTS.into_iter().zip(asked).find(|(_, is_asked)| *is_asked);
    let why = "this is a list's: an export is everything that is kept, at once";
    asked.map_or(Ok(()), |(name, _)| Err(bad_query(name, why)))
}

/// A problem with one value of the query.
pub(super) fn bad_query(name: &str, why: impl std::fmt::Display) -> Problem {
    Problem::new(400, "bad-query", "Query has a wrong value", format!("{name}: {why}")).with("field", name)
}

/// How many entries.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(USUAL);
    let fits = (1..=MOST).contains(&limit);
    fits.then_some(limit).ok_or_else(|| bad_query("limit", format!("1 to {MOST}")))
}

/// A cursor's text: it says nothing to whoever has it.
pub(super) fn cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The place that a cursor stands for.
pub(super) fn place<T>(cursor: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.and_then(|text| read(&text));
    place.map(Some).ok_or_else(|| bad_query("cursor", "it is no `next` of a page"))
}

/// A moment of the query, where there is one.
pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<UnixTime>, Problem> {
    text.map(|text| needed_moment(name, text)).transpose()
}

/// A moment of the query.
pub(super) fn needed_moment(name: &str, text: &str) -> Result<UnixTime, Problem> {
    // `+` of an offset stands for a space in a query.
    let moment = Moment::parse(&text.replace(' ', "+"));
    moment.map(Moment::at).map_err(|_| bad_query(name, "write it as 2026-02-10T10:00:00Z"))
}

/// A page with `Link: rel=next` (RFC 8288) where there is a next one.
pub(super) fn linked(page: impl IntoResponse, uri: &Uri, next: Option<&str>) -> Response {
    let mut response = page.into_response();
    if let Some(next) = next {
        let pairs = uri.query().unwrap_or_default().split('&');
        let kept: String = pairs
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
            .map(|pair| format!("{pair}&"))
            .collect();
        let link = format!("<{}?{kept}cursor={next}>; rel=\"next\"", uri.path());
        // A query that reached us is in ASCII.
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    response
}
