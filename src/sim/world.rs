//! The world: hosts on a network, and time that jumps to the next thing due.

use super::host::{Host, Machine};
use super::network::{Faults, Flight, Seen, is_reliable, mirrored, port_of};
use crate::audio::Library;
use crate::base::{Instant, LegKey, Now, Rng, UnixTime};
use crate::media;
use crate::node::journal::Entry;
use crate::node::{Input, Output, StoreWrite};
use crate::phone::Phone;
use crate::signaling::Flow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long the store takes to make a case durable.
const STORE_DELAY: Duration = Duration::from_millis(2);

/// Hosts, network and time.
pub struct World {
    /// Both clocks.
    pub now: Now,
    /// How bad the network is now.
    pub faults: Faults,
    /// Every SIP message sent, in order; taken by whoever checks.
    pub seen: Vec<Seen>,
    /// Every journal entry, with its host; taken by whoever checks.
    pub journal: Vec<(usize, Entry)>,
    /// Every case or call written to a store.
    pub stored: Vec<StoreWrite>,
    hosts: Vec<Host>,
    by_ip: BTreeMap<IpAddr, usize>,
    flights: BTreeMap<(Instant, u64), Flight>,
    due: BTreeSet<(Instant, usize)>,
    noted: BTreeMap<usize, Instant>,
    flown: u64,
    library: Arc<Library>,
    rng: Rng,
}

impl World {
    /// An empty world at this wall-clock moment.
    pub fn new(wall: UnixTime, library: Arc<Library>, seed: u64) -> Self {
        World {
            now: Now { mono: Instant::ZERO, wall },
            faults: Faults::NONE,
            seen: Vec::new(),
            journal: Vec::new(),
            stored: Vec::new(),
            hosts: Vec::new(),
            by_ip: BTreeMap::new(),
            flights: BTreeMap::new(),
            due: BTreeSet::new(),
            noted: BTreeMap::new(),
            flown: 0,
            library,
            rng: Rng::from_seed(seed).fork("network"),
        }
    }

    /// Puts a machine on the network; the host's index.
    pub fn add(&mut self, name: &str, ip: IpAddr, machine: Machine) -> usize {
        let index = self.hosts.len();
        let rng = self.rng.fork(name);
        self.hosts.push(Host::new(name, ip, machine, self.library.clone(), rng));
        self.by_ip.insert(ip, index);
        self.drain(index);
        index
    }

    /// A host.
    pub fn host(&self, index: usize) -> &Host {
        &self.hosts[index]
    }

    /// A host, to change its limits.
    pub fn host_mut(&mut self, index: usize) -> &mut Host {
        &mut self.hosts[index]
    }

    /// Every host.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Lets a phone do something now.
    pub fn with_phone<T>(&mut self, index: usize, act: impl FnOnce(&mut Phone, Now) -> T) -> Option<T> {
        let now = self.now;
        let done = match &mut self.hosts[index].machine {
            Machine::Phone(phone) => Some(act(phone, now)),
            Machine::Engine(_) | Machine::Other(_) => None,
        };
        self.drain(index);
        done
    }

    /// Tells a host's machine something now.
    pub fn tell(&mut self, index: usize, input: Input) {
        let now = self.now;
        self.hosts[index].machine.node().handle_input(now, input);
        self.drain(index);
    }

    /// Takes a host off the network: packets to it are lost from now on.
    pub fn unplug(&mut self, index: usize) {
        self.by_ip.remove(&self.hosts[index].ip);
    }

    /// When the next thing is due.
    pub fn next(&self) -> Option<Instant> {
        let flight = self.flights.first_key_value().map(|((at, _), _)| *at);
        let host = self.due.first().map(|(at, _)| *at);
        flight.into_iter().chain(host).min()
    }

    /// Runs until this moment; time stands there afterwards.
    pub fn run_until(&mut self, until: Instant) {
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.step_to(at);
        }
        self.move_to(until);
    }

    /// Runs for this long.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now.mono + time);
    }

    fn move_to(&mut self, at: Instant) {
        self.now = self.now.after(at.saturating_since(self.now.mono));
    }

    /// Lets everything happen that is due at one moment: what flies first, then hosts' deadlines.
    fn step_to(&mut self, at: Instant) {
        self.move_to(at);
        let flight = self.flights.first_entry().filter(|f| f.key().0 <= at).map(|f| f.remove());
        if let Some(flight) = flight {
            return self.land(flight);
        }
        if let Some((_, index)) = self.due.pop_first() {
            self.noted.remove(&index);
            let now = self.now;
            self.hosts[index].handle_deadline(now);
            self.drain(index);
        }
    }

    fn land(&mut self, flight: Flight) {
        let now = self.now;
        match flight {
            Flight::Sip { flow, bytes } => {
                if let Some(index) = self.by_ip.get(&flow.local.ip()).copied() {
                    self.tell(index, Input::Message { flow, bytes });
                }
            }
            Flight::Rtp { from, to, bytes } => {
                let Some(index) = self.by_ip.get(&to.ip()).copied() else { return };
                let host = &mut self.hosts[index];
                if let Some(leg) = host.leg_at(to) {
                    host.plane.handle_packet(now.mono, leg, port_of(to), from, &bytes);
                    self.drain(index);
                }
            }
            Flight::Failed { flow } => {
                if let Some(index) = self.by_ip.get(&flow.local.ip()).copied() {
                    self.tell(index, Input::TransportFailed { flow });
                }
            }
            Flight::Stored { host, done } => self.tell(host, Input::Stored(done)),
        }
    }

    /// Carries out everything a host's node and plane want, and notes when it is due next.
    fn drain(&mut self, index: usize) {
        loop {
            if let Some(output) = self.hosts[index].machine.node().poll_output() {
                self.carry_out(index, output);
            } else if let Some(output) = self.hosts[index].plane.poll_output() {
                self.on_plane(index, output);
            } else {
                break;
            }
        }
        self.note_deadline(index);
    }

    fn note_deadline(&mut self, index: usize) {
        if let Some(old) = self.noted.remove(&index) {
            self.due.remove(&(old, index));
        }
        if let Some(deadline) = self.hosts[index].deadline() {
            self.due.insert((deadline.at, index));
            self.noted.insert(index, deadline.at);
        }
    }

    fn carry_out(&mut self, index: usize, output: Output) {
        let now = self.now;
        match output {
            Output::Transmit { flow, bytes } => self.send_sip(flow, bytes),
            Output::OpenPort { leg, .. } => {
                let host = &mut self.hosts[index];
                let input = match host.open_port(leg) {
                    Some(address) => Input::PortOpened { leg, address },
                    None => Input::PortFailed { leg },
                };
                host.machine.node().handle_input(now, input);
            }
            Output::Media { command, .. } => {
                let closing = match &command {
                    media::Command::Close { leg } => Some(*leg),
                    _ => None,
                };
                self.hosts[index].plane.handle_command(now.mono, command);
                if let Some(leg) = closing {
                    self.flush_plane_then_close(index, leg);
                }
            }
            Output::Store(write) => {
                if let Some(done) = self.hosts[index].store(&write) {
                    self.fly(now.mono + STORE_DELAY, Flight::Stored { host: index, done });
                }
                self.stored.push(write);
            }
            Output::Journal(entry) => self.journal.push((index, entry)),
        }
    }

    /// The last packets of a stream (RTCP BYE) leave before its sockets close.
    fn flush_plane_then_close(&mut self, index: usize, leg: LegKey) {
        while let Some(output) = self.hosts[index].plane.poll_output() {
            self.on_plane(index, output);
        }
        self.hosts[index].close_port(leg);
    }

    fn on_plane(&mut self, index: usize, output: media::Output) {
        let now = self.now;
        let input = match output {
            media::Output::Packet { leg, port, to, bytes } => {
                return self.send_rtp(index, leg, port, to, bytes);
            }
            media::Output::Event(event) => Input::Media(event),
            media::Output::Heard { leg, samples } => Input::Heard { leg, samples },
        };
        self.hosts[index].machine.node().handle_input(now, input);
    }

    fn send_sip(&mut self, flow: Flow, bytes: Vec<u8>) {
        let now = self.now.mono;
        self.seen.push(Seen { at: now, flow, bytes: bytes.clone() });
        if is_reliable(flow) {
            let known = self.by_ip.contains_key(&flow.remote.ip());
            let flight =
                if known { Flight::Sip { flow: mirrored(flow), bytes } } else { Flight::Failed { flow } };
            return self.fly(now + self.faults.delay, flight);
        }
        for at in self.faults.arrivals(now, &mut self.rng) {
            self.fly(at, Flight::Sip { flow: mirrored(flow), bytes: bytes.clone() });
        }
    }

    fn send_rtp(&mut self, index: usize, leg: LegKey, port: media::Port, to: SocketAddr, bytes: Vec<u8>) {
        let now = self.now.mono;
        let Some(from) = self.hosts[index].address_of(leg, port) else { return };
        for at in self.faults.arrivals(now, &mut self.rng) {
            self.fly(at, Flight::Rtp { from, to, bytes: bytes.clone() });
        }
    }

    fn fly(&mut self, at: Instant, flight: Flight) {
        self.flown += 1;
        self.flights.insert((at, self.flown), flight);
    }
}
