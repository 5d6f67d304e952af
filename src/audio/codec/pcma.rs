//! G.711 A-law (ITU-T G.711, payload type 8).

use audio_codec_algorithms::{decode_alaw, encode_alaw};

/// The code of silence: the smallest positive value, A-law having no zero.
pub const SILENCE: u8 = 0xd5;

/// Appends one code for each sample.
pub fn encode(samples: &[i16], codes: &mut Vec<u8>) {
    codes.extend(samples.iter().map(|s| encode_alaw(*s)));
}

/// Appends one sample for each code.
pub fn decode(codes: &[u8], samples: &mut Vec<i16>) {
    samples.extend(codes.iter().map(|c| decode_alaw(*c)));
}
