//! Two streams joined: audio and keys cross at once, and each side's numbers stay its own.

use super::{
    A, B, Carried, Codec, Command, Direction, EVENTS, Packet, Sent, TelephoneEvent, World, audio, far,
    prompt, settings, tone,
};

fn joined() -> World {
    let mut world = World::agreed();
    world.command(Command::Bridge { a: A, b: B });
    world
}

fn to(world: &World, leg: super::LegKey) -> Vec<Sent> {
    world.sent.iter().filter(|s| s.leg == leg).cloned().collect()
}

fn event<'a>(sequence: u16, payload: &'a [u8]) -> Packet<'a> {
    Packet { payload_type: EVENTS, marker: true, sequence, timestamp: 160, ssrc: 99, payload }
}

#[test]
fn a_packet_crosses_in_the_call_that_brought_it_with_the_other_sides_numbers() {
    let mut world = joined();
    for n in 0..3 {
        world.packet(A, far(A), &audio(n, &[n as u8; 160]));
        world.run(20);
    }
    let sent = to(&world, B);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().zip(0u8..).all(|(s, n)| s.payload == [n; 160] && s.ssrc == 2 && s.to == far(B)));
    assert_eq!(sent.iter().map(|s| s.seq).collect::<Vec<_>>(), [u16::MAX - 1, u16::MAX, 0]);
    assert!(sent.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == 160));
    assert!(sent[0].marker && !sent[1].marker);
    world.packet(B, far(B), &audio(5, &[9; 160]));
    assert_eq!(to(&world, A).len(), 1, "and the other way");
}

#[test]
fn losses_and_disorder_cross_as_they_are_and_duplicates_do_not() {
    let mut world = joined();
    for n in [0, 1, 3, 2, 2, 6] {
        world.packet(A, far(A), &audio(n, &[n as u8; 160]));
    }
    let first = to(&world, B)[0].seq;
    let steps: Vec<u16> = to(&world, B).iter().map(|s| s.seq.wrapping_sub(first)).collect();
    assert_eq!(steps, [0, 1, 3, 2, 6]);
}

#[test]
fn sides_of_different_codecs_hear_each_other() {
    let mut world = joined();
    world.configure(B, super::Settings { codec: Codec::Pcma, payload_type: 8, ..settings(B) });
    let mut tone = Vec::new();
    Codec::Pcmu.encode(&[4000; 160], &mut tone);
    world.packet(A, far(A), &audio(0, &tone));
    let sent = to(&world, B);
    assert_eq!((sent.len(), sent[0].payload_type), (1, 8));
    let heard = super::samples_of(Codec::Pcma, &sent);
    assert!(heard.iter().all(|s| (3800..4200).contains(s)), "{}", heard[0]);
}

fn loudness(samples: &[i16]) -> f64 {
    (samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn two_sides_of_g722_are_given_each_others_packets_untouched() {
    let mut world = joined();
    for leg in [A, B] {
        world.configure(leg, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(leg) });
    }
    // Both bands: what this engine would not make itself.
    let packets: Vec<Vec<u8>> = (0..5u8).map(|n| vec![n * 37; 160]).collect();
    for (n, payload) in (0..).zip(&packets) {
        world.packet(A, far(A), &Packet { payload_type: 9, ..audio(n, payload) });
    }
    let sent = to(&world, B);
    assert!(
        sent.iter().zip(&packets).all(|(sent, packet)| sent.payload == *packet && sent.payload_type == 9)
    );
    assert!(sent.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == 160), "a clock of 8 kHz");
}

/// What a far side of this codec hears in these packets.
fn heard(codec: Codec, sent: &[Sent]) -> Vec<i16> {
    let (mut decoder, mut samples) = (codec.decoder(), Vec::new());
    sent.iter().for_each(|s| decoder.decode(&s.payload, &mut samples));
    samples
}

#[test]
fn g722_and_g711_hear_each_other_in_order_and_a_loss_is_made_up_for() {
    let mut world = joined();
    world.configure(A, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(A) });
    let (there, here) = (tone(Codec::G722, 50), tone(Codec::Pcmu, 50));
    for n in 0..50u16 {
        // Packet 20 is lost, 30 and 31 change places.
        let arriving = match n {
            30 | 31 => 61 - n,
            n => n,
        };
        if n != 20 {
            let packet = Packet { payload_type: 9, ..audio(arriving, &there[usize::from(arriving)]) };
            world.packet(A, far(A), &packet);
        }
        world.packet(B, far(B), &audio(n, &here[usize::from(n)]));
        world.run(20);
    }
    let (b, a) = (to(&world, B), to(&world, A));
    assert!(a.len() >= 48 && b.len() >= 48, "{} {}", a.len(), b.len());
    assert!(a.iter().all(|s| s.payload_type == 9 && s.payload.len() == 160));
    for sent in [&a, &b] {
        assert!(sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)), "without a gap");
        assert!(sent.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == 160));
    }
    let wanted = 6_000.0 / 2f64.sqrt();
    for heard in [heard(Codec::G722, &a), heard(Codec::Pcmu, &b)] {
        for packet in heard[800..48 * 160].chunks(160) {
            assert!((loudness(packet) / wanted - 1.0).abs() < 0.2, "{} {wanted}", loudness(packet));
        }
    }
}

#[test]
fn a_side_of_another_codec_that_falls_silent_is_sent_nothing_or_the_silence_it_announced() {
    for announces in [false, true] {
        let mut world = joined();
        world.configure(A, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(A) });
        for (n, payload) in (0..).zip(&tone(Codec::G722, 25)) {
            world.packet(A, far(A), &Packet { payload_type: 9, ..audio(n, payload) });
            world.run(20);
        }
        if announces {
            world.packet(A, far(A), &Packet { payload_type: 13, ..audio(25, &[45]) });
        }
        world.run(1_000);
        let during = heard(Codec::Pcmu, &to(&world, B)).split_off(29 * 160);
        match announces {
            true => assert!((100.0..350.0).contains(&loudness(&during)), "{}", loudness(&during)),
            false => assert!(during.len() < 5 * 160, "{} samples", during.len()),
        }
        world.packet(A, far(A), &Packet { payload_type: 9, timestamp: 75 * 160, ..audio(26, &[0; 160]) });
        let before = to(&world, B).len();
        world.run(60);
        let sent = to(&world, B);
        assert!(sent.len() > before && sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)));
        assert_eq!(sent.iter().filter(|s| s.marker).count(), if announces { 1 } else { 2 });
    }
}

#[test]
fn packets_of_any_length_are_said_in_another_codec_as_long_as_its_side_wants() {
    for ms in [10, 30, 60] {
        let mut world = joined();
        world.configure(A, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(A) });
        let all = tone(Codec::G722, 60).concat();
        for (n, payload) in (0u16..).zip(all.chunks(ms * 8)) {
            let timestamp = u32::from(n) * ms as u32 * 8;
            world.packet(A, far(A), &Packet { payload_type: 9, timestamp, ..audio(n, payload) });
            world.run(ms as u64);
        }
        let sent = to(&world, B);
        assert!(sent.iter().all(|s| s.payload.len() == 160), "{ms} ms");
        assert!((56..=60).contains(&sent.len()), "{ms} ms: {}", sent.len());
        assert!(sent.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == 160), "{ms} ms");
        let said = heard(Codec::Pcmu, &sent);
        assert!(said[800..8_000].chunks(160).all(|packet| loudness(packet) > 3_500.0), "{ms} ms");
    }
}

#[test]
fn what_the_far_side_named_beside_its_first_choice_is_heard_too() {
    let mut world = joined();
    let also = vec![(8, Carried::Audio(Codec::Pcma)), (96, Carried::Events { clock_hz: 8_000 })];
    world.configure(A, super::Settings { also, ..settings(A) });
    let (mut alaw, key) = (Vec::new(), TelephoneEvent { event: 3, end: false, volume: 10, duration: 160 });
    Codec::Pcma.encode(&[4_000; 160], &mut alaw);
    world.packet(A, far(A), &Packet { payload_type: 8, ..audio(0, &alaw) });
    world.packet(A, far(A), &Packet { payload_type: 96, ..event(1, &key.to_bytes()) });
    world.packet(A, far(A), &Packet { payload_type: 97, ..audio(2, &alaw) });
    let sent = to(&world, B);
    assert_eq!(sent.iter().map(|s| s.payload_type).collect::<Vec<_>>(), [0, EVENTS], "97 is nobody's");
    assert!(super::samples_of(Codec::Pcmu, &sent[..1]).iter().all(|s| (3_800..4_200).contains(s)));
    assert_eq!(world.digits(A), "3");
}

#[test]
fn keys_cross_with_the_other_sides_payload_type_and_are_told_too() {
    let mut world = joined();
    world.configure(B, super::Settings { events: super::events(96), ..settings(B) });
    let payload = TelephoneEvent { event: 7, end: false, volume: 10, duration: 160 }.to_bytes();
    world.packet(A, far(A), &audio(0, &[1; 160]));
    world.packet(A, far(A), &event(1, &payload));
    world.packet(A, far(A), &event(2, &payload));
    let sent = to(&world, B);
    assert_eq!(sent.iter().map(|s| s.payload_type).collect::<Vec<_>>(), [0, 96, 96]);
    assert_eq!(sent[1].payload, payload);
    assert_eq!(sent[1].timestamp, sent[0].timestamp.wrapping_add(160));
    assert_eq!(world.digits(A), "7");
}

/// The samples of a key's tone, silence around it.
fn keyed(key: char, ms: u64) -> Vec<i16> {
    let tone = crate::audio::tone::key(super::digit(key), super::Duration::from_millis(ms));
    [&[0; 1_600], &tone.samples[..], &[0; 3_200]].concat()
}

/// A says this in mu-law, 20 ms after 20 ms.
fn says(world: &mut World, samples: &[i16], first: u16) {
    for (n, samples) in (first..).zip(samples.chunks(160)) {
        let mut payload = Vec::new();
        Codec::Pcmu.encode(samples, &mut payload);
        world.packet(A, far(A), &audio(n, &payload));
        world.run(20);
    }
}

/// Presses among what was sent: events by their timestamps.
fn presses(sent: &[Sent]) -> Vec<(u32, u8)> {
    let mut presses: Vec<(u32, u8)> = Vec::new();
    for s in sent.iter().filter(|s| s.payload_type == EVENTS) {
        let press = (s.timestamp, s.event().event);
        if presses.last() != Some(&press) {
            presses.push(press);
        }
    }
    presses
}

/// How long a key's tone can be heard in what was sent, in milliseconds.
fn tone_ms(sent: &[Sent]) -> usize {
    let loud = |s: &&Sent| {
        s.payload_type == 0 && loudness(&super::samples_of(Codec::Pcmu, &[(**s).clone()])) > 300.0
    };
    sent.iter().filter(loud).count() * 20
}

#[test]
fn a_tone_becomes_an_event_and_is_cut_from_the_audio() {
    for ms in [80, 300, 1_500] {
        let mut world = joined();
        world.configure(A, super::Settings { inband: true, events: None, ..settings(A) });
        says(&mut world, &[keyed('5', ms), keyed('5', ms)].concat(), 0);
        assert_eq!(world.digits(A), "55");
        let sent = to(&world, B);
        let pressed = presses(&sent);
        assert_eq!(pressed.iter().map(|(_, key)| *key).collect::<Vec<_>>(), [5, 5], "{ms} ms");
        assert!(tone_ms(&sent) <= 2 * 40, "{ms} ms: {} ms are heard", tone_ms(&sent));
        assert!(sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)), "what is cut is no loss");
        assert!(sent.iter().filter(|s| s.payload_type == 0).count() > 30, "the rest is heard");
    }
}

#[test]
fn a_press_that_shows_as_tone_and_as_event_crosses_once() {
    for lead in [0u64, 60] {
        let mut world = joined();
        world.configure(A, super::Settings { inband: true, ..settings(A) });
        let samples = keyed('7', 200);
        let mut seq = 0u16;
        for (n, chunk) in (0u64..).zip(samples.chunks(160)) {
            let mut payload = Vec::new();
            Codec::Pcmu.encode(chunk, &mut payload);
            let timestamp = n as u32 * 160;
            world.packet(A, far(A), &Packet { timestamp, ..audio(seq, &payload) });
            seq += 1;
            // The event begins with the tone, or when that is known already.
            let since = (n * 20).checked_sub(200 + lead).filter(|since| *since <= 200);
            if let Some(since) = since {
                let (end, duration) = (since == 200, (since * 8 + 160) as u16);
                let key = TelephoneEvent { event: 7, end, volume: 10, duration }.to_bytes();
                world.packet(A, far(A), &Packet { timestamp: 1_600, ..event(seq, &key) });
                seq += 1;
            }
            world.run(20);
        }
        assert_eq!(world.digits(A), "7");
        let sent = to(&world, B);
        assert_eq!(presses(&sent).len(), 1, "{lead} ms: {:?}", presses(&sent));
        assert!(tone_ms(&sent) <= 60, "{lead} ms: {} ms are heard", tone_ms(&sent));
    }
}

#[test]
fn a_press_told_by_signaling_first_does_not_cross_again_as_event() {
    let mut world = joined();
    world.command(Command::DigitFromInfo { leg: A, digit: super::digit('3') });
    for n in 0..5u16 {
        let key = TelephoneEvent { event: 3, end: n == 4, volume: 10, duration: n * 160 + 160 }.to_bytes();
        world.packet(A, far(A), &event(n, &key));
        world.run(20);
    }
    assert_eq!(world.digits(A), "3");
    assert!(presses(&to(&world, B)).is_empty(), "the engine presses what signaling told");
}

#[test]
fn a_key_between_codecs_is_pressed_once_whatever_audio_comes_beside_it() {
    let mut world = joined();
    world.configure(A, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(A) });
    let voice = tone(Codec::G722, 60);
    let mut seq = 0;
    for n in 0..60u16 {
        let timestamp = u32::from(n) * 160;
        let packet = Packet { payload_type: 9, timestamp, ..audio(seq, &voice[usize::from(n)]) };
        world.packet(A, far(A), &packet);
        seq += 1;
        if let Some(step) = n.checked_sub(20).filter(|step| *step < 8) {
            let key = TelephoneEvent { event: 9, end: step == 7, volume: 10, duration: step * 160 + 160 };
            world.packet(A, far(A), &Packet { timestamp: 3_200, ..event(seq, &key.to_bytes()) });
            seq += 1;
        }
        world.run(20);
    }
    let sent = to(&world, B);
    assert_eq!(presses(&sent).iter().map(|(_, key)| *key).collect::<Vec<_>>(), [9]);
    assert!(sent.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)));
}

#[test]
fn a_side_without_events_is_given_the_tone() {
    let mut world = joined();
    world.configure(B, super::Settings { events: None, ..settings(B) });
    let payload = TelephoneEvent { event: 7, end: false, volume: 10, duration: 160 }.to_bytes();
    for n in 0..5 {
        world.packet(A, far(A), &event(n, &payload));
    }
    world.run(500);
    let loud =
        to(&world, B).iter().filter(|s| super::samples_of(Codec::Pcmu, &[(*s).clone()])[5] != 0).count();
    assert_eq!(loud, 5, "100 ms");
}

#[test]
fn an_announcement_covers_the_bridge_for_its_side_alone_until_done() {
    let mut world = joined();
    world.play(B, &[prompt("odd")], false);
    for n in 0..6 {
        world.packet(A, far(A), &audio(n, &[0xAA; 160]));
        world.packet(B, far(B), &audio(n, &[0xBB; 160]));
        world.run(20);
    }
    let b = to(&world, B);
    assert_eq!(to(&world, A).len(), 6);
    assert!(b[..3].iter().all(|s| s.payload != [0xAA; 160]), "the announcement");
    assert!(b[3..].iter().all(|s| s.payload == [0xAA; 160]) && b.len() >= 5, "then the bridge");
    assert!(b.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)));
    assert!(b.windows(2).all(|w| (1..2000).contains(&w[1].timestamp.wrapping_sub(w[0].timestamp))));
}

#[test]
fn from_menu_to_bridge_and_back_audio_and_digits_work() {
    let mut world = World::agreed();
    let payload = TelephoneEvent { event: 1, end: true, volume: 10, duration: 160 }.to_bytes();
    let mut seq = 0;
    for round in 0..3u32 {
        world.play(A, &[prompt("odd")], false);
        world.run(200);
        let key = Packet { timestamp: round * 100_000, ..event(seq, &payload) };
        world.packet(A, far(A), &key);
        world.command(Command::Bridge { a: A, b: B });
        for _ in 0..5 {
            seq += 1;
            world.packet(A, far(A), &Packet { timestamp: round * 100_000 + 800, ..audio(seq, &[1; 160]) });
            world.packet(B, far(B), &audio(seq, &[2; 160]));
            world.run(20);
        }
        world.command(Command::Unbridge { leg: if round == 1 { A } else { B } });
        world.packet(A, far(A), &audio(seq + 1, &[1; 160]));
        seq += 2;
        world.run(1500);
    }
    assert_eq!(world.digits(A), "111");
    let a = to(&world, A);
    assert_eq!(a.len(), 3 * (3 + 5));
    assert!(a.windows(2).all(|w| w[1].seq == w[0].seq.wrapping_add(1)));
    assert!(a.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) < 100_000));
    assert_eq!(to(&world, B).len(), 3 * 5);
}

#[test]
fn a_side_on_hold_is_sent_nothing_and_taken_nothing_from() {
    let mut world = joined();
    world.configure(B, super::Settings { direction: Direction::Inactive, ..settings(B) });
    world.packet(A, far(A), &audio(0, &[1; 160]));
    world.packet(B, far(B), &audio(0, &[1; 160]));
    assert!(world.sent.is_empty());
    world.configure(B, settings(B));
    world.packet(A, far(A), &audio(1, &[1; 160]));
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn closing_one_side_or_joining_another_parts_a_bridge() {
    let mut world = joined();
    world.command(Command::Close { leg: B });
    world.packet(A, far(A), &audio(0, &[1; 160]));
    assert!(world.sent.is_empty());
    let c = super::LegKey(3);
    world.command(Command::Open { leg: c, ssrc: 3, first_seq: 0, first_timestamp: 0, cname: "c".into() });
    world.configure(c, settings(c));
    world.packet(A, far(A), &audio(1, &[1; 160]));
    assert!(world.sent.is_empty(), "a reused slot is nobody's peer");
    world.command(Command::Bridge { a: c, b: A });
    world.packet(A, far(A), &audio(2, &[1; 160]));
    assert_eq!(to(&world, c).len(), 1);
}

#[test]
fn after_stop_the_next_packet_is_the_bridges() {
    let mut world = joined();
    world.play(B, &[prompt("second")], false);
    world.run(50);
    world.command(Command::Stop { leg: B });
    let announced = to(&world, B).len();
    world.packet(A, far(A), &audio(0, &[0xAA; 160]));
    assert_eq!(to(&world, B).len(), announced + 1);
    world.run(1000);
    assert_eq!(to(&world, B).len(), announced + 1);
}

#[test]
fn who_is_joined_to_another_is_parted_from_the_one_before() {
    let mut world = joined();
    let c = super::LegKey(3);
    world.command(Command::Open { leg: c, ssrc: 3, first_seq: 0, first_timestamp: 0, cname: "c".into() });
    world.configure(c, settings(c));
    world.command(Command::Bridge { a: A, b: c });
    world.packet(B, far(B), &audio(0, &[1; 160]));
    assert!(world.sent.is_empty(), "B is alone");
    world.packet(c, far(c), &audio(0, &[1; 160]));
    world.packet(A, far(A), &audio(0, &[1; 160]));
    assert_eq!((to(&world, A).len(), to(&world, c).len()), (1, 1));
}
