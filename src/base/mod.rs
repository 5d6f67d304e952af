//! Ground floor: the small values every other floor speaks in.
//!
//! Owns: time as a value, seeded randomness, identifiers, telephone numbers, digits, languages,
//! prompt names, end causes, how audio sounded, products and support options, limits, secrets, and what spreadsheets take
//! for a formula. Knows nothing of SIP, RTP, desks or files.
//!
//! Invariants: nothing here reads a clock, a file or a socket; every value orders and prints the
//! same way on every machine, so that a run can be repeated.
//!
//! To add an end cause: one row in `cause.rs`.

pub mod cause;
pub mod cell;
pub mod digit;
#[cfg(test)]
pub mod fault;
pub mod id;
pub mod language;
pub mod limits;
pub mod moment;
pub(crate) mod named;
pub mod number;
pub mod presentation;
pub mod prompt;
pub mod quality;
pub mod recording;
pub mod rng;
pub mod secret;
pub mod support;
pub mod time;

pub use cause::{EndCause, Party};
pub use digit::Digit;
pub use id::{CallKey, LegKey};
pub use language::Language;
pub use moment::Moment;
pub use number::Number;
pub use presentation::Presentation;
pub use prompt::{Clip, PromptId};
pub use quality::AudioQuality;
pub use recording::RecordingLimits;
pub use rng::Rng;
pub use secret::Secret;
pub use support::{
    AnsweredBy, Coverage, EntitlementKind, Known, Product, Right, Rights, SupportOption, Verdict,
    Verification, VerifiedBy,
};
pub use time::{Deadline, Instant, Now, UnixTime};
