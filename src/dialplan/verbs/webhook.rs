//! `webhook`: asks a service outside one question, and goes where its answer leads.
//!
//! Words said meanwhile are heard to their end even where the answer is there before; music is not.
//! Keys pressed meanwhile are kept for the next question; one of them ends the words. Whatever is not
//! an answer of the plan, in time, goes to `fallback`. What the service is told is the engine's to
//! say; digits that a step collected are told only where they are a fact of the case, so that secret
//! ones never are.

use super::super::contract::{Action, Event, NoAnswer};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::scene::{Flow, Scene, guard};
use super::super::speech::Spoken;
use super::super::syntax::{StepReader, resolve};
use super::Behaviour;
use crate::base::{Deadline, Instant, limits};
use crate::diag::{Table, suggestion};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A service, and where each of its answers leads.
#[derive(Clone, Debug)]
pub struct Webhook {
    ask: Arc<str>,
    deadline: Duration,
    prompt: Vec<Spoken>,
    music: Vec<Spoken>,
    answers: BTreeMap<String, StepId>,
    fallback: StepId,
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// There is no answer yet.
    Asking {
        /// When to stop waiting for one.
        until: Instant,
        /// Whether words are being said.
        speaking: bool,
    },
    /// It is known where to go, once the words are over.
    Leaving {
        /// Where.
        to: StepId,
        /// When they are over at the latest.
        guard: Instant,
    },
}

impl Behaviour for Webhook {
    const DEFINITION: Definition = Definition {
        name: "webhook",
        about: "asks a service outside one question and goes where its answer leads",
        keys: &[
            Key::required("ask", Holds::Webhook, "whom: a name of [webhooks] in the settings"),
            Key::with_default(
                "deadline",
                Holds::millis(100, 10_000),
                "2s",
                "how long to wait for the answer",
            ),
            Key::optional("prompt", Holds::Prompts, "said meanwhile, to its end"),
            Key::optional("music", Holds::Prompts, "played meanwhile, until there is an answer"),
            Key::required(
                "answers",
                Holds::AnswersToSteps,
                "where each answer leads: answers.yes = \"step\"",
            ),
            Key::required("fallback", Holds::Step, "where any other answer leads, and none in time"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/webhook.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let ask = webhook(step);
        let deadline = step.duration("deadline");
        let prompt = step.clips("prompt").unwrap_or_default();
        let music = step.clips("music").unwrap_or_default();
        let answers = answers(step);
        let fallback = step.target("fallback");
        Some(Webhook { ask: ask?, deadline, prompt, music, answers: answers?, fallback: fallback? })
    }

    fn exits(&self) -> Vec<Exit> {
        let answers =
            self.answers.iter().map(|(word, to)| Exit::new(&format!("answers.{word}"), *to, On::Others));
        answers.chain([Exit::new("fallback", self.fallback, On::Others)]).collect()
    }

    fn subject(&self) -> String {
        self.ask.to_string()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.trace(format!("asks {}", self.ask));
        scene.act(Action::Ask { webhook: self.ask.clone(), deadline: self.deadline });
        let speaking = scene.caller.typed.is_empty() && scene.play(&self.prompt);
        if !speaking {
            self.play_music(scene);
        }
        Flow::Stay(State::Asking { until: scene.now + self.deadline, speaking })
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Asking { speaking, .. }, Event::Answered(answer)) => {
                self.answered(answer, speaking, scene)
            }
            (State::Asking { until, speaking: true }, Event::PlayDone) => {
                self.play_music(scene);
                Flow::Stay(State::Asking { until, speaking: false })
            }
            (State::Asking { until, speaking }, Event::Digit(digit)) => {
                scene.keep(digit);
                if speaking {
                    scene.stop();
                    self.play_music(scene);
                }
                Flow::Stay(State::Asking { until, speaking: false })
            }
            (State::Leaving { to, .. }, Event::PlayDone) => Flow::Go(to),
            (State::Leaving { to, .. }, Event::Digit(digit)) => {
                scene.keep(digit);
                scene.stop();
                Flow::Go(to)
            }
            (state, _) => Flow::Stay(state),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        match state {
            State::Asking { speaking, .. } => {
                scene.act(Action::DropQuestion);
                self.answered(Err(NoAnswer::Late), speaking, scene)
            }
            State::Leaving { to, .. } => {
                scene.stop();
                Flow::Go(to)
            }
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Asking { until, .. } => Some(Deadline { at: *until, why: "answer of a webhook" }),
            State::Leaving { guard: at, .. } => guard(*at),
        }
    }
}

impl Webhook {
    fn answered(
        &self,
        answer: Result<Arc<str>, NoAnswer>,
        speaking: bool,
        scene: &mut Scene<'_>,
    ) -> Flow<State> {
        let to = self.way(answer, scene);
        if speaking {
            return Flow::Stay(State::Leaving { to, guard: scene.playout_guard() });
        }
        scene.stop();
        Flow::Go(to)
    }

    fn way(&self, answer: Result<Arc<str>, NoAnswer>, scene: &mut Scene<'_>) -> StepId {
        let listed = answer.as_ref().ok().and_then(|word| self.answers.get(&**word));
        match (&answer, listed) {
            (Ok(word), Some(_)) => scene.trace(format!("answer {word}")),
            (Ok(word), None) => scene.trace(format!("unanswered: `{word}` is not listed")),
            (Err(why), _) => scene.trace(format!("unanswered: {why}")),
        }
        *listed.unwrap_or(&self.fallback)
    }

    fn play_music(&self, scene: &mut Scene<'_>) {
        if !self.music.is_empty() {
            scene.play_on(&self.music);
        }
    }
}

/// A webhook of the settings.
fn webhook(step: &mut StepReader<'_, '_>) -> Option<Arc<str>> {
    let name = step.get::<String>("ask")?;
    if step.names.webhooks.contains(&name.value) {
        return Some(name.value.into());
    }
    let help = suggestion(&name.value, step.names.webhooks.iter().map(String::as_str));
    let help =
        help.unwrap_or_else(|| format!("write [webhooks.{}] with its url into the settings", name.value));
    let message = format!("there is no webhook `{}` in the settings", name.value);
    step.found.push(step.table.error_at("unknown-webhook", name.span, message).help(help));
    None
}

/// Where each answer leads; at least one.
fn answers(step: &mut StepReader<'_, '_>) -> Option<BTreeMap<String, StepId>> {
    let mut table = step.get::<Table<'_>>("answers")?;
    let entries = table.value.entries();
    if entries.is_empty() {
        step.reject("no-answers", table.span, "`answers` lists no answer");
        return None;
    }
    let mut answers = BTreeMap::new();
    let mut good = true;
    for (word, value) in entries {
        let name = value.read::<String>(step.found);
        let to = name.and_then(|name| resolve(&name, step.steps, &step.table, step.found));
        let can_be_given = limits::is_answer(&word.value);
        if !can_be_given {
            let most = limits::ANSWER_CHARS;
            step.reject("bad-answer", word.span, format!("an answer is a word of 1 to {most} characters"));
        }
        good &= to.is_some() && can_be_given;
        answers.extend(to.map(|to| (word.value, to)));
    }
    good.then_some(answers)
}
