//! Problem details: what went wrong with a request, for programs and people (RFC 9457).

use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// The media type of problem details.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
    retry_after: Option<u64>,
}

/// Which kind of problem an answer is, beside it for whoever writes it down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind(pub(super) &'static str);

impl Problem {
    /// A problem of a kind: `kind` and `title` say which, the same for every request; `detail` is of
    /// this one. A status that HTTP does not know is 500.
    pub fn new(status: u16, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Problem { status, kind, title, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// Its status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Its kind, for whoever writes it down.
    pub(super) fn kind(&self) -> Kind {
        Kind(self.kind)
    }

    /// The field that is wrong, where one is.
    pub(super) fn field(&self) -> Option<&str> {
        self.more.get("field").and_then(Value::as_str)
    }

    /// With a member of its kind.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.more.insert(name.to_string(), value.into());
        self
    }

    /// That may be over after so many seconds (`Retry-After`).
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = self.more;
        body.insert("type".into(), format!("urn:madoguchi:{}", self.kind).into());
        body.insert("title".into(), self.title.into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("detail".into(), self.detail.into());
        let head = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        let text = Value::Object(body).to_string();
        let mut response = (self.status, head, Extension(Kind(self.kind)), text).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"madoguchi\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
