//! Audio: codecs, prompt decoding, tones and their detection, on 8 kHz mono PCM.
//!
//! Owns: the encodings of G.711, decoding of prompt files from bytes, their level, the shared prompt
//! library, tone generation and in-band detection. Knows no packets, no clock, no files.
//!
//! To add a codec: `codec/<name>.rs` and one line in the list of `codec/mod.rs`.

pub mod codec;
pub mod decode;
pub mod goertzel;
pub mod level;
mod library;
pub mod matcher;
mod sound;
pub mod tone;

pub use codec::Codec;
pub use decode::{DecodeError, decode};
pub use library::{Library, LibraryBuilder};
pub use sound::{SAMPLE_RATE_HZ, Sound};
