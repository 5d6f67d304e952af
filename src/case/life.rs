//! A case's life: opened, changed, written on, and read back from where it was kept.

use super::CaseNumber;
use super::fields::{Case, Field, FieldError};
use super::shape::Value;
use super::timeline::{By, Entry, Event};
use super::values::{Channel, Dialed, Stage};
use crate::base::{EndCause, Number, Presentation, UnixTime};

/// What is known of a case when it is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Its number, already reserved.
    pub number: CaseNumber,
    /// When.
    pub at: UnixTime,
    /// How the request came in.
    pub channel: Channel,
    /// The caller's number.
    pub caller: Option<Number>,
    /// Whether that number may be shown; it is kept only where it may.
    pub presentation: Presentation,
    /// The number that was called.
    pub dialed: Option<Number>,
    /// The call.
    pub call_id: Option<String>,
    /// The dialplan that ran, with its version.
    pub dialplan: Option<String>,
}

impl Case {
    /// Opens a case.
    pub fn open(opening: Opening) -> Case {
        let mut case = Case::blank(opening.number, opening.at, opening.channel);
        case.caller = opening.caller.filter(|_| opening.presentation == Presentation::Allowed);
        case.caller_presentation = Some(match opening.presentation {
            // What nobody could read is not there, to whoever reads the case.
            Presentation::Unparsed => Presentation::Unavailable,
            presentation => presentation,
        });
        case.dialed = opening.dialed.map(Dialed);
        case.call_id = opening.call_id;
        case.dialplan = opening.dialplan;
        case.interpreter = Some(false);
        case.record(opening.at, By::Caller, Event::Opened);
        case
    }

    /// A case as it was kept: what [`Case::open`] and the changes after it had made of it.
    /// Fields follow through [`Case::restore`].
    pub fn kept(
        number: CaseNumber,
        opened_at: UnixTime,
        channel: Channel,
        stage: Stage,
        look_at: Option<UnixTime>,
        timeline: Vec<Entry>,
    ) -> Case {
        Case { stage, look_at, timeline, ..Case::blank(number, opened_at, channel) }
    }

    /// Puts a kept field value back, without a trace in the timeline.
    ///
    /// # Errors
    /// An unknown field, or a text that is no value of it.
    pub fn restore(&mut self, field: &str, value: &str) -> Result<(), FieldError> {
        let row = Field::named(field)?;
        (row.write)(self, Some(value)).then_some(()).ok_or_else(|| row.bad_value(value))
    }

    /// The number.
    pub fn number(&self) -> CaseNumber {
        self.number
    }

    /// When it was opened.
    pub fn opened_at(&self) -> UnixTime {
        self.opened_at
    }

    /// How it came in.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// When somebody has to look at it again, where nothing happens before: a clock that runs short, somebody to be told.
    pub fn look_at(&self) -> Option<UnixTime> {
        self.look_at
    }

    /// What happened so far, oldest first.
    pub fn timeline(&self) -> &[Entry] {
        &self.timeline
    }

    /// When the customer was first answered.
    pub fn first_response_at(&self) -> Option<UnixTime> {
        self.timeline.iter().find(|entry| entry.event.is_response()).map(|entry| entry.at)
    }

    /// Why the call ended, where it has.
    pub fn end_cause(&self) -> Option<EndCause> {
        self.timeline.iter().rev().find_map(|entry| match entry.event {
            Event::Ended { cause } => Some(cause),
            _ => None,
        })
    }

    /// What a dialplan's `set` does: writes a field that plans may write.
    ///
    /// # Errors
    /// An unknown field, one that plans may not write, or a text that is no value of it.
    pub fn set(&mut self, at: UnixTime, field: &str, value: &str) -> Result<(), FieldError> {
        Field::check(field, value)?;
        self.change(at, By::Plan, field, Some(value))
    }

    /// Writes any field, or makes it unknown. The timeline says so where the value is another one.
    ///
    /// # Errors
    /// An unknown field, or a text that is no value of it.
    pub fn change(
        &mut self,
        at: UnixTime,
        by: By,
        field: &str,
        value: Option<&str>,
    ) -> Result<(), FieldError> {
        let row = Field::named(field)?;
        let before = (row.read)(self);
        if !(row.write)(self, value) {
            return Err(row.bad_value(value.unwrap_or_default()));
        }
        let after = (row.read)(self);
        if after != before {
            let value = after.as_ref().map(Value::to_text);
            self.write_down(at, by, Event::FieldChanged { field: row.name.into(), value });
        }
        Ok(())
    }

    /// Writes down that something happened; the stage follows.
    pub fn record(&mut self, at: UnixTime, by: By, event: Event) {
        match &event {
            Event::QueueEntered { queue, .. } => self.queue = Some(queue.clone()),
            Event::CallbackRequested { queue, number } => {
                self.queue = Some(queue.clone());
                self.callback = Some(number.clone());
            }
            Event::HandedOn { desk, .. } => self.desk = Some(desk.clone()),
            Event::Reassigned { desk, tier, agent, .. } => {
                self.desk = desk.clone().or(self.desk.take());
                self.tier = tier.or(self.tier);
                self.agent = agent.clone();
            }
            _ => {}
        }
        if ends_callback(&event) {
            self.callback = None;
        }
        self.stage = match stage_after(self.stage, self.callback.is_some(), &event) {
            Stage::New if self.channel != Channel::Phone && is_taken_up(&event) => Stage::WithDesk,
            stage => stage,
        };
        self.write_down(at, by, event);
    }

    /// The order of a timeline is the order of things: what a stepped wall clock dates before the entry ahead of it
    /// happened at that one's moment.
    fn write_down(&mut self, at: UnixTime, by: By, event: Event) {
        let last = self.timeline.iter().map(|entry| entry.at).max();
        self.timeline.push(Entry { at: last.map_or(at, |last| last.max(at)), by, event });
    }
}

/// Whether nobody has to call the caller back any more: they were talked to, or nobody will be.
pub(super) fn ends_callback(event: &Event) -> bool {
    matches!(
        event,
        Event::Answered { .. } | Event::HandedOn { .. } | Event::Transferred { .. } | Event::Closed
    )
}

/// Whether somebody at the desk has begun with a case that no call leads from stage to stage.
fn is_taken_up(event: &Event) -> bool {
    matches!(event, Event::Replied { .. } | Event::Paused | Event::Reassigned { agent: Some(_), .. })
}

/// The stage that something leads to. Whether a call back is owed is as of after it. A closed case is closed until
/// somebody opens it again, also where the call that it came by goes on.
pub(super) fn stage_after(stage: Stage, callback_owed: bool, event: &Event) -> Stage {
    match (event, stage) {
        (Event::Closed, _) => Stage::Closed,
        (Event::Reopened, Stage::Closed) => Stage::WithDesk,
        (_, Stage::Closed) => Stage::Closed,
        (Event::Answered { .. }, _) => Stage::WithDesk,
        (Event::HandedOn { .. } | Event::Transferred { .. }, _) => Stage::HandedOn,
        (Event::QueueEntered { .. }, _) => Stage::Waiting,
        (Event::CallbackRequested { .. }, _) => Stage::CallBack,
        (Event::QueueLeft { .. }, Stage::Waiting) if callback_owed => Stage::CallBack,
        (Event::QueueLeft { .. }, Stage::Waiting) => Stage::New,
        (Event::Ended { .. }, Stage::Waiting) if callback_owed => Stage::CallBack,
        (Event::Ended { .. }, Stage::New | Stage::Waiting) => Stage::Closed,
        (_, stage) => stage,
    }
}
