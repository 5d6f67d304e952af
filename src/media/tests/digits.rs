//! Key presses in and out, in every form.

use super::{
    A, B, Codec, Command, Duration, EVENTS, Event, PLAY, Packet, TelephoneEvent, World, digit, far, prompt,
    samples_of, settings,
};
use crate::media::DigitSource;
use proptest::prelude::{any, prop_assert_eq, proptest};

/// A far side's press: updates every 20 ms, three ends, its numbers from `seq` on.
fn press(world: &mut World, key: char, seq: u16, timestamp: u32) {
    for n in 0..8u16 {
        let end = n >= 5;
        let duration = n.min(5) * 160 + 160;
        let event = TelephoneEvent { event: digit(key).event(), end, volume: 10, duration };
        event_packet(world, seq.wrapping_add(n), timestamp, event);
        world.run(20);
    }
}

fn event_packet(world: &mut World, sequence: u16, timestamp: u32, event: TelephoneEvent) {
    let payload = event.to_bytes();
    let packet =
        Packet { payload_type: EVENTS, marker: false, sequence, timestamp, ssrc: 99, payload: &payload };
    world.packet(A, far(A), &packet);
}

#[test]
fn a_digit_is_reported_with_the_first_packet_of_its_press() {
    let mut world = World::agreed();
    let at = world.now;
    press(&mut world, '#', 1, 1000);
    let event = Event::Digit { leg: A, digit: digit('#'), source: DigitSource::TelephoneEvent };
    assert_eq!(world.events, [(at, event)]);
}

#[test]
fn events_and_info_of_one_press_are_one_digit_and_of_two_presses_two() {
    let mut world = World::agreed();
    press(&mut world, '5', 1, 1000);
    world.run(300);
    world.command(Command::DigitFromInfo { leg: A, digit: digit('5') });
    press(&mut world, '5', 20, 9000);
    press(&mut world, '5', 40, 12_000);
    for _ in 0..2 {
        world.run(200);
        world.command(Command::DigitFromInfo { leg: A, digit: digit('5') });
    }
    assert_eq!(world.digits(A), "555");
}

#[test]
fn events_of_another_payload_type_or_without_agreement_are_no_digits() {
    let mut world = World::agreed();
    world.configure(A, super::Settings { events: super::events(96), ..settings(A) });
    press(&mut world, '1', 1, 1000);
    world.configure(A, super::Settings { events: None, ..settings(A) });
    press(&mut world, '1', 10, 9000);
    assert_eq!(world.digits(A), "");
    assert_eq!(world.close(A).malformed, 16);
}

fn press_out(world: &mut World, keys: &str, hold_ms: u64, inband: bool) {
    let digits = keys.chars().map(digit).collect();
    world.command(Command::PressKeys { leg: A, digits, hold: Duration::from_millis(hold_ms), inband });
}

#[test]
fn a_pressed_key_is_an_event_with_one_timestamp_a_marker_and_three_ends() {
    let mut world = World::agreed();
    press_out(&mut world, "1", 60, false);
    world.run(1000);
    let shape: Vec<_> =
        world.sent.iter().map(|s| (s.marker, s.event().end, s.event().duration, s.payload_type)).collect();
    assert_eq!(
        shape,
        [
            (true, false, 160, EVENTS),
            (false, false, 320, EVENTS),
            (false, true, 480, EVENTS),
            (false, true, 480, EVENTS),
            (false, true, 480, EVENTS),
        ]
    );
    assert!(world.sent.windows(2).all(|w| w[1].timestamp == w[0].timestamp));
    assert!(world.sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)));
}

#[test]
fn keys_pressed_at_one_plane_are_the_digits_heard_at_another() {
    let mut phone = World::agreed();
    press_out(&mut phone, "1159*0#", 50, false);
    phone.run(5000);
    let mut engine = World::agreed();
    for sent in std::mem::take(&mut phone.sent) {
        engine.now = sent.at;
        let packet = Packet {
            payload_type: sent.payload_type,
            marker: sent.marker,
            sequence: sent.seq,
            timestamp: sent.timestamp,
            ssrc: sent.ssrc,
            payload: &sent.payload,
        };
        engine.packet(A, far(A), &packet);
    }
    assert_eq!(engine.digits(A), "1159*0#");
}

#[test]
fn what_plays_goes_on_under_a_key_and_its_end_is_told_once() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(90);
    press_out(&mut world, "1", 100, false);
    world.run(2000);
    let audio: Vec<_> = world.sent.iter().filter(|s| s.payload_type == 0).collect();
    assert_eq!(audio.len(), 45, "five packets were covered by the key");
    let timestamps: Vec<_> = world.sent.iter().map(|s| s.timestamp).collect();
    assert!(timestamps.windows(2).all(|w| w[1].wrapping_sub(w[0]) < 8000), "time never goes back");
    let done = Event::PlayDone { leg: A, play: PLAY };
    assert_eq!(world.events.iter().filter(|(_, e)| *e == done).count(), 1);
}

#[test]
fn without_agreed_events_keys_are_tones() {
    let mut world = World::agreed();
    world.configure(A, super::Settings { events: None, ..settings(A) });
    press_out(&mut world, "12", 60, false);
    world.run(1000);
    let heard = samples_of(Codec::Pcmu, &world.sent);
    let loud: Vec<bool> = heard.chunks(160).map(|c| c.iter().any(|s| s.abs() > 5000)).collect();
    let (on, off) = ([true; 3], [false; 3]);
    assert_eq!(loud, [on, off, on, off].concat());
}

#[test]
fn keys_pressed_before_the_answer_take_the_form_it_agrees_on() {
    for (events, payload_type) in [(super::events(EVENTS), EVENTS), (None, 0)] {
        let mut world = World::open();
        press_out(&mut world, "1", 60, false);
        world.configure(A, super::Settings { events, ..settings(A) });
        world.run(500);
        assert!(!world.sent.is_empty() && world.sent.iter().all(|s| s.payload_type == payload_type));
    }
}

#[test]
fn a_digit_of_one_leg_is_no_other_legs() {
    let mut world = World::agreed();
    press(&mut world, '3', 1, 1000);
    world.command(Command::DigitFromInfo { leg: B, digit: digit('3') });
    assert_eq!((world.digits(A), world.digits(B)), ("3".into(), "3".into()));
}

/// Both forms of two quick presses, as a phone that sends tones and events would, through a plane.
#[test]
fn tones_events_and_info_together_are_one_digit_a_press() {
    let mut phone = World::agreed();
    press_out(&mut phone, "7719", 80, true);
    phone.run(3000);
    for (events, info) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut world = World::agreed();
        world.configure(A, super::Settings { inband: true, ..settings(A) });
        let start = world.now;
        for sent in &phone.sent {
            world.run((start + (sent.at - phone.sent[0].at) - world.now).as_millis() as u64);
            let n = world.now.saturating_since(start).as_millis() as u16 / 20;
            let timestamp = u32::from(n) * 160;
            world.packet(A, far(A), &Packet { timestamp, ..super::audio(n * 2, &sent.payload) });
            let (press, within) = (n / 8, n % 8);
            if events && within < 5 {
                let key = ['7', '7', '1', '9'][usize::from(press)];
                let end = within == 4;
                let duration = within.min(3) * 160 + 160;
                let event = TelephoneEvent { event: digit(key).event(), end, volume: 10, duration };
                event_packet(&mut world, n * 2 + 1, u32::from(press) * 1280, event);
            }
            if info && within == 7 {
                let key = ['7', '7', '1', '9'][usize::from(press)];
                world.command(Command::DigitFromInfo { leg: A, digit: digit(key) });
            }
        }
        assert_eq!(world.digits(A), "7719", "events {events}, info {info}");
    }
}

#[test]
fn the_info_of_a_long_press_comes_at_its_release_and_is_no_second_digit() {
    for inband in [false, true] {
        let mut phone = World::agreed();
        press_out(&mut phone, "5", 3000, inband);
        phone.run(3010);
        let mut world = World::agreed();
        world.configure(A, super::Settings { inband: true, ..settings(A) });
        for sent in &phone.sent {
            world.run((sent.at - world.now).as_millis() as u64);
            let packet = Packet {
                payload_type: sent.payload_type,
                timestamp: sent.timestamp,
                ..super::audio(sent.seq, &sent.payload)
            };
            world.packet(A, far(A), &packet);
        }
        world.run(600);
        world.command(Command::DigitFromInfo { leg: A, digit: digit('5') });
        assert_eq!(world.digits(A), "5", "inband {inband}");
    }
}

#[test]
fn a_tone_that_breaks_up_under_a_held_event_is_no_second_digit() {
    let tone = crate::audio::tone::key(digit('5'), Duration::from_millis(100));
    let mut world = World::agreed();
    world.configure(A, super::Settings { inband: true, ..settings(A) });
    for n in 0..30u16 {
        let event = TelephoneEvent { event: 5, end: false, volume: 10, duration: n * 160 + 160 };
        event_packet(&mut world, n * 2, 7, event);
        let part = match n {
            0..5 | 15..20 => usize::from(n % 5) * 160,
            _ => tone.samples.len(),
        };
        let mut samples = tone.samples[part..].to_vec();
        samples.resize(160, 0);
        let mut payload = Vec::new();
        Codec::Pcmu.encode(&samples, &mut payload);
        let timestamp = u32::from(n) * 160;
        world.packet(A, far(A), &Packet { timestamp, ..super::audio(n * 2 + 1, &payload) });
        world.run(20);
    }
    assert_eq!(world.digits(A), "5");
}

#[test]
fn tones_are_heard_only_where_agreed() {
    let mut phone = World::agreed();
    press_out(&mut phone, "5", 100, true);
    phone.run(500);
    let mut world = World::agreed();
    for (n, sent) in (0u16..).zip(&phone.sent) {
        world.packet(A, far(A), &super::audio(n, &sent.payload));
        world.run(20);
    }
    assert_eq!(world.digits(A), "");
}

proptest! {
    #[test]
    fn over_a_lossy_network_every_press_is_one_digit(
        keys in proptest::collection::vec(0usize..16, 1..8),
        fates in proptest::collection::vec((0u32..100, 0u64..3, any::<bool>()), 64),
    ) {
        let keys: String = keys.into_iter().filter_map(|k| "0123456789*#ABCD".chars().nth(k)).collect();
        let mut phone = World::agreed();
        press_out(&mut phone, &keys, 100, false);
        phone.run(3000);
        // 35 % lost, the last end of each press never; a third twice; late by up to 50 ms.
        let mut arriving: Vec<(u64, &super::Sent)> = Vec::new();
        for (sent, (n, (loss, late, twice))) in phone.sent.iter().zip((0..).zip(fates.iter().cycle())) {
            if *loss >= 35 || n % 7 == 6 {
                let at = sent.at.since_start().as_millis() as u64 + late * 25;
                arriving.push((at, sent));
                if *twice {
                    arriving.push((at + 5, sent));
                }
            }
        }
        arriving.sort_by_key(|(at, _)| *at);
        let mut engine = World::agreed();
        for (at, sent) in arriving {
            engine.run(at.saturating_sub(engine.now.since_start().as_millis() as u64));
            let packet = Packet {
                payload_type: sent.payload_type,
                marker: sent.marker,
                sequence: sent.seq,
                timestamp: sent.timestamp,
                ssrc: sent.ssrc,
                payload: &sent.payload,
            };
            engine.packet(A, far(A), &packet);
        }
        prop_assert_eq!(engine.digits(A), keys);
    }
}
