//! One call's way through a plan: a plain value that is told things and asks for things.
//!
//! ```text
//!            start
//!              |            handle_event / handle_deadline
//!              v            +---------------------------+
//!   enter a step ---Stay--> At(step, verb's own state) -+
//!        ^   |                     |
//!        |   +--Go (counted)--<----+---End--> Finished
//!        |                         |
//!        +----- budget spent: Trouble (announcement) ---> Finished
//! ```

use super::contract::{Action, Event, World};
use super::names::QueueFacts;
use super::plan::{Plan, StepId};
use super::scene::{Caller, Collected, Flow, Scene, guard};
use super::trail::{Outcome, Tracker, Trail};
use super::typed::Typed;
use super::verbs::{State, Verb};
use crate::base::{Coverage, Deadline, Digit, EndCause, Instant, Language, Secret, limits};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A call in a plan. Calls in progress keep the plan they began with.
#[derive(Clone, Debug)]
pub struct Run {
    plan: Arc<Plan>,
    at: StepId,
    doing: Doing,
    caller: Caller,
    steps: u32,
    unattended: u32,
}

#[derive(Clone, Debug)]
enum Doing {
    /// At a step, in this state of its verb.
    At(State),
    /// The step budget is spent; the caller is being told.
    Trouble { guard: Instant },
    /// The call has been ended.
    Finished,
}

/// What is to be done at a step.
enum Turn {
    Enter,
    Event(State, Event),
    Expire(State),
}

impl Run {
    /// Begins a call at the plan's first step.
    pub fn start(plan: Arc<Plan>, now: Instant, world: &dyn World) -> Run {
        let mut caller = Caller {
            out: VecDeque::new(),
            typed: Typed::default(),
            language: plan.language(),
            facts: BTreeMap::new(),
            collected: BTreeMap::new(),
            playing: false,
            absorb: None,
            attended: false,
            tracker: Tracker::begin(now),
            known: world.known(),
            rights: None,
            coverage: None,
        };
        caller.note_known();
        let at = plan.start();
        let mut run = Run { plan, at, doing: Doing::Finished, caller, steps: 0, unattended: 0 };
        run.settle(Flow::Go(at), now, world);
        run
    }

    /// Tells the run what happened. Drain [`Run::poll_output`] after it.
    pub fn handle_event(&mut self, now: Instant, world: &dyn World, event: Event) {
        if self.is_finished() {
            return;
        }
        if self.caller.tracker.told(now, &event) {
            self.arrive_in_line(now);
        }
        if matches!(event, Event::PlayDone) {
            self.caller.playing = false;
        }
        if self.swallows(now, &event) {
            return;
        }
        match std::mem::replace(&mut self.doing, Doing::Finished) {
            Doing::At(state) => self.turn(Turn::Event(state, event), now, world),
            Doing::Trouble { .. } if event == Event::PlayDone => self.finish(EndCause::PlanLooped, now),
            other => self.doing = other,
        }
    }

    /// Tells the run that time has passed; does nothing before its deadline.
    pub fn handle_deadline(&mut self, now: Instant, world: &dyn World) {
        if self.poll_deadline().is_none_or(|deadline| deadline.at > now) {
            return;
        }
        match std::mem::replace(&mut self.doing, Doing::Finished) {
            Doing::At(state) => self.turn(Turn::Expire(state), now, world),
            Doing::Trouble { .. } => self.finish(EndCause::PlanLooped, now),
            Doing::Finished => {}
        }
    }

    /// The next thing the run wants done; `None` when there is nothing more for now.
    pub fn poll_output(&mut self) -> Option<Action> {
        self.caller.out.pop_front()
    }

    /// When to call [`Run::handle_deadline`]; `None` waits for an event from outside.
    pub fn poll_deadline(&self) -> Option<Deadline> {
        match &self.doing {
            Doing::At(state) => self.plan.step(self.at).verb.deadline(state),
            Doing::Trouble { guard: at } => guard(*at),
            Doing::Finished => None,
        }
    }

    /// Whether the run has asked for the end of the call.
    pub fn is_finished(&self) -> bool {
        matches!(self.doing, Doing::Finished)
    }

    /// The caller's language, as far as it is known.
    pub fn language(&self) -> Language {
        self.caller.language
    }

    /// The step the call is at.
    pub fn step(&self) -> &Arc<str> {
        &self.plan.step(self.at).name
    }

    /// The verb of that step.
    pub fn verb(&self) -> &'static str {
        self.plan.step(self.at).definition().name
    }

    /// The plan this call runs.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The facts of the case that the plan has set so far.
    pub fn facts(&self) -> &BTreeMap<String, String> {
        &self.caller.facts
    }

    /// Who answers the caller's question, as a step of the plan has found it.
    pub fn coverage(&self) -> Option<&Coverage> {
        self.caller.coverage.as_ref()
    }

    /// The digits that the `collect` step of this name has taken.
    pub fn collected(&self, step: &str) -> Option<&Secret<String>> {
        let id = self.plan.step_named(step)?;
        self.caller.collected.get(&id).map(|Collected { digits, .. }| digits)
    }

    /// Digits that found no room to be kept.
    pub fn dropped_digits(&self) -> u32 {
        self.caller.typed.dropped()
    }

    /// What the call did so far.
    pub fn trail(&self) -> &Trail {
        self.caller.tracker.trail()
    }

    /// What the call did, which is over now.
    pub fn into_trail(self, now: Instant) -> Trail {
        self.caller.tracker.into_trail(now)
    }

    /// The key that ends the answer which the caller is being asked for, where one does.
    pub(super) fn terminator(&self) -> Option<Digit> {
        match &self.plan.step(self.at).verb {
            Verb::Collect(collect) => collect.terminator(),
            Verb::Pin(pin) => pin.terminator(),
            _ => None,
        }
    }

    /// Whether the caller is being asked for a PIN, and has pressed no digit of it.
    pub(super) fn asks_for_pin(&self) -> bool {
        matches!(&self.doing, Doing::At(state) if state.asks_for_pin())
    }

    /// Steps run so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Hands the turn to the verb of the present step, and follows where it leads.
    fn turn(&mut self, turn: Turn, now: Instant, world: &dyn World) {
        let flow = self.ask_verb(turn, now, world);
        self.settle(flow, now, world);
    }

    fn ask_verb(&mut self, turn: Turn, now: Instant, world: &dyn World) -> Flow<State> {
        let step = self.plan.step(self.at);
        let mut scene = Scene::new(now, world, (self.at, step), &mut self.caller);
        let told = match turn {
            Turn::Enter => {
                scene.begin();
                Some(step.verb.enter(&mut scene))
            }
            Turn::Event(state, event) => step.verb.handle(state, event, &mut scene),
            Turn::Expire(state) => step.verb.expire(state, &mut scene),
        };
        told.unwrap_or(Flow::End(EndCause::Broken))
    }

    fn settle(&mut self, mut flow: Flow<State>, now: Instant, world: &dyn World) {
        loop {
            match flow {
                Flow::Stay(state) => {
                    self.doing = Doing::At(state);
                    return;
                }
                Flow::End(cause) => return self.finish(cause, now),
                Flow::Go(step) if self.has_budget() => {
                    self.at = step;
                    flow = self.ask_verb(Turn::Enter, now, world);
                }
                Flow::Go(_) => return self.trouble(now, world),
            }
        }
    }

    /// Counts one more step; false where too many have run.
    fn has_budget(&mut self) -> bool {
        if std::mem::take(&mut self.caller.attended) {
            self.unattended = 0;
        }
        self.steps += 1;
        self.unattended += 1;
        self.steps <= limits::STEPS_PER_CALL && self.unattended <= limits::STEPS_WITHOUT_WAITING
    }

    /// The plan goes round in a circle: says so and ends the call.
    fn trouble(&mut self, now: Instant, world: &dyn World) {
        let step = self.plan.step(self.at);
        let mut scene = Scene::new(now, world, (self.at, step), &mut self.caller);
        scene.trace("too many steps");
        if scene.play(&self.plan.trouble) {
            self.doing = Doing::Trouble { guard: scene.playout_guard() };
        } else {
            self.finish(EndCause::PlanLooped, now);
        }
    }

    /// The queue that was asked has taken the caller.
    fn arrive_in_line(&mut self, now: Instant) {
        let Some(queue) = self.caller.tracker.asked().cloned() else { return };
        if let Some(QueueFacts { desk, tier, .. }) = self.plan.queue(&queue).cloned() {
            self.caller.arrived(now, Outcome::Queue { queue, desk, tier });
        }
    }

    fn finish(&mut self, cause: EndCause, now: Instant) {
        self.caller.arrived(now, Outcome::Hangup { cause });
        self.caller.out.push_back(Action::Hangup { cause });
        self.doing = Doing::Finished;
    }

    /// Whether a digit is the terminator of an answer that was complete without it.
    fn swallows(&mut self, now: Instant, event: &Event) -> bool {
        let Event::Digit(digit) = event else { return false };
        let absorb: Option<(Digit, Instant)> = self.caller.absorb.take();
        absorb.is_some_and(|(terminator, until)| terminator == *digit && now < until)
    }
}
