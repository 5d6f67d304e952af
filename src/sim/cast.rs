//! Who is in a world: the engine on the shipped plan, desk phones, callers by script, rude peers.

use super::again::Again;
use super::checks::Evidence;
use super::host::Machine;
use super::network::Faults;
use super::rude::{Move, Rude};
use super::shipped::{DESKS, QUEUES, Shipped, TRANSFERS};
use super::world::World;
use crate::audio::Codec;
use crate::base::{Instant, Rng, UnixTime, Verification};
use crate::calendar::{Calendar, EmergencySpec, Schedule, ScheduleSpec};
use crate::engine::{
    self, DeskConfig, DialTarget, Encryption, Engine, IpVersions, QueueConfig, Reference, SeatConfig, Way,
};
use crate::node::{Input, StoreWrite};
use crate::phone::{self, Act, KeyStyle, OnCall, Phone, Placing};
use crate::signaling::{self, Flow, SessionTimer, Target, Transport};
use crate::sip::{Host, NameAddr, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A world before it begins.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The wall clock at its start.
    pub wall: UnixTime,
    /// Where its chances come from.
    pub seed: u64,
    /// Its network.
    pub faults: Faults,
    /// The engine's surroundings.
    pub engine: EngineSetting,
    /// Desk phones; in the order of their targets.
    pub desks: Vec<DeskPhone>,
    /// Callers who keep the rules.
    pub callers: Vec<Caller>,
    /// Callers who do not.
    pub rude: Vec<RudeCaller>,
    /// What happens to the world meanwhile.
    pub events: Vec<(Duration, Happening)>,
    /// When to stop at the latest.
    pub limit: Duration,
}

/// The engine's surroundings.
#[derive(Clone, Debug)]
pub struct EngineSetting {
    /// Why the Japan desk is closed, where it is.
    pub emergency: Option<String>,
    /// How many may wait in a queue.
    pub max_waiting: usize,
    /// How long a seat rings.
    pub ring: Duration,
    /// Calls at once that signaling takes.
    pub max_calls: usize,
    /// Pairs of ports there are.
    pub port_pairs: usize,
    /// How long binding a port takes.
    pub port_delay: Duration,
    /// How long the store takes.
    pub store_delay: Duration,
    /// Its session timer.
    pub timer: SessionTimer,
    /// Whether there is no room for recordings.
    pub disk_full: bool,
    /// Where audio is encrypted.
    pub encryption: Encryption,
    /// What calls by no trunk are offered and taken at.
    pub codecs: Vec<Codec>,
    /// What services outside answer, each after how long.
    pub webhooks: BTreeMap<String, (Duration, String)>,
    /// What comes of PINs, each after how long; none: callers are not asked for any.
    pub pins: Option<BTreeMap<String, (Duration, Verification)>>,
    /// How long the voice takes to say something; none: there is no voice.
    pub voice: Option<Duration>,
}

impl Default for EngineSetting {
    fn default() -> Self {
        EngineSetting {
            emergency: None,
            max_waiting: 20,
            ring: Duration::from_secs(20),
            max_calls: 1_000,
            port_pairs: 10_000,
            port_delay: Duration::ZERO,
            store_delay: Duration::from_millis(2),
            timer: SessionTimer::default(),
            disk_full: false,
            encryption: Encryption::default(),
            // The same however the program is built.
            codecs: vec![Codec::Pcmu, Codec::Pcma, Codec::G722],
            webhooks: BTreeMap::new(),
            pins: None,
            voice: None,
        }
    }
}

/// A desk's phone.
#[derive(Clone, Debug)]
pub struct DeskPhone {
    /// Its name.
    pub name: String,
    /// `japan`, `sales`: a seat of the desk's queue; `global`: a number that is dialled; `partner`: a transfer.
    pub desk: String,
    /// What it does when it rings.
    pub on_call: OnCall,
    /// Whether it rings reliably.
    pub reliable: bool,
    /// What it does in a call.
    pub script: Vec<Act>,
    /// What it speaks, best first.
    pub codecs: Vec<Codec>,
    /// Whether somebody speaks there.
    pub speaks: bool,
    /// Whether it hears.
    pub hears: bool,
    /// Whether its audio is encrypted.
    pub encrypts: bool,
}

/// A caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name in ladders.
    pub name: String,
    /// When they call.
    pub at: Duration,
    /// The number called.
    pub to: String,
    /// Their own.
    pub from: String,
    /// What their SIP travels on.
    pub transport: Transport,
    /// Codecs offered, best first.
    pub codecs: Vec<Codec>,
    /// How keys are sent.
    pub keys: KeyStyle,
    /// How long they let it ring.
    pub patience: Duration,
    /// What they do once the call is up.
    pub script: Vec<Act>,
    /// Whether they speak, on and on.
    pub speaks: bool,
    /// Whether they hear: only who waits for silence must.
    pub hears: bool,
    /// Whether their audio is encrypted.
    pub encrypts: bool,
}

/// A caller without manners.
#[derive(Clone, Debug)]
pub struct RudeCaller {
    /// The name in ladders.
    pub name: String,
    /// When they begin.
    pub at: Duration,
    /// The number called.
    pub to: String,
    /// Their own.
    pub from: String,
    /// What they do.
    pub script: Vec<Move>,
}

/// Something that happens to the world.
#[derive(Clone, Debug)]
pub enum Happening {
    /// The engine takes no new calls.
    Drain,
    /// The engine ends every call.
    Stop,
    /// New calls take other plans.
    Reload(Shipped),
    /// A host falls silent.
    Unplug(String),
    /// The network changes.
    Network(Faults),
}

/// A world that has run.
pub struct Run {
    /// The world.
    pub world: World,
    /// The engine's host.
    pub engine: usize,
    /// What every phone called from.
    pub numbers: BTreeMap<String, String>,
    /// Phones that send keys as tones.
    pub tones: BTreeSet<String>,
    /// What its calls looked up.
    pub again: Again,
}

impl Run {
    /// What the checks go by.
    pub fn evidence(&self) -> Evidence<'_> {
        let strayed = self.world.stored.iter().filter_map(|write| match write {
            StoreWrite::SaveCall(call) => self.again.strays(call),
            StoreWrite::SaveCase(_) | StoreWrite::ReserveNumbers { .. } => None,
        });
        let people = (self.numbers.clone(), self.tones.clone());
        Evidence { strayed: strayed.collect(), ..Evidence::of(&self.world, self.engine, people.0, people.1) }
    }
}

/// Public addresses, of the block for test networks (RFC 2544): nobody is behind NAT.
const ENGINE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));
const SIP_PORT: u16 = 5060;
/// How long a party may be silent.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the engine may hold on to what nobody else holds: its longest timer (64*T1, twice: an answer that
/// is never acknowledged, then a BYE that is never answered), and a little.
const GRACE: Duration = Duration::from_secs(2 * 32 + 6);

/// Something due at a moment: a call to place, or a happening.
enum Due {
    Call(usize, Box<Placing>),
    Happens(Happening),
}

impl Cast {
    /// Runs the world to its end: nobody has anything left to do, or the limit.
    pub fn run(&self, shipped: &Shipped) -> Run {
        let mut world = World::new(self.wall, shipped.library.clone(), self.seed);
        world.set_faults(self.faults);
        let rng = Rng::from_seed(self.seed).fork("cast");
        let engine = self.add_engine(&mut world, shipped, &rng);
        let mut due = self.add_people(&mut world, &rng);
        due.sort_by_key(|(at, _)| *at);
        for (at, due) in due {
            world.run_until(Instant::from_start(at));
            happen(&mut world, engine, due);
        }
        world.run_until_quiet(Instant::from_start(self.limit), GRACE);
        let numbers = self.callers.iter().map(|c| (c.name.clone(), c.from.clone())).collect();
        let tones =
            self.callers.iter().filter(|c| c.keys == KeyStyle::Inband).map(|c| c.name.clone()).collect();
        let takes_pins = self.engine.pins.is_some();
        let again = Again { shipped: shipped.clone(), calendar: self.calendar(), takes_pins };
        Run { world, engine, numbers, tones, again }
    }

    fn add_engine(&self, world: &mut World, shipped: &Shipped, rng: &Rng) -> usize {
        let node =
            Engine::new(self.config(), shipped.plans.clone(), shipped.library.clone(), rng.fork("engine"));
        let engine = world.add("engine", ENGINE, Machine::Engine(Box::new(node)));
        let host = world.host_mut(engine);
        host.port_pairs = self.engine.port_pairs;
        host.port_delay = self.engine.port_delay;
        host.store_delay = self.engine.store_delay;
        host.webhooks = self.engine.webhooks.clone();
        host.pins = self.engine.pins.clone();
        host.recordings.is_full = self.engine.disk_full;
        host.voice = self.engine.voice;
        engine
    }

    fn add_people(&self, world: &mut World, rng: &Rng) -> Vec<(Duration, Due)> {
        for (at, desk) in self.desks.iter().enumerate() {
            let phone = Phone::new(desk.config(), rng.fork(&desk.name));
            let host = world.add(&desk.name, desk_ip(at), Machine::Phone(Box::new(phone)));
            world.host_mut(host).hears = desk.hears;
        }
        let mut due: Vec<(Duration, Due)> = Vec::new();
        for (at, caller) in self.callers.iter().enumerate() {
            let ip = caller_ip(2, at);
            let phone = Phone::new(caller.config(), rng.fork(&caller.name));
            let host = world.add(&caller.name, ip, Machine::Phone(Box::new(phone)));
            world.host_mut(host).hears = caller.hears;
            due.push((caller.at, Due::Call(host, Box::new(caller.placing(ip)))));
        }
        for (at, rude) in self.rude.iter().enumerate() {
            let own = SocketAddr::new(caller_ip(3, at), SIP_PORT);
            let script = [Move::Wait(rude.at)].into_iter().chain(rude.script.iter().cloned()).collect();
            let node = Rude::new(own, engine_sip(), &rude.to, &rude.from, script, rng.fork(&rude.name));
            world.add(&rude.name, own.ip(), Machine::Other(Box::new(node)));
        }
        due.extend(self.events.iter().map(|(at, happening)| (*at, Due::Happens(happening.clone()))));
        due
    }

    fn config(&self) -> engine::Config {
        let dial = |desk: &str| if desk == "global" { self.targets(desk) } else { Vec::new() };
        let others = |desk: &str| {
            let others =
                DESKS.iter().filter(|other| **other != desk).map(|other| Reference::Desk((*other).into()));
            others.chain(TRANSFERS.iter().map(|place| Reference::Place((*place).into()))).collect()
        };
        let desks = DESKS.iter().map(|d| (Arc::from(*d), DeskConfig { dial: dial(d), refers_to: others(d) }));
        let queues = QUEUES.iter().map(|(queue, desk, tier)| (Arc::from(*queue), self.queue(desk, *tier)));
        let transfers =
            TRANSFERS.iter().filter_map(|t| Some((Arc::from(*t), self.targets(t).into_iter().next()?)));
        engine::Config {
            signaling: signaling::Config {
                timer: self.engine.timer,
                ..signaling("madoguchi", self.engine.max_calls)
            },
            calendar: self.calendar(),
            desks: desks.collect(),
            queues: queues.collect(),
            transfers: transfers.collect(),
            trunks: BTreeMap::new(),
            host: Host::from(ENGINE),
            inband: true,
            media_timeout: Some(MEDIA_TIMEOUT),
            speaks: self.engine.voice.is_some(),
            takes_pins: self.engine.pins.is_some(),
            encryption: self.engine.encryption,
            codecs: self.engine.codecs.clone(),
            phones: None,
            certificate: None,
            media_security: BTreeMap::new(),
            audio_over: IpVersions::BOTH,
        }
    }

    fn queue(&self, desk: &str, tier: u8) -> QueueConfig {
        let seats = self.targets(desk).into_iter().map(|target| SeatConfig { target, calls_at_once: 1 });
        QueueConfig {
            desk: desk.into(),
            tier,
            max_waiting: self.engine.max_waiting,
            ring: self.engine.ring,
            seats: seats.collect(),
        }
    }

    fn targets(&self, desk: &str) -> Vec<DialTarget> {
        let phones = self.desks.iter().enumerate().filter(|(_, phone)| phone.desk == desk);
        let target = |(at, phone): (usize, &DeskPhone)| {
            let remote = SocketAddr::new(desk_ip(at), SIP_PORT);
            let flow = Flow { transport: Transport::Udp, local: engine_sip(), remote };
            let uri = Uri::sip(Some(&phone.name), Host::from(remote.ip()), None);
            DialTarget { way: Way::To(Box::new(Target::new(uri, flow))), trusted: false }
        };
        phones.map(target).collect()
    }

    /// The hours of its desks.
    pub fn calendar(&self) -> Calendar {
        let emergency = self.engine.emergency.clone().map(|message| EmergencySpec { message, until: None });
        let weekdays = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00");
        let specs = [
            ("japan", ScheduleSpec { emergency, ..weekdays.clone() }),
            ("sales", weekdays),
            ("global", ScheduleSpec::always("Asia/Tokyo")),
        ];
        let mut calendar = Calendar::new();
        for (desk, spec) in specs {
            calendar.insert(desk, Schedule::build(&spec).expect("hours in the right form"));
        }
        calendar
    }
}

fn happen(world: &mut World, engine: usize, due: Due) {
    match due {
        Due::Call(host, placing) => drop(world.with_phone(host, |phone, now| phone.place(now, *placing))),
        Due::Happens(Happening::Drain) => world.tell(engine, Input::Drain),
        Due::Happens(Happening::Stop) => world.tell(engine, Input::Stop),
        Due::Happens(Happening::Reload(Shipped { plans, library })) => {
            world.tell(engine, Input::Plans { plans, library });
        }
        Due::Happens(Happening::Network(faults)) => world.set_faults(faults),
        Due::Happens(Happening::Unplug(name)) => {
            let found = world.hosts().iter().position(|host| host.name == name);
            found.into_iter().for_each(|host| world.unplug(host));
        }
    }
}

/// A second of speech, as far as a level is speech.
fn words() -> Arc<[i16]> {
    (0..8_000).map(|at| if at / 10 % 2 == 0 { 2_000 } else { -2_000 }).collect()
}

impl DeskPhone {
    fn config(&self) -> phone::Config {
        phone::Config {
            signaling: signaling(&self.name, 4),
            on_call: self.on_call,
            reliable: self.reliable,
            script: self.script.clone(),
            codecs: self.codecs.clone(),
            keys: KeyStyle::Event,
            keep_audio: false,
            says: self.speaks.then(words),
            encrypts: self.encrypts,
        }
    }
}

impl Caller {
    fn config(&self) -> phone::Config {
        phone::Config {
            signaling: signaling(&self.from, 4),
            on_call: OnCall::Refuse(486),
            reliable: false,
            script: self.script.clone(),
            codecs: self.codecs.clone(),
            keys: self.keys,
            keep_audio: false,
            says: self.speaks.then(words),
            encrypts: self.encrypts,
        }
    }

    fn placing(&self, ip: IpAddr) -> Placing {
        let flow =
            Flow { transport: self.transport, local: SocketAddr::new(ip, SIP_PORT), remote: engine_sip() };
        let uri = Uri::sip(Some(&self.to), Host::from(ENGINE), None);
        let from = NameAddr::new(Uri::sip(Some(&self.from), Host::from(ip), None));
        let target = Target::new(uri, flow);
        Placing { target, from, headers: Vec::new(), patience: self.patience }
    }
}

fn signaling(user: &str, legs: usize) -> signaling::Config {
    signaling::Config {
        product: "madoguchi-sim".into(),
        user: user.into(),
        max_legs: legs,
        max_legs_of_stranger: usize::MAX,
        known: Default::default(),
        max_transactions: 4_000,
        advertise: None,
        timer: SessionTimer::default(),
    }
}

fn engine_sip() -> SocketAddr {
    SocketAddr::new(ENGINE, SIP_PORT)
}

fn desk_ip(at: usize) -> IpAddr {
    caller_ip(1, at)
}

fn caller_ip(net: u8, at: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(198, 18, net * 64 + (at / 200) as u8, (at % 200 + 1) as u8))
}
