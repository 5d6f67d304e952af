//! The call room: one caller's visit, its legs, who is connected to whom, and why it ended.
//!
//! Owns: the life of every leg of a call (signaling and audio released, both, always), the joining
//! of caller and desk, the one end cause. Does not know: SIP statuses, plans, queues, cases.
//!
//! Invariants: exactly one [`Command::Ended`] per call, then exactly one [`Command::Gone`], after
//! which no leg, port or timer is left; an end parts every leg that is still up (one teardown);
//! a desk leg that is not wanted any more is parted the moment it answers; a caller whom the desk referred
//! elsewhere hears that place, or the desk again, or [`Command::CallerStranded`] says that nobody is left.
//!
//! ```text
//!   Arriving --port--> Up --hang-up, BYE, plan--> Parting --all legs released--> gone
//!      |                                            ^
//!      +---- CANCEL, no port, refused --------------+
//! ```
//!
//! To add a way for a leg to end: a variant of [`Parting`] and its rows in `caused` and `failure`.

mod leg;
mod onward;
mod record;

use crate::base::{CallKey, EndCause, LegKey};
use leg::Leg;
pub use record::{PartyAudio, Record, Rung};
use std::collections::{BTreeMap, VecDeque};

/// What a desk leg is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A seat of a queue: a reservation rings.
    Seat,
    /// The plan dials a desk.
    Desk,
    /// The plan hands the caller to a place outside the desks.
    Transfer,
    /// The person at the desk refers the caller to somebody else.
    Referral,
}

/// How a leg's signaling ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// The far side hung up.
    HungUp,
    /// The caller gave up before the answer.
    Cancelled,
    /// The far side was busy or refused.
    Busy,
    /// It rang and nobody answered.
    NoAnswer,
    /// The far side could not be reached.
    Unreachable,
    /// The answer was never acknowledged.
    NoAck,
    /// The dialog or its transport was lost.
    Lost,
    /// The session was not refreshed.
    Expired,
    /// We ended it.
    Local,
}

/// Why a desk did not take the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Busy or refused.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// Not reached.
    Unreachable,
}

/// What a call is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A leg's sockets are bound.
    PortOpened(LegKey),
    /// A leg gets no sockets.
    PortFailed(LegKey),
    /// A leg's audio is gone.
    MediaClosed(LegKey),
    /// A leg's signaling is over.
    LegEnded(LegKey, Parting),
    /// A leg's far side sends nothing any more; its signaling does not know.
    MediaLost(LegKey),
    /// A desk leg was answered.
    DeskAnswered(LegKey),
    /// Ring a desk with this new leg.
    Dial(LegKey, Purpose),
    /// The desk leg is not wanted any more, ringing or connected.
    CancelDial,
    /// The connected desk refers the caller to this new leg.
    Refer(LegKey),
    /// This new leg rings here and asks for the place of the connected desk's.
    Replace(LegKey),
    /// End the call.
    Hangup(EndCause),
}

/// What a call wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Bind sockets for a leg.
    OpenPort(LegKey),
    /// Answer the caller: the port is there. The call is up from now on.
    Answer(LegKey),
    /// Place the desk leg's INVITE: its port is there.
    Invite(LegKey),
    /// End a leg's signaling.
    Part(LegKey, EndCause),
    /// End a leg's audio and close its sockets.
    CloseMedia(LegKey),
    /// Let two legs hear each other.
    Bridge {
        /// The caller.
        caller: LegKey,
        /// The desk.
        desk: LegKey,
    },
    /// Part two legs that hear each other.
    Unbridge(LegKey),
    /// The desk took the call.
    Connected(LegKey, Purpose),
    /// The desk did not take the call.
    DeskFailed(LegKey, Purpose, Failure),
    /// The desk hung up; the caller is still there.
    DeskLeft(LegKey, Purpose),
    /// Whom the desk referred the caller to took the call; the desk is parted next, where it is still there.
    Referred(LegKey),
    /// Answer the leg that asks for the desk's place: its port is there. It hears the caller from now on.
    AnswerPlace(LegKey),
    /// The leg that asked for the desk's place is gone, or the place is.
    PlaceGivenUp(LegKey),
    /// Whom the desk referred the caller to did not take the call: caller and desk hear each other again.
    ReferralFailed(LegKey, Failure),
    /// The desk hung up before whom it referred the caller to has taken the call; they still ring.
    DeskLetGo(LegKey),
    /// The same did not take the call, and the desk has hung up: the caller is with nobody.
    CallerStranded(LegKey, Failure),
    /// The call is over. Once.
    Ended(EndCause),
    /// Nothing of the call is left. Once, after `Ended`.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Arriving,
    Up,
    Parting,
    Gone,
}

#[derive(Clone, Copy, Debug)]
struct Desk {
    leg: LegKey,
    purpose: Purpose,
    connected: bool,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    key: CallKey,
    caller: LegKey,
    phase: Phase,
    desk: Option<Desk>,
    /// Rung because the desk referred the caller there, who hears neither meanwhile.
    onward: Option<LegKey>,
    /// Rings here for the place of the desk, until its port is there.
    arriving: Option<LegKey>,
    /// Whether the last desk did not hang up, but fell silent.
    desk_was_lost: bool,
    legs: BTreeMap<LegKey, Leg>,
    outbox: VecDeque<Command>,
}

impl Call {
    /// A caller rings: their leg's sockets are asked for at once.
    pub fn new(key: CallKey, caller: LegKey) -> Self {
        let legs = BTreeMap::from([(caller, Leg::live())]);
        let outbox = VecDeque::from([Command::OpenPort(caller)]);
        Call {
            key,
            caller,
            phase: Phase::Arriving,
            desk: None,
            onward: None,
            arriving: None,
            desk_was_lost: false,
            legs,
            outbox,
        }
    }

    /// A caller who cannot be taken: refused before anything is spent on them.
    pub fn refused(key: CallKey, caller: LegKey, cause: EndCause) -> Self {
        let legs = BTreeMap::from([(caller, Leg::without_audio())]);
        let mut call = Call { legs, outbox: VecDeque::new(), ..Call::new(key, caller) };
        call.handle_event(Event::Hangup(cause));
        call
    }

    /// The call's key.
    pub fn key(&self) -> CallKey {
        self.key
    }

    /// The caller's leg.
    pub fn caller(&self) -> LegKey {
        self.caller
    }

    /// The desk leg that rings or talks.
    pub fn desk(&self) -> Option<LegKey> {
        self.desk.map(|d| d.leg)
    }

    /// Who rings because the desk referred the caller there.
    pub fn onward(&self) -> Option<LegKey> {
        self.onward
    }

    /// Whether caller and desk hear each other.
    pub fn is_connected(&self) -> bool {
        self.onward.is_none() && self.desk.is_some_and(|d| d.connected)
    }

    /// Whether the call was answered and has not ended.
    pub fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// Who hears this leg, where caller and desk are connected.
    pub fn peer(&self, leg: LegKey) -> Option<LegKey> {
        let desk = self.desk.filter(|_| self.is_connected())?.leg;
        match leg {
            l if l == self.caller => Some(desk),
            l if l == desk => Some(self.caller),
            _ => None,
        }
    }

    /// Whether a leg is not released yet.
    pub fn has_leg(&self, leg: LegKey) -> bool {
        self.legs.contains_key(&leg)
    }

    /// Every leg that is not released yet.
    pub fn legs(&self) -> impl Iterator<Item = LegKey> + '_ {
        self.legs.keys().copied()
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Command> {
        self.outbox.pop_front()
    }

    /// Takes an event. Events of legs that are gone change nothing.
    pub fn handle_event(&mut self, event: Event) {
        match event {
            Event::PortOpened(leg) => self.port_opened(leg),
            Event::PortFailed(leg) => self.port_failed(leg),
            Event::MediaClosed(leg) => self.with_leg(leg, Leg::media_closed),
            Event::LegEnded(leg, how) => self.leg_ended(leg, how),
            Event::MediaLost(leg) => self.media_lost(leg),
            Event::DeskAnswered(leg) => self.desk_answered(leg),
            Event::Dial(leg, purpose) => self.dial(leg, purpose),
            Event::CancelDial => self.drop_desk(EndCause::PlanHungUp),
            Event::Refer(leg) => self.refer(leg),
            Event::Replace(leg) => self.arrive(leg),
            Event::Hangup(cause) => self.end(cause),
        }
        self.release();
    }

    fn port_opened(&mut self, leg: LegKey) {
        self.with_leg(leg, Leg::media_opened);
        if self.phase == Phase::Parting {
            return;
        }
        if leg == self.caller && self.phase == Phase::Arriving {
            self.phase = Phase::Up;
            self.outbox.push_back(Command::Answer(leg));
        } else if self.arriving == Some(leg) {
            self.take_place(leg);
        } else if self.desk() == Some(leg) || self.onward == Some(leg) {
            self.with_leg(leg, Leg::invited);
            self.outbox.push_back(Command::Invite(leg));
        }
    }

    fn port_failed(&mut self, leg: LegKey) {
        self.with_leg(leg, Leg::media_closed);
        if leg == self.caller {
            self.end(EndCause::Overloaded);
        } else {
            self.give_up_place(leg, EndCause::Overloaded);
            self.with_leg(leg, Leg::signaling_over);
            self.desk_gone(leg, Failure::Unreachable);
        }
    }

    fn leg_ended(&mut self, leg: LegKey, how: Parting) {
        if !self.legs.contains_key(&leg) {
            return;
        }
        self.with_leg(leg, Leg::signaling_over);
        if leg == self.caller {
            self.end(caused(how));
        } else {
            self.give_up_place(leg, EndCause::DeskHungUp);
            self.desk_gone(leg, failure(how));
        }
    }

    /// The current desk leg ended: it never took the call, or it left.
    fn desk_gone(&mut self, leg: LegKey, why: Failure) {
        if self.onward == Some(leg) {
            return self.onward_gone(leg, why);
        }
        let Some(desk) = self.desk.take_if(|d| d.leg == leg) else { return };
        if self.onward.is_some() {
            self.outbox.push_back(Command::DeskLetGo(leg));
        } else if desk.connected {
            self.outbox.push_back(Command::Unbridge(leg));
            self.outbox.push_back(Command::DeskLeft(leg, desk.purpose));
        } else {
            self.outbox.push_back(Command::DeskFailed(leg, desk.purpose, why));
        }
    }

    /// The caller's loss is the call's end. A desk's leaves the caller there, as its BYE would.
    fn media_lost(&mut self, leg: LegKey) {
        if leg == self.caller {
            return self.end(EndCause::MediaLost);
        }
        if self.desk.is_some_and(|d| d.leg == leg && d.connected) {
            self.desk_was_lost = true;
            self.part(leg, EndCause::MediaLost);
            self.desk_gone(leg, Failure::Unreachable);
        }
    }

    fn desk_answered(&mut self, leg: LegKey) {
        let wanted = self.phase == Phase::Up;
        let caller = self.caller;
        if wanted && self.onward == Some(leg) {
            return self.onward_answered(leg);
        }
        if let Some(desk) = self.desk.as_mut().filter(|d| wanted && d.leg == leg) {
            desk.connected = true;
            let purpose = desk.purpose;
            self.outbox.push_back(Command::Bridge { caller, desk: leg });
            self.outbox.push_back(Command::Connected(leg, purpose));
        }
    }

    fn dial(&mut self, leg: LegKey, purpose: Purpose) {
        self.drop_desk(EndCause::PlanHungUp);
        if self.phase != Phase::Up {
            return;
        }
        self.legs.insert(leg, Leg::planned());
        self.desk_was_lost = false;
        self.desk = Some(Desk { leg, purpose, connected: false });
        self.outbox.push_back(Command::OpenPort(leg));
    }

    fn drop_desk(&mut self, cause: EndCause) {
        if let Some(arriving) = self.arriving {
            self.give_up_place(arriving, cause);
        }
        if let Some(onward) = self.onward.take() {
            self.part(onward, cause);
        } else if let Some(desk) = self.desk.filter(|desk| desk.connected) {
            self.outbox.push_back(Command::Unbridge(desk.leg));
        }
        if let Some(desk) = self.desk.take() {
            self.part(desk.leg, cause);
        }
    }

    fn end(&mut self, cause: EndCause) {
        if matches!(self.phase, Phase::Parting | Phase::Gone) {
            return;
        }
        let lost = cause == EndCause::DeskHungUp && self.desk_was_lost;
        let cause = if lost { EndCause::MediaLost } else { cause };
        self.phase = Phase::Parting;
        self.drop_desk(cause);
        self.part(self.caller, cause);
        self.outbox.push_back(Command::Ended(cause));
    }

    fn part(&mut self, leg: LegKey, cause: EndCause) {
        if let Some(entry) = self.legs.get_mut(&leg)
            && entry.part()
        {
            self.outbox.push_back(Command::Part(leg, cause));
        }
    }

    fn with_leg(&mut self, leg: LegKey, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            change(leg);
        }
    }

    /// Closes the audio of legs whose signaling is over, and forgets legs that are wholly released.
    fn release(&mut self) {
        for (key, leg) in &mut self.legs {
            if leg.close_media() {
                self.outbox.push_back(Command::CloseMedia(*key));
            }
        }
        self.legs.retain(|_, leg| !leg.is_released());
        if self.phase == Phase::Parting && self.legs.is_empty() {
            self.phase = Phase::Gone;
            self.outbox.push_back(Command::Gone);
        }
    }
}

/// Why the call ended, when the caller's leg ended so.
fn caused(how: Parting) -> EndCause {
    match how {
        Parting::HungUp => EndCause::CallerHungUp,
        Parting::Cancelled => EndCause::CallerCancelled,
        Parting::NoAck => EndCause::NoAck,
        Parting::Expired => EndCause::SessionExpired,
        Parting::Busy | Parting::NoAnswer | Parting::Unreachable | Parting::Lost => EndCause::NetworkFailed,
        Parting::Local => EndCause::Broken,
    }
}

/// Why the desk did not take the call, when its leg ended so.
fn failure(how: Parting) -> Failure {
    match how {
        Parting::Busy | Parting::HungUp | Parting::Cancelled => Failure::Busy,
        Parting::NoAnswer => Failure::NoAnswer,
        Parting::Unreachable | Parting::NoAck | Parting::Lost | Parting::Expired | Parting::Local => {
            Failure::Unreachable
        }
    }
}

#[cfg(test)]
mod tests;
