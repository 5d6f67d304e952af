//! The codecs the engine speaks: one file each, and the list.

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

    /// The codec of an encoding name (any case).
    pub fn from_encoding_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|c| c.encoding_name().eq_ignore_ascii_case(name))
    }
}
