//! What a trunk carries: calls at once, calls a second, numbers.

use super::config::Limits;
use crate::base::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// Calls a second are counted over this.
const SECOND: Duration = Duration::from_secs(1);

/// Why a call does not go by a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWay {
    /// There is no such trunk.
    Unknown,
    /// As many calls are up as it carries.
    Full,
    /// As many calls came and went in this second as it carries.
    TooFast,
    /// The number may not be dialled by it.
    NotAllowed,
    /// Its name has no address yet, or it is not registered.
    NoPlace,
}

/// Calls refused so far, by limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// [`NoWay::Full`].
    pub full: u64,
    /// [`NoWay::TooFast`].
    pub too_fast: u64,
    /// [`NoWay::NotAllowed`].
    pub not_allowed: u64,
}

/// The gate of a trunk.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Calls of the last second, as many as the limit allows.
    recent: VecDeque<Instant>,
    refused: Refused,
}

impl Gate {
    /// Whether one more call may come (no number) or go (the number dialled) while so many are up.
    pub(super) fn admit(
        &mut self,
        limits: &Limits,
        now: Instant,
        up: usize,
        number: Option<&str>,
    ) -> Result<(), NoWay> {
        if number.is_some_and(|number| !is_allowed(limits, number)) {
            self.refused.not_allowed += 1;
            return Err(NoWay::NotAllowed);
        }
        if limits.calls.is_some_and(|most| up >= most as usize) {
            self.refused.full += 1;
            return Err(NoWay::Full);
        }
        let Some(most) = limits.per_second else { return Ok(()) };
        self.recent.retain(|at| now - *at < SECOND);
        if self.recent.len() >= most as usize {
            self.refused.too_fast += 1;
            return Err(NoWay::TooFast);
        }
        self.recent.push_back(now);
        Ok(())
    }

    pub(super) fn refused(&self) -> Refused {
        self.refused
    }
}

/// A number that is not made of dialled digits alone is somebody's trick.
fn is_allowed(limits: &Limits, number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let dialled =
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'));
    let begins = |prefix: &String| number.starts_with(prefix.as_str());
    dialled && (limits.prefixes.is_empty() || limits.prefixes.iter().any(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_refuses_by_itself_and_is_counted() {
        let prefixes = vec!["03".to_string(), "+81".to_string()];
        let limits = Limits { calls: Some(5), per_second: Some(2), prefixes };
        let mut gate = Gate::default();
        let mut admit = |ms, up, number| gate.admit(&limits, Instant::from_millis(ms), up, number);
        assert_eq!(admit(0, 0, Some("0312345678")), Ok(()));
        assert_eq!(admit(10, 4, None), Ok(()));
        assert_eq!(admit(999, 4, None), Err(NoWay::TooFast));
        assert_eq!(admit(1_000, 4, None), Ok(()));
        assert_eq!(admit(5_000, 5, None), Err(NoWay::Full));
        for number in ["0912345678", "", "03;phone-context=x", "+4412345", "03@evil"] {
            assert_eq!(admit(9_000, 0, Some(number)), Err(NoWay::NotAllowed), "{number}");
        }
        assert_eq!(gate.refused(), Refused { full: 1, too_fast: 1, not_allowed: 5 });
    }
}
