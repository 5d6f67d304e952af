//! What happened to a case, in order.

use super::values::{ClockKind, Ring, Tier};
use crate::base::{EndCause, Number, UnixTime};
use std::fmt;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: UnixTime,
    /// Who did it.
    pub by: By,
    /// What.
    pub event: Event,
}

/// Which of the fields that clocks and escalation go by a person has changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amended {
    desk: bool,
    option: bool,
    severity: bool,
}

impl Amended {
    /// Whether a field becomes what somebody says of it now: what a person has said stands, whatever the call that goes on
    /// says of it later.
    pub(super) fn yields(&mut self, by: &By, field: &str) -> bool {
        let amended = match field {
            "desk" => &mut self.desk,
            "option" => &mut self.option,
            "severity" => &mut self.severity,
            _ => return true,
        };
        *amended |= matches!(by, By::Agent(_));
        !*amended || matches!(by, By::Agent(_))
    }
}

/// Who did something to a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The caller, by calling, pressing a key or hanging up.
    Caller,
    /// The customer, on the web.
    Customer,
    /// The dialplan.
    Plan,
    /// The engine.
    Engine,
    /// A person at the desk, by name.
    Agent(String),
}

impl By {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<By> {
        match text {
            "caller" => Some(By::Caller),
            "customer" => Some(By::Customer),
            "plan" => Some(By::Plan),
            "engine" => Some(By::Engine),
            other => other.strip_prefix("agent:").map(|name| By::Agent(name.to_string())),
        }
    }
}

/// `caller`, `customer`, `plan`, `engine`, `agent:NAME`.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Caller => f.write_str("caller"),
            By::Customer => f.write_str("customer"),
            By::Plan => f.write_str("plan"),
            By::Engine => f.write_str("engine"),
            By::Agent(name) => write!(f, "agent:{name}"),
        }
    }
}

/// What can happen to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The case was opened.
    Opened,
    /// A field got another value; none: it is unknown now.
    FieldChanged {
        /// The field's name.
        field: String,
        /// Its new value as text.
        value: Option<String>,
    },
    /// The caller heard the case number.
    NumberTold,
    /// The caller entered a queue.
    QueueEntered {
        /// Its name.
        queue: String,
        /// The place in line, 1 for the next to be served.
        position: u32,
    },
    /// The caller left a queue without being answered from it.
    QueueLeft {
        /// Its name.
        queue: String,
    },
    /// The caller wants to be called back.
    CallbackRequested {
        /// The queue in whose line they are owed a place.
        queue: String,
        /// Where to call.
        number: Number,
    },
    /// The call was offered to somebody.
    Offered {
        /// Whom: a SIP URI or an agent's name.
        target: String,
    },
    /// Somebody did not take it.
    Declined {
        /// Who.
        target: String,
        /// Why: `busy`, `no-answer`, `unreachable` or the like.
        why: String,
    },
    /// Somebody at the desk took it.
    Answered {
        /// Who.
        target: String,
    },
    /// Another desk took it.
    HandedOn {
        /// The desk.
        desk: String,
        /// Who answered there.
        target: String,
    },
    /// Somebody at the desk refers the caller elsewhere: by whom, is who did it.
    Referred {
        /// To whom: a SIP URI, or a number of a trunk.
        to: String,
    },
    /// A place outside the desks took it, or one that somebody at the desk referred the caller to.
    Transferred {
        /// The transfer's name, or the desk's.
        to: String,
        /// Who answered there.
        target: String,
    },
    /// The caller left a message.
    VoicemailLeft {
        /// Its file in the folder of recordings.
        file: String,
        /// Its length, rounded up.
        seconds: u32,
    },
    /// The customer was told how it stands: the first response where there was none, else an update.
    Replied {
        /// What the customer was told.
        text: String,
    },
    /// From here on the customer is waited for.
    Paused,
    /// The customer has answered.
    Resumed,
    /// Somebody wrote something down.
    Noted {
        /// What.
        text: String,
        /// Whether the customer may read it.
        public: bool,
    },
    /// A file was put to it.
    Attached {
        /// Its name in the folder of attachments.
        file: String,
        /// What it was called by who sent it.
        name: String,
        /// What it is, as `image/png`.
        media_type: String,
        /// How long it is.
        bytes: u64,
    },
    /// The case went to another desk, tier or person; what is none stayed as it was.
    Reassigned {
        /// The desk.
        desk: Option<String>,
        /// The tier.
        tier: Option<Tier>,
        /// The person; none where the case went to a desk or tier, and to nobody of it yet.
        agent: Option<String>,
        /// Why.
        why: String,
    },
    /// A clock ran short, or what was promised came in time or is late.
    ClockRang {
        /// Which.
        clock: ClockKind,
        /// What it says.
        ring: Ring,
        /// When it is or was due.
        due: UnixTime,
    },
    /// Somebody was told that the case needs more than its desk.
    Escalated {
        /// How high, 1 for the first to be told.
        level: u8,
        /// Who was told.
        to: String,
        /// Why, where somebody at the desk wanted it; who, is who did it.
        why: Option<String>,
    },
    /// Somebody takes care of what was escalated: by whom, is who did it.
    EscalationTaken,
    /// The call ended.
    Ended {
        /// Why.
        cause: EndCause,
    },
    /// The case was closed.
    Closed,
    /// The case was opened again.
    Reopened,
}

impl Event {
    /// Whether somebody answered the customer by it, or told them how it stands: the first response where there was none,
    /// else an update.
    pub fn is_response(&self) -> bool {
        matches!(
            self,
            Event::Answered { .. }
                | Event::HandedOn { .. }
                | Event::Transferred { .. }
                | Event::Replied { .. }
        )
    }
}
