//! The order of a source's packets: the long index behind a short sequence number, and what was taken before
//! (RFC 3711 3.3.1, 3.3.2).

/// Packets behind the newest that are still told apart.
const WINDOW: u64 = 128;

/// How far a source has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// Index of the newest packet; `None` before the first.
    newest: Option<u64>,
    /// Bit n: the packet n before the newest was taken.
    taken: u128,
}

impl Order {
    /// The index of a packet with this sequence number: the nearest to the newest.
    pub(super) fn index_of(&self, sequence: u16) -> u64 {
        let Some(newest) = self.newest else { return u64::from(sequence) };
        let step = sequence.wrapping_sub(newest as u16) as i16;
        // Before the first packet of all there is nothing: such a number is of the next round.
        newest.checked_add_signed(i64::from(step)).unwrap_or(newest + u64::from(step as u16))
    }

    /// Whether it was taken, or is too old to tell.
    pub(super) fn was_taken(&self, index: u64) -> bool {
        let Some(newest) = self.newest.filter(|newest| index <= *newest) else { return false };
        let back = newest - index;
        back >= WINDOW || self.taken >> back & 1 == 1
    }

    /// Takes a packet. False: it was taken before, or may have been.
    pub(super) fn take(&mut self, index: u64) -> bool {
        if self.was_taken(index) {
            return false;
        }
        match self.newest {
            Some(newest) if index <= newest => self.taken |= 1 << (newest - index),
            newest => {
                let step = newest.map_or(WINDOW, |newest| index - newest);
                self.taken =
                    u32::try_from(step).ok().and_then(|step| self.taken.checked_shl(step)).unwrap_or(0) | 1;
                self.newest = Some(index);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_across_the_wrap_and_back() {
        let mut order = Order::default();
        assert!(order.take(order.index_of(65_534)));
        for (sequence, index) in [(65_535, 65_535), (1, 65_537), (0, 65_536), (2, 65_538)] {
            assert_eq!(order.index_of(sequence), index);
            assert!(order.take(index));
        }
        assert_eq!(order.index_of(65_535), 65_535);
        let mut fresh = Order::default();
        assert!(fresh.take(fresh.index_of(3)));
        assert_eq!(fresh.index_of(65_530), 65_530, "nothing is before the first round");
    }

    #[test]
    fn what_was_taken_or_is_too_old_is_not_taken_again() {
        let mut order = Order::default();
        for index in [1_000, 1_001, 1_003] {
            assert!(order.take(index) && !order.take(index));
        }
        assert!(order.take(1_002) && !order.take(1_002) && !order.take(1_000));
        assert!(order.take(2_000));
        assert!(!order.take(2_000 - WINDOW), "too old to tell");
        assert!(order.take(2_000 - WINDOW + 1));
    }
}
