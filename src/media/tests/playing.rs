//! Prompts, pauses and their packets.

use super::{
    A, B, Clip, Codec, Command, Direction, Duration, Event, Instant, PLAY, Sent, World, far, library, prompt,
    samples_of, settings,
};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use std::sync::Arc;

fn assert_contiguous(sent: &[Sent]) {
    for pair in sent.windows(2) {
        assert_eq!(pair[1].at - pair[0].at, Duration::from_millis(20));
        assert_eq!(pair[1].seq, pair[0].seq.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
        assert!(!pair[1].marker);
    }
}

#[test]
fn a_prompt_leaves_in_twenty_millisecond_packets_and_is_done_with_the_last() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(2000);
    assert_eq!(world.sent.len(), 50);
    assert!(world.sent[0].marker && world.sent[0].ssrc == 1 && world.sent[0].to == far(A));
    assert_contiguous(&world.sent);
    assert_eq!(world.events, [(world.sent[49].at, Event::PlayDone { leg: A, play: PLAY })]);
    let mut expected = Vec::new();
    Codec::Pcmu.decode(
        &library().encoded(&crate::base::PromptId::new("second"), crate::base::Language::Ja).unwrap()
            [Codec::Pcmu as usize]
            .clone()
            .unwrap(),
        &mut expected,
    );
    assert_eq!(samples_of(Codec::Pcmu, &world.sent), expected);
}

#[test]
fn clips_are_joined_to_the_sample() {
    let mut world = World::agreed();
    let pause = Clip::Pause(Duration::from_millis(5));
    world.play(A, &[prompt("odd"), pause, prompt("one"), prompt("odd")], false);
    world.run(1000);
    let heard = samples_of(Codec::Pcmu, &world.sent);
    assert_eq!(heard.len(), 800, "741 samples and silence to the end of the packet");
    assert!(heard[..350].iter().all(|s| (4800..5300).contains(s)));
    assert!(heard[350..390].iter().all(|s| *s == 0));
    assert!((8700..9300).contains(&heard[390]));
    assert!(heard[391..741].iter().all(|s| (4800..5300).contains(s)));
    assert!(heard[741..].iter().all(|s| *s == 0));
}

#[test]
fn after_stop_nothing_leaves_and_nothing_is_done() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(110);
    world.command(Command::Stop { leg: A });
    let left = world.sent.len();
    world.run(3000);
    assert_eq!((left, world.sent.len()), (6, 6));
    assert!(world.events.is_empty());
}

#[test]
fn stop_under_a_key_lets_the_key_end_and_nothing_else() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    let digits = vec![super::digit('1')];
    world.command(Command::PressKeys { leg: A, digits, hold: Duration::from_millis(100), inband: false });
    world.run(30);
    world.command(Command::Stop { leg: A });
    world.run(2000);
    assert!(world.sent.iter().all(|s| s.payload_type == super::EVENTS));
    assert!(world.sent.last().is_some_and(|s| s.event().end));
    assert!(world.events.is_empty());
}

#[test]
fn the_next_playout_goes_on_without_a_gap_and_without_a_marker() {
    let mut world = World::agreed();
    world.play(A, &[prompt("odd")], false);
    world.run(45);
    assert!(world.has(&Event::PlayDone { leg: A, play: PLAY }));
    world.play(A, &[prompt("odd")], false);
    world.run(1000);
    assert_eq!(world.sent.len(), 6);
    assert_contiguous(&world.sent);
}

#[test]
fn after_a_silence_the_timestamp_has_moved_on_and_the_marker_is_set() {
    let mut world = World::agreed();
    world.play(A, &[prompt("one")], false);
    world.run(5007);
    world.play(A, &[prompt("one")], false);
    world.run(100);
    let [first, second] = world.sent.as_slice() else { panic!("{:?}", world.sent) };
    assert!(second.marker);
    assert_eq!(second.seq, first.seq.wrapping_add(1));
    assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 5007 * 8);
}

#[test]
fn a_repeated_playout_goes_round_without_a_seam_until_stopped() {
    let mut world = World::agreed();
    world.play(A, &[prompt("odd")], true);
    world.run(10_000);
    let heard = samples_of(Codec::Pcmu, &world.sent);
    assert_eq!(world.sent.len(), 501);
    assert!(heard.iter().all(|s| (4800..5300).contains(s)));
    assert!(world.events.is_empty());
}

#[test]
fn ringback_is_a_second_of_tone_and_two_of_silence() {
    let mut world = World::agreed();
    world.play(A, &[Clip::Ringback], false);
    world.run(4000);
    let heard = samples_of(Codec::Pcmu, &world.sent);
    assert_eq!(heard.len(), 24_000);
    assert!(heard[..8000].iter().any(|s| *s > 3000) && heard[8000..].iter().all(|s| *s == 0));
}

#[test]
fn a_missing_prompt_is_told_and_left_out_and_nothing_at_all_is_done_at_once() {
    let mut world = World::agreed();
    world.play(A, &[prompt("nowhere"), prompt("one")], false);
    assert!(world.has(&Event::MissingClip { leg: A, clip: prompt("nowhere") }));
    world.run(100);
    assert_eq!(world.sent.len(), 1);
    world.events.clear();
    world.play(A, &[prompt("nowhere")], false);
    assert!(world.has(&Event::PlayDone { leg: A, play: PLAY }));
    world.play(A, &[], true);
    world.run(1000);
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn a_play_before_the_answer_waits_for_it() {
    let mut world = World::open();
    world.play(A, &[prompt("one")], false);
    world.run(500);
    assert!(world.sent.is_empty() && world.events.is_empty());
    world.configure(A, settings(A));
    world.run(100);
    assert_eq!(world.sent.len(), 1);
}

#[test]
fn on_hold_a_playout_goes_on_unheard() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(199);
    world.configure(A, super::Settings { direction: Direction::RecvOnly, ..settings(A) });
    world.run(400);
    assert_eq!(world.sent.len(), 10);
    world.configure(A, settings(A));
    world.run(2000);
    assert_eq!(world.sent.len(), 30);
    let (before, after) = (&world.sent[9], &world.sent[10]);
    assert!(after.marker);
    assert_eq!(after.seq, before.seq.wrapping_add(1));
    assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 21 * 160);
    assert_eq!(world.events.len(), 1);
}

#[test]
fn a_codec_change_takes_effect_with_the_next_packet_and_numbers_go_on() {
    let mut world = World::agreed();
    world.play(A, &[prompt("odd"), prompt("odd")], false);
    world.run(39);
    world.configure(A, super::Settings { codec: Codec::Pcma, payload_type: 8, ..settings(A) });
    world.run(1000);
    assert_contiguous(&world.sent);
    let types: Vec<u8> = world.sent.iter().map(|s| s.payload_type).collect();
    assert_eq!(types, [0, 0, 8, 8, 8]);
    let heard = samples_of(Codec::Pcma, &world.sent[2..]);
    assert!(heard[..380].iter().all(|s| (4700..5400).contains(s)));
}

#[test]
fn a_replaced_library_leaves_playouts_in_progress_alone() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(100);
    world.plane.replace_library(Arc::default());
    world.run(2000);
    assert_eq!(world.sent.len(), 50);
    world.play(A, &[prompt("second")], false);
    assert!(world.has(&Event::MissingClip { leg: A, clip: prompt("second") }));
}

#[test]
fn a_late_tick_catches_up_by_a_few_packets_and_a_very_late_one_starts_anew() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(30);
    world.now = world.now + Duration::from_millis(55);
    world.plane.handle_deadline(world.now);
    world.drain();
    assert_eq!(world.sent.len(), 5, "due at 0, 20, 40, 60, 80");
    assert!(world.sent.windows(2).all(|w| w[1].timestamp == w[0].timestamp.wrapping_add(160)));
    world.now = world.now + Duration::from_millis(500);
    world.plane.handle_deadline(world.now);
    world.drain();
    assert_eq!(world.sent.len(), 6);
    assert!(world.sent[5].marker);
    world.run(2000);
    assert_eq!(world.sent.len(), 50, "nothing of the prompt is lost");
}

#[test]
fn each_stream_keeps_its_own_phase() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    world.run(7);
    world.play(B, &[prompt("second")], false);
    world.run(900);
    for leg in [A, B] {
        let of_leg: Vec<Sent> = world.sent.iter().filter(|s| s.leg == leg).cloned().collect();
        assert_contiguous(&of_leg);
    }
    let first = |leg| world.sent.iter().find(|s| s.leg == leg).map(|s| s.at);
    assert_eq!(first(A).zip(first(B)).map(|(a, b)| b - a), Some(Duration::from_millis(7)));
}

#[test]
fn samples_from_memory_are_encoded_as_they_go() {
    let mut world = World::agreed();
    let samples: Arc<[i16]> = vec![3000; 400].into();
    world.command(Command::PlayPcm { leg: A, play: PLAY, samples, repeat: false });
    world.run(1000);
    let heard = samples_of(Codec::Pcmu, &world.sent);
    assert!(heard[..400].iter().all(|s| (2900..3100).contains(s)) && heard[400..].iter().all(|s| *s == 0));
    assert!(world.has(&Event::PlayDone { leg: A, play: PLAY }));
}

proptest! {
    #[test]
    fn whatever_is_played_and_stopped_packets_never_overlap_nor_repeat_a_number(
        script in proptest::collection::vec((0u64..200, 0u8..6), 1..30)
    ) {
        let mut world = World::agreed();
        for (wait, what) in script {
            world.run(wait);
            match what {
                0 => world.command(Command::Stop { leg: A }),
                1 => world.play(A, &[prompt("second")], false),
                2 => world.play(A, &[prompt("odd"), prompt("one")], true),
                3 => world.command(Command::PressKeys {
                    leg: A,
                    digits: vec![super::digit('5')],
                    hold: Duration::from_millis(60),
                    inband: true,
                }),
                4 => world.configure(A, super::Settings { direction: Direction::Inactive, ..settings(A) }),
                _ => world.configure(A, settings(A)),
            }
        }
        world.run(100);
        for pair in world.sent.windows(2) {
            prop_assert_eq!(pair[1].seq, pair[0].seq.wrapping_add(1));
            let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
            prop_assert!((160..1_000_000).contains(&step), "{}", step);
            prop_assert!(pair[1].at - pair[0].at >= Duration::from_millis(20));
            prop_assert_eq!(pair[1].marker, step != 160);
        }
        prop_assert!(world.now > Instant::ZERO);
    }
}

#[test]
fn prompts_keys_and_pauses_are_played_in_the_legs_codec() {
    let mut world = World::agreed();
    world.configure(A, super::Settings { codec: Codec::G722, payload_type: 9, ..settings(A) });
    world.play(A, &[prompt("second"), Clip::Pause(Duration::from_millis(30)), prompt("second")], false);
    world.run(3_000);
    assert_eq!(world.sent.len(), 102, "2.03 s");
    assert!(world.sent.iter().all(|s| s.payload_type == 9 && s.payload.len() == 160));
    assert_contiguous(&world.sent);
    let bytes: Vec<u8> = world.sent.iter().flat_map(|s| s.payload.clone()).collect();
    let mut heard = Vec::new();
    Codec::G722.decode(&bytes, &mut heard);
    let is_second =
        |heard: &[i16]| heard.iter().enumerate().all(|(n, s)| (s - 1_000 - n as i16 / 16).abs() < 250);
    assert!(is_second(&heard[..8_000][400..].iter().map(|s| s - 25).collect::<Vec<_>>()));
    assert!(heard[8_100..8_240].iter().all(|s| s.abs() < 250), "the pause");
}

#[test]
fn packets_are_as_long_as_the_far_side_wants_them() {
    for ms in [10, 20, 30, 40, 60] {
        let mut world = World::agreed();
        world.configure(A, super::Settings { ptime: Duration::from_millis(ms), ..settings(A) });
        world.play(A, &[prompt("second")], false);
        world.run(2_000);
        let length = ms as usize * 8;
        assert_eq!(world.sent.len(), 8_000usize.div_ceil(length), "{ms}");
        assert!(world.sent.iter().all(|s| s.payload.len() == length));
        assert!(world.sent.windows(2).all(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) == length as u32));
    }
}
