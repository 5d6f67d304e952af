//! Key presses out of telephone-events (RFC 4733), keyed by SSRC, timestamp and event.
//!
//! Neither the marker nor the end bit is needed: the first packet of a key not seen before is the
//! press, every other packet of the same key (retransmitted ends, late ones, whatever its
//! duration says) is the same press.
//!
//! ```text
//!            packet of an unknown (SSRC, timestamp, event)
//!   (none) ------------------------------------------------> Down    report the digit
//!   Down   -- same key, end bit clear ----------------------> Down
//!   Down   -- same key, end bit set ------------------------> Up
//!   Up     -- same key, any --------------------------------> Up
//!   Down   -- same event, timestamp one full segment on ----> Down    (RFC 4733 2.5.1.3)
//! ```

use crate::base::Digit;
use crate::rtp::TelephoneEvent;
use std::collections::VecDeque;

/// Presses remembered, so that late and repeated packets are known.
const REMEMBERED: usize = 16;
/// From this duration on, an event may go on in a new segment with a later timestamp.
const SEGMENT: u16 = 0xFF00;

/// What a packet says about a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A key went down.
    Pressed(Digit),
    /// It still is.
    Held(Digit),
    /// It was released.
    Released(Digit),
}

/// The presses of one stream's telephone-events.
#[derive(Clone, Debug, Default)]
pub(super) struct EventPresses(VecDeque<Seen>);

#[derive(Clone, Copy, Debug)]
struct Seen {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    ended: bool,
    duration: u16,
}

impl EventPresses {
    /// Takes one packet. `None` where it says nothing new or is no key (flash and other events).
    pub(super) fn take(&mut self, ssrc: u32, timestamp: u32, event: TelephoneEvent) -> Option<Sign> {
        let digit = Digit::from_event(event.event)?;
        let seen = self.0.iter_mut().rev().find(|s| s.is(ssrc, timestamp, event.event));
        if let Some(seen) = seen {
            return seen.again(digit, event);
        }
        let continues = self.0.iter_mut().any(|s| s.ends_into(ssrc, timestamp, event.event));
        self.remember(Seen {
            ssrc,
            timestamp,
            code: event.event,
            ended: event.end,
            duration: event.duration,
        });
        Some(if continues { Sign::Held(digit) } else { Sign::Pressed(digit) })
    }

    fn remember(&mut self, seen: Seen) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(seen);
    }
}

impl Seen {
    fn is(&self, ssrc: u32, timestamp: u32, code: u8) -> bool {
        (self.ssrc, self.timestamp, self.code) == (ssrc, timestamp, code)
    }

    fn again(&mut self, digit: Digit, event: TelephoneEvent) -> Option<Sign> {
        let was_down = !self.ended;
        self.ended |= event.end;
        self.duration = self.duration.max(event.duration);
        match (was_down, event.end) {
            (true, true) => Some(Sign::Released(digit)),
            (true, false) => Some(Sign::Held(digit)),
            (false, _) => None,
        }
    }

    /// Whether this press runs on into a segment that starts at `timestamp`.
    fn ends_into(&mut self, ssrc: u32, timestamp: u32, code: u8) -> bool {
        let step = timestamp.wrapping_sub(self.timestamp);
        let full = (u32::from(SEGMENT)..=0x1_0000).contains(&step) && self.duration >= SEGMENT;
        let runs_on = self.ssrc == ssrc && self.code == code && !self.ended && full;
        self.ended |= runs_on;
        runs_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, proptest};

    fn packet(code: u8, duration: u16, end: bool) -> TelephoneEvent {
        TelephoneEvent { event: code, end, volume: 10, duration }
    }

    fn pressed(packets: &[(u32, TelephoneEvent)]) -> String {
        let mut presses = EventPresses::default();
        let signs = packets.iter().filter_map(|(ts, event)| presses.take(7, *ts, *event));
        signs.filter_map(|s| if let Sign::Pressed(d) = s { Some(d.as_char()) } else { None }).collect()
    }

    #[test]
    fn a_long_press_with_a_gap_in_its_durations_is_one_digit() {
        let durations = [160, 320, 480, 1696, 1856];
        let packets: Vec<_> = durations.iter().map(|d| (1000, packet(5, *d, false))).collect();
        assert_eq!(pressed(&packets), "5");
    }

    #[test]
    fn retransmitted_ends_are_one_press_and_a_lone_end_is_a_press() {
        assert_eq!(pressed(&[(9, packet(1, 800, true)); 3]), "1");
    }

    #[test]
    fn the_same_key_with_another_timestamp_is_a_second_press_even_without_an_end() {
        assert_eq!(pressed(&[(0, packet(1, 320, false)), (1600, packet(1, 160, false))]), "11");
    }

    #[test]
    fn a_straggler_of_the_last_press_is_no_new_press() {
        let packets = [(0, packet(1, 800, true)), (1600, packet(2, 160, false)), (0, packet(1, 640, false))];
        assert_eq!(pressed(&packets), "12");
    }

    #[test]
    fn a_press_longer_than_the_field_goes_on_in_segments() {
        let packets = [
            (0, packet(1, 160, false)),
            (0, packet(1, 0xFFFF, false)),
            (0xFFFF, packet(1, 160, false)),
            (0xFFFF, packet(1, 800, true)),
        ];
        assert_eq!(pressed(&packets), "1");
    }

    #[test]
    fn flash_and_fax_events_are_no_digits() {
        assert_eq!(pressed(&[(0, packet(16, 160, false)), (0, packet(36, 160, true))]), "");
    }

    /// The packets of each key as a phone sends them: 20 ms updates, three ends.
    fn feed(keys: &[u8]) -> Vec<(u32, TelephoneEvent)> {
        let mut packets = Vec::new();
        for (n, key) in (0u32..).zip(keys) {
            let updates = (1..=5).map(|u| packet(*key, u * 160, false));
            let ends = std::iter::repeat_n(packet(*key, 960, true), 3);
            packets.extend(updates.chain(ends).map(|p| (n * 1600, p)));
        }
        packets
    }

    proptest! {
        #[test]
        fn loss_duplication_and_reordering_leave_one_digit_a_press(
            (keys, fates) in proptest::collection::vec(0u8..16, 1..10).prop_flat_map(|keys| {
                let packets = keys.len() * 8;
                let fate = (0u32..100, 0u64..4, any::<bool>());
                (Just(keys), proptest::collection::vec(fate, packets))
            })
        ) {
            let mut sent: Vec<(u64, u32, TelephoneEvent)> = Vec::new();
            for (n, ((ts, event), (loss, delay, twice))) in (0u64..).zip(feed(&keys).into_iter().zip(&fates)) {
                // Late by at most four packets; the last packet of each press always arrives.
                if *loss >= 30 || n % 8 == 7 {
                    let copies = if *twice { 2 } else { 1 };
                    sent.extend(std::iter::repeat_n((n + delay, ts, event), copies));
                }
            }
            sent.sort_by_key(|(at, _, _)| *at);
            let packets: Vec<_> = sent.into_iter().map(|(_, ts, event)| (ts, event)).collect();
            let mut seen: Vec<char> = pressed(&packets).chars().collect();
            let mut wanted: Vec<char> =
                keys.iter().filter_map(|k| Digit::from_event(*k)).map(Digit::as_char).collect();
            // Delays of four packets can swap neighbouring presses, never lose or double one.
            seen.sort_unstable();
            wanted.sort_unstable();
            prop_assert_eq!(seen, wanted);
        }
    }
}
