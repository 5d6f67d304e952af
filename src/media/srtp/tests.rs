//! What is sealed opens at the peer alone, once, and whole.

use super::*;
use crate::base::{Rng, Secret};
use crate::rtp::{self, Packet};
use crate::sdp::{Crypto, Suite};

/// Both ends of a stream.
fn ends(suite: Suite) -> (Srtp, Srtp) {
    let mut rng = Rng::from_seed(7);
    let mut key = || Crypto::fresh(&mut rng).into_iter().find(|c| c.suite == suite).expect("a suite").key;
    let (ours, theirs) = (key(), key());
    let mirrored = Keys { suite, ours: theirs.clone(), theirs: ours.clone() };
    (Srtp::new(Keys { suite, ours, theirs }), Srtp::new(mirrored))
}

fn packet(sequence: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let payload = [sequence as u8; 160];
    let packet =
        Packet { payload_type: 0, marker: false, sequence, timestamp: 160, ssrc: 9, payload: &payload };
    rtp::write_into(&packet, &mut bytes);
    bytes
}

fn sealed(from: &mut Srtp, sequence: u16) -> Vec<u8> {
    let mut bytes = packet(sequence);
    assert!(from.seal(&mut bytes), "{sequence}");
    bytes
}

fn opened(at: &mut Srtp, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clear = Vec::new();
    at.open(bytes, &mut clear).then_some(clear)
}

#[test]
fn packets_open_in_any_order_across_the_wrap_and_once() {
    for suite in Suite::ALL {
        let (mut a, mut b) = ends(suite);
        let packets: Vec<_> = [65_533, 65_534, 65_535, 0, 1, 2].map(|n| (n, sealed(&mut a, n))).into();
        for at in [0, 2, 1, 4, 3, 5] {
            let (sequence, bytes) = &packets[at];
            assert_ne!(bytes[12..172], packet(*sequence)[12..], "{suite:?}: readable on the way");
            assert_eq!(opened(&mut b, bytes), Some(packet(*sequence)), "{suite:?} {sequence}");
            assert_eq!(opened(&mut b, bytes), None, "{suite:?} {sequence}: a second time");
        }
        // Three steps, each less than half a round, lead to the next round: the long index still leads.
        for n in [20_000, 40_000, 60_000] {
            let bytes = sealed(&mut a, n);
            assert_eq!(opened(&mut b, &bytes), Some(packet(n)), "{suite:?} {n}");
        }
        let after = sealed(&mut a, 0);
        assert_eq!(opened(&mut b, &after), Some(packet(0)), "{suite:?}");
    }
}

#[test]
fn a_packet_that_was_changed_in_any_byte_is_not_opened_and_changes_nothing() {
    for suite in Suite::ALL {
        let (mut a, mut b) = ends(suite);
        let good = sealed(&mut a, 5);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert_eq!(opened(&mut b, &bad), None, "{suite:?}: byte {at}");
        }
        for length in 0..good.len() {
            assert_eq!(opened(&mut b, &good[..length]), None, "{suite:?}: {length} bytes");
        }
        assert_eq!(opened(&mut b, &packet(5)), None, "{suite:?}: in clear text");
        assert_eq!(opened(&mut b, &good), Some(packet(5)), "{suite:?}");
        assert_eq!(opened(&mut a, &good), None, "{suite:?}: our own packet comes back");
    }
}

#[test]
fn nothing_is_sealed_twice_under_one_number() {
    let (mut a, _) = ends(Suite::AesCm128HmacSha1Tag80);
    sealed(&mut a, 5);
    sealed(&mut a, 6);
    assert!(!a.seal(&mut packet(5)));
    assert!(!a.seal(&mut packet(6)));
    assert!(!a.seal(&mut vec![0x80, 0]), "no RTP packet");
}

#[test]
fn strangers_push_no_source_out() {
    let (mut a, mut b) = ends(Suite::AesCm128HmacSha1Tag80);
    for n in [65_535, 0] {
        let bytes = sealed(&mut a, n);
        assert!(opened(&mut b, &bytes).is_some());
    }
    for ssrc in 0..100u8 {
        let mut forged = packet(1);
        forged[11] = ssrc;
        assert_eq!(opened(&mut b, &forged), None);
    }
    let next = sealed(&mut a, 1);
    assert_eq!(opened(&mut b, &next), Some(packet(1)), "the second round is still known");
}

#[test]
fn reports_open_once_and_not_where_they_were_changed() {
    let report = [0x80, 201, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    for suite in Suite::ALL {
        let (mut a, mut b) = ends(suite);
        let mut clear = Vec::new();
        for _ in 0..3 {
            let mut bytes = report.to_vec();
            assert!(a.seal_rtcp(&mut bytes));
            assert_ne!(bytes[8..20], report[8..]);
            for at in 0..bytes.len() {
                let mut bad = bytes.clone();
                bad[at] ^= 1;
                assert!(!b.open_rtcp(&bad, &mut clear), "{suite:?}: byte {at}");
            }
            assert!(b.open_rtcp(&bytes, &mut clear), "{suite:?}");
            assert_eq!(clear, report);
            assert!(!b.open_rtcp(&bytes, &mut clear), "{suite:?}: a second time");
        }
        assert!(!b.open_rtcp(&report, &mut clear), "{suite:?}: in clear text");
        assert!(!a.seal_rtcp(&mut vec![0x80, 201]), "no RTCP packet");
    }
}

#[test]
fn a_direction_whose_key_stays_goes_on_and_the_other_begins_anew() {
    let (mut a, mut b) = ends(Suite::AesCm128HmacSha1Tag80);
    for n in [65_535, 0] {
        let bytes = sealed(&mut a, n);
        assert!(opened(&mut b, &bytes).is_some());
    }
    let new = Secret::new(vec![3; 30]);
    a.rekey(Keys { theirs: new.clone(), ..a.keys.clone() });
    b.rekey(Keys { ours: new, ..b.keys.clone() });
    let bytes = sealed(&mut a, 1);
    assert_eq!(opened(&mut b, &bytes), Some(packet(1)), "in the second round, as before");
    let back = sealed(&mut b, 77);
    assert_eq!(opened(&mut a, &back), Some(packet(77)));
}
