//! Audio: codecs, prompt decoding, tones and their detection, on 8 kHz mono PCM.
//!
//! Owns: the encodings of G.711, G.722 and Opus (feature `opus`), decoding of prompt files from bytes, their level, the shared prompt
//! library, sound in place of lost packets and in announced silence, tone generation and in-band detection. Knows no packets, no clock, no files.
//!
//! To add a codec: `codec/<name>.rs` and one line in the list of `codec/mod.rs`.

pub mod codec;
mod conceal;
pub mod decode;
pub mod goertzel;
mod hearer;
pub mod level;
mod library;
pub mod matcher;
mod sound;
pub mod tone;

pub use codec::{Codec, Decoder, Encoder, Wishes};
pub use conceal::Concealer;
pub use decode::{DecodeError, decode};
pub use hearer::{Hearer, NoiseLevel};
pub use library::{Encoded, Library, LibraryBuilder, encoded};
pub use sound::{SAMPLE_RATE_HZ, Sound};
