//! The codecs the engine speaks: one file each, and the list.

mod g722;
mod pcma;
mod pcmu;

/// An audio codec, spoken and heard as 8 kHz mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law, payload type 0 (RFC 3551).
    Pcmu,
    /// G.711 A-law, payload type 8 (RFC 3551).
    Pcma,
    /// G.722 at 64 kbit/s, payload type 9 (RFC 3551): its lower band, where it is not passed on untouched.
    G722,
}

impl Codec {
    /// Every codec, in our order of preference where the order is ours to choose.
    pub const ALL: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

    /// The encoding name of SDP's `rtpmap`.
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
        }
    }

    /// The static payload type of RFC 3551.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
        }
    }

    /// How well speech bears lost packets, where they are concealed: `Bpl` of ITU-T G.113 Appendix I.
    pub const fn robustness(self) -> f64 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 25.1,
        }
    }

    /// The codec of an encoding name (any case).
    pub fn from_encoding_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|c| c.encoding_name().eq_ignore_ascii_case(name))
    }

    /// Whether a sample's code depends on that sample alone, so that sounds can be encoded once for all streams.
    pub const fn keeps_no_state(self) -> bool {
        match self {
            Codec::Pcmu | Codec::Pcma => true,
            Codec::G722 => false,
        }
    }

    /// For one direction of one stream.
    pub fn encoder(self) -> Encoder {
        Encoder(State::of(self))
    }

    /// For one direction of one stream.
    pub fn decoder(self) -> Decoder {
        Decoder(State::of(self))
    }

    /// Appends these samples (8 kHz mono) encoded as a stream of their own; one byte a sample.
    pub fn encode(self, samples: &[i16], bytes: &mut Vec<u8>) {
        self.encoder().encode(samples, bytes);
    }

    /// Appends the samples of these bytes, a stream of their own; every byte is valid.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<i16>) {
        self.decoder().decode(bytes, samples);
    }
}

/// What a codec remembers from packet to packet.
#[derive(Clone, Debug)]
enum State {
    Pcmu,
    Pcma,
    G722(g722::Band),
}

impl State {
    fn of(codec: Codec) -> State {
        match codec {
            Codec::Pcmu => State::Pcmu,
            Codec::Pcma => State::Pcma,
            Codec::G722 => State::G722(g722::Band::default()),
        }
    }

    fn codec(&self) -> Codec {
        match self {
            State::Pcmu => Codec::Pcmu,
            State::Pcma => Codec::Pcma,
            State::G722(_) => Codec::G722,
        }
    }
}

/// Encodes what one stream sends, in order.
#[derive(Clone, Debug)]
pub struct Encoder(State);

impl Encoder {
    /// Its codec.
    pub fn codec(&self) -> Codec {
        self.0.codec()
    }

    /// Appends the samples that come next, encoded; one byte a sample.
    pub fn encode(&mut self, samples: &[i16], bytes: &mut Vec<u8>) {
        match &mut self.0 {
            State::Pcmu => pcmu::encode(samples, bytes),
            State::Pcma => pcma::encode(samples, bytes),
            State::G722(band) => band.encode(samples, bytes),
        }
    }

    /// Appends so many samples of silence, encoded.
    pub fn encode_silence(&mut self, samples: usize, bytes: &mut Vec<u8>) {
        match &mut self.0 {
            State::Pcmu => bytes.resize(bytes.len() + samples, pcmu::SILENCE),
            State::Pcma => bytes.resize(bytes.len() + samples, pcma::SILENCE),
            State::G722(band) => (0..samples).for_each(|_| band.encode(&[0], bytes)),
        }
    }
}

/// Decodes what one stream receives, in order.
#[derive(Clone, Debug)]
pub struct Decoder(State);

impl Decoder {
    /// Its codec.
    pub fn codec(&self) -> Codec {
        self.0.codec()
    }

    /// Appends the samples of the bytes that come next; every byte is valid.
    pub fn decode(&mut self, bytes: &[u8], samples: &mut Vec<i16>) {
        match &mut self.0 {
            State::Pcmu => pcmu::decode(bytes, samples),
            State::Pcma => pcma::decode(bytes, samples),
            State::G722(band) => band.decode(bytes, samples),
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
        for codec in Codec::ALL.into_iter().filter(|codec| codec.keeps_no_state()) {
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
            let mut silence = Vec::new();
            codec.encoder().encode_silence(400, &mut silence);
            assert_eq!(silence, encoded(codec, &[0; 400]));
            assert!(decoded(codec, &silence).iter().all(|s| s.unsigned_abs() <= 8));
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
            let enough = if codec.keeps_no_state() { 36.0 } else { 32.0 };
            assert!(10.0 * (signal / noise).log10() > enough, "{codec:?}");
        }
    }

    #[test]
    fn names_and_numbers_are_the_rfcs() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_encoding_name(&codec.encoding_name().to_lowercase()), Some(codec));
        }
        assert_eq!(Codec::from_encoding_name("G729"), None);
        assert_eq!(Codec::ALL.map(Codec::static_payload_type), [0, 8, 9]);
    }
}
