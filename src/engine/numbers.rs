//! Case numbers set aside by the store and not yet given to a case.

use crate::case::{CaseNumber, ReservedNumbers};
use std::ops::Range;

/// How many are asked for at a time. What a process has not used when it ends is lost, of ten million.
const BLOCK: u64 = 4_000;
/// How many are left when more are asked for: a minute's calls, fifty a second, while the store gives none.
const LOW: u64 = 3_000;

#[derive(Debug, Default)]
pub(super) struct Numbers {
    reserved: ReservedNumbers,
    asked: bool,
}

impl Numbers {
    /// How many to ask the store for now: few are left, and none have been asked for.
    pub(super) fn wanted(&mut self) -> Option<u64> {
        let due = self.reserved.left() < LOW && !self.asked;
        self.asked |= due;
        due.then_some(BLOCK)
    }

    pub(super) fn add(&mut self, range: Range<u64>) {
        self.asked = false;
        self.reserved.add(range);
    }

    /// The next number; `None` until the store has answered.
    pub(super) fn take(&mut self) -> Option<CaseNumber> {
        self.reserved.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_asked_for_early_and_given_once() {
        let mut n = Numbers::default();
        assert_eq!(n.wanted(), Some(BLOCK));
        assert_eq!(n.wanted(), None, "asked already");
        n.add(0..2);
        let (a, b) = (n.take(), n.take());
        assert!(a.is_some() && b.is_some() && a != b);
        assert_eq!(n.take(), None);
        assert_eq!(n.wanted(), Some(BLOCK));
    }
}
