//! Requests that are done once: whoever repeats one under its `Idempotency-Key` is told what they were told.

use super::Api;
use crate::store::{Answer, Before};
use crate::web::problem::{Kind, Problem};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

/// The header with the key.
pub(super) const KEY: &str = "idempotency-key";
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The kind of what may have been done.
pub(in crate::web) const IN_DOUBT: &str = "in-doubt";
/// The kind of what is being done for an earlier request.
pub(in crate::web) const BEING_DONE: &str = "being-done";
/// The kind of another request under a key that was used.
pub(in crate::web) const KEY_USED: &str = "key-used";
/// The longest key.
const LONGEST: usize = 128;
/// The longest answer that is kept, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;
/// What of an answer's head belongs to it.
const HEAD: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// The key of a request.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let text = key.to_str().ok().filter(|text| (1..=LONGEST).contains(&text.len()));
    let bad = || Problem::new(400, "bad-key", "Idempotency-Key cannot be used", "1 to 128 letters of ASCII");
    text.map(|text| Some(text.to_string())).ok_or_else(bad)
}

/// Whether it is an answer that was given before: nothing was done for it.
pub(super) fn is_replay(response: &Response) -> bool {
    response.headers().contains_key(REPLAYED)
}

impl Api {
    /// Does what is asked under a key, or gives the answer that was given before.
    ///
    /// # Errors
    /// Why neither is done.
    pub(in crate::web) async fn once(
        &self,
        scope: &str,
        key: &str,
        question: &str,
        run: impl Future<Output = Response>,
    ) -> Result<Response, Problem> {
        match self.store.take_key(scope, key, question, self.now()).await {
            Ok(Before::Nothing) => Ok(self.first(scope, key, run.await).await),
            Ok(Before::Answer(answer)) => Ok(again(answer)),
            Ok(Before::BeingMade) => {
                let detail = "the first request with this key is not answered yet";
                Err(Problem::new(409, BEING_DONE, "It is being done", detail).retry_after(1))
            }
            Ok(Before::InDoubt) => {
                let detail = "nobody knows what became of the first request with this key: look whether it was done, and \
                    ask with a new key where it was not";
                Err(Problem::new(409, IN_DOUBT, "It may have been done", detail))
            }
            Ok(Before::OtherQuestion) => {
                let detail = "something else was asked with this key: take a new one for each request";
                Err(Problem::new(422, KEY_USED, "The key was used", detail))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps an answer by which something was done: what was refused has done nothing, and may be judged anew. Nobody
    /// fills the store with refusals. What may have been done keeps its key, so that nobody does it twice.
    async fn first(&self, scope: &str, key: &str, response: Response) -> Response {
        if is_in_doubt(&response) {
            return response;
        }
        let (kept, response) = match response.status().is_success() {
            false => (self.store.give_up_key(scope, key).await, response),
            true => {
                let (answer, response) = copied(response).await;
                (self.store.keep_answer(scope, key, &answer).await, response)
            }
        };
        if let Err(error) = kept {
            tracing::warn!("whoever repeats a request is not told what was answered: {error}");
        }
        response
    }
}

/// Whether nobody knows what was done.
fn is_in_doubt(response: &Response) -> bool {
    response.extensions().get::<Kind>().is_some_and(|kind| [IN_DOUBT, "too-slow"].contains(&kind.0))
}

async fn copied(response: Response) -> (Answer, Response) {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST).await.unwrap_or_default();
    let line = |name: &HeaderName| Some(format!("{name}: {}\n", parts.headers.get(name)?.to_str().ok()?));
    let answer = Answer {
        status: parts.status.as_u16(),
        head: HEAD.iter().filter_map(line).collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    (answer, Response::from_parts(parts, Body::from(bytes)))
}

fn again(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.head.lines().filter_map(|line| line.split_once(": ")) {
        let known = HEAD.into_iter().find(|known| known.as_str() == name);
        if let (Some(name), Ok(value)) = (known, value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
