//! Time zones by name, from the database compiled into the program.

use crate::base::UnixTime;
use crate::diag::did_you_mean;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// The zone of an IANA name such as `Asia/Tokyo`.
///
/// # Errors
/// A name that the database does not have, with the nearest that it has.
pub(super) fn zone(name: &str) -> Result<TimeZone, Option<String>> {
    let database = TimeZoneDatabase::bundled();
    database.get(name).map_err(|_| {
        let names: Vec<String> = database.available().map(|known| known.to_string()).collect();
        did_you_mean(name, names.iter().map(String::as_str)).map(str::to_string)
    })
}

/// The first moment at which a clock in this zone shows `wall` or later.
pub(super) fn first_moment(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(wall);
    match moment.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => moment.earlier().ok(),
        AmbiguousOffset::Gap { .. } => {
            let before_the_jump = moment.earlier().ok()?;
            zone.following(before_the_jump).next().map(|jump| jump.timestamp())
        }
    }
}

/// The date in this zone at a moment; moments beyond year 9999 count as its end.
pub(super) fn date_at(zone: &TimeZone, at: UnixTime) -> Date {
    zone.to_datetime(timestamp(at)).date()
}

/// A moment as jiff has it; moments beyond its range count as the ends of it.
pub(super) fn timestamp(at: UnixTime) -> Timestamp {
    let furthest = if at.as_millis() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.as_millis()).unwrap_or(furthest)
}

/// A moment of jiff's as ours.
pub(super) fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::from_millis(at.as_millisecond())
}
