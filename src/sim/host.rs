//! A machine on the virtual network: a node, its media plane, its sockets and, for an engine, its store.

use crate::audio::Library;
use crate::base::{Deadline, LegKey, Now, Rng};
use crate::engine::Engine;
use crate::media::{self, Plane};
use crate::node::{Node, StoreDone, StoreWrite};
use crate::phone::Phone;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What runs on a host.
pub enum Machine {
    /// The engine.
    Engine(Box<Engine>),
    /// A phone that keeps the rules.
    Phone(Box<Phone>),
    /// A peer that does not.
    Other(Box<dyn Node>),
}

impl Machine {
    pub(super) fn node(&mut self) -> &mut dyn Node {
        match self {
            Machine::Engine(engine) => engine.as_mut(),
            Machine::Phone(phone) => phone.as_mut(),
            Machine::Other(node) => node.as_mut(),
        }
    }

    fn node_ref(&self) -> &dyn Node {
        match self {
            Machine::Engine(engine) => engine.as_ref(),
            Machine::Phone(phone) => phone.as_ref(),
            Machine::Other(node) => node.as_ref(),
        }
    }
}

/// A host.
pub struct Host {
    /// Its name in ladders.
    pub name: String,
    /// Its address.
    pub ip: IpAddr,
    /// What runs on it.
    pub machine: Machine,
    pub(super) plane: Plane,
    legs: BTreeMap<LegKey, u16>,
    ports: BTreeMap<u16, LegKey>,
    next_port: u16,
    next_number: u64,
    /// Ports it may have open at once, in pairs.
    pub port_pairs: usize,
}

/// The first RTP port of every host.
const FIRST_PORT: u16 = 20_000;
const LAST_PORT: u16 = 59_998;

impl Host {
    pub(super) fn new(name: &str, ip: IpAddr, machine: Machine, library: Arc<Library>, rng: Rng) -> Self {
        Host {
            name: name.into(),
            ip,
            machine,
            plane: Plane::new(library, rng),
            legs: BTreeMap::new(),
            ports: BTreeMap::new(),
            next_port: FIRST_PORT,
            next_number: 0,
            port_pairs: 10_000,
        }
    }

    /// Binds a pair of ports for a leg; a port that was closed is used again as late as possible.
    pub(super) fn open_port(&mut self, leg: LegKey) -> Option<SocketAddr> {
        if self.legs.len() >= self.port_pairs {
            return None;
        }
        while self.ports.contains_key(&self.next_port) {
            self.next_port = following(self.next_port);
        }
        let port = self.next_port;
        self.next_port = following(port);
        self.legs.insert(leg, port);
        self.ports.insert(port, leg);
        Some(SocketAddr::new(self.ip, port))
    }

    pub(super) fn close_port(&mut self, leg: LegKey) {
        if let Some(port) = self.legs.remove(&leg) {
            self.ports.remove(&port);
        }
    }

    /// The leg whose sockets an address is.
    pub(super) fn leg_at(&self, address: SocketAddr) -> Option<LegKey> {
        self.ports.get(&(address.port() & !1)).copied()
    }

    /// The address a leg's packets leave from.
    pub(super) fn address_of(&self, leg: LegKey, port: media::Port) -> Option<SocketAddr> {
        let rtp = *self.legs.get(&leg)?;
        let port = match port {
            media::Port::Rtp => rtp,
            media::Port::Rtcp => rtp + 1,
        };
        Some(SocketAddr::new(self.ip, port))
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        Deadline::earliest(self.machine.node_ref().poll_deadline(), self.plane.poll_deadline())
    }

    pub(super) fn handle_deadline(&mut self, now: Now) {
        if self.plane.poll_deadline().is_some_and(|d| d.at <= now.mono) {
            self.plane.handle_deadline(now.mono);
        }
        if self.machine.node_ref().poll_deadline().is_some_and(|d| d.at <= now.mono) {
            self.machine.node().handle_deadline(now);
        }
    }

    /// A store in memory: what it answers to a write.
    pub(super) fn store(&mut self, write: &StoreWrite) -> Option<StoreDone> {
        match write {
            StoreWrite::ReserveNumbers { count } => {
                let from = self.next_number;
                self.next_number += count;
                Some(StoreDone::NumbersReserved(from..self.next_number))
            }
            StoreWrite::SaveCase(case) => Some(StoreDone::CaseSaved(case.number())),
            StoreWrite::SaveCall(_) => None,
        }
    }

    /// What is left on the host that should not be after every call is over.
    pub fn left_over(&self) -> Vec<String> {
        let mut left = Vec::new();
        let mut note = |what: &str, count: usize| {
            if count > 0 {
                left.push(format!("{}: {count} {what}", self.name));
            }
        };
        note("ports", self.legs.len());
        note("streams", self.plane.stream_count());
        if !self.machine.node_ref().is_idle() {
            note("machine that is not idle", 1);
        }
        left
    }
}

fn following(port: u16) -> u16 {
    if port >= LAST_PORT { FIRST_PORT } else { port + 2 }
}
