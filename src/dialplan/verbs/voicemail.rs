//! `voicemail`: records what the caller says after the tone, for the case.
//!
//! A key pressed while the words are said brings the tone at once; it does not skip the recording.
//! Silence, the key that finishes, the longest length or a hang-up end it. What is shorter than `least`,
//! or has no voice in it, is thrown away. A message is in the case before the caller is thanked for it.
//!
//! Nothing is recorded while a secret is asked for: a call is at one step at a time, this one asks for
//! none, and the recording has ended before the next begins.

use super::super::contract::{Action, Event, Recorded};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Flow, Scene, guard};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{Deadline, Digit, Instant, RecordingLimits};
use std::time::Duration;

/// How much longer than it may be a recording is waited for.
const LEEWAY: Duration = Duration::from_secs(1);
/// How long a message may take to reach the disk before the caller goes on without thanks.
const KEEPING: Duration = Duration::from_secs(5);

/// What is said, what is recorded, and where the caller goes then.
#[derive(Clone, Debug)]
pub struct Voicemail {
    /// The words, and the tone.
    prompt: Vec<Spoken>,
    limits: RecordingLimits,
    finish: Digit,
    thanks: Vec<Spoken>,
    next: StepId,
    nothing: Option<StepId>,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// The words are said, then the tone.
    Introducing {
        /// When they are over at the latest.
        guard: Instant,
    },
    /// The caller speaks.
    Recording {
        /// When the recording has ended at the latest.
        until: Instant,
    },
    /// The message is on its way to the disk.
    Keeping {
        /// When to go on without it.
        until: Instant,
    },
    /// The caller is thanked.
    Thanking {
        /// When that is over at the latest.
        guard: Instant,
    },
}

impl Behaviour for Voicemail {
    const DEFINITION: Definition = Definition {
        name: "voicemail",
        about: "records what the caller says after a tone, for the case",
        keys: &[
            Key::required("prompt", Holds::Prompts, "said before the tone; a key brings the tone at once"),
            Key::with_default("max", Holds::seconds(5, 600), "3m", "the longest message"),
            Key::with_default("silence", Holds::seconds(2, 30), "6s", "ends after so much silence"),
            Key::with_default("finish", Holds::TelephoneKey, "#", "the key that ends it"),
            Key::with_default(
                "least",
                Holds::seconds(0, 60),
                "1s",
                "what is shorter, or has no voice in it, is thrown away",
            ),
            Key::optional("thanks", Holds::Prompts, "said once the message is kept"),
            Key::required("next", Holds::Step, "where to go then"),
            Key::optional(
                "nothing",
                Holds::Step,
                "where nothing was recorded or could be kept; left out: `next`",
            ),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/voicemail.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let prompt = step.clips("prompt");
        let limits = limits(step);
        let finish = match step.get::<String>("finish") {
            Some(name) => step.digit(&name),
            None => Digit::from_char('#'),
        };
        let thanks = step.clips("thanks").unwrap_or_default();
        let next = step.target("next");
        let nothing = step.target("nothing");
        let prompt = prompt.map(|words| words.into_iter().chain([Spoken::Beep]).collect());
        Some(Voicemail { prompt: prompt?, limits: limits?, finish: finish?, thanks, next: next?, nothing })
    }

    fn exits(&self) -> Vec<Exit> {
        let nothing = self.nothing.map(|to| Exit::new("nothing", to, On::Others));
        [Exit::course("next", self.next)].into_iter().chain(nothing).collect()
    }

    fn subject(&self) -> String {
        Spoken::names(&self.prompt)
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        self.introduce(&self.prompt, scene)
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Introducing { .. }, Event::PlayDone) => self.record(scene),
            (State::Introducing { .. }, Event::Digit(_)) => {
                scene.attended();
                self.introduce(&[Spoken::Beep], scene)
            }
            (State::Recording { .. }, Event::Digit(digit)) if digit == self.finish => {
                scene.attended();
                scene.trace("recording finished by a key");
                stop(scene)
            }
            (State::Recording { .. }, Event::RecordingEnded) => keeping(scene),
            (State::Recording { .. } | State::Keeping { .. }, Event::Recorded(recorded)) => {
                self.recorded(recorded, scene)
            }
            (State::Thanking { .. }, Event::PlayDone) => Flow::Go(self.next),
            (State::Thanking { .. }, Event::Digit(digit)) => {
                scene.keep(digit);
                scene.stop();
                Flow::Go(self.next)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Introducing { .. } => {
                scene.stop();
                self.record(scene)
            }
            State::Recording { .. } => stop(scene),
            State::Keeping { .. } => {
                scene.trace("recording not kept in time");
                Flow::Go(self.without())
            }
            State::Thanking { .. } => {
                scene.stop();
                Flow::Go(self.next)
            }
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Introducing { guard: at } | State::Thanking { guard: at } => guard(*at),
            State::Recording { until } => Some(Deadline { at: *until, why: "longest message" }),
            State::Keeping { until } => Some(Deadline { at: *until, why: "message on disk" }),
        }
    }
}

impl Voicemail {
    fn introduce(&self, said: &[Spoken], scene: &mut Scene<'_>) -> Flow<State> {
        match scene.play(said) {
            true => Flow::Stay(State::Introducing { guard: scene.playout_guard() }),
            false => self.record(scene),
        }
    }

    fn record(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.trace("records");
        scene.act(Action::Record(self.limits));
        Flow::Stay(State::Recording { until: scene.now + self.limits.most + LEEWAY })
    }

    fn recorded(&self, recorded: Recorded, scene: &mut Scene<'_>) -> Flow<State> {
        let Recorded::Kept { seconds } = recorded else {
            scene.trace(if recorded == Recorded::Nothing { "nothing recorded" } else { "recording lost" });
            return Flow::Go(self.without());
        };
        scene.attended();
        scene.trace(format!("recorded {seconds} s"));
        match !self.thanks.is_empty() && scene.play(&self.thanks) {
            true => Flow::Stay(State::Thanking { guard: scene.playout_guard() }),
            false => Flow::Go(self.next),
        }
    }

    fn without(&self) -> StepId {
        self.nothing.unwrap_or(self.next)
    }
}

fn stop(scene: &mut Scene<'_>) -> Flow<State> {
    scene.act(Action::StopRecording);
    keeping(scene)
}

fn keeping(scene: &Scene<'_>) -> Flow<State> {
    Flow::Stay(State::Keeping { until: scene.now + KEEPING })
}

/// `None` where nothing could ever be long enough.
fn limits(step: &mut StepReader<'_, '_>) -> Option<RecordingLimits> {
    let most = step.duration("max");
    let silence = step.duration("silence");
    let least = step.duration("least");
    if least >= most {
        let key = if step.table.has("least") { "least" } else { "max" };
        let span = step.table.key_span(key).unwrap_or_default();
        step.reject("out-of-range", span, "`least` is not less than `max`");
        return None;
    }
    Some(RecordingLimits { most, silence, least })
}
