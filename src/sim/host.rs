//! A machine on the virtual network: a node, its media plane, its sockets and, for an engine, its store.

use super::recordings::Recordings;
use crate::audio::tone::ringback;
use crate::audio::{Library, SAMPLE_RATE_HZ, Sound};
use crate::base::{Deadline, LegKey, Now, PromptId, Rng, Verdict, Verification, VerifiedBy};
use crate::engine::Engine;
use crate::media::{self, Plane};
use crate::node::{Node, PinAnswer, PinQuestion, Question, StoreDone, StoreWrite, Told};
use crate::phone::Phone;
use crate::signaling::{Counts, Flow, Lookup, Resolved};
use crate::speech::Sentence;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The port of SIP.
const SIP_PORT: u16 = 5060;

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

    fn calls(&self) -> usize {
        match self {
            Machine::Engine(engine) => engine.call_count(),
            Machine::Phone(phone) => phone.line_count(),
            Machine::Other(_) => 0,
        }
    }

    fn signaling_counts(&self) -> Counts {
        match self {
            Machine::Engine(engine) => engine.signaling_counts(),
            Machine::Phone(phone) => phone.signaling_counts(),
            Machine::Other(_) => Counts::default(),
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
    /// How long binding a port takes.
    pub port_delay: Duration,
    /// How long its store takes to make something durable.
    pub store_delay: Duration,
    /// What services outside answer to it, each after how long; one that is not here never does.
    pub webhooks: BTreeMap<String, (Duration, String)>,
    /// What comes of PINs, each after how long; none: nobody keeps any, and none is answered.
    pub pins: Option<Pins>,
    /// Where it keeps recordings.
    pub recordings: Recordings,
    /// How long its voice takes to say something; none: it has no voice.
    pub voice: Option<Duration>,
    /// Whether the audio sent to it is worth carrying: who hears nothing costs nothing.
    pub hears: bool,
    pub(super) plugged: bool,
}

/// What comes of PINs by their digits, each after how long.
pub type Pins = BTreeMap<String, (Duration, Verification)>;

/// How long a store takes to make a case durable.
const STORE_DELAY: Duration = Duration::from_millis(2);
/// How long a mora of its voice is.
const MORA: Duration = Duration::from_millis(140);
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
            port_delay: Duration::ZERO,
            store_delay: STORE_DELAY,
            webhooks: BTreeMap::new(),
            pins: None,
            recordings: Recordings::default(),
            voice: None,
            hears: true,
            plugged: true,
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

    /// Whether it is on the network.
    pub fn is_plugged(&self) -> bool {
        self.plugged
    }

    /// Whether its machine has nothing left to do.
    pub fn is_idle(&self) -> bool {
        self.machine.node_ref().is_idle()
    }

    /// Whether it runs the engine.
    pub fn is_engine(&self) -> bool {
        matches!(self.machine, Machine::Engine(_))
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
        if !self.plugged {
            return None;
        }
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

    /// Where a trunk is reached: the network knows addresses, and no names.
    pub(super) fn resolve(&self, lookup: &Lookup) -> Resolved {
        let path = |ip: IpAddr| {
            let local = SocketAddr::new(self.ip, SIP_PORT);
            Flow {
                transport: lookup.transport,
                local,
                remote: SocketAddr::new(ip, lookup.port.unwrap_or(SIP_PORT)),
            }
        };
        let ip = lookup.host.parse().map_err(|_| "no such name".to_string());
        Resolved {
            trunk: lookup.trunk.clone(),
            places: ip.map(|ip| vec![path(ip)]),
            took: Duration::ZERO,
            holds: None,
        }
    }

    /// What a service outside answers, and after how long.
    pub(super) fn ask(&self, question: &Question) -> Option<(Duration, Told)> {
        let (after, word) = self.webhooks.get(&*question.webhook)?;
        Some((*after, question.told(Ok(word.as_str().into()))))
    }

    /// What comes of a PIN, and after how long; one that is not known is so at once.
    pub(super) fn verify(&self, question: &PinQuestion) -> Option<(Duration, PinAnswer)> {
        let known = self.pins.as_ref()?.get(question.pin.reveal());
        let unknown = || (Duration::ZERO, Verdict::Unknown.said(VerifiedBy::Store));
        let (after, came) = known.cloned().unwrap_or_else(unknown);
        Some((after, question.judged(Ok(came))))
    }

    /// A voice in memory: a tone as long as the sentence.
    pub(super) fn speak(&self, id: &PromptId) -> Option<Sound> {
        let sentence = Sentence::of(id).filter(|_| self.voice.is_some())?;
        let samples = MORA.as_millis() as usize * SAMPLE_RATE_HZ as usize / 1_000 * sentence.morae();
        Some(Sound::new(ringback().samples.iter().copied().cycle().take(samples).collect::<Vec<i16>>()))
    }

    /// What is left on the host that should not be after every call is over.
    pub fn left_over(&self) -> Vec<String> {
        let mut left = Vec::new();
        if !self.plugged {
            return left;
        }
        let mut note = |what: &str, count: usize| {
            if count > 0 {
                left.push(format!("{}: {count} {what}", self.name));
            }
        };
        note("ports left open", self.legs.len());
        note("streams left over", self.plane.stream_count());
        note("calls left over", self.machine.calls());
        let counts = self.machine.signaling_counts();
        note("legs left over", counts.legs);
        note("sessions left over", counts.usages);
        note("dialogs left over", counts.dialogs);
        note("transactions left over", counts.transactions);
        note("timers left running", usize::from(self.deadline().is_some()));
        note("machines that are not idle", usize::from(!self.machine.node_ref().is_idle()));
        left
    }
}

fn following(port: u16) -> u16 {
    if port >= LAST_PORT { FIRST_PORT } else { port + 2 }
}
