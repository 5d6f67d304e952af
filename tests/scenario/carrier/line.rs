//! An engine with a line to the exchange, in virtual time.

use super::exchange::Exchange;
use madoguchi::audio::{LibraryBuilder, Sound};
use madoguchi::base::{Instant, Language, LegKey, Now, PromptId, Rng, UnixTime};
use madoguchi::calendar::{Calendar, Schedule, ScheduleSpec};
use madoguchi::cli::running::trunk_config;
use madoguchi::cli::settings::{Surroundings, load};
use madoguchi::diag::Source;
use madoguchi::dialplan::{Names, PlanSet};
use madoguchi::engine::{Config, DeskConfig, DialTarget, Encryption, Engine, IpVersions, Trunk, Way};
use madoguchi::media;
use madoguchi::node::journal::What;
use madoguchi::node::{Input, Node, Output, StoreDone, StoreWrite};
use madoguchi::signaling::{self, Flow, RegistrationStanding, Resolved, SessionTimer, Transport};
use madoguchi::sip::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Where the engine is on the line.
pub const OURS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 5060);
const EXCHANGE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);
/// One way.
const LATENCY: Duration = Duration::from_millis(5);

/// A plan whose callers listen for as long as they like.
const WAITING: &str = "start = \"hear\"\n[step.hear]\nverb = \"play\"\nprompt = \"news\"\nnext = \"bye\"\n\
                       [step.bye]\nverb = \"hangup\"\nprompt = \"news\"\n";
/// A plan that dials out at once.
const DIALLING: &str = "start = \"out\"\n[step.out]\nverb = \"dial\"\ndesk = \"outside\"\nfailed = \"bye\"\nafter = \"bye\"\n\
                        [step.bye]\nverb = \"hangup\"\nprompt = \"news\"\n";

/// A line.
pub struct Line {
    engine: Engine,
    pub exchange: Exchange,
    now: Now,
    local: SocketAddr,
    to_engine: BTreeMap<(Instant, u32), String>,
    to_exchange: BTreeMap<(Instant, u32), String>,
    order: u32,
    ports: u16,
    journal: Vec<What>,
}

impl Line {
    /// Callers listen; the trunk has these settings.
    pub fn waiting(trunk: &str) -> Line {
        Line::new(OURS.port(), trunk, WAITING)
    }

    /// The same with another port that SIP leaves from.
    pub fn waiting_at(port: u16, trunk: &str) -> Line {
        Line::new(port, trunk, WAITING)
    }

    /// Whoever calls is put through by the line again.
    pub fn dialling(trunk: &str) -> Line {
        Line::new(OURS.port(), trunk, DIALLING)
    }

    fn new(port: u16, trunk: &str, plan: &str) -> Line {
        let (plans, library) = script(plan);
        let engine = Engine::new(config(trunk), plans, library, Rng::from_seed(1));
        let mut line = Line {
            engine,
            exchange: Exchange::new(),
            now: Now { mono: Instant::ZERO, wall: UnixTime::from_secs(1_795_744_800) },
            local: SocketAddr::new(OURS.ip(), port),
            to_engine: BTreeMap::new(),
            to_exchange: BTreeMap::new(),
            order: 0,
            ports: 20_000,
            journal: Vec::new(),
        };
        line.drain_outputs();
        line.run(Duration::from_millis(1));
        line
    }

    /// Lets so much time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now.mono + time;
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = self.now.after(at - self.now.mono);
            self.step();
        }
        self.now = self.now.after(end - self.now.mono);
    }

    pub fn drain(&mut self) {
        self.engine.handle_input(self.now, Input::Drain);
        self.drain_outputs();
    }

    pub fn registration(&self) -> RegistrationStanding {
        let trunks = self.journal.iter().rev();
        let mut standings = trunks.filter_map(|what| match what {
            What::Trunk { standing, .. } => Some(standing.registration),
            _ => None,
        });
        standings.next().expect("a standing")
    }

    /// Whether a caller was put through.
    pub fn connected(&self) -> bool {
        self.journal.iter().any(|what| matches!(what, What::Connected { .. }))
    }

    /// The number that was dialled, as the engine read it.
    pub fn dialed(&self) -> Option<String> {
        self.journal.iter().find_map(|what| match what {
            What::CallStarted { dialed, .. } => Some(dialed.clone()),
            _ => None,
        })
    }

    fn next(&self) -> Option<Instant> {
        let wire = [&self.to_engine, &self.to_exchange].map(|wire| wire.keys().next().map(|(at, _)| *at));
        let exchange = self.exchange.deadline().map(|at| Instant::ZERO + at);
        let engine = self.engine.poll_deadline().map(|deadline| deadline.at);
        wire.into_iter().chain([exchange, engine]).flatten().min().map(|at| at.max(self.now.mono))
    }

    fn step(&mut self) {
        let now = self.now;
        let arrived = |wire: &mut BTreeMap<(Instant, u32), String>| {
            let first = wire.first_entry().filter(|first| first.key().0 <= now.mono);
            first.map(|first| first.remove())
        };
        if let Some(text) = arrived(&mut self.to_exchange) {
            return self.exchange.receive(now.mono.since_start(), self.local, &text);
        }
        if let Some(text) = arrived(&mut self.to_engine) {
            self.engine.handle_input(now, Input::Message { flow: self.flow(), bytes: text.into_bytes() });
            return self.drain_outputs();
        }
        for text in self.exchange.send_due(now.mono.since_start()) {
            self.order += 1;
            self.to_engine.insert((now.mono + LATENCY, self.order), text);
        }
        if self.engine.poll_deadline().is_some_and(|deadline| deadline.at <= now.mono) {
            self.engine.handle_deadline(now);
            self.drain_outputs();
        }
    }

    fn flow(&self) -> Flow {
        Flow { transport: Transport::Udp, local: self.local, remote: EXCHANGE }
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            if let Some(input) = self.carry_out(output) {
                self.engine.handle_input(self.now, input);
            }
        }
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Transmit { bytes, .. } => {
                self.order += 1;
                let text = String::from_utf8(bytes).expect("text");
                self.to_exchange.insert((self.now.mono + LATENCY, self.order), text);
                None
            }
            Output::Resolve(lookup) => Some(Input::Resolved(Resolved {
                trunk: lookup.trunk,
                places: Ok(vec![self.flow()]),
                took: Duration::ZERO,
                holds: None,
            })),
            Output::OpenPort { leg, .. } => Some(self.open(leg)),
            Output::Media { command: media::Command::Close { leg }, .. } => {
                Some(Input::Media(media::Event::Closed { leg, report: media::StreamReport::default() }))
            }
            Output::Store(StoreWrite::ReserveNumbers { count }) => {
                Some(Input::Stored(StoreDone::NumbersReserved(0..count)))
            }
            Output::Store(StoreWrite::SaveCase(case)) => {
                Some(Input::Stored(StoreDone::CaseSaved(case.number())))
            }
            Output::Journal(entry) => {
                self.journal.push(entry.what);
                None
            }
            Output::Speak { .. }
            | Output::Media { .. }
            | Output::Library(_)
            | Output::Store(_)
            | Output::Ask(_)
            | Output::Verify(_)
            | Output::Queues(_)
            | Output::Calls(_) => None,
        }
    }

    fn open(&mut self, leg: LegKey) -> Input {
        self.ports += 2;
        Input::PortOpened { leg, address: SocketAddr::new(OURS.ip(), self.ports) }
    }
}

/// The trunk as settings give it.
fn trunk(text: &str) -> (Arc<str>, Trunk) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("line.toml");
    std::fs::write(&file, format!("[trunks.ntt]\n{text}")).expect("written");
    let settings = load(Some(&file), &Surroundings::default()).expect("good settings").settings;
    trunk_config(settings.trunks.iter().next().expect("a trunk"))
}

fn config(text: &str) -> Config {
    let mut calendar = Calendar::new();
    let always = Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).expect("hours");
    calendar.insert("outside", always);
    let way = Way::By { trunk: "ntt".into(), number: "0398765432".into() };
    let dial = vec![DialTarget { way, trusted: false }];
    Config {
        signaling: signaling::Config {
            product: "madoguchi".into(),
            user: "madoguchi".into(),
            max_legs: 10,
            max_legs_of_stranger: 10,
            known: BTreeSet::new(),
            max_transactions: 100,
            advertise: None,
            timer: SessionTimer::default(),
        },
        calendar,
        desks: BTreeMap::from([("outside".into(), DeskConfig { dial, ..DeskConfig::default() })]),
        queues: BTreeMap::new(),
        transfers: BTreeMap::new(),
        trunks: BTreeMap::from([trunk(text)]),
        host: Host::from(OURS.ip()),
        inband: false,
        encryption: Encryption::Never,
        codecs: madoguchi::audio::Codec::ALL.to_vec(),
        certificate: None,
        media_security: BTreeMap::new(),
        audio_over: IpVersions::BOTH,
        media_timeout: None,
        speaks: false,
        takes_pins: false,
        phones: None,
    }
}

fn script(plan: &str) -> (Arc<PlanSet>, Arc<madoguchi::audio::Library>) {
    let mut library = LibraryBuilder::new();
    let mut names = Names { desks: BTreeSet::from(["outside".into()]), ..Names::default() };
    for language in Language::ALL {
        library.insert(PromptId::new("news"), language, Sound::new(vec![1_000; 1_600]));
        names.prompts.insert((PromptId::new("news"), language));
        library.insert(PromptId::new("technical-difficulty"), language, Sound::new(vec![1_000; 1_600]));
        names.prompts.insert((PromptId::new("technical-difficulty"), language));
    }
    let (plans, _) = PlanSet::check(&[Source::new("line.toml", plan)], &names).expect("a good plan");
    (Arc::new(plans), Arc::new(library.build()))
}
