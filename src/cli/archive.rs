//! `madoguchi backup`, `restore` and `verify`: what they do, and how they say it.

use super::output::{Format, columns, json};
use crate::store::{Counted, Store};
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
}

#[derive(Serialize)]
struct Verified {
    cases: u64,
    calls: u64,
    wrong: Vec<String>,
}

/// Copies the store into a file, while its engine goes on.
///
/// # Errors
/// Why there is no backup.
pub async fn backed_up(url: &str, file: &Path, format: Format) -> Result<String, String> {
    let store = Store::open_existing(url).await.map_err(|error| error.to_string())?;
    let counted = store.back_up(file).await.map_err(|error| error.to_string());
    store.close().await;
    counted.map(|rows| copied("saved in", file, &rows, format))
}

/// Puts a backup in the place of what the store has. An engine that runs knows nothing of it: it has to be stopped.
///
/// # Errors
/// Why nothing was restored.
pub async fn restored(
    url: &str,
    admin: SocketAddr,
    file: &Path,
    replace: bool,
    format: Format,
) -> Result<String, String> {
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(admin)).await;
    if matches!(connected, Ok(Ok(_))) {
        return Err(format!("an engine answers at {admin} ([admin] listen): stop it, then restore"));
    }
    let store = Store::open(url).await.map_err(|error| error.to_string())?;
    let counted = store.restore(file, replace).await.map_err(|error| error.to_string());
    store.close().await;
    counted.map(|rows| copied("restored from", file, &rows, format))
}

/// Reads everything of a store: what is found, and whether it is whole.
///
/// # Errors
/// It cannot be read; as text, what is wrong with it, a line each.
pub async fn verified(url: &str, format: Format) -> Result<(String, bool), String> {
    let store = Store::open_existing(url).await.map_err(|error| error.to_string())?;
    let found = store.verify().await.map_err(|error| error.to_string());
    store.close().await;
    let found = found?;
    match (found.wrong.is_empty(), format) {
        (false, Format::Text) => Err(found.wrong.join("\n")),
        (true, Format::Text) => Ok((format!("whole: {} cases, {} calls\n", found.cases, found.calls), true)),
        (is_whole, Format::Json) => {
            let found = Verified { cases: found.cases, calls: found.calls, wrong: found.wrong };
            Ok((json(&found), is_whole))
        }
    }
}

fn copied(how: &str, file: &Path, rows: &Counted, format: Format) -> String {
    match format {
        Format::Json => json(&Copied { file: file.display().to_string(), rows }),
        Format::Text => {
            let head = ["TABLE".to_string(), "ROWS".to_string()];
            let rows = rows.iter().map(|(table, count)| [table.clone(), count.to_string()]);
            let table: Vec<[String; 2]> = std::iter::once(head).chain(rows).collect();
            format!("{}{how} {}\n", columns(&table), file.display())
        }
    }
}
