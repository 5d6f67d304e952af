//! Streams with keys: sealed both ways, joined to plain ones, untouched by what does not open.

use super::{A, B, Port, World, audio, far, prompt, settings};
use crate::base::{Instant, Rng};
use crate::media::srtp::Srtp;
use crate::media::{Event, Settings};
use crate::rtp::{self, Packet};
use crate::sdp::{Crypto, Keys, Suite};
use std::net::SocketAddr;
use std::time::Duration;

/// A's settings with keys, and its far side.
fn encrypted(seed: u64) -> (Settings, Srtp) {
    let mut rng = Rng::from_seed(seed);
    let suite = Suite::AesCm128HmacSha1Tag80;
    let mut key = || Crypto::fresh(&mut rng).into_iter().find(|c| c.suite == suite).expect("a suite").key;
    let keys = Keys { suite, ours: key(), theirs: key() };
    let far = Srtp::new(Keys { suite, ours: keys.theirs.clone(), theirs: keys.ours.clone() });
    (Settings { keys: Some(Box::new(keys)), ..settings(A) }, far)
}

/// A is encrypted, B is not.
fn world() -> (World, Srtp) {
    let mut world = World::open();
    let (settings_of_a, far) = encrypted(1);
    world.configure(A, settings_of_a);
    world.configure(B, settings(B));
    (world, far)
}

fn sealed(by: &mut Srtp, packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    rtp::write_into(packet, &mut bytes);
    assert!(by.seal(&mut bytes));
    bytes
}

impl World {
    fn bytes_from(&mut self, from: SocketAddr, bytes: &[u8]) {
        self.plane.handle_packet(self.now, A, Port::Rtp, from, bytes);
        self.drain();
    }
}

#[test]
fn a_plain_and_an_encrypted_stream_are_joined_in_both_directions() {
    let (mut world, mut far_a) = world();
    world.command(crate::media::Command::Bridge { a: A, b: B });
    let payload = [0x11; 160];
    let bytes = sealed(&mut far_a, &audio(1, &payload));
    world.bytes_from(far(A), &bytes);
    let out = world.sent.pop().expect("it crosses at once");
    assert_eq!((out.leg, out.payload.as_slice()), (B, &payload[..]), "in clear text to the plain side");
    world.packet(B, far(B), &audio(1, &[0x22; 160]));
    let back = world.sent.pop().expect("it crosses back");
    assert_eq!((back.leg, back.payload.len()), (A, 170), "with a tag of ten bytes");
    assert_ne!(back.payload[..160], [0x22; 160]);
}

#[test]
fn what_plays_leaves_sealed_and_reports_do_too() {
    let (mut world, mut far_a) = world();
    world.play(A, &[prompt("second")], true);
    world.run(12_000);
    assert!(world.sent.iter().all(|sent| sent.payload.len() == 170));
    let mut clear = Vec::new();
    let reports: Vec<_> = world.reports.iter().filter(|(_, _, to, _)| to.ip() == far(A).ip()).collect();
    assert!(reports.len() >= 2, "{}", reports.len());
    assert!(reports.iter().all(|(_, _, _, bytes)| far_a.open_rtcp(bytes, &mut clear)));
}

#[test]
fn ten_thousand_packets_that_do_not_open_are_counted_and_end_nothing() {
    let (mut world, mut far_a) = world();
    let mut forged = Vec::new();
    for n in 0..10_000u16 {
        rtp::write_into(&audio(n, &[0x33; 170]), &mut forged);
        world.bytes_from(far(A), &forged);
    }
    assert!(world.events.is_empty() && world.sent.is_empty());
    world.command(crate::media::Command::Bridge { a: A, b: B });
    let bytes = sealed(&mut far_a, &audio(7, &[0x11; 160]));
    world.bytes_from(far(A), &bytes);
    world.bytes_from(far(A), &bytes);
    assert_eq!(world.sent.len(), 1, "the good one, once");
    let report = world.close(A);
    assert_eq!((report.unopened, report.received, report.strangers), (10_001, 1, 0));
}

#[test]
fn nobody_without_the_key_becomes_the_far_side_however_steadily_they_send() {
    let mut world = World::open();
    let (settings_of_a, mut far_a) = encrypted(1);
    world.configure(A, Settings { learn: true, ..settings_of_a });
    let (stranger, phone): (SocketAddr, SocketAddr) =
        ("198.51.100.66:6666".parse().expect("an address"), "198.51.100.7:7000".parse().expect("an address"));
    let mut forged = Vec::new();
    for n in 0..50 {
        rtp::write_into(&audio(n, &[0; 170]), &mut forged);
        world.bytes_from(stranger, &forged);
    }
    for n in 0..3 {
        let bytes = sealed(&mut far_a, &audio(n, &[0x11; 160]));
        world.bytes_from(phone, &bytes);
    }
    assert!(world.has(&Event::Learned { leg: A, remote: phone }));
    world.bytes_from(stranger, &forged);
    let report = world.close(A);
    assert_eq!(
        (report.unopened, report.strangers),
        (50, 3),
        "before the lock, two of the phone and one after"
    );
}

#[test]
fn a_new_key_is_taken_and_the_old_one_no_longer() {
    let (mut world, mut old) = world();
    let (settings_of_a, mut new) = encrypted(2);
    let before = sealed(&mut old, &audio(1, &[0x11; 160]));
    world.bytes_from(far(A), &before);
    world.configure(A, settings_of_a);
    world.now = world.now + Duration::from_millis(20);
    assert!(world.now > Instant::ZERO);
    let late = sealed(&mut old, &audio(2, &[0x11; 160]));
    world.bytes_from(far(A), &late);
    let bytes = sealed(&mut new, &audio(3, &[0x11; 160]));
    world.bytes_from(far(A), &bytes);
    let report = world.close(A);
    assert_eq!((report.received, report.unopened), (2, 1));
}
