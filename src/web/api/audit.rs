//! The audit log.

use super::Api;
use super::page::limit;
use super::sent::Asked;
use crate::store::AuditEntry;
use crate::store::json::rfc3339;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// At most so many entries.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Those before this entry: `next` of the page before.
    #[param(minimum = 1)]
    before: Option<u64>,
}

/// A page of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditPage {
    entries: Vec<AuditRow>,
    /// `before` of the next page; null on the last.
    next: Option<u64>,
}

/// An entry: its hash is SHA-256, in hexadecimal, over the JSON array
/// `[seq, at in milliseconds, who, source, what, subject, outcome, before]`.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditRow {
    seq: u64,
    #[schema(format = DateTime)]
    at: String,
    /// `login:NAME`, `token:NAME`, `shell:USER` or `nobody`.
    who: String,
    /// The address it came from, or `shell`.
    source: String,
    /// The name of the operation.
    what: String,
    subject: String,
    /// The status, and the kind of the problem where there was one; of the shell `done`.
    outcome: String,
    /// The hash of the entry before.
    before: String,
    hash: String,
}

/// Who did what, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "access", params(Ask),
    responses((status = 200, description = "a page of the audit log", body = AuditPage))
)]
pub(super) async fn audit_log(
    State(api): State<Arc<Api>>,
    Asked(ask): Asked<Ask>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = limit(ask.limit)?;
    let entries = api.store.audit_log(limit, ask.before).await?;
    let is_full = entries.len() == limit as usize;
    let next = entries.last().map(|entry| entry.seq).filter(|seq| is_full && *seq > 1);
    Ok(Json(AuditPage { entries: entries.into_iter().map(AuditRow::of).collect(), next }))
}

impl AuditRow {
    fn of(entry: AuditEntry) -> AuditRow {
        let AuditEntry { seq, deed, before, hash } = entry;
        AuditRow {
            seq,
            at: rfc3339(deed.at),
            who: deed.who,
            source: deed.source,
            what: deed.what,
            subject: deed.subject,
            outcome: deed.outcome,
            before,
            hash,
        }
    }
}
