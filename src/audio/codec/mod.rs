//! The codecs the engine speaks: one file each, and the list.

mod g722;
#[cfg(feature = "opus")]
mod opus;
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
    /// Opus (RFC 7587), numbered by each offer: mono of 8 kHz, where it is not passed on untouched.
    #[cfg(feature = "opus")]
    Opus,
}

/// How many there are.
const COUNT: usize = if cfg!(feature = "opus") { 4 } else { 3 };

/// What a far side wants of our encoder, where its codec leaves a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// No more bits a second than this on average.
    pub most_bits_per_second: Option<u32>,
    /// Packets of one size.
    pub constant_rate: bool,
    /// Each packet to carry the one before it once more, coarsely, in case that was lost.
    pub forward_correction: bool,
}

impl Codec {
    /// Every codec, in our order of preference where the order is ours to choose.
    pub const ALL: [Codec; COUNT] = [
        Codec::Pcmu,
        Codec::Pcma,
        Codec::G722,
        #[cfg(feature = "opus")]
        Codec::Opus,
    ];

    /// The encoding name of SDP's `rtpmap`.
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            #[cfg(feature = "opus")]
            Codec::Opus => "opus",
        }
    }

    /// The static payload type of RFC 3551, where there is one.
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            #[cfg(feature = "opus")]
            Codec::Opus => None,
        }
    }

    /// The rate at which RTP timestamps count its time: 8 kHz even for G.722 (RFC 3551 4.5.2).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8_000,
            #[cfg(feature = "opus")]
            Codec::Opus => 48_000,
        }
    }

    /// Channels that SDP's `rtpmap` names: two for Opus, whatever is in its packets (RFC 7587 7).
    pub const fn channels(self) -> u8 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 1,
            #[cfg(feature = "opus")]
            Codec::Opus => 2,
        }
    }

    /// What SDP's `fmtp` says of what we take, where the codec leaves a choice (RFC 7587 6.1).
    pub const fn parameters(self) -> Option<&'static str> {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => None,
            #[cfg(feature = "opus")]
            Codec::Opus => Some("minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0"),
        }
    }

    /// How well speech bears lost packets, where they are concealed: `Bpl` of ITU-T G.113 Appendix I. Opus has no
    /// value there: it counts as G.711.
    pub const fn robustness(self) -> f64 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 25.1,
            #[cfg(feature = "opus")]
            Codec::Opus => 25.1,
        }
    }

    /// How many samples (8 kHz mono) a packet's speech is; none where Opus finds no packet in it.
    pub fn samples_in(self, payload: &[u8]) -> usize {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => payload.len(),
            #[cfg(feature = "opus")]
            Codec::Opus => opus::length(payload),
        }
    }

    /// The length of packet that it can make next to this one, in milliseconds of at least ten.
    pub const fn packet_ms(self, wanted: u64) -> u64 {
        match (self, wanted) {
            (Codec::Pcmu | Codec::Pcma | Codec::G722, _) => wanted,
            #[cfg(feature = "opus")]
            (Codec::Opus, 60..) => 60,
            #[cfg(feature = "opus")]
            (Codec::Opus, 40..) => 40,
            #[cfg(feature = "opus")]
            (Codec::Opus, 20..) => 20,
            #[cfg(feature = "opus")]
            (Codec::Opus, _) => 10,
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
            #[cfg(feature = "opus")]
            Codec::Opus => false,
        }
    }

    /// For one direction of one stream, whose far side has no wishes.
    pub fn encoder(self) -> Encoder {
        self.encoder_for(Wishes::default())
    }

    /// For one direction of one stream.
    pub fn encoder_for(self, wishes: Wishes) -> Encoder {
        Encoder {
            wishes,
            state: match self {
                Codec::Pcmu => Encoding::Pcmu,
                Codec::Pcma => Encoding::Pcma,
                Codec::G722 => Encoding::G722(g722::Band::default()),
                #[cfg(feature = "opus")]
                Codec::Opus => Encoding::Opus(Box::new(opus::Speaker::new(wishes))),
            },
        }
    }

    /// For one direction of one stream.
    pub fn decoder(self) -> Decoder {
        Decoder(match self {
            Codec::Pcmu => Decoding::Pcmu,
            Codec::Pcma => Decoding::Pcma,
            Codec::G722 => Decoding::G722(g722::Band::default()),
            #[cfg(feature = "opus")]
            Codec::Opus => Decoding::Opus(Box::default()),
        })
    }

    /// Appends these samples (8 kHz mono) encoded as a stream of their own: one byte a sample, but for Opus, where
    /// they are one packet.
    pub fn encode(self, samples: &[i16], bytes: &mut Vec<u8>) {
        let mut encoder = self.encoder();
        encoder.encode(samples, bytes);
        encoder.end_packet(bytes);
    }

    /// Appends the samples of these bytes, a stream of their own (of Opus one packet); whatever they are.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<i16>) {
        self.decoder().decode(bytes, samples);
    }
}

/// What an encoder remembers from packet to packet.
#[derive(Debug)]
enum Encoding {
    Pcmu,
    Pcma,
    G722(g722::Band),
    #[cfg(feature = "opus")]
    Opus(Box<opus::Speaker>),
}

/// Encodes what one stream sends, in order.
#[derive(Debug)]
pub struct Encoder {
    wishes: Wishes,
    state: Encoding,
}

impl Encoder {
    /// Its codec.
    pub fn codec(&self) -> Codec {
        match self.state {
            Encoding::Pcmu => Codec::Pcmu,
            Encoding::Pcma => Codec::Pcma,
            Encoding::G722(_) => Codec::G722,
            #[cfg(feature = "opus")]
            Encoding::Opus(_) => Codec::Opus,
        }
    }

    /// The wishes it follows.
    pub fn wishes(&self) -> Wishes {
        self.wishes
    }

    /// Appends the samples that come next, encoded: one byte a sample, but for Opus, which waits for the packet's end.
    pub fn encode(&mut self, samples: &[i16], bytes: &mut Vec<u8>) {
        match &mut self.state {
            Encoding::Pcmu => pcmu::encode(samples, bytes),
            Encoding::Pcma => pcma::encode(samples, bytes),
            Encoding::G722(band) => band.encode(samples, bytes),
            #[cfg(feature = "opus")]
            Encoding::Opus(speaker) => speaker.collect(samples),
        }
    }

    /// Appends so many samples of silence, encoded.
    pub fn encode_silence(&mut self, samples: usize, bytes: &mut Vec<u8>) {
        match &mut self.state {
            Encoding::Pcmu => bytes.resize(bytes.len() + samples, pcmu::SILENCE),
            Encoding::Pcma => bytes.resize(bytes.len() + samples, pcma::SILENCE),
            Encoding::G722(band) => (0..samples).for_each(|_| band.encode(&[0], bytes)),
            #[cfg(feature = "opus")]
            Encoding::Opus(speaker) => speaker.collect_silence(samples),
        }
    }

    /// What was encoded since the last packet is one; where it is only coded whole, appends it.
    pub fn end_packet(&mut self, bytes: &mut Vec<u8>) {
        match &mut self.state {
            Encoding::Pcmu | Encoding::Pcma | Encoding::G722(_) => {
                let _ = bytes;
            }
            #[cfg(feature = "opus")]
            Encoding::Opus(speaker) => speaker.end_packet(bytes),
        }
    }
}

/// What a decoder remembers from packet to packet.
#[derive(Debug)]
enum Decoding {
    Pcmu,
    Pcma,
    G722(g722::Band),
    #[cfg(feature = "opus")]
    Opus(Box<opus::Hearer>),
}

/// Decodes what one stream receives, in order.
#[derive(Debug)]
pub struct Decoder(Decoding);

impl Decoder {
    /// Its codec.
    pub fn codec(&self) -> Codec {
        match self.0 {
            Decoding::Pcmu => Codec::Pcmu,
            Decoding::Pcma => Codec::Pcma,
            Decoding::G722(_) => Codec::G722,
            #[cfg(feature = "opus")]
            Decoding::Opus(_) => Codec::Opus,
        }
    }

    /// Appends the samples of the packet that comes next, whatever its bytes are.
    pub fn decode(&mut self, bytes: &[u8], samples: &mut Vec<i16>) {
        match &mut self.0 {
            Decoding::Pcmu => pcmu::decode(bytes, samples),
            Decoding::Pcma => pcma::decode(bytes, samples),
            Decoding::G722(band) => band.decode(bytes, samples),
            #[cfg(feature = "opus")]
            Decoding::Opus(hearer) => hearer.decode(bytes, samples),
        }
    }

    /// Appends so many samples in place of ones that never came, where the codec itself says what they were, with the
    /// help of the packet after them. False: it does not.
    #[cfg_attr(not(feature = "opus"), expect(unused_variables, reason = "none of these codecs conceals"))]
    pub fn conceal(&mut self, wanted: usize, next: Option<&[u8]>, samples: &mut Vec<i16>) -> bool {
        match &mut self.0 {
            Decoding::Pcmu | Decoding::Pcma | Decoding::G722(_) => false,
            #[cfg(feature = "opus")]
            Decoding::Opus(hearer) => {
                hearer.conceal(wanted, next, samples);
                true
            }
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

    /// The codecs that code a byte a sample.
    fn byte_by_byte() -> impl Iterator<Item = Codec> {
        Codec::ALL.into_iter().filter(|codec| codec.static_payload_type().is_some())
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
        for codec in byte_by_byte() {
            let mut silence = Vec::new();
            codec.encoder().encode_silence(400, &mut silence);
            assert_eq!(silence, encoded(codec, &[0; 400]));
            assert!(decoded(codec, &silence).iter().all(|s| s.unsigned_abs() <= 8));
        }
    }

    #[test]
    fn quantising_costs_less_than_a_telephone_listener_notices() {
        let tone: Vec<i16> = (0..8_000).map(|n| (8_000.0 * (f64::from(n) * 0.31).sin()) as i16).collect();
        for codec in byte_by_byte() {
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
        let numbers: Vec<u8> = Codec::ALL.into_iter().filter_map(Codec::static_payload_type).collect();
        assert_eq!(numbers, [0, 8, 9]);
    }
}
