//! Walks a call through a plan in virtual time, without network: the same [`Run`] as a live call.
//!
//! The walker lets time pass, ends playouts and carries out what the run asks for. What the caller
//! does is told by whoever walks (`simulate`, `replay`); what queues and desks do, by [`Others`].

use super::contract::{Action, Desk, Event, Line, Recorded, World};
use super::plan::Plan;
use super::run::Run;
use super::trail::Met;
use crate::base::{
    Clip, Coverage, Instant, Known, Language, Number, PromptId, Secret, UnixTime, Verification,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A walk has fewer moments than this: the step budget ends it long before.
const MOST_MOMENTS: u32 = 100_000;
/// How long a caller speaks who is recorded.
const SPEAKS: Duration = Duration::from_secs(5);

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
    /// What is known of the caller before the plan begins.
    fn known(&self) -> Known {
        Known::default()
    }
    /// Whether callers are asked for PINs.
    fn takes_pins(&self) -> bool {
        false
    }
    /// What comes of a PIN; nobody is asked, so that it is nothing unless somebody says.
    fn verify(&self, _pin: &Secret<String>, _at: UnixTime) -> Option<Verification> {
        None
    }
    /// Who answers a question of which this is known, asked in this language.
    fn coverage(&self, _known: &Known, language: Language) -> Coverage {
        Coverage::of_nothing(language)
    }
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

/// A moment of a walk: since its beginning, and on the wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then {
    pub now: Instant,
    pub wall: UnixTime,
}

/// What happens to a call, and how long from now.
pub(super) type Coming = (Duration, Event);

/// Queues and desks, as far as a walk meets them.
pub(super) trait Others {
    /// Whether a desk takes callers.
    fn desk(&self, desk: &str, then: Then) -> Desk;
    /// What a queue of this desk does with a caller who comes now.
    fn queue(&mut self, queue: &str, desk: &str, then: Then) -> Vec<Coming>;
    /// What a desk, or a place outside them, does that is dialled now.
    fn dial(&mut self, how: Met, whom: &str) -> Vec<Coming>;
    /// When a playout ends that should end at this moment.
    fn playout_ends(&mut self, due: Instant) -> Instant;
}

/// What comes next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A queue or a desk does something.
    Met,
    /// A playout ends.
    PlayDone,
    /// The run's deadline.
    Deadline,
}

/// A call on its walk.
pub(super) struct Walker<'w, O> {
    run: Run,
    world: &'w dyn WalkWorld,
    others: O,
    from: Option<Number>,
    began: UnixTime,
    now: Instant,
    /// When what plays ends; `None` where nothing plays or it repeats.
    play_ends: Option<Instant>,
    /// What the queue or desk that was asked last is going to do, in order.
    coming: VecDeque<(Instant, Event)>,
    /// Since when the caller is recorded.
    records_since: Option<Instant>,
    happenings: Vec<Happening>,
    moments: u32,
}

/// What becomes of a recording.
fn kept(length: Duration) -> Event {
    let seconds = u32::try_from(length.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
    Event::Recorded(Recorded::Kept { seconds })
}

/// The world at one moment.
struct View<'w> {
    world: &'w dyn WalkWorld,
    others: &'w dyn Others,
    from: &'w Option<Number>,
    then: Then,
}

impl World for View<'_> {
    fn desk(&self, desk: &str) -> Desk {
        self.others.desk(desk, self.then)
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

    fn known(&self) -> Known {
        self.world.known()
    }

    fn takes_pins(&self) -> bool {
        self.world.takes_pins()
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        self.world.coverage(known, language)
    }
}

impl<'w, O: Others> Walker<'w, O> {
    /// A call of this plan is answered at this moment; it comes from this number.
    pub fn start(
        plan: &Arc<Plan>,
        (at, from): (UnixTime, Option<Number>),
        world: &'w dyn WalkWorld,
        others: O,
    ) -> Self {
        let then = Then { now: Instant::ZERO, wall: at };
        let run =
            Run::start(plan.clone(), Instant::ZERO, &View { world, others: &others, from: &from, then });
        let mut walker = Walker {
            run,
            world,
            others,
            from,
            began: at,
            now: Instant::ZERO,
            play_ends: None,
            coming: VecDeque::new(),
            records_since: None,
            happenings: Vec::new(),
            moments: 0,
        };
        walker.drain();
        walker
    }

    /// The call.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Since the beginning.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// When what plays ends.
    pub fn play_ends(&self) -> Option<Instant> {
        self.play_ends
    }

    /// The call, and what happened in it.
    pub fn finish(self) -> (Run, Vec<Happening>) {
        (self.run, self.happenings)
    }

    /// Time stands at this moment, where nothing comes before it.
    pub fn stand_at(&mut self, at: Instant) {
        self.now = self.now.max(at);
    }

    /// Tells the run something, and carries out what it wants.
    pub fn tell(&mut self, event: Event) {
        self.hand_over(event);
        self.drain();
    }

    /// What comes next by itself, and when.
    pub fn next(&self) -> Option<(Instant, Moment)> {
        let met = self.coming.front().map(|(at, _)| (*at, Moment::Met));
        let done = self.play_ends.map(|at| (at, Moment::PlayDone));
        let deadline = self.run.poll_deadline().map(|deadline| (deadline.at, Moment::Deadline));
        met.into_iter().chain(done).chain(deadline).min_by_key(|(at, _)| *at)
    }

    /// Lets time pass to what comes next by itself; `None` where nothing does.
    pub fn advance(&mut self) -> Option<Moment> {
        let (at, moment) = self.next()?;
        self.moments += 1;
        if self.moments > MOST_MOMENTS {
            return None;
        }
        self.now = self.now.max(at);
        match moment {
            Moment::Met => {}
            Moment::PlayDone => {
                self.play_ends = None;
                self.hand_over(Event::PlayDone);
            }
            Moment::Deadline => {
                let view =
                    View { world: self.world, others: &self.others, from: &self.from, then: self.then() };
                self.run.handle_deadline(self.now, &view);
            }
        }
        self.drain();
        Some(moment)
    }

    fn then(&self) -> Then {
        Then { now: self.now, wall: self.began + self.now.since_start() }
    }

    fn hand_over(&mut self, event: Event) {
        match event {
            Event::Connected => self.play_ends = None,
            Event::Recorded(_) => self.records_since = None,
            _ => {}
        }
        let view = View { world: self.world, others: &self.others, from: &self.from, then: self.then() };
        self.run.handle_event(self.now, &view, event);
    }

    /// Carries out everything the run wants; then, as in the engine, queue and desk are heard.
    fn drain(&mut self) {
        loop {
            if let Some(action) = self.run.poll_output() {
                self.carry_out(action);
            } else if let Some((_, event)) = self.coming.pop_front_if(|(at, _)| *at <= self.now) {
                self.hand_over(event);
            } else {
                return;
            }
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Trace { step, verb, event } => {
                self.happenings.push(Happening { at: self.now, step, verb, event });
            }
            Action::Play { clips, repeat } => {
                let length: Duration = clips.iter().map(|clip| self.world.clip_length(clip)).sum();
                self.play_ends = (!repeat).then(|| self.others.playout_ends(self.now + length));
            }
            Action::StopPlay => self.play_ends = None,
            Action::Enqueue { queue } => self.enqueue(&queue),
            Action::Dial { desk, .. } => {
                let coming = self.others.dial(Met::Dialled, &desk);
                self.foresee(coming);
            }
            Action::Transfer { to, .. } => {
                let coming = self.others.dial(Met::Transferred, &to);
                self.foresee(coming);
            }
            Action::Ask { webhook, .. } => {
                let word = self.world.answer(&webhook);
                self.foresee(
                    word.map(|word| (Duration::ZERO, Event::Answered(Ok(word.into())))).into_iter().collect(),
                );
            }
            Action::Verify { pin, .. } => {
                let came = self.world.verify(&pin, self.then().wall);
                let answer = came.map(|came| (Duration::ZERO, Event::Verified(Ok(came))));
                self.foresee(answer.into_iter().collect());
            }
            Action::Record(limits) => self.record((SPEAKS + limits.silence).min(limits.most)),
            Action::StopRecording => self.stop_recording(),
            Action::LeaveQueue | Action::CancelDial | Action::DropQuestion | Action::Hangup { .. } => {
                self.coming.clear();
            }
            Action::Set { .. }
            | Action::Note { .. }
            | Action::RequestCallback { .. }
            | Action::CaseNumberTold => {}
        }
    }

    /// A caller speaks who is recorded.
    fn record(&mut self, length: Duration) {
        self.records_since = Some(self.now);
        self.foresee(vec![(length, Event::RecordingEnded), (length, kept(length))]);
    }

    /// What was said is kept, where it is not already.
    fn stop_recording(&mut self) {
        if let Some(since) = self.records_since.take() {
            self.foresee(vec![(Duration::ZERO, kept(self.now - since))]);
        }
    }

    fn enqueue(&mut self, queue: &str) {
        let then = self.then();
        let desk = self.run.plan().queue(queue).map(|facts| facts.desk.clone()).unwrap_or_default();
        let coming = self.others.queue(queue, &desk, then);
        self.foresee(coming);
    }

    fn foresee(&mut self, coming: Vec<Coming>) {
        self.coming = coming.into_iter().map(|(after, event)| (self.now + after, event)).collect();
    }
}
