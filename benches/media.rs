//! What a media plane costs per packet: prompts to 300 streams, and one packet across a bridge.
//!
//! For scale: the `sendto` that follows costs about 6 microseconds.

use divan::{Bencher, black_box, counter::ItemsCount};
use madoguchi::audio::{Codec, LibraryBuilder, Sound};
use madoguchi::base::{Clip, Instant, Language, LegKey, PromptId, Rng};
use madoguchi::media::{Command, Direction, Output, Plane, PlayKey, Port, Settings};
use madoguchi::rtp::{self, Packet};
use std::net::SocketAddr;
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
        payload_type: codec.static_payload_type(),
        event_payload_type: Some(101),
        direction: Direction::SendRecv,
        ptime: PTIME,
        inband: false,
        timeout: None,
    }
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

/// One packet across a bridge on a plane of 300 streams, in one codec and from law to law.
#[divan::bench(args = [Codec::Pcmu, Codec::Pcma])]
fn bridged_packet(bencher: Bencher<'_, '_>, far_codec: Codec) {
    let mut plane = plane();
    let now = Instant::ZERO;
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
        plane.handle_packet(now, LegKey(0), Port::Rtp, far(0), &datagram);
        assert_eq!(drain(&mut plane), 1);
    });
}
