//! The world: hosts on a network, and time that jumps to the next thing due.

use super::host::{Host, Machine};
use super::network::{Faults, Flight, Seen, is_reliable, mirrored, port_of};
use super::watch::Watch;
use crate::audio::Library;
use crate::base::{Instant, LegKey, Now, PromptId, Rng, UnixTime};
use crate::media;
use crate::node::journal::Entry;
use crate::node::{Input, Output, StoreDone, StoreWrite};
use crate::phone::Phone;
use crate::signaling::Flow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A journal entry as it was written.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The host it belongs to.
    pub host: usize,
    /// The entry.
    pub entry: Entry,
    /// Its place among everything seen and noted.
    pub order: u64,
}

/// A case became durable, and the engine knows.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Its number.
    pub number: String,
    /// The moment's place among everything seen and noted.
    pub order: u64,
}

/// Hosts, network and time.
pub struct World {
    /// Both clocks.
    pub now: Now,
    /// Every SIP message sent, in order; for whoever checks.
    pub seen: Vec<Seen>,
    /// Every journal entry, with its host; for whoever checks.
    pub journal: Vec<Noted>,
    /// Every case or call written to a store.
    pub stored: Vec<StoreWrite>,
    /// Cases that became durable, in order.
    pub saved: Vec<Saved>,
    /// What the engine's RTP looked like.
    pub watch: Watch,
    faults: Faults,
    was_clean: bool,
    orders: u64,
    start: UnixTime,
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
            start: wall,
            seen: Vec::new(),
            journal: Vec::new(),
            stored: Vec::new(),
            saved: Vec::new(),
            watch: Watch::default(),
            faults: Faults::NONE,
            was_clean: true,
            orders: 0,
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

    /// How bad the network is from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.was_clean &= faults.is_clean();
    }

    /// Whether every datagram so far arrived once and in order.
    pub fn was_clean(&self) -> bool {
        self.was_clean
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

    /// Takes a host off the network: it does nothing any more, and packets to it are lost.
    pub fn unplug(&mut self, index: usize) {
        self.hosts[index].plugged = false;
        self.by_ip.remove(&self.hosts[index].ip);
        self.note_deadline(index);
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

    /// Runs until nobody has anything left to do, or until this moment; time stands at the last event.
    /// Once every host but the engine's is idle, the engine has `grace` to let go of everything too.
    pub fn run_until_quiet(&mut self, limit: Instant, grace: Duration) {
        let mut limit = limit;
        let mut look = self.now.mono;
        while let Some(at) = self.next().filter(|at| *at <= limit) {
            self.step_to(at);
            if at >= look {
                look = at + Duration::from_secs(1);
                let people = self.hosts.iter().filter(|h| !h.is_engine() && h.is_plugged());
                let settled = people.into_iter().all(Host::is_idle);
                limit = if settled { limit.min(at + grace) } else { limit };
            }
        }
    }

    /// Runs for this long.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now.mono + time);
    }

    fn move_to(&mut self, at: Instant) {
        self.now = Now { mono: at, wall: self.start + at.since_start() };
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
            Flight::Stored { host, done } => {
                if let StoreDone::CaseSaved(number) = &done {
                    let order = self.next_order();
                    self.saved.push(Saved { number: number.to_string(), order });
                }
                self.tell(host, Input::Stored(done));
            }
            Flight::Recorded { host, recorded } => self.tell(host, Input::Recorded(recorded)),
            Flight::Told { host, told } => self.tell(host, Input::Told(told)),
            Flight::Verified { host, answer } => self.tell(host, Input::Verified(answer)),
            Flight::Spoken { host, id, sound } => self.tell(host, Input::Spoken { id, sound }),
            Flight::Port { host, leg, address } => self.tell(host, port_input(leg, address)),
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
            Output::Resolve(lookup) => {
                let resolved = self.hosts[index].resolve(&lookup);
                self.tell(index, Input::Resolved(resolved));
            }
            Output::OpenPort { leg, .. } => self.open_port(index, leg),
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
            Output::Library(library) => self.hosts[index].plane.replace_library(library),
            Output::Speak { id } => self.speak(index, id),
            Output::Store(write) => {
                if let Some(done) = self.hosts[index].store(&write) {
                    self.fly(now.mono + self.hosts[index].store_delay, Flight::Stored { host: index, done });
                }
                self.stored.push(write);
            }
            Output::Ask(question) => {
                if let Some((after, told)) = self.hosts[index].ask(&question) {
                    self.fly(now.mono + after, Flight::Told { host: index, told });
                }
            }
            Output::Verify(question) => {
                if let Some((after, answer)) = self.hosts[index].verify(&question) {
                    self.fly(now.mono + after, Flight::Verified { host: index, answer });
                }
            }
            // Nobody watches.
            Output::Queues(_) | Output::Calls(_) => {}
            Output::Journal(entry) => {
                let order = self.next_order();
                self.journal.push(Noted { host: index, entry, order });
            }
        }
    }

    fn speak(&mut self, index: usize, id: PromptId) {
        let host = &self.hosts[index];
        let (sound, at) = (host.speak(&id), self.now.mono + host.voice.unwrap_or_default());
        self.fly(at, Flight::Spoken { host: index, id, sound });
    }

    fn open_port(&mut self, index: usize, leg: LegKey) {
        let now = self.now;
        let host = &mut self.hosts[index];
        let address = host.open_port(leg);
        if host.port_delay.is_zero() {
            return host.machine.node().handle_input(now, port_input(leg, address));
        }
        let at = now.mono + host.port_delay;
        self.fly(at, Flight::Port { host: index, leg, address });
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
            media::Output::Take(take) => return self.keep(index, take),
            media::Output::Heard { leg, samples } => Input::Heard { leg, samples },
        };
        self.hosts[index].machine.node().handle_input(now, input);
    }

    fn keep(&mut self, index: usize, take: media::Take) {
        let host = &mut self.hosts[index];
        if let Some(recorded) = host.recordings.take(take) {
            let at = self.now.mono + host.store_delay;
            self.fly(at, Flight::Recorded { host: index, recorded });
        }
    }

    fn send_sip(&mut self, flow: Flow, bytes: Vec<u8>) {
        let now = self.now.mono;
        let known = self.by_ip.contains_key(&flow.remote.ip()) && self.by_ip.contains_key(&flow.local.ip());
        let order = self.next_order();
        let mut arrivals = match (known, is_reliable(flow)) {
            (false, _) => Vec::new(),
            (true, true) => vec![now + self.faults.delay],
            (true, false) => self.faults.arrivals(now, &mut self.rng),
        };
        arrivals.sort_unstable();
        self.seen.push(Seen {
            at: now,
            flow,
            bytes: bytes.clone(),
            arrives: arrivals.first().copied(),
            order,
        });
        if !known && is_reliable(flow) {
            return self.fly(now + self.faults.delay, Flight::Failed { flow });
        }
        for at in arrivals {
            self.fly(at, Flight::Sip { flow: mirrored(flow), bytes: bytes.clone() });
        }
    }

    fn send_rtp(&mut self, index: usize, leg: LegKey, port: media::Port, to: SocketAddr, bytes: Vec<u8>) {
        let now = self.now.mono;
        let host = &mut self.hosts[index];
        let Some(from) = host.address_of(leg, port) else { return };
        if host.is_engine() && port == media::Port::Rtp {
            self.watch.saw(now, leg, &bytes);
        }
        let heard = self.by_ip.get(&to.ip()).is_some_and(|receiver| self.hosts[*receiver].hears);
        if !heard {
            return self.hosts[index].plane.recycle(bytes);
        }
        for at in self.faults.arrivals(now, &mut self.rng) {
            self.fly(at, Flight::Rtp { from, to, bytes: bytes.clone() });
        }
    }

    fn next_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    fn fly(&mut self, at: Instant, flight: Flight) {
        self.flown += 1;
        self.flights.insert((at, self.flown), flight);
    }
}

fn port_input(leg: LegKey, address: Option<SocketAddr>) -> Input {
    match address {
        Some(address) => Input::PortOpened { leg, address },
        None => Input::PortFailed { leg },
    }
}
