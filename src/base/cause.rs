//! Why a call ended: one table from which SIP status, Q.850 cause and report text are read.

use std::fmt;

/// Who ended a call, or is to blame that it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The person who called.
    Caller,
    /// The person or system at the desk.
    Desk,
    /// The dialplan, doing what it says.
    Plan,
    /// The network or the carrier.
    Network,
    /// The engine itself.
    Engine,
}

macro_rules! causes {
    ($($variant:ident $name:literal $party:ident $sip:literal $q850:literal $text:literal;)*) => {
        /// Why a call ended. Exactly one per call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EndCause { $(#[doc = $text] $variant,)* }

        impl EndCause {
            /// Every cause, in the order of the table.
            pub const ALL: &'static [EndCause] = &[$(EndCause::$variant,)*];

            /// The stable name, as stored and reported.
            pub const fn name(self) -> &'static str { match self { $(EndCause::$variant => $name,)* } }

            /// Who ended the call or is to blame.
            pub const fn party(self) -> Party { match self { $(EndCause::$variant => Party::$party,)* } }

            /// The SIP status sent where the call had not been answered (RFC 3261 21, RFC 3398 8.2.6).
            pub const fn sip_status(self) -> u16 { match self { $(EndCause::$variant => $sip,)* } }

            /// The Q.850 cause sent in `Reason` (RFC 3326).
            pub const fn q850(self) -> u8 { match self { $(EndCause::$variant => $q850,)* } }

            /// A sentence for reports.
            pub const fn text(self) -> &'static str { match self { $(EndCause::$variant => $text,)* } }
        }
    };
}

causes! {
    CallerHungUp    "caller-hung-up"    Caller  487 16 "The caller hung up.";
    CallerCancelled "caller-cancelled"  Caller  487 16 "The caller gave up before the call was answered.";
    CallerSilent    "caller-silent"     Caller  480 19 "The caller pressed no key and the plan ended the call.";
    DeskHungUp      "desk-hung-up"      Desk    480 16 "The person at the desk hung up.";
    DeskUnreachable "desk-unreachable"  Desk    480 20 "No desk could be reached and the plan ended the call.";
    PlanHungUp      "plan-hung-up"      Plan    480 16 "The dialplan ended the call with an announcement.";
    PlanLooped      "plan-looped"       Plan    480 41 "The dialplan ran too many steps without the caller's doing.";
    NoCommonCodec   "no-common-codec"   Network 488 65 "The caller offered no codec that the engine speaks.";
    NoCommonAddress "no-common-address" Network 488 65 "The caller's audio is at an address of an IP version that the engine has none of.";
    NoAck           "no-ack"            Network 408 102 "The caller's side never acknowledged the answer.";
    SessionExpired  "session-expired"   Network 408 102 "The caller's side stopped refreshing the session.";
    NetworkFailed   "network-failed"    Network 503 38 "The signalling path to a party failed.";
    MediaLost       "media-lost"        Network 408 38 "No audio arrived any more.";
    Overloaded      "overloaded"        Engine  503 42 "The engine had no room for another call.";
    ShuttingDown    "shutting-down"     Engine  503 41 "The engine was stopped while the call was up.";
    TooLong         "too-long"          Engine  480 102 "The call passed the longest duration allowed.";
    Broken          "broken"            Engine  500 41 "An invariant of the engine was broken; the call was ended to protect the others.";
}

impl EndCause {
    /// The cause of a stable name.
    pub fn from_name(name: &str) -> Option<EndCause> {
        EndCause::ALL.iter().copied().find(|c| c.name() == name)
    }
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_statuses_final() {
        for cause in EndCause::ALL {
            assert_eq!(EndCause::from_name(cause.name()), Some(*cause));
            assert!((400..700).contains(&cause.sip_status()));
            assert!((1..=127).contains(&cause.q850()));
        }
    }
}
