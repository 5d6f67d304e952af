//! Digits the caller pressed that no step has taken yet.

use super::trail::Pressed;
use crate::base::{Digit, limits};
use std::collections::VecDeque;
use std::fmt;

/// A bounded row of digits. Prints only how many there are: they may belong to a PIN.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Typed {
    digits: VecDeque<Pressed>,
    dropped: u32,
}

impl Typed {
    /// Adds a digit; `false` where there is no room and it was dropped.
    pub fn push(&mut self, digit: Pressed) -> bool {
        let room = self.digits.len() < limits::TYPE_AHEAD_DIGITS;
        if room {
            self.digits.push_back(digit);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
        room
    }

    /// Takes the digit pressed first.
    pub fn pop(&mut self) -> Option<Pressed> {
        self.digits.pop_front()
    }

    /// Takes the digit pressed first, where it is this one.
    pub fn pop_if(&mut self, wanted: Digit) -> bool {
        let is = self.digits.front().is_some_and(|first| first.secretly() == wanted);
        if is {
            self.digits.pop_front();
        }
        is
    }

    /// Forgets all digits; how many there were.
    pub fn clear(&mut self) -> usize {
        let count = self.digits.len();
        self.digits.clear();
        count
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.digits.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    /// How many found no room.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// The digits as text, for the one who collected them.
    pub fn text(&self) -> String {
        self.digits.iter().map(|pressed| pressed.secretly().as_char()).collect()
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} digits)", self.digits.len())
    }
}
