//! When a desk is open: weekly hours in a named time zone, public holidays, company days, emergencies.
//!
//! Owns: the reading and checking of opening hours, Japan's holidays by law, the answer "open until"
//! or "closed because, opens next". Does not know who asks, what is said to a caller, or what time
//! it is now: a moment comes in, an answer goes out. The time zone database is the one compiled in,
//! so that a run repeats on every machine.
//!
//! Invariants:
//! - a [`Schedule`] exists only where every part of its [`ScheduleSpec`] was understood: a mistyped
//!   zone or range is an error, never another zone or an open desk;
//! - a range holds its first moment and not its last: at 09:00:00 open, at 17:00:00 closed;
//! - a wall-clock time happens at the first moment the local clock shows it or later. So 02:30 in
//!   the hour that spring skips is the moment of the jump, and 01:30 in the hour that autumn repeats
//!   is the first of the two;
//! - a range past midnight belongs to the day it begins on: a holiday on that day takes all of it,
//!   a holiday on the next day takes nothing of it;
//! - the reason for a closed day is the emergency before the public holiday, that before the
//!   company day, that before the weekend.
//!
//! To add a kind of closed day: a variant of [`Reason`], its row in `reason.rs`, and its place in
//! `Schedule::closed_all_day`. To add a public holiday: `holiday/law.rs`.

mod company;
pub mod holiday;
mod hours;
mod open_time;
mod reason;
mod schedule;
mod spec;
mod zone;

pub use holiday::Holiday;
pub use hours::OpenRange;
pub use jiff::civil::{Date, Weekday};
pub use open_time::OpenTime;
pub use reason::Reason;
pub use schedule::{DayPlan, Schedule, State};
pub use spec::{CompanyDaySpec, EmergencySpec, HoursSpec, ScheduleSpec, SpecError};

use std::collections::BTreeMap;

/// The schedules of all desks, by desk name.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    desks: BTreeMap<String, Schedule>,
}

impl Calendar {
    /// A calendar without desks.
    pub fn new() -> Self {
        Calendar::default()
    }

    /// Puts a desk's schedule in; the one it replaces, if any, comes back.
    pub fn insert(&mut self, desk: &str, schedule: Schedule) -> Option<Schedule> {
        self.desks.insert(desk.to_string(), schedule)
    }

    /// The schedule of a desk.
    pub fn desk(&self, name: &str) -> Option<&Schedule> {
        self.desks.get(name)
    }

    /// The schedule of a desk, to close it for an emergency or open it again.
    pub fn desk_mut(&mut self, name: &str) -> Option<&mut Schedule> {
        self.desks.get_mut(name)
    }

    /// Every desk with its schedule, in the order of names.
    pub fn desks(&self) -> impl Iterator<Item = (&str, &Schedule)> {
        self.desks.iter().map(|(name, schedule)| (name.as_str(), schedule))
    }

    /// The desk that a mistyped name was probably meant to be.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        crate::diag::did_you_mean(name, self.desks.keys().map(String::as_str))
    }
}
