//! `madoguchi backup`, `restore` and `verify`: what they do, and how they say it.

use super::access::{asked_by, deed};
use super::now;
use super::output::{Format, columns, json};
use crate::store::{BackedUp, Counted, Restored, Soundness, Store, Wish};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an engine may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Copied<'a> {
    file: String,
    rows: &'a Counted,
    /// Of a restore: tokens of which nobody can tell whether they were revoked since the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubtful_tokens: Option<u64>,
    /// What does not fit in the audit log that was copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<&'a str>,
}

#[derive(Serialize)]
struct Verified {
    cases: u64,
    calls: u64,
    wrong: Vec<String>,
}

/// What was copied, and what does not fit in the audit log that was copied with it: whoever has such a log is told so
/// until somebody has looked into it.
pub type Told = (String, Option<String>);

/// Copies the store into a file, while its engine goes on.
///
/// # Errors
/// Why there is no backup.
pub async fn backed_up(url: &str, file: &Path, format: Format) -> Result<Told, String> {
    let store = Store::open_existing(url).await.map_err(|error| error.to_string())?;
    let made = store.back_up(file).await.map_err(|error| error.to_string());
    store.close().await;
    let BackedUp { rows, audit } = made?;
    let said = Copied {
        file: file.display().to_string(),
        rows: &rows,
        doubtful_tokens: None,
        audit: audit.as_deref(),
    };
    Ok((copied("saved in", &said, format), audit))
}

/// Puts a backup in the place of what the store has. An engine that runs knows nothing of it: it has to be stopped.
///
/// # Errors
/// Why nothing was restored.
pub async fn restored(
    url: &str,
    admin: SocketAddr,
    file: &Path,
    wish: Wish,
    format: Format,
) -> Result<Told, String> {
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(admin)).await;
    if matches!(connected, Ok(Ok(_))) {
        return Err(format!("an engine answers at {admin} ([admin] listen): stop it, then restore"));
    }
    let store = Store::open(url).await.map_err(|error| error.to_string())?;
    let deed = deed(now(), &asked_by(), "restore", file.display().to_string());
    let restored = store.restore(file, wish, deed).await.map_err(|error| error.to_string());
    store.close().await;
    let Restored { rows, doubtful_tokens, audit } = restored?;
    let file = file.display().to_string();
    let said = Copied { file, rows: &rows, doubtful_tokens: Some(doubtful_tokens), audit: audit.as_deref() };
    let text = copied("restored from", &said, format);
    let text = match format {
        Format::Json => text,
        Format::Text => text + &doubts(doubtful_tokens, wish.keep_tokens),
    };
    Ok((text, audit))
}

/// Reads everything of a store: what is found, and whether it is whole. As JSON also why it cannot be read.
///
/// # Errors
/// As text, what is wrong with it, a line each.
pub async fn verified(url: &str, format: Format) -> Result<(String, bool), String> {
    match (read_through(url).await, format) {
        (Err(why), Format::Text) => Err(why),
        (Ok(found), Format::Text) => {
            let said = format!("whole: {} cases, {} calls\n", found.cases, found.calls);
            let wrong = found.all_wrong();
            if wrong.is_empty() { Ok((said, true)) } else { Err(wrong.join("\n")) }
        }
        (found, Format::Json) => {
            let found = found.unwrap_or_else(|why| Soundness { wrong: vec![why], ..Soundness::default() });
            let (cases, calls, wrong) = (found.cases, found.calls, found.all_wrong());
            let is_whole = wrong.is_empty();
            Ok((json(&Verified { cases, calls, wrong }), is_whole))
        }
    }
}

async fn read_through(url: &str) -> Result<Soundness, String> {
    let store = Store::open_existing(url).await.map_err(|error| error.to_string())?;
    let found = store.verify().await.map_err(|error| error.to_string());
    store.close().await;
    found
}

/// What to do about tokens that may have been revoked since the backup.
fn doubts(tokens: u64, are_kept: bool) -> String {
    match (tokens, are_kept) {
        (0, _) => String::new(),
        (tokens, false) => format!(
            "tokens that count no more, as nobody can tell whether they were revoked since the backup: {tokens}. `madoguchi \
            token create` makes new ones\n"
        ),
        (tokens, true) => format!(
            "tokens that count, though they may have been revoked since the backup: {tokens}. `madoguchi token list` shows \
            them, `madoguchi token revoke ID` ends one\n"
        ),
    }
}

fn copied(how: &str, said: &Copied<'_>, format: Format) -> String {
    match format {
        Format::Json => json(said),
        Format::Text => {
            let head = ["TABLE".to_string(), "ROWS".to_string()];
            let rows = said.rows.iter().map(|(table, count)| [table.clone(), count.to_string()]);
            let table: Vec<[String; 2]> = std::iter::once(head).chain(rows).collect();
            format!("{}{how} {}\n", columns(&table), said.file)
        }
    }
}
