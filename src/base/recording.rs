//! What bounds a recording of a caller.

use std::time::Duration;

/// When a recording ends by itself, and what is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingLimits {
    /// The longest it may be.
    pub most: Duration,
    /// It ends after so much silence.
    pub silence: Duration,
    /// Up to its last voice it is at least as long; what is shorter, or has no voice, is thrown away.
    pub least: Duration,
}
