//! `survey`: a question answered by one key on a scale, kept in the case as `satisfaction`.

use super::super::announcing::{self, Announcement, Saying};
use super::super::asking::{self, Again, Asking, Question, Retry};
use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::super::trail::Pressed;
use super::Behaviour;
use crate::base::Deadline;
use std::ops::RangeInclusive;

/// The case field that keeps the answer.
const FIELD: &str = "satisfaction";

/// A question, and which keys answer it.
#[derive(Clone, Debug)]
pub struct Survey {
    question: Question,
    scale: RangeInclusive<u8>,
    thanks: Vec<Spoken>,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// The question is asked.
    Asking(Asking),
    /// It was answered; thanks are said.
    Thanking(Saying),
}

impl Behaviour for Survey {
    const DEFINITION: Definition = Definition {
        name: "survey",
        about: "asks how satisfied the caller is, for the case",
        keys: &[
            asking::PROMPT,
            Key::with_default("lowest", Holds::Number(0, 8), "1", "the lowest key of the scale"),
            Key::with_default("highest", Holds::Number(1, 9), "5", "the highest key of the scale"),
            asking::FIRST_DIGIT,
            Key::with_default("attempts", Holds::Number(1, 9), "1", "how often to ask in all"),
            asking::NO_INPUT,
            asking::INVALID,
            Key::optional("thanks", Holds::Prompts, "said after an answer"),
            Key::required("next", Holds::Step, "where to go then, answered or not"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/survey.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let question = Question::read(step, announcing::NEXT.name);
        let (lowest, highest) = (step.count("lowest"), step.count("highest"));
        if highest <= lowest {
            let span = step.table.key_span("highest").or(step.table.key_span("lowest")).unwrap_or_default();
            let error = step.table.error_at("out-of-range", span, "`highest` is not above `lowest`");
            step.found.push(error.help(format!("write highest = {}, or more", lowest + 1)));
        }
        let thanks = step.clips("thanks").unwrap_or_default();
        let scale = u8::try_from(lowest).ok()?..=u8::try_from(highest).ok()?;
        Some(Survey { question: question?, scale, thanks })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.next())]
    }

    fn subject(&self) -> String {
        self.question.subject()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        match scene.caller.typed.pop() {
            Some(key) => self.decide(self.question.answered_early(scene), key, scene),
            None => Flow::Stay(State::Asking(self.question.ask(scene))),
        }
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Asking(asking), Event::Digit(digit)) => self.decide(asking, scene.pressed(digit), scene),
            (State::Asking(asking), Event::PlayDone) if asking.is_playing() => {
                Flow::Stay(State::Asking(self.question.played(asking, scene)))
            }
            (State::Thanking(saying), event) => {
                self.thanking().handle(saying, event, scene).map(State::Thanking)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Asking(asking) if asking.is_playing() => {
                Flow::Stay(State::Asking(self.question.played(asking, scene)))
            }
            State::Asking(asking) => {
                scene.trace("no-input");
                self.retry(asking, Again::NoInput, scene)
            }
            State::Thanking(_) => self.thanking().expire(scene).map(State::Thanking),
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Asking(asking) => asking.deadline(),
            State::Thanking(saying) => saying.deadline(),
        }
    }
}

impl Survey {
    fn next(&self) -> StepId {
        self.question.otherwise()
    }

    fn thanking(&self) -> Announcement {
        Announcement { barge_in: true, next: self.next() }
    }

    fn decide(&self, asking: Asking, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.attended();
        let digit = scene.reveal(key);
        let Some(answer) = digit.decimal().filter(|answer| self.scale.contains(answer)) else {
            scene.trace(format!("invalid {digit}"));
            return self.retry(asking, Again::Invalid, scene);
        };
        scene.trace(format!("digit {digit}"));
        scene.stop();
        scene.set(FIELD, &answer.to_string());
        self.thanking().say(&self.thanks, scene).map(State::Thanking)
    }

    fn retry(&self, asking: Asking, why: Again, scene: &mut Scene<'_>) -> Flow<State> {
        match self.question.failed(asking, why, scene) {
            Retry::Ask(asking) => Flow::Stay(State::Asking(asking)),
            Retry::GiveUp(to) => Flow::Go(to),
        }
    }
}
