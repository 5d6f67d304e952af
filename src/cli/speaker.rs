//! The sound card, where the program was built with it.

/// Why nothing is heard without the feature.
#[cfg(not(feature = "speaker"))]
const NOT_BUILT: &str = "built without sound: install Debian's libasound2-dev and pkg-config, then build with \
    `cargo build --release --features speaker`";

/// Plays a sound to its end.
///
/// # Errors
/// Built without the feature `speaker`, or no sound card.
#[cfg(not(feature = "speaker"))]
pub fn play(_: &crate::audio::Sound) -> Result<(), String> {
    Err(NOT_BUILT.to_string())
}

/// Whether sound can be played at all.
///
/// # Errors
/// Built without the feature `speaker`.
#[cfg(not(feature = "speaker"))]
pub fn open() -> Result<Speaker, String> {
    Err(NOT_BUILT.to_string())
}

/// Takes what is heard; without the feature there is none.
#[cfg(not(feature = "speaker"))]
#[derive(Debug)]
pub struct Speaker(std::convert::Infallible);

#[cfg(not(feature = "speaker"))]
impl Speaker {
    /// Plays these samples after what was said before.
    pub fn say(&self, _: &[i16]) {
        match self.0 {}
    }
}

#[cfg(feature = "speaker")]
mod card {
    use crate::audio::{SAMPLE_RATE_HZ, Sound};
    use rodio::buffer::SamplesBuffer;
    use rodio::nz;
    use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player};
}
