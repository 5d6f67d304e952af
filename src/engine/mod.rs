//! The engine: one input in, outputs out. It introduces the rooms to each other.
//!
//! Owns: which visit a leg belongs to, the order in which rooms hear of things, case numbers not
//! yet used. Decides nothing that a room can decide.
//!
//! ```text
//!   Input --> signaling --> on_signaling ----+
//!         --> media event -> on_media -------+--> Visit { call, run, case } <--> Lines
//!         --> store answer -> on_store ------+        |
//!                                                     v  the agenda, until nothing is left to say
//!   Output <-- for_call, for_plan, for_lines <--------+
//! ```
//!
//! Invariants: after a `handle_*` every room has been drained; a call has one case and one end cause;
//! a case is written before the plan can tell its number, and again after every change.
//!
//! Partition: `border/` translates between floors and decides nothing; `on_*` take inputs apart;
//! `for_*` carry out what a room wants; `holding` is a desk's hold, `referring` a desk that hands its caller on,
//! `replacing` one that takes a colleague's over;
//! `asking` speaks to services outside; `verifying` has PINs verified; `recording` keeps what callers say; `speaking` waits for the voice;
//! `open_times` is what the clocks of cases count in;
//! `securing` is how audio is encrypted;
//! `watching` shows how the queues stand and which calls there are;
//! `visit` is the data of one call; `protection` is what becomes of a call in which a rule breaks.

mod asking;
pub mod border;
mod config;
mod deadlines;
mod for_call;
mod for_lines;
mod for_plan;
mod holding;
mod numbers;
mod on_media;
mod on_signaling;
mod open_times;
mod protection;
mod recording;
mod referring;
mod replacing;
mod securing;
mod speaking;
mod verifying;
mod visit;
mod watching;
mod world;

pub use border::identity::NumberSource;
pub use config::{
    Config, DeskConfig, DialTarget, Encryption, Habits, IpVersions, MediaSecurity, QueueConfig, Reference,
    SeatConfig, Trunk, Way,
};
pub use holding::HOLD_MUSIC;
pub use open_times::OpenTimes;
pub use world::desk_state;

use crate::audio::Library;
use crate::base::{CallKey, Deadline, EndCause, Instant, LegKey, Now, Rng};
use crate::calendar::Calendar;
use crate::dialplan::PlanSet;
use crate::media::{self, PlayKey, RecordingKey};
use crate::node::journal::{Entry, What};
use crate::node::{Input, Node, Output, StoreDone, StoreWrite};
use crate::queue::Lines;
use crate::signaling::{self, Endpoint};
use crate::{call, dialplan};
use deadlines::Deadlines;
use numbers::Numbers;
use speaking::Spoken;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use visit::Visit;
use watching::WallTimes;
use world::Rooms;

/// The engine.
pub struct Engine {
    config: Config,
    rng: Rng,
    /// Of checks.
    credentials: Rng,
    endpoint: Endpoint,
    plans: Arc<PlanSet>,
    /// The plans' prompts.
    recorded: Arc<Library>,
    /// The plans' prompts, and what was spoken lately.
    library: Arc<Library>,
    spoken: Spoken,
    lines: Lines,
    numbers: Numbers,
    visits: BTreeMap<CallKey, Visit>,
    legs: BTreeMap<LegKey, CallKey>,
    agenda: VecDeque<CallKey>,
    deadlines: Deadlines,
    signaled: VecDeque<signaling::Event>,
    outbox: VecDeque<Output>,
    open_times: OpenTimes,
    wall_times: WallTimes,
    next_call: u64,
    next_play: u64,
    next_ask: u64,
    next_recording: u64,
    /// Recordings asked for whose end is not known, and their calls.
    recordings: BTreeMap<RecordingKey, CallKey>,
    /// The call that something is done for now.
    at_work: Option<CallKey>,
    /// Legs of abandoned calls whose sockets may still come.
    ruins: BTreeMap<LegKey, CallKey>,
}

impl Engine {
    /// An engine that knows these plans and prompts. It asks the store for case numbers at once.
    pub fn new(config: Config, plans: Arc<PlanSet>, library: Arc<Library>, rng: Rng) -> Self {
        let mut endpoint = Endpoint::new(config.signaling.clone(), rng.fork("signaling"));
        config.trunks.values().for_each(|trunk| endpoint.add_trunk(trunk.line.clone()));
        config.phones.iter().for_each(|phones| endpoint.serve_phones(phones.clone()));
        let lines = Lines::new(config.lines());
        let mut engine = Engine {
            rng: rng.fork("engine"),
            credentials: rng.fork("credentials"),
            endpoint,
            plans,
            recorded: Arc::clone(&library),
            library,
            spoken: Spoken::default(),
            lines,
            numbers: Numbers::default(),
            visits: BTreeMap::new(),
            legs: BTreeMap::new(),
            agenda: VecDeque::new(),
            deadlines: Deadlines::default(),
            signaled: VecDeque::new(),
            outbox: VecDeque::new(),
            open_times: OpenTimes::default(),
            wall_times: WallTimes::default(),
            next_call: 1,
            next_play: 1,
            next_ask: 0,
            next_recording: 0,
            recordings: BTreeMap::new(),
            at_work: None,
            ruins: BTreeMap::new(),
            config,
        };
        engine.ask_for_numbers();
        engine
    }

    /// The desks' hours, for a closure by hand.
    pub fn calendar_mut(&mut self) -> &mut Calendar {
        self.open_times = OpenTimes::default();
        &mut self.config.calendar
    }

    /// Calls that are not wholly over.
    pub fn call_count(&self) -> usize {
        self.visits.len()
    }

    /// What signaling still holds, for leak checks.
    pub fn signaling_counts(&self) -> signaling::Counts {
        self.endpoint.counts()
    }

    fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Message { flow, bytes } => self.endpoint.handle_message(now, flow, &bytes),
            Input::TransportFailed { flow } => self.endpoint.handle_transport_error(now, flow),
            Input::Disconnected { flow } => self.endpoint.handle_disconnected(now, flow),
            Input::Resolved(resolved) => self.endpoint.handle_resolved(now, resolved),
            Input::PortOpened { leg, address } => self.port_opened(leg, address),
            Input::PortFailed { leg } => self.tell_call(leg, call::Event::PortFailed(leg)),
            Input::Media(event) => self.on_media(now, event),
            Input::Spoken { id, sound } => self.on_spoken(now, &id, sound),
            Input::Stored(done) => self.on_store(now, done),
            Input::Told(told) => self.on_told(now, told),
            Input::Verified(answer) => self.on_verified(now, answer),
            Input::Recorded(recorded) => self.on_recorded(now, recorded),
            Input::Plans { plans, library } => self.on_plans(now, plans, library),
            Input::ShowQueues => self.show_queues(now),
            Input::ShowCalls => self.show_calls(),
            Input::Away(seats) => self.set_away(now, &seats),
            Input::Drain => self.signal(now, signaling::Command::Drain),
            Input::Stop => self.stop(now),
            // The engine listens to nobody's words: only test phones ask for them.
            Input::Heard { .. } => {}
        }
    }

    /// Calls in progress hold their plans, and still find prompts that the new plans do without.
    fn on_plans(&mut self, now: Now, plans: Arc<PlanSet>, library: Arc<Library>) {
        self.recorded = match self.visits.is_empty() {
            true => library,
            false => Arc::new(library.and_what_only(&self.recorded)),
        };
        self.plans = plans;
        self.gather_library(None);
        self.journal(now, None, What::PlansReplaced { plans: self.plans.versions() });
    }

    fn on_store(&mut self, now: Now, done: StoreDone) {
        match done {
            StoreDone::NumbersReserved(range) => self.numbers.add(range),
            StoreDone::CaseSaved(number) => {
                let saved = |v: &&mut Visit| v.case.as_ref().is_some_and(|c| c.number() == number);
                if let Some(visit) = self.visits.values_mut().find(saved) {
                    let first = !visit.case_is_durable;
                    visit.case_is_durable = true;
                    let key = visit.call.key();
                    if first {
                        self.tell_plan(now, key, dialplan::Event::CaseReady);
                        self.release_ring(now, key);
                    }
                }
            }
        }
    }

    fn stop(&mut self, now: Now) {
        self.signal(now, signaling::Command::Drain);
        let keys: Vec<_> = self.visits.keys().copied().collect();
        for key in keys {
            self.end_call(key, EndCause::ShuttingDown);
        }
    }

    fn end_call(&mut self, key: CallKey, cause: EndCause) {
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.call.handle_event(call::Event::Hangup(cause));
            self.agenda.push_back(key);
        }
    }

    /// Has signaling do something, whose messages leave before what is done next: a 200 before the
    /// first packet of a prompt.
    fn signal(&mut self, now: Now, command: signaling::Command) {
        self.endpoint.handle_command(now, command);
        self.flush_signaling();
    }

    fn flush_signaling(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                signaling::Output::Transmit { flow, bytes } => {
                    self.outbox.push_back(Output::Transmit { flow, bytes });
                }
                signaling::Output::Resolve(lookup) => self.outbox.push_back(Output::Resolve(lookup)),
                signaling::Output::Event(event) => self.signaled.push_back(event),
            }
        }
    }

    /// Drains every room until none has anything more to say.
    fn settle(&mut self, now: Now) {
        loop {
            self.flush_signaling();
            if let Some(event) = self.signaled.pop_front() {
                let call = event.leg().and_then(|leg| self.legs.get(&leg)).copied();
                self.protected(now, call, |engine| engine.on_signaling(now, event));
            } else if let Some(output) = self.lines.poll_output() {
                self.protected(now, Some(output.call()), |engine| engine.for_lines(now, output));
            } else if let Some(key) = self.agenda.pop_front() {
                self.protected(now, Some(key), |engine| engine.drain_visit(now, key));
            } else {
                return;
            }
        }
    }

    /// Carries out what a visit's rooms want, then notes its deadline and keeps its case.
    fn drain_visit(&mut self, now: Now, key: CallKey) {
        while let Some(visit) = self.visits.get_mut(&key) {
            if let Some(command) = visit.call.poll_output() {
                self.for_call(now, key, command);
            } else if let Some(action) = visit.run.as_mut().and_then(dialplan::Run::poll_output) {
                self.for_plan(now, key, action);
            } else {
                break;
            }
        }
        self.keep_case(now, key);
        let at = self.visits.get(&key).and_then(Visit::deadline);
        self.deadlines.set(key, at);
    }

    fn keep_case(&mut self, now: Now, key: CallKey) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if let Some(case) = visit.case.as_mut().filter(|_| visit.case_is_dirty) {
            visit.case_is_dirty = false;
            let hours = self.open_times.covering(&self.config.calendar, case.opened_at(), now.wall);
            case.show_clocks(hours, now.wall);
            self.outbox.push_back(Output::Store(StoreWrite::SaveCase(Box::new(case.clone()))));
        }
    }

    fn tell_call(&mut self, leg: LegKey, event: call::Event) {
        if let Some(key) = self.legs.get(&leg).copied()
            && let Some(visit) = self.visits.get_mut(&key)
        {
            self.at_work = Some(key);
            visit.call.handle_event(event);
            self.agenda.push_back(key);
            self.forget_leg_if_released(leg);
        }
    }

    /// A call may ring desks for hours: what is over is not kept until its end.
    fn forget_leg_if_released(&mut self, leg: LegKey) {
        if let Some(visit) = self.visit_of(leg).filter(|visit| !visit.call.has_leg(leg)) {
            visit.audio.remove(&leg);
            self.legs.remove(&leg);
        }
    }

    fn tell_plan(&mut self, now: Now, key: CallKey, event: dialplan::Event) {
        self.with_run(key, |visit, rooms| visit.tell_plan(now, rooms, event));
    }

    /// Lets a visit's plan do something, which may look things up in the rooms.
    fn with_run(&mut self, key: CallKey, act: impl FnOnce(&mut Visit, Rooms<'_>)) {
        self.at_work = Some(key);
        let Engine { config, library, lines, .. } = self;
        let rooms = Rooms {
            calendar: &config.calendar,
            library,
            lines,
            speaks: config.speaks,
            takes_pins: config.takes_pins,
        };
        if let Some(visit) = self.visits.get_mut(&key) {
            #[cfg(test)]
            crate::base::fault::trip("visit", key.0);
            act(visit, rooms);
            self.agenda.push_back(key);
        }
    }

    fn visit_of(&mut self, leg: LegKey) -> Option<&mut Visit> {
        let key = self.legs.get(&leg)?;
        self.visits.get_mut(key)
    }

    fn command_media(&mut self, call: CallKey, command: media::Command) {
        self.outbox.push_back(Output::Media { call, command });
    }

    fn journal(&mut self, at: Now, call: Option<CallKey>, what: What) {
        self.outbox.push_back(Output::Journal(Entry { at, call, what }));
    }

    fn ask_for_numbers(&mut self) {
        if let Some(count) = self.numbers.wanted() {
            self.outbox.push_back(Output::Store(StoreWrite::ReserveNumbers { count }));
        }
    }

    fn new_play(&mut self) -> PlayKey {
        self.next_play += 1;
        PlayKey(self.next_play)
    }

    fn visits_due(&mut self, now: Now) {
        while let Some(key) = self.deadlines.due(now.mono) {
            self.protected(now, Some(key), |engine| engine.visit_due(now, key));
        }
    }

    fn visit_due(&mut self, now: Now, key: CallKey) {
        if self.visits.get(&key).and_then(|v| v.line_check).is_some_and(|at| at <= now.mono) {
            self.check_line(now, key);
        }
        if self.visits.get(&key).and_then(|v| v.held_ring).is_some_and(|held| held.until <= now.mono) {
            self.release_ring(now, key);
        }
        self.release_play_if_late(now, key);
        self.with_run(key, |visit, rooms| visit.handle_deadline(now, rooms));
    }
}

impl Node for Engine {
    fn handle_input(&mut self, now: Now, input: Input) {
        self.protected(now, None, |engine| engine.handle(now, input));
        self.settle(now);
    }

    fn handle_deadline(&mut self, now: Now) {
        self.protected(now, None, |engine| engine.endpoint.handle_deadline(now));
        self.protected(now, None, |engine| engine.lines.handle_deadline(now.mono));
        self.visits_due(now);
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        let visits = self.deadlines.next();
        let rooms = Deadline::earliest(self.endpoint.poll_deadline(), self.lines.poll_deadline());
        Deadline::earliest(rooms, visits)
    }

    fn is_idle(&self) -> bool {
        let quiet = self.endpoint.counts() == signaling::Counts::default();
        self.visits.is_empty() && self.legs.is_empty() && self.lines.is_empty() && quiet
    }

    fn is_free(&self) -> bool {
        let signaling::Counts { legs, owing, .. } = self.endpoint.counts();
        let served = legs == 0 && owing == 0;
        self.visits.is_empty() && self.legs.is_empty() && self.lines.is_empty() && served
    }
}

#[cfg(test)]
mod tests;

/// The moment a call that lasts too long is ended.
fn longest_end(started: Instant) -> Instant {
    started + crate::base::limits::CALL_DURATION
}
