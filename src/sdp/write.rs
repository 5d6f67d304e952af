//! Our descriptions: offers, and the lines that offers and answers share.

use super::{Crypto, Direction, Protection, Section, Session};
use crate::base::Language;
use sdp_types::{Attribute, Connection, Media, Origin, Time};
use std::net::IpAddr;

/// Payload type of telephone-event in our offers: the number everybody uses.
pub(super) const EVENT_PAYLOAD_TYPE: u8 = 101;
/// Packet duration we send and ask for where the peer says nothing.
pub(super) const PTIME_MS: u16 = 20;
/// First number of the dynamic range (RFC 3551 6), for formats that have no static one.
const FIRST_DYNAMIC: u8 = 96;

/// Our side of an offer or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Where our RTP socket is reached.
    pub address: IpAddr,
    /// Our RTP port; RTCP is on the next one.
    pub port: u16,
    /// What we speak, best first; telephone-event is added by itself.
    pub formats: Vec<Format>,
    /// Identity of our description, the same for the whole dialog.
    pub session_id: u64,
    /// Grows by one with every change of our description.
    pub version: u64,
    /// Languages of the person we call for (RFC 8373), best first; empty = nothing is said.
    pub languages: Vec<Language>,
    /// What we want to do; an answer may allow less.
    pub direction: Direction,
    /// Packet duration our offer asks for, in milliseconds; none: 20.
    pub ptime_ms: Option<u16>,
    /// Whether our audio is encrypted, and with which keys.
    pub protection: Protection,
}

/// An encoding we can send and receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Encoding name of `rtpmap`.
    pub name: &'static str,
    /// RTP clock rate.
    pub clock_hz: u32,
    /// The number RFC 3551 reserves for it.
    pub static_payload_type: Option<u8>,
}

/// The lines of an accepted audio section that depend on the negotiation.
pub(super) struct AudioLines<'a> {
    pub transport: &'a str,
    /// Payload type and format, best first.
    pub formats: Vec<(u8, Format)>,
    pub event_payload_type: Option<u8>,
    pub ptime_ms: u16,
    pub direction: Direction,
    pub rtcp_mux: bool,
    pub crypto: Vec<Crypto>,
    pub hlang_send: Vec<&'static str>,
    pub hlang_recv: Vec<&'static str>,
}

/// Our offer: one audio section with all our formats and telephone-event (RFC 3264 5).
pub fn offer(local: &Local) -> Vec<u8> {
    written(local, vec![offered_audio(local)])
}

/// Our offer within a dialog: as many sections as the peer's last description has, in its order, since a
/// section once there never goes away (RFC 3264 8). Ours takes the place of its usable audio.
pub fn offer_again(local: &Local, remote: &Session) -> Vec<u8> {
    let ours = remote.sections.iter().position(Section::is_usable_audio);
    let Some(ours) = ours else { return offer(local) };
    let sections = remote.sections.iter().enumerate();
    let medias = sections.map(|(i, s)| if i == ours { offered_audio(local) } else { refused(s) });
    written(local, medias.collect())
}

fn offered_audio(local: &Local) -> Media {
    let formats = numbered(&local.formats);
    let tags: Vec<&'static str> = local.languages.iter().map(|l| l.tag()).collect();
    let lines = AudioLines {
        transport: if local.protection.required { "RTP/SAVP" } else { "RTP/AVP" },
        event_payload_type: (!formats.is_empty()).then_some(EVENT_PAYLOAD_TYPE),
        formats,
        ptime_ms: local.ptime_ms.unwrap_or(PTIME_MS),
        direction: local.direction,
        rtcp_mux: false,
        crypto: local.protection.keys.clone(),
        hlang_send: tags.clone(),
        hlang_recv: tags,
    };
    audio(local, &lines)
}

/// Static numbers where there are any, else dynamic ones that leave out telephone-event's.
pub(super) fn numbered(formats: &[Format]) -> Vec<(u8, Format)> {
    let mut dynamic = (FIRST_DYNAMIC..128).filter(|n| *n != EVENT_PAYLOAD_TYPE);
    let number = |f: &Format| f.static_payload_type.or_else(|| dynamic.next()).map(|n| (n, *f));
    formats.iter().filter_map(number).collect()
}

/// An accepted audio section at our address.
pub(super) fn audio(local: &Local, lines: &AudioLines<'_>) -> Media {
    let numbers = lines.formats.iter().map(|(n, _)| *n).chain(lines.event_payload_type);
    let fmt: Vec<String> = numbers.map(|n| n.to_string()).collect();
    let mut media = bare("audio", local.port, lines.transport, &fmt.join(" "));
    for (number, format) in &lines.formats {
        media.add_attribute_with_value("rtpmap", format!("{number} {}/{}", format.name, format.clock_hz));
    }
    if let (Some(event), Some((_, format))) = (lines.event_payload_type, lines.formats.first()) {
        media.add_attribute_with_value("rtpmap", format!("{event} telephone-event/{}", format.clock_hz));
        media.add_attribute_with_value("fmtp", format!("{event} 0-15"));
    }
    media.add_attribute_with_value("ptime", lines.ptime_ms);
    media.add_attribute(Attribute::new(lines.direction.attribute()));
    if lines.rtcp_mux {
        media.add_attribute(Attribute::new("rtcp-mux"));
    }
    for line in &lines.crypto {
        media.add_attribute_with_value("crypto", line.value());
    }
    for (name, tags) in [("hlang-send", &lines.hlang_send), ("hlang-recv", &lines.hlang_recv)] {
        if !tags.is_empty() {
            media.add_attribute_with_value(name, tags.join(" "));
        }
    }
    media
}

/// A section that stays where it is and carries nothing (RFC 3264 6).
pub(super) fn refused(section: &Section) -> Media {
    bare(&section.media, 0, &section.transport, &section.formats)
}

fn bare(media: &str, port: u16, transport: &str, formats: &str) -> Media {
    Media {
        media: media.to_owned(),
        port,
        num_ports: None,
        proto: transport.to_owned(),
        fmt: formats.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

/// The whole description around these sections.
pub(super) fn written(local: &Local, medias: Vec<Media>) -> Vec<u8> {
    let origin = Origin::with_ip_addr(local.session_id, local.version, local.address);
    let mut session = sdp_types::Session::new(origin, "-");
    session.set_connection(Connection::from_ip_addr(local.address));
    session.add_time(Time::new(0, 0));
    session.add_medias(medias);
    let mut bytes = Vec::with_capacity(512);
    session.write(&mut bytes).expect("a Vec takes every write");
    bytes
}
