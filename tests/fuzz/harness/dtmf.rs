//! Reports of keys in any order, as telephone-events and by INFO: never more digits than keys.
//!
//! The input is a list of reports of five bytes: event, flags (0x80 end, 0x40 a new key, 0x20 by INFO, 0x10 another
//! stream's numbers, 0x0f how many copies), duration (two bytes), milliseconds until the next.

use madoguchi::base::Digit;
use madoguchi::media::{Command, Event, Output, Port};
use madoguchi::rtp::{self, Packet, TelephoneEvent};
use std::collections::BTreeSet;

/// No panic; at most a digit for each key that was begun, whatever is lost, doubled or late.
pub fn run(input: &[u8]) -> bool {
    let mut world = world::agreed();
    let (mut timestamp, mut sequence) = (1_000u32, 1u16);
    let mut keys = BTreeSet::new();
    let (mut by_info, mut digits) = (0, 0);
    for report in input.chunks_exact(5) {
        let [event, flags, high, low, pause] = *report else { continue };
        if flags & 0x40 != 0 {
            timestamp = timestamp.wrapping_add(u32::from(pause).max(1) * 8);
        }
        if flags & 0x20 != 0 {
            if let Some(digit) = Digit::from_event(event) {
                by_info += 1;
                world.plane.handle_command(world.now, Command::DigitFromInfo { leg: world::LEGS[0], digit });
            }
        } else {
            let ssrc = 7 + u32::from(flags >> 4 & 1);
            let end = flags & 0x80 != 0;
            let duration = u16::from_be_bytes([high, low]);
            let payload = TelephoneEvent { event, end, volume: 10, duration }.to_bytes();
            keys.extend((event < 16).then_some((ssrc, timestamp, event)));
            for _ in 0..=flags & 0x0f {
                sequence = sequence.wrapping_add(1);
                let packet =
                    Packet { payload_type: 101, marker: false, sequence, timestamp, ssrc, payload: &payload };
                let mut bytes = Vec::new();
                rtp::write_into(&packet, &mut bytes);
                world.plane.handle_packet(world.now, world::LEGS[0], Port::Rtp, world::FAR[0], &bytes);
            }
        }
        world.wait(u64::from(pause));
        let pressed = |output: &Output| matches!(output, Output::Event(Event::Digit { .. }));
        digits += world.drain().iter().filter(|output| pressed(output)).count();
    }
    assert!(digits <= keys.len() + by_info, "{digits} digits of {} keys and {by_info} INFOs", keys.len());
    world.close();
    digits > 0
}

/// Two streams that are agreed and bridged, in virtual time.
pub mod world {
    use madoguchi::audio::{Codec, LibraryBuilder, Wishes};
    use madoguchi::base::{Instant, LegKey, Rng};
    use madoguchi::media::{Carried, Command, Direction, Event, Output, Plane, Settings};
    use madoguchi::sdp::Events;
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};
    use std::sync::Arc;
    use std::time::Duration;

    /// The streams' legs.
    pub const LEGS: [LegKey; 2] = [LegKey(1), LegKey(2)];
    /// Where their far sides are.
    pub const FAR: [SocketAddr; 2] = [at(1), at(2)];
    /// Somebody else.
    pub const STRANGER: SocketAddr = at(66);

    const fn at(host: u8) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)), 4000)
    }

    /// A plane, and its moment.
    pub struct World {
        /// The plane.
        pub plane: Plane,
        /// Now.
        pub now: Instant,
    }

    /// Both streams agreed on PCMU and telephone-event, and bridged.
    pub fn agreed() -> World {
        let plane = Plane::new(Arc::new(LibraryBuilder::new().build()), Rng::from_seed(1));
        let mut world = World { plane, now: Instant::from_millis(1_000) };
        for (leg, far) in LEGS.into_iter().zip(FAR) {
            let open = Command::Open { leg, ssrc: 1, first_seq: 1, first_timestamp: 1, cname: "x".into() };
            world.plane.handle_command(world.now, open);
            world.plane.handle_command(world.now, Command::Configure { leg, settings: settings(far) });
        }
        world.plane.handle_command(world.now, Command::Bridge { a: LEGS[0], b: LEGS[1] });
        world.plane.handle_command(world.now, Command::Listen { leg: LEGS[0], on: true });
        world.drain();
        world
    }

    /// What a stream is agreed on that far side.
    pub fn settings(far: SocketAddr) -> Settings {
        let opus = Codec::from_encoding_name("opus");
        Settings {
            remote_rtp: far,
            remote_rtcp: SocketAddr::new(far.ip(), far.port() + 1),
            learn: false,
            codec: Codec::Pcmu,
            payload_type: 0,
            wishes: Wishes::default(),
            events: Some(Events { payload_type: 101, clock_hz: 8_000 }),
            direction: Direction::SendRecv,
            ptime: Duration::from_millis(20),
            inband: false,
            timeout: None,
            also: opus.map(|codec| (111, Carried::Audio(codec))).into_iter().collect(),
            keys: None,
            dtls: None,
            ice: None,
        }
    }

    impl World {
        /// Lets time pass, deadline by deadline.
        pub fn wait(&mut self, ms: u64) {
            let end = self.now + Duration::from_millis(ms);
            while let Some(due) = self.plane.poll_deadline().filter(|due| due.at <= end) {
                self.now = self.now.max(due.at);
                self.plane.handle_deadline(self.now);
            }
            self.now = end;
        }

        /// What came out.
        pub fn drain(&mut self) -> Vec<Output> {
            std::iter::from_fn(|| self.plane.poll_output()).collect()
        }

        /// Closes both streams, each of which says so once, and none of which broke.
        pub fn close(mut self) {
            for leg in LEGS {
                self.plane.handle_command(self.now, Command::Close { leg });
            }
            let outputs = self.drain();
            let closed = |output: &&Output| matches!(output, Output::Event(Event::Closed { .. }));
            assert_eq!(outputs.iter().filter(closed).count(), LEGS.len());
            assert_eq!(self.plane.stream_count(), 0);
        }
    }
}
