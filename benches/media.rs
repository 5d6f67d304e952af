//! What a media plane costs per packet: prompts to 300 streams, one packet across a bridge, one recorded, one
//! encrypted; and what the system takes to receive and send a datagram at all, the floor that no media plane is
//! below.

use divan::{Bencher, black_box, counter::ItemsCount};
use madoguchi::audio::{Codec, LibraryBuilder, Sound, Wishes};
use madoguchi::base::{Clip, Instant, Language, LegKey, PromptId, RecordingLimits, Rng, Secret};
use madoguchi::media::{Command, Direction, Output, Plane, PlayKey, Port, RecordingKey, Settings};
use madoguchi::rtp::{self, Packet};
use madoguchi::sdp::{Events, Keys, Suite};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

const STREAMS: u64 = 300;
const PTIME: Duration = Duration::from_millis(20);

fn main() {
    divan::main();
}

fn far(leg: u64) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 20_000 + leg as u16 * 2))
}

fn settings(leg: u64, codec: Codec) -> Settings {
    Settings {
        remote_rtp: far(leg),
        remote_rtcp: far(leg),
        learn: false,
        codec,
        payload_type: payload_type(codec),
        wishes: Wishes::default(),
        events: Some(Events { payload_type: 101, clock_hz: 8_000 }),
        also: Vec::new(),
        direction: Direction::SendRecv,
        ptime: PTIME,
        inband: false,
        timeout: None,
        keys: None,
        dtls: None,
        ice: None,
    }
}

/// The codec's number; where it has none, a dynamic one.
fn payload_type(codec: Codec) -> u8 {
    codec.static_payload_type().unwrap_or(111)
}

fn plane() -> Plane {
    let mut builder = LibraryBuilder::new();
    builder.insert(PromptId::new("menu"), Language::Ja, Sound::new(vec![1000; 8000 * 30]));
    Plane::new(Arc::new(builder.build()), Rng::from_seed(1))
}

fn open(plane: &mut Plane, now: Instant, leg: u64, codec: Codec) {
    let cname = "engine@192.0.2.2".to_string();
    let open = Command::Open { leg: LegKey(leg), ssrc: leg as u32, first_seq: 0, first_timestamp: 0, cname };
    plane.handle_command(now, open);
    plane.handle_command(now, Command::Configure { leg: LegKey(leg), settings: settings(leg, codec) });
}

fn drain(plane: &mut Plane) -> usize {
    let mut packets = 0;
    while let Some(output) = plane.poll_output() {
        if let Output::Packet { bytes, .. } = output {
            packets += 1;
            plane.recycle(black_box(bytes));
        }
    }
    packets
}

/// 20 ms of prompts to 300 streams, each on its own phase; the item is one packet.
#[divan::bench]
fn playout_of_300_streams(bencher: Bencher<'_, '_>) {
    let mut plane = plane();
    let mut now = Instant::ZERO;
    for leg in 0..STREAMS {
        open(&mut plane, now, leg, Codec::Pcmu);
        let clips = vec![Clip::Prompt(PromptId::new("menu"), Language::Ja)];
        let play = Command::Play { leg: LegKey(leg), play: PlayKey(leg), clips, repeat: true };
        plane.handle_command(now, play);
        now = now + PTIME / STREAMS as u32;
    }
    bencher.counter(ItemsCount::new(STREAMS)).bench_local(|| {
        let end = now + PTIME;
        while let Some(deadline) = plane.poll_deadline().filter(|d| d.at <= end) {
            plane.handle_deadline(deadline.at);
            drain(&mut plane);
        }
        now = end;
    });
}

/// One packet across a bridge on a plane of 300 streams, as it is and to another codec; beside it 20 ms of their reports.
#[divan::bench(args = Codec::ALL)]
fn bridged_packet(bencher: Bencher<'_, '_>, far_codec: Codec) {
    let mut plane = plane();
    let mut now = Instant::ZERO;
    for leg in 0..STREAMS {
        open(&mut plane, now, leg, if leg == 1 { far_codec } else { Codec::Pcmu });
    }
    plane.handle_command(now, Command::Bridge { a: LegKey(0), b: LegKey(1) });
    let mut sequence = 0u16;
    let mut timestamp = 0u32;
    let mut datagram = Vec::new();
    bencher.counter(ItemsCount::new(1u64)).bench_local(|| {
        (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
        let packet =
            Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc: 9, payload: &[0x55; 160] };
        rtp::write_into(&packet, &mut datagram);
        now = now + PTIME;
        plane.handle_packet(now, LegKey(0), Port::Rtp, far(0), &datagram);
        while let Some(due) = plane.poll_deadline().filter(|due| due.at <= now) {
            plane.handle_deadline(due.at);
        }
        drain(&mut plane)
    });
}

/// One packet recorded, put in order, every twentieth lost and concealed.
#[divan::bench]
fn recorded_packet(bencher: Bencher<'_, '_>) {
    let mut plane = plane();
    open(&mut plane, Instant::ZERO, 0, Codec::Pcmu);
    let day = Duration::from_secs(86_400);
    let limits = RecordingLimits { most: day, silence: day, least: Duration::ZERO };
    let record = Command::Record { leg: LegKey(0), recording: RecordingKey(1), name: "bench".into(), limits };
    plane.handle_command(Instant::ZERO, record);
    let (mut sequence, mut now) = (0u16, Instant::ZERO);
    let mut timestamp = 0u32;
    let mut datagram = Vec::new();
    bencher.counter(ItemsCount::new(1u64)).bench_local(|| {
        let steps = if sequence % 20 == 19 { 2 } else { 1 };
        (sequence, timestamp) =
            (sequence.wrapping_add(steps), timestamp.wrapping_add(160 * u32::from(steps)));
        now = now + PTIME * u32::from(steps);
        let packet =
            Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc: 9, payload: &[0x55; 160] };
        rtp::write_into(&packet, &mut datagram);
        plane.handle_packet(now, LegKey(0), Port::Rtp, far(0), &datagram);
        drain(&mut plane)
    });
}

/// The floor: a datagram of 20 ms of G.711 received on loopback and sent on, with nothing done in between.
#[divan::bench]
fn bare_receive_and_send(bencher: Bencher<'_, '_>) {
    let line = Line::new();
    let mut buffer = [0u8; 2048];
    bencher.counter(ItemsCount::new(1u64)).bench_local(|| {
        line.say();
        let (length, _) = line.here.recv_from(&mut buffer).expect("a datagram");
        line.here.send_to(&buffer[..length], line.to).expect("sent");
    });
}

/// The same with a bridge in between: received, taken across, sent on.
#[divan::bench]
fn bridged_over_sockets(bencher: Bencher<'_, '_>) {
    let line = Line::new();
    let (mut plane, now) = (plane(), Instant::ZERO);
    for leg in 0..2 {
        open(&mut plane, now, leg, Codec::Pcmu);
    }
    plane.handle_command(now, Command::Bridge { a: LegKey(0), b: LegKey(1) });
    let mut buffer = [0u8; 2048];
    let mut sequence = 0u16;
    bencher.counter(ItemsCount::new(1u64)).bench_local(|| {
        line.say();
        let (length, _) = line.here.recv_from(&mut buffer).expect("a datagram");
        sequence = sequence.wrapping_add(1);
        buffer[2..4].copy_from_slice(&sequence.to_be_bytes());
        buffer[4..8].copy_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
        plane.handle_packet(now, LegKey(0), Port::Rtp, far(0), &buffer[..length]);
        while let Some(output) = plane.poll_output() {
            if let Output::Packet { bytes, .. } = output {
                line.here.send_to(&bytes, line.to).expect("sent");
                plane.recycle(bytes);
            }
        }
    });
}

/// Who speaks to a socket of ours, and where it sends what it received. Nobody reads there: what is too much is
/// dropped by the system.
struct Line {
    there: UdpSocket,
    here: UdpSocket,
    to: SocketAddr,
    packet: Vec<u8>,
    _sink: UdpSocket,
}

impl Line {
    fn new() -> Line {
        let socket = || UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let (there, here, sink) = (socket(), socket(), socket());
        there.connect(here.local_addr().expect("bound")).expect("connected");
        let mut packet = Vec::new();
        let audio = Packet {
            payload_type: 0,
            marker: false,
            sequence: 0,
            timestamp: 0,
            ssrc: 9,
            payload: &[0x55; 160],
        };
        rtp::write_into(&audio, &mut packet);
        Line { there, here, to: sink.local_addr().expect("bound"), packet, _sink: sink }
    }

    fn say(&self) {
        self.there.send(&self.packet).expect("sent");
    }
}

/// One packet across a bridge into an encrypted stream, and at another plane out of it and across again: two
/// bridges, one packet sealed, one opened.
#[divan::bench(args = Suite::ALL)]
fn packet_sealed_and_opened(bencher: Bencher<'_, '_>, suite: Suite) {
    let key = |byte| Secret::new(vec![byte; suite.key_bytes() + suite.salt_bytes()]);
    let now = Instant::ZERO;
    let end = |ours, theirs| {
        let mut plane = plane();
        open(&mut plane, now, 0, Codec::Pcmu);
        open(&mut plane, now, 1, Codec::Pcmu);
        let keys = Some(Box::new(Keys { suite, ours: key(ours), theirs: key(theirs) }));
        let settings = Settings { keys, ..settings(1, Codec::Pcmu) };
        plane.handle_command(now, Command::Configure { leg: LegKey(1), settings });
        plane.handle_command(now, Command::Bridge { a: LegKey(0), b: LegKey(1) });
        plane
    };
    let (mut near, mut other) = (end(1, 2), end(2, 1));
    let (mut sequence, mut timestamp, mut datagram) = (0u16, 0u32, Vec::new());
    bencher.counter(ItemsCount::new(1u64)).bench_local(|| {
        (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(160));
        let packet =
            Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc: 9, payload: &[0x55; 160] };
        rtp::write_into(&packet, &mut datagram);
        near.handle_packet(now, LegKey(0), Port::Rtp, far(0), &datagram);
        while let Some(output) = near.poll_output() {
            if let Output::Packet { bytes, .. } = output {
                other.handle_packet(now, LegKey(1), Port::Rtp, far(1), &bytes);
                near.recycle(bytes);
            }
        }
        assert_eq!(drain(&mut other), 1);
    });
}
