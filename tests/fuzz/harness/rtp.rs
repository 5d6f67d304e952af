//! Datagrams at the ports of two bridged streams, from whom it may concern.
//!
//! The input is a list of datagrams: a byte of who and where (0x01 stream, 0x02 RTCP's port, 0x0c the source:
//! agreed, its neighbour port, a stranger, the other stream's), a byte of milliseconds, a byte of length, the bytes.

use super::dtmf::world;
use madoguchi::media::{Output, Port};
use madoguchi::rtp;
use std::net::SocketAddr;

/// No panic; whatever arrives makes no more than a few packets, and none towards a stranger.
pub fn run(input: &[u8]) -> bool {
    let mut world = world::agreed();
    let mut understood = false;
    let mut rest = input;
    while let [who, pause, length, tail @ ..] = rest {
        let (bytes, after) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = after;
        understood |= read(bytes);
        world.wait(u64::from(*pause));
        no_stranger_hears(&world.drain());
        let leg = world::LEGS[usize::from(who & 1)];
        let port = if who & 2 == 0 { Port::Rtp } else { Port::Rtcp };
        world.plane.handle_packet(world.now, leg, port, source(*who), bytes);
        let outputs = world.drain();
        assert!(outputs.len() <= 8, "{} outputs for one datagram", outputs.len());
        no_stranger_hears(&outputs);
    }
    world.close();
    understood
}

fn no_stranger_hears(outputs: &[Output]) {
    for output in outputs {
        if let Output::Packet { to, .. } = output {
            assert_ne!(to.ip(), world::STRANGER.ip(), "a stranger hears the call");
        }
    }
}

fn source(who: u8) -> SocketAddr {
    let far = world::FAR[usize::from(who & 1)];
    match who >> 2 & 3 {
        0 => far,
        1 => SocketAddr::new(far.ip(), far.port() + 1),
        2 => world::STRANGER,
        _ => world::FAR[usize::from(who & 1 ^ 1)],
    }
}

/// Whether the bytes are a packet; what is read is written as it was, as far as we write it.
fn read(bytes: &[u8]) -> bool {
    if rtp::is_rtcp(bytes) {
        return rtp::rtcp::read(bytes).is_ok_and(|packets| !packets.is_empty());
    }
    let Ok(packet) = rtp::read(bytes) else { return false };
    let mut written = Vec::new();
    rtp::write_into(&packet, &mut written);
    assert_eq!(rtp::read(&written).as_ref(), Ok(&packet));
    true
}
