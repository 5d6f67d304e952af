//! Walks a recorded call through another plan: the same caller, the same hour, the same desks.
//!
//! The caller presses the keys of the trail at their moments and leaves when they left; desks are as
//! open as they were, queues and desks do what they did, playouts that end where they ended before
//! end at that very moment. The walk stops where the caller comes to another place than in the
//! recorded call: what would have happened there nobody knows.
//!
//! A hidden key is pressed as a stand-in. Where a step that is not secret takes it, the walk stops
//! too, since nobody knows which key it was.

use super::contract::{Desk, Event};
use super::plan::Plan;
use super::simulate::at_the_line;
use super::trail::{Arrival, Key, Meeting, Met, Outcome, Trail};
use super::walk::{Coming, Others, Then, WalkWorld, Walker};
use crate::base::{Digit, Instant, Language, Number, UnixTime};
use std::sync::Arc;
use std::time::Duration;

/// How much later than a prompt is long its playout may have been reported: a packet's time, and
/// that of a busy machine.
const REPORTED_WITHIN: Duration = Duration::from_millis(250);

/// A recorded call, and the plan it is to walk.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    /// The plan.
    pub plan: Arc<Plan>,
    /// When the recorded plan began.
    pub at: UnixTime,
    /// The caller's number.
    pub from: Option<Number>,
    /// What the call did.
    pub trail: &'a Trail,
}

/// A call walked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// What it did as far as it was walked.
    pub trail: Trail,
    /// Where it went.
    pub route: Route,
}

/// Where a call went, by which calls are counted and compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The places it came to, in order.
    pub places: Vec<Place>,
    /// What else is to be said of it.
    pub end: RouteEnd,
}

/// A place a call came to, and as whose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The place.
    pub outcome: Outcome,
    /// The language of the caller.
    pub language: Language,
    /// Whether with an interpreter.
    pub interpreter: bool,
}

/// How a route ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteEnd {
    /// At its last place.
    There,
    /// The caller had come to no place, and was gone at this step.
    Gone(Arc<str>),
    /// After this step another one reads a key that nobody may know.
    HiddenKey(Arc<str>),
}

/// Where two ways through plans part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// The last step they have in common; none where they begin differently.
    pub after: Option<Arc<str>>,
    /// The next step of the recorded call; none where it had no other.
    pub old: Option<Arc<str>>,
    /// The next step of the walk; none where it had no other.
    pub new: Option<Arc<str>>,
}

impl Route {
    /// Where a recorded call went.
    pub fn of(trail: &Trail) -> Route {
        let places: Vec<Place> = trail.arrivals.kept().iter().map(Place::of).collect();
        let last = trail.path.kept().last().map(|entered| entered.step.clone());
        let end = match last {
            Some(step) if places.is_empty() => RouteEnd::Gone(step),
            _ => RouteEnd::There,
        };
        Route { places, end }
    }
}

impl Place {
    fn of(arrival: &Arrival) -> Place {
        let Arrival { outcome, language, interpreter, .. } = arrival;
        Place { outcome: outcome.clone(), language: *language, interpreter: *interpreter }
    }
}

impl Parting {
    /// Where two trails part; `None` where one is the beginning of the other, or both are the same.
    pub fn of(old: &Trail, new: &Trail) -> Option<Parting> {
        let step = |trail: &Trail, at: usize| trail.path.kept().get(at).map(|e| e.step.clone());
        let shorter = old.path.kept().len().min(new.path.kept().len());
        let at = (0..shorter).find(|at| step(old, *at) != step(new, *at))?;
        let after = at.checked_sub(1).and_then(|before| step(new, before));
        Some(Parting { after, old: step(old, at), new: step(new, at) })
    }
}

/// Walks the call.
pub fn replay(replay: &Replay<'_>, world: &dyn WalkWorld) -> Replayed {
    let recorded = replay.trail;
    let mut walker = Walker::start(
        &replay.plan,
        (replay.at, replay.from.clone()),
        world,
        AsRecorded::new(recorded, world),
    );
    let mut presses = recorded.presses.kept().iter();
    let mut press = presses.next();
    let mut hidden = Vec::new();
    let leaves = (!recorded.was_ended_by_plan()).then(|| Instant::from_start(recorded.lasted));
    while !walker.has_parted(recorded) {
        let pressed_at = press.map(|press| Instant::from_start(press.at));
        let acts = pressed_at.into_iter().chain(leaves).min();
        let comes = walker.next().map(|(at, _)| at);
        if acts.is_none_or(|at| comes.is_some_and(|comes| comes <= at)) {
            if walker.advance().is_none() {
                break;
            }
            continue;
        }
        let Some(pressing) = press.filter(|_| pressed_at == acts) else { break };
        walker.stand_at(Instant::from_start(pressing.at));
        if let Some(step) = walker.press(pressing.key, &mut hidden) {
            return walker.replayed(Some(step));
        }
        press = presses.next();
    }
    if let Some(leaves) = leaves.filter(|_| !walker.has_parted(recorded)) {
        walker.stand_at(leaves);
    }
    walker.replayed(None)
}

impl Walker<'_, AsRecorded<'_>> {
    /// Whether the caller has come elsewhere than the recorded one, or to the end.
    fn has_parted(&self, recorded: &Trail) -> bool {
        let (old, new) = (recorded.arrivals.kept(), self.run().trail().arrivals.kept());
        let same = old.iter().zip(new).all(|(old, new)| Place::of(old) == Place::of(new));
        !same || new.len() > old.len() || self.run().is_finished()
    }

    /// Presses a key of the recorded call. The step at which that was, where a step now reads a key
    /// that nobody may know.
    fn press(&mut self, key: Key, hidden: &mut Vec<usize>) -> Option<Arc<str>> {
        let digit = match key {
            Key::Shown(digit) => digit,
            Key::Hidden => Digit::from_char('0').expect("a key"),
            Key::HiddenSign => self.run().terminator().or(Digit::from_char('#')).expect("`#` is a key"),
        };
        if !matches!(key, Key::Shown(_)) {
            hidden.push(self.run().trail().presses.kept().len());
        }
        let step = self.run().step().clone();
        self.tell(Event::Digit(digit));
        let presses = self.run().trail().presses.kept();
        let read = |at: &usize| presses.get(*at).is_some_and(|press| matches!(press.key, Key::Shown(_)));
        hidden.iter().any(read).then_some(step)
    }

    fn replayed(self, hidden_key: Option<Arc<str>>) -> Replayed {
        let now = self.now();
        let (run, _) = self.finish();
        let trail = run.into_trail(now);
        let mut route = Route::of(&trail);
        if let Some(step) = hidden_key {
            route.end = RouteEnd::HiddenKey(step);
        }
        Replayed { trail, route }
    }
}

/// Queues, desks and hours as a trail has them.
struct AsRecorded<'a> {
    world: &'a dyn WalkWorld,
    met: &'a [Meeting],
    playouts: &'a [Duration],
    /// Which queues and desks were asked so far.
    asked: Vec<(Met, Arc<str>)>,
}

impl<'a> AsRecorded<'a> {
    fn new(trail: &'a Trail, world: &'a dyn WalkWorld) -> Self {
        AsRecorded { world, met: trail.met.kept(), playouts: trail.playouts.kept(), asked: Vec::new() }
    }

    /// What a queue or desk did when it was asked as often as now; else when it was asked last.
    /// `None` where it never was.
    fn visit(&mut self, how: Met, whom: &str) -> Option<Vec<Coming>> {
        let before = self.asked.iter().filter(|(what, name)| *what == how && **name == *whom).count();
        self.asked.push((how, whom.into()));
        let is_visit = |(_, met): &(usize, &Meeting)| met.what == how && *met.whom == *whom;
        let visits = self.met.iter().enumerate().filter(is_visit);
        let (at, asked) = visits.take(before + 1).last()?;
        let after = self.met.get(at + 1..).unwrap_or_default();
        let of_this = after
            .iter()
            .take_while(|met| !matches!(met.what, Met::Enqueued | Met::Dialled | Met::Transferred));
        Some(of_this.filter_map(|met| Some((met.at.saturating_sub(asked.at), event(met.what)?))).collect())
    }
}

impl Others for AsRecorded<'_> {
    /// As the call saw the desk last before this moment, or first after it; else by its hours.
    fn desk(&self, desk: &str, then: Then) -> Desk {
        let seen = |met: &'_ Meeting| match met.what {
            Met::Hours(state) if *met.whom == *desk => Some((met.at, state)),
            _ => None,
        };
        let now = then.now.since_start() + REPORTED_WITHIN;
        let before = self.met.iter().rev().filter_map(seen).find(|(at, _)| *at <= now);
        let seen = before.or_else(|| self.met.iter().find_map(seen));
        seen.map_or_else(|| self.world.desk(desk, then.wall), |(_, state)| state)
    }

    fn queue(&mut self, queue: &str, desk: &str, then: Then) -> Vec<Coming> {
        let recorded = self.visit(Met::Enqueued, queue);
        recorded.unwrap_or_else(|| vec![(Duration::ZERO, at_the_line(self.desk(desk, then)))])
    }

    fn dial(&mut self, how: Met, whom: &str) -> Vec<Coming> {
        self.visit(how, whom).unwrap_or_default()
    }

    fn playout_ends(&mut self, due: Instant) -> Instant {
        let due = due.since_start();
        let before = |end: &Duration| *end + Duration::from_millis(1) < due;
        let first = self.playouts.partition_point(before);
        let recorded = self.playouts.get(first).filter(|end| **end <= due + REPORTED_WITHIN);
        Instant::from_start(recorded.copied().unwrap_or(due))
    }
}

/// What a run is told where this was met.
fn event(met: Met) -> Option<Event> {
    Some(match met {
        Met::Taken => Event::QueuePlace { place: 1, wait_minutes: None },
        Met::Refused(why) => Event::QueueRefused(why),
        Met::Failed(why) => Event::DialFailed(why),
        Met::Connected => Event::Connected,
        Met::DeskLeft => Event::DeskLeft,
        Met::Hours(_) | Met::Enqueued | Met::Dialled | Met::Transferred => return None,
        Met::Asked | Met::Recording => return None,
    })
}
