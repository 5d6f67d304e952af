//! Who calls in a scenario, who is called, and what each does.

use super::expected::Expect;
use super::setting::time;
use crate::audio::Codec;
use crate::phone::{Act, KeyStyle, OnCall};
use crate::signaling::Transport;
use crate::sim::cast::{Caller, DeskPhone, RudeCaller};
use crate::sim::rude::{Move, digits, duration};
use serde::Deserialize;
use std::time::Duration;

/// The number called where a scenario names none.
const SUPPORT: &str = "0120339836";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    name: String,
    desk: String,
    on_call: String,
    #[serde(default)]
    reliable: bool,
    #[serde(default)]
    script: Vec<String>,
    codecs: Option<Vec<String>>,
    #[serde(default)]
    speaks: bool,
    #[serde(default)]
    srtp: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phone {
    pub(super) name: String,
    at: Option<String>,
    to: Option<String>,
    from: String,
    transport: Option<String>,
    codecs: Option<Vec<String>>,
    keys: Option<String>,
    patience: Option<String>,
    #[serde(default)]
    speaks: bool,
    #[serde(default)]
    srtp: bool,
    #[serde(default)]
    script: Vec<String>,
    #[serde(default)]
    pub(super) expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RudePhone {
    pub(super) name: String,
    at: Option<String>,
    to: Option<String>,
    from: String,
    script: Vec<String>,
    #[serde(default)]
    pub(super) expect: Expect,
}

impl Desk {
    pub(super) fn read(&self) -> Result<DeskPhone, String> {
        Ok(DeskPhone {
            name: self.name.clone(),
            desk: self.desk.clone(),
            on_call: on_call(&self.on_call)?,
            reliable: self.reliable,
            script: acts(&self.script)?,
            codecs: self.codecs.as_ref().map_or_else(|| Ok(Codec::ALL.to_vec()), |names| codecs(names))?,
            speaks: self.speaks,
            hears: true,
            encrypts: self.srtp,
        })
    }
}

/// The codecs of these names, best first.
pub(super) fn codecs(names: &[String]) -> Result<Vec<Codec>, String> {
    let codec = |name: &String| Codec::from_encoding_name(name).ok_or(format!("codec {name}"));
    names.iter().map(codec).collect()
}

impl Phone {
    pub(super) fn read(&self) -> Result<Caller, String> {
        let names = self.codecs.clone().unwrap_or(vec!["pcmu".into(), "pcma".into()]);
        Ok(Caller {
            name: self.name.clone(),
            at: time(self.at.as_deref(), Duration::ZERO)?,
            to: self.to.clone().unwrap_or(SUPPORT.into()),
            from: self.from.clone(),
            transport: match self.transport.as_deref() {
                None => Transport::Udp,
                Some(name) => Transport::named(name).ok_or(format!("transport {name}"))?,
            },
            codecs: codecs(&names)?,
            keys: match self.keys.as_deref() {
                None | Some("event") => KeyStyle::Event,
                Some("info") => KeyStyle::Info,
                Some("tone") => KeyStyle::Inband,
                Some(other) => return Err(format!("keys {other}")),
            },
            patience: time(self.patience.as_deref(), Duration::from_secs(60))?,
            script: acts(&self.script)?,
            speaks: self.speaks,
            hears: true,
            encrypts: self.srtp,
        })
    }
}

impl RudePhone {
    pub(super) fn read(&self) -> Result<RudeCaller, String> {
        Ok(RudeCaller {
            name: self.name.clone(),
            at: time(self.at.as_deref(), Duration::ZERO)?,
            to: self.to.clone().unwrap_or(SUPPORT.into()),
            from: self.from.clone(),
            script: self.script.iter().map(|m| Move::parse(m)).collect::<Result<_, _>>()?,
        })
    }
}

fn on_call(text: &str) -> Result<OnCall, String> {
    let found = match text.split_once(' ').unwrap_or((text, "")) {
        ("answer", after) => duration(after).map(|after| OnCall::Answer { after }),
        ("busy", "") => Some(OnCall::Refuse(486)),
        ("ring", "") => Some(OnCall::RingForever),
        ("refuse", status) => status.parse().ok().map(OnCall::Refuse),
        _ => None,
    };
    found.ok_or(format!("on_call `{text}`"))
}

fn acts(script: &[String]) -> Result<Vec<Act>, String> {
    script.iter().map(|text| act(text).ok_or(format!("`{text}` is nothing a phone does"))).collect()
}

fn act(text: &str) -> Option<Act> {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("wait", rest) => match rest.strip_prefix("silence ") {
            Some(time) => duration(time).map(Act::WaitForSilence),
            None => duration(rest).map(Act::Wait),
        },
        ("press", keys) => digits(keys).map(Act::Press),
        ("hold", "") => Some(Act::Hold),
        ("resume", "") => Some(Act::Resume),
        ("refer", user) if !user.is_empty() => Some(Act::Refer(user.into())),
        ("hang", "up") => Some(Act::HangUp),
        _ => None,
    }
}
