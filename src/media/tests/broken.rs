//! A rule that breaks in one stream, and what the others notice: nothing.

use super::*;
use crate::base::{RecordingLimits, fault};
use crate::media::RecordingKey;

fn recorded() -> World {
    let mut world = World::agreed();
    world.command(Command::Bridge { a: A, b: B });
    let second = Duration::from_secs(1);
    let limits = RecordingLimits { most: 60 * second, silence: 60 * second, least: Duration::ZERO };
    world.command(Command::Record { leg: A, recording: RecordingKey(3), name: "a-1".into(), limits });
    world
}

fn assert_only_a_is_broken(mut world: World) {
    assert!(world.has(&Event::Broken { leg: A }));
    let end = Take::End { recording: RecordingKey(3), keep: true, complete: false };
    assert!(world.takes.contains(&end), "whoever keeps the recording hears of its end: {:?}", world.takes);
    world.sent.clear();
    world.packet(A, far(A), &audio(9, &[1; 160]));
    world.packet(B, far(B), &audio(9, &[1; 160]));
    world.play(A, &[prompt("second")], false);
    world.play(B, &[prompt("second")], false);
    world.run(490);
    assert_eq!(world.sent.len(), 25, "the other stream's 20 ms, and nothing of the broken one");
    assert!(world.sent.iter().all(|sent| sent.leg == B));
    assert_eq!(world.close(A).received, 0);
    assert_eq!(world.close(B).received, 1);
}

#[test]
fn a_packet_that_breaks_a_rule_silences_its_stream_alone() {
    let mut world = recorded();
    fault::arm("stream", A.0);
    world.packet(A, far(A), &audio(1, &[1; 160]));
    assert!(world.sent.is_empty());
    assert_only_a_is_broken(world);
}

#[test]
fn a_tick_that_breaks_a_rule_silences_its_stream_alone() {
    let mut world = recorded();
    world.play(A, &[prompt("second")], true);
    fault::arm("stream", A.0);
    world.run(100);
    assert_only_a_is_broken(world);
}
