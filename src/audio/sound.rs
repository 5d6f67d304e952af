//! Decoded audio that many can share.

use std::sync::Arc;
use std::time::Duration;

/// Samples a second, everywhere in this room.
pub const SAMPLE_RATE_HZ: u32 = 8_000;

/// Samples in a row at full scale that no voice has by itself.
const CLIPPED: usize = 3;

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

    /// Where it was first cut off at full scale.
    pub fn clipped_at(&self) -> Option<Duration> {
        let clipped = |run: &[i16]| run.iter().all(|s| s.unsigned_abs() >= i16::MAX.unsigned_abs());
        self.samples.windows(CLIPPED).position(clipped).map(duration_of)
    }
}

/// How long this many samples last.
pub(super) fn duration_of(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(SAMPLE_RATE_HZ))
}
