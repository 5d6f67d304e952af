//! Japan's public holidays, computed from the Act on National Holidays (1948, law 178) as it stood each year.
//!
//! The equinox days are astronomical: the formula below holds from 1949 to 2099. The government
//! announces them one year ahead, so a later year is what the law and the sky say today, and an act
//! of parliament may still move a day (as in 2019, 2020 and 2021).
//!
//! To add a holiday, or to move one: a row in `law.rs`, with the years it holds for.

mod law;
#[cfg(test)]
mod tests;

use jiff::civil::{Date, Weekday, date};
use law::{LAW, When};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The last day the table knows; later days are not known to be working days.
pub const KNOWN_UNTIL: Date = date(2099, 12, 31);
/// The last day of the government's published list that the table has been compared with.
pub const PUBLISHED_UNTIL: Date = date(2027, 12, 31);

/// A public holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// Its name in Japanese.
    pub ja: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// What makes the day a holiday.
    pub kind: Kind,
}

/// What makes a day a public holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A national holiday (国民の祝日), or a day that an act put beside them.
    National,
    /// The day in place of a national holiday that fell on a Sunday (振替休日).
    Substitute,
    /// The day between two national holidays (国民の休日).
    Sandwiched,
}

/// The holiday on this day, if it is one. Days after [`KNOWN_UNTIL`] have none.
pub fn holiday_on(day: Date) -> Option<Holiday> {
    TABLE.get(&day).copied()
}

/// The holidays of a span of days, both ends included, in order.
pub fn holidays_between(first: Date, last: Date) -> impl Iterator<Item = (Date, Holiday)> {
    let span = (first <= last).then(|| TABLE.range(first..=last));
    span.into_iter().flatten().map(|(day, holiday)| (*day, *holiday))
}

type Table = BTreeMap<Date, Holiday>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let national = national_holidays();
    let mut table = national.clone();
    add_substitutes(&national, &mut table);
    add_sandwiched(&national, &mut table);
    table
});

const ENACTED: Date = date(1948, 7, 20);

fn national_holidays() -> Table {
    let mut table = Table::new();
    for row in LAW {
        for year in row.years.clone() {
            if let Some(day) = day_of(&row.when, year).filter(|day| *day >= ENACTED) {
                table.insert(day, Holiday { ja: row.ja, en: row.en, kind: Kind::National });
            }
        }
    }
    table
}

fn day_of(when: &When, year: i16) -> Option<Date> {
    match *when {
        When::Fixed(month, day) => Date::new(year, month, day).ok(),
        When::Monday(month, nth) => {
            Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, Weekday::Monday).ok()
        }
        When::VernalEquinox => Date::new(year, 3, equinox(year, [20.8357, 20.8431])).ok(),
        When::AutumnalEquinox => Date::new(year, 9, equinox(year, [23.2588, 23.2488])).ok(),
    }
}

/// The day of the month on which the sun crosses the equator, Japan time: an approximation whose
/// constant differs before and from 1980, right for 1949 to 2099.
fn equinox(year: i16, [before_1980, from_1980]: [f64; 2]) -> i8 {
    let drift = 0.242_194 * f64::from(year - 1980);
    let (start, leap_days) = match year < 1980 {
        true => (before_1980, (year - 1983) / 4),
        false => (from_1980, (year - 1980) / 4),
    };
    (start + drift - f64::from(leap_days)) as i8
}

/// Article 3(2): since 12 April 1973 the day after a national holiday on a Sunday is off; since 2007
/// the next day that is no national holiday itself.
fn add_substitutes(national: &Table, table: &mut Table) {
    let substitute = Holiday { ja: "振替休日", en: "Substitute holiday", kind: Kind::Substitute };
    let since = date(1973, 4, 12);
    for sunday in national.keys().filter(|day| **day >= since && day.weekday() == Weekday::Sunday) {
        if let Some(free) = days_after(*sunday).find(|day| !national.contains_key(day)) {
            table.insert(free, substitute);
        }
    }
}

/// Article 3(3): since 27 December 1985 a day between two national holidays is off; until 2006 not
/// where it is a Sunday or a substitute day.
fn add_sandwiched(national: &Table, table: &mut Table) {
    let sandwiched = Holiday { ja: "国民の休日", en: "Citizens' holiday", kind: Kind::Sandwiched };
    let since = date(1985, 12, 27);
    for before in national.keys().filter(|day| **day >= since) {
        let mut next = days_after(*before);
        let (Some(day), Some(after)) = (next.next(), next.next()) else { continue };
        let free = !table.contains_key(&day) && day.weekday() != Weekday::Sunday;
        if free && national.contains_key(&after) {
            table.insert(day, sandwiched);
        }
    }
}

fn days_after(day: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(day.tomorrow().ok(), |day| day.tomorrow().ok())
}
