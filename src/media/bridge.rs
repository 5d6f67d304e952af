//! What crosses a bridge: a packet of one side on its way to the other, re-encoded only where the
//! two sides speak different codecs.

use super::sender::Numbers;
use crate::audio::Codec;
use crate::base::Digit;

/// A packet that leaves one side of a bridge for the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing<'a> {
    /// Its numbers on the side it came from.
    pub(super) source: Numbers,
    pub(super) payload: &'a [u8],
    pub(super) kind: Kind,
}

/// What a crossing packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Audio in this codec.
    Audio(Codec),
    /// A telephone-event; the digit where this packet was a press's first sign, for a far side
    /// that agreed no events and is given the tone instead.
    Event(Option<Digit>),
}
