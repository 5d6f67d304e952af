//! The sound card, where the program was built with it (feature `speaker`).

#[cfg(not(feature = "speaker"))]
pub use absent::Speaker;
#[cfg(feature = "speaker")]
pub use card::Speaker;

#[cfg(not(feature = "speaker"))]
mod absent {
    use std::convert::Infallible;

    /// What a build without sound says.
    const ABSENT: &str = "built without sound: install Debian's libasound2-dev and pkg-config, then build with \
        `cargo build --release --features speaker`";

    /// The speaker of a build without sound: there is none.
    #[derive(Debug)]
    pub struct Speaker(Infallible);

    impl Speaker {
        /// Opens the sound card.
        ///
        /// # Errors
        /// Always: this program was built without sound.
        pub fn open() -> Result<Speaker, String> {
            Err(ABSENT.to_string())
        }

        /// Plays 8 kHz mono after what was said before.
        pub fn say(&self, _: &[i16]) {
            match self.0 {}
        }

        /// Waits until all was heard.
        pub fn finish(&self) {
            match self.0 {}
        }
    }
}

#[cfg(feature = "speaker")]
mod card {
    use crate::audio::SAMPLE_RATE_HZ;
    use rodio::buffer::SamplesBuffer;
    use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player};
    use std::num::NonZero;

    /// Silence before the first sound: what comes late is still in time.
    const AHEAD_SAMPLES: usize = 800;
    const MONO: NonZero<u16> = NonZero::<u16>::MIN;

    /// The usual sound card.
    pub struct Speaker {
        player: Player,
        /// Sound ends where this is dropped.
        _card: MixerDeviceSink,
    }

    impl Speaker {
        /// Opens the sound card.
        ///
        /// # Errors
        /// There is none, or somebody else has it.
        pub fn open() -> Result<Speaker, String> {
            let card = DeviceSinkBuilder::open_default_sink();
            let mut card = card.map_err(|error| format!("no sound card can be used: {error}"))?;
            card.log_on_drop(false);
            let speaker = Speaker { player: Player::connect_new(card.mixer()), _card: card };
            speaker.say(&[0; AHEAD_SAMPLES]);
            Ok(speaker)
        }

        /// Plays 8 kHz mono after what was said before.
        pub fn say(&self, samples: &[i16]) {
            let rate = NonZero::new(SAMPLE_RATE_HZ).expect("not zero");
            let samples: Vec<f32> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
            self.player.append(SamplesBuffer::new(MONO, rate, samples));
        }

        /// Waits until all was heard.
        pub fn finish(&self) {
            self.player.sleep_until_end();
        }
    }
}
