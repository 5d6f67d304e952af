//! The weekly opening hours: days and ranges read, checked and sorted.

use super::Weekday;
use super::spec::SpecError;
use crate::diag::did_you_mean;
use std::fmt;

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// A span of local clock time in which a desk is open: its first minute is open, its last is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenRange {
    /// Minutes after midnight, 0 to 1439.
    from: u16,
    /// Minutes after the same midnight, more than `from`; above 1440 on the next day.
    to: u16,
}

impl OpenRange {
    pub(super) const WHOLE_DAY: OpenRange = OpenRange { from: 0, to: DAY };

    /// The opening time, as hour and minute.
    pub fn opens(self) -> (u8, u8) {
        clock(self.from)
    }

    /// The closing time, as hour and minute; 24:00 is the end of the day.
    pub fn closes(self) -> (u8, u8) {
        match self.to {
            to if to > DAY => clock(to - DAY),
            to => clock(to),
        }
    }

    /// Whether the closing time is on the day after.
    pub fn ends_next_day(self) -> bool {
        self.to > DAY
    }

    pub(super) fn first_minute(self) -> u16 {
        self.from
    }

    pub(super) fn end_minute(self) -> u16 {
        self.to
    }

    /// Reads `09:00-17:00`; an end before the start is on the next day.
    fn parse(text: &str) -> Result<OpenRange, String> {
        let (from, to) = text.split_once('-').ok_or("a range is written as \"09:00-17:00\"")?;
        let (from, to) = (minute(from)?, minute(to)?);
        match (from, to) {
            (DAY, _) => Err("a range cannot start at 24:00; write 00:00 on the next day".into()),
            (from, to) if from == to => {
                Err("the range ends where it starts; a whole day is \"00:00-24:00\"".into())
            }
            (from, to) if to < from => Ok(OpenRange { from, to: to + DAY }),
            (from, to) => Ok(OpenRange { from, to }),
        }
    }
}

/// `09:00-17:00`, with `+1` after an end on the next day.
impl fmt::Display for OpenRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((h, m), (to_h, to_m)) = (self.opens(), self.closes());
        write!(f, "{h:02}:{m:02}-{to_h:02}:{to_m:02}{}", if self.ends_next_day() { "+1" } else { "" })
    }
}

fn clock(minute: u16) -> (u8, u8) {
    ((minute / 60) as u8, (minute % 60) as u8)
}

fn minute(text: &str) -> Result<u16, String> {
    let text = text.trim();
    let wrong = || format!("\"{text}\" is not a time of day; write it as \"09:00\", from 00:00 to 24:00");
    let (h, m) = text.split_once(':').ok_or_else(wrong)?;
    let two_digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(h) || !two_digits(m) || m.len() != 2 {
        return Err(wrong());
    }
    let (h, m): (u16, u16) = (h.parse().map_err(|_| wrong())?, m.parse().map_err(|_| wrong())?);
    (m < 60 && h * 60 + m <= DAY).then_some(h * 60 + m).ok_or_else(wrong)
}

/// The ranges of each weekday, Monday first, sorted and free of overlap.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Week([Vec<OpenRange>; 7]);

impl Week {
    /// Open at every moment of every day.
    pub(super) fn always() -> Week {
        Week(std::array::from_fn(|_| vec![OpenRange::WHOLE_DAY]))
    }

    /// Reads rows such as `("mon-fri", ["09:00-12:00", "13:00-17:00"])`.
    pub(super) fn parse(rows: &[(String, Vec<String>)], errors: &mut Vec<SpecError>) -> Week {
        let mut week = Week::default();
        let mut named = [false; 7];
        for (days, ranges) in rows {
            let field = format!("hours.{days}");
            match parse_days(days) {
                Ok(days) if days.iter().any(|d| named[index(*d)]) => {
                    errors.push(SpecError::new(
                        &field,
                        "",
                        "a day here has hours already; name each day once",
                    ));
                }
                Ok(days) => {
                    let ranges = parse_ranges(&field, ranges, errors);
                    for day in days {
                        named[index(day)] = true;
                        week.0[index(day)].clone_from(&ranges);
                    }
                }
                Err(error) => errors.push(SpecError { field, ..error }),
            }
        }
        week.check_nights(errors);
        week
    }

    pub(super) fn on(&self, day: Weekday) -> &[OpenRange] {
        &self.0[index(day)]
    }

    /// A range past midnight must end before the next day's first range begins.
    fn check_nights(&self, errors: &mut Vec<SpecError>) {
        for (at, ranges) in self.0.iter().enumerate() {
            let next = &self.0[(at + 1) % 7];
            if let (Some(night), Some(morning)) = (ranges.last(), next.first())
                && night.to > DAY + morning.from
            {
                let (field, range) = (format!("hours.{}", DAYS[at].1), night.to_string());
                errors.push(SpecError::new(&field, &range, &format!("overlaps {morning} of the next day")));
            }
        }
    }
}

fn parse_ranges(field: &str, texts: &[String], errors: &mut Vec<SpecError>) -> Vec<OpenRange> {
    let mut ranges = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        match OpenRange::parse(text) {
            Ok(range) => ranges.push(range),
            Err(why) => errors.push(SpecError::new(&format!("{field}[{at}]"), text, &why)),
        }
    }
    ranges.sort();
    for pair in ranges.windows(2) {
        if let [first, second] = pair
            && first.to > second.from
        {
            errors.push(SpecError::new(field, &second.to_string(), &format!("overlaps {first}")));
        }
    }
    ranges
}

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// Where a weekday stands in a week that begins on Monday.
fn index(day: Weekday) -> usize {
    DAYS.iter().position(|(d, _)| *d == day).expect("DAYS has all seven")
}

/// Reads `mon`, `mon-fri`, `sat,sun` or `daily`.
fn parse_days(text: &str) -> Result<Vec<Weekday>, SpecError> {
    if text.trim() == "daily" {
        return Ok(DAYS.iter().map(|(day, _)| *day).collect());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let length = usize::try_from(first.until(last)).expect("days until a weekday are 0 to 6");
        days.extend(first.cycle_forward().take(length + 1));
    }
    Ok(days)
}

fn weekday(text: &str) -> Result<Weekday, SpecError> {
    let text = text.trim().to_lowercase();
    let found = DAYS.iter().find(|(day, short)| text == *short || text == format!("{day:?}").to_lowercase());
    found.map(|(day, _)| *day).ok_or_else(|| {
        let known = DAYS.iter().map(|(_, short)| *short).chain(["daily"]);
        SpecError::new("", &text, "is no day of the week; write mon, tue, mon-fri, sat,sun or daily")
            .meant(did_you_mean(&text, known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(rows: &[(&str, &[&str])]) -> Result<Week, Vec<String>> {
        let rows: Vec<(String, Vec<String>)> =
            rows.iter().map(|(d, r)| (d.to_string(), r.iter().map(|r| r.to_string()).collect())).collect();
        let mut errors = Vec::new();
        let week = Week::parse(&rows, &mut errors);
        if errors.is_empty() { Ok(week) } else { Err(errors.iter().map(SpecError::to_string).collect()) }
    }

    #[test]
    fn days_and_ranges_are_read() {
        let week = week(&[("mon-fri", &["13:00-17:00", "9:00-12:00"]), ("sat,sun", &["22:00-06:00"])])
            .expect("good");
        let shown: Vec<String> = week.on(Weekday::Friday).iter().map(OpenRange::to_string).collect();
        assert_eq!(shown, ["09:00-12:00", "13:00-17:00"]);
        assert_eq!(week.on(Weekday::Sunday)[0].to_string(), "22:00-06:00+1");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let refused = [
            (vec![("mon", &["9-17"][..])], "hours.mon[0]: \"9-17\": \"9\" is not a time of day"),
            (vec![("mon", &["09:00"][..])], "a range is written as"),
            (vec![("mon", &["09:00-25:00"][..])], "\"25:00\" is not a time of day"),
            (vec![("mon", &["09:00-09:00"][..])], "ends where it starts"),
            (vec![("mon", &["24:00-03:00"][..])], "cannot start at 24:00"),
            (
                vec![("mon", &["09:00-12:00", "11:59-13:00"][..])],
                "hours.mon: \"11:59-13:00\": overlaps 09:00-12:00",
            ),
            (
                vec![("sun", &["22:00-06:00"][..]), ("mon", &["05:00-09:00"][..])],
                "hours.sun: \"22:00-06:00+1\": overlaps 05:00-09:00",
            ),
            (vec![("mon-fri", &[][..]), ("wed", &[][..])], "hours.wed: a day here has hours already"),
            (vec![("mondy", &[][..])], "did you mean \"mon\"?"),
            (vec![("mon", &["+9:00-17:00"][..])], "\"+9:00\" is not a time of day"),
        ];
        for (rows, want) in refused {
            let errors = week(&rows).expect_err(want);
            assert!(errors.iter().any(|e| e.contains(want)), "{errors:?} lacks {want}");
        }
    }

    #[test]
    fn touching_ranges_do_not_overlap() {
        assert!(week(&[("daily", &["00:00-12:00", "12:00-24:00"])]).is_ok());
        assert!(week(&[("fri-mon", &["22:00-06:00", "06:00-07:00"])]).is_ok());
    }
}
