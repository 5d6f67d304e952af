//! An event as receivers read it: CloudEvents 1.0, structured, in JSON.

use crate::base::UnixTime;
use crate::store::Happened;
use crate::store::json::{ToldJson, rfc3339};
use serde::Serialize;

/// What every type begins with; the kind follows.
const FAMILY: &str = "case";

/// Where events of cases say that they come from, unless somebody names it.
pub const CASES: &str = "urn:madoguchi:cases";

/// Something that happened, with what is said of it.
#[derive(Clone, Debug)]
pub struct Told<'a, D> {
    /// What it is known by: the same whenever it is told, and of nothing else.
    pub id: String,
    /// Where it comes from: a URI.
    pub source: &'a str,
    /// What happened: `case.opened`.
    pub kind: String,
    /// To whom or what: a case's number.
    pub subject: String,
    /// When.
    pub at: UnixTime,
    /// What is said of it.
    pub data: D,
}

#[derive(Serialize)]
struct CloudEvent<'a, D> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: &'a str,
    /// When it happened.
    time: String,
    datacontenttype: &'static str,
    data: &'a D,
}

impl<D: Serialize> Told<'_, D> {
    /// The event as JSON.
    pub fn to_json(&self) -> String {
        let event = CloudEvent {
            specversion: "1.0",
            id: &self.id,
            source: self.source,
            kind: &self.kind,
            subject: &self.subject,
            time: rfc3339(self.at),
            datacontenttype: "application/json",
            data: &self.data,
        };
        serde_json::to_string(&event).expect("mirrors have string keys only")
    }
}

/// The type of events of a kind.
pub fn event_type(kind: &str) -> String {
    format!("{FAMILY}.{kind}")
}

/// The kind of events of a type.
pub fn kind_of(event_type: &str) -> Option<&str> {
    event_type.strip_prefix(FAMILY)?.strip_prefix('.')
}

/// The event of something that happened to a case.
pub fn of_case<'a>(happened: &'a Happened, source: &'a str) -> Told<'a, ToldJson<'a>> {
    Told {
        id: happened.id(),
        source,
        kind: event_type(&happened.kind),
        subject: happened.case.number().to_string(),
        at: happened.entry.at,
        data: ToldJson { case: &happened.case, entry: &happened.entry },
    }
}
