//! The shell over real loopback sockets, driven by a node that answers everything.

mod media;
mod shutdown;
mod sip;
mod tls;
mod websocket;

use super::{Bound, Ended, ListenAddr, Shell, ShellConfig, ShellHandle};
use crate::audio::{Codec, Library, LibraryBuilder, Sound, Wishes};
use crate::base::{CallKey, Clip, Deadline, Language, LegKey, Now, PromptId};
use crate::media::{Command, Direction, Event, PlayKey, Settings};
use crate::node::journal::{Entry, What};
use crate::node::{Input, Node, Output, StoreWrite};
use crate::sdp::Events;
use crate::signaling::{Flow, Transport};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// What a test waits for at most; never reached where the code works.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing must come before a test believes that nothing will.
const SILENCE: Duration = Duration::from_millis(200);

/// Does what the first words of a message say, else sends it back. Everything it is told beside
/// messages goes to the journal as trouble, and that a connection is gone as a note.
#[derive(Debug, Default)]
struct Echo {
    out: VecDeque<Output>,
    /// Who asked for a leg, and where its audio goes.
    legs: BTreeMap<LegKey, (Flow, Option<SocketAddr>)>,
    draining: bool,
    stopped: bool,
    /// Whether it claims to have a call until it is stopped.
    busy: bool,
}

impl Echo {
    fn message(&mut self, flow: Flow, bytes: Vec<u8>) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["PLAY", call, leg, to, ..] => self.open(flow, number(call), number(leg), to.parse().ok()),
            ["OPEN", call, leg, ..] => self.open(flow, number(call), number(leg), None),
            ["BREAK", ..] => std::panic::resume_unwind(Box::new("asked for")),
            ["STOP", call, leg, ..] => {
                self.command(number(call), Command::Stop { leg: LegKey(number(leg)) });
                self.say(flow, "STOPPED");
            }
            ["CLOSE", call, leg, ..] => {
                self.command(number(call), Command::Close { leg: LegKey(number(leg)) })
            }
            ["RESERVE", count, ..] => {
                let count = number(count);
                self.out.push_back(Output::Store(StoreWrite::ReserveNumbers { count }));
            }
            ["RELAY", to, ..] => {
                let flow = Flow { remote: to.parse().expect("an address"), ..flow };
                self.out.push_back(Output::Transmit { flow, bytes });
            }
            _ => self.out.push_back(Output::Transmit { flow, bytes }),
        }
    }

    fn open(&mut self, flow: Flow, call: u64, leg: u64, to: Option<SocketAddr>) {
        let leg = LegKey(leg);
        self.legs.insert(leg, (flow, to));
        let towards = Some(flow.remote.ip());
        self.out.push_back(Output::OpenPort { call: CallKey(call), leg, towards, dscp: None });
        self.command(call, open(leg));
        if let Some(to) = to {
            self.command(call, Command::Configure { leg, settings: settings(to) });
            self.command(call, play(leg));
        }
    }

    fn command(&mut self, call: u64, command: Command) {
        self.out.push_back(Output::Media { call: CallKey(call), command });
    }

    fn say(&mut self, flow: Flow, text: &str) {
        self.out.push_back(Output::Transmit { flow, bytes: message(text) });
    }

    fn note(&mut self, now: Now, text: String) {
        let entry = Entry { at: now, call: None, what: What::Trouble { text } };
        self.out.push_back(Output::Journal(entry));
    }
}

impl Node for Echo {
    fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Message { flow, bytes } => self.message(flow, bytes),
            Input::PortOpened { leg, address } => {
                let (flow, _) = self.legs[&leg];
                self.say(flow, &format!("OPENED {address}"));
            }
            Input::PortFailed { leg } => {
                let (flow, _) = self.legs[&leg];
                self.say(flow, "FULL");
            }
            Input::Media(Event::Digit { leg, digit, .. }) => {
                self.command(leg.0, Command::Stop { leg });
                self.note(now, format!("digit {digit}"));
            }
            Input::Media(Event::Closed { leg, report }) => {
                self.note(now, format!("{leg} closed, sent {}", report.sent))
            }
            Input::TransportFailed { flow } => self.note(now, format!("failed {}", flow.remote)),
            Input::Disconnected { flow } => {
                let what = What::Note { text: format!("gone {}", flow.remote) };
                self.out.push_back(Output::Journal(Entry { at: now, call: None, what }));
            }
            Input::Drain => self.draining = true,
            Input::Stop => self.stopped = true,
            other => self.note(now, format!("{other:?}")),
        }
    }

    fn handle_deadline(&mut self, _now: Now) {}

    fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        None
    }

    fn is_idle(&self) -> bool {
        !self.busy || self.stopped
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn open(leg: LegKey) -> Command {
    Command::Open { leg, ssrc: 7, first_seq: u16::MAX, first_timestamp: 1_000, cname: "test".into() }
}

fn settings(to: SocketAddr) -> Settings {
    Settings {
        remote_rtp: to,
        remote_rtcp: SocketAddr::new(to.ip(), to.port() + 1),
        learn: false,
        codec: Codec::Pcmu,
        payload_type: 0,
        wishes: Wishes::default(),
        events: Some(Events { payload_type: 101, clock_hz: 8_000 }),
        also: Vec::new(),
        direction: Direction::SendRecv,
        ptime: Duration::from_millis(20),
        inband: false,
        timeout: None,
        keys: None,
        dtls: None,
        ice: None,
    }
}

/// The prompt of [`library`], over and over.
fn play(leg: LegKey) -> Command {
    let clips = vec![Clip::Prompt(PromptId::new("tone"), Language::En)];
    Command::Play { leg, play: PlayKey(1), clips, repeat: true }
}

fn library() -> Arc<Library> {
    let mut builder = LibraryBuilder::new();
    builder.insert(PromptId::new("tone"), Language::En, Sound::new(vec![1_000; 1_600]));
    Arc::new(builder.build())
}

fn message(text: &str) -> Vec<u8> {
    format!("{text} SIP/2.0\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// Even ports, and their next ones, that no other test uses and nobody listens on.
fn free_ports(pairs: u16) -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(41_000);
    loop {
        let first = NEXT.fetch_add(2 * pairs, Ordering::Relaxed);
        let range = first..=(first + 2 * pairs - 1);
        let is_free = |port| std::net::UdpSocket::bind((IpAddr::from([127, 0, 0, 1]), port)).is_ok();
        if range.clone().all(is_free) {
            return range;
        }
    }
}

/// A shell that runs with an [`Echo`].
struct Running {
    listening: Vec<ListenAddr>,
    handle: ShellHandle,
    journal: broadcast::Receiver<Arc<Entry>>,
    task: JoinHandle<Ended>,
}

impl Running {
    async fn start(listen: &[&str], ports: RangeInclusive<u16>) -> Running {
        Running::with(listen, ports, Echo::default(), |_| {}).await
    }

    async fn with(
        listen: &[&str],
        ports: RangeInclusive<u16>,
        node: Echo,
        adjust: impl FnOnce(&mut ShellConfig),
    ) -> Running {
        let mut config = config(listen, ports);
        adjust(&mut config);
        let bound = Bound::bind(config).await.expect("bound");
        let listening = bound.listening();
        let shell: Shell<Echo> = bound.start(node, library()).expect("started");
        let (handle, journal) = (shell.handle(), shell.handle().journal());
        Running { listening, handle, journal, task: tokio::spawn(shell.run(std::future::pending())) }
    }

    fn address(&self, transport: Transport) -> SocketAddr {
        self.listening.iter().find(|l| l.transport == transport).expect("listening").address
    }

    /// The next trouble in the journal.
    async fn trouble(&mut self) -> String {
        loop {
            if let What::Trouble { text } = self.entry().await {
                return text;
            }
        }
    }

    /// Whose connection is gone next.
    async fn gone(&mut self) -> String {
        loop {
            if let What::Note { text } = self.entry().await {
                return text;
            }
        }
    }

    async fn entry(&mut self) -> What {
        let entry = tokio::time::timeout(PATIENCE, self.journal.recv()).await;
        entry.expect("in time").expect("an entry").what.clone()
    }

    async fn ended(self) -> Ended {
        tokio::time::timeout(PATIENCE, self.task).await.expect("in time").expect("no panic")
    }
}

fn config(listen: &[&str], ports: RangeInclusive<u16>) -> ShellConfig {
    let listen = listen.iter().map(|text| text.parse().expect("a listening address")).collect();
    ShellConfig { workers: 2, ..ShellConfig::new(listen, ports) }
}

/// A peer on UDP.
struct Peer {
    socket: UdpSocket,
    engine: SocketAddr,
}

impl Peer {
    async fn of(running: &Running) -> Peer {
        let engine = running.address(Transport::Udp);
        let socket = UdpSocket::bind((engine.ip(), 0)).await.expect("a socket");
        Peer { socket, engine }
    }

    async fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.engine).await.expect("sent");
    }

    async fn receive(&self) -> String {
        receive(&self.socket, PATIENCE).await.map(|b| String::from_utf8(b).expect("text")).expect("an answer")
    }

    /// Says something and gives the answer's first words, without the protocol's name.
    async fn ask(&self, text: &str) -> String {
        self.send(&message(text)).await;
        let answer = self.receive().await;
        answer.split(" SIP/2.0").next().expect("a first line").to_string()
    }
}

async fn receive(socket: &UdpSocket, patience: Duration) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 65_536];
    let (length, _) =
        tokio::time::timeout(patience, socket.recv_from(&mut buffer)).await.ok()?.expect("received");
    buffer.truncate(length);
    Some(buffer)
}
