//! What happened to a case, in order.

use crate::base::{EndCause, UnixTime};

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

/// Who did something to a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The caller, by calling, pressing a key or hanging up.
    Caller,
    /// The dialplan.
    Plan,
    /// The engine.
    Engine,
    /// A person at the desk, by name.
    Agent(String),
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
    /// Somebody wrote something down.
    Noted {
        /// What.
        text: String,
    },
    /// The call ended.
    Ended {
        /// Why.
        cause: EndCause,
    },
    /// The case was closed.
    Closed,
}
