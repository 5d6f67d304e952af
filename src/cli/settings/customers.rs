//! Customers: what their PINs are hashed with, whether callers are asked for them, and who says what they bought.

use super::reader::{Reader, Wrong};
use super::webhooks;
use crate::base::Secret;
use crate::customer::SHORTEST_KEY;
use crate::diag::{Table, parse_duration};
use crate::webhook::{Address, Webhook};
use std::time::Duration;

/// The shortest and the longest time that the customers' own system may be given.
const DEADLINES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// The longest time for which its word may count.
const LONGEST_CACHE: Duration = Duration::from_secs(24 * 3_600);

/// What happens where the customers' own system does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The contracts of the store count.
    Store,
    /// Nobody is verified.
    Unverified,
}

/// The words for them.
pub(super) const FALLBACKS: [(&str, Fallback); 2] =
    [("store", Fallback::Store), ("unverified", Fallback::Unverified)];

/// How customers are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customers {
    /// Whether the verb `pin` asks callers.
    pub pins: bool,
    /// What PINs are hashed with; none: a key that is made once and lies beside the store.
    pub key: Option<Secret<String>>,
    /// Where the customers' own system is asked; none: the contracts of the store are all there is.
    pub url: Option<Address>,
    /// What questions to it are signed with.
    pub secret: Option<Secret<String>>,
    /// How long it is waited for.
    pub deadline: Duration,
    /// For how long its word counts.
    pub cache: Duration,
    /// What happens where it does not answer.
    pub fallback: Fallback,
}

impl Default for Customers {
    fn default() -> Self {
        Customers {
            pins: false,
            key: None,
            url: None,
            secret: None,
            deadline: Duration::from_millis(800),
            cache: Duration::from_secs(300),
            fallback: Fallback::Store,
        }
    }
}

impl Customers {
    /// The customers' own system, where there is one.
    pub fn service(&self) -> Option<Webhook> {
        let address = self.url.clone()?;
        Some(Webhook { address, secret: self.secret.clone() })
    }

    /// Reads `[customers]` over what is there.
    pub(super) fn lay(&mut self, reader: &mut Reader<'_>, mut table: Table<'_>) {
        reader.set(&mut table, "pins", &mut self.pins);
        set_secret(reader, &mut table, "key", pin_key, &mut self.key);
        reader.set_parsed(&mut table, "url", &mut self.url, |text| match text {
            "" => Ok(None),
            text => webhooks::address(text).map(Some),
        });
        set_secret(reader, &mut table, "secret", webhooks::signing_secret, &mut self.secret);
        reader.set_parsed(&mut table, "deadline", &mut self.deadline, deadline);
        reader.set_parsed(&mut table, "cache", &mut self.cache, cache);
        reader.set_word(&mut table, "fallback", &mut self.fallback, &FALLBACKS);
        table.finish(reader.found);
    }
}

/// Takes a secret, or none where it is empty, in place of the one that is there.
fn set_secret(
    reader: &mut Reader<'_>,
    table: &mut Table<'_>,
    key: &str,
    parse: impl Fn(&str) -> Result<Secret<String>, Wrong>,
    into: &mut Option<Secret<String>>,
) {
    let Some(value) = table.value(key) else { return };
    let parse = |text: &str| if text.is_empty() { Ok(None) } else { parse(text).map(Some) };
    if let Some(parsed) = reader.parse_secret(&value, parse) {
        *into = parsed;
    }
}

fn pin_key(text: &str) -> Result<Secret<String>, Wrong> {
    let short = || {
        let why = format!("the key of PINs is too short: {} of at least {SHORTEST_KEY} bytes", text.len());
        Wrong::new("short-key", why, webhooks::MAKE_ONE)
    };
    (text.len() >= SHORTEST_KEY).then(|| Secret::new(text.to_string())).ok_or_else(short)
}

fn deadline(text: &str) -> Result<Duration, Wrong> {
    let (least, most) = DEADLINES;
    let wrong = |why: &str| Wrong::new("bad-deadline", format!("`{text}` {why}"), "write \"800ms\"");
    match parse_duration(text) {
        None => Err(wrong("is no duration")),
        Some(time) if time < least => Err(wrong("is shorter than the 50 ms that any question takes")),
        Some(time) if time > most => Err(wrong("is longer than 5 s: a caller waits for it")),
        Some(time) => Ok(time),
    }
}

fn cache(text: &str) -> Result<Duration, Wrong> {
    let wrong = |why: &str| {
        let help = "write \"5m\", or \"0s\": nothing is remembered";
        Wrong::new("bad-cache", format!("`{text}` {why}"), help)
    };
    match parse_duration(text) {
        None => Err(wrong("is no duration")),
        Some(time) if time > LONGEST_CACHE => Err(wrong("is longer than a day")),
        Some(time) => Ok(time),
    }
}
