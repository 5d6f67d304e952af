//! From descriptions to streams: what SDP agreed, as a stream's settings.

use super::{Direction, Settings};
use crate::audio::Codec;
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
    }
}

/// Whether an offer has audio in one of these codecs, where `encrypted` says whether encrypted audio counts.
pub fn is_usable(offer: &[u8], codecs: &[Codec], encrypted: bool) -> bool {
    let formats = formats(codecs);
    let spoken = |section: &sdp::Section| {
        let known = section.payloads.iter().any(|p| formats.iter().any(|f| p.is(f.name, f.clock_hz)));
        known && (encrypted || !section.is_encrypted())
    };
    sdp::read(offer)
        .is_ok_and(|s| s.sections.iter().any(|section| section.is_usable_audio() && spoken(section)))
}

/// The settings of a stream that was agreed on; `None` for an encoding without a codec here.
pub fn settings(agreed: &Agreed, inband: bool, timeout: Option<Duration>) -> Option<Settings> {
    Some(Settings {
        remote_rtp: agreed.remote_rtp,
        remote_rtcp: agreed.remote_rtcp,
        learn: agreed.address_is_private,
        codec: Codec::from_encoding_name(agreed.encoding)?,
        payload_type: agreed.payload_type,
        event_payload_type: agreed.event_payload_type,
        also: agreed.also.iter().filter_map(|(number, name)| Some((*number, also(name)?))).collect(),
        direction: direction(agreed.direction),
        ptime: Duration::from_millis(u64::from(agreed.ptime_ms)),
        inband,
        timeout,
        keys: agreed.keys.clone().map(Box::new),
    })
}

/// The codec of an encoding name; inside, none for telephone-event.
fn also(name: &str) -> Option<Option<Codec>> {
    if name == sdp::EVENT { Some(None) } else { Codec::from_encoding_name(name).map(Some) }
}

fn formats(codecs: &[Codec]) -> Vec<Format> {
    let format = |c: &Codec| Format {
        name: c.encoding_name(),
        clock_hz: 8_000,
        static_payload_type: Some(c.static_payload_type()),
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
