//! What callers left: recordings.

use super::sent::{Asked, Placed};
use super::{Api, file, openapi};
use crate::case::Event;
use crate::web::problem::Problem;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Which of the call's recordings, 1 for the first.
    #[param(minimum = 1, default = 1)]
    nth: Option<u32>,
}

/// What the caller left: WAV, 8 kHz, 16 bits.
///
/// `Range` with one range of bytes is answered by 206. Who hears it is in the audit log.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/recording", tag = "calls",
    params(("id" = String, Path, description = "the engine's name for the call"), Which),
    responses(
        (status = 200, description = "the recording", body = String, content_type = "audio/wav"),
        (status = 206, description = "the part that was asked for", body = String, content_type = "audio/wav"),
        (status = 404, description = "there is no such call, or it has no such recording",
            body = openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "the recording is shorter", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn hear_recording(
    State(api): State<Arc<Api>>,
    Placed(id): Placed,
    Asked(which): Asked<Which>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = api.recording(&id, which.nth.unwrap_or(1)).await?;
    let path = api.recordings.join(&name);
    let disposition = "inline; filename=\"recording.wav\"".to_string();
    file::sent(path, "audio/wav", disposition, &headers).await.map_err(|error| {
        tracing::warn!("the recording {name} cannot be read: {error}");
        none("the file is not there any more")
    })
}

impl Api {
    /// The name of a call's recording in the folder of recordings: its case says which there are.
    async fn recording(&self, id: &str, nth: u32) -> Result<String, Problem> {
        let call = self.call(id).await?;
        let number = call.case.ok_or_else(|| none("the call came to no case"))?;
        let case = self.store.case(number).await?.ok_or_else(|| none("the call's case is gone"))?;
        let of_call = format!("{id}-");
        let mut files = case.timeline().iter().filter_map(|entry| match &entry.event {
            Event::VoicemailLeft { file, .. } if file.starts_with(&of_call) => Some(file),
            _ => None,
        });
        let nth = usize::try_from(nth).unwrap_or(usize::MAX).checked_sub(1);
        let file = nth.and_then(|nth| files.nth(nth)).filter(|file| file::is_name(file));
        file.cloned().ok_or_else(|| none("the caller left no such recording"))
    }
}

fn none(detail: &str) -> Problem {
    Problem::new(404, "no-recording", "No recording", detail)
}
