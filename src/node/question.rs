//! A question to a service outside, as plain values, and what came of it.

use crate::base::{CallKey, Language, Secret, UnixTime, Verification};
use crate::dialplan::NoAnswer;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Names one question, so that a late answer is not taken for the next one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskKey(pub u64);

/// One question of a call. It holds no digits but those that are facts of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name.
    pub ask: AskKey,
    /// The call.
    pub call: CallKey,
    /// The webhook's name in the settings.
    pub webhook: Arc<str>,
    /// How long an answer is of use.
    pub deadline: Duration,
    /// When it was asked.
    pub at: UnixTime,
    /// The call's id, as cases and records name it.
    pub call_id: String,
    /// The case's number, where it is durable.
    pub case: Option<String>,
    /// The caller's number, where it may be known.
    pub caller: Option<String>,
    /// The number dialled, as received.
    pub dialed: String,
    /// The caller's language.
    pub language: Language,
    /// The plan.
    pub plan: Arc<str>,
    /// The step that asks.
    pub step: Arc<str>,
    /// The facts of the case that the plan has set so far.
    pub facts: BTreeMap<String, String>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The question.
    pub ask: AskKey,
    /// The call.
    pub call: CallKey,
    /// The word that was answered (`base::limits::is_answer`), or why there is none.
    pub answer: Result<Arc<str>, NoAnswer>,
}

/// A PIN to be verified. It prints without its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinQuestion {
    /// The question's name.
    pub ask: AskKey,
    /// The call.
    pub call: CallKey,
    /// The digits.
    pub pin: Secret<String>,
    /// How long an answer is of use.
    pub deadline: Duration,
    /// When it was asked.
    pub at: UnixTime,
}

/// What came of a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinAnswer {
    /// The question.
    pub ask: AskKey,
    /// The call.
    pub call: CallKey,
    /// Whether its owner has a right to support and who says so, or why nobody knows.
    pub came: Result<Verification, NoAnswer>,
}

impl PinQuestion {
    /// What came of it.
    pub fn judged(&self, came: Result<Verification, NoAnswer>) -> PinAnswer {
        PinAnswer { ask: self.ask, call: self.call, came }
    }
}

impl Question {
    /// What came of it.
    pub fn told(&self, answer: Result<Arc<str>, NoAnswer>) -> Told {
        Told { ask: self.ask, call: self.call, answer }
    }
}
