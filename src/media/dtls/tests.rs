//! Two ends that shake hands over a network that loses, doubles and turns packets round.

use super::*;
use crate::base::Rng;
use std::sync::OnceLock;

/// Two processes.
fn both() -> &'static [Arc<Identity>; 2] {
    static BOTH: OnceLock<[Arc<Identity>; 2]> = OnceLock::new();
    BOTH.get_or_init(|| [Identity::of_somebody(), Identity::of_somebody()])
}

fn ends() -> [Association; 2] {
    let [a, b] = both();
    let agreed = |of: &Identity, role| sdp::Dtls { theirs: of.fingerprint(), role };
    [
        Association::new(Instant::ZERO, Arc::clone(a), agreed(b, Role::Active)),
        Association::new(Instant::ZERO, Arc::clone(b), agreed(a, Role::Passive)),
    ]
}

struct World {
    ends: [Association; 2],
    told: [Vec<Told>; 2],
    /// What is on its way: to which end.
    way: Vec<(usize, Vec<u8>)>,
    now: Instant,
    rng: Rng,
    loses_percent: u64,
}

impl World {
    fn new(ends: [Association; 2], seed: u64, loses_percent: u64) -> World {
        let rng = Rng::from_seed(seed);
        let mut world =
            World { ends, told: Default::default(), way: Vec::new(), now: Instant::ZERO, rng, loses_percent };
        world.act(0, |end, now, send| end.begin(now, send));
        world
    }

    fn act(
        &mut self,
        at: usize,
        act: impl FnOnce(&mut Association, Instant, &mut dyn FnMut(&[u8])) -> Option<Told>,
    ) {
        let World { ends, told, way, rng, loses_percent, .. } = self;
        let mut send = |bytes: &[u8]| {
            if !rng.chance(*loses_percent) {
                let at_front = rng.chance(*loses_percent);
                way.insert(if at_front { 0 } else { way.len() }, (1 - at, bytes.to_vec()));
            }
        };
        told[at].extend(act(&mut ends[at], self.now, &mut send));
    }

    /// Carries everything, then lets time pass to the next deadline. False: nothing is left to do.
    fn step(&mut self) -> bool {
        while !self.way.is_empty() {
            let (to, bytes) = self.way.remove(0);
            self.act(to, |end, now, send| end.take(now, &bytes, send));
        }
        let Some(next) = self.ends.iter().filter_map(Association::deadline).min() else { return false };
        self.now = next.max(self.now + Duration::from_millis(1));
        for at in 0..2 {
            self.act(at, |end, now, send| end.handle_deadline(now, send));
        }
        true
    }

    fn run(&mut self) {
        for _ in 0..200 {
            let done = self.told.iter().all(|told| !told.is_empty());
            if done || !self.step() {
                break;
            }
        }
    }

    fn keys(&self, at: usize) -> Option<&Keys> {
        match self.told[at].as_slice() {
            [Told::Keys(keys)] => Some(keys),
            _ => None,
        }
    }
}

#[test]
fn both_ends_have_the_same_keys_the_other_way_round() {
    let mut world = World::new(ends(), 1, 0);
    world.run();
    let (a, b) = (world.keys(0).expect("keys"), world.keys(1).expect("keys"));
    assert_eq!((a.suite, &a.ours, &a.theirs), (b.suite, &b.theirs, &b.ours));
    assert_ne!(a.ours, a.theirs);
    assert_eq!(a.ours.reveal().len(), a.suite.key_bytes() + a.suite.salt_bytes());
}

#[test]
fn over_a_network_that_loses_and_turns_round_they_agree_too() {
    for seed in 0..20 {
        let mut world = World::new(ends(), seed, 20);
        world.run();
        let both = world.keys(0).zip(world.keys(1));
        let (a, b) = both.unwrap_or_else(|| panic!("seed {seed}: {:?}", world.told));
        assert_eq!((&a.ours, &a.theirs), (&b.theirs, &b.ours), "seed {seed}");
    }
}

#[test]
fn a_certificate_that_the_description_does_not_name_ends_it() {
    let [a, b] = both();
    let wrong = sdp::Dtls { theirs: b.fingerprint(), role: Role::Passive };
    let right = sdp::Dtls { theirs: b.fingerprint(), role: Role::Active };
    let ends = [
        Association::new(Instant::ZERO, Arc::clone(a), right),
        Association::new(Instant::ZERO, Arc::clone(b), wrong),
    ];
    let mut world = World::new(ends, 1, 0);
    while world.told[1].is_empty() && world.step() {}
    assert_eq!(world.told[1], [Told::Failed(Failure::WrongCertificate)]);
    let deaf = world.ends[1].deadline();
    assert_eq!(deaf, None);
}

#[test]
fn one_that_nobody_answers_is_given_up_once() {
    for at in 0..2 {
        let mut world = World::new(ends(), 1, 100);
        while world.told[at].is_empty() && world.step() {}
        assert_eq!(world.told[at], [Told::Failed(Failure::TooLate)], "{at}");
        assert_eq!(world.now, Instant::ZERO + PATIENCE, "{at}");
    }
}

#[test]
fn junk_neither_breaks_nor_delays_a_handshake() {
    let mut world = World::new(ends(), 1, 0);
    let mut rng = Rng::from_seed(5);
    for _ in 0..500 {
        let mut junk: Vec<u8> = (0..rng.below(200)).map(|_| rng.next_u32() as u8).collect();
        junk.insert(0, 20 + rng.below(44) as u8);
        world.act(1, |end, now, send| end.take(now, &junk, send));
    }
    assert_eq!(world.told[1], []);
    world.run();
    assert!(world.keys(0).is_some() && world.keys(1).is_some(), "{:?}", world.told);
}
