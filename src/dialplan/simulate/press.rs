//! What a simulated caller does, as written on the command line.

use crate::base::Digit;
use std::fmt;

/// One thing the caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Presses a key.
    Digit(Digit),
    /// `,`: lets the current prompt end and waits a second.
    Listen,
    /// `p`: lets a timeout pass.
    Timeout,
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Press::Digit(digit) => write!(f, "{digit}"),
            Press::Listen => f.write_str(","),
            Press::Timeout => f.write_str("p"),
        }
    }
}

/// What is no key: the character and where it stands, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey {
    /// The character.
    pub character: char,
    /// Its place, from 1.
    pub at: usize,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (c, at) = (self.character, self.at);
        write!(
            f,
            "`{c}` (character {at}) is no key: write digits, `*`, `#`, `,` (listen) or `p` (let a timeout pass)"
        )
    }
}

/// Reads digits, `*`, `#`, `,` and `p`.
///
/// # Errors
/// The first character that is none of these.
pub fn parse_keys(text: &str) -> Result<Vec<Press>, BadKey> {
    let press = |(at, c): (usize, char)| match c {
        ',' => Ok(Press::Listen),
        'p' => Ok(Press::Timeout),
        c => Digit::from_char(c).map(Press::Digit).ok_or(BadKey { character: c, at: at + 1 }),
    };
    text.chars().enumerate().map(press).collect()
}
