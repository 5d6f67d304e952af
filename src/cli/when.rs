//! Moments of the command line: a time ago, a date, or RFC 3339.

use crate::base::{Moment, UnixTime};

/// Reads `24h`, `7d`, `90m`: that long before now; else a date (its midnight in Japan) or RFC 3339.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str, now: UnixTime) -> Result<UnixTime, String> {
    if let Some(minutes) = minutes(text) {
        let ms = now.as_millis().saturating_sub(minutes.saturating_mul(60_000));
        return Ok(UnixTime::from_millis(ms));
    }
    let moment = Moment::parse(text).map(Moment::at);
    moment.map_err(|_| format!("`{text}` is no moment: write 24h, 7d, 2026-09-01 or 2026-09-01T10:00+09:00"))
}

fn minutes(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let count: u32 = text.get(..text.len() - 1)?.parse().ok()?;
    Some(i64::from(count) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_people_say_it() {
        let now = UnixTime::from_secs(1_770_685_200);
        let before = |seconds: i64| Ok(UnixTime::from_secs(1_770_685_200 - seconds));
        assert_eq!(parse("90m", now), before(5_400));
        assert_eq!(parse("24h", now), before(86_400));
        assert_eq!(parse("7d", now), before(7 * 86_400));
        assert_eq!(parse("2026-02-10", now), before(36_000), "midnight in Japan");
        assert_eq!(parse("2026-02-10T01:00:00Z", now), before(0));
        for wrong in ["", "d", "-1d", "yesterday", "1.5h", "日"] {
            assert!(parse(wrong, now).is_err(), "{wrong}");
        }
    }
}
