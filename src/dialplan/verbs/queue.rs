//! `queue`: waits in line for a desk, with music, position, thanks and keys that offer other ways.
//!
//! Keys typed before the line was entered were meant for something else and are forgotten. A key of
//! the step works from the moment of entry, whether or not its offer has been said. While caller and
//! desk talk the run is quiet.

mod reading;
mod waiting;

use self::reading::{check_timers, read_choice, read_periodic, read_position};
use self::waiting::{Saying, Waiting};
use super::super::contract::{Action, Desk, Event, QueueRefusal};
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, On, StepId};
use super::super::say;
use super::super::scene::{Flow, Scene};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::super::trail::Pressed;
use super::Behaviour;
use crate::base::{Deadline, Digit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Music between two announcements, at least.
const MUSIC_BETWEEN: Duration = Duration::from_secs(8);

/// A line, what is heard in it, and where each outcome leads.
#[derive(Clone, Debug)]
pub struct Queue {
    queue: Arc<str>,
    desk: String,
    announce: Vec<Spoken>,
    music: Vec<Spoken>,
    position: bool,
    thanks: Option<Periodic>,
    offer: Option<Periodic>,
    keys: BTreeMap<Digit, Choice>,
    max_wait: Duration,
    full: StepId,
    closed: StepId,
    unstaffed: StepId,
    timeout: StepId,
    after: StepId,
}

#[derive(Clone, Debug)]
struct Periodic {
    said: Vec<Spoken>,
    after: Duration,
    every: Duration,
}

/// What a key does: leaves the line for a step, or says something and keeps the place.
#[derive(Clone, Debug)]
enum Choice {
    Leave(StepId),
    Say(Vec<Spoken>),
}

/// Where it stands.
#[derive(Clone, Debug)]
pub enum State {
    /// In line.
    Waiting(Waiting),
    /// Caller and desk hear each other.
    Talking,
}

impl Behaviour for Queue {
    const DEFINITION: Definition = Definition {
        name: "queue",
        about: "waits in line for a desk",
        keys: &[
            Key::required("queue", Holds::Queue, "which line"),
            Key::optional("announce", Holds::Prompts, "said on entry"),
            Key::required("music", Holds::Prompts, "played while waiting"),
            Key::with_default("position", Holds::Flag, "true", "whether place and wait are told"),
            Key::optional("thanks", Holds::Again, "said again and again"),
            Key::optional("offer", Holds::Again, "says which keys there are"),
            Key::optional(
                "keys",
                Holds::KeysInLine,
                "keys.1 = \"step\" leaves the line; keys.2 = { say = \"prompt\" } keeps the place",
            ),
            Key::with_default("max_wait", Holds::seconds(10, 7200), "15m", "the longest wait"),
            Key::optional("full", Holds::Step, "where too many wait"),
            Key::optional("closed", Holds::Step, "where the desk is closed, or closes"),
            Key::optional("unstaffed", Holds::Step, "where nobody could answer"),
            Key::optional("timeout", Holds::Step, "after the longest wait"),
            Key::optional("otherwise", Holds::Step, "for each of the four that is left out"),
            Key::required("after", Holds::Step, "once the desk has hung up"),
        ],
        arrives: true,
        example: include_str!("../../../dialplans/examples/queue.toml"),
    };
    type State = State;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let queue = step.queue("queue");
        let announce = step.clips("announce").unwrap_or_default();
        let music = step.clips("music");
        let position = read_position(step);
        let thanks = read_periodic(step, "thanks");
        let offer = read_periodic(step, "offer");
        let keys =
            if step.table.has("keys") { step.keys("keys", read_choice) } else { Some(BTreeMap::new()) };
        let max_wait = step.duration("max_wait");
        let [full, closed, unstaffed, timeout] =
            step.outcomes(["full", "closed", "unstaffed", "timeout"], "otherwise");
        let after = step.target("after");
        let (queue, facts) = queue?;
        check_timers(step, &facts, max_wait, &[("thanks", &thanks), ("offer", &offer)]);
        Some(Queue {
            queue,
            desk: facts.desk,
            announce,
            music: music?,
            position,
            thanks,
            offer,
            keys: keys?,
            max_wait,
            full: full?,
            closed: closed?,
            unstaffed: unstaffed?,
            timeout: timeout?,
            after: after?,
        })
    }

    fn exits(&self) -> Vec<Exit> {
        let keys = self.keys.iter().filter_map(|(digit, choice)| match choice {
            Choice::Leave(to) => Some(Exit::key(*digit, *to)),
            Choice::Say(_) => None,
        });
        let open = |label, to, on| Exit::new(label, to, on).given(&self.desk, &[Desk::Open]);
        let outcomes = [
            open("full", self.full, On::Others),
            Exit::new("closed", self.closed, On::Others).given(&self.desk, &Desk::CLOSED),
            open("unstaffed", self.unstaffed, On::Others),
            open("timeout", self.timeout, On::Waited),
            open("after", self.after, On::Served),
        ];
        keys.chain(outcomes).collect()
    }

    fn subject(&self) -> String {
        self.queue.to_string()
    }

    fn repeats(&self) -> Vec<(&'static str, &[Spoken], Duration)> {
        let said = [("thanks", &self.thanks), ("offer", &self.offer)];
        let said = said.into_iter().filter_map(|(key, said)| Some((key, said.as_ref()?)));
        said.map(|(key, said)| (key, said.said.as_slice(), said.every)).collect()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
        scene.forget_typed();
        scene.trace(format!("queue {}", self.queue));
        scene.set("desk", &self.desk);
        let mut waiting = self.line_up(scene);
        if scene.play(&self.announce) {
            waiting.saying = Some(Saying { guard: scene.playout_guard(), then_quiet: Duration::ZERO });
        } else {
            scene.play_on(&self.music);
        }
        Flow::Stay(State::Waiting(waiting))
    }

    fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match (state, event) {
            (State::Waiting(waiting), event) => self.while_waiting(waiting, event, scene),
            // Nobody took the caller whom the desk handed on: no dead end, but the old place in line.
            (State::Talking, Event::DialFailed(_)) => {
                scene.trace("back in line");
                let waiting = self.line_up(scene);
                scene.play_on(&self.music);
                Flow::Stay(State::Waiting(waiting))
            }
            (State::Talking, Event::DeskLeft) => {
                scene.trace("desk left");
                Flow::Go(self.after)
            }
            (State::Talking, _) => Flow::Stay(State::Talking),
        }
    }

    fn expire(&self, state: State, scene: &mut Scene<'_>) -> Flow<State> {
        let State::Waiting(mut waiting) = state else { return Flow::Stay(state) };
        if scene.now >= waiting.until {
            scene.trace("queue timeout");
            return self.leave(self.timeout, scene);
        }
        match &waiting.saying {
            Some(saying) if scene.now >= saying.guard => self.said(waiting, scene),
            _ => {
                self.speak(&mut waiting, scene);
                Flow::Stay(State::Waiting(waiting))
            }
        }
    }

    fn deadline(&self, state: &State) -> Option<Deadline> {
        match state {
            State::Waiting(waiting) => waiting.deadline(),
            State::Talking => None,
        }
    }
}

impl Queue {
    /// The desk that serves it.
    pub(in crate::dialplan) fn desk(&self) -> &str {
        &self.desk
    }

    fn line_up(&self, scene: &mut Scene<'_>) -> Waiting {
        scene.act(Action::Enqueue { queue: self.queue.clone() });
        Waiting {
            until: scene.now + self.max_wait,
            thanks_at: self.thanks.as_ref().map(|p| scene.now + p.after),
            offer_at: self.offer.as_ref().map(|p| scene.now + p.after),
            news: None,
            told: None,
            quiet_until: scene.now,
            saying: None,
        }
    }

    fn while_waiting(&self, mut waiting: Waiting, event: Event, scene: &mut Scene<'_>) -> Flow<State> {
        match event {
            Event::Digit(digit) => return self.key(waiting, scene.pressed(digit), scene),
            Event::PlayDone => return self.said(waiting, scene),
            Event::QueueRefused(why) => return self.refused(why, scene),
            Event::QueuePlace { place, wait_minutes } if self.position && waiting.told != Some(place) => {
                waiting.news = Some((place, wait_minutes));
                self.speak(&mut waiting, scene);
            }
            Event::Connected => {
                scene.attended();
                scene.caller.playing = false;
                scene.trace("connected");
                return Flow::Stay(State::Talking);
            }
            _ => {}
        }
        Flow::Stay(State::Waiting(waiting))
    }

    fn key(&self, mut waiting: Waiting, key: Pressed, scene: &mut Scene<'_>) -> Flow<State> {
        scene.attended();
        let digit = scene.reveal(key);
        match self.keys.get(&digit) {
            Some(Choice::Leave(to)) => {
                scene.trace(format!("digit {digit}"));
                return self.leave(*to, scene);
            }
            Some(Choice::Say(said)) => {
                scene.trace(format!("digit {digit}"));
                self.say(&mut waiting, said, scene);
            }
            None => scene.trace(format!("invalid {digit}")),
        }
        Flow::Stay(State::Waiting(waiting))
    }

    fn refused(&self, why: QueueRefusal, scene: &mut Scene<'_>) -> Flow<State> {
        let (event, to) = match why {
            QueueRefusal::Full => ("queue full", self.full),
            QueueRefusal::Closed => ("queue closed", self.closed),
            QueueRefusal::Unstaffed => ("queue unstaffed", self.unstaffed),
        };
        scene.trace(event);
        scene.stop();
        Flow::Go(to)
    }

    fn leave(&self, to: StepId, scene: &mut Scene<'_>) -> Flow<State> {
        scene.act(Action::LeaveQueue);
        scene.stop();
        Flow::Go(to)
    }

    /// An announcement is over: the next one that is due, else music.
    fn said(&self, mut waiting: Waiting, scene: &mut Scene<'_>) -> Flow<State> {
        let quiet = waiting.saying.take().map_or(Duration::ZERO, |saying| saying.then_quiet);
        waiting.quiet_until = scene.now + quiet;
        self.speak(&mut waiting, scene);
        if waiting.saying.is_none() {
            scene.play_on(&self.music);
        }
        Flow::Stay(State::Waiting(waiting))
    }

    /// Says what is due, unless something is being said or was said just now.
    fn speak(&self, waiting: &mut Waiting, scene: &mut Scene<'_>) {
        if waiting.saying.is_some() || scene.now < waiting.quiet_until {
            return;
        }
        let mut due = Vec::new();
        if let Some((place, wait)) = waiting.news.take() {
            waiting.told = Some(place);
            due.extend(say::place(place, |id| scene.is_heard(id)));
            due.extend(wait.into_iter().flat_map(say::wait));
        }
        let offer = self.offer.as_ref().filter(|_| waiting.offer_at.is_some_and(|at| at <= scene.now));
        let thanks = self.thanks.as_ref().filter(|_| waiting.thanks_at.is_some_and(|at| at <= scene.now));
        if let Some(offer) = offer {
            waiting.offer_at = Some(scene.now + offer.every);
        }
        if offer.is_some() || thanks.is_some() {
            waiting.thanks_at = self.thanks.as_ref().map(|p| scene.now + p.every);
        }
        due.extend(offer.or(thanks).into_iter().flat_map(|p| p.said.iter().cloned()));
        self.say(waiting, &due, scene);
    }

    fn say(&self, waiting: &mut Waiting, said: &[Spoken], scene: &mut Scene<'_>) {
        if scene.play(said) {
            waiting.saying = Some(Saying { guard: scene.playout_guard(), then_quiet: MUSIC_BETWEEN });
        }
    }
}
