//! Packets on their way through networks good and bad, and what is played of them.

use super::{Codec, Instant, Jitter, NoiseLevel, PACKETS, Place, State, samples_of};
use crate::media::clock::Clock;
use crate::media::lateness::LEAST;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use std::time::Duration;

const PTIME: u64 = 20_000;
const BEGIN: u64 = 1_000_000;

fn at(micros: u64) -> Instant {
    Instant::ZERO + Duration::from_micros(micros)
}

/// The n-th packet: all of one code, so that it is known again.
fn place(n: u64) -> Place {
    let timestamp = (n as u32).wrapping_mul(160).wrapping_sub(1_000);
    Place { ssrc: 1, seq: (n as u16).wrapping_sub(20), timestamp, clock: Clock::default() }
}

fn code(n: u64) -> u8 {
    // Neither of mu-law's two zeros.
    (n % 120) as u8
}

fn level(code: u8) -> i16 {
    let mut samples = Vec::new();
    Codec::Pcmu.decode(&[code], &mut samples);
    samples[0]
}

/// Packets by the moment they arrive (microseconds), and what was played every 20 ms: none where nothing was.
fn played(arrivals: Vec<(u64, u64)>, until: u64) -> (Jitter, Vec<Option<Vec<i16>>>) {
    played_of(arrivals, until, place)
}

fn played_of(
    mut arrivals: Vec<(u64, u64)>,
    until: u64,
    place: impl Fn(u64) -> Place,
) -> (Jitter, Vec<Option<Vec<i16>>>) {
    arrivals.sort();
    let mut jitter = Jitter::default();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut all = Vec::new();
    let mut now = arrivals.peek().map_or(BEGIN, |(at, _)| *at);
    while now <= until {
        while let Some((when, n)) = arrivals.next_if(|(when, _)| *when <= now) {
            jitter.take(at(when), place(n), Codec::Pcmu, &[code(n); 160]);
        }
        let mut out = Vec::new();
        all.push(jitter.play(at(now), 160, &mut out).then_some(out));
        now += PTIME;
    }
    (jitter, all)
}

fn sound(played: &[Option<Vec<i16>>]) -> Vec<i16> {
    played.iter().flatten().flatten().copied().collect()
}

/// The packets that were played whole, by their codes, in order.
fn whole(samples: &[i16]) -> Vec<u8> {
    let mut codes = Vec::new();
    let levels: Vec<i16> = (0..120).map(level).collect();
    let mut run = (0i16, 0usize);
    for sample in samples {
        run = if *sample == run.0 { (run.0, run.1 + 1) } else { (*sample, 1) };
        if run.1 == 120 {
            codes.extend(levels.iter().position(|level| *level == run.0).map(|code| code as u8));
        }
    }
    codes
}

fn codes(packets: std::ops::Range<u64>) -> Vec<u8> {
    packets.map(code).collect()
}

#[test]
fn a_steady_sender_is_played_evenly_after_the_least_delay() {
    let (_, played) = played((0..50).map(|n| (BEGIN + n * PTIME, n)).collect(), BEGIN + 49 * PTIME);
    let silent = played.iter().take_while(|packet| packet.is_none()).count();
    assert_eq!(silent as u64 * PTIME, LEAST.as_micros() as u64);
    assert!(played[silent..].iter().all(Option::is_some));
    assert_eq!(whole(&sound(&played)), codes(0..48));
}

#[test]
fn a_lost_packet_is_concealed_in_its_place_and_one_after_its_turn_is_left_out() {
    for late in [None, Some(BEGIN + 30 * PTIME)] {
        let mut arrivals: Vec<(u64, u64)> =
            (0..50).filter(|n| *n != 20).map(|n| (BEGIN + n * PTIME, n)).collect();
        arrivals.extend(late.map(|late| (late, 20)));
        let (_, played) = played(arrivals, BEGIN + 45 * PTIME);
        let sound = sound(&played);
        let heard: Vec<u8> = whole(&sound);
        let without: Vec<u8> = codes(0..40).into_iter().filter(|c| *c != code(20)).collect();
        assert_eq!(heard[..38], without[..38], "{late:?}");
        assert!(sound[20 * 160..21 * 160].iter().any(|s| *s != 0), "made up");
    }
}

#[test]
fn a_talkspurt_ends_when_nothing_comes_and_the_next_one_begins_anew() {
    let mut arrivals: Vec<(u64, u64)> = (0..10).map(|n| (BEGIN + n * PTIME, n)).collect();
    arrivals.extend((10..20).map(|n| (BEGIN + (n + 50) * PTIME, n)));
    let after_the_pause = |n: u64| if n < 10 { 0 } else { 50 * 160 };
    let paused =
        |n: u64| Place { timestamp: place(n).timestamp.wrapping_add(after_the_pause(n)), ..place(n) };
    let (jitter, played) = played_of(arrivals, BEGIN + 80 * PTIME, paused);
    assert_eq!(whole(&sound(&played)), codes(0..20));
    let spoken: Vec<bool> = played.iter().map(Option::is_some).collect();
    assert_eq!(spoken.iter().filter(|spoken| **spoken).count(), 28, "20 packets, and 60 ms and an end twice");
    assert!(!jitter.is_speaking());
}

#[test]
fn a_packet_that_is_late_by_more_than_there_is_moves_the_rest_and_nothing_is_lost() {
    // The network stands still for 200 ms.
    let arrival = |n: u64| BEGIN + if (20..30).contains(&n) { 30 * PTIME } else { n * PTIME };
    let (_, played) = played((0..100).map(|n| (arrival(n), n)).collect(), BEGIN + 100 * PTIME);
    assert_eq!(whole(&sound(&played))[..75], codes(0..75)[..]);
}

#[test]
fn after_a_storm_the_delay_is_what_it_was_before() {
    let storm = |n: u64| if (100..400).contains(&n) { (n * 7_919 % 150) * 1_000 } else { 0 };
    let last = 3_000;
    let (jitter, played) =
        played((0..last).map(|n| (BEGIN + n * PTIME + storm(n), n)).collect(), BEGIN + last * PTIME - 1);
    let most = samples_of(LEAST) + 160 + super::MARGIN + super::CUT;
    assert!(jitter.left() <= most, "{} samples wait", jitter.left());
    // Calm again: every packet is played.
    let heard = whole(&sound(&played));
    let lately = &heard[heard.len() - 200..];
    assert!(lately.windows(2).all(|w| w[1] == code(u64::from(w[0]) + 1)), "{lately:?}");
}

#[test]
fn a_sender_s_clock_that_is_fast_or_slow_neither_piles_up_nor_breaks_up() {
    for parts_per_million in [-1_000i64, 1_000] {
        let step = (PTIME as i64 * 1_000_000 / (1_000_000 + parts_per_million)) as u64;
        let minutes = 3 * 60 * 50;
        let (jitter, played) =
            played((0..minutes).map(|n| (BEGIN + n * step, n)).collect(), BEGIN + (minutes - 10) * step);
        assert!(jitter.left() < samples_of(Duration::from_millis(90)), "{} samples wait", jitter.left());
        let silent = played.iter().skip(2).filter(|packet| packet.is_none()).count();
        assert_eq!(silent, 0, "{parts_per_million}");
        let heard = whole(&sound(&played)).len() as u64;
        assert!(heard + minutes / 100 > minutes, "{parts_per_million}: {heard} of {minutes}");
    }
}

#[test]
fn a_flood_is_bounded_and_another_source_begins_anew() {
    let mut jitter = Jitter::default();
    for n in 0..10_000 {
        jitter.take(at(BEGIN), place(n), Codec::Pcmu, &[1; 160]);
        assert!(jitter.held.len() <= PACKETS);
    }
    let mut out = Vec::new();
    assert!(jitter.play(at(BEGIN + 200_000), 160, &mut out));
    assert!(jitter.left() <= 2 * samples_of(super::MOST), "{}", jitter.left());
    jitter.take(at(BEGIN), Place { ssrc: 2, ..place(0) }, Codec::Pcmu, &[2; 160]);
    assert!(jitter.held.len() == 1 && matches!(jitter.state, State::Filling { .. }));
}

#[test]
fn an_announced_silence_is_rendered_until_somebody_speaks() {
    let mut jitter = Jitter::default();
    jitter.announced(NoiseLevel::of_packet(&[40]));
    let mut out = Vec::new();
    for n in 0..100 {
        assert!(jitter.is_speaking() && jitter.play(at(BEGIN + n * PTIME), 160, &mut out));
    }
    let loud = out.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / out.len() as f64;
    assert!((200.0..500.0).contains(&loud.sqrt()), "{}", loud.sqrt());
    jitter.take(at(BEGIN + 100 * PTIME), place(0), Codec::Pcmu, &[1; 160]);
    out.clear();
    assert!(jitter.play(at(BEGIN + 100 * PTIME), 160, &mut out), "while the first packet waits");
    out.clear();
    assert!(jitter.play(at(BEGIN + 102 * PTIME), 160, &mut out));
    assert_eq!(out, vec![level(1); 160]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_arrival_within_the_least_delay_gives_the_sender_s_samples_in_order(
        delays in proptest::collection::vec((0u64..40_000, proptest::bool::ANY), 80)
    ) {
        let mut arrivals = Vec::new();
        for (n, (delay, twice)) in (0..).zip(&delays) {
            arrivals.push((BEGIN + n * PTIME + delay, n));
            if *twice {
                arrivals.push((BEGIN + n * PTIME + delay + 1, n));
            }
        }
        let (_, played) = played(arrivals, BEGIN + 79 * PTIME);
        let sound = sound(&played);
        let expected: Vec<i16> = (0..80).flat_map(|n| [level(code(n)); 160]).collect();
        prop_assert!(sound.len() >= 74 * 160, "{}", sound.len());
        prop_assert_eq!(&sound[..], &expected[..sound.len()]);
    }

    #[test]
    fn whatever_comes_whenever_exactly_what_is_asked_for_is_played(
        packets in proptest::collection::vec((0u16..400, 0u32..100_000, 0u64..60_000, 0usize..500), 0..300)
    ) {
        let mut jitter = Jitter::default();
        let mut now = BEGIN;
        for (seq, timestamp, wait, length) in packets {
            now += wait;
            let place = Place { ssrc: u32::from(seq / 300), seq, timestamp, clock: Clock::default() };
            jitter.take(at(now), place, Codec::Pcmu, &vec![9; length]);
            prop_assert!(jitter.held.len() <= PACKETS);
            let mut out = Vec::new();
            let some = jitter.play(at(now), 160, &mut out);
            prop_assert_eq!(out.len(), if some { 160 } else { 0 });
        }
    }
}
