//! How often, how long and how many.

use crate::base::Rng;
use std::time::Duration;

/// The longest that a receiver may want to be left alone: longer than any other pause.
pub(super) const MOST_ASKED: Duration = Duration::from_secs(3_600);

/// How often what failed is tried, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks whether there is something to tell.
    pub look: Duration,
    /// How long a receiver may take to answer.
    pub deadline: Duration,
    /// How long nobody else takes what is being told: longer than the deadline.
    pub held: Duration,
    /// After the first failure; twice as long after each that follows.
    pub first: Duration,
    /// The longest pause between two attempts.
    pub longest: Duration,
    /// The longest pause of a courier whose receiver takes nothing.
    pub rest: Duration,
    /// How long after its first attempt something is given up.
    pub give_up: Duration,
    /// How many events are on their way to one receiver at once.
    pub at_once: usize,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            look: Duration::from_millis(500),
            deadline: Duration::from_secs(10),
            held: Duration::from_secs(30),
            first: Duration::from_secs(1),
            longest: Duration::from_secs(900),
            rest: Duration::from_secs(30),
            give_up: Duration::from_secs(3 * 86_400),
            at_once: 16,
        }
    }
}

impl Pace {
    /// How long to wait before the next attempt: exponential, between half and the whole of it by chance, so that what
    /// failed together does not come back together; and as long as the receiver asked for, within an hour.
    pub(super) fn pause(&self, attempt: u32, asked: Option<Duration>, rng: &mut Rng) -> Duration {
        let half = self.doubled(attempt, self.longest) / 2;
        let chance = rng.below(u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1));
        let pause = half + Duration::from_millis(chance);
        asked.map_or(pause, |asked| pause.max(asked.min(MOST_ASKED)))
    }

    /// How long a receiver is let alone that has failed so often in a row.
    pub(super) fn rest(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let rest = self.doubled(failures, self.rest);
        asked.map_or(rest, |asked| rest.max(asked.min(MOST_ASKED)))
    }

    fn doubled(&self, times: u32, longest: Duration) -> Duration {
        let doubled = 2_u32.saturating_pow(times.saturating_sub(1).min(30));
        self.first.saturating_mul(doubled).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour_and_differ_by_chance() {
        let (pace, mut rng) = (Pace::default(), Rng::from_seed(1));
        for (attempt, whole_s) in [(1, 1), (2, 2), (5, 16), (10, 512), (11, 900), (u32::MAX, 900)] {
            let whole = Duration::from_secs(whole_s);
            let pauses: Vec<Duration> = (0..50).map(|_| pace.pause(attempt, None, &mut rng)).collect();
            assert!(pauses.iter().all(|pause| (whole / 2..whole).contains(pause)), "{attempt}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{attempt}");
        }
    }

    #[test]
    fn a_receiver_is_left_alone_as_long_as_it_asks_within_an_hour() {
        let (pace, mut rng) = (Pace::default(), Rng::from_seed(1));
        let seconds = Duration::from_secs;
        assert_eq!(pace.pause(1, Some(seconds(120)), &mut rng), seconds(120));
        assert_eq!(pace.pause(1, Some(seconds(86_400)), &mut rng), MOST_ASKED);
        assert!(
            pace.pause(11, Some(seconds(1)), &mut rng) >= seconds(450),
            "asking for less counts for nothing"
        );
        assert_eq!((pace.rest(1, None), pace.rest(40, None)), (seconds(1), seconds(30)));
        assert_eq!(pace.rest(1, Some(seconds(120))), seconds(120));
    }
}
