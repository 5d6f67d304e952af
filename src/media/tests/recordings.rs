//! Recordings of a stream: what ends them, and that each ends once.

use super::{A, Codec, Command, Duration, Event, LegKey, Take, World, audio, far};
use crate::base::RecordingLimits;
use crate::media::RecordingKey;

const KEY: RecordingKey = RecordingKey(3);
const LIMITS: RecordingLimits = RecordingLimits {
    most: Duration::from_secs(5),
    silence: Duration::from_secs(2),
    least: Duration::from_millis(500),
};
const END: Take = Take::End { recording: KEY, keep: true, complete: true };

fn record(leg: LegKey) -> Command {
    Command::Record { leg, recording: KEY, name: "call-1".into(), limits: LIMITS }
}

/// A stream whose far side speaks for a second.
fn spoken() -> World {
    let mut world = World::agreed();
    world.command(record(A));
    let mut payload = Vec::new();
    Codec::Pcmu.encode(&[4_000; 160], &mut payload);
    for n in 0..50 {
        world.packet(A, far(A), &audio(n, &payload));
        world.run(20);
    }
    world
}

/// Samples recorded, and how it ended.
fn taken(world: &World) -> (usize, Vec<Take>) {
    let samples = world
        .takes
        .iter()
        .map(|take| if let Take::Samples { samples, .. } = take { samples.len() } else { 0 });
    let ends = world.takes.iter().filter(|take| matches!(take, Take::End { .. })).cloned();
    (samples.sum(), ends.collect())
}

#[test]
fn silence_ends_it_by_itself_and_says_so() {
    let mut world = spoken();
    assert_eq!(world.takes[0], Take::Begin { recording: KEY, name: "call-1".into() });
    world.run(1_900);
    assert!(taken(&world).1.is_empty());
    world.run(200);
    assert!(world.has(&Event::RecordingEnded { leg: A, recording: KEY }));
    assert_eq!(taken(&world), (8_000, vec![END]));
    world.run(10_000);
    world.close(A);
    assert_eq!(taken(&world), (8_000, vec![END]), "once");
}

#[test]
fn whoever_asked_for_it_may_end_it() {
    let mut world = spoken();
    world.command(Command::StopRecording { leg: A });
    assert_eq!(taken(&world), (8_000, vec![END]));
    assert!(!world.has(&Event::RecordingEnded { leg: A, recording: KEY }));
    world.command(Command::StopRecording { leg: A });
    assert_eq!(taken(&world).1.len(), 1);
}

#[test]
fn a_stream_that_closes_ends_its_recording() {
    let mut world = spoken();
    world.close(A);
    assert_eq!(taken(&world), (8_000, vec![END]));
}

#[test]
fn a_leg_that_is_gone_has_its_recording_ended_at_once() {
    let mut world = World::agreed();
    world.close(A);
    world.command(record(A));
    assert_eq!(world.takes, [Take::End { recording: KEY, keep: false, complete: true }]);
}

#[test]
fn a_new_recording_ends_the_one_before() {
    let mut world = spoken();
    world.command(record(A));
    assert_eq!(taken(&world).1, [END]);
    world.close(A);
    assert_eq!(taken(&world).1, [END, Take::End { recording: KEY, keep: false, complete: true }]);
}
