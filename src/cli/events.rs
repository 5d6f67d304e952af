//! `madoguchi events`: what waits for receivers outside, and what they were not told.

use super::output::{Format, columns, json};
use crate::base::UnixTime;
use crate::diag::suggestion;
use crate::office::event_type;
use crate::store::json::{kinds, rfc3339};
use crate::store::{Dead, Store, Waiting};
use std::time::Duration;

/// How much waits for each receiver, and what was given up.
///
/// # Errors
/// The store does not answer.
pub async fn listed(store: &Store, limit: u32, now: UnixTime, format: Format) -> Result<String, String> {
    let mut waiting = Vec::new();
    for receiver in store.receivers().await.map_err(text)? {
        let of = store.waiting(&receiver).await.map_err(text)?;
        waiting.push((receiver, of));
    }
    let dead = store.dead(limit).await.map_err(text)?;
    Ok(match format {
        Format::Json => json(&serde_json::json!({
            "receivers": waiting.iter().map(|(name, of)| receiver_json(name, of)).collect::<Vec<_>>(),
            "given_up": dead.iter().map(dead_json).collect::<Vec<_>>(),
        })),
        Format::Text if waiting.is_empty() => "nobody is told: the settings have no [events]\n".to_string(),
        Format::Text => receivers_text(&waiting, now) + &dead_text(&dead),
    })
}

/// Has what was given up sent again, for one receiver or for all.
///
/// # Errors
/// There is no such receiver, or the store does not answer.
pub async fn again(store: &Store, receiver: Option<&str>) -> Result<String, String> {
    let known = store.receivers().await.map_err(text)?;
    if let Some(name) = receiver.filter(|name| !known.iter().any(|known| known == name)) {
        let help = suggestion(name, known.iter().map(String::as_str));
        return Err(format!(
            "there is no receiver `{name}`{}",
            help.map_or(String::new(), |h| format!("; {h}"))
        ));
    }
    let count = store.tell_again(receiver).await.map_err(text)?;
    Ok(format!("{count} to be sent again\n"))
}

/// The types, one a line.
pub fn types() -> String {
    kinds().iter().map(|kind| event_type(kind) + "\n").collect()
}

fn receiver_json(name: &str, waiting: &Waiting) -> serde_json::Value {
    serde_json::json!({ "receiver": name, "waiting": waiting.waiting, "oldest": waiting.oldest.map(rfc3339),
        "given_up": waiting.dead })
}

fn dead_json(dead: &Dead) -> serde_json::Value {
    serde_json::json!({ "receiver": dead.receiver, "case": dead.case.to_string(), "type": event_type(&dead.kind),
        "time": rfc3339(dead.at), "attempts": dead.attempts, "given_up_at": rfc3339(dead.given_up_at),
        "why": dead.why })
}

fn receivers_text(receivers: &[(String, Waiting)], now: UnixTime) -> String {
    let head = ["RECEIVER", "WAITING", "GIVEN UP", "OLDEST WAITS FOR"].map(str::to_string);
    let row = |(name, of): &(String, Waiting)| {
        let waits = of.oldest.map_or(String::new(), |oldest| {
            let ms = now.as_millis().saturating_sub(oldest.as_millis());
            format!("{:?}", Duration::from_secs(u64::try_from(ms / 1_000).unwrap_or(0)))
        });
        [name.clone(), of.waiting.to_string(), of.dead.to_string(), waits]
    };
    columns(&std::iter::once(head).chain(receivers.iter().map(row)).collect::<Vec<_>>())
}

fn dead_text(dead: &[Dead]) -> String {
    if dead.is_empty() {
        return String::new();
    }
    let head = ["GIVEN UP", "RECEIVER", "CASE", "TYPE", "ATTEMPTS", "WHY"].map(str::to_string);
    let row = |dead: &Dead| {
        [
            rfc3339(dead.given_up_at),
            dead.receiver.clone(),
            dead.case.to_string(),
            event_type(&dead.kind),
            dead.attempts.to_string(),
            dead.why.clone(),
        ]
    };
    format!("\n{}", columns(&std::iter::once(head).chain(dead.iter().map(row)).collect::<Vec<_>>()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
