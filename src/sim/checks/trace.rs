//! Doctored traces for the tests of the checks.

use super::super::network::Seen;
use super::super::watch::Watch;
use super::super::world::{Noted, Saved};
use super::{Breach, Evidence};
use crate::base::{CallKey, Instant, Now, UnixTime};
use crate::node::journal::{Entry, What};
use crate::signaling::{Flow, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

#[derive(Default)]
pub(super) struct Trace {
    pub(super) seen: Vec<Seen>,
    pub(super) journal: Vec<Noted>,
    pub(super) notes: Vec<(String, Noted)>,
    pub(super) saved: Vec<Saved>,
    pub(super) watch: Watch,
    pub(super) numbers: BTreeMap<String, String>,
    orders: u64,
}

const ENGINE: &str = "10.0.0.1:5060";
const CALLER: &str = "10.0.1.1:5060";

impl Trace {
    pub(super) fn order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    fn noted(&mut self, ms: u64, call: u64, what: What) -> Noted {
        let at = Now { mono: Instant::from_millis(ms), wall: UnixTime::from_secs(0) };
        Noted { host: 0, entry: Entry { at, call: Some(CallKey(call)), what }, order: self.order() }
    }

    pub(super) fn log(&mut self, ms: u64, call: u64, what: What) -> &mut Self {
        let noted = self.noted(ms, call, what);
        self.journal.push(noted);
        self
    }

    pub(super) fn note(&mut self, ms: u64, phone: &str, text: &str) -> &mut Self {
        let noted = self.noted(ms, 1, What::Note { text: text.into() });
        self.notes.push((phone.into(), noted));
        self
    }

    pub(super) fn save(&mut self, number: &str) -> &mut Self {
        let order = self.order();
        self.saved.push(Saved { number: number.into(), order });
        self
    }

    /// A message to (or from) the engine that arrives at once.
    pub(super) fn sip(&mut self, ms: u64, to_engine: bool, text: &str) -> &mut Self {
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let (local, remote) = if to_engine { (CALLER, ENGINE) } else { (ENGINE, CALLER) };
        let flow = Flow { transport: Transport::Udp, local: address(local), remote: address(remote) };
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let at = Instant::from_millis(ms);
        let order = self.order();
        self.seen.push(Seen { at, flow, bytes, arrives: Some(at), order });
        self
    }

    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            seen: &self.seen,
            journal: self.journal.iter().collect(),
            phones: self.notes.iter().map(|(name, noted)| (name.as_str(), noted)).collect(),
            saved: &self.saved,
            watch: &self.watch,
            engine: IpAddr::from([10, 0, 0, 1]),
            left: Vec::new(),
            strayed: Vec::new(),
            clean: true,
            numbers: self.numbers.clone(),
            tones: BTreeSet::new(),
            end: Instant::from_millis(100_000),
        }
    }

    /// What one check finds, by rule.
    pub(super) fn found(&self, check: fn(&Evidence<'_>, &mut Vec<Breach>)) -> Vec<&'static str> {
        let mut found = Vec::new();
        check(&self.evidence(), &mut found);
        found.iter().map(|b| b.rule).collect()
    }
}
