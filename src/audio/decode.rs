//! Prompt files to samples: WAV, FLAC, MP3 and Ogg Vorbis of any rate and channels to 8 kHz mono.

use super::{SAMPLE_RATE_HZ, Sound};
use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};
use std::io::Cursor;
use std::panic::catch_unwind;
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Largest file read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Longest sound, in seconds.
pub const MAX_SECONDS: usize = 600;
/// Most samples held at a file's own rate: [`MAX_SECONDS`] at 48 kHz.
const MAX_FRAMES: usize = MAX_SECONDS * 48_000;
/// Rates we resample from.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Frames resampled at a time: long enough for a steep filter at 3.4 kHz.
const CHUNK_FRAMES: usize = 1_024;

/// Why a file is no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Larger than [`MAX_BYTES`] or longer than [`MAX_SECONDS`].
    #[error("audio larger than 64 MB or longer than 10 minutes")]
    TooLong,
    /// Not a container we read.
    #[error("not WAV, FLAC, MP3 or Ogg: {0}")]
    UnknownFormat(String),
    /// A container without audio that we decode.
    #[error("no audio we can decode: {0}")]
    Unsupported(String),
    /// A sample rate outside 4 to 192 kHz.
    #[error("a sample rate of {0} Hz cannot be brought to 8 kHz")]
    Rate(u32),
    /// No samples in it.
    #[error("no samples in it")]
    Empty,
    /// Header fields so wrong that the decoder gave up on its own arithmetic.
    #[error("damaged beyond reading")]
    Damaged,
}

/// Decodes a whole file. The extension (`wav`, `mp3`, …) helps where the first bytes are not telling.
///
/// 8 kHz mono PCM and G.711 come out sample for sample as they are in the file. A damaged packet is skipped
/// and a file cut short ends where it ends, as every player does.
pub fn decode(bytes: impl Into<Vec<u8>>, extension: Option<&str>) -> Result<Sound, DecodeError> {
    let bytes = bytes.into();
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLong);
    }
    catch_unwind(|| decoded(bytes, extension)).unwrap_or(Err(DecodeError::Damaged))
}

/// Samples of any rate, -1 to 1, as a sound.
///
/// # Errors
/// [`DecodeError::Rate`], [`DecodeError::Empty`].
pub fn from_samples(samples: Vec<f32>, rate_hz: u32) -> Result<Sound, DecodeError> {
    if !RATES_HZ.contains(&rate_hz) {
        return Err(DecodeError::Rate(rate_hz));
    }
    Mono { rate_hz, samples, interleaved: Vec::new() }.into_sound()
}

/// May panic where the decoder's arithmetic overflows on a damaged header: overflow checks are on in every
/// profile. Nothing is shared with the caller, so nothing is left half done.
fn decoded(bytes: Vec<u8>, extension: Option<&str>) -> Result<Sound, DecodeError> {
    let mut format = open(with_long_format(bytes), extension)?;
    let (track, mut decoder) = audio_track(format.as_ref())?;
    let mut mono = Mono::default();
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id != track {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => mono.push(&buffer)?,
            Err(Error::DecodeError(_) | Error::ResetRequired) => {}
            Err(_) => break,
        }
    }
    mono.into_sound()
}

/// Many write G.711 WAV files with the 16-byte format chunk of PCM; symphonia wants the 18 bytes of the
/// book, whose last two count no extra bytes.
fn with_long_format(mut bytes: Vec<u8>) -> Vec<u8> {
    let short =
        bytes.get(12..22).is_some_and(|f| matches!(f, [b'f', b'm', b't', b' ', 16, 0, 0, 0, 6 | 7, 0]));
    if let (true, Some([_, _, _, _, a, b, c, d, .., length])) =
        (short && bytes.len() >= 36, bytes.get_mut(..17))
    {
        *length = 18;
        [*a, *b, *c, *d] = u32::from_le_bytes([*a, *b, *c, *d]).saturating_add(2).to_le_bytes();
        bytes.splice(36..36, [0, 0]);
    }
    bytes
}

fn open(bytes: Vec<u8>, extension: Option<&str>) -> Result<Box<dyn FormatReader>, DecodeError> {
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| DecodeError::UnknownFormat(e.to_string()))
}

fn audio_track(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), DecodeError> {
    let unsupported = |why: &str| DecodeError::Unsupported(why.to_owned());
    let track = format.default_track(TrackType::Audio).ok_or_else(|| unsupported("no audio track"))?;
    let decoder = decoder_of(track).ok_or_else(|| unsupported("no codec parameters"))?;
    Ok((track.id, decoder.map_err(|e| unsupported(&e.to_string()))?))
}

fn decoder_of(track: &Track) -> Option<Result<Box<dyn AudioDecoder>, Error>> {
    let parameters = track.codec_params.as_ref()?.audio()?;
    Some(symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()))
}

/// Samples so far: channels averaged, at the file's own rate.
#[derive(Default)]
struct Mono {
    rate_hz: u32,
    samples: Vec<f32>,
    interleaved: Vec<f32>,
}

impl Mono {
    fn push(&mut self, buffer: &GenericAudioBufferRef<'_>) -> Result<(), DecodeError> {
        let rate_hz = buffer.spec().rate();
        if !RATES_HZ.contains(&rate_hz) || (self.rate_hz != 0 && self.rate_hz != rate_hz) {
            return Err(DecodeError::Rate(rate_hz));
        }
        self.rate_hz = rate_hz;
        let channels = buffer.num_planes().max(1);
        buffer.copy_to_vec_interleaved(&mut self.interleaved);
        let average = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
        self.samples.extend(self.interleaved.chunks(channels).map(average));
        let longest = MAX_FRAMES.min(MAX_SECONDS * rate_hz as usize);
        if self.samples.len() > longest { Err(DecodeError::TooLong) } else { Ok(()) }
    }

    fn into_sound(self) -> Result<Sound, DecodeError> {
        let telephone = match self.rate_hz {
            _ if self.samples.is_empty() => return Err(DecodeError::Empty),
            SAMPLE_RATE_HZ => self.samples,
            rate_hz => resampled(self.samples, rate_hz)?,
        };
        let samples: Vec<i16> = telephone.into_iter().map(to_i16).collect();
        if samples.is_empty() { Err(DecodeError::Empty) } else { Ok(Sound::new(samples)) }
    }
}

/// Rounds and clips; what came from 16 bits goes back unchanged.
fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

fn resampled(samples: Vec<f32>, rate_hz: u32) -> Result<Vec<f32>, DecodeError> {
    let unusable = |_| DecodeError::Rate(rate_hz);
    let frames = samples.len();
    let (from, to) = (rate_hz as usize, SAMPLE_RATE_HZ as usize);
    let mut resampler = Fft::<f32>::new_custom(
        from,
        to,
        CHUNK_FRAMES,
        1,
        1,
        rubato::WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|_| DecodeError::Rate(rate_hz))?;
    let input = InterleavedOwned::new_from(samples, 1, frames).map_err(|_| DecodeError::Empty)?;
    let output = resampler.process_all(&input, frames, None).map_err(unusable)?;
    Ok(output.take_data())
}

#[cfg(test)]
mod tests;
