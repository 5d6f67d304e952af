//! The Date header: a moment as RFC 1123 writes it, always GMT (RFC 3261 20.17).

use crate::base::UnixTime;
use std::fmt;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment as Date says it: `Tue, 10 Feb 2026 01:00:00 GMT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub UnixTime);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) =
            (self.0.as_secs().div_euclid(SECONDS_PER_DAY), self.0.as_secs().rem_euclid(SECONDS_PER_DAY));
        let (year, month, day) = civil(days);
        let weekday = name(&DAYS, days.rem_euclid(7));
        let month = name(&MONTHS, month - 1);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

fn name(names: &[&'static str], at: i64) -> &'static str {
    usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01. Years are counted from March, so
/// that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let since = days + 719_468; // days from 0000-03-01 to 1970-01-01
    let (era, of_era) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::Date;
    use crate::base::UnixTime;

    #[test]
    fn moments_are_written_in_greenwich() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_289_685_809, "Sat, 13 Nov 2010 22:03:29 GMT"),
            (1_770_685_200, "Tue, 10 Feb 2026 01:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(Date(UnixTime::from_secs(seconds)).to_string(), text);
        }
    }
}
