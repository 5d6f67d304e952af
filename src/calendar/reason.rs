//! Why a desk is closed.

use super::Holiday;
use super::Weekday;
use crate::base::Language;

/// Why a desk is closed at a moment, or on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A working day, before its first range.
    BeforeHours,
    /// A working day, between two of its ranges.
    BetweenHours,
    /// A working day, after its last range.
    AfterHours,
    /// A Saturday or Sunday without hours.
    Weekend,
    /// Another weekday without hours.
    NoHours(Weekday),
    /// A public holiday.
    Holiday(Holiday),
    /// A day named by the company.
    CompanyDay(String),
    /// Closed by somebody at run time or in the settings, with the reason they gave.
    Emergency(String),
}

impl Reason {
    /// The stable name, as dialplans and reports write it.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::BeforeHours => "before-hours",
            Reason::BetweenHours => "between-hours",
            Reason::AfterHours => "after-hours",
            Reason::Weekend => "weekend",
            Reason::NoHours(_) => "no-hours",
            Reason::Holiday(_) => "holiday",
            Reason::CompanyDay(_) => "company-day",
            Reason::Emergency(_) => "emergency",
        }
    }

    /// Every name that [`Reason::name`] can give.
    pub const NAMES: [&'static str; 8] = [
        "before-hours",
        "between-hours",
        "after-hours",
        "weekend",
        "no-hours",
        "holiday",
        "company-day",
        "emergency",
    ];

    /// A few words for people, in their language; names given by the company stay as written.
    pub fn words(&self, language: Language) -> String {
        let (ja, en) = match self {
            Reason::BeforeHours => ("受付開始前", "before hours"),
            Reason::BetweenHours => ("受付休止中", "between hours"),
            Reason::AfterHours => ("受付終了後", "after hours"),
            Reason::Weekend => ("土日", "weekend"),
            Reason::NoHours(_) => ("定休日", "no hours that day"),
            Reason::Holiday(holiday) => (holiday.ja, holiday.en),
            Reason::CompanyDay(name) | Reason::Emergency(name) => (name.as_str(), name.as_str()),
        };
        match language {
            Language::Ja => ja.to_string(),
            Language::En => en.to_string(),
        }
    }
}
