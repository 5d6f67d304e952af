//! Whether a caller's number may be shown, and where there is none to show, why (RFC 3323, RFC 3325).

use std::fmt;

/// What may be made of the caller's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presentation {
    /// It may be shown.
    Allowed,
    /// The caller asked that it is not.
    Withheld,
    /// The network did not know it: a pay phone, a network that passes none on.
    Unavailable,
    /// Something came in its place that is no telephone number.
    Unparsed,
}

impl Presentation {
    /// Every value.
    pub const ALL: &'static [Presentation] =
        &[Presentation::Allowed, Presentation::Withheld, Presentation::Unavailable, Presentation::Unparsed];

    /// Every name, in the same order.
    pub const NAMES: &'static [&'static str] = &["allowed", "withheld", "unavailable", "unparsed"];

    /// The stable name, as stored and reported.
    pub const fn name(self) -> &'static str {
        match self {
            Presentation::Allowed => "allowed",
            Presentation::Withheld => "withheld",
            Presentation::Unavailable => "unavailable",
            Presentation::Unparsed => "unparsed",
        }
    }

    /// The value of a stable name.
    pub fn from_name(name: &str) -> Option<Presentation> {
        Presentation::ALL.iter().copied().find(|value| value.name() == name)
    }
}

impl fmt::Display for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Presentation;

    #[test]
    fn every_name_is_its_value_s() {
        assert_eq!(Presentation::ALL.len(), Presentation::NAMES.len());
        for (value, name) in Presentation::ALL.iter().zip(Presentation::NAMES) {
            assert_eq!((value.name(), Presentation::from_name(name)), (*name, Some(*value)));
        }
    }
}
