//! What a verb sees and touches while it runs.

use super::contract::{Action, World};
use super::plan::StepId;
use super::speech::Spoken;
use super::typed::Typed;
use crate::base::{Clip, Deadline, Digit, EndCause, Instant, Language, PromptId, Secret};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// No announcement is longer. Where its end is never reported the run goes on after this.
const LONGEST_PLAYOUT: Duration = Duration::from_secs(180);

/// What a verb says after it was told something.
#[derive(Clone, Debug)]
pub enum Flow<S> {
    /// Stay at this step, in this state.
    Stay(S),
    /// Go on at another step.
    Go(StepId),
    /// End the call.
    End(EndCause),
}

impl<S> Flow<S> {
    /// The same with the state wrapped.
    pub(super) fn map<T>(self, wrap: impl FnOnce(S) -> T) -> Flow<T> {
        match self {
            Flow::Stay(state) => Flow::Stay(wrap(state)),
            Flow::Go(step) => Flow::Go(step),
            Flow::End(cause) => Flow::End(cause),
        }
    }
}

/// Digits a `collect` step has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The digits; hidden whether or not the plan calls them secret.
    pub digits: Secret<String>,
    /// Whether the plan calls them secret.
    pub secret: bool,
}

/// What a run knows of its caller, whatever step it is at.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub out: VecDeque<Action>,
    pub typed: Typed,
    pub language: Language,
    pub facts: BTreeMap<String, String>,
    pub collected: BTreeMap<StepId, Collected>,
    pub playing: bool,
    /// A terminator that may still follow digits which were already complete.
    pub absorb: Option<(Digit, Instant)>,
    /// Whether the caller did something, or reached somebody, since the steps were last counted.
    pub attended: bool,
}

/// The moment, the look-ups and the caller, as one step sees them.
pub struct Scene<'r> {
    pub(super) now: Instant,
    pub(super) world: &'r dyn World,
    pub(super) step: StepId,
    pub(super) name: &'r Arc<str>,
    pub(super) verb: &'static str,
    pub(super) caller: &'r mut Caller,
}

impl Scene<'_> {
    /// Says what happened here.
    pub(super) fn trace(&mut self, event: impl Into<String>) {
        let action = Action::Trace { step: self.name.clone(), verb: self.verb, event: event.into() };
        self.act(action);
    }

    /// Asks for something.
    pub(super) fn act(&mut self, action: Action) {
        self.caller.out.push_back(action);
    }

    /// Plays an announcement once. `false` where nothing of it is recorded, so that no end follows.
    pub(super) fn play(&mut self, spoken: &[Spoken]) -> bool {
        self.play_clips(spoken, false)
    }

    /// Plays again and again, until replaced or stopped; the ringback tone where nothing is recorded.
    pub(super) fn play_on(&mut self, spoken: &[Spoken]) {
        if !self.play_clips(spoken, true) {
            self.act(Action::Play { clips: vec![Clip::Ringback], repeat: true });
            self.caller.playing = true;
        }
    }

    fn play_clips(&mut self, spoken: &[Spoken], repeat: bool) -> bool {
        let clips: Vec<Clip> =
            spoken.iter().take(crate::base::limits::CLIPS_PER_PLAY).filter_map(|s| self.clip(s)).collect();
        let heard = clips.iter().any(|clip| !matches!(clip, Clip::Pause(_)));
        if heard {
            self.act(Action::Play { clips, repeat });
            self.caller.playing = true;
        }
        heard
    }

    /// The recording in the wanted language, else in the other one rather than silence.
    fn clip(&mut self, spoken: &Spoken) -> Option<Clip> {
        let (id, language) = match spoken {
            Spoken::Pause(length) => return Some(Clip::Pause(*length)),
            Spoken::Beep => return Some(Clip::Beep),
            Spoken::Prompt(id, language) => (id, language.unwrap_or(self.caller.language)),
        };
        let recorded = |l: &Language| self.world.has_prompt(id, *l);
        let found = [language].into_iter().chain(Language::ALL).find(recorded);
        if found != Some(language) {
            self.trace(missing(id, language));
        }
        Some(Clip::Prompt(id.clone(), found?))
    }

    /// Stops what plays, where something plays.
    pub(super) fn stop(&mut self) {
        if std::mem::take(&mut self.caller.playing) {
            self.act(Action::StopPlay);
        }
    }

    /// The latest moment at which a playout begun now is over.
    pub(super) fn playout_guard(&self) -> Instant {
        self.now + LONGEST_PLAYOUT
    }

    /// Keeps a digit for a later step.
    pub(super) fn keep(&mut self, digit: Digit) {
        if !self.caller.typed.push(digit) && self.caller.typed.dropped() == 1 {
            self.trace("type-ahead full");
        }
    }

    /// Forgets digits that were typed for something else.
    pub(super) fn forget_typed(&mut self) {
        let count = self.caller.typed.clear();
        if count > 0 {
            self.trace(format!("type-ahead forgotten: {count}"));
        }
    }

    /// The caller did something.
    pub(super) fn attended(&mut self) {
        self.caller.attended = true;
    }

    /// Records a fact of the case.
    pub(super) fn set(&mut self, field: &str, value: &str) {
        self.caller.facts.insert(field.to_owned(), value.to_owned());
        self.act(Action::Set { field: field.to_owned(), value: value.to_owned() });
    }
}

fn missing(id: &PromptId, language: Language) -> String {
    format!("no prompt {id} in {language}")
}

/// A deadline in the middle of an announcement: its end should have been reported long before.
pub(super) fn guard(at: Instant) -> Option<Deadline> {
    Some(Deadline { at, why: "end of announcement" })
}
