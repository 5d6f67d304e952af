//! An event as receivers read it: CloudEvents 1.0, structured, in JSON.

use crate::store::Outgoing;
use crate::store::json::{ToldJson, rfc3339};
use serde::Serialize;

/// What every type begins with; the kind follows.
const FAMILY: &str = "case";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    /// The case's number.
    subject: String,
    /// When it happened.
    time: String,
    datacontenttype: &'static str,
    data: ToldJson<'a>,
}

/// The type of events of a kind.
pub fn event_type(kind: &str) -> String {
    format!("{FAMILY}.{kind}")
}

/// The kind of events of a type.
pub fn kind_of(event_type: &str) -> Option<&str> {
    event_type.strip_prefix(FAMILY)?.strip_prefix('.')
}

/// The event of something to be told.
pub(super) fn event(outgoing: &Outgoing, id: &str, source: &str) -> Vec<u8> {
    let event = CloudEvent {
        specversion: "1.0",
        id,
        source,
        kind: event_type(&outgoing.kind),
        subject: outgoing.case.number().to_string(),
        time: rfc3339(outgoing.entry.at),
        datacontenttype: "application/json",
        data: ToldJson { case: &outgoing.case, entry: &outgoing.entry },
    };
    serde_json::to_vec(&event).expect("mirrors have string keys only")
}
