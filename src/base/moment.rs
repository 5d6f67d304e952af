//! A moment as people write and read it: date, time and offset from UTC (RFC 3339).

use super::UnixTime;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil::Time};
use std::fmt;

/// Japan's offset from UTC: what a moment without offset means.
pub const JAPAN: Offset = Offset::constant(9);

/// A wall-clock moment and the offset it is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    at: UnixTime,
    offset: Offset,
}

impl Moment {
    /// This moment, shown in Japan's time.
    pub fn japan(at: UnixTime) -> Moment {
        Moment { at, offset: JAPAN }
    }

    /// Reads RFC 3339; seconds, or the whole time (midnight), may be left out, and without an offset it is
    /// Japan's time.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<Moment, String> {
        let wrong = |what: String| format!("`{text}`: {what}");
        let pieces = Pieces::parse(text).map_err(|e| wrong(e.to_string()))?;
        let offset = match pieces.offset() {
            None => JAPAN,
            Some(PiecesOffset::Zulu) => Offset::UTC,
            Some(PiecesOffset::Numeric(written)) => written.offset(),
            Some(_) => return Err(wrong("this offset is not understood".into())),
        };
        let time = pieces.time().unwrap_or(Time::midnight());
        let moment =
            offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|e| wrong(e.to_string()))?;
        Ok(Moment { at: UnixTime::from_millis(moment.as_millisecond()), offset })
    }

    /// The moment itself.
    pub fn at(self) -> UnixTime {
        self.at
    }
}

/// RFC 3339 with the offset: `2026-02-10T10:00:00+09:00`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Timestamp::from_millisecond(self.at.as_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = moment.to_zoned(TimeZone::fixed(self.offset));
        write!(f, "{}", local.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_offset_and_shown_as_written() {
        for (written, shown) in [
            ("2026-02-10T10:00+09:00", "2026-02-10T10:00:00+09:00"),
            ("2026-02-10T10:00:00", "2026-02-10T10:00:00+09:00"),
            ("2026-02-10T01:00:00Z", "2026-02-10T01:00:00+00:00"),
        ] {
            let moment = Moment::parse(written).expect(written);
            assert_eq!(moment.at(), UnixTime::from_secs(1_770_685_200), "{written}");
            assert_eq!(moment.to_string(), shown);
        }
        assert!(Moment::parse("tomorrow").is_err() && Moment::parse("2026-02-30T10:00Z").is_err());
    }
}
