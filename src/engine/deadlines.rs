//! Which visit is due next: a sorted index, so that thousands of calls cost no scan.

use crate::base::{CallKey, Deadline, Instant};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Instant, CallKey)>,
    by_call: BTreeMap<CallKey, Instant>,
}

impl Deadlines {
    /// Notes when this visit is due; `None`: it waits for nothing.
    pub(super) fn set(&mut self, call: CallKey, at: Option<Instant>) {
        let old = match at {
            Some(at) => self.by_call.insert(call, at),
            None => self.by_call.remove(&call),
        };
        if let Some(old) = old {
            self.by_time.remove(&(old, call));
        }
        if let Some(at) = at {
            self.by_time.insert((at, call));
        }
    }

    /// Takes a visit that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<CallKey> {
        let (at, call) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(call, None);
        Some(call)
    }

    pub(super) fn next(&self) -> Option<Deadline> {
        self.by_time.first().map(|(at, _)| Deadline { at: *at, why: "dialplan" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_come_due_in_order_and_once() {
        let mut d = Deadlines::default();
        d.set(CallKey(1), Some(Instant::from_millis(30)));
        d.set(CallKey(2), Some(Instant::from_millis(10)));
        d.set(CallKey(1), Some(Instant::from_millis(20)));
        assert_eq!(d.next().map(|n| n.at), Some(Instant::from_millis(10)));
        assert_eq!(d.due(Instant::from_millis(25)), Some(CallKey(2)));
        assert_eq!(d.due(Instant::from_millis(25)), Some(CallKey(1)));
        assert_eq!(d.due(Instant::from_millis(25)), None);
        assert_eq!(d.next(), None);
    }
}
