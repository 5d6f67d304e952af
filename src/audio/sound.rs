//! Decoded audio that many can share.

use std::sync::Arc;
use std::time::Duration;

/// Samples a second, everywhere in this room.
pub const SAMPLE_RATE_HZ: u32 = 8_000;

/// 8 kHz mono PCM; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// The samples.
    pub samples: Arc<[i16]>,
}

impl Sound {
    /// A sound of these samples.
    pub fn new(samples: impl Into<Arc<[i16]>>) -> Sound {
        Sound { samples: samples.into() }
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        duration_of(self.samples.len())
    }

    /// The loudest sample's magnitude, 0 to 32768.
    pub fn peak(&self) -> u16 {
        self.samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0)
    }
}

/// How long this many samples last.
pub(super) fn duration_of(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(SAMPLE_RATE_HZ))
}
