//! When which stream wants to be called: one ordered queue for all streams of a plane.

use crate::base::{Deadline, Instant};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// Index of a stream in its plane.
pub(super) type Slot = u32;

/// A queue in which every slot has at most one valid entry; outdated ones are skipped when they
/// come up, because moving a deadline inside a heap costs more than leaving it behind.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    queue: BinaryHeap<Reverse<(Instant, Slot)>>,
    wanted: Vec<Option<Deadline>>,
}

impl Schedule {
    /// The stream wants to be called then, and at no other moment; `None`: not at all.
    pub(super) fn set(&mut self, slot: Slot, deadline: Option<Deadline>) {
        let index = slot as usize;
        if self.wanted.len() <= index {
            self.wanted.resize(index + 1, None);
        }
        let before = std::mem::replace(&mut self.wanted[index], deadline);
        if let Some(deadline) = deadline
            && before.map(|b| b.at) != Some(deadline.at)
        {
            self.queue.push(Reverse((deadline.at, slot)));
        }
        self.skip_outdated();
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Deadline> {
        let Reverse((_, slot)) = self.queue.peek()?;
        self.wanted.get(*slot as usize).copied().flatten()
    }

    /// Takes the slot of the earliest deadline that has come; it wants nothing until `set` again.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Slot> {
        let top = self.queue.peek_mut()?;
        let Reverse((at, slot)) = *top;
        if at > now {
            return None;
        }
        PeekMut::pop(top);
        self.wanted[slot as usize] = None;
        self.skip_outdated();
        Some(slot)
    }

    /// Keeps the top of the queue valid.
    fn skip_outdated(&mut self) {
        while let Some(top) = self.queue.peek_mut() {
            let Reverse((at, slot)) = *top;
            if self.wanted.get(slot as usize).copied().flatten().is_some_and(|d| d.at == at) {
                return;
            }
            PeekMut::pop(top);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Option<Deadline> {
        Some(Deadline { at: Instant::from_millis(ms), why: "test" })
    }

    #[test]
    fn slots_come_in_order_of_time_and_a_moved_deadline_counts_once() {
        let mut schedule = Schedule::default();
        schedule.set(2, at(30));
        schedule.set(0, at(20));
        schedule.set(1, at(10));
        schedule.set(1, at(25));
        schedule.set(3, at(5));
        schedule.set(3, None);
        assert_eq!(schedule.next(), at(20));
        let mut order = Vec::new();
        while let Some(slot) = schedule.pop_due(Instant::from_millis(100)) {
            order.push(slot);
        }
        assert_eq!(order, [0, 1, 2]);
        assert_eq!(schedule.next(), None);
    }

    #[test]
    fn a_deadline_moved_away_and_back_is_one_entry() {
        let mut schedule = Schedule::default();
        for _ in 0..3 {
            schedule.set(0, at(10));
            schedule.set(0, at(20));
        }
        assert_eq!(schedule.pop_due(Instant::from_millis(20)), Some(0));
        assert_eq!(schedule.pop_due(Instant::from_millis(20)), None);
    }

    #[test]
    fn a_deadline_said_again_takes_no_room() {
        let mut schedule = Schedule::default();
        for _ in 0..1000 {
            schedule.set(0, at(10));
        }
        assert_eq!(schedule.queue.len(), 1);
    }
}
