//! The values a case field can take, each with its stable name.

use crate::base::Number;
use crate::base::named::named;
pub use crate::base::{EntitlementKind, Product, SupportOption};
use std::fmt;

named! {
    /// How far a case has come.
    Stage {
        /// Opened; the caller is in the menus.
        New "new",
        /// The caller waits in a queue.
        Waiting "waiting",
        /// The caller is to be called back.
        CallBack "call-back",
        /// A person at the desk took it.
        WithDesk "with-desk",
        /// Another desk or organisation took it.
        HandedOn "handed-on",
        /// Nothing is left to do.
        Closed "closed",
    }
}

named! {
    /// The way a case came in.
    Channel {
        /// A telephone call.
        Phone "phone",
        /// The web form.
        Web "web",
        /// A support session that a customer joined.
        Session "session",
    }
}

named! {
    /// Which people of a desk: tier 1 takes the question first, tier 2 what tier 1 cannot solve.
    Tier {
        /// Tier 1.
        One "1",
        /// Tier 2.
        Two "2",
    }
}

impl Tier {
    /// 1 or 2.
    pub const fn number(self) -> u64 {
        match self {
            Tier::One => 1,
            Tier::Two => 2,
        }
    }
}

named! {
    /// How bad it is, as agreed between the desk and the customer.
    Severity {
        /// Unusable, or a significant effect on the business.
        S1 "S1",
        /// Badly degraded.
        S2 "S2",
        /// Impaired; most operations unaffected.
        S3 "S3",
        /// Minor effect, or information wanted.
        S4 "S4",
    }
}

named! {
    /// Whether what went wrong can be made to happen again.
    Repeats {
        /// Every time.
        Always "always",
        /// Now and then.
        Sometimes "sometimes",
        /// It happened once.
        Never "never",
    }
}

named! {
    /// How many people or machines are touched.
    Spread {
        /// One.
        One "one",
        /// More than one.
        Many "many",
    }
}

named! {
    /// How a machine is connected.
    Network {
        /// By cable.
        Wired "wired",
        /// By radio.
        Wireless "wireless",
    }
}

named! {
    /// Where a machine is.
    Place {
        /// In the company's network.
        Inside "inside",
        /// At home or on the way.
        Outside "outside",
    }
}

named! {
    /// One of the two clocks of a case.
    ClockKind {
        /// The first response.
        FirstResponse "first-response",
        /// The next update.
        NextUpdate "next-update",
    }
}

named! {
    /// What a clock says when it rings.
    Ring {
        /// Little time is left.
        Short "short",
        /// What was promised came in time.
        Met "met",
        /// The moment has passed.
        Missed "missed",
    }
}

/// A number as it was dialed: shown as inside Japan, where it stands on every leaflet so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialed(pub Number);

/// An answer on a scale of one key, 0 to 9. What its ends mean is for the question to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(u8);

impl Rating {
    /// Reads one decimal digit.
    pub fn parse(text: &str) -> Option<Rating> {
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(Rating(digit - b'0')),
            _ => None,
        }
    }

    /// 0 to 9.
    pub const fn number(self) -> u64 {
        self.0 as u64
    }
}

named! {
    /// Where a service level clock stands.
    Clock {
        /// Time counts.
        Running "running",
        /// Time does not count now.
        Paused "paused",
        /// The target was met.
        Met "met",
        /// The target was missed.
        Breached "breached",
    }
}

/// A customer's right to support.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entitlement {
    /// What kind of proof was given.
    pub kind: EntitlementKind,
    /// The proof.
    pub value: String,
    /// Whether it was found to be right.
    pub verified: bool,
}

/// `site-url:acme.webex.com`, with `verified ` before it where it is.
impl fmt::Display for Entitlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verified = if self.verified { "verified " } else { "" };
        write!(f, "{verified}{}:{}", self.kind, self.value)
    }
}

impl Entitlement {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Entitlement> {
        let (verified, rest) = match text.strip_prefix("verified ") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (kind, value) = rest.split_once(':')?;
        Some(Entitlement { kind: EntitlementKind::from_name(kind)?, value: value.to_string(), verified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_values() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_name(stage.name()), Some(*stage));
        }
        assert_eq!(Severity::NAMES, ["S1", "S2", "S3", "S4"]);
        assert_eq!(Severity::from_name("s1"), None);
    }

    #[test]
    fn an_entitlement_survives_its_text() {
        for text in ["site-url:acme.webex.com", "verified org:Acme: Tokyo"] {
            assert_eq!(Entitlement::parse(text).map(|e| e.to_string()), Some(text.into()));
        }
        assert_eq!(Entitlement::parse("site-url"), None);
        assert_eq!(Entitlement::parse("passport:1"), None);
    }
}
