//! Our descriptions: offers, and the lines that offers and answers share.

use super::{Crypto, Direction, EVENT, Events, Protection, Section, Session};
use crate::base::Language;
use sdp_types::{Attribute, Connection, Media, Origin, Time};
use std::net::IpAddr;

/// Clock rates and payload types of telephone-event in our offers: the numbers everybody uses.
const EVENTS: [Events; 2] =
    [Events { payload_type: 101, clock_hz: 8_000 }, Events { payload_type: 110, clock_hz: 48_000 }];
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
    /// Channels that `rtpmap` names; 1 is not written.
    pub channels: u8,
    /// The number RFC 3551 reserves for it.
    pub static_payload_type: Option<u8>,
    /// What `fmtp` says of what we take; none: no such line.
    pub parameters: Option<&'static str>,
}

impl Format {
    /// Keys as events at this clock rate (RFC 4733).
    pub const fn events(clock_hz: u32) -> Format {
        let parameters = Some("0-15");
        Format { name: EVENT, clock_hz, channels: 1, static_payload_type: None, parameters }
    }
}

/// The lines of an accepted audio section that depend on the negotiation.
pub(super) struct AudioLines<'a> {
    pub transport: &'a str,
    /// Payload type and format, best first.
    pub formats: Vec<(u8, Format)>,
    /// Keys as events, one for each clock rate.
    pub events: Vec<Events>,
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
        events: offered_events(&local.formats),
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

/// Telephone-event in an offer of these formats: at every clock rate that one of them has.
pub(super) fn offered_events(formats: &[Format]) -> Vec<Events> {
    let stands_beside = |events: &Events| formats.iter().any(|f| f.clock_hz == events.clock_hz);
    EVENTS.into_iter().filter(stands_beside).collect()
}

/// Static numbers where there are any, else dynamic ones that leave out telephone-event's.
pub(super) fn numbered(formats: &[Format]) -> Vec<(u8, Format)> {
    let mut dynamic = (FIRST_DYNAMIC..128).filter(|n| EVENTS.iter().all(|e| e.payload_type != *n));
    let number = |f: &Format| f.static_payload_type.or_else(|| dynamic.next()).map(|n| (n, *f));
    formats.iter().filter_map(number).collect()
}

/// An accepted audio section at our address.
pub(super) fn audio(local: &Local, lines: &AudioLines<'_>) -> Media {
    let events = lines.events.iter().map(|e| (e.payload_type, Format::events(e.clock_hz)));
    let formats: Vec<(u8, Format)> = lines.formats.iter().copied().chain(events).collect();
    let fmt: Vec<String> = formats.iter().map(|(n, _)| n.to_string()).collect();
    let mut media = bare("audio", local.port, lines.transport, &fmt.join(" "));
    for (number, format) in &formats {
        media.add_attribute_with_value("rtpmap", format!("{number} {}", encoding(format)));
        if let Some(parameters) = format.parameters {
            media.add_attribute_with_value("fmtp", format!("{number} {parameters}"));
        }
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

/// `PCMU/8000`; the channels only where there are several.
fn encoding(format: &Format) -> String {
    match format.channels {
        1 => format!("{}/{}", format.name, format.clock_hz),
        channels => format!("{}/{}/{channels}", format.name, format.clock_hz),
    }
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
