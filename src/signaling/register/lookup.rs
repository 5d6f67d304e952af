//! When a trunk's name is looked up.
//!
//! ```text
//!   +-----+  at: ask   +-------+  an answer that holds for a time
//!   | Due |----------->| Asked |--------> Due (when it no longer holds; soon after a failure)
//!   +-----+            +-------+  an address: holds for ever ----> Known
//! ```

use crate::base::{Deadline, Instant};
use std::time::Duration;

/// Names are not asked for more often than this, whatever the name service grants.
const SHORTEST: Duration = Duration::from_secs(30);
/// Nor more seldom.
const LONGEST: Duration = Duration::from_secs(3600);

/// The state of the question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookups {
    Due { at: Instant },
    Asked,
    Known,
}

impl Lookups {
    /// Whether it is to be asked now; then it counts as asked.
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        let due = matches!(self, Lookups::Due { at } if *at <= now);
        if due {
            *self = Lookups::Asked;
        }
        due
    }

    /// An answer came, which holds so long; `Err`: none came.
    pub(super) fn answered(&mut self, now: Instant, holds: Result<Option<Duration>, ()>) {
        *self = match holds {
            Ok(None) => Lookups::Known,
            Ok(Some(holds)) => Lookups::Due { at: now + holds.clamp(SHORTEST, LONGEST) },
            Err(()) => Lookups::Due { at: now + SHORTEST },
        };
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self {
            Lookups::Due { at } => Some(Deadline { at: *at, why: "look-up" }),
            Lookups::Asked | Lookups::Known => None,
        }
    }
}
