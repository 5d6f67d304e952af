//! Whole datagram sequences at an engine in one piece: a caller, a desk and whoever else, in virtual time.
//!
//! The input is text: pieces between lines of `%%`. A piece that begins with `caller`, `desk` or `stranger` and a
//! line end is a datagram from there; `desk 200` is the desk's response to the last INVITE it got; `wait 500` lets
//! time pass; `digit 5` is a key of the caller; `lost` is a transport that failed; `drain` and `stop` are said by
//! operations. In datagrams `{tag}` is our tag in the answer to the last INVITE, `{sdp}` a description's text.

use madoguchi::audio::{Library, LibraryBuilder, Sound};
use madoguchi::base::{CallKey, Digit, Instant, Language, LegKey, Now, PromptId, Rng, UnixTime};
use madoguchi::calendar::{Calendar, Schedule, ScheduleSpec};
use madoguchi::diag::Source;
use madoguchi::dialplan::{Names, PlanSet, QueueFacts};
use madoguchi::engine::{Config, DialTarget, Engine, IpVersions, QueueConfig, SeatConfig, Way};
use madoguchi::media::{self, DigitSource};
use madoguchi::node::journal::What;
use madoguchi::node::{Input, Node, Output, StoreDone, StoreWrite};
use madoguchi::signaling::{self, Flow, Target, Transport};
use madoguchi::sip::{Host, Uri};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const PLAN: &str = r#"
start = "menu"
[step.menu]
verb = "collect"
prompt = "hello"
min = 1
max = 4
next = "line"
otherwise = "line"
[step.line]
verb = "queue"
queue = "q"
music = "hello"
position = false
max_wait = "5m"
otherwise = "bye"
after = "bye"
[step.bye]
verb = "hangup"
prompt = "hello"
"#;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
/// Pieces taken of one input.
const PIECES: usize = 40;
/// Longer than any call of the plan, and than any transaction after it.
const THE_END: Duration = Duration::from_secs(5 * 3600);

const fn at(host: u8) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, host)), 5060)
}

const ENGINE: SocketAddr = at(1);
const DESK: SocketAddr = at(2);
const CALLER: SocketAddr = at(9);
const STRANGER: SocketAddr = at(66);

static SCRIPT: LazyLock<(Arc<PlanSet>, Arc<Library>)> = LazyLock::new(script);

/// No panic (the engine's own protection would hide one: it is looked for), nobody called but the desk, each call
/// ended once, and in the end nothing left.
pub fn run(input: &[u8]) -> bool {
    let mut world = World::new();
    let text = String::from_utf8_lossy(input);
    for piece in text.split("\n%%\n").take(PIECES) {
        world.perform(piece);
    }
    world.input(Input::Stop);
    world.wait(THE_END);
    assert!(world.engine.is_idle(), "left over: {:?}", world.engine.signaling_counts());
    assert_eq!(world.started, world.ended, "each call ends once");
    assert_eq!(world.started, world.gone, "nothing of a call is left");
    !world.started.is_empty()
}

struct World {
    engine: Engine,
    now: Now,
    tag: String,
    invite: Option<String>,
    ports: u16,
    started: Vec<CallKey>,
    ended: Vec<CallKey>,
    gone: Vec<CallKey>,
}

impl World {
    fn new() -> World {
        let (plans, library) = SCRIPT.clone();
        let engine = Engine::new(config(), plans, library, Rng::from_seed(1));
        // 10:00 in Japan on 10 February 2026.
        let now = Now { mono: Instant::from_millis(1_000), wall: UnixTime::from_secs(1_770_685_200) };
        let mut world = World {
            engine,
            now,
            tag: String::new(),
            invite: None,
            ports: 0,
            started: Vec::new(),
            ended: Vec::new(),
            gone: Vec::new(),
        };
        world.drain();
        world
    }

    fn perform(&mut self, piece: &str) {
        let (first, rest) = piece.split_once('\n').unwrap_or((piece, ""));
        let (word, argument) = first.trim().split_once(' ').unwrap_or((first.trim(), ""));
        let number = argument.trim().parse::<u64>().ok();
        match (word, number) {
            ("caller", _) => self.datagram(CALLER, rest),
            ("desk", Some(status)) => self.desk_replies(status),
            ("desk", None) => self.datagram(DESK, rest),
            ("wait", Some(ms)) => self.wait(Duration::from_millis(ms.min(600_000))),
            ("digit", _) => self.digit(argument),
            ("lost", _) => self.input(Input::TransportFailed { flow: flow(CALLER) }),
            ("drain", _) => self.input(Input::Drain),
            ("stop", _) => self.input(Input::Stop),
            _ => self.datagram(STRANGER, rest),
        }
    }

    fn datagram(&mut self, from: SocketAddr, text: &str) {
        let sdp = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}", SDP.len());
        let text = text.replace("{tag}", &self.tag).replace("{sdp}", &sdp);
        self.input(Input::Message { flow: flow(from), bytes: text.into_bytes() });
    }

    fn desk_replies(&mut self, status: u64) {
        let Some(invite) = self.invite.clone() else { return };
        let copy = |name: &str| {
            let line = invite.lines().find(|line| line.starts_with(&format!("{name}:")));
            line.map(|line| format!("{line}\r\n")).unwrap_or_default()
        };
        let to = copy("To").trim_end().to_string();
        let head = format!("SIP/2.0 {status} x\r\n{}{}{to};tag=desk\r\n", copy("Via"), copy("From"));
        let tail = format!("{}{}Contact: <sip:seat@203.0.113.2>\r\n{{sdp}}", copy("Call-ID"), copy("CSeq"));
        self.datagram(DESK, &format!("{head}{tail}"));
    }

    fn digit(&mut self, key: &str) {
        let digit = key.trim().chars().next().and_then(Digit::from_char);
        if let Some(digit) = digit {
            let event = media::Event::Digit { leg: LegKey(1), digit, source: DigitSource::TelephoneEvent };
            self.input(Input::Media(event));
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(due) = self.engine.poll_deadline().filter(|due| due.at <= end.mono) {
            self.now = self.now.after(due.at.max(self.now.mono) - self.now.mono);
            self.engine.handle_deadline(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn input(&mut self, input: Input) {
        self.engine.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            if let Some(answer) = self.answer(output) {
                self.engine.handle_input(self.now, answer);
            }
        }
    }

    /// What sockets, media and store say to an output.
    fn answer(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Transmit { flow, bytes } => {
                self.sent(flow, &bytes);
                None
            }
            Output::OpenPort { leg, .. } => {
                self.ports = self.ports.wrapping_add(2);
                let address = SocketAddr::new(ENGINE.ip(), 20_000 + self.ports % 20_000);
                Some(Input::PortOpened { leg, address })
            }
            Output::Media { command: media::Command::Close { leg }, .. } => {
                let report = media::StreamReport::default();
                Some(Input::Media(media::Event::Closed { leg, report }))
            }
            Output::Media { command: media::Command::Play { leg, play, repeat: false, .. }, .. } => {
                Some(Input::Media(media::Event::PlayDone { leg, play }))
            }
            Output::Store(StoreWrite::ReserveNumbers { count }) => {
                Some(Input::Stored(StoreDone::NumbersReserved(0..count)))
            }
            Output::Store(StoreWrite::SaveCase(case)) => {
                Some(Input::Stored(StoreDone::CaseSaved(case.number())))
            }
            Output::Journal(entry) => {
                self.note(entry.call, &entry.what);
                None
            }
            _ => None,
        }
    }

    fn sent(&mut self, flow: Flow, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let to = text.lines().find(|line| line.starts_with("To:")).unwrap_or_default();
        if text.starts_with("INVITE ") && !to.contains(";tag=") {
            assert_eq!(flow.remote, DESK, "nobody else is called: {text}");
            self.invite = Some(text.into_owned());
        } else if text.starts_with("SIP/2.0 200")
            && let Some((_, tag)) = to.split_once("tag=")
        {
            self.tag = tag.trim().to_string();
        }
    }

    fn note(&mut self, call: Option<CallKey>, what: &What) {
        match what {
            What::CallStarted { .. } => self.started.extend(call),
            What::CallEnded { cause } => {
                assert_ne!(*cause, madoguchi::base::EndCause::Broken, "a rule was broken");
                self.ended.extend(call);
                self.ended.sort();
            }
            What::CallGone => {
                self.gone.extend(call);
                self.gone.sort();
            }
            What::Trouble { text } => assert!(!text.contains("rule of the engine's own"), "{text}"),
            What::Offered { target, .. } => assert!(target.contains("desk.example"), "{target} is called"),
            _ => {}
        }
    }
}

fn flow(remote: SocketAddr) -> Flow {
    Flow { transport: Transport::Udp, local: ENGINE, remote }
}

fn config() -> Config {
    let mut calendar = Calendar::new();
    let weekdays = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00");
    calendar.insert("japan", Schedule::build(&weekdays).expect("good hours"));
    let uri = Uri::sip(Some("seat"), Host::Name("desk.example".into()), None);
    let way = Way::To(Box::new(Target::new(uri, flow(DESK))));
    let target = DialTarget { way, trusted: false };
    let queue = QueueConfig {
        desk: "japan".into(),
        tier: 1,
        max_waiting: 5,
        ring: Duration::from_secs(20),
        seats: vec![SeatConfig { target, calls_at_once: 1 }],
    };
    Config {
        signaling: signaling::Config {
            product: "fuzz".into(),
            user: "madoguchi".into(),
            max_legs: 10,
            max_legs_of_stranger: 5,
            known: [DESK.ip()].into(),
            timer: Default::default(),
            max_transactions: 100,
            advertise: None,
        },
        calendar,
        desks: BTreeMap::new(),
        queues: BTreeMap::from([("q".into(), queue)]),
        transfers: BTreeMap::new(),
        trunks: BTreeMap::new(),
        host: Host::Name("engine.example".into()),
        inband: false,
        media_timeout: None,
        speaks: false,
        takes_pins: false,
        encryption: Default::default(),
        codecs: madoguchi::audio::Codec::ALL.to_vec(),
        phones: None,
        certificate: None,
        media_security: BTreeMap::new(),
        audio_over: IpVersions::BOTH,
    }
}

fn script() -> (Arc<PlanSet>, Arc<Library>) {
    let mut library = LibraryBuilder::new();
    let facts = QueueFacts { desk: "japan".into(), tier: 1, ring: Duration::from_secs(20) };
    let mut names = Names { queues: BTreeMap::from([("q".into(), facts)]), ..Names::default() };
    names.desks.insert("japan".into());
    for id in ["hello", "technical-difficulty"] {
        for language in Language::ALL {
            library.insert(PromptId::new(id), language, Sound::new(vec![1_000; 1_600]));
            names.prompts.insert((PromptId::new(id), language));
        }
    }
    let (plans, _) = PlanSet::check(&[Source::new("fuzz.toml", PLAN)], &names).expect("a good plan");
    (Arc::new(plans), Arc::new(library.build()))
}
