//! The codecs the engine speaks: one file each, and the list.

mod pcma;
mod pcmu;

/// An audio codec of 8 kHz mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law, payload type 0 (RFC 3551).
    Pcmu,
    /// G.711 A-law, payload type 8 (RFC 3551).
    Pcma,
}

impl Codec {
    /// Every codec, in our order of preference where the order is ours to choose.
    pub const ALL: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

    /// The encoding name of SDP's `rtpmap`.
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The static payload type of RFC 3551.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// How well speech bears lost packets, where they are concealed: `Bpl` of ITU-T G.113 Appendix I.
    pub const fn robustness(self) -> f64 {
        match self {
            Codec::Pcmu | Codec::Pcma => 25.1,
        }
    }

    /// The codec of an encoding name (any case).
    pub fn from_encoding_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|c| c.encoding_name().eq_ignore_ascii_case(name))
    }

    /// Appends these samples (8 kHz mono) encoded; one byte a sample.
    pub fn encode(self, samples: &[i16], bytes: &mut Vec<u8>) {
        match self {
            Codec::Pcmu => pcmu::encode(samples, bytes),
            Codec::Pcma => pcma::encode(samples, bytes),
        }
    }

    /// Appends the samples of these bytes; every byte is valid.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<i16>) {
        match self {
            Codec::Pcmu => pcmu::decode(bytes, samples),
            Codec::Pcma => pcma::decode(bytes, samples),
        }
    }

    /// The byte that sounds like nothing.
    pub const fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => pcmu::SILENCE,
            Codec::Pcma => pcma::SILENCE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(codec: Codec, bytes: &[u8]) -> Vec<i16> {
        let mut samples = Vec::new();
        codec.decode(bytes, &mut samples);
        samples
    }

    fn encoded(codec: Codec, samples: &[i16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        codec.encode(samples, &mut bytes);
        bytes
    }

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        let codes: Vec<u8> = (0..=255).collect();
        for codec in Codec::ALL {
            let samples = decoded(codec, &codes);
            assert_eq!(decoded(codec, &encoded(codec, &samples)), samples, "{codec:?}");
        }
    }

    #[test]
    fn levels_are_those_of_the_standard() {
        assert_eq!(decoded(Codec::Pcmu, &[0x80, 0x00, 0xff, 0x7f]), [32_124, -32_124, 0, 0]);
        assert_eq!(decoded(Codec::Pcma, &[0xaa, 0x2a, 0xd5, 0x55]), [32_256, -32_256, 8, -8]);
    }

    #[test]
    fn silence_is_quiet_and_what_silence_encodes_to() {
        for codec in Codec::ALL {
            assert_eq!(encoded(codec, &[0]), [codec.silence()]);
            assert!(decoded(codec, &[codec.silence()]).iter().all(|s| s.unsigned_abs() <= 8));
        }
    }

    #[test]
    fn quantising_costs_less_than_a_telephone_listener_notices() {
        let tone: Vec<i16> = (0..8_000).map(|n| (8_000.0 * (f64::from(n) * 0.31).sin()) as i16).collect();
        for codec in Codec::ALL {
            let heard = decoded(codec, &encoded(codec, &tone));
            let energy = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>();
            let signal = energy(&mut tone.iter().map(|s| f64::from(*s)));
            let noise = energy(&mut tone.iter().zip(&heard).map(|(a, b)| f64::from(*a) - f64::from(*b)));
            assert!(10.0 * (signal / noise).log10() > 36.0, "{codec:?}");
        }
    }

    #[test]
    fn names_and_numbers_are_the_rfcs() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_encoding_name(&codec.encoding_name().to_lowercase()), Some(codec));
        }
        assert_eq!(Codec::from_encoding_name("G722"), None);
        assert_eq!(Codec::ALL.map(Codec::static_payload_type), [0, 8]);
    }
}
