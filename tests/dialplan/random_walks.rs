//! Random callers and random desks over the shipped plan and the examples of all verbs: nobody is left in
//! silence, every call ends with words, and the run always waits for something it can name.

use crate::library::{TestWorld, plan, shipped};
use madoguchi::base::{Clip, Digit, EndCause, Instant, Number, Rng, limits};
use madoguchi::dialplan::{
    Action, Desk, DialFailure, Event, Line, NoAnswer, Plan, QueueRefusal, Recorded, Run, verbs::DEFINITIONS,
};
use proptest::prelude::{ProptestConfig, any, proptest};
use std::sync::Arc;
use std::time::Duration;

/// Longest silence a caller may hear: a question waits 10 s at most, and then something is said.
const LONGEST_SILENCE: Duration = Duration::from_secs(11);

/// What the engine would know of a call, kept apart from the run.
struct Checker {
    run: Run,
    world: TestWorld,
    now: Instant,
    rng: Rng,
    play_ends: Option<Instant>,
    music: bool,
    silent_since: Option<Instant>,
    in_queue: bool,
    dialling: bool,
    asked: bool,
    recording: bool,
    keeping: bool,
    talking: bool,
    spoken: bool,
    ended: Option<EndCause>,
}

impl Checker {
    fn new(seed: u64) -> Checker {
        let rng = Rng::from_seed(seed);
        let world = TestWorld {
            line: any_line(&mut rng.fork("line")),
            caller: Number::parse("0312345678").filter(|_| rng.fork("caller").chance(70)),
            ..TestWorld::desks(any_desk(&mut rng.fork("hours")))
        };
        let mut checker = Checker {
            run: Run::start(any_plan(&mut rng.fork("plan")), Instant::ZERO, &world),
            world,
            now: Instant::ZERO,
            rng,
            play_ends: None,
            music: false,
            silent_since: Some(Instant::ZERO),
            in_queue: false,
            dialling: false,
            asked: false,
            recording: false,
            keeping: false,
            talking: false,
            spoken: false,
            ended: None,
        };
        checker.drain();
        checker
    }

    fn drain(&mut self) {
        while let Some(action) = self.run.poll_output() {
            assert_eq!(self.ended, None, "nothing is asked for after the end");
            self.carry_out(&action);
        }
        let heard = self.music || self.play_ends.is_some() || self.talking || self.recording;
        self.silent_since = if heard { None } else { self.silent_since.or(Some(self.now)) };
        let waits = self.run.poll_deadline().is_some() || self.talking || self.ended.is_some();
        assert!(waits, "waits for nothing at {}", self.run.step());
        assert_eq!(self.run.is_finished(), self.ended.is_some());
    }

    fn carry_out(&mut self, action: &Action) {
        match action {
            Action::Play { clips, repeat } => {
                assert!(!clips.is_empty() && clips.len() <= limits::CLIPS_PER_PLAY);
                assert!(!self.talking, "nothing plays over a conversation");
                let length: Duration = clips.iter().map(|_| Duration::from_millis(900)).sum();
                self.music = *repeat;
                self.play_ends = (!repeat).then(|| self.now + length);
                self.spoken |= clips.iter().any(|clip| matches!(clip, Clip::Prompt(..)));
            }
            Action::StopPlay => self.silence(),
            Action::Enqueue { .. } => assert!(!std::mem::replace(&mut self.in_queue, true)),
            Action::LeaveQueue => assert!(std::mem::take(&mut self.in_queue), "leaves a line it is not in"),
            Action::Dial { .. } | Action::Transfer { .. } => {
                assert!(!self.in_queue, "dials out of a line");
                assert!(!std::mem::replace(&mut self.dialling, true));
            }
            Action::CancelDial => assert!(std::mem::take(&mut self.dialling)),
            Action::Hangup { cause } => {
                assert!(self.spoken && !self.in_queue && !self.dialling, "ends without a word");
                self.ended = Some(*cause);
            }
            Action::RequestCallback { number, .. } => {
                assert!(number.is_subscriber() && !self.in_queue && !self.dialling);
            }
            Action::Ask { .. } | Action::Verify { .. } => self.asked = true,
            Action::Record(_) => {
                assert!(self.play_ends.is_none() && !self.music, "nothing plays into a recording");
                assert!(!std::mem::replace(&mut self.recording, true));
            }
            Action::StopRecording => {
                assert!(std::mem::replace(&mut self.recording, false));
                self.keeping = true;
            }
            Action::DropQuestion => assert!(std::mem::take(&mut self.asked)),
            Action::Set { .. } | Action::Note { .. } | Action::Trace { .. } | Action::CaseNumberTold => {}
        }
    }

    fn silence(&mut self) {
        self.music = false;
        self.play_ends = None;
    }

    fn tell(&mut self, event: Event) {
        self.run.handle_event(self.now, &self.world, event);
        self.drain();
    }

    /// Lets time pass, with everything that comes by itself.
    fn wait(&mut self, length: Duration) {
        let until = self.now + length;
        for _ in 0..10_000 {
            let done = self.play_ends.map(|at| (at, true));
            let deadline = self.run.poll_deadline().map(|d| (d.at, false));
            let Some((at, is_done)) = done.into_iter().chain(deadline).min().filter(|(at, _)| *at <= until)
            else {
                break;
            };
            self.now = self.now.max(at);
            self.check_silence();
            if is_done {
                self.silence();
                self.tell(Event::PlayDone);
            } else {
                self.run.handle_deadline(self.now, &self.world);
                self.drain();
            }
        }
        self.now = until;
        if self.ended.is_none() {
            self.check_silence();
        }
    }

    fn check_silence(&self) {
        let silence = self.silent_since.map_or(Duration::ZERO, |since| self.now - since);
        assert!(silence <= LONGEST_SILENCE, "{silence:?} of silence at {}", self.run.step());
    }

    /// One thing that the caller, the line or a desk does.
    fn happen(&mut self) {
        match self.rng.below(12) {
            0..=3 => {
                let key = self.rng.below(12) as u8;
                self.tell(Event::Digit(Digit::from_event(key).expect("one of twelve keys")));
            }
            4 => self.wait(Duration::from_millis(200)),
            5 => self.wait(Duration::from_secs(4)),
            6 => self.wait(Duration::from_secs(70)),
            7 => self.tell(Event::CaseReady),
            8 => {
                self.world.desk = any_desk(&mut self.rng);
                self.world.line = any_line(&mut self.rng);
            }
            _ => self.desk_does_something(),
        }
    }

    fn desk_does_something(&mut self) {
        if std::mem::take(&mut self.asked) {
            self.service_answers();
        } else if std::mem::take(&mut self.recording) {
            self.keeping = true;
            self.tell(Event::RecordingEnded);
        } else if std::mem::take(&mut self.keeping) {
            self.disk_answers();
        } else if self.talking {
            self.talking = false;
            self.in_queue = false;
            self.dialling = false;
            self.silent_since = Some(self.now);
            self.tell(Event::DeskLeft);
        } else if self.in_queue {
            self.line_moves();
        } else if self.dialling {
            self.target_answers();
        }
    }

    fn disk_answers(&mut self) {
        let answers = [Recorded::Kept { seconds: 7 }, Recorded::Nothing, Recorded::Lost];
        let answer = answers[self.rng.below(3) as usize];
        self.tell(Event::Recorded(answer));
    }

    fn service_answers(&mut self) {
        let answers = [Ok("premium"), Ok("gold"), Err(NoAnswer::Unreachable), Err(NoAnswer::Status(404))];
        let answer = answers[self.rng.below(4) as usize];
        self.tell(Event::Answered(answer.map(Into::into)));
    }

    fn line_moves(&mut self) {
        let place = self.rng.below(30) as u32;
        let refusals = [QueueRefusal::Full, QueueRefusal::Closed, QueueRefusal::Unstaffed];
        match self.rng.below(8) {
            0..=3 => self.tell(Event::QueuePlace { place: place + 1, wait_minutes: place.checked_sub(3) }),
            4 => self.tell(Event::Ringing),
            5 => self.connect(),
            _ => {
                self.in_queue = false;
                let why = refusals[self.rng.below(3) as usize];
                self.tell(Event::QueueRefused(why));
            }
        }
    }

    fn target_answers(&mut self) {
        let failures = [DialFailure::Busy, DialFailure::NoAnswer, DialFailure::Unreachable];
        match self.rng.below(4) {
            0 => self.tell(Event::Ringing),
            1 => self.connect(),
            _ => {
                self.dialling = false;
                let why = failures[self.rng.below(3) as usize];
                self.tell(Event::DialFailed(why));
            }
        }
    }

    fn connect(&mut self) {
        self.silence();
        self.talking = true;
        self.tell(Event::Connected);
    }

    /// The caller stays on the line, the desks give up: the call must come to its end by itself.
    fn see_to_the_end(&mut self) {
        for _ in 0..500 {
            if self.ended.is_some() {
                return;
            }
            self.wait(Duration::from_secs(30));
            if self.talking || self.dialling {
                self.desk_does_something();
            } else if self.in_queue {
                self.in_queue = false;
                self.tell(Event::QueueRefused(QueueRefusal::Unstaffed));
            }
        }
        assert!(self.ended.is_some(), "does not end: {}", self.run.step());
    }
}

/// The shipped plan half of the time, else the example of a verb.
fn any_plan(rng: &mut Rng) -> Arc<Plan> {
    let example = rng.below(DEFINITIONS.len() as u64) as usize;
    if rng.chance(50) { shipped() } else { plan(DEFINITIONS[example].example) }
}

fn any_line(rng: &mut Rng) -> Line {
    let waiting = rng.below(25) as u32;
    Line { waiting, wait_minutes: waiting.checked_sub(5) }
}

fn any_desk(rng: &mut Rng) -> Desk {
    let all = [
        Desk::Open,
        Desk::OutsideHours,
        Desk::Weekend,
        Desk::Holiday,
        Desk::CompanyDay,
        Desk::Emergency,
        Desk::Open,
    ];
    all[rng.below(all.len() as u64) as usize]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nobody_is_left_in_silence_and_every_call_ends_with_words(
        seed in any::<u64>(),
        length in 1_usize..120,
    ) {
        let mut checker = Checker::new(seed);
        for _ in 0..length {
            if checker.ended.is_none() {
                checker.happen();
            }
        }
        checker.see_to_the_end();
        let planned = [
            EndCause::PlanHungUp,
            EndCause::CallerSilent,
            EndCause::DeskHungUp,
            EndCause::DeskUnreachable,
            EndCause::PlanLooped,
        ];
        assert!(checker.ended.is_some_and(|cause| planned.contains(&cause)));
    }
}
