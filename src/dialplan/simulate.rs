//! Walks one call through a plan in virtual time, without network: the same [`Run`] as a live call.

mod press;

pub use press::{BadKey, Press, parse_keys};

use super::contract::{Action, Desk, Event, Line, QueueRefusal, Recorded, World};
use super::plan::Plan;
use super::run::Run;
use crate::base::{Clip, Digit, EndCause, Instant, Language, Number, PromptId, UnixTime};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// From one key press to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(200);
/// How long `,` waits after the prompt has ended.
const LISTEN: Duration = Duration::from_secs(1);
/// How long a caller speaks who is recorded.
const SPEAKS: Duration = Duration::from_secs(5);
/// A walk has fewer moments than this: the step budget ends it long before.
const MOST_MOMENTS: u32 = 100_000;

/// What a walk looks up.
pub trait WalkWorld {
    /// Whether a desk takes callers at a moment.
    fn desk(&self, desk: &str, at: UnixTime) -> Desk;
    /// How long a queue's line is; nobody waits unless told otherwise.
    fn line(&self, _queue: &str) -> Line {
        Line::default()
    }
    /// Whether a prompt is recorded in a language.
    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool;
    /// How long a clip is heard.
    fn clip_length(&self, clip: &Clip) -> Duration;
    /// The number a case of this walk has.
    fn case_number(&self) -> String;
    /// What a webhook answers; nobody is asked, so that it is nothing unless somebody says.
    fn answer(&self, _webhook: &str) -> Option<String> {
        None
    }
}

/// One call to be walked.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The plan that answers.
    pub plan: Arc<Plan>,
    /// When the call comes in.
    pub at: UnixTime,
    /// The caller's number, where it is known.
    pub from: Option<Number>,
    /// What the caller does, after which they stay on the line.
    pub keys: Vec<Press>,
}

/// Something that happened on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When, from the answer.
    pub at: Instant,
    /// At which step.
    pub step: Arc<str>,
    /// The step's verb.
    pub verb: &'static str,
    /// What.
    pub event: String,
}

/// Where the caller arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In line.
    Queue {
        /// The queue.
        queue: Arc<str>,
        /// The desk it leads to.
        desk: String,
        /// The tier that answers first.
        tier: u8,
    },
    /// At a desk's own number.
    Dial {
        /// The desk.
        desk: Arc<str>,
    },
    /// At a place outside the desks.
    Transfer {
        /// The transfer's name in the settings.
        to: Arc<str>,
    },
    /// At the end of the call.
    Hangup {
        /// Why.
        cause: EndCause,
    },
}

/// A walked call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// What happened, in order.
    pub steps: Vec<Happening>,
    /// Where it led; `None` only where a walk does not end.
    pub outcome: Option<Outcome>,
    /// The language the caller is served in.
    pub language: Language,
    /// The facts of the case.
    pub facts: BTreeMap<String, String>,
    /// From the answer to the outcome.
    pub duration: Duration,
    /// Keys pressed until the outcome.
    pub digits_pressed: u32,
    /// What the caller was still going to do.
    pub not_done: usize,
}

/// Walks a call to its first queue that takes it, first desk dialled, or end.
pub fn walk(walk: &Walk, world: &dyn WalkWorld) -> Walked {
    let mut walker = Walker::start(walk, world);
    let mut keys = walk.keys.iter();
    while walker.outcome.is_none() {
        match keys.next() {
            Some(Press::Digit(digit)) => walker.press(*digit),
            Some(Press::Listen) => walker.listen(),
            Some(Press::Timeout) => walker.let_a_timeout_pass(),
            None => break,
        }
    }
    while walker.outcome.is_none() && walker.advance().is_some() {}
    walker.finish(keys.len())
}

/// What comes next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    PlayDone,
    RecordingEnds,
    Deadline,
}

struct Walker<'w> {
    run: Run,
    world: &'w dyn WalkWorld,
    from: Option<Number>,
    began: UnixTime,
    now: Instant,
    /// When what plays ends; `None` where nothing plays or it repeats.
    play_ends: Option<Instant>,
    /// When a recording began, and when the silence after it has ended it.
    recording: Option<(Instant, Instant)>,
    steps: Vec<Happening>,
    outcome: Option<Outcome>,
    digits: u32,
    moments: u32,
}

/// The world at one moment.
struct Then<'w> {
    world: &'w dyn WalkWorld,
    at: UnixTime,
    from: Option<Number>,
}

impl World for Then<'_> {
    fn desk(&self, desk: &str) -> Desk {
        self.world.desk(desk, self.at)
    }

    fn line(&self, queue: &str) -> Line {
        self.world.line(queue)
    }

    fn caller_number(&self) -> Option<Number> {
        self.from.clone()
    }

    fn case_number(&self) -> Option<String> {
        Some(self.world.case_number())
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        self.world.has_prompt(prompt, language)
    }
}

impl<'w> Walker<'w> {
    fn start(walk: &Walk, world: &'w dyn WalkWorld) -> Walker<'w> {
        let then = Then { world, at: walk.at, from: walk.from.clone() };
        let mut walker = Walker {
            run: Run::start(walk.plan.clone(), Instant::ZERO, &then),
            world,
            from: then.from,
            began: walk.at,
            now: Instant::ZERO,
            play_ends: None,
            recording: None,
            steps: Vec::new(),
            outcome: None,
            digits: 0,
            moments: 0,
        };
        walker.drain();
        walker
    }

    fn press(&mut self, digit: Digit) {
        self.digits += 1;
        self.tell(Event::Digit(digit));
        self.wait(BETWEEN_KEYS);
    }

    fn listen(&mut self) {
        let ends = self.play_ends;
        while self.outcome.is_none() && ends.is_some_and(|at| self.now < at) && self.advance().is_some() {}
        self.wait(LISTEN);
    }

    fn let_a_timeout_pass(&mut self) {
        while self.outcome.is_none() {
            match self.advance() {
                Some(Moment::PlayDone) => {}
                Some(Moment::RecordingEnds | Moment::Deadline) | None => return,
            }
        }
    }

    fn wait(&mut self, length: Duration) {
        let until = self.now + length;
        while self.outcome.is_none() && self.next().is_some_and(|(at, _)| at <= until) {
            self.advance();
        }
        if self.outcome.is_none() {
            self.now = until;
        }
    }

    fn next(&self) -> Option<(Instant, Moment)> {
        let done = self.play_ends.map(|at| (at, Moment::PlayDone));
        let deadline = self.run.poll_deadline().map(|deadline| (deadline.at, Moment::Deadline));
        let recorded = self.recording.map(|(_, ends)| (ends, Moment::RecordingEnds));
        done.into_iter().chain(recorded).chain(deadline).min_by_key(|(at, _)| *at)
    }

    /// Lets time pass to what comes next by itself; `None` where nothing does.
    fn advance(&mut self) -> Option<Moment> {
        let (at, moment) = self.next()?;
        self.moments += 1;
        if self.moments > MOST_MOMENTS {
            return None;
        }
        self.now = self.now.max(at);
        match moment {
            Moment::PlayDone => {
                self.play_ends = None;
                self.tell(Event::PlayDone);
            }
            Moment::RecordingEnds => {
                self.tell(Event::RecordingEnded);
                self.end_recording();
            }
            Moment::Deadline => {
                self.run.handle_deadline(self.now, &self.then());
                self.drain();
            }
        }
        Some(moment)
    }

    fn then(&self) -> Then<'w> {
        Then { world: self.world, at: self.wall(), from: self.from.clone() }
    }

    fn wall(&self) -> UnixTime {
        self.began + self.now.since_start()
    }

    fn tell(&mut self, event: Event) {
        self.run.handle_event(self.now, &self.then(), event);
        self.drain();
    }

    fn drain(&mut self) {
        while self.outcome.is_none() {
            let Some(action) = self.run.poll_output() else { return };
            self.carry_out(action);
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Trace { step, verb, event } => {
                self.steps.push(Happening { at: self.now, step, verb, event });
            }
            Action::Play { clips, repeat } => {
                let length: Duration = clips.iter().map(|clip| self.world.clip_length(clip)).sum();
                self.play_ends = (!repeat).then(|| self.now + length);
            }
            Action::StopPlay => self.play_ends = None,
            Action::Enqueue { queue } => self.enqueue(queue),
            Action::Dial { desk, .. } => self.outcome = Some(Outcome::Dial { desk }),
            Action::Transfer { to, .. } => self.outcome = Some(Outcome::Transfer { to }),
            Action::Hangup { cause } => self.outcome = Some(Outcome::Hangup { cause }),
            Action::Ask { webhook, .. } => self.ask(&webhook),
            Action::Record(limits) => {
                self.recording = Some((self.now, self.now + (SPEAKS + limits.silence).min(limits.most)));
            }
            Action::StopRecording => {
                self.hear_out();
                self.end_recording();
            }
            Action::Set { .. }
            | Action::LeaveQueue
            | Action::CancelDial
            | Action::DropQuestion
            | Action::RequestCallback { .. }
            | Action::CaseNumberTold => {}
        }
    }

    /// An open desk takes the caller in line. A closed one refuses, once the step has said all it has to.
    fn enqueue(&mut self, queue: Arc<str>) {
        let Some(facts) = self.run.plan().queue(&queue).cloned() else { return };
        if self.world.desk(&facts.desk, self.wall()) == Desk::Open {
            self.outcome = Some(Outcome::Queue { queue, desk: facts.desk, tier: facts.tier });
            return;
        }
        self.hear_out();
        self.tell(Event::QueueRefused(QueueRefusal::Closed));
    }

    /// A webhook whose answer is known gives it at once; for any other the deadline passes.
    fn ask(&mut self, webhook: &str) {
        if let Some(word) = self.world.answer(webhook) {
            self.hear_out();
            self.tell(Event::Answered(Ok(word.into())));
        }
    }

    /// What was said is kept.
    fn end_recording(&mut self) {
        if let Some((began, _)) = self.recording.take() {
            let seconds = (self.now - began).as_millis().div_ceil(1_000);
            self.tell(Event::Recorded(Recorded::Kept {
                seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            }));
        }
    }

    /// Lets a step say all it has to before it is told something.
    fn hear_out(&mut self) {
        while let Some(action) = self.run.poll_output() {
            self.carry_out(action);
        }
    }

    fn finish(self, not_done: usize) -> Walked {
        Walked {
            steps: self.steps,
            outcome: self.outcome,
            language: self.run.language(),
            facts: self.run.facts().clone(),
            duration: self.now.since_start(),
            digits_pressed: self.digits,
            not_done,
        }
    }
}
