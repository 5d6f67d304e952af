//! What a run asks for, what it is told, and what it may look up.

use crate::base::{
    Clip, Coverage, Digit, EndCause, Known, Language, Number, RecordingLimits, Secret, Verification,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a run wants done. Actions leave in order; the engine carries each out before the next event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Something happened at a step: for traces, ladders and `simulate`'s table.
    Trace {
        /// The step.
        step: Arc<str>,
        /// Its verb.
        verb: &'static str,
        /// `enter`, `digit 2`, `no-input`, `invalid 9`, `hours open`, `queue full`, …
        event: String,
    },
    /// Play these clips in place of whatever plays. [`Event::PlayDone`] follows unless `repeat`.
    Play {
        /// What to play.
        clips: Vec<Clip>,
        /// Again from the start, until replaced or stopped.
        repeat: bool,
    },
    /// Stop what plays.
    StopPlay,
    /// A fact of the case: a field of `case::fields` and its value as text (`language` = `ja`,
    /// `interpreter` = `true`, `has_pin` = `true`, `desk` = `japan`, …).
    Set {
        /// Field name.
        field: String,
        /// Value as text; empty: it is no longer known.
        value: String,
    },
    /// Wait in line for a desk. Queue events follow.
    Enqueue {
        /// The queue's name in the settings.
        queue: Arc<str>,
    },
    /// Leave the line. No further queue event follows.
    LeaveQueue,
    /// Connect to a desk's own number (`dial` of the settings), first to last. Dial events follow.
    Dial {
        /// The desk's name in the settings.
        desk: Arc<str>,
        /// How long each of its targets may ring, in seconds.
        ring_seconds: u32,
    },
    /// Connect to a place outside the desks. Dial events follow.
    Transfer {
        /// The transfer's name in the settings.
        to: Arc<str>,
        /// How long it may ring, in seconds.
        ring_seconds: u32,
    },
    /// Give up dialling or the transfer. No further dial event follows.
    CancelDial,
    /// The caller wants to be called back at this number, in the turn of this queue's line.
    RequestCallback {
        /// The queue's name in the settings.
        queue: Arc<str>,
        /// The number, confirmed by the caller; a subscriber's.
        number: Number,
    },
    /// Ask a service outside. [`Event::Answered`] follows.
    Ask {
        /// The webhook's name in the settings.
        webhook: Arc<str>,
        /// How long its answer is waited for.
        deadline: Duration,
    },
    /// Verify a PIN. [`Event::Verified`] follows.
    Verify {
        /// The digits.
        pin: Secret<String>,
        /// How long the answer is waited for.
        deadline: Duration,
    },
    /// A remark for whoever reads the case.
    Note {
        /// What is to be read.
        text: String,
    },
    /// Wait for the answer no more. No [`Event::Answered`] or [`Event::Verified`] follows.
    DropQuestion,
    /// Record what the caller says. [`Event::Recorded`] follows; before it [`Event::RecordingEnded`], where
    /// the recording ends by itself.
    Record(RecordingLimits),
    /// End the recording.
    StopRecording,
    /// The caller has heard the case number to its end.
    CaseNumberTold,
    /// End the call. The run is finished.
    Hangup {
        /// Why.
        cause: EndCause,
    },
}

/// Why a queue does not take a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueRefusal {
    /// As many wait as may wait.
    Full,
    /// Its desk is closed.
    Closed,
    /// It has nobody to offer callers to.
    Unstaffed,
}

/// Why dialling a desk failed, after its last target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DialFailure {
    /// Busy or refused.
    Busy,
    /// Rang and nobody answered.
    NoAnswer,
    /// Could not be reached.
    Unreachable,
}

/// What became of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is on disk, and in the case.
    Kept {
        /// Its length, rounded up.
        seconds: u32,
    },
    /// It was too short, or had no voice.
    Nothing,
    /// It could not be kept.
    Lost,
}

/// Why a service outside gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoAnswer {
    /// None came in time.
    Late,
    /// It could not be reached, or broke off.
    Unreachable,
    /// It answered with this HTTP status in place of 200.
    Status(u16),
    /// Its answer was longer than any may be.
    TooLarge,
    /// Its answer was none that could be read.
    NotUnderstood,
    /// As many questions are open as may be: it was not asked.
    TooMany,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::Late => f.write_str("late"),
            NoAnswer::Unreachable => f.write_str("unreachable"),
            NoAnswer::Status(status) => write!(f, "status {status}"),
            NoAnswer::TooLarge => f.write_str("too large"),
            NoAnswer::NotUnderstood => f.write_str("not understood"),
            NoAnswer::TooMany => f.write_str("too many questions are open"),
        }
    }
}

/// What a run is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The caller pressed a key.
    Digit(Digit),
    /// The playout that was asked for last has ended by itself.
    PlayDone,
    /// The case has its number and is durable.
    CaseReady,
    /// The queue did not take the caller, or no longer has them.
    QueueRefused(QueueRefusal),
    /// The caller's place in line (1 = next), told at entry and at every change.
    QueuePlace {
        /// 1 = next.
        place: u32,
        /// Expected wait in minutes, rounded up, where it can be told.
        wait_minutes: Option<u32>,
    },
    /// The line's next desk phone rings, or a desk target rings.
    Ringing,
    /// Caller and desk hear each other. Whatever played was stopped.
    Connected,
    /// The desk's side ended the connection; the caller is still there.
    DeskLeft,
    /// No target of the desk took the call; while caller and desk talk: the desk has referred the caller to
    /// somebody who did not take them, and hung up.
    DialFailed(DialFailure),
    /// The recording ended by itself; what becomes of it follows.
    RecordingEnded,
    /// What became of the recording that was asked for last.
    Recorded(Recorded),
    /// The service that was asked last answered with this word, or with none.
    Answered(Result<Arc<str>, NoAnswer>),
    /// What came of the PIN that was to be verified last.
    Verified(Result<Verification, NoAnswer>),
}

/// Whether a desk takes callers now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desk {
    /// Open.
    Open,
    /// Before or after the hours of an open day.
    OutsideHours,
    /// No hours on this weekday.
    Weekend,
    /// A public holiday.
    Holiday,
    /// A day the company named.
    CompanyDay,
    /// Closed by hand.
    Emergency,
}

impl Desk {
    /// Every state in which it takes nobody.
    pub const CLOSED: [Desk; 5] =
        [Desk::OutsideHours, Desk::Weekend, Desk::Holiday, Desk::CompanyDay, Desk::Emergency];

    /// As plans and traces name it: `open`, `outside`, `weekend`, `holiday`, `company`, `emergency`.
    pub const fn name(self) -> &'static str {
        match self {
            Desk::Open => "open",
            Desk::OutsideHours => "outside",
            Desk::Weekend => "weekend",
            Desk::Holiday => "holiday",
            Desk::CompanyDay => "company",
            Desk::Emergency => "emergency",
        }
    }
}

/// How a line stands for whoever would join it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How many wait.
    pub waiting: u32,
    /// Expected wait of one more in minutes, rounded up, where it can be told.
    pub wait_minutes: Option<u32>,
}

/// What a run may look up at the moment it is told something.
pub trait World {
    /// Whether this desk takes callers now. The name was checked to exist.
    fn desk(&self, desk: &str) -> Desk;
    /// How long this queue's line is now. The name was checked to exist.
    fn line(&self, queue: &str) -> Line;
    /// The caller's number, where it is known and not withheld.
    fn caller_number(&self) -> Option<Number>;
    /// The number of this call's case, once it is durable.
    fn case_number(&self) -> Option<String>;
    /// Which prompts exist in a language: a run skips what does not, and traces it.
    fn has_prompt(&self, prompt: &crate::base::PromptId, language: Language) -> bool;
    /// What is known of the caller before the plan begins; usually nothing.
    fn known(&self) -> Known {
        Known::default()
    }
    /// Whether callers are asked for PINs: somebody keeps them.
    fn takes_pins(&self) -> bool {
        false
    }
    /// Who answers a question of which this is known, asked in this language.
    fn coverage(&self, _known: &Known, language: Language) -> Coverage {
        Coverage::of_nothing(language)
    }
}
