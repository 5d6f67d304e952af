//! The record of one call, as kept after it: who, when, by which plan, and why it ended.

use crate::base::{AudioQuality, EndCause, Number, Presentation, UnixTime};
use crate::case::CaseNumber;
use crate::dialplan::trail::Trail;

/// A call's record. Keys are in its trail, and only those that belong to no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The engine's name for the call, unique for ever; writing it again replaces the record.
    pub id: String,
    /// The `Call-ID` of the caller's leg.
    pub call_id: String,
    /// The case, where the call came so far.
    pub case: Option<CaseNumber>,
    /// The caller, where the number may be kept.
    pub from: Option<Number>,
    /// Whether that may be shown, or why there is none; not known of calls kept by a program that did not note it.
    pub presentation: Option<Presentation>,
    /// The number that was called.
    pub to: Option<Number>,
    /// When the first request came.
    pub started_at: UnixTime,
    /// When the call was answered.
    pub answered_at: Option<UnixTime>,
    /// When the dialplan began to talk to the caller.
    pub plan_began_at: Option<UnixTime>,
    /// When the call ended.
    pub ended_at: Option<UnixTime>,
    /// Why the call ended.
    pub cause: Option<EndCause>,
    /// The dialplan that ran.
    pub plan: Option<String>,
    /// The hash of that dialplan's text, so that a reload can be told.
    pub plan_hash: Option<String>,
    /// How many digits the caller pressed.
    pub digits: u32,
    /// What the call did in its dialplan; none where it came to none, or was kept by a program that
    /// noted no trails.
    pub trail: Option<Trail>,
    /// The other legs, in the order they were tried.
    pub legs: Vec<LegRecord>,
    /// How the audio of each party was; none of a call that had none, or was kept by a program that noted none.
    pub audio: Vec<AudioRecord>,
}

/// How one party's audio was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioRecord {
    /// The SIP URI that answered; none: the caller.
    pub target: Option<String>,
    /// What was seen of it.
    pub quality: AudioQuality,
}

/// A leg towards a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegRecord {
    /// Whom: a SIP URI.
    pub target: String,
    /// When it was tried.
    pub started_at: UnixTime,
    /// When it was answered.
    pub answered_at: Option<UnixTime>,
    /// When it ended.
    pub ended_at: Option<UnixTime>,
    /// The last SIP status that came, where one did.
    pub status: Option<u16>,
}
