//! Our descriptions: offers, and the lines that offers and answers share.

use super::{Credentials, Crypto, Direction, EVENT, Events, Protection, Section, Session, ice};
use crate::base::Language;
use sdp_types::{Attribute, Connection, Media, Origin, Time};
use std::net::{IpAddr, SocketAddr};

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
    /// What checks of ours are known by; none: the peer's address is not found by ICE.
    pub ice: Option<Credentials>,
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
    /// The value of `a=setup`, where keys come by DTLS.
    pub setup: Option<&'static str>,
    pub ice: bool,
    pub mid: Option<&'a str>,
    pub hlang_send: Vec<&'static str>,
    pub hlang_recv: Vec<&'static str>,
}

/// The one section of our own offers, where it has a name.
const MID: &str = "0";

/// Our offer: one audio section with all our formats and telephone-event (RFC 3264 5).
pub fn offer(local: &Local) -> Vec<u8> {
    let mid = local.protection.certificate.map(|_| MID);
    written(local, vec![offered_audio(local, mid)], mid, local.ice.is_some())
}

/// Our offer within a dialog: as many sections as the peer's last description has, in its order, since a
/// section once there never goes away (RFC 3264 8). Ours takes the place of its usable audio.
pub fn offer_again(local: &Local, remote: &Session) -> Vec<u8> {
    let ours = remote.sections.iter().position(Section::is_usable_audio);
    let Some(ours) = ours else { return offer(local) };
    let mid = remote.sections.get(ours).and_then(|section| section.mid.as_deref());
    let sections = remote.sections.iter().enumerate();
    let medias = sections.map(|(i, s)| if i == ours { offered_audio(local, mid) } else { refused(s) });
    let bundled = mid.filter(|mid| remote.bundle.iter().any(|name| name == mid));
    written(local, medias.collect(), bundled, local.ice.is_some())
}

fn offered_audio(local: &Local, mid: Option<&str>) -> Media {
    let by_dtls = local.protection.certificate.is_some();
    let formats = numbered(&local.formats);
    let tags: Vec<&'static str> = local.languages.iter().map(|l| l.tag()).collect();
    let lines = AudioLines {
        transport: match (by_dtls, local.protection.required) {
            (true, _) => "UDP/TLS/RTP/SAVPF",
            (false, true) => "RTP/SAVP",
            (false, false) => "RTP/AVP",
        },
        events: offered_events(&local.formats),
        formats,
        ptime_ms: local.ptime_ms.unwrap_or(PTIME_MS),
        direction: local.direction,
        rtcp_mux: by_dtls || local.ice.is_some(),
        crypto: if by_dtls { Vec::new() } else { local.protection.keys.clone() },
        setup: by_dtls.then_some("actpass"),
        ice: local.ice.is_some(),
        mid,
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
    if let Some(mid) = lines.mid {
        media.add_attribute_with_value("mid", mid);
    }
    if let (Some(setup), Some(certificate)) = (lines.setup, &local.protection.certificate) {
        media.add_attribute_with_value("fingerprint", certificate.value());
        media.add_attribute_with_value("setup", setup);
    }
    if let Some(ours) = local.ice.as_ref().filter(|_| lines.ice) {
        media.add_attribute_with_value("ice-ufrag", &ours.ufrag);
        media.add_attribute_with_value("ice-pwd", ours.password.reveal());
        let candidate = ice::candidate(SocketAddr::new(local.address, local.port));
        media.add_attribute_with_value("candidate", candidate);
        media.add_attribute(Attribute::new("end-of-candidates"));
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

/// The whole description around these sections, of which one is a bundle of its own where it has to be.
pub(super) fn written(local: &Local, medias: Vec<Media>, bundled: Option<&str>, ice: bool) -> Vec<u8> {
    let origin = Origin::with_ip_addr(local.session_id, local.version, local.address);
    let mut session = sdp_types::Session::new(origin, "-");
    session.set_connection(Connection::from_ip_addr(local.address));
    session.add_time(Time::new(0, 0));
    if let Some(mid) = bundled {
        session.add_attribute_with_value("group", format!("BUNDLE {mid}"));
    }
    if ice {
        session.add_attribute(Attribute::new("ice-lite"));
    }
    session.add_medias(medias);
    let mut bytes = Vec::with_capacity(512);
    session.write(&mut bytes).expect("a Vec takes every write");
    bytes
}
