//! Deadlines of many machines in the order they fall due.

use crate::base::{Deadline, Instant};
use std::collections::{BTreeMap, BTreeSet};

/// At most one deadline for each key. Ties fall due in key order, so that a run repeats.
#[derive(Debug)]
pub(super) struct Agenda<K> {
    order: BTreeSet<(Deadline, K)>,
    of: BTreeMap<K, Deadline>,
}

impl<K: Ord + Copy> Agenda<K> {
    pub(super) fn new() -> Self {
        Agenda { order: BTreeSet::new(), of: BTreeMap::new() }
    }

    /// Replaces the key's deadline; `None` disarms it.
    pub(super) fn set(&mut self, key: K, deadline: Option<Deadline>) {
        if let Some(old) = self.of.remove(&key) {
            self.order.remove(&(old, key));
        }
        if let Some(new) = deadline {
            self.of.insert(key, new);
            self.order.insert((new, key));
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Deadline> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the keys whose deadline has come, earliest first; they are disarmed. What is armed for the
    /// same moment meanwhile waits for the next call, so that no key can keep its caller busy for ever.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<K> {
        let due: Vec<K> = self.order.iter().take_while(|(d, _)| d.at <= now).map(|(_, key)| *key).collect();
        for key in &due {
            self.set(*key, None);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Option<Deadline> {
        Some(Deadline { at: Instant::from_millis(ms), why: "test" })
    }

    #[test]
    fn keys_fall_due_in_order_and_a_disarmed_key_never_does() {
        let mut agenda = Agenda::new();
        agenda.set(1, at(30));
        agenda.set(2, at(10));
        agenda.set(3, at(20));
        agenda.set(3, None);
        agenda.set(2, at(40));
        assert_eq!(agenda.next(), at(30));
        assert!(agenda.take_due(Instant::from_millis(29)).is_empty());
        assert_eq!(agenda.take_due(Instant::from_millis(50)), [1, 2]);
        assert_eq!(agenda.next(), None);
    }
}
