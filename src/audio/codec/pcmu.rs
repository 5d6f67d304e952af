//! G.711 mu-law (ITU-T G.711, payload type 0).

use audio_codec_algorithms::{decode_ulaw, encode_ulaw};

/// The code of silence: positive zero.
pub const SILENCE: u8 = 0xff;

/// Appends one code for each sample.
pub fn encode(samples: &[i16], codes: &mut Vec<u8>) {
    codes.extend(samples.iter().map(|s| encode_ulaw(*s)));
}

/// Appends one sample for each code.
pub fn decode(codes: &[u8], samples: &mut Vec<i16>) {
    samples.extend(codes.iter().map(|c| decode_ulaw(*c)));
}
