//! `madoguchi token` and `madoguchi audit`: tokens made, shown and revoked; the log of who did what.

use super::output::{Format, columns, json};
use super::remote::asker;
use crate::base::UnixTime;
use crate::store::json::rfc3339;
use crate::store::{AuditEntry, Deed, Store, Token};
use crate::web::{FRESH_TOKEN, Fresh, Role};
use std::fmt::Display;
use std::time::Duration;

/// Who asks, as the audit log shows it: `shell:root`.
pub fn asked_by() -> String {
    format!("shell:{}", asker())
}

/// Something that was done from the shell.
pub(super) fn deed(at: UnixTime, who: &str, what: &str, subject: String) -> Deed {
    let (source, outcome) = ("shell".to_string(), "done".to_string());
    Deed { at, who: who.to_string(), source, what: what.to_string(), subject, outcome }
}

/// Makes a token; the text has it, and nothing else ever does.
///
/// # Errors
/// The store does not answer.
pub async fn create(
    store: &Store,
    now: UnixTime,
    who: &str,
    name: String,
    role: Role,
    lasts: Duration,
    format: Format,
) -> Result<String, String> {
    let Fresh { secret, hash, id } = Fresh::make(FRESH_TOKEN);
    let token = Token {
        id,
        name,
        role: role.name().to_string(),
        made_at: now,
        expires_at: now + lasts,
        revoked_at: None,
        last_used_at: None,
    };
    let deed = deed(now, who, "create_token", format!("{} {} {role}", token.id, token.name));
    store.keep_token(&token, &hash, &deed).await.map_err(text)?;
    let until = rfc3339(token.expires_at);
    Ok(match format {
        Format::Text => format!(
            "{}\nid {}, for {}, role {role}, until {until}; it is not shown again\n",
            secret.reveal(),
            token.id,
            token.name
        ),
        Format::Json => {
            json(&serde_json::json!({ "token": secret.reveal(), "id": token.id, "name": token.name,
            "role": token.role, "expires_at": until }))
        }
    })
}

/// Every token, newest first.
///
/// # Errors
/// The store does not answer.
pub async fn tokens(store: &Store, now: UnixTime, format: Format) -> Result<String, String> {
    let tokens = store.tokens().await.map_err(text)?;
    Ok(match format {
        Format::Json => {
            let rows: Vec<_> = tokens.iter().map(|token| token_json(token, now)).collect();
            json(&serde_json::json!({ "tokens": rows }))
        }
        Format::Text if tokens.is_empty() => "no tokens\n".to_string(),
        Format::Text => {
            let head = ["ID", "ROLE", "STATE", "EXPIRES", "LAST USED", "NAME"].map(str::to_string);
            let rows: Vec<[String; 6]> =
                std::iter::once(head).chain(tokens.iter().map(|token| token_row(token, now))).collect();
            columns(&rows)
        }
    })
}

fn state(token: &Token, now: UnixTime) -> &'static str {
    match (token.revoked_at, token.is_good(now)) {
        (Some(_), _) => "revoked",
        (None, true) => "good",
        (None, false) => "expired",
    }
}

fn token_row(token: &Token, now: UnixTime) -> [String; 6] {
    let last = token.last_used_at.map_or_else(|| "-".to_string(), rfc3339);
    let (state, expires) = (state(token, now).to_string(), rfc3339(token.expires_at));
    [token.id.clone(), token.role.clone(), state, expires, last, token.name.clone()]
}

fn token_json(token: &Token, now: UnixTime) -> serde_json::Value {
    serde_json::json!({
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "state": state(token, now),
        "made_at": rfc3339(token.made_at),
        "expires_at": rfc3339(token.expires_at),
        "revoked_at": token.revoked_at.map(rfc3339),
        "last_used_at": token.last_used_at.map(rfc3339),
    })
}

/// Makes a token count no more.
///
/// # Errors
/// There is none of this id that is not revoked already, or the store does not answer.
pub async fn revoke(store: &Store, now: UnixTime, who: &str, id: &str) -> Result<String, String> {
    let deed = deed(now, who, "revoke_token", id.to_string());
    match store.revoke_token(id, &deed).await.map_err(text)? {
        true => Ok(format!("{id} counts no more\n")),
        false => Err(format!("there is no token {id} that is not revoked already: see madoguchi token list")),
    }
}

/// Who did what, newest first.
///
/// # Errors
/// The store does not answer.
pub async fn audit_list(
    store: &Store,
    limit: u32,
    before: Option<u64>,
    format: Format,
) -> Result<String, String> {
    let entries = store.audit_log(limit, before).await.map_err(text)?;
    Ok(match format {
        Format::Json => {
            let rows: Vec<_> = entries.iter().map(entry_json).collect();
            json(&serde_json::json!({ "entries": rows }))
        }
        Format::Text if entries.is_empty() => "no entries\n".to_string(),
        Format::Text => {
            let head = ["SEQ", "AT", "WHO", "FROM", "WHAT", "OUTCOME", "SUBJECT"].map(str::to_string);
            let rows: Vec<[String; 7]> = std::iter::once(head).chain(entries.iter().map(entry_row)).collect();
            columns(&rows)
        }
    })
}

fn entry_row(entry: &AuditEntry) -> [String; 7] {
    let deed = entry.deed.clone();
    [entry.seq.to_string(), rfc3339(deed.at), deed.who, deed.source, deed.what, deed.outcome, deed.subject]
}

fn entry_json(entry: &AuditEntry) -> serde_json::Value {
    let AuditEntry { seq, deed, before, hash } = entry;
    serde_json::json!({ "seq": seq, "at": rfc3339(deed.at), "who": deed.who, "source": deed.source,
        "what": deed.what, "subject": deed.subject, "outcome": deed.outcome, "before": before, "hash": hash })
}

/// Whether every entry fits the one before it, in words.
///
/// # Errors
/// The store does not answer.
pub async fn audit_verify(store: &Store, format: Format) -> Result<(String, bool), String> {
    let verdict = store.verify_audit().await.map_err(text)?;
    let is_good = verdict.misfit.is_none();
    let words = match (format, verdict.misfit) {
        (Format::Text, None) => {
            format!("{} entries, each fits; the last is {}\n", verdict.good, verdict.last)
        }
        (Format::Text, Some((seq, misfit))) => {
            format!("entry {seq} does not fit: {misfit}; {} before it do\n", verdict.good)
        }
        (Format::Json, misfit) => json(&serde_json::json!({
            "good": verdict.good,
            "last": verdict.last,
            "misfit": misfit.map(|(seq, misfit)| serde_json::json!({ "seq": seq, "why": misfit.to_string() })),
        })),
    };
    Ok((words, is_good))
}

fn text(error: impl Display) -> String {
    error.to_string()
}
