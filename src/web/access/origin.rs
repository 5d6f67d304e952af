//! Whether a browser sent a request for a page of another site (CSRF).
//!
//! Browsers say so by `Sec-Fetch-Site` (Fetch Metadata), older ones by `Origin`. A cookie travels with such requests
//! where `SameSite` is not obeyed; a bearer token never does.

use axum::http::{HeaderMap, header};

const FETCH_SITE: &str = "sec-fetch-site";

/// Whether it is known to come from a page of another site.
pub(in crate::web) fn is_foreign(headers: &HeaderMap) -> bool {
    comes_from_own(headers) == Some(false)
}

/// Whether it is known to come from a page of this site.
pub(in crate::web) fn is_own(headers: &HeaderMap) -> bool {
    comes_from_own(headers) == Some(true)
}

/// None: nothing says whence it comes.
fn comes_from_own(headers: &HeaderMap) -> Option<bool> {
    let site = headers.get(FETCH_SITE).map(|site| site == "same-origin");
    let origin = headers.get(header::ORIGIN).map(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        authority.is_some_and(|authority| host.is_some_and(|host| host.eq_ignore_ascii_case(authority)))
    });
    match (site, origin) {
        (None, None) => None,
        (site, origin) => Some(site.unwrap_or(true) && origin.unwrap_or(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_known_by_either_header() {
        let said = |lines: &[(&'static str, &str)]| {
            let headers = lines.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().expect("a value"))
            });
            comes_from_own(&headers.collect())
        };
        assert_eq!(said(&[("host", "desk.example")]), None);
        for own in [
            &[("host", "desk.example:8080"), ("origin", "https://desk.example:8080")][..],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "same-origin"), ("host", "a"), ("origin", "http://A")],
        ] {
            assert_eq!(said(own), Some(true), "{own:?}");
        }
        for foreign in [
            &[("host", "desk.example"), ("origin", "https://evil.example")][..],
            &[("host", "desk.example"), ("origin", "null")],
            &[("host", "desk.example"), ("origin", "https://desk.example.evil.example")],
            &[("host", "desk.example"), ("origin", "https://desk.example:444")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("host", "a"), ("origin", "http://a")],
            &[("sec-fetch-site", "same-origin"), ("host", "a"), ("origin", "http://b")],
            &[("origin", "http://a")],
        ] {
            assert_eq!(said(foreign), Some(false), "{foreign:?}");
        }
    }
}
