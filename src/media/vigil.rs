//! Whether a stream's far side still shows signs of life: its RTP of any kind, and its RTCP.
//!
//! A peer whose machine dies says no goodbye. It is lost when nothing came for the agreed time while
//! both sides may send; on hold, in one direction only or before the answer nobody waits for it. After
//! comfort noise silence is lawful (RFC 3389 4.1: no further packet until the noise changes), so that a
//! peer without RTCP has [`QUIET_TIMES`] as long.
//!
//! ```text
//!   Off ------ both may send ------> Watching -- nothing came --> Lost    told once
//!    ^                                  |
//!    +---- hold, one direction, off ----+
//! ```

use crate::base::Instant;
use std::time::Duration;

/// How many times as long a peer that announced its silence may keep it.
const QUIET_TIMES: u32 = 10;

/// The watch over one stream's far side.
#[derive(Clone, Debug)]
pub(super) enum Vigil {
    /// Nothing is waited for.
    Off,
    /// Signs of life are wanted at least so often; looked at next at `check_at`.
    Watching { since: Instant, patience: Duration, check_at: Instant },
    /// None came, and that was told.
    Lost,
}

impl Vigil {
    /// Watches from now on, or no longer. A watch that goes on is not begun anew, nor a loss told twice.
    pub(super) fn watch(&mut self, now: Instant, patience: Option<Duration>) {
        match (&self, patience) {
            (_, None) => *self = Vigil::Off,
            (Vigil::Off, Some(patience)) => {
                *self = Vigil::Watching { since: now, patience, check_at: now + patience };
            }
            (Vigil::Watching { .. } | Vigil::Lost, Some(_)) => {}
        }
    }

    /// When to look.
    pub(super) fn check_at(&self) -> Option<Instant> {
        match self {
            Vigil::Watching { check_at, .. } => Some(*check_at),
            Vigil::Off | Vigil::Lost => None,
        }
    }

    /// Looks, where it is time: true where the far side is lost, once. `heard` is its last sign of life,
    /// `quiet` whether that announced silence.
    pub(super) fn is_lost(&mut self, now: Instant, heard: Option<Instant>, quiet: bool) -> bool {
        let Vigil::Watching { since, patience, check_at } = self else { return false };
        if *check_at > now {
            return false;
        }
        let allowed = if quiet { *patience * QUIET_TIMES } else { *patience };
        let due = heard.map_or(*since, |heard| heard.max(*since)) + allowed;
        let lost = due <= now;
        match lost {
            true => *self = Vigil::Lost,
            // Who is quiet now may speak and then fall silent before that.
            false => *check_at = due.min(now + *patience),
        }
        lost
    }
}
