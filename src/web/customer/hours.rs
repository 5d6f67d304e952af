//! Where to call and when somebody is there.

use super::form::Page;
use crate::base::Language;
use crate::calendar::{DayPlan, OpenRange, Schedule, State};
use crate::web::api::FormDesk;
use jiff::ToSpan;
use maud::{Markup, html};

/// Days that are shown.
const DAYS: i64 = 7;

impl Page<'_> {
    /// The numbers, and the hours of the desks for the next days.
    pub(super) fn numbers_and_hours(&self) -> Markup {
        let desks = self.desks();
        html! {
            p.numbers { @for number in self.api.phones() { a href={ "tel:" (number) } { (number) } " " } }
            @for (desk, schedule) in &desks {
                h3 { (self.title(desk, schedule)) " — " (self.standing(schedule)) }
                @if !self.is_always(schedule) {
                    table.hours {
                        @for day in self.days(schedule) {
                            tr { th { (self.date(&day)) } td { (self.open(&day)) } }
                        }
                    }
                }
            }
        }
    }

    /// The desks that a case can be opened at, first those where the page's language is spoken.
    pub(super) fn desks(&self) -> Vec<(&FormDesk, &Schedule)> {
        let calendar = self.api.calendar();
        let desks = self.api.desks().iter();
        let mut desks: Vec<_> = desks.filter_map(|desk| Some((desk, calendar.desk(&desk.name)?))).collect();
        desks.sort_by_key(|(desk, _)| desk.language != self.language);
        desks
    }

    /// What a desk is called, and whether it never closes.
    pub(super) fn title(&self, desk: &FormDesk, schedule: &Schedule) -> String {
        let name = self.say(&desk.ja, &desk.en);
        match self.is_always(schedule) {
            true => format!("{name}{}", self.say("、24 時間 365 日", ", 24 hours, 365 days")),
            false => name.to_string(),
        }
    }

    fn today(&self, schedule: &Schedule) -> crate::calendar::Date {
        schedule.date_at(self.api.now())
    }

    fn days(&self, schedule: &Schedule) -> Vec<DayPlan> {
        let today = self.today(schedule);
        (0..DAYS).filter_map(|day| Some(schedule.day(today.checked_add(day.days()).ok()?))).collect()
    }

    fn standing(&self, schedule: &Schedule) -> String {
        match schedule.state(self.api.now()) {
            State::Open { .. } => self.say("ただいま受付中です", "open now").to_string(),
            State::Closed { reason, .. } => match self.language {
                Language::Ja => format!("ただいま受付時間外です（{}）", reason.words(self.language)),
                Language::En => format!("closed now ({})", reason.words(self.language)),
            },
        }
    }

    fn date(&self, day: &DayPlan) -> String {
        let (month, date) = (day.date.month(), day.date.day());
        let at = usize::try_from(day.weekday.to_monday_zero_offset()).unwrap_or(0);
        match self.language {
            Language::Ja => {
                format!("{month}月{date}日（{}）", ["月", "火", "水", "木", "金", "土", "日"][at % 7])
            }
            Language::En => {
                format!("{} {month}/{date}", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][at % 7])
            }
        }
    }

    fn open(&self, day: &DayPlan) -> String {
        let ranges = day.open.iter().map(|range| {
            let ((from_h, from_m), (to_h, to_m)) = (range.opens(), range.closes());
            format!("{from_h}:{from_m:02}–{to_h}:{to_m:02}")
        });
        let ranges: Vec<String> = ranges.collect();
        match &day.closed {
            Some(reason) => reason.words(self.language),
            None => ranges.join(", "),
        }
    }

    /// Whether a desk never closes, as far as the days shown go.
    fn is_always(&self, schedule: &Schedule) -> bool {
        let is_whole = |range: &OpenRange| range.opens() == (0, 0) && range.closes() == (24, 0);
        self.days(schedule).iter().all(|day| day.open.iter().any(is_whole))
    }
}
