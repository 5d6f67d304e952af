//! Whose packets are taken, what is heard, RTCP, and the account at the end.

use super::{
    A, B, Codec, Command, Direction, Duration, Event, Instant, Packet, Port, SocketAddr, World, audio, far,
    prompt, settings,
};
use crate::base::Rng;
use crate::rtp::Rtcp;
use crate::rtp::rtcp::{self, ReportBlock};

const REAL: ([u8; 4], u16) = ([203, 0, 113, 9], 61_000);

#[test]
fn packets_from_anywhere_but_the_announced_address_are_strangers() {
    let mut world = World::agreed();
    world.command(Command::Bridge { a: A, b: B });
    for n in 0..20 {
        world.packet(A, REAL.into(), &audio(n, &[1; 160]));
        world.packet(A, SocketAddr::new(far(A).ip(), 4002), &audio(n, &[1; 160]));
    }
    assert!(world.sent.is_empty());
    let report = world.close(A);
    assert_eq!((report.strangers, report.received), (40, 0));
}

#[test]
fn a_learnt_address_is_sent_to_from_then_on() {
    let mut world = World::agreed();
    world.configure(A, super::Settings { learn: true, ..settings(A) });
    world.play(A, &[prompt("second")], false);
    world.run(50);
    for n in 0..5 {
        world.packet(A, REAL.into(), &audio(n, &[1; 160]));
        world.run(20);
    }
    world.run(2000);
    assert!(world.has(&Event::Learned { leg: A, remote: REAL.into() }));
    assert_eq!(world.sent[0].to, far(A));
    assert_eq!(world.sent.last().map(|s| s.to), Some(REAL.into()));
    let report = world.close(A);
    assert_eq!((report.strangers, report.received), (2, 3));
    assert_eq!(world.events.iter().filter(|(_, e)| matches!(e, Event::Learned { .. })).count(), 1);
}

#[test]
fn a_listener_hears_the_samples_in_order_with_silence_for_losses() {
    let mut world = World::agreed();
    world.command(Command::Listen { leg: A, on: true });
    for n in [0u16, 1, 3, 2, 5, 6, 7, 8] {
        let mut payload = Vec::new();
        Codec::Pcmu.encode(&[1000 * (n as i16 + 1); 160], &mut payload);
        world.packet(A, far(A), &audio(n, &payload));
        world.run(20);
    }
    world.command(Command::Listen { leg: A, on: false });
    let heard: Vec<i16> =
        world.heard.chunks(160).map(|c| (f64::from(c[0]) / 1000.0).round() as i16).collect();
    assert_eq!(heard, [1, 2, 3, 4, 0, 6, 7, 8, 9]);
    world.packet(A, far(A), &audio(9, &[1; 160]));
    assert_eq!(world.heard.len(), 9 * 160, "no longer listening");
}

#[test]
fn the_account_counts_what_was_sent_received_lost_and_malformed() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], false);
    for n in [0, 1, 4, 5] {
        world.packet(A, far(A), &audio(n, &[1; 160]));
        world.run(20);
    }
    world.run(2000);
    world.packet(A, far(A), &Packet { payload_type: 96, ..audio(6, &[1]) });
    world.plane.handle_packet(world.now, A, Port::Rtp, far(A), &[0x80, 0]);
    let at = world.plane.last_received(A);
    let report = world.close(A);
    assert_eq!((report.sent, report.received, report.lost, report.malformed), (50, 4, 2, 2));
    assert_eq!(at, Some(super::Instant::from_millis(1060)));
    assert_eq!(world.plane.stream_count(), 1);
    world.command(Command::Close { leg: A });
    assert_eq!(world.events.iter().filter(|(_, e)| matches!(e, Event::Closed { .. })).count(), 1);
}

#[test]
fn reports_go_out_every_few_seconds_and_a_goodbye_at_the_end() {
    let mut world = World::agreed();
    world.play(A, &[prompt("second")], true);
    world.run(60_000);
    let to_a = SocketAddr::new(far(A).ip(), 4001);
    let reports: Vec<_> = world.reports.iter().filter(|r| r.1 == Port::Rtcp && r.2 == to_a).collect();
    assert!((9..=20).contains(&reports.len()), "{}", reports.len());
    let first = rtcp::read(&reports[0].3).unwrap();
    assert!(matches!(first[0], Rtcp::SenderReport { ssrc: 1, packets: 50.., .. }), "{first:?}");
    assert_eq!(first[1], Rtcp::Name { ssrc: 1, cname: "engine".to_string() });
    world.close(A);
    let last = rtcp::read(&world.reports.last().unwrap().3).unwrap();
    assert_eq!(last.last(), Some(&Rtcp::Bye { ssrcs: vec![1] }));
    let count = world.reports.len();
    let sent = world.sent.len();
    world.command(Command::Close { leg: B });
    world.run(60_000);
    assert_eq!((world.reports.len(), world.sent.len()), (count + 1, sent), "nothing after the end");
    assert_eq!(world.plane.poll_deadline(), None);
}

#[test]
fn multiplexed_reports_leave_from_the_rtp_port() {
    let mut world = World::agreed();
    world.configure(A, super::Settings { remote_rtcp: far(A), ..settings(A) });
    world.close(A);
    assert!(matches!(world.reports.last(), Some((_, Port::Rtp, to, _)) if *to == far(A)));
}

#[test]
fn the_round_trip_comes_from_the_far_sides_report_on_either_port() {
    for port in [Port::Rtp, Port::Rtcp] {
        let mut world = World::agreed();
        world.play(A, &[prompt("second")], true);
        world.run(10_000);
        let (at, _, _, bytes) = world.reports.iter().find(|r| r.2.ip() == far(A).ip()).cloned().unwrap();
        let Rtcp::SenderReport { ntp, .. } = rtcp::read(&bytes).unwrap()[0] else { panic!("no SR") };
        let block = ReportBlock {
            ssrc: 1,
            last_sender_report: (ntp >> 16) as u32,
            delay_since_last_sender_report: ((world.now - at).as_secs_f64() * 65_536.0) as u32,
            ..ReportBlock::default()
        };
        world.run(40);
        let reply = rtcp::write(&[Rtcp::ReceiverReport { ssrc: 99, blocks: vec![block] }]);
        let from = if port == Port::Rtp { far(A) } else { SocketAddr::new(far(A).ip(), 4001) };
        world.plane.handle_packet(world.now, A, port, from, &reply);
        let trip = world.close(A).round_trip.unwrap();
        assert!((39..=41).contains(&trip.as_millis()), "{trip:?}");
    }
}

#[test]
fn before_the_answer_nothing_is_sent_and_nothing_is_taken() {
    let mut world = World::open();
    world.packet(A, far(A), &audio(0, &[1; 160]));
    world.command(Command::PressKeys {
        leg: A,
        digits: vec![super::digit('1')],
        hold: Duration::from_millis(100),
        inband: false,
    });
    world.run(30_000);
    let report = world.close(A);
    assert!(world.sent.is_empty() && world.reports.is_empty());
    assert_eq!((report.sent, report.received), (0, 0));
}

#[test]
fn commands_for_unknown_legs_are_ignored() {
    let mut world = World::agreed();
    let nobody = super::LegKey(77);
    world.play(nobody, &[prompt("one")], false);
    world.command(Command::Bridge { a: A, b: nobody });
    world.command(Command::Bridge { a: A, b: A });
    world.command(Command::Unbridge { leg: nobody });
    world.command(Command::Close { leg: nobody });
    world.packet(nobody, far(A), &audio(0, &[1]));
    assert!(world.sent.is_empty() && world.events.is_empty());
}

/// A DTLS ClientHello and fatal alert (RFC 6347 4.1), a STUN binding request (RFC 8489 5), an SRTP packet whose
/// tag nobody asked for: nothing of them was agreed here.
const UNINVITED: [&[u8]; 4] = [
    b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x10\x01\0\0\x04\0\0\0\0\0\0\0\x04\xfe\xfd\0\0",
    b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x02\x28",
    b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl",
    b"\x80\x60\0\x01\0\0\0\xa0\0\0\0\x07encrypted-and-tagged",
];

#[test]
fn dtls_hellos_and_stun_of_strangers_are_counted_and_change_nothing() {
    let stranger: SocketAddr = "198.51.100.6:7777".parse().unwrap();
    let mut world = World::agreed();
    world.configure(A, super::Settings { learn: true, ..settings(A) });
    for bytes in UNINVITED.repeat(50) {
        world.plane.handle_packet(world.now, A, Port::Rtp, stranger, bytes);
        world.drain();
    }
    assert!(world.events.is_empty() && world.sent.is_empty(), "{:?}", world.events);
    world.packet(A, far(A), &audio(0, &[1; 160]));
    let report = world.close(A);
    assert_eq!((report.strangers, report.received), (200, 1));
}

#[test]
fn no_number_of_bad_packets_ends_a_stream() {
    let mut world = World::agreed();
    for bytes in UNINVITED.repeat(2_500) {
        world.plane.handle_packet(world.now, A, Port::Rtp, far(A), bytes);
        world.drain();
    }
    assert!(world.events.is_empty(), "{:?}", world.events);
    world.packet(A, far(A), &audio(0, &[1; 160]));
    let report = world.close(A);
    assert_eq!((report.malformed, report.received), (10_000, 1));
}

#[test]
fn random_bytes_on_every_port_never_panic() {
    let mut rng = Rng::from_seed(4733);
    let mut world = World::agreed();
    world.configure(A, super::Settings { learn: true, inband: true, ..settings(A) });
    world.command(Command::Bridge { a: A, b: B });
    world.command(Command::Listen { leg: A, on: true });
    for _ in 0..50_000 {
        let mut bytes: Vec<u8> = (0..rng.below(64)).map(|_| rng.next_u32() as u8).collect();
        if let (Some(first), true) = (bytes.first_mut(), rng.chance(90)) {
            *first = 0x80 | (*first & 0x0F & rng.next_u32() as u8 & rng.next_u32() as u8);
        }
        if let (Some(second), true) = (bytes.get_mut(1), rng.chance(70)) {
            *second = [0, 101, 13, 200, 201, 203][rng.below(6) as usize];
        }
        let port = if rng.chance(80) { Port::Rtp } else { Port::Rtcp };
        world.plane.handle_packet(world.now, A, port, far(A), &bytes);
        world.drain();
        world.heard.clear();
        world.run(rng.below(5));
    }
    let report = world.close(A);
    assert!(report.received > 1000 && report.malformed > 1000, "{report:?}");
}

/// A stream that gives its far side a minute.
fn watched() -> World {
    let mut world = World::open();
    world.configure(A, watching(Direction::SendRecv));
    world
}

fn watching(direction: Direction) -> super::Settings {
    super::Settings { timeout: Some(Duration::from_secs(60)), direction, ..settings(A) }
}

fn losses(world: &World) -> Vec<u64> {
    let start = Instant::from_millis(1_000);
    let lost = world.events.iter().filter(|(_, event)| *event == Event::Lost { leg: A });
    lost.map(|(at, _)| (*at - start).as_secs()).collect()
}

#[test]
fn a_far_side_that_falls_silent_is_lost_once_a_minute_after_its_last_packet() {
    let mut world = watched();
    world.run(50_000);
    world.packet(A, far(A), &audio(0, &[1; 160]));
    world.run(300_000);
    assert_eq!(losses(&world), [110]);
    world.configure(A, watching(Direction::SendRecv));
    world.run(300_000);
    assert_eq!(losses(&world), [110], "told once");
}

#[test]
fn one_that_never_sends_is_lost_a_minute_after_the_answer() {
    let mut world = watched();
    world.run(59_000);
    world.packet(A, far(B), &audio(0, &[1; 160]));
    world.configure(A, watching(Direction::SendRecv));
    world.run(10_000);
    assert_eq!(losses(&world), [60], "neither a stranger nor another offer is a sign of life");
}

#[test]
fn reports_alone_are_signs_of_life() {
    let mut world = watched();
    let report = rtcp::write(&[Rtcp::ReceiverReport { ssrc: 9, blocks: Vec::new() }]);
    for _ in 0..5 {
        world.run(50_000);
        world.plane.handle_packet(world.now, A, Port::Rtcp, SocketAddr::new(far(A).ip(), 4001), &report);
    }
    assert!(losses(&world).is_empty());
    world.run(100_000);
    assert_eq!(losses(&world), [310]);
}

#[test]
fn on_hold_and_in_one_direction_silence_is_lawful_and_the_minute_begins_anew_after_it() {
    for direction in [Direction::SendOnly, Direction::RecvOnly, Direction::Inactive] {
        let mut world = watched();
        world.run(50_000);
        world.configure(A, watching(direction));
        world.run(600_000);
        assert!(losses(&world).is_empty(), "{direction:?}");
        world.configure(A, watching(Direction::SendRecv));
        world.run(100_000);
        assert_eq!(losses(&world), [710], "{direction:?}");
    }
}

#[test]
fn who_announced_silence_may_keep_it_ten_times_as_long() {
    let mut world = watched();
    world.packet(A, far(A), &Packet { payload_type: 13, ..audio(0, &[40]) });
    world.run(500_000);
    assert!(losses(&world).is_empty());
    world.packet(A, far(A), &audio(1, &[1; 160]));
    world.run(100_000);
    assert_eq!(losses(&world), [560]);
    let mut world = watched();
    world.packet(A, far(A), &Packet { payload_type: 13, ..audio(0, &[40]) });
    world.run(700_000);
    assert_eq!(losses(&world), [600]);
}
