//! What a run amounts to: its ladder, its hash, its numbers.

use super::cast::Run;
use super::ladder::{self, Rung};
use crate::base::CallKey;
use crate::node::journal::What;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Numbers of one run or of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that came in.
    pub calls: u64,
    /// Calls by end cause.
    pub causes: BTreeMap<&'static str, u64>,
    /// Calls connected, by desk; `-` = to none.
    pub desks: BTreeMap<String, u64>,
    /// Keys counted.
    pub digits: u64,
    /// SIP messages.
    pub messages: u64,
    /// RTP packets of the engine.
    pub packets: u64,
    /// Virtual time.
    pub time: Duration,
}

impl Run {
    /// A hash of every journal of the run.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for noted in &self.world.journal {
            hash.update(format!("{} {:?}\n", noted.host, noted.entry));
        }
        hash.finalize().into()
    }

    /// The numbers of the run.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            messages: self.world.seen.len() as u64,
            packets: self.world.watch.packets(),
            time: self.world.now.mono.since_start(),
            ..Counts::default()
        };
        let mut desks: BTreeMap<Option<CallKey>, String> = BTreeMap::new();
        for noted in self.world.journal.iter().filter(|n| n.host == self.engine) {
            match &noted.entry.what {
                What::CallStarted { .. } => counts.calls += 1,
                What::Digit { .. } => counts.digits += 1,
                What::Connected { desk, .. } => drop(desks.insert(noted.entry.call, desk.to_string())),
                What::CallEnded { cause } => {
                    *counts.causes.entry(cause.name()).or_default() += 1;
                    let desk = desks.remove(&noted.entry.call).unwrap_or("-".into());
                    *counts.desks.entry(desk).or_default() += 1;
                }
                _ => {}
            }
        }
        counts
    }

    /// The ladder of the run: messages in their first transmission (and again where that was lost),
    /// keys, prompts, places in line, ends.
    pub fn ladder(&self) -> String {
        let mut rungs: Vec<(u64, Rung)> = self.messages();
        let calls: BTreeSet<_> =
            self.world.journal.iter().filter(|n| n.host == self.engine).map(|n| n.entry.call).collect();
        let several = calls.iter().flatten().count() > 1;
        for noted in &self.world.journal {
            let who = &self.world.host(noted.host).name;
            let Some(rung) = Rung::entry(who, &noted.entry) else { continue };
            let call = noted.entry.call.filter(|_| several && noted.host == self.engine);
            rungs.push((noted.order, rung.of_call(call)));
        }
        rungs.sort_by_key(|(order, _)| *order);
        ladder::draw(&rungs.into_iter().map(|(_, rung)| rung).collect::<Vec<_>>())
    }

    fn messages(&self) -> Vec<(u64, Rung)> {
        let names: BTreeMap<_, _> = self.world.hosts().iter().map(|h| (h.ip, h.name.as_str())).collect();
        let name = |ip| names.get(&ip).copied().unwrap_or("nobody");
        let mut sent: BTreeMap<(_, &[u8]), bool> = BTreeMap::new();
        let mut rungs: Vec<(u64, Rung, u32)> = Vec::new();
        for seen in &self.world.seen {
            let arrives = seen.arrives.is_some();
            let mark = match sent.get(&(seen.flow, &seen.bytes)) {
                None if arrives => "",
                None => "(lost)",
                Some(false) if arrives => "(again)",
                Some(_) => continue,
            };
            sent.insert((seen.flow, &seen.bytes), arrives);
            let (from, to) = (name(seen.flow.local.ip()), name(seen.flow.remote.ip()));
            let mut rung = Rung::message(seen.at, from, to, &seen.bytes);
            rung.note = format!("{} {mark}", rung.note).trim().into();
            let repeats = rungs.last_mut().filter(|(_, last, _)| is_same(last, &rung));
            match repeats {
                Some((_, last, times)) => {
                    *times += 1;
                    last.note = format!("(and {times} more)");
                }
                None => rungs.push((seen.order, rung, 0)),
            }
        }
        rungs.into_iter().map(|(order, rung, _)| (order, rung)).collect()
    }
}

/// Whether two messages of one moment and path differ in their details only.
fn is_same(a: &Rung, b: &Rung) -> bool {
    let kind = |rung: &Rung| {
        rung.what.split(' ').take(2).map(|w| w.split('=').next().map(str::to_string)).collect::<Vec<_>>()
    };
    (a.at, &a.from, &a.to) == (b.at, &b.from, &b.to) && kind(a) == kind(b)
}

impl Counts {
    /// Adds another run's numbers.
    pub fn add(&mut self, other: &Counts) {
        self.calls += other.calls;
        self.digits += other.digits;
        self.messages += other.messages;
        self.packets += other.packets;
        self.time += other.time;
        for (cause, count) in &other.causes {
            *self.causes.entry(cause).or_default() += count;
        }
        for (desk, count) in &other.desks {
            *self.desks.entry(desk.clone()).or_default() += count;
        }
    }
}
