//! Opus: a clock of 48 kHz, packets that pass untouched or are translated, keys by its clock.

use super::{
    A, B, Codec, Command, Duration, Events, Packet, Sent, Settings, Take, TelephoneEvent, World, digit, far,
    prompt, settings, tone,
};
use crate::audio::Wishes;
use crate::base::RecordingLimits;
use crate::media::{Event, RecordingKey};
use crate::rtp::Rtcp;
use crate::rtp::rtcp;

const OPUS: u8 = 111;
const WIDE_EVENTS: Events = Events { payload_type: 110, clock_hz: 48_000 };

fn opus(leg: super::LegKey) -> Settings {
    let wishes = Wishes { forward_correction: true, ..Wishes::default() };
    Settings { codec: Codec::Opus, payload_type: OPUS, wishes, events: Some(WIDE_EVENTS), ..settings(leg) }
}

/// A speaks Opus, B mu-law; both have keys as events.
fn joined() -> World {
    let mut world = World::agreed();
    world.configure(A, opus(A));
    world.command(Command::Bridge { a: A, b: B });
    world
}

fn to(world: &World, leg: super::LegKey) -> Vec<Sent> {
    world.sent.iter().filter(|s| s.leg == leg).cloned().collect()
}

/// The n-th packet of a far side that speaks Opus.
fn wide(n: u16, payload: &[u8]) -> Packet<'_> {
    let timestamp = u32::from(n) * 960;
    Packet { payload_type: OPUS, marker: n == 0, sequence: n, timestamp, ssrc: 99, payload }
}

fn heard(codec: Codec, sent: &[Sent]) -> Vec<i16> {
    let (mut decoder, mut samples) = (codec.decoder(), Vec::new());
    sent.iter().for_each(|s| decoder.decode(&s.payload, &mut samples));
    samples
}

fn loudness(samples: &[i16]) -> f64 {
    (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

fn steps(sent: &[Sent]) -> Vec<u32> {
    sent.windows(2).map(|w| w[1].timestamp.wrapping_sub(w[0].timestamp)).collect()
}

#[test]
fn two_sides_of_opus_are_given_each_others_packets_untouched() {
    let mut world = joined();
    world.configure(B, Settings { payload_type: 96, ..opus(B) });
    let packets: Vec<Vec<u8>> = (0..5u8).map(|n| vec![0xfc | (n % 2), n, 7, 7]).collect();
    for (n, payload) in (0..).zip(&packets) {
        world.packet(A, far(A), &wide(n, payload));
    }
    let sent = to(&world, B);
    assert!(sent.iter().zip(&packets).all(|(sent, packet)| sent.payload == *packet));
    assert!(sent.iter().all(|sent| sent.payload_type == 96));
    assert_eq!(steps(&sent), [960; 4]);
}

#[test]
fn opus_and_mu_law_hear_each_other_each_by_its_own_clock() {
    let mut world = joined();
    for (n, payload) in (0..).zip(&tone(Codec::Opus, 50)) {
        world.packet(A, far(A), &wide(n, payload));
        world.run(20);
    }
    for (n, payload) in (0..).zip(&tone(Codec::Pcmu, 50)) {
        world.packet(B, far(B), &super::audio(n, payload));
        world.run(20);
    }
    let (a, b) = (to(&world, A), to(&world, B));
    assert!(a.len() >= 48 && b.len() >= 48, "{} {}", a.len(), b.len());
    assert!(a.iter().all(|s| s.payload_type == OPUS) && b.iter().all(|s| s.payload.len() == 160));
    let even = |steps: &[u32], step: u32| steps.iter().filter(|s| **s != step).count();
    assert_eq!((even(&steps(&a), 960), even(&steps(&b), 160)), (0, 0));
    for heard in [heard(Codec::Opus, &a), heard(Codec::Pcmu, &b)] {
        let level = loudness(&heard[1_600..7_000]);
        assert!((3_800.0..4_700.0).contains(&level), "4243 was said: {level}");
    }
}

#[test]
fn a_prompt_is_heard_in_opus_and_reports_count_by_its_clock() {
    let mut world = World::open();
    world.configure(A, opus(A));
    world.play(A, &[prompt("second")], false);
    world.run(6_000);
    let sent = to(&world, A);
    assert_eq!((sent.len(), steps(&sent)), (50, vec![960; 49]));
    let heard = heard(Codec::Opus, &sent);
    assert_eq!(heard.len(), 8_000);
    let reports = world.reports.iter().flat_map(|(at, _, _, bytes)| {
        rtcp::read(bytes).unwrap().into_iter().map(move |report| (*at, report))
    });
    let clock = reports.into_iter().find_map(|(at, report)| match report {
        Rtcp::SenderReport { rtp_timestamp, .. } => Some((at, rtp_timestamp)),
        _ => None,
    });
    let (at, timestamp) = clock.expect("a report");
    let since = at - sent[0].at;
    let ticks = timestamp.wrapping_sub(sent[0].timestamp);
    assert!(ticks.abs_diff((since.as_micros() * 48 / 1_000) as u32) <= 48, "{ticks} in {since:?}");
}

#[test]
fn a_packet_length_that_opus_has_not_is_the_next_shorter() {
    let mut world = World::open();
    for (asked, sent) in [(30, 34), (60, 17), (10, 100)] {
        world.configure(A, Settings { ptime: Duration::from_millis(asked), ..opus(A) });
        let before = world.sent.len();
        world.play(A, &[prompt("second")], false);
        world.run(1_500);
        let expected = if asked == 30 { 50 } else { sent };
        assert_eq!(world.sent.len() - before, expected, "{asked} ms");
    }
}

#[test]
fn keys_are_pressed_by_the_clock_of_the_audio() {
    let mut world = World::open();
    world.configure(A, opus(A));
    let hold = Duration::from_millis(100);
    world.command(Command::PressKeys { leg: A, digits: vec![digit('5')], hold, inband: false });
    world.run(500);
    let sent = to(&world, A);
    assert!(sent.iter().all(|s| s.payload_type == WIDE_EVENTS.payload_type));
    let durations: Vec<u16> = sent.iter().map(|s| s.event().duration).collect();
    assert_eq!(durations, [960, 1_920, 2_880, 3_840, 4_800, 4_800, 4_800]);
    world.play(A, &[prompt("odd")], false);
    world.run(20);
    let after = to(&world, A)[7].timestamp.wrapping_sub(sent[0].timestamp);
    assert!(after >= 4_800, "the press is over before audio goes on: {after}");
}

#[test]
fn a_key_crosses_from_one_clock_to_the_other() {
    for (from, into, opus_first) in [(A, B, true), (B, A, false)] {
        let mut world = joined();
        let (events, tick, step) = if opus_first { (110, 960, 160) } else { (super::EVENTS, 160, 960) };
        for n in 1..=5u16 {
            let duration = n * tick;
            let key = TelephoneEvent { event: 7, end: n == 5, volume: 10, duration }.to_bytes();
            let event = Packet {
                payload_type: events,
                marker: n == 1,
                sequence: n,
                timestamp: 7,
                ssrc: 99,
                payload: &key,
            };
            world.packet(from, far(from), &event);
            world.run(20);
        }
        world.run(300);
        let keys = to(&world, into);
        let durations: Vec<u16> = keys.iter().map(|s| s.event().duration).collect();
        assert_eq!(durations, [1, 2, 3, 4, 5, 5, 5].map(|n| n * step));
        assert!(keys.windows(2).all(|w| w[0].timestamp == w[1].timestamp));
        assert_eq!(world.digits(from), "7");
    }
}

#[test]
fn between_two_of_opus_a_key_keeps_its_length_by_whatever_clock_each_agreed() {
    let mut world = joined();
    world.configure(B, Settings { events: super::events(101), ..opus(B) });
    for n in 1..=3u16 {
        let key = TelephoneEvent { event: 7, end: n == 3, volume: 10, duration: n * 960 }.to_bytes();
        let event =
            Packet { payload_type: 110, marker: n == 1, sequence: n, timestamp: 7, ssrc: 99, payload: &key };
        world.packet(A, far(A), &event);
    }
    let durations: Vec<u16> = to(&world, B).iter().map(|s| s.event().duration).collect();
    assert_eq!(durations, [160, 320, 480]);
}

#[test]
fn a_phone_s_events_beside_opus_count_as_a_telephone_s_where_it_agreed_those() {
    let mut world = World::open();
    world.configure(A, Settings { events: super::events(101), ..opus(A) });
    for n in 1..=3u16 {
        let key = TelephoneEvent { event: 4, end: n == 3, volume: 10, duration: n * 160 }.to_bytes();
        let event = Packet {
            payload_type: 101,
            marker: n == 1,
            sequence: n,
            timestamp: 960,
            ssrc: 99,
            payload: &key,
        };
        world.packet(A, far(A), &event);
    }
    assert_eq!(world.digits(A), "4");
    let hold = Duration::from_millis(60);
    world.command(Command::PressKeys { leg: A, digits: vec![digit('5')], hold, inband: false });
    world.run(300);
    assert_eq!(to(&world, A)[2].event().duration, 480);
}

#[test]
fn what_is_said_in_opus_is_recorded_at_its_length() {
    let mut world = World::open();
    world.configure(A, opus(A));
    let limits = RecordingLimits {
        most: Duration::from_secs(10),
        silence: Duration::from_secs(5),
        least: Duration::from_millis(100),
    };
    let recording = RecordingKey(1);
    world.command(Command::Record { leg: A, recording, name: "a".into(), limits });
    for (n, payload) in (0..).zip(&tone(Codec::Opus, 100)) {
        world.packet(A, far(A), &wide(n, payload));
        world.run(20);
    }
    world.command(Command::StopRecording { leg: A });
    let samples =
        |take: &Take| if let Take::Samples { samples, .. } = take { samples.clone() } else { vec![] };
    let recorded: Vec<i16> = world.takes.iter().flat_map(samples).collect();
    assert_eq!(recorded.len(), 16_000);
    assert!((3_800.0..4_700.0).contains(&loudness(&recorded[1_600..])));
    let report = world.close(A);
    assert_eq!((report.codec, report.received), (Some(Codec::Opus), 100));
    assert_eq!(report.jitter, Duration::ZERO, "a steady sender by its own clock");
    assert_eq!(report.quality().expect("audio").codec, "opus");
}

#[test]
fn tones_are_keys_in_opus_too() {
    let mut world = World::open();
    world.configure(A, Settings { inband: true, events: None, ..opus(A) });
    let key = crate::audio::tone::key(digit('8'), Duration::from_millis(100));
    let line = [&[0; 800], &key.samples[..], &[0; 800]].concat();
    let mut encoder = Codec::Opus.encoder();
    for (n, samples) in (0..).zip(line.chunks(160)) {
        let mut bytes = Vec::new();
        encoder.encode(samples, &mut bytes);
        encoder.end_packet(&mut bytes);
        world.packet(A, far(A), &wide(n, &bytes));
        world.run(20);
    }
    assert_eq!(world.digits(A), "8");
}

#[test]
fn a_caller_who_changes_to_opus_within_the_call_is_heard_and_hears() {
    let mut world = World::agreed();
    world.command(Command::Bridge { a: A, b: B });
    world.play(A, &[prompt("second")], false);
    world.run(100);
    world.configure(A, opus(A));
    world.run(1_000);
    let sent = to(&world, A);
    let before = sent.iter().filter(|s| s.payload_type == 0).count();
    assert!(before >= 5 && sent.len() == 50, "{before} {}", sent.len());
    assert!(sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1) && w[0].ssrc == w[1].ssrc));
    let all = steps(&sent);
    assert_eq!(all[before..], vec![960; 49 - before]);
    assert!(all[..before].iter().all(|step| (160..=960).contains(step)));
    assert!(world.has(&Event::PlayDone { leg: A, play: super::PLAY }));
}
