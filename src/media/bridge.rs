//! What crosses a bridge: a packet of one side on its way to the other, re-encoded only where the
//! two sides speak different codecs.

use super::clock::Clock;
use super::sender::Numbers;
use crate::audio::{Codec, NoiseLevel};
use crate::base::Digit;
use crate::rtp::TelephoneEvent;

/// A packet that leaves one side of a bridge for the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing<'a> {
    /// Its numbers on the side it came from.
    pub(super) source: Numbers,
    /// What its timestamp counts by.
    pub(super) clock: Clock,
    pub(super) payload: &'a [u8],
    pub(super) kind: Kind,
}

/// What a crossing packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Audio in this codec, and whether it is a key's tone.
    Audio(Codec, Tone),
    /// A telephone-event.
    Event(Key),
    /// The far side falls silent: this is what its silence sounds like.
    Noise(Option<NoiseLevel>),
}

/// What a packet's audio has of a key's tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    None,
    /// A press is first known by it: an event to a far side that has events, which then does not hear the tone.
    Begins(Digit),
    /// More of one.
    GoesOn,
    /// It is of a press that crosses in another form already.
    Told,
}

/// A key on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) event: TelephoneEvent,
    /// What its duration counts by.
    pub(super) clock: Clock,
    /// The audio that it stands beside.
    pub(super) beside: Codec,
    /// Where this packet was a press's first sign: for a far side that agreed no events and is given the tone.
    pub(super) pressed: Option<Digit>,
}

impl Key {
    /// The event as a far side has it that counts by another clock.
    pub(super) fn counted_by(&self, clock: Clock) -> TelephoneEvent {
        let duration = self.clock.step_in(clock, i32::from(self.event.duration));
        TelephoneEvent { duration: u16::try_from(duration).unwrap_or(u16::MAX), ..self.event }
    }
}
