//! From descriptions to streams: what SDP agreed, as a stream's settings.

use super::{Carried, Direction, Settings};
use crate::audio::{Codec, Wishes};
use crate::base::Language;
use crate::sdp::{self, Agreed, Format, Local};
use std::net::SocketAddr;
use std::time::Duration;

/// Our description of a stream on this address, first version.
pub fn describe(address: SocketAddr, session_id: u64, codecs: &[Codec], languages: Vec<Language>) -> Local {
    Local {
        address: address.ip(),
        port: address.port(),
        formats: formats(codecs),
        session_id,
        version: 1,
        ptime_ms: None,
        languages,
        direction: sdp::Direction::SendRecv,
        protection: sdp::Protection::default(),
        ice: None,
    }
}

/// Which encrypted audio counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// With keys in the descriptions.
    pub keyed: bool,
    /// With keys agreed on by DTLS.
    pub by_dtls: bool,
}

/// Whether an offer has audio in one of these codecs.
pub fn is_usable(offer: &[u8], codecs: &[Codec], encrypted: Encrypted) -> bool {
    let formats = formats(codecs);
    let spoken = |section: &sdp::Section| {
        let known = section.payloads.iter().any(|p| formats.iter().any(|f| p.is(f)));
        known
            && match (section.is_over_dtls(), section.is_encrypted()) {
                (true, _) => encrypted.by_dtls,
                (false, true) => encrypted.keyed,
                (false, false) => true,
            }
    };
    sdp::read(offer)
        .is_ok_and(|s| s.sections.iter().any(|section| section.is_usable_audio() && spoken(section)))
}

/// The settings of a stream that was agreed on; `None` for an encoding without a codec here.
pub fn settings(agreed: &Agreed, inband: bool, timeout: Option<Duration>) -> Option<Settings> {
    Some(Settings {
        remote_rtp: agreed.remote_rtp,
        remote_rtcp: agreed.remote_rtcp,
        learn: agreed.address_is_private && agreed.ice.is_none(),
        codec: Codec::from_encoding_name(agreed.encoding)?,
        payload_type: agreed.payload_type,
        wishes: wishes(&agreed.parameters),
        events: agreed.events,
        also: agreed.also.iter().filter_map(|(number, format)| Some((*number, carried(format)?))).collect(),
        direction: direction(agreed.direction),
        ptime: Duration::from_millis(u64::from(agreed.ptime_ms)),
        inband,
        timeout,
        keys: agreed.keys.clone().map(Box::new),
        dtls: agreed.dtls,
        ice: agreed.ice.clone().map(Box::new),
    })
}

fn carried(format: &Format) -> Option<Carried> {
    match format.name {
        sdp::EVENT => Some(Carried::Events { clock_hz: format.clock_hz }),
        name => Codec::from_encoding_name(name).map(Carried::Audio),
    }
}

/// What the far side's `fmtp` wants of our encoder (RFC 7587 6.1). What limits its rate or channels needs nothing:
/// we send what a telephone's band needs.
fn wishes(parameters: &str) -> Wishes {
    let value = |name| sdp::parameter(parameters, name);
    Wishes {
        most_bits_per_second: value("maxaveragebitrate").and_then(|bits| bits.parse().ok()),
        constant_rate: value("cbr") == Some("1"),
        forward_correction: value("useinbandfec") == Some("1"),
    }
}

fn formats(codecs: &[Codec]) -> Vec<Format> {
    let format = |c: &Codec| Format {
        name: c.encoding_name(),
        clock_hz: c.clock_hz(),
        channels: c.channels(),
        static_payload_type: c.static_payload_type(),
        parameters: c.parameters(),
    };
    codecs.iter().map(format).collect()
}

fn direction(direction: sdp::Direction) -> Direction {
    match direction {
        sdp::Direction::SendRecv => Direction::SendRecv,
        sdp::Direction::SendOnly => Direction::SendOnly,
        sdp::Direction::RecvOnly => Direction::RecvOnly,
        sdp::Direction::Inactive => Direction::Inactive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_far_side_wants_of_opus_is_read_from_its_fmtp_and_nothing_from_another_s() {
        let all =
            "maxplaybackrate=16000; stereo=0;useinbandfec=1;minptime=10; CBR=1 ;maxaveragebitrate=20000";
        let wanted =
            Wishes { most_bits_per_second: Some(20_000), constant_rate: true, forward_correction: true };
        assert_eq!(wishes(all), wanted);
        for nothing in ["", "0-15", "useinbandfec", "cbr=0;useinbandfec=0;maxaveragebitrate=many"] {
            assert_eq!(wishes(nothing), Wishes::default(), "{nothing}");
        }
    }
}
