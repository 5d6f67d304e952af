//! A caller under test: a run in virtual time, and what it asked for in words.

use crate::library::{TestWorld, plan, shipped};
use madoguchi::base::{Clip, Digit, Instant};
use madoguchi::dialplan::{Action, Desk, Event, Plan, Run};
use std::sync::Arc;
use std::time::Duration;

/// A run, its clock, and everything it asked for, a line each.
pub struct Caller {
    pub run: Run,
    now: Instant,
    pub world: TestWorld,
    pub log: Vec<String>,
}

impl Caller {
    pub fn new(plan: Arc<Plan>, world: TestWorld) -> Caller {
        let run = Run::start(plan, Instant::ZERO, &world);
        let mut caller = Caller { run, now: Instant::ZERO, world, log: Vec::new() };
        caller.drain();
        caller
    }

    /// A call to the shipped plan with every desk open.
    pub fn shipped() -> Caller {
        Caller::new(shipped(), TestWorld::desks(Desk::Open))
    }

    /// A call to the plan of this text with every desk open.
    pub fn of(text: &str) -> Caller {
        Caller::new(plan(text), TestWorld::desks(Desk::Open))
    }

    fn drain(&mut self) {
        while let Some(action) = self.run.poll_output() {
            self.log.push(line(&action));
        }
    }

    pub fn tell(&mut self, event: Event) -> &mut Self {
        self.run.handle_event(self.now, &self.world, event);
        self.drain();
        self
    }

    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.chars() {
            self.tell(Event::Digit(Digit::from_char(key).expect("a key")));
        }
        self
    }

    pub fn wait(&mut self, ms: u64) -> &mut Self {
        let until = self.now + Duration::from_millis(ms);
        while let Some(deadline) = self.run.poll_deadline().filter(|d| d.at <= until) {
            self.now = self.now.max(deadline.at);
            self.run.handle_deadline(self.now, &self.world);
            self.drain();
        }
        self.now = until;
        self
    }

    /// What was asked for since the last look.
    pub fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    pub fn at(&self) -> String {
        self.run.step().to_string()
    }
}

fn line(action: &Action) -> String {
    match action {
        Action::Trace { step, event, .. } => format!("{step}: {event}"),
        Action::Play { clips, repeat } => {
            let clips: Vec<String> = clips.iter().map(clip).collect();
            format!("{} {}", if *repeat { "loop" } else { "play" }, clips.join(" "))
        }
        Action::StopPlay => "stop".into(),
        Action::Set { field, value } => format!("set {field}={value}"),
        Action::Enqueue { queue } => format!("enqueue {queue}"),
        Action::LeaveQueue => "leave queue".into(),
        Action::Dial { desk, ring_seconds } => format!("dial {desk} {ring_seconds}s"),
        Action::Transfer { to, ring_seconds } => format!("transfer {to} {ring_seconds}s"),
        Action::CancelDial => "cancel dial".into(),
        Action::RequestCallback { queue, number } => format!("call back {number} for {queue}"),
        Action::Ask { webhook, deadline } => format!("ask {webhook} {}ms", deadline.as_millis()),
        Action::Verify { pin, deadline } => format!("verify {pin} {}ms", deadline.as_millis()),
        Action::Note { text } => format!("note {text}"),
        Action::DropQuestion => "drop question".into(),
        Action::Record(limits) => format!("record {}s", limits.most.as_secs()),
        Action::StopRecording => "stop recording".into(),
        Action::CaseNumberTold => "case number told".into(),
        Action::Hangup { cause } => format!("hang up {cause}"),
    }
}

fn clip(clip: &Clip) -> String {
    match clip {
        Clip::Prompt(id, language) => format!("{id}/{language}"),
        Clip::Pause(length) => format!("{}ms", length.as_millis()),
        Clip::Ringback => "ringback".into(),
        Clip::Beep => "beep".into(),
    }
}
