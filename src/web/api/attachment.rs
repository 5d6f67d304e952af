//! Files of a case: those that people put to it, and what its caller left as a message. What they are called and said to be
//! is kept in the case's timeline; on disk they have names of our own, and browsers are made to save them, not to show
//! them.

use super::cases::{case_number, no_case};
use super::change::bad_value;
use super::guard::Visitor;
use super::page::bad_query;
use super::sent::{Asked, Placed};
use super::{Api, file, openapi};
use crate::case::{Case, CaseNumber, Entry, Event, Refusal};
use crate::store::EditError;
use crate::store::json::rfc3339;
use crate::web::access::fresh_id;
use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most files of a case.
const MOST: usize = 50;
/// The longest name, in characters.
const LONGEST_NAME: usize = 120;
/// What a caller's message is called.
const MESSAGE: &str = "message.wav";

/// What may be put to a case.
pub(super) const TYPES: [&str; 10] = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "text/plain",
    "text/csv",
    "application/pdf",
    "application/json",
    "application/zip",
    "audio/wav",
    "application/vnd.tcpdump.pcap",
];

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Called {
    /// What the file is called.
    #[param(min_length = 1, max_length = 120)]
    name: String,
}

/// A file of a case.
#[derive(Serialize, ToSchema)]
pub(super) struct Attachment {
    /// Its place: `/api/v1/cases/NUMBER/attachments/FILE`.
    file: String,
    name: String,
    media_type: String,
    /// Null where the file is not there any more.
    bytes: Option<u64>,
    #[schema(format = DateTime)]
    at: String,
    /// Who put it there.
    by: String,
    /// Whether it is what the caller left as a message.
    is_message: bool,
}

/// The files of a case, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Attachments {
    attachments: Vec<Attachment>,
}

/// Put a file to a case.
///
/// Up to 20 MiB, of the types that are listed; fifty of a case.
#[utoipa::path(
    post, path = "/api/v1/cases/{number}/attachments", tag = "cases",
    params(("number" = String, Path, description = "nine digits, the last a check digit"), Called),
    request_body(content(
        ("image/png"), ("image/jpeg"), ("image/webp"), ("text/plain"), ("text/csv"), ("application/pdf"),
        ("application/json"), ("application/zip"), ("audio/wav"), ("application/vnd.tcpdump.pcap"))),
    responses(
        (status = 201, description = "the file is kept", body = Attachment, headers(("Location" = String))),
        (status = 404, description = "there is no such case", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "the case has as many as it may", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn attach_file(
    State(api): State<Arc<Api>>,
    Placed(number): Placed,
    Asked(Called { name }): Asked<Called>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let number = case_number(&number)?;
    if !is_called_well(&name) {
        return Err(bad_query(
            "name",
            format!("1 to {LONGEST_NAME} letters, no path, no control characters"),
        ));
    }
    if bytes.is_empty() {
        return Err(bad_value("body", "the file is empty"));
    }
    let case = api.store.case(number).await?.ok_or_else(|| no_case(number))?;
    if files(&case).filter(|file| !file.is_message).count() >= MOST {
        let detail = format!("a case has at most {MOST} files");
        return Err(Problem::new(409, "too-many-files", "Too many files", detail));
    }
    let media_type = media_type(&headers).unwrap_or_default();
    let event = Event::Attached {
        file: api.keep_file(number, bytes.clone()).await?,
        name,
        media_type,
        bytes: bytes.len() as u64,
    };
    let kept = api.note_file(number, &visitor, event).await?;
    let place = format!("/api/v1/cases/{number}/attachments/{}", kept.file);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(kept)).into_response())
}

/// The files of a case.
#[utoipa::path(
    get, path = "/api/v1/cases/{number}/attachments", tag = "cases",
    params(("number" = String, Path, description = "nine digits, the last a check digit")),
    responses(
        (status = 200, description = "the files, oldest first", body = Attachments),
        (status = 404, description = "there is no such case", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_attachments(
    State(api): State<Arc<Api>>,
    Placed(number): Placed,
) -> Result<Json<Attachments>, Problem> {
    let number = case_number(&number)?;
    let case = api.store.case(number).await?.ok_or_else(|| no_case(number))?;
    let mut attachments: Vec<_> = files(&case).collect();
    for message in attachments.iter_mut().filter(|file| file.is_message) {
        let found = tokio::fs::metadata(api.place_of(message)).await;
        message.bytes = found.ok().map(|found| found.len());
    }
    Ok(Json(Attachments { attachments }))
}

/// A file of a case.
///
/// Browsers save it, and do not show it. `Range` with one range of bytes is answered by 206. Who takes it is in the audit
/// log.
#[utoipa::path(
    get, path = "/api/v1/cases/{number}/attachments/{file}", tag = "cases",
    params(
        ("number" = String, Path, description = "nine digits, the last a check digit"),
        ("file" = String, Path, description = "its place in the list"),
    ),
    responses(
        (status = 200, description = "the file", body = String, content_type = "application/octet-stream"),
        (status = 206, description = "the part that was asked for", body = String,
            content_type = "application/octet-stream"),
        (status = 404, description = "there is no such case or file", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 416, description = "the file is shorter", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn take_attachment(
    State(api): State<Arc<Api>>,
    Placed((number, file)): Placed<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = case_number(&number)?;
    let none = || Problem::new(404, "no-file", "No such file", "the case has no such file");
    let case = api.store.case(number).await?.ok_or_else(|| no_case(number))?;
    let known = files(&case).find(|kept| kept.file == file).ok_or_else(none)?;
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(&known.name));
    let sent = file::sent(api.place_of(&known), "application/octet-stream", disposition, &headers);
    sent.await.map_err(|error| {
        tracing::warn!("the attachment {file} cannot be read: {error}");
        none()
    })
}

/// What a body is said to be, where that may be put to a case.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let said = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&said.as_str()).then_some(said)
}

impl Api {
    /// Puts a file on disk under a name of its own, whole or not at all.
    async fn keep_file(&self, number: CaseNumber, bytes: Bytes) -> Result<String, Problem> {
        let (folder, name) = (self.attachments.clone(), format!("{number}-{}", fresh_id()));
        let file = name.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, &file, &bytes)).await;
        written.map_err(io::Error::other).and_then(|written| written).map_err(|error| {
            tracing::error!("an attachment cannot be written: {error}");
            Problem::new(503, "disk-fails", "The file was not kept", "try again later").retry_after(5)
        })?;
        Ok(name)
    }

    /// Where a file is on disk.
    fn place_of(&self, attachment: &Attachment) -> PathBuf {
        let folder = if attachment.is_message { &self.recordings } else { &self.attachments };
        folder.join(&attachment.file)
    }

    /// Writes down in its case that a file was kept.
    async fn note_file(
        &self,
        number: CaseNumber,
        visitor: &Visitor,
        event: Event,
    ) -> Result<Attachment, Problem> {
        let (now, by) = (self.now(), visitor.by());
        let entry = Entry { at: now, by: by.clone(), event: event.clone() };
        let act = |case: &mut Case| {
            case.record(now, by, event);
            Ok::<(), Refusal>(())
        };
        match self.office.act(number, None, now, act).await {
            Ok(_) => of(&entry).ok_or_else(|| no_case(number)),
            Err(EditError::Store(error)) => Err(error.into()),
            Err(EditError::None(_) | EditError::Changed { .. } | EditError::Refused(_)) => {
                Err(no_case(number))
            }
        }
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let part = folder.join(format!(".{name}.part"));
    let mut file = File::create_new(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(name))?;
    File::open(folder)?.sync_all()
}

fn files(case: &Case) -> impl Iterator<Item = Attachment> {
    case.timeline().iter().filter_map(of).filter(|kept| file::is_name(&kept.file))
}

fn of(entry: &Entry) -> Option<Attachment> {
    let attachment = |file: &String, name: &str, media_type: &str| Attachment {
        file: file.clone(),
        name: name.to_string(),
        media_type: media_type.to_string(),
        bytes: None,
        at: rfc3339(entry.at),
        by: entry.by.to_string(),
        is_message: false,
    };
    match &entry.event {
        Event::Attached { file, name, media_type, bytes } => {
            Some(Attachment { bytes: Some(*bytes), ..attachment(file, name, media_type) })
        }
        Event::VoicemailLeft { file, .. } => {
            Some(Attachment { is_message: true, ..attachment(file, MESSAGE, "audio/wav") })
        }
        _ => None,
    }
}

fn is_called_well(name: &str) -> bool {
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    fits && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'))
}

/// A name as `filename*` has it (RFC 8187).
fn percent(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}
