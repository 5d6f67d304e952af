//! A day of a contract: a date in Japan.

use crate::base::UnixTime;
use crate::base::moment::JAPAN;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::fmt;

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// Reads `2026-04-01`; `None` where it is no date.
    pub fn parse(text: &str) -> Option<Day> {
        let is_whole = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        is_whole.then(|| text.parse().ok().map(Day)).flatten()
    }

    /// The date in Japan at a moment.
    pub fn in_japan(at: UnixTime) -> Day {
        let moment = Timestamp::from_millisecond(at.as_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
        Day(moment.to_zoned(TimeZone::fixed(JAPAN)).date())
    }
}

/// `2026-04-01`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_japan_s_and_is_read_as_it_is_written() {
        let written = |text: &str| Day::parse(text).map(|day| day.to_string());
        assert_eq!(written("2026-04-01").as_deref(), Some("2026-04-01"));
        for bad in ["", "2026-4-1", "2026-02-30", "20260401", "2026-04-01T00:00", "-02026-4-1"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        // 2026-02-09T15:00Z is midnight of the 10th in Japan.
        assert_eq!(Day::in_japan(UnixTime::from_secs(1_770_649_200)).to_string(), "2026-02-10");
        assert_eq!(Day::in_japan(UnixTime::from_secs(1_770_649_199)).to_string(), "2026-02-09");
    }
}
