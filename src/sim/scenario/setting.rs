//! How the engine and the network of a scenario are set up, and what answers outside.

use super::phones::codecs;
use crate::base::{
    EntitlementKind, Product, Right, Rights, SupportOption, Verdict, Verification, VerifiedBy,
};
use crate::engine::Encryption;
use crate::signaling::SessionTimer;
use crate::sim::cast::EngineSetting;
use crate::sim::host::Pins;
use crate::sim::network::Faults;
use crate::sim::rude::duration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Network {
    loss: u64,
    duplicate: u64,
    reorder: u64,
    delay: Option<String>,
    jitter: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Setting {
    emergency: Option<String>,
    max_waiting: Option<usize>,
    max_calls: Option<usize>,
    ring: Option<String>,
    port_pairs: Option<usize>,
    port_delay: Option<String>,
    store_delay: Option<String>,
    /// "off", or the interval asked for.
    session_expires: Option<String>,
    min_se: Option<String>,
    disk_full: bool,
    voice: Option<String>,
    srtp: Option<String>,
    codecs: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    name: String,
    answer: String,
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    digits: String,
    option: Option<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    japanese: bool,
    /// Further contracts, each giving less than the one before.
    #[serde(default)]
    also: Vec<Bought>,
    verdict: Option<String>,
    by: Option<String>,
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bought {
    option: String,
    products: Vec<String>,
}

impl Network {
    pub(super) fn read(&self) -> Result<Faults, String> {
        Ok(Faults {
            loss_percent: self.loss,
            duplicate_percent: self.duplicate,
            reorder_percent: self.reorder,
            delay: time(self.delay.as_deref(), Faults::NONE.delay)?,
            jitter: time(self.jitter.as_deref(), Duration::ZERO)?,
        })
    }
}

impl Setting {
    pub(super) fn read(&self) -> Result<EngineSetting, String> {
        let usual = EngineSetting::default();
        Ok(EngineSetting {
            emergency: self.emergency.clone(),
            max_waiting: self.max_waiting.unwrap_or(usual.max_waiting),
            max_calls: self.max_calls.unwrap_or(usual.max_calls),
            ring: time(self.ring.as_deref(), usual.ring)?,
            port_pairs: self.port_pairs.unwrap_or(usual.port_pairs),
            port_delay: time(self.port_delay.as_deref(), usual.port_delay)?,
            store_delay: time(self.store_delay.as_deref(), usual.store_delay)?,
            timer: self.timer(usual.timer)?,
            disk_full: self.disk_full,
            encryption: match self.srtp.as_deref() {
                None => usual.encryption,
                Some("always") => Encryption::Always,
                Some("never") => Encryption::Never,
                Some(other) => return Err(format!("srtp {other}")),
            },
            codecs: self.codecs.as_ref().map_or(Ok(usual.codecs), |names| codecs(names))?,
            webhooks: usual.webhooks,
            pins: usual.pins,
            voice: self.voice.as_deref().map(|v| time(Some(v), Duration::ZERO)).transpose()?,
        })
    }

    fn timer(&self, usual: SessionTimer) -> Result<SessionTimer, String> {
        let expires = match self.session_expires.as_deref() {
            None => usual.expires,
            Some("off") => None,
            some => Some(time(some, Duration::ZERO)?),
        };
        Ok(SessionTimer { expires, min: time(self.min_se.as_deref(), usual.min)? })
    }
}

impl Service {
    pub(super) fn read(&self) -> Result<(String, (Duration, String)), String> {
        let after = time(self.after.as_deref(), Duration::from_millis(50))?;
        Ok((self.name.clone(), (after, self.answer.clone())))
    }
}

/// What comes of PINs, by their digits; none where there are none.
pub(super) fn pins(written: &[Pin]) -> Result<Option<Pins>, String> {
    let pins = written.iter().map(Pin::read).collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok((!pins.is_empty()).then_some(pins))
}

impl Pin {
    pub(super) fn read(&self) -> Result<(String, (Duration, Verification)), String> {
        let after = time(self.after.as_deref(), Duration::from_millis(50))?;
        let verdict = match (self.option.as_deref(), self.verdict.as_deref()) {
            (Some(option), None) => Verdict::Verified(Box::new(self.rights(option)?)),
            (None, Some("trial")) => Verdict::Trial,
            (None, Some("expired")) => Verdict::Expired,
            (_, verdict) => return Err(format!("verdict {verdict:?}")),
        };
        let by = self.by.as_deref().unwrap_or(VerifiedBy::Store.name());
        let by = VerifiedBy::from_name(by).ok_or(format!("by {by}"))?;
        Ok((self.digits.clone(), (after, verdict.said(by))))
    }

    fn rights(&self, option: &str) -> Result<Rights, String> {
        let first = right(1, option, &self.products, self.japanese)?;
        let also = self.also.iter().zip(2..);
        let also = also.map(|(bought, number)| right(number, &bought.option, &bought.products, false));
        let all = std::iter::once(Ok(first)).chain(also).collect::<Result<Vec<_>, _>>()?;
        Rights::ranked(all).ok_or("no contract".into())
    }
}

fn right(number: u8, option: &str, products: &[String], japanese: bool) -> Result<Right, String> {
    let product = |name: &String| Product::from_name(name).ok_or(format!("product {name}"));
    Ok(Right {
        customer: "Acme".into(),
        kind: EntitlementKind::Contract,
        value: format!("C-{number}"),
        option: SupportOption::from_name(option).ok_or(format!("option {option}"))?,
        products: products.iter().map(product).collect::<Result<_, _>>()?,
        japanese,
    })
}

/// How long a text says; where there is none, as long as usual.
pub(super) fn time(text: Option<&str>, usual: Duration) -> Result<Duration, String> {
    text.map_or(Ok(usual), |text| duration(text).ok_or(format!("`{text}` is no time")))
}
