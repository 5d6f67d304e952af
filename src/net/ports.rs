//! The pool of RTP ports: pairs of an even port and its next, the one that rested longest first.

use crate::base::Instant;
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Free pairs by their even port. A closed pair goes to the end of the line and rests there, so that
/// late packets of its last call find nobody, however few pairs there are.
#[derive(Debug)]
pub(super) struct Ports {
    /// From when on a pair may be taken: in order, since all rest equally long.
    resting: VecDeque<(Instant, u16)>,
    rest: Duration,
    pairs: usize,
}

impl Ports {
    /// The pairs of this range, none of which was used yet.
    pub(super) fn new(range: &RangeInclusive<u16>, rest: Duration) -> Ports {
        let last = *range.end();
        let even = range.clone().filter(|port| port % 2 == 0 && *port != 0 && *port < last);
        let resting: VecDeque<_> = even.map(|port| (Instant::ZERO, port)).collect();
        Ports { pairs: resting.len(), resting, rest }
    }

    /// All pairs, in use or not.
    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// Pairs not in use, those that still rest among them.
    pub(super) fn free(&self) -> usize {
        self.resting.len()
    }

    /// Takes the pair that has rested longest; none: every pair is in use or rests.
    pub(super) fn take(&mut self, now: Instant) -> Option<u16> {
        self.resting.pop_front_if(|(from, _)| *from <= now).map(|(_, port)| port)
    }

    /// Gives a pair back, whose rest begins.
    pub(super) fn give_back(&mut self, now: Instant, port: u16) {
        self.resting.push_back((now + self.rest, port));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(10);

    fn pairs(range: RangeInclusive<u16>) -> Vec<u16> {
        Ports::new(&range, REST).resting.into_iter().map(|(_, port)| port).collect()
    }

    #[test]
    fn only_an_even_port_with_a_next_one_in_the_range_is_a_pair() {
        assert_eq!(pairs(20_001..=20_006), [20_002, 20_004]);
        assert_eq!(pairs(20_000..=20_000), [0; 0]);
        assert_eq!(pairs(65_532..=65_535), [65_532, 65_534]);
        assert_eq!(pairs(0..=3), [2], "port 0 means any port");
    }

    #[test]
    fn a_closed_pair_rests_until_every_other_was_used() {
        let (mut ports, now) = (Ports::new(&(20_000..=20_005), Duration::ZERO), Instant::ZERO);
        let first = ports.take(now).expect("a pair");
        ports.give_back(now, first);
        let next = [ports.take(now), ports.take(now), ports.take(now), ports.take(now)];
        assert_eq!(next, [Some(20_002), Some(20_004), Some(first), None]);
        assert_eq!((ports.free(), ports.pairs()), (0, 3));
    }

    #[test]
    fn a_closed_pair_is_nobodys_for_its_rest_even_where_there_is_no_other() {
        let mut ports = Ports::new(&(20_000..=20_001), REST);
        let (first, closed) = (ports.take(Instant::ZERO), Instant::from_millis(500));
        ports.give_back(closed, 20_000);
        assert_eq!(ports.take(closed + (REST - Duration::from_millis(1))), None);
        assert_eq!((ports.free(), ports.take(closed + REST)), (1, first));
    }
}
