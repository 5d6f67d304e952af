//! Events: who outside is told what happens to cases.

use super::reader::{Reader, Wrong};
use super::webhooks;
use crate::diag::{Table, Value, suggestion};
use crate::office::{CASES, Subscription, event_type, kind_of};
use crate::store::json::kinds;
use crate::webhook::Receiver;
use std::collections::{BTreeMap, BTreeSet};

/// Reads `[events]` over those that are there.
pub(super) fn read_events(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    events: &mut BTreeMap<String, Subscription>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let before = events.remove(&name.value);
        events.extend(read_one(reader, table.value, before).map(|one| (name.value, one)));
    }
}

/// One of them, over what there was of it; none where something is missing or wrong.
fn read_one(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    before: Option<Subscription>,
) -> Option<Subscription> {
    let (mut address, mut secret) = (None, None);
    let (mut source, mut kinds) = (CASES.to_string(), BTreeSet::new());
    if let Some(before) = before {
        (address, secret) = (Some(before.receiver.address), Some(before.receiver.secret));
        (source, kinds) = (before.source, before.kinds);
    }
    let is_there = (address.is_some(), secret.is_some());
    match table.value("url") {
        Some(value) => address = reader.parse(&value, webhooks::address),
        None if !is_there.0 => reader.found.push(table.missing("url")),
        None => {}
    }
    match table.value("secret") {
        // An event that nobody signed tells its receiver nothing: anyone may have sent it.
        Some(value) => secret = reader.parse_secret(&value, webhooks::signing_secret),
        None if !is_there.1 => reader.found.push(table.missing("secret")),
        None => {}
    }
    reader.set_parsed(&mut table, "source", &mut source, read_source);
    if let Some(written) = table.value("types").and_then(|value| reader.parse_list(&value, read_type)) {
        kinds = without_details(written);
    }
    table.finish(reader.found);
    Some(Subscription { receiver: Receiver { address: address?, secret: secret? }, source, kinds })
}

/// A URI (RFC 3986), as far as one can be told from a slip.
fn read_source(text: &str) -> Result<String, Wrong> {
    let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_string()).ok_or_else(|| {
        let why = format!("`{text}` is no URI");
        Wrong::new("bad-source", why, "write it as \"https://desk.example/madoguchi\", or \"urn:…\"")
    })
}

fn read_type(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    reader.parse(value, |text| {
        let known = kinds();
        let kind = kind_of(text).filter(|kind| known.iter().any(|known| known == kind));
        let types: Vec<String> = known.iter().map(|kind| event_type(kind)).collect();
        kind.map(str::to_string).ok_or_else(|| Wrong {
            code: "unknown-type",
            why: format!("there is no event `{text}`"),
            help: suggestion(text, types.iter().map(String::as_str))
                .or_else(|| Some("`madoguchi events types` lists them".to_string())),
        })
    })
}

/// Who asks for every change of a field asks for that of each.
fn without_details(kinds: Vec<String>) -> BTreeSet<String> {
    let kinds: BTreeSet<String> = kinds.into_iter().collect();
    let is_covered = |kind: &String| kind.split_once('.').is_some_and(|(name, _)| kinds.contains(name));
    kinds.iter().filter(|kind| !is_covered(kind)).cloned().collect()
}
