//! Webhooks: where services outside are, and what questions to them are signed with.

use super::reader::{Reader, Wrong};
use crate::base::Secret;
use crate::diag::Table;
use crate::webhook::{Address, BadAddress, Webhook};
use std::collections::BTreeMap;

/// Fewest bytes of what questions and events are signed with (HMAC-SHA256): who guesses it signs as we do.
const SHORTEST_SECRET: usize = 16;
/// How whoever has none comes by one.
pub(super) const MAKE_ONE: &str = "make one: openssl rand -hex 32";

/// Reads `[webhooks]` over those that are there.
pub(super) fn read_webhooks(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    webhooks: &mut BTreeMap<String, Webhook>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let before = webhooks.remove(&name.value);
        webhooks.extend(read_webhook(reader, table.value, before).map(|webhook| (name.value, webhook)));
    }
}

/// One of them, over what there was of it; none where its address is missing or wrong.
fn read_webhook(reader: &mut Reader<'_>, mut table: Table<'_>, before: Option<Webhook>) -> Option<Webhook> {
    let (mut address, mut secret) = before.map_or((None, None), |w| (Some(w.address), w.secret));
    match table.value("url") {
        Some(url) => {
            address = reader.parse(&url, self::address);
        }
        None if address.is_none() => reader.found.push(table.missing("url")),
        None => {}
    }
    if let Some(value) = table.value("secret") {
        secret = reader.parse_secret(&value, signing_secret);
    }
    table.finish(reader.found);
    Some(Webhook { address: address?, secret })
}

/// What is signed with.
pub(super) fn signing_secret(text: &str) -> Result<Secret<String>, Wrong> {
    match text.len() {
        0 => Err(Wrong::new("no-secret", "the secret is empty", MAKE_ONE)),
        length @ 1..SHORTEST_SECRET => {
            let why = format!("the secret is too short: {length} of at least {SHORTEST_SECRET} bytes");
            Err(Wrong::new("short-secret", why, MAKE_ONE))
        }
        _ => Ok(Secret::new(text.to_string())),
    }
}

/// An address that may be asked or told.
pub(super) fn address(text: &str) -> Result<Address, Wrong> {
    Address::parse(text).map_err(|why| wrong_url(text, why))
}

/// Why a URL leads nowhere that may be asked or told.
fn wrong_url(text: &str, why: BadAddress) -> Wrong {
    let help = match why {
        BadAddress::NoUrl | BadAddress::Scheme => "write it as \"https://host/path\"",
        BadAddress::Readable => "use https; http is for 127.0.0.1, [::1] and localhost alone",
        BadAddress::Login => "leave it out: a service knows who asks by `secret`",
    };
    match why {
        BadAddress::Login => Wrong::new("bad-url", format!("the URL {why}"), help),
        _ => Wrong::new("bad-url", format!("`{text}` {why}"), help),
    }
}
