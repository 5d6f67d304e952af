//! The pool of RTP ports: pairs of an even port and its next, the one that rested longest first.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// Free pairs by their even port. A closed pair goes to the end of the line, so that late packets of
/// its last call find nobody for as long as other pairs last.
#[derive(Debug)]
pub(super) struct Ports {
    resting: VecDeque<u16>,
    pairs: usize,
}

impl Ports {
    /// The pairs of this range.
    pub(super) fn new(range: &RangeInclusive<u16>) -> Ports {
        let last = *range.end();
        let resting: VecDeque<u16> =
            range.clone().filter(|port| port % 2 == 0 && *port != 0 && *port < last).collect();
        Ports { pairs: resting.len(), resting }
    }

    /// All pairs, in use or not.
    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// Pairs not in use.
    pub(super) fn free(&self) -> usize {
        self.resting.len()
    }

    /// Takes the pair that has rested longest.
    pub(super) fn take(&mut self) -> Option<u16> {
        self.resting.pop_front()
    }

    /// Gives a pair back.
    pub(super) fn give_back(&mut self, port: u16) {
        self.resting.push_back(port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(range: RangeInclusive<u16>) -> Vec<u16> {
        Ports::new(&range).resting.into()
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
        let mut ports = Ports::new(&(20_000..=20_005));
        let first = ports.take().expect("a pair");
        ports.give_back(first);
        let next = [ports.take(), ports.take(), ports.take(), ports.take()];
        assert_eq!(next, [Some(20_002), Some(20_004), Some(first), None]);
        assert_eq!((ports.free(), ports.pairs()), (0, 3));
    }
}
