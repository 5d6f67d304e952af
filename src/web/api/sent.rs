//! What a request sends: its body, and what stands after `?`, each with a problem that says what is wrong.

use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// A body of JSON.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|refused| {
            Problem::new(refused.status().as_u16(), "bad-body", "Body cannot be read", refused.body_text())
        })?;
        read(&bytes).map(Sent)
    }
}

/// What a body says.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => Problem::new(422, "bad-value", "Body has a wrong value", error.to_string()),
        _ => Problem::new(400, "bad-body", "Body is no JSON", error.to_string()),
    })
}

/// What stands after `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        let bad = |why: String| Problem::new(400, "bad-query", "Query has a wrong value", why);
        asked.map(|Query(asked)| Asked(asked)).map_err(|refused| bad(refused.body_text()))
    }
}

/// What a place in the path says.
pub(super) struct Placed(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Placed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let placed = Path::<String>::from_request_parts(parts, state).await;
        let bad = |why: String| Problem::new(400, "bad-path", "Path cannot be read", why);
        placed.map(|Path(text)| Placed(text)).map_err(|refused| bad(refused.body_text()))
    }
}
