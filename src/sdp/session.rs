//! What a description says, as values.

use super::{Credentials, Crypto, Direction, Fingerprint, Format, Setup};
use std::net::{IpAddr, SocketAddr};

/// The encoding name of keys as events (RFC 4733).
pub const EVENT: &str = "telephone-event";

/// The clock rate of a telephone's audio.
const TELEPHONE_HZ: u32 = 8_000;

/// Keys as events: under which number, and the clock their durations count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// Their payload type.
    pub payload_type: u8,
    /// Their clock rate.
    pub clock_hz: u32,
}

/// A session description as far as telephony needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Tells an unchanged description from a new one.
    pub version: Version,
    /// Every `m=` section in order, usable or not.
    pub sections: Vec<Section>,
    /// The sections that share one port, by [`Section::mid`] (RFC 9143).
    pub bundle: Vec<String>,
}

/// Identity and version of a description: the `o=` line's second and third field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The session's id; digits by the RFC, whatever the peer wrote in practice.
    pub session_id: String,
    /// Grows by one with every change (RFC 3264 8).
    pub number: u64,
}

/// One `m=` line and what belongs to it, session-level defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `audio`, `video`, `image`, …
    pub media: String,
    /// RTP port; 0 = refused or disabled.
    pub port: u16,
    /// Transport, such as `RTP/AVP`.
    pub transport: String,
    /// The formats as written, for the answer that refuses them.
    pub formats: String,
    /// Where media goes; `None` where the description names no IP address.
    pub address: Option<IpAddr>,
    /// Payload types whose meaning is known, in the writer's order of preference.
    pub payloads: Vec<Payload>,
    /// Direction as its writer sees it.
    pub direction: Direction,
    /// Packet duration asked for, in milliseconds.
    pub ptime_ms: Option<u16>,
    /// Longest packet duration taken, in milliseconds.
    pub max_ptime_ms: Option<u16>,
    /// Where RTCP goes when not to the next port (RFC 3605).
    pub rtcp: Option<SocketAddr>,
    /// Whether RTP and RTCP may share the port (RFC 5761).
    pub rtcp_mux: bool,
    /// Its keys (RFC 4568), those that we can use, in the writer's order of preference.
    pub crypto: Vec<Crypto>,
    /// Its name among the sections (RFC 5888).
    pub mid: Option<String>,
    /// What its checks are known by (RFC 8839).
    pub ice: Option<Credentials>,
    /// Its certificate (RFC 8122).
    pub fingerprint: Option<Fingerprint>,
    /// Who begins the handshake, as its writer sees it.
    pub setup: Option<Setup>,
    /// Languages its writer wants to speak (RFC 8373), best first.
    pub hlang_send: Vec<String>,
    /// Languages its writer wants to hear (RFC 8373), best first.
    pub hlang_recv: Vec<String>,
}

/// A payload type and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Number in RTP packets, 0 to 127.
    pub payload_type: u8,
    /// Encoding name as written (compare without case).
    pub encoding: String,
    /// RTP clock rate.
    pub clock_hz: u32,
    /// Channels; 1 where nothing is said.
    pub channels: u8,
    /// What `fmtp` says of it; empty where nothing.
    pub parameters: String,
}

impl Session {
    /// The first section that audio can flow through.
    pub fn audio(&self) -> Option<&Section> {
        self.sections.iter().find(|s| s.is_usable_audio())
    }
}

impl Section {
    /// Whether this is audio over RTP, plain or with keys of ours to use, to a port and an address that can be
    /// sent to.
    pub fn is_usable_audio(&self) -> bool {
        let spoken = match (self.is_over_dtls(), self.is_encrypted()) {
            (true, _) => self.fingerprint.is_some() && self.rtcp_mux,
            (false, true) => !self.crypto.is_empty(),
            (false, false) => self.is_over(["RTP/AVP", "RTP/AVPF"]),
        };
        let reachable = self.address.is_some_and(|a| !a.is_multicast());
        self.media.eq_ignore_ascii_case("audio") && self.port != 0 && spoken && reachable
    }

    /// Whether it is for encrypted audio or none.
    pub fn is_encrypted(&self) -> bool {
        self.is_over(["RTP/SAVP", "RTP/SAVPF"]) || self.is_over_dtls()
    }

    /// Whether its keys are agreed on by DTLS (RFC 5764).
    pub fn is_over_dtls(&self) -> bool {
        self.is_over(["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"])
    }

    fn is_over(&self, transports: [&str; 2]) -> bool {
        transports.iter().any(|t| self.transport.eq_ignore_ascii_case(t))
    }

    /// Whether its writer takes media: not on hold, in RFC 3264's way (`sendonly`, `inactive`) or RFC 2543's
    /// (address 0.0.0.0, which means nothing where ICE finds the address).
    pub fn receives(&self) -> bool {
        let nowhere = self.ice.is_none() && self.address.is_some_and(|a| a.is_unspecified());
        self.direction.receives() && !nowhere
    }

    /// What `fmtp` says of a payload type; empty where nothing.
    pub fn parameters(&self, payload_type: u8) -> String {
        let payload = self.payloads.iter().find(|p| p.payload_type == payload_type);
        payload.map(|p| p.parameters.clone()).unwrap_or_default()
    }

    /// Telephone-event at the clock rate of the audio that it stands beside (RFC 4733 2.1). Where that is not a
    /// telephone's and its events are not named, the telephone's count: phones in use name no others beside Opus.
    pub fn events(&self, clock_hz: u32) -> Option<Events> {
        let at = |clock_hz: u32| {
            let event = self.payloads.iter().find(|p| p.is(&Format::events(clock_hz)))?;
            Some(Events { payload_type: event.payload_type, clock_hz })
        };
        at(clock_hz).or_else(|| at(TELEPHONE_HZ))
    }
}

/// The value of a parameter in the text of an `fmtp` line (`name=value;name=value`).
pub fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    let pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let mut pairs = pairs.map(|(name, value)| (name.trim(), value.trim()));
    pairs.find(|(named, _)| named.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl Payload {
    /// Whether this is that format: its name, clock rate and channels.
    pub fn is(&self, format: &Format) -> bool {
        let rate = (self.clock_hz, self.channels) == (format.clock_hz, format.channels);
        self.encoding.eq_ignore_ascii_case(format.name) && rate
    }
}
