//! The computed holidays against the government's list and against what is known of single years.

use super::{Date, Holiday, Kind, date, holiday_on, holidays_between};
use std::collections::BTreeMap;

fn year(year: i16) -> BTreeMap<Date, Holiday> {
    holidays_between(date(year, 1, 1), date(year, 12, 31)).collect()
}

fn published() -> BTreeMap<Date, &'static str> {
    let rows = include_str!("published.csv").lines().skip(1);
    rows.map(|row| row.split_once(',').expect("date,name"))
        .map(|(day, name)| (day.parse().expect(day), name))
        .collect()
}

#[test]
fn the_published_list_and_the_law_name_the_same_days() {
    let list = published();
    let computed: Vec<Date> = (2015..=2027).flat_map(|y| year(y).into_keys()).collect();
    assert_eq!(computed, list.keys().copied().collect::<Vec<_>>());
    for (day, name) in list {
        let holiday = holiday_on(day).expect("the days agree");
        let unnamed = name.starts_with("休日");
        assert_eq!(unnamed, holiday.kind != Kind::National || holiday.ja.contains("即位"), "{day} {name}");
        assert!(unnamed || name == holiday.ja, "{day}: {name} is {}", holiday.ja);
    }
}

#[test]
fn each_year_has_as_many_days_as_the_list_says() {
    let known = [
        (1948, 3),
        (1949, 9),
        (1980, 13),
        (1989, 17),
        (2000, 15),
        (2009, 17),
        (2019, 22),
        (2024, 21),
        (2026, 18),
        (2032, 17),
    ];
    for (y, days) in known {
        assert_eq!(year(y).len(), days, "{y}: {:?}", year(y));
    }
}

#[test]
fn a_day_between_two_holidays_is_off() {
    for day in [
        date(2009, 9, 22),
        date(2015, 9, 22),
        date(2019, 4, 30),
        date(2019, 5, 2),
        date(2026, 9, 22),
        date(2032, 9, 21),
        date(1988, 5, 4),
    ] {
        assert_eq!(holiday_on(day).map(|h| h.kind), Some(Kind::Sandwiched), "{day}");
    }
    assert_eq!(holiday_on(date(1986, 5, 4)), None, "a Sunday was not");
    assert_eq!(holiday_on(date(1985, 5, 4)), None, "nor any day before the law of 1985");
}

#[test]
fn a_holiday_on_a_sunday_moves_to_the_next_free_day() {
    let moved = [
        (1973, 4, 30),
        (1987, 5, 4),
        (2008, 5, 6),
        (2020, 2, 24),
        (2020, 5, 6),
        (2021, 8, 9),
        (2024, 2, 12),
        (2024, 5, 6),
        (2024, 8, 12),
        (2024, 9, 23),
        (2024, 11, 4),
        (2025, 2, 24),
        (2025, 5, 6),
        (2025, 11, 24),
        (2026, 5, 6),
        (2027, 3, 22),
    ];
    for (y, m, d) in moved {
        assert_eq!(holiday_on(date(y, m, d)).map(|h| h.kind), Some(Kind::Substitute), "{y}-{m}-{d}");
    }
    assert_eq!(holiday_on(date(1973, 2, 12)), None, "before the law of 1973");
}

#[test]
fn each_change_of_the_law_begins_in_its_year() {
    let name = |y, m, d| holiday_on(date(y, m, d)).map(|h| h.ja);
    assert_eq!(name(1999, 1, 15), Some("成人の日"));
    assert_eq!(name(2000, 1, 15), None);
    assert_eq!(name(1995, 7, 20), None);
    assert_eq!(name(1996, 7, 20), Some("海の日"));
    assert_eq!(name(2003, 7, 21), Some("海の日"));
    assert_eq!(name(1988, 4, 29), Some("天皇誕生日"));
    assert_eq!(name(2006, 4, 29), Some("みどりの日"));
    assert_eq!(name(2007, 4, 29), Some("昭和の日"));
    assert_eq!(name(2015, 8, 11), None);
    assert_eq!(name(2016, 8, 11), Some("山の日"));
    assert_eq!(
        (name(2018, 12, 23), name(2019, 12, 23), name(2019, 2, 23), name(2020, 2, 23)),
        (Some("天皇誕生日"), None, None, Some("天皇誕生日"))
    );
    assert_eq!(
        (name(2020, 7, 24), name(2020, 10, 12), name(2021, 7, 23)),
        (Some("スポーツの日"), None, Some("スポーツの日"))
    );
    for (y, m, d) in
        [(1959, 4, 10), (1989, 2, 24), (1990, 11, 12), (1993, 6, 9), (2019, 5, 1), (2019, 10, 22)]
    {
        assert_eq!(holiday_on(date(y, m, d)).map(|h| h.kind), Some(Kind::National), "{y}-{m}-{d}");
        assert_eq!(name(y + 1, m, d).filter(|n| *n != "憲法記念日"), None);
    }
}

#[test]
fn beyond_the_formula_nothing_is_claimed() {
    assert!(holiday_on(date(2099, 11, 3)).is_some());
    assert_eq!(holiday_on(date(2100, 1, 1)), None);
    assert_eq!(holidays_between(date(2026, 1, 2), date(2026, 1, 1)).count(), 0);
}
