//! How often somebody may try: after a few failures a pause, twice as long after each more.

use crate::base::Instant;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// How long a failure is remembered.
const MEMORY: Duration = Duration::from_secs(3600);
/// Whom a table remembers; beyond that who failed least and longest ago is forgotten.
const MOST: usize = 4_096;

/// Failures of names, or of addresses.
#[derive(Debug)]
pub(in crate::web) struct Pace<K> {
    /// Failures without a pause.
    free: u32,
    /// The longest pause.
    longest: Duration,
    failed: HashMap<K, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    count: u32,
    last: Instant,
}

impl<K: Hash + Eq + Clone> Pace<K> {
    /// That lets so many failures pass, and then makes pauses of up to this length.
    pub(in crate::web) fn new(free: u32, longest: Duration) -> Pace<K> {
        Pace { free, longest, failed: HashMap::new() }
    }

    /// How long this one has to wait; none: it may try.
    pub(in crate::web) fn pause(&self, key: &K, now: Instant) -> Option<Duration> {
        let failed = self.failed.get(key).filter(|failed| failed.age(now) < MEMORY)?;
        let left = self.pause_after(failed.count).checked_sub(failed.age(now))?;
        (left > Duration::ZERO).then_some(left)
    }

    /// Counts a try as failed. Whoever begins one counts it first, so that many at once are not free.
    pub(in crate::web) fn fail(&mut self, key: &K, now: Instant) {
        self.make_room(now);
        let failed = self.failed.entry(key.clone()).or_insert(Failed { count: 0, last: now });
        let count = if failed.age(now) < MEMORY { failed.count } else { 0 };
        *failed = Failed { count: count.saturating_add(1), last: now };
    }

    /// Takes one failure back.
    pub(in crate::web) fn forgive_one(&mut self, key: &K) {
        if let Some(failed) = self.failed.get_mut(key) {
            failed.count = failed.count.saturating_sub(1);
        }
    }

    /// Takes all its failures back.
    pub(in crate::web) fn forgive(&mut self, key: &K) {
        self.failed.remove(key);
    }

    fn pause_after(&self, count: u32) -> Duration {
        match count.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(20)).min(self.longest),
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.failed.len() < MOST {
            return;
        }
        self.failed.retain(|_, failed| failed.age(now) < MEMORY);
        if self.failed.len() < MOST {
            return;
        }
        let least = self.failed.iter().min_by_key(|(_, failed)| (failed.count, failed.last));
        if let Some(least) = least.map(|(key, _)| key.clone()) {
            self.failed.remove(&least);
        }
    }
}

impl Failed {
    fn age(self, now: Instant) -> Duration {
        now.saturating_since(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    #[test]
    fn pauses_grow_to_the_longest_and_are_forgotten() {
        let mut pace = Pace::new(3, Duration::from_secs(60));
        let mut seen = Vec::new();
        let mut now = 0;
        for _ in 0..12 {
            pace.fail(&"sato", at(now));
            let pause = pace.pause(&"sato", at(now)).map_or(0, |pause| pause.as_secs());
            seen.push(pause);
            now += pause;
            assert_eq!(pace.pause(&"sato", at(now)), None, "once it is over");
        }
        assert_eq!(seen, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(pace.pause(&"suzuki", at(now)), None);
        pace.fail(&"sato", at(now + 3_600));
        assert_eq!(pace.pause(&"sato", at(now + 3_600)), None, "an hour later it begins anew");
    }

    #[test]
    fn many_names_push_out_who_failed_least_and_keep_the_table_bounded() {
        let mut pace = Pace::new(1, Duration::from_secs(60));
        for _ in 0..3 {
            pace.fail(&0, at(0));
        }
        for name in 1..10_000 {
            pace.fail(&name, at(1));
        }
        assert!(pace.failed.len() <= MOST);
        assert!(pace.pause(&0, at(1)).is_some(), "who failed most is remembered");
        pace.forgive(&0);
        assert_eq!(pace.pause(&0, at(1)), None);
    }
}
