//! The journal: what happened, in order; every other record is a view of it.

use crate::base::{CallKey, Digit, EndCause, LegKey, Now, Presentation};
use crate::media::{DigitSource, StreamReport};
use crate::signaling::{PhoneStanding, TrunkStanding};
use std::sync::Arc;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Now,
    /// In which call; `None` for the engine itself.
    pub call: Option<CallKey>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A call came in.
    CallStarted {
        /// Its id, as cases and records name it. It is the engine's own: a SIP Call-ID is the peer's to choose.
        call_id: Arc<str>,
        /// Caller's number, where it may be known.
        caller: Option<String>,
        /// Whether it may be shown, or why there is none.
        presentation: Presentation,
        /// The number dialled.
        dialed: String,
    },
    /// A leg belongs to the call from now on.
    Leg {
        /// The leg.
        leg: LegKey,
        /// `caller`, or the desk's name.
        role: String,
    },
    /// The call was answered.
    Answered,
    /// The case exists, durable or not yet.
    CaseOpened {
        /// Its number.
        number: String,
    },
    /// A key; `None` where it is part of a secret.
    Digit {
        /// The key.
        digit: Option<Digit>,
        /// How it came.
        source: DigitSource,
    },
    /// A step of the plan did something.
    Step {
        /// The step.
        step: Arc<str>,
        /// Its verb.
        verb: &'static str,
        /// What.
        event: String,
    },
    /// The caller hears this now.
    Plays {
        /// Prompt ids, in order.
        clips: Vec<String>,
    },
    /// The caller hears nothing from the engine any more.
    PlayStopped,
    /// A fact of the case changed.
    Fact {
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// The caller waits in line.
    Queued {
        /// The queue.
        queue: Arc<str>,
        /// At their old place: they were taken from it, and are with nobody after all.
        again: bool,
    },
    /// A message of the caller is durable.
    Recorded {
        /// Its file in the folder of recordings.
        file: String,
        /// Its length, rounded up.
        seconds: u32,
    },
    /// A desk target is called.
    Offered {
        /// Desk or queue name.
        desk: Arc<str>,
        /// The URI called.
        target: String,
    },
    /// A desk target did not take the call.
    NotTaken {
        /// The URI called.
        target: String,
        /// `busy`, `no-answer`, `unreachable`.
        why: &'static str,
    },
    /// Somebody at the desk refers the caller elsewhere.
    Referred {
        /// The desk's name there, the place's or the trunk's.
        desk: Arc<str>,
        /// The URI called.
        target: String,
    },
    /// Caller and desk hear each other.
    Connected {
        /// The desk's name.
        desk: Arc<str>,
        /// The URI that answered.
        target: String,
    },
    /// A party holds or resumes.
    Hold {
        /// The leg.
        leg: LegKey,
        /// Held or not.
        held: bool,
    },
    /// A leg's audio ended: what its stream saw.
    Stream {
        /// The leg.
        leg: LegKey,
        /// Its counters.
        report: StreamReport,
    },
    /// The desk's side left.
    DeskLeft,
    /// The call is over: once for each call.
    CallEnded {
        /// Why.
        cause: EndCause,
    },
    /// Every leg, port and timer of the call is gone.
    CallGone,
    /// A trunk stands otherwise than before.
    Trunk {
        /// How.
        standing: Box<TrunkStanding>,
        /// What of it somebody should read, a line each.
        news: Vec<String>,
    },
    /// A phone is registered otherwise than before, or for longer.
    Phone {
        /// Where it is.
        standing: Box<PhoneStanding>,
        /// What of it somebody should read, a line each.
        news: Vec<String>,
    },
    /// From now on new calls take other plans.
    PlansReplaced {
        /// Name and content hash of each.
        plans: String,
    },
    /// What a test phone does or hears.
    Note {
        /// In words.
        text: String,
    },
    /// Something went wrong that someone should read.
    Trouble {
        /// What.
        text: String,
    },
}
