//! Opening hours as somebody wrote them, and what is wrong with them.

use std::fmt;

/// A desk's opening hours, unchecked. [`super::Schedule::build`] checks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// The IANA name of the zone the hours are in: `Asia/Tokyo`.
    pub time_zone: String,
    /// The weekly hours.
    pub hours: HoursSpec,
    /// Whether Japan's public holidays are closed.
    pub holidays: bool,
    /// Other closed days.
    pub company_days: Vec<CompanyDaySpec>,
    /// An emergency closure that holds from the start.
    pub emergency: Option<EmergencySpec>,
}

/// Weekly hours, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursSpec {
    /// Every moment of the week.
    Always,
    /// Rows of days (`mon`, `mon-fri`, `sat,sun`, `daily`) with their ranges (`09:00-17:00`; an end
    /// before the start is on the next day). A day without a row has no hours.
    Weekly(Vec<(String, Vec<String>)>),
}

/// Closed days under a name, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyDaySpec {
    /// `2026-08-13`, `2026-08-13..2026-08-15`, or every year `06-01`, `12-29..01-03`.
    pub days: String,
    /// What people call it.
    pub name: String,
}

/// An emergency closure, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencySpec {
    /// Why, for reports and the wallboard.
    pub message: String,
    /// The local time it ends, `2026-02-10T17:00`; none: until somebody ends it.
    pub until: Option<String>,
}

impl ScheduleSpec {
    /// Open at every moment; the zone serves to name days.
    pub fn always(time_zone: &str) -> Self {
        ScheduleSpec {
            time_zone: time_zone.to_string(),
            hours: HoursSpec::Always,
            holidays: false,
            company_days: Vec::new(),
            emergency: None,
        }
    }

    /// Monday to Friday in one range, closed on Japan's public holidays.
    pub fn weekdays(time_zone: &str, range: &str) -> Self {
        let hours = HoursSpec::Weekly(vec![("mon-fri".into(), vec![range.into()])]);
        ScheduleSpec { hours, holidays: true, ..ScheduleSpec::always(time_zone) }
    }
}

/// What is wrong with one field of a [`ScheduleSpec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// The field, as a path: `time_zone`, `hours.mon-fri[0]`, `company_days[2]`, `emergency.until`.
    pub field: String,
    /// What was written there; empty where the whole field is meant.
    pub value: String,
    /// Why it cannot be.
    pub why: String,
    /// What was probably meant.
    pub did_you_mean: Option<String>,
}

impl SpecError {
    pub(super) fn new(field: &str, value: &str, why: &str) -> Self {
        SpecError { field: field.into(), value: value.into(), why: why.into(), did_you_mean: None }
    }

    pub(super) fn meant(self, name: Option<&str>) -> Self {
        SpecError { did_you_mean: name.map(str::to_string), ..self }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field)?;
        if !self.value.is_empty() {
            write!(f, "\"{}\": ", self.value)?;
        }
        f.write_str(&self.why)?;
        match &self.did_you_mean {
            Some(name) => write!(f, "; did you mean \"{name}\"?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SpecError {}
