//! Checks after a run, from outside: wire messages, journal and what is left over, nothing else.
//!
//! To add a check: a file with `check(&Evidence, &mut Vec<Breach>)`, a line in [`check`], and a test
//! that feeds it a doctored trace and sees the breach.

mod balance;
mod finals;
mod keys;
mod line;
mod streams;
mod told;
#[cfg(test)]
mod trace;

use super::network::Seen;
use super::watch::Watch;
use super::world::{Noted, Saved, World};
use crate::base::{CallKey, Instant};
use crate::node::journal::{Entry, What};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The rule's name.
    pub rule: &'static str,
    /// When.
    pub at: Instant,
    /// What was seen.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.rule, self.at, self.what)
    }
}

/// What a run leaves for the checks.
pub struct Evidence<'a> {
    /// SIP messages.
    pub seen: &'a [Seen],
    /// The engine's journal, in order.
    pub journal: Vec<&'a Noted>,
    /// The phones' journals, in order.
    pub phones: Vec<(&'a str, &'a Noted)>,
    /// Cases that became durable.
    pub saved: &'a [Saved],
    /// The engine's RTP.
    pub watch: &'a Watch,
    /// The engine's address.
    pub engine: IpAddr,
    /// What is left over.
    pub left: Vec<String>,
    /// Calls that went elsewhere when they were walked again.
    pub strayed: Vec<String>,
    /// Whether every datagram arrived once and in order.
    pub clean: bool,
    /// Numbers the phones call from, by phone name.
    pub numbers: BTreeMap<String, String>,
    /// Phones that send keys as tones.
    pub tones: BTreeSet<String>,
    /// When the run ended.
    pub end: Instant,
}

impl<'a> Evidence<'a> {
    /// The evidence of a world; `engine` is its engine's host, `numbers` what each phone calls from, `tones`
    /// the phones that send keys as tones.
    pub fn of(
        world: &'a World,
        engine: usize,
        numbers: BTreeMap<String, String>,
        tones: BTreeSet<String>,
    ) -> Self {
        let phones = world.journal.iter().filter(|n| n.host != engine);
        Evidence {
            seen: &world.seen,
            journal: world.journal.iter().filter(|n| n.host == engine).collect(),
            phones: phones.map(|n| (world.host(n.host).name.as_str(), n)).collect(),
            saved: &world.saved,
            watch: &world.watch,
            engine: world.host(engine).ip,
            left: world.hosts().iter().flat_map(|h| h.left_over()).collect(),
            strayed: Vec::new(),
            clean: world.was_clean(),
            numbers,
            tones,
            end: world.now.mono,
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        self.journal.iter().map(|n| &n.entry)
    }

    /// Every call's entries, in order.
    fn by_call(&self) -> BTreeMap<CallKey, Vec<&'a Noted>> {
        let mut calls: BTreeMap<CallKey, Vec<&'a Noted>> = BTreeMap::new();
        for noted in &self.journal {
            if let Some(call) = noted.entry.call {
                calls.entry(call).or_default().push(noted);
            }
        }
        calls
    }
}

/// Every breach of every rule, in order of time.
pub fn check(evidence: &Evidence<'_>) -> Vec<Breach> {
    let mut found = Vec::new();
    finals::check(evidence, &mut found);
    balance::check(evidence, &mut found);
    keys::check(evidence, &mut found);
    streams::check(evidence, &mut found);
    line::check(evidence, &mut found);
    told::check(evidence, &mut found);
    for (rule, all) in [("left-over", &evidence.left), ("walked-again", &evidence.strayed)] {
        found.extend(all.iter().map(|what| Breach { rule, at: evidence.end, what: what.clone() }));
    }
    found.sort_by_key(|b| b.at);
    found
}

/// The moment a call ended, by its journal.
fn ended(entries: &[&Noted]) -> Option<Instant> {
    entries.iter().find(|n| matches!(n.entry.what, What::CallEnded { .. })).map(|n| n.entry.at.mono)
}
