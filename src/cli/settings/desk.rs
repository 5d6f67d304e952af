//! Desks and their queues.

use super::hours;
use super::reader::{Reader, Wrong};
use super::trunk::dialled;
use crate::base::Language;
use crate::calendar::{Schedule, ScheduleSpec};
use crate::diag::{At, Place, Table, Value};
use crate::sip::{SipUri, Uri};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use toml::de::DeValue;

/// How long a place rings where nothing is said.
const RING: Duration = Duration::from_secs(20);

/// A desk.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Its hours, as written.
    pub hours: ScheduleSpec,
    /// Its hours, checked.
    pub schedule: Schedule,
    /// What is spoken there.
    pub language: Language,
    /// Where `dial` reaches it, first to last.
    pub dial: Vec<Target>,
    /// How long one seat of its queues rings.
    pub ring: Duration,
    /// Whether callers' numbers may be asserted to it.
    pub trusted: bool,
    /// Whom its people may transfer callers to, beside each other.
    pub transfers: Vec<Named>,
    /// What customers call it who open cases on the web; none: it is not offered there.
    pub case_form: Option<FormNames>,
    /// Its queues by name.
    pub queues: BTreeMap<String, Queue>,
}

/// What customers call a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormNames {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Desk {
    /// Everywhere it is rung.
    pub(super) fn rung(&self) -> impl Iterator<Item = &Target> {
        let seats = self.queues.values().flat_map(|queue| &queue.seats);
        self.dial.iter().chain(seats.map(|seat| &seat.target))
    }
}

/// A name of the settings, and where it is written.
#[derive(Clone, Debug)]
pub struct Named {
    /// A desk, a place of [transfers], or `trunk:NAME`.
    pub name: String,
    /// Where it is written.
    pub place: Place,
}

/// A queue of a desk.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The tier that takes its calls, 1 or 2.
    pub tier: u8,
    /// How many may wait.
    pub max_waiting: usize,
    /// How long one seat rings; none: as the desk says.
    pub ring: Option<Duration>,
    /// The places rung in turn.
    pub seats: Vec<Seat>,
}

/// A place of a queue.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Where it is.
    pub target: Target,
    /// How many calls it takes at once.
    pub calls_at_once: u32,
}

/// Where somebody is rung, and where that is written.
#[derive(Clone, Debug)]
pub struct Target {
    /// The place.
    pub to: To,
    /// Where it is written.
    pub place: Place,
}

/// A place that can be rung.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    /// A URI, `sip:` and nothing else.
    Uri(SipUri),
    /// A number dialled by a trunk: `trunk:NAME/NUMBER`.
    Trunk {
        /// The trunk.
        trunk: String,
        /// The number.
        number: String,
    },
    /// Wherever this phone is registered: `phone:NAME`.
    Phone(String),
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            To::Uri(uri) => uri.fmt(f),
            To::Trunk { trunk, number } => write!(f, "trunk:{trunk}/{number}"),
            To::Phone(name) => write!(f, "phone:{name}"),
        }
    }
}

/// Reads `[desks]` over the desks that are there.
pub(super) fn read_desks(reader: &mut Reader<'_>, mut table: Table<'_>, desks: &mut BTreeMap<String, Desk>) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let known = desks.get(&name.value).cloned();
        if let Some(desk) = read_desk(reader, table.value, name.span, known) {
            desks.insert(name.value, desk);
        }
    }
}

fn read_desk(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    name: crate::diag::Span,
    known: Option<Desk>,
) -> Option<Desk> {
    let written = table.value("hours").map(|value| hours::read(reader, &value));
    let hours = match (written, &known) {
        (Some(read), _) => read,
        (None, Some(desk)) => Some((desk.hours.clone(), desk.schedule.clone())),
        (None, None) => {
            let missing =
                table.error_at("missing-key", name, format!("`hours` is missing in `{}`", table.path()));
            reader.found.push(missing.help("write hours = \"always\", or a table with zone and weekly"));
            None
        }
    };
    let known = known.map(|desk| {
        let Desk { language, dial, ring, trusted, transfers, case_form, queues, .. } = desk;
        (language, dial, ring, trusted, transfers, case_form, queues)
    });
    let (mut language, mut dial, mut ring, mut trusted, mut transfers, mut case_form, mut queues) =
        known.unwrap_or((Language::Ja, Vec::new(), RING, false, Vec::new(), None, BTreeMap::new()));
    reader.set_word(&mut table, "language", &mut language, &Language::ALL.map(|l| (l.tag(), l)));
    if let Some(targets) = table.value("dial").and_then(|value| reader.parse_list(&value, target)) {
        dial = targets;
    }
    reader.set(&mut table, "ring", &mut ring);
    reader.set(&mut table, "trusted", &mut trusted);
    if let Some(names) = table.value("transfers").and_then(|value| reader.parse_list(&value, named)) {
        transfers = names;
    }
    if let Some(names) = table.value("case_form").and_then(|value| form_names(reader, &value)) {
        case_form = names;
    }
    read_queues(reader, &mut table, &mut queues);
    table.finish(reader.found);
    let (hours, schedule) = hours?;
    Some(Desk { hours, schedule, language, dial, ring, trusted, transfers, case_form, queues })
}

/// `{ ja = "…", en = "…" }`, or one name for both; `""`: none.
fn form_names(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Option<FormNames>> {
    if !matches!(value.raw(), DeValue::Table(_)) {
        let name = reader.text_of(value)?.value;
        return Some((!name.is_empty()).then(|| FormNames { ja: name.clone(), en: name }));
    }
    let mut table = value.read::<Table<'_>>(reader.found)?.value;
    let ja = table.need::<String>("ja", reader.found);
    let en = table.need::<String>("en", reader.found);
    table.finish(reader.found);
    Some(Some(FormNames { ja: ja?.value, en: en?.value }))
}

fn read_queues(reader: &mut Reader<'_>, desk: &mut Table<'_>, queues: &mut BTreeMap<String, Queue>) {
    for (name, value) in desk.sub("queues", reader.found).entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let new = || Queue { tier: 1, max_waiting: 20, ring: None, seats: Vec::new() };
        let queue = queues.entry(name.value).or_insert_with(new);
        read_queue(reader, table.value, queue);
    }
}

fn read_queue(reader: &mut Reader<'_>, mut table: Table<'_>, queue: &mut Queue) {
    if let Some(tier) = reader.take::<u8>(&mut table, "tier") {
        match tier.value {
            1 | 2 => queue.tier = tier.value,
            _ => reader.found.push(table.error_at("out-of-range", tier.span, "a tier is 1 or 2")),
        }
    }
    reader.set(&mut table, "max_waiting", &mut queue.max_waiting);
    if let Some(ring) = reader.take(&mut table, "ring") {
        queue.ring = Some(ring.value);
    }
    if let Some(seats) = table.value("seats").and_then(|value| reader.parse_list(&value, seat)) {
        queue.seats = seats;
    }
    table.finish(reader.found);
}

/// `"sip:…"`, or `{ uri = "sip:…", calls_at_once = 4 }`.
fn seat(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Seat> {
    if !matches!(value.raw(), DeValue::Table(_)) {
        return Some(Seat { target: target(reader, value)?, calls_at_once: 1 });
    }
    let mut table = value.read::<Table<'_>>(reader.found)?.value;
    let uri = table.need::<Value<'_>>("uri", reader.found).and_then(|uri| target(reader, &uri.value));
    let calls: Option<At<u32>> = reader.take(&mut table, "calls_at_once");
    if let Some(none) = calls.as_ref().filter(|calls| calls.value == 0) {
        let error = table.error_at("out-of-range", none.span.clone(), "a seat takes at least one call");
        reader.found.push(error);
    }
    table.finish(reader.found);
    Some(Seat { target: uri?, calls_at_once: calls.map_or(1, |calls| calls.value) })
}

fn named(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Named> {
    let name = value.read::<String>(reader.found)?.value;
    Some(Named { name, place: value.source().place(value.span()) })
}

/// Reads where somebody can be rung.
pub(super) fn target(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Target> {
    let to = reader.parse(value, place)?;
    Some(Target { to, place: value.source().place(value.span()) })
}

/// What can be rung.
fn place(text: &str) -> Result<To, Wrong> {
    if let Some(name) = text.strip_prefix("phone:") {
        let nobody = || Wrong::new("bad-uri", "`phone:` names no phone", "write it as \"phone:sato\"");
        return if name.is_empty() { Err(nobody()) } else { Ok(To::Phone(name.to_string())) };
    }
    let Some(by_trunk) = text.strip_prefix("trunk:") else { return sip_uri(text).map(To::Uri) };
    let wrong = || {
        let why = format!("`{text}` names no trunk and number");
        Wrong::new("bad-uri", why, "write it as \"trunk:ntt/0312345678\"")
    };
    let (trunk, number) = by_trunk.rsplit_once('/').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    Ok(To::Trunk { trunk: trunk.to_string(), number: dialled(number)? })
}

/// A `sip:` URI, or `sips:` where it is to be reached over TLS alone.
fn sip_uri(text: &str) -> Result<SipUri, Wrong> {
    let wrong = |why: String| Wrong::new("bad-uri", why, "write it as \"sip:desk@192.0.2.7:5060\"");
    let uri = Uri::parse(text).map_err(|error| wrong(format!("`{text}` is no SIP URI: {error}")))?;
    match uri {
        Uri::Sip(uri) => Ok(uri),
        other => Err(wrong(format!("`{}:` cannot be rung", other.scheme()))),
    }
}
