//! A case as JSON for people and programs outside: the names here are a promise.

use super::rows::EventRow;
use crate::base::UnixTime;
use crate::case::{Case, Entitlement, Entry, Event, Field, Ring, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The fields that receivers of events are told. What a caller or customer said of themselves, their numbers and
/// addresses among it, is not: whoever may read it takes the case from the API.
const TOLD: &[&str] = &[
    "dialed",
    "call_id",
    "dialplan",
    "language",
    "interpreter",
    "desk",
    "queue",
    "tier",
    "has_pin",
    "option",
    "product",
    "severity",
    "satisfaction",
    "first_response_due",
    "next_update_due",
    "clock",
    "agent",
    "parent",
    "duplicate_of",
];

/// How much of a case is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Brief,
    Whole,
    Told,
}

/// Serialises a case: every name always there, unknown values null, moments in RFC 3339.
pub struct CaseJson<'a> {
    case: &'a Case,
    extent: Extent,
}

impl<'a> CaseJson<'a> {
    /// The case without its timeline, as lists have it.
    pub fn brief(case: &'a Case) -> Self {
        CaseJson { case, extent: Extent::Brief }
    }

    /// The case with its timeline under `timeline`.
    pub fn whole(case: &'a Case) -> Self {
        CaseJson { case, extent: Extent::Whole }
    }
}

impl Serialize for CaseJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("number", &self.case.number().to_string())?;
        map.serialize_entry("stage", self.case.stage().name())?;
        map.serialize_entry("channel", self.case.channel().name())?;
        map.serialize_entry("opened_at", &rfc3339(self.case.opened_at()))?;
        let is_told = self.extent == Extent::Told;
        for field in Field::ALL.iter().filter(|field| !is_told || TOLD.contains(&field.name)) {
            map.serialize_entry(field.name, &(field.read)(self.case).map(FieldJson))?;
        }
        map.serialize_entry("priority", &self.case.priority())?;
        if !is_told {
            map.serialize_entry("end_cause", &self.case.end_cause().map(|cause| cause.name()))?;
        }
        if self.extent == Extent::Whole {
            let entries: Vec<EntryJson> = self.case.timeline().iter().map(EntryJson::of).collect();
            map.serialize_entry("timeline", &entries)?;
        }
        map.end()
    }
}

/// Serialises what a receiver is told of something that happened to a case: `case`, as it stood then, and `entry`, as it
/// stands in the timeline, both without what [`TOLD`] and [`left_out`] keep back.
pub struct ToldJson<'a> {
    /// The case.
    pub case: &'a Case,
    /// What happened.
    pub entry: &'a Entry,
}

impl Serialize for ToldJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serde_json::to_value(EntryJson::of(self.entry)).map_err(serde::ser::Error::custom)?;
        if let Some(members) = entry.as_object_mut() {
            left_out(&self.entry.event).iter().for_each(|name| drop(members.remove(*name)));
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("case", &CaseJson { case: self.case, extent: Extent::Told })?;
        map.serialize_entry("entry", &entry)?;
        map.end()
    }
}

/// What receivers are not told of an event: what people wrote, and where callers can be reached.
fn left_out(event: &Event) -> &'static [&'static str] {
    match event {
        Event::FieldChanged { field, .. } if !TOLD.contains(&field.as_str()) => &["value"],
        Event::CallbackRequested { .. } => &["number"],
        // Somebody at a desk may have named a number of their own.
        Event::Referred { .. } => &["to"],
        Event::Offered { .. }
        | Event::Declined { .. }
        | Event::Answered { .. }
        | Event::HandedOn { .. }
        | Event::Transferred { .. } => &["target"],
        Event::Replied { .. } | Event::Noted { .. } => &["text"],
        Event::Attached { .. } => &["name"],
        Event::Reassigned { .. } | Event::Escalated { .. } => &["why"],
        Event::Opened
        | Event::FieldChanged { .. }
        | Event::NumberTold
        | Event::QueueEntered { .. }
        | Event::QueueLeft { .. }
        | Event::VoicemailLeft { .. }
        | Event::Paused
        | Event::Resumed
        | Event::ClockRang { .. }
        | Event::EscalationTaken
        | Event::Ended { .. }
        | Event::Closed
        | Event::Reopened => &[],
    }
}

/// The kind of an event: one of [`kinds`].
pub(super) fn kind(event: &Event) -> String {
    let row = serde_json::to_value(EventRow::of(event)).unwrap_or_default();
    let detail = row.get("field").or_else(|| row.get("ring")).and_then(|detail| detail.as_str());
    let name = row.get("event").and_then(|name| name.as_str()).unwrap_or_default();
    name.to_string() + &detail.map(|detail| format!(".{detail}")).unwrap_or_default()
}

/// The kinds of what can happen to a case: the names that events have in a timeline, and for a field that changed and a
/// clock that rang also which field and what it says: `field-changed.severity`, `clock-rang.met`.
pub fn kinds() -> Vec<String> {
    let of = |variant: &&str| {
        let name = kebab(variant);
        let details: Vec<&str> = match *variant {
            "FieldChanged" => Field::ALL.iter().map(|field| field.name).collect(),
            "ClockRang" => Ring::NAMES.to_vec(),
            _ => Vec::new(),
        };
        let detailed: Vec<String> = details.iter().map(|detail| format!("{name}.{detail}")).collect();
        std::iter::once(name).chain(detailed)
    };
    EventRow::VARIANTS.iter().flat_map(of).collect()
}

/// `FieldChanged` as `field-changed`, as serde has it.
fn kebab(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// A moment in RFC 3339, UTC: `2026-02-10T01:00:00Z`, with milliseconds where it has some.
pub fn rfc3339(at: UnixTime) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{} ms", at.as_millis()),
    }
}

/// A moment of an entry, as [`rfc3339`] writes it. Earlier programs kept milliseconds since 1970, which are read too.
pub(super) mod moment {
    use super::{UnixTime, rfc3339};
    use crate::base::Moment;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Millis(i64),
        Text(String),
    }

    pub(in crate::store) fn serialize<S: Serializer>(
        at: &UnixTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(*at))
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<UnixTime, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Millis(millis) => Ok(UnixTime::from_millis(millis)),
            Written::Text(text) => Moment::parse(&text).map(Moment::at).map_err(D::Error::custom),
        }
    }
}

struct FieldJson(Value);

impl Serialize for FieldJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Moment(at) => serializer.serialize_str(&rfc3339(*at)),
            Value::Entitlement(entitlement) => EntitlementJson::of(entitlement).serialize(serializer),
        }
    }
}

#[derive(serde::Serialize)]
struct EntitlementJson<'a> {
    kind: &'static str,
    value: &'a str,
    verified: bool,
}

impl<'a> EntitlementJson<'a> {
    fn of(entitlement: &'a Entitlement) -> Self {
        EntitlementJson {
            kind: entitlement.kind.name(),
            value: &entitlement.value,
            verified: entitlement.verified,
        }
    }
}

#[derive(serde::Serialize)]
struct EntryJson {
    at: String,
    by: String,
    #[serde(flatten)]
    event: EventRow,
}

impl EntryJson {
    fn of(entry: &Entry) -> Self {
        EntryJson { at: rfc3339(entry.at), by: entry.by.to_string(), event: EventRow::of(&entry.event) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Number;
    use crate::case::{By, CaseNumber, Channel, Event, Opening, Presentation, Writer};

    #[test]
    fn a_case_shows_every_name_and_null_for_the_unknown() {
        let mut case = Case::open(Opening {
            number: CaseNumber::from_sequence(1).expect("a sequence"),
            at: UnixTime::from_secs(1_770_685_200),
            channel: Channel::Phone,
            caller: Number::parse("0312345678"),
            presentation: Presentation::Allowed,
            dialed: Number::parse("0120339836"),
            call_id: Some("abc".into()),
            dialplan: None,
        });
        case.change(case.opened_at(), By::Engine, "entitlement", Some("site-url:acme.webex.com"))
            .expect("good");
        case.record(case.opened_at(), By::Plan, Event::QueueEntered { queue: "q".into(), position: 2 });
        let json = serde_json::to_value(CaseJson::whole(&case)).expect("JSON");
        let mut want = serde_json::json!({
            "number": "600000012", "stage": "waiting", "channel": "phone", "opened_at": "2026-02-10T01:00:00Z",
            "caller": "+81312345678", "caller_presentation": "allowed", "dialed": "0120339836", "call_id": "abc",
            "dialplan": null, "language": null, "interpreter": false, "desk": null, "queue": "q", "tier": null,
            "has_pin": null, "option": null, "product": null, "severity": null, "satisfaction": null, "callback": null,
            "entitlement": {"kind": "site-url", "value": "acme.webex.com", "verified": false},
            "first_response_due": null, "next_update_due": null, "clock": null, "agent": null, "end_cause": null,
            "priority": null,
            "timeline": [
                {"at": "2026-02-10T01:00:00Z", "by": "caller", "event": "opened"},
                {"at": "2026-02-10T01:00:00Z", "by": "engine", "event": "field-changed", "field": "entitlement",
                 "value": "site-url:acme.webex.com"},
                {"at": "2026-02-10T01:00:00Z", "by": "plan", "event": "queue-entered", "queue": "q", "position": 2},
            ],
        });
        let desk = Field::ALL.iter().filter(|field| field.writer == Writer::Desk);
        for field in desk.filter(|field| (field.read)(&case).is_none()) {
            want[field.name] = serde_json::Value::Null;
        }
        assert_eq!(json, want);
        assert!(json.get("contact_24h").is_some_and(serde_json::Value::is_null));
    }
}
