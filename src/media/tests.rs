//! Whole planes in virtual time: script in, packets out.

use super::{Carried, Command, Direction, Event, Output, Plane, PlayKey, Port, Settings, StreamReport, Take};
use crate::audio::{Codec, Library, LibraryBuilder, Sound, Wishes};
use crate::base::{Clip, Digit, Instant, Language, LegKey, PromptId, Rng};
use crate::rtp::{self, Packet, TelephoneEvent};
use crate::sdp::Events;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

mod bridges;
mod broken;
mod browsers;
mod digits;
mod encrypted;
#[cfg(feature = "opus")]
mod opus;
mod playing;
mod receiving;
mod recordings;

const A: LegKey = LegKey(1);
const B: LegKey = LegKey(2);
const PLAY: PlayKey = PlayKey(7);
const EVENTS: u8 = 101;

/// The far side's address of a leg.
fn far(leg: LegKey) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, leg.0 as u8], 4000))
}

fn settings(leg: LegKey) -> Settings {
    Settings {
        remote_rtp: far(leg),
        remote_rtcp: SocketAddr::new(far(leg).ip(), 4001),
        learn: false,
        codec: Codec::Pcmu,
        payload_type: 0,
        wishes: Wishes::default(),
        events: events(EVENTS),
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

/// Telephone-event of a telephone under this number.
fn events(payload_type: u8) -> Option<Events> {
    Some(Events { payload_type, clock_hz: 8_000 })
}

fn prompt(name: &str) -> Clip {
    Clip::Prompt(PromptId::new(name), Language::Ja)
}

/// Prompts whose samples tell prompt and position apart: `second` 1 s, `odd` 350 samples, `one` 1 sample.
fn library() -> Arc<Library> {
    let mut builder = LibraryBuilder::new();
    for (name, samples, level) in [("second", 8000, 1000), ("odd", 350, 5000), ("one", 1, 9000)] {
        let sound: Vec<i16> = (0..samples).map(|n| level + n as i16 / 16).collect();
        builder.insert(PromptId::new(name), Language::Ja, Sound::new(sound));
    }
    Arc::new(builder.build())
}

/// A sent RTP packet as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    at: Instant,
    leg: LegKey,
    to: SocketAddr,
    payload_type: u8,
    marker: bool,
    seq: u16,
    timestamp: u32,
    ssrc: u32,
    payload: Vec<u8>,
}

impl Sent {
    fn event(&self) -> TelephoneEvent {
        TelephoneEvent::read(&self.payload).unwrap()
    }
}

/// A plane, its clock, and everything it has put out.
struct World {
    plane: Plane,
    now: Instant,
    sent: Vec<Sent>,
    reports: Vec<(Instant, Port, SocketAddr, Vec<u8>)>,
    events: Vec<(Instant, Event)>,
    heard: Vec<i16>,
    takes: Vec<Take>,
    /// Checks' answers and handshakes.
    shaken: Vec<(SocketAddr, Vec<u8>)>,
}

impl World {
    /// Streams A and B are open, not yet configured.
    fn open() -> World {
        let mut world = World {
            plane: Plane::new(library(), Rng::from_seed(1)),
            now: Instant::from_millis(1000),
            sent: Vec::new(),
            reports: Vec::new(),
            events: Vec::new(),
            heard: Vec::new(),
            takes: Vec::new(),
            shaken: Vec::new(),
        };
        for leg in [A, B] {
            world.command(Command::Open {
                leg,
                ssrc: leg.0 as u32,
                first_seq: u16::MAX - 1,
                first_timestamp: u32::MAX - 1000,
                cname: "engine".to_string(),
            });
        }
        world
    }

    /// Streams A and B are open and agreed.
    fn agreed() -> World {
        let mut world = World::open();
        world.configure(A, settings(A));
        world.configure(B, settings(B));
        world
    }

    fn configure(&mut self, leg: LegKey, settings: Settings) {
        self.command(Command::Configure { leg, settings });
    }

    fn play(&mut self, leg: LegKey, clips: &[Clip], repeat: bool) {
        self.command(Command::Play { leg, play: PLAY, clips: clips.to_vec(), repeat });
    }

    fn command(&mut self, command: Command) {
        self.plane.handle_command(self.now, command);
        self.drain();
    }

    fn packet(&mut self, leg: LegKey, from: SocketAddr, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        rtp::write_into(packet, &mut bytes);
        self.plane.handle_packet(self.now, leg, Port::Rtp, from, &bytes);
        self.drain();
    }

    /// Jumps from deadline to deadline for this long.
    fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while let Some(deadline) = self.plane.poll_deadline().filter(|d| d.at <= end) {
            assert!(deadline.at >= self.now, "a deadline in the past");
            self.now = deadline.at;
            self.plane.handle_deadline(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            match output {
                Output::Packet { port, to, bytes, .. } if rtp::is_rtcp(&bytes) => {
                    self.reports.push((self.now, port, to, bytes));
                }
                Output::Packet { to, bytes, .. } if bytes.first().is_some_and(|first| *first < 64) => {
                    self.shaken.push((to, bytes));
                }
                Output::Packet { leg, port, to, bytes } => {
                    assert_eq!(port, Port::Rtp);
                    self.sent.push(read(self.now, leg, to, &bytes));
                    self.plane.recycle(bytes);
                }
                Output::Event(event) => self.events.push((self.now, event)),
                Output::Take(take) => self.takes.push(take),
                Output::Heard { samples, .. } => self.heard.extend(samples),
            }
        }
    }

    fn digits(&self, leg: LegKey) -> String {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Digit { leg: l, digit, .. } if *l == leg => Some(digit.as_char()),
                _ => None,
            })
            .collect()
    }

    fn close(&mut self, leg: LegKey) -> StreamReport {
        self.command(Command::Close { leg });
        match self.events.last() {
            Some((_, Event::Closed { leg: l, report })) if *l == leg => report.clone(),
            other => panic!("no Closed: {other:?}"),
        }
    }

    fn has(&self, wanted: &Event) -> bool {
        self.events.iter().any(|(_, event)| event == wanted)
    }
}

fn read(at: Instant, leg: LegKey, to: SocketAddr, bytes: &[u8]) -> Sent {
    let p = rtp::read(bytes).unwrap();
    Sent {
        at,
        leg,
        to,
        payload_type: p.payload_type,
        marker: p.marker,
        seq: p.sequence,
        timestamp: p.timestamp,
        ssrc: p.ssrc,
        payload: p.payload.to_vec(),
    }
}

/// The n-th audio packet of a far side.
fn audio(n: u16, payload: &[u8]) -> Packet<'_> {
    Packet { payload_type: 0, marker: n == 0, sequence: n, timestamp: u32::from(n) * 160, ssrc: 99, payload }
}

fn samples_of(codec: Codec, sent: &[Sent]) -> Vec<i16> {
    let mut samples = Vec::new();
    sent.iter().for_each(|s| codec.decode(&s.payload, &mut samples));
    samples
}

fn digit(c: char) -> Digit {
    Digit::from_char(c).unwrap()
}

/// Packets of a level tone, 20 ms.
fn tone(codec: Codec, packets: usize) -> Vec<Vec<u8>> {
    let mut encoder = codec.encoder();
    let samples: Vec<i16> =
        (0..160).map(|n| (6_000.0 * (f64::from(n) * std::f64::consts::FRAC_PI_8).sin()) as i16).collect();
    let packet = |_| {
        let mut bytes = Vec::new();
        encoder.encode(&samples, &mut bytes);
        encoder.end_packet(&mut bytes);
        bytes
    };
    (0..packets).map(packet).collect()
}
