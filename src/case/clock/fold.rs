//! The fold: one entry of the timeline after another.
//!
//! ```text
//! first response   Owed --response--> Given          (late from the moment it is due, and then for good)
//! next update               Given --response--> Given: counted from here anew
//! ```
//!
//! Each ends with a verdict: met by the response, missed from the moment it is due. A first response that comes before
//! there is a target has its verdict with the target; an update that comes before any time has counted has none.

use super::{Clocks, FirstResponse, Hours, Standing, Verdict, first_response, update};
use crate::base::UnixTime;
use crate::case::life::{ends_callback, stage_after};
use crate::case::timeline::{Amended, Entry, Event};
use crate::case::values::{Clock, ClockKind, Severity, Stage, SupportOption};
use std::time::Duration;

/// Little is left of a business day when so much of it is.
const SHORT_DAY: Duration = Duration::from_secs(2 * 3_600);

pub(super) struct Fold<'a, H> {
    hours: &'a H,
    opened_at: UnixTime,
    /// The moment of the last entry: everything below is as of it.
    last: UnixTime,
    stage: Stage,
    callback_owed: bool,
    desk: Option<&'a str>,
    option: Option<SupportOption>,
    severity: Option<Severity>,
    amended: Amended,
    is_paused: bool,
    response: Response<'a>,
    verdicts: Vec<Verdict>,
}

enum Response<'a> {
    Owed(Owed),
    Given {
        at: UnixTime,
        /// How it stood when the response came, and at which desk.
        owed: Owed,
        desk: Option<&'a str>,
        /// When it had been due, once there is a target to tell by: callers are answered before a severity is agreed.
        due: Option<UnixTime>,
        updates: Updates,
    },
}

#[derive(Clone, Copy)]
struct Owed {
    /// Open time that counted.
    counted: Duration,
    /// From where the business day is counted.
    since: UnixTime,
    /// The latest business day's end of the desks that had the case before.
    other_desks: Option<UnixTime>,
    /// When it was due, where it is late.
    late: Option<UnixTime>,
}

impl Owed {
    /// When the business day ends: at the desk that has the case, or at one that had it, the later of them.
    fn business_day_ends(&self, hours: &impl Hours, desk: &str) -> Option<UnixTime> {
        hours.next_business_day_ends(desk, self.since).map(|ends| ends.max(self.other_desks.unwrap_or(ends)))
    }
}

#[derive(Default)]
struct Updates {
    /// Time that counted since the last one.
    counted: Duration,
    /// When it had been due, where it is overdue.
    overdue: Option<UnixTime>,
    missed: u32,
}

impl<'a, H: Hours> Fold<'a, H> {
    pub(super) fn new(hours: &'a H, opened_at: UnixTime) -> Self {
        let owed = Owed { counted: Duration::ZERO, since: opened_at, other_desks: None, late: None };
        Fold {
            hours,
            opened_at,
            last: opened_at,
            stage: Stage::New,
            callback_owed: false,
            desk: None,
            option: None,
            severity: None,
            amended: Amended::default(),
            is_paused: false,
            response: Response::Owed(owed),
            verdicts: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, entry: &'a Entry) {
        self.pass_until(entry.at);
        self.callback_owed = match &entry.event {
            Event::CallbackRequested { .. } => true,
            event => self.callback_owed && !ends_callback(event),
        };
        let was_closed = self.stage == Stage::Closed;
        self.stage = stage_after(self.stage, self.callback_owed, &entry.event);
        if was_closed && self.stage != Stage::Closed {
            self.begin_anew();
        }
        match &entry.event {
            Event::FieldChanged { field, value } if self.amended.yields(&entry.by, field) => {
                self.change(field, value.as_deref());
            }
            Event::HandedOn { desk, .. } | Event::Reassigned { desk: Some(desk), .. }
                if self.amended.yields(&entry.by, "desk") =>
            {
                self.move_to(Some(desk));
            }
            Event::Paused => self.is_paused = true,
            Event::Resumed => self.resume(),
            Event::Closed => self.is_paused = false,
            Event::FieldChanged { .. }
            | Event::HandedOn { .. }
            | Event::Reassigned { .. }
            | Event::CallbackRequested { .. }
            | Event::Answered { .. }
            | Event::Transferred { .. }
            | Event::Replied { .. }
            | Event::Opened
            | Event::NumberTold
            | Event::QueueEntered { .. }
            | Event::QueueLeft { .. }
            | Event::Offered { .. }
            | Event::Declined { .. }
            | Event::Referred { .. }
            | Event::VoicemailLeft { .. }
            | Event::Noted { .. }
            | Event::Attached { .. }
            | Event::ClockRang { .. }
            | Event::Escalated { .. }
            | Event::EscalationTaken
            | Event::Reopened
            | Event::Ended { .. } => {}
        }
        if entry.event.is_response() {
            self.respond();
        }
        self.judge();
    }

    /// Where the clocks stand at a moment, and what became of what was promised before.
    pub(super) fn at(mut self, now: UnixTime) -> (Clocks, Vec<Verdict>) {
        self.pass_until(now);
        let clocks = match &self.response {
            Response::Owed(owed) => Clocks { first_response: self.owed(owed), ..Clocks::default() },
            Response::Given { at, owed, due, updates, .. } => Clocks {
                first_response: given(*at, owed.late.or(*due)),
                next_update: self.update(updates),
                updates_missed: updates.missed,
            },
        };
        (clocks, self.verdicts)
    }

    /// Time goes by; none where the wall clock stepped back.
    fn pass_until(&mut self, at: UnixTime) {
        let to = at.max(self.last);
        if self.counts() {
            let (due, update) = (self.first_due(), self.update_due());
            let open = self.desk.map_or(Duration::ZERO, |desk| self.hours.between(desk, self.last, to));
            match &mut self.response {
                Response::Owed(owed) => {
                    owed.counted += open;
                    if let (None, Some(due)) = (owed.late, due.filter(|due| *due < to)) {
                        owed.late = Some(due);
                        self.verdicts.push(Verdict::missed(ClockKind::FirstResponse, due));
                    }
                }
                Response::Given { updates, .. } => {
                    updates.counted += elapsed(self.last, to);
                    if let (None, Some(due)) = (updates.overdue, update.filter(|due| *due < to)) {
                        updates.overdue = Some(due);
                        updates.missed += 1;
                        self.verdicts.push(Verdict::missed(ClockKind::NextUpdate, due));
                    }
                }
            }
        }
        self.last = to;
    }

    fn counts(&self) -> bool {
        !self.is_paused && self.stage != Stage::Closed
    }

    fn change(&mut self, field: &str, value: Option<&'a str>) {
        match field {
            "desk" => self.move_to(value),
            "option" => self.option = value.and_then(SupportOption::from_name),
            "severity" => self.severity = value.and_then(Severity::from_name),
            _ => {}
        }
    }

    /// Where the response came before there was a target: when it had been due by the one there is now.
    fn judge(&mut self) {
        let Some(target) = self.first_target() else { return };
        let Response::Given { at, owed, desk, due: due @ None, .. } = &mut self.response else { return };
        let Some(desk) = desk.or(self.desk) else { return };
        let judged = match target {
            // More than the target was over before the response: missed, whichever desk's minutes say when.
            FirstResponse::Within(time) if owed.counted > time => {
                self.hours.passes(desk, self.opened_at, time).min(Some(minute_before(*at)))
            }
            FirstResponse::Within(time) => self.hours.passes(desk, *at, time - owed.counted),
            FirstResponse::NextBusinessDay => owed.business_day_ends(self.hours, desk),
        };
        *due = judged;
        let verdict = judged.map(|due| Verdict { clock: ClockKind::FirstResponse, due, is_met: due >= *at });
        self.verdicts.extend(verdict.filter(|_| owed.late.is_none()));
    }

    fn move_to(&mut self, desk: Option<&'a str>) {
        if let (Response::Owed(owed), Some(left)) = (&mut self.response, self.desk) {
            owed.other_desks = owed.other_desks.max(self.hours.next_business_day_ends(left, owed.since));
        }
        self.desk = desk;
    }

    /// Somebody answered, or told the customer how it stands.
    fn respond(&mut self) {
        let (due, update_due) = (self.first_due(), self.update_due());
        match &mut self.response {
            Response::Owed(owed) => {
                let met = due.filter(|_| owed.late.is_none());
                self.verdicts.extend(met.map(|due| Verdict::met(ClockKind::FirstResponse, due)));
                let (at, owed, desk) = (self.last, *owed, self.desk);
                self.response = Response::Given { at, owed, desk, due, updates: Updates::default() };
            }
            Response::Given { updates, .. } => {
                let met = update_due.filter(|_| updates.overdue.is_none() && !updates.counted.is_zero());
                self.verdicts.extend(met.map(|due| Verdict::met(ClockKind::NextUpdate, due)));
                *updates = Updates { missed: updates.missed, ..Updates::default() }
            }
        }
    }

    fn resume(&mut self) {
        if self.is_paused {
            self.begin_anew();
        }
        self.is_paused = false;
    }

    /// It is the desk's turn again: a business day that is owed begins now.
    fn begin_anew(&mut self) {
        if let Response::Owed(owed) = &mut self.response {
            owed.since = self.last;
            owed.other_desks = None;
        }
    }

    fn owed(&self, owed: &Owed) -> Standing {
        match owed.late {
            Some(due) => Standing { due: Some(due), short_from: None, state: Some(Clock::Breached) },
            None => self.standing(self.first_due(), self.short_from_first()),
        }
    }

    fn update(&self, updates: &Updates) -> Standing {
        let due = self.update_due();
        let standing = self.standing(due, self.short_from_update());
        match (standing.state, updates.overdue) {
            (Some(Clock::Running), Some(due)) => {
                Standing { due: Some(due), short_from: None, state: Some(Clock::Breached) }
            }
            _ => standing,
        }
    }

    fn standing(&self, due: Option<UnixTime>, short_from: Option<UnixTime>) -> Standing {
        match due {
            None => Standing::default(),
            Some(_) if self.stage == Stage::Closed => Standing::default(),
            Some(_) if self.is_paused => Standing { state: Some(Clock::Paused), ..Standing::default() },
            due => Standing { due, short_from, state: Some(Clock::Running) },
        }
    }

    fn first_target(&self) -> Option<FirstResponse> {
        Some(first_response(self.option?, self.severity?))
    }

    /// When the first response is due, as things stand.
    fn first_due(&self) -> Option<UnixTime> {
        let Response::Owed(owed) = &self.response else { return None };
        let desk = self.desk?;
        match self.first_target()? {
            FirstResponse::Within(time) => {
                self.hours.passes(desk, self.last, time.saturating_sub(owed.counted))
            }
            FirstResponse::NextBusinessDay => Some(owed.business_day_ends(self.hours, desk)?.max(self.last)),
        }
    }

    fn short_from_first(&self) -> Option<UnixTime> {
        let Response::Owed(owed) = &self.response else { return None };
        let desk = self.desk?;
        let (left, short) = match self.first_target()? {
            FirstResponse::Within(time) => (time.saturating_sub(owed.counted), time / 4),
            FirstResponse::NextBusinessDay => {
                (self.hours.between(desk, self.last, self.first_due()?), SHORT_DAY)
            }
        };
        self.hours.passes(desk, self.last, left.saturating_sub(short))
    }

    fn update_due(&self) -> Option<UnixTime> {
        Some(self.last + self.until_update()?.0)
    }

    fn short_from_update(&self) -> Option<UnixTime> {
        let (left, whole) = self.until_update()?;
        Some(self.last + left.saturating_sub(whole / 4))
    }

    /// The time left until the next update, and the whole time between two.
    fn until_update(&self) -> Option<(Duration, Duration)> {
        let Response::Given { updates, .. } = &self.response else { return None };
        let whole = update(self.option?, self.severity?)?;
        Some((whole.saturating_sub(updates.counted), whole))
    }
}

fn given(at: UnixTime, due: Option<UnixTime>) -> Standing {
    let state = due.map(|due| if due < at { Clock::Breached } else { Clock::Met });
    Standing { due, short_from: None, state }
}

fn minute_before(at: UnixTime) -> UnixTime {
    UnixTime::from_millis(at.as_millis().saturating_sub(60_000))
}

fn elapsed(from: UnixTime, to: UnixTime) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0))
}
