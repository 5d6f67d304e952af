//! What a plan may look up, answered from the rooms that know.

use crate::audio::Library;
use crate::base::{Coverage, Known, Language, Number, PromptId, UnixTime};
use crate::calendar::{Calendar, Reason, State};
use crate::customer;
use crate::dialplan::{Desk, Line, World};
use crate::queue::{Lines, Outlook};
use crate::speech::{self, Sentence};

/// The rooms that a plan's look-ups are answered from.
#[derive(Clone, Copy)]
pub(super) struct Rooms<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) library: &'a Library,
    pub(super) lines: &'a Lines,
    /// Whether there is a voice.
    pub(super) speaks: bool,
    /// Whether callers are asked for PINs.
    pub(super) takes_pins: bool,
}

/// The look-ups of one call at one moment.
pub(super) struct View<'a> {
    pub(super) wall: UnixTime,
    pub(super) rooms: Rooms<'a>,
    /// The caller's number where it may be shown.
    pub(super) caller: Option<Number>,
    pub(super) durable_case: Option<String>,
}

impl World for View<'_> {
    fn desk(&self, desk: &str) -> Desk {
        desk_state(self.rooms.calendar, desk, self.wall)
    }

    fn line(&self, queue: &str) -> Line {
        let Outlook { waiting, wait_minutes } = self.rooms.lines.outlook(queue);
        Line { waiting, wait_minutes }
    }

    fn caller_number(&self) -> Option<Number> {
        self.caller.clone()
    }

    fn case_number(&self) -> Option<String> {
        self.durable_case.clone()
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        let is_spoken =
            || self.rooms.speaks && language == speech::LANGUAGE && Sentence::of(prompt).is_some();
        self.rooms.library.sound(prompt, language).is_some() || is_spoken()
    }

    fn takes_pins(&self) -> bool {
        self.rooms.takes_pins
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        customer::cover(known, language)
    }
}

/// Whether a desk takes callers, in the plan's words. A desk without hours of its own is open.
pub fn desk_state(calendar: &Calendar, desk: &str, at: UnixTime) -> Desk {
    match calendar.desk(desk).map(|schedule| schedule.state(at)) {
        None | Some(State::Open { .. }) => Desk::Open,
        Some(State::Closed { reason, .. }) => closed(&reason),
    }
}

fn closed(reason: &Reason) -> Desk {
    match reason {
        Reason::BeforeHours | Reason::BetweenHours | Reason::AfterHours => Desk::OutsideHours,
        Reason::Weekend | Reason::NoHours(_) => Desk::Weekend,
        Reason::Holiday(_) => Desk::Holiday,
        Reason::CompanyDay(_) => Desk::CompanyDay,
        Reason::Emergency(_) => Desk::Emergency,
    }
}
