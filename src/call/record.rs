//! The record of a call: what is kept of it when it is over.

use crate::base::{AudioQuality, EndCause, Presentation, UnixTime};

/// One call, from the first message to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The call's id, as cases name it.
    pub call_id: String,
    /// The `Call-ID` of the caller's leg, which the peer chose: without control characters.
    pub sip_call_id: String,
    /// The caller's number where it may be known.
    pub caller: Option<String>,
    /// Whether it may be shown, or why there is none.
    pub caller_presentation: Presentation,
    /// The number dialled, as received.
    pub dialed: String,
    /// Name of the dialplan it ran on.
    pub plan: String,
    /// Version (content hash) of that plan.
    pub plan_version: String,
    /// First message.
    pub started_at: UnixTime,
    /// Answered to the caller.
    pub answered_at: Option<UnixTime>,
    /// The plan began to talk to the caller.
    pub plan_began_at: Option<UnixTime>,
    /// Over.
    pub ended_at: Option<UnixTime>,
    /// Why.
    pub cause: Option<EndCause>,
    /// How many keys the caller pressed.
    pub digits: u32,
    /// The case's number.
    pub case: Option<String>,
    /// Every place of a desk that was rung, in order.
    pub rung: Vec<Rung>,
    /// How the audio of each party was, in the order in which it ended.
    pub audio: Vec<PartyAudio>,
}

/// How one party's audio was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyAudio {
    /// The URI of the place that answered; none: the caller.
    pub target: Option<String>,
    /// What was seen of it.
    pub quality: AudioQuality,
}

/// A place of a desk that was rung for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Its URI.
    pub target: String,
    /// Rung from.
    pub started_at: UnixTime,
    /// It answered.
    pub answered_at: Option<UnixTime>,
    /// It was over, answered or not.
    pub ended_at: Option<UnixTime>,
}

impl Record {
    /// Notes that a place is rung.
    pub fn ring(&mut self, target: &str, at: UnixTime) {
        self.end_rung(at);
        self.rung.push(Rung { target: target.into(), started_at: at, answered_at: None, ended_at: None });
    }

    /// Notes that the place rung last answered.
    pub fn answer_rung(&mut self, at: UnixTime) {
        if let Some(rung) = self.rung.last_mut() {
            rung.answered_at = Some(at);
        }
    }

    /// Notes that the place before the one rung last has the caller again.
    pub fn return_to_last(&mut self, at: UnixTime) {
        self.end_rung(at);
        let before = self.rung.iter().rev().nth(1).map(|rung| rung.target.clone());
        let back = |target| Rung { target, started_at: at, answered_at: Some(at), ended_at: None };
        self.rung.extend(before.map(back));
    }

    /// Notes that the place rung last is over.
    pub fn end_rung(&mut self, at: UnixTime) {
        if let Some(rung) = self.rung.last_mut() {
            rung.ended_at.get_or_insert(at);
        }
    }
}
