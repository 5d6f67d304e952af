//! The national holidays as rows: name, years the row holds for, day of the year.

use std::ops::RangeInclusive;

/// A row of the act, or of an act beside it.
pub(super) struct Row {
    pub ja: &'static str,
    pub en: &'static str,
    pub years: RangeInclusive<i16>,
    pub when: When,
}

/// Which day of a year.
pub(super) enum When {
    /// Month and day.
    Fixed(i8, i8),
    /// Month, and which Monday of it.
    Monday(i8, i8),
    /// The March equinox.
    VernalEquinox,
    /// The September equinox.
    AutumnalEquinox,
}

use When::{AutumnalEquinox, Fixed, Monday, VernalEquinox};

/// The first year in which most of the act applied whole; the act is of July 1948.
const START: i16 = 1949;
/// The last year computed.
const END: i16 = 2099;

const fn row(ja: &'static str, en: &'static str, years: RangeInclusive<i16>, when: When) -> Row {
    Row { ja, en, years, when }
}

pub(super) static LAW: &[Row] = &[
    row("元日", "New Year's Day", START..=END, Fixed(1, 1)),
    row("成人の日", "Coming of Age Day", START..=1999, Fixed(1, 15)),
    row("成人の日", "Coming of Age Day", 2000..=END, Monday(1, 2)),
    row("建国記念の日", "National Foundation Day", 1967..=END, Fixed(2, 11)),
    row("天皇誕生日", "The Emperor's Birthday", START..=1988, Fixed(4, 29)),
    row("天皇誕生日", "The Emperor's Birthday", 1989..=2018, Fixed(12, 23)),
    row("天皇誕生日", "The Emperor's Birthday", 2020..=END, Fixed(2, 23)),
    row("春分の日", "Vernal Equinox Day", START..=END, VernalEquinox),
    row("みどりの日", "Greenery Day", 1989..=2006, Fixed(4, 29)),
    row("昭和の日", "Showa Day", 2007..=END, Fixed(4, 29)),
    row("憲法記念日", "Constitution Memorial Day", START..=END, Fixed(5, 3)),
    row("みどりの日", "Greenery Day", 2007..=END, Fixed(5, 4)),
    row("こどもの日", "Children's Day", START..=END, Fixed(5, 5)),
    row("海の日", "Marine Day", 1996..=2002, Fixed(7, 20)),
    row("海の日", "Marine Day", 2003..=2019, Monday(7, 3)),
    row("海の日", "Marine Day", 2020..=2020, Fixed(7, 23)),
    row("海の日", "Marine Day", 2021..=2021, Fixed(7, 22)),
    row("海の日", "Marine Day", 2022..=END, Monday(7, 3)),
    row("山の日", "Mountain Day", 2016..=2019, Fixed(8, 11)),
    row("山の日", "Mountain Day", 2020..=2020, Fixed(8, 10)),
    row("山の日", "Mountain Day", 2021..=2021, Fixed(8, 8)),
    row("山の日", "Mountain Day", 2022..=END, Fixed(8, 11)),
    row("敬老の日", "Respect for the Aged Day", 1966..=2002, Fixed(9, 15)),
    row("敬老の日", "Respect for the Aged Day", 2003..=END, Monday(9, 3)),
    row("秋分の日", "Autumnal Equinox Day", 1948..=END, AutumnalEquinox),
    row("体育の日", "Health and Sports Day", 1966..=1999, Fixed(10, 10)),
    row("体育の日", "Health and Sports Day", 2000..=2019, Monday(10, 2)),
    row("スポーツの日", "Sports Day", 2020..=2020, Fixed(7, 24)),
    row("スポーツの日", "Sports Day", 2021..=2021, Fixed(7, 23)),
    row("スポーツの日", "Sports Day", 2022..=END, Monday(10, 2)),
    row("文化の日", "Culture Day", 1948..=END, Fixed(11, 3)),
    row("勤労感謝の日", "Labour Thanksgiving Day", 1948..=END, Fixed(11, 23)),
    // Days of one year, each by its own act.
    row("皇太子・明仁親王の結婚の儀", "Wedding of Crown Prince Akihito", 1959..=1959, Fixed(4, 10)),
    row("昭和天皇の大喪の礼", "Funeral of Emperor Showa", 1989..=1989, Fixed(2, 24)),
    row("即位礼正殿の儀", "Enthronement Ceremony", 1990..=1990, Fixed(11, 12)),
    row("皇太子・徳仁親王の結婚の儀", "Wedding of Crown Prince Naruhito", 1993..=1993, Fixed(6, 9)),
    row("天皇の即位の日", "Accession of the Emperor", 2019..=2019, Fixed(5, 1)),
    row("即位礼正殿の儀の行われる日", "Enthronement Ceremony", 2019..=2019, Fixed(10, 22)),
];
