//! Random commands at random moments over a random network: every leg ends once, nothing is left.

use super::net::{CALLER, DESK, Faults, Net};
use crate::base::{LegKey, Rng};
use crate::signaling::{Command, Event, Transport};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use std::collections::{BTreeMap, BTreeSet};

/// One random act of one side; `leg` picks among the legs it knows.
fn act(net: &mut Net, rng: &mut Rng, at: &'static str, legs: &[LegKey]) {
    let Some(leg) = legs.get(rng.below(legs.len() as u64) as usize).copied() else { return };
    let sdp = b"sdp".to_vec();
    let command = match rng.below(12) {
        0 | 1 => Command::Ring { leg, sdp: None, reliable: rng.chance(50) },
        2 => Command::Ring { leg, sdp: Some(sdp), reliable: rng.chance(50) },
        3..=5 => Command::Answer { leg, sdp, headers: Vec::new() },
        6 => Command::Reject { leg, status: 486, headers: Vec::new() },
        7 => Command::Reinvite { leg, sdp },
        8 => Command::AnswerOffer { leg, sdp: Some(sdp) },
        9 => Command::AnswerOffer { leg, sdp: None },
        10 => Command::Info { leg, content_type: "text/plain".into(), body: sdp },
        _ => Command::Hangup { leg, status: 480, q850: 16 },
    };
    net.command(at, command);
}

fn legs_of(net: &Net, at: &str, own: &[LegKey]) -> Vec<LegKey> {
    let incoming = net
        .events(at)
        .iter()
        .filter_map(|e| if let Event::Incoming { leg, .. } = e { Some(*leg) } else { None });
    own.iter().copied().chain(incoming).collect()
}

/// Ends exactly once, and nothing is told of a leg after its end.
fn check(net: &Net, at: &str, legs: &[LegKey]) {
    let mut ends: BTreeMap<LegKey, usize> = BTreeMap::new();
    for event in net.events(at) {
        let leg = event.leg().expect("no trunk has joined");
        assert_eq!(ends.get(&leg), None, "told of {leg} after its end: {event:?}");
        if let Event::Ended { leg, .. } = event {
            ends.insert(*leg, 1);
        }
    }
    let ended: BTreeSet<LegKey> = ends.into_keys().collect();
    assert_eq!(ended, legs.iter().copied().collect(), "legs at {at}");
}

/// Runs one script and gives its ladder.
fn run(seed: u64, faults: Faults, transport: Transport, acts: usize) -> Vec<String> {
    let mut net = Net::new(seed);
    let mut rng = Rng::from_seed(seed).fork("script");
    net.faults = faults;
    net.transport = transport;
    let mut own = Vec::new();
    for _ in 0..acts {
        net.run_for(rng.below(3000));
        if rng.chance(25) {
            let targets: &[&str] = if rng.chance(50) { &[DESK] } else { &[DESK, DESK] };
            own.push(net.call(targets));
        }
        let (at, mine): (&'static str, &[LegKey]) = if rng.chance(50) { (CALLER, &own) } else { (DESK, &[]) };
        let legs = legs_of(&net, at, mine);
        act(&mut net, &mut rng, at, &legs);
    }
    for leg in own.clone() {
        net.hang_up(CALLER, leg);
    }
    net.run_for(40_000);
    for leg in legs_of(&net, DESK, &[]) {
        net.hang_up(DESK, leg);
    }
    net.assert_all_over();
    check(&net, CALLER, &own);
    check(&net, DESK, &legs_of(&net, DESK, &[]));
    net.ladder
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_leg_ends_once_and_nothing_is_left_over(
        seed in any::<u64>(),
        loss in 0u64..60,
        duplication in 0u64..30,
        reordering in 0u64..60,
        tcp in any::<bool>(),
        acts in 1usize..60,
    ) {
        let faults = if tcp { Faults::default() } else { Faults { loss, duplication, reordering } };
        run(seed, faults, if tcp { Transport::Tcp } else { Transport::Udp }, acts);
    }

    #[test]
    fn random_bytes_never_panic_and_leave_nothing(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut net = Net::new(1);
        net.inject_bytes(super::net::RAW, DESK, &bytes);
        net.assert_all_over();
    }

    #[test]
    fn a_damaged_message_never_panics(at in 0usize..420, byte in any::<u8>(), method in 0usize..5) {
        let method = ["INVITE", "BYE", "CANCEL", "ACK", "OPTIONS"][method];
        let text = super::net::request(method, 1, "z9hG4bKa", super::net::TO, "Record-Route: <sip:a;lr>\n", "offer");
        let mut bytes = super::net::wire(&text);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let mut net = Net::new(1);
        net.inject_bytes(super::net::RAW, DESK, &bytes);
        for leg in legs_of(&net, DESK, &[]) {
            net.hang_up(DESK, leg);
        }
        net.assert_all_over();
    }
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    let faults = Faults { loss: 20, duplication: 10, reordering: 30 };
    assert_eq!(run(7, faults, Transport::Udp, 60), run(7, faults, Transport::Udp, 60));
}
