//! Days a company names closed: single dates, spans of dates, and spans that come back every year.

use super::Date;
use super::spec::{CompanyDaySpec, SpecError};

/// Closed days under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CompanyDay {
    days: Days,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Days {
    /// First and last date.
    Once(Date, Date),
    /// First and last month and day; a last before the first is in the next year.
    Yearly((i8, i8), (i8, i8)),
}

impl CompanyDay {
    /// Reads `2026-08-13`, `2026-08-13..2026-08-15`, `06-01` or `12-29..01-03`.
    pub(super) fn parse(at: usize, spec: &CompanyDaySpec) -> Result<CompanyDay, SpecError> {
        let wrong = |why: String| SpecError::new(&format!("company_days[{at}]"), &spec.days, &why);
        if spec.name.trim().is_empty() {
            return Err(wrong("the day has no name".into()));
        }
        let (first, last) = spec.days.split_once("..").unwrap_or((&spec.days, &spec.days));
        let days = Days::parse(first.trim(), last.trim()).map_err(wrong)?;
        Ok(CompanyDay { days, name: spec.name.clone() })
    }

    pub(super) fn holds(&self, day: Date) -> bool {
        match self.days {
            Days::Once(first, last) => (first..=last).contains(&day),
            Days::Yearly(first, last) => {
                let at = (day.month(), day.day());
                if first <= last { first <= at && at <= last } else { first <= at || at <= last }
            }
        }
    }
}

impl Days {
    fn parse(first: &str, last: &str) -> Result<Days, String> {
        match (first.matches('-').count(), last.matches('-').count()) {
            (2, 2) => {
                let (first, last) = (date(first)?, date(last)?);
                if last < first {
                    return Err(format!("ends on {last}, before it starts"));
                }
                Ok(Days::Once(first, last))
            }
            (1, 1) => Ok(Days::Yearly(month_day(first)?, month_day(last)?)),
            _ => {
                Err("write \"2026-08-13\", \"2026-08-13..2026-08-15\", \"06-01\" or \"12-29..01-03\"".into())
            }
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    let numbers: Option<Vec<i16>> = text.split('-').map(number).collect();
    let day = match numbers.as_deref() {
        Some([y, m, d]) if text.len() == 10 => jiff::civil::Date::new(*y, *m as i8, *d as i8).ok(),
        _ => None,
    };
    day.ok_or_else(|| format!("there is no date \"{text}\""))
}

/// A month and day that some year has: 02-29 is one.
fn month_day(text: &str) -> Result<(i8, i8), String> {
    const LEAP_YEAR: &str = "2024";
    let day = date(&format!("{LEAP_YEAR}-{text}"))
        .map_err(|_| format!("there is no day \"{text}\" in any year"))?;
    Ok((day.month(), day.day()))
}

fn number(text: &str) -> Option<i16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(days: &str) -> Result<CompanyDay, String> {
        let spec = CompanyDaySpec { days: days.into(), name: "x".into() };
        CompanyDay::parse(2, &spec).map_err(|e| e.to_string())
    }

    #[test]
    fn a_span_over_new_year_holds_both_sides() {
        let rest = parse("12-29..01-03").expect("good");
        let held = |text: &str| rest.holds(text.parse().expect(text));
        assert!(held("2026-12-29") && held("2026-12-31") && held("2027-01-01") && held("2027-01-03"));
        assert!(!held("2026-12-28") && !held("2027-01-04") && !held("2027-06-01"));
    }

    #[test]
    fn dates_are_held_to_the_day() {
        let summer = parse("2026-08-13..2026-08-15").expect("good");
        assert!(
            summer.holds(jiff::civil::date(2026, 8, 15)) && !summer.holds(jiff::civil::date(2027, 8, 15))
        );
        assert!(parse("02-29").is_ok());
    }

    #[test]
    fn what_is_no_day_is_refused_with_its_place() {
        for (days, want) in [
            ("2026-02-29", "company_days[2]: \"2026-02-29\": there is no date"),
            ("2026-08-15..2026-08-13", "before it starts"),
            ("02-30", "in any year"),
            ("2026-12-29..01-03", "write \"2026-08-13\""),
            ("summer", "write \"2026-08-13\""),
            ("26-08-13", "there is no date"),
            ("2026-257-01", "there is no date"),
        ] {
            let error = parse(days).expect_err(days);
            assert!(error.contains(want), "{error} lacks {want}");
        }
    }
}
