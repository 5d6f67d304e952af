//! `menu`: a question answered by one key.

use super::super::asking::{self, Again, Asking, Question, Retry};
use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::syntax::{StepReader, resolve};
use super::super::trail::Pressed;
use super::Behaviour;
use crate::base::{Deadline, Digit};
use std::collections::BTreeMap;

/// A question and where each key leads.
#[derive(Clone, Debug)]
pub struct Menu {
    question: Question,
    keys: BTreeMap<Digit, StepId>,
}

impl Behaviour for Menu {
    const DEFINITION: Definition = Definition {
        name: "menu",
        about: "asks for one key and goes where it leads",
        keys: &[
            asking::PROMPT,
            Key::required("keys", Holds::KeysToSteps, "where each key leads: keys.1 = \"step\""),
            asking::FIRST_DIGIT,
            asking::ATTEMPTS,
            asking::NO_INPUT,
            asking::INVALID,
            asking::OTHERWISE,
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/menu.toml"),
    };
    type State = Asking;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let question = Question::read(step, asking::OTHERWISE.name);
        let keys = step.keys("keys", |step, value| {
            let name = value.read::<String>(step.found)?;
            resolve(&name, step.steps, &step.table, step.found)
        });
        Some(Menu { question: question?, keys: keys? })
    }

    fn exits(&self) -> Vec<Exit> {
        let keys = self.keys.iter().map(|(digit, to)| Exit::key(*digit, *to));
        keys.chain([self.question.exit()]).collect()
    }

    fn subject(&self) -> String {
        self.question.subject()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Asking> {
        match scene.caller.typed.pop() {
            Some(key) => self.decide(self.question.answered_early(scene), key, scene),
            None => Flow::Stay(self.question.ask(scene)),
        }
    }

    fn handle(&self, state: Asking, event: Event, scene: &mut Scene<'_>) -> Flow<Asking> {
        match event {
            Event::Digit(digit) => self.decide(state, scene.pressed(digit), scene),
            Event::PlayDone if state.is_playing() => Flow::Stay(self.question.played(state, scene)),
            _ => Flow::Stay(state),
        }
    }

    fn expire(&self, state: Asking, scene: &mut Scene<'_>) -> Flow<Asking> {
        if state.is_playing() {
            return Flow::Stay(self.question.played(state, scene));
        }
        scene.trace("no-input");
        retry(self.question.failed(state, Again::NoInput, scene))
    }

    fn deadline(&self, state: &Asking) -> Option<Deadline> {
        state.deadline()
    }
}

impl Menu {
    fn decide(&self, state: Asking, key: Pressed, scene: &mut Scene<'_>) -> Flow<Asking> {
        scene.attended();
        let digit = scene.reveal(key);
        if let Some(to) = self.keys.get(&digit) {
            scene.trace(format!("digit {digit}"));
            scene.stop();
            return Flow::Go(*to);
        }
        scene.trace(format!("invalid {digit}"));
        retry(self.question.failed(state, Again::Invalid, scene))
    }
}

fn retry(retry: Retry) -> Flow<Asking> {
    match retry {
        Retry::Ask(asking) => Flow::Stay(asking),
        Retry::GiveUp(to) => Flow::Go(to),
    }
}
