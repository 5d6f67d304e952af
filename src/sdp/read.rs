//! Bytes to a [`Session`]: what telephones really send, repaired line by line before sdp-types reads it.

use super::{Credentials, Crypto, Direction, Fingerprint, Payload, Section, Session, Setup, Version, crypto};
use sdp_types::{Attribute, Connection, Media};
use std::net::{IpAddr, SocketAddr};

/// Longest description read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Most lines in a description.
pub const MAX_LINES: usize = 1_000;
/// Most `m=` sections in a description.
pub const MAX_SECTIONS: usize = 64;
/// Most formats of one section that are looked at: there are 128 payload types.
const MAX_FORMATS: usize = 128;
/// Most values of one attribute that are looked at.
const MAX_VALUES: usize = 16;

/// Why bytes are no usable description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// More than [`MAX_BYTES`].
    #[error("session description longer than {MAX_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_LINES`].
    #[error("session description of more than {MAX_LINES} lines")]
    TooManyLines,
    /// More than [`MAX_SECTIONS`].
    #[error("session description of more than {MAX_SECTIONS} media sections")]
    TooManySections,
    /// No line that a description begins with.
    #[error("not a session description: no v= line")]
    NoVersion,
    /// What is left after repair still does not read.
    #[error("unreadable session description: {0}")]
    Unreadable(String),
}

/// Reads a description (RFC 8866), forgiving what peers get wrong as long as the meaning is plain: bytes
/// that are no UTF-8, bare LF or CR, missing `o=`, `s=`, `t=` and `c=` lines, doubled lines, odd spacing,
/// lines it cannot read. A section that cannot be read keeps its place and is never usable.
pub fn read(bytes: &[u8]) -> Result<Session, SdpError> {
    if bytes.len() > MAX_BYTES {
        return Err(SdpError::TooLong);
    }
    let repaired = repair(&String::from_utf8_lossy(bytes).replace('\0', " "))?;
    let parsed =
        sdp_types::Session::parse(repaired.as_bytes()).map_err(|e| SdpError::Unreadable(e.to_string()))?;
    let sections = parsed.medias.iter().map(|m| section(&parsed, m)).collect();
    let bundle = bundle(&parsed);
    let version = Version { session_id: parsed.origin.sess_id, number: parsed.origin.sess_version };
    Ok(Session { version, sections, bundle })
}

/// Keeps the lines we use, each in the strict form of the RFC.
fn repair(text: &str) -> Result<String, SdpError> {
    let mut lines = text.split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty());
    if !lines.next().is_some_and(|l| l.starts_with("v=")) {
        return Err(SdpError::NoVersion);
    }
    let mut out = String::from("v=0\n");
    let mut seen = Seen::default();
    for (n, line) in lines.enumerate() {
        if n >= MAX_LINES {
            return Err(SdpError::TooManyLines);
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if let Some(line) = seen.strict_line(key.trim(), value.trim()) {
            out.push_str(&line);
            out.push('\n');
        }
        if seen.sections > MAX_SECTIONS {
            return Err(SdpError::TooManySections);
        }
    }
    Ok(out)
}

/// Which lines came before, so that doubled ones are dropped.
#[derive(Default)]
struct Seen {
    sections: usize,
    origin: bool,
    connection: bool,
}

impl Seen {
    fn strict_line(&mut self, key: &str, value: &str) -> Option<String> {
        match key {
            "o" if !self.origin && self.sections == 0 => {
                self.origin = true;
                Some(strict_origin(value))
            }
            "c" if !self.connection => {
                self.connection = true;
                strict_connection(value)
            }
            "m" => {
                self.sections += 1;
                self.connection = false;
                Some(strict_media(value))
            }
            "a" if !value.is_empty() => Some(format!("a={value}")),
            _ => None,
        }
    }
}

/// The six fields of an `o=` line, whatever was written: the version a number, no field empty.
fn strict_origin(value: &str) -> String {
    let mut fields = value.split_whitespace();
    let _username = fields.next();
    let session_id = fields.next().unwrap_or("0");
    let version = fields.next().map_or(0, version_number);
    let (_net, _family) = (fields.next(), fields.next());
    let address = fields.next().and_then(|a| a.parse::<IpAddr>().ok());
    let family = if address.is_some_and(|a| a.is_ipv6()) { "IP6" } else { "IP4" };
    let address = address.map_or_else(|| "0.0.0.0".to_owned(), |a| a.to_string());
    format!("o=- {session_id} {version} IN {family} {address}")
}

/// A version as a number. One that is none (negative, too long) becomes a hash: a change still shows.
fn version_number(text: &str) -> u64 {
    let hash = || {
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    };
    text.parse().unwrap_or_else(|_| hash())
}

fn strict_connection(value: &str) -> Option<String> {
    let mut fields = value.split_whitespace().skip(1);
    let family = fields.next()?;
    let address = fields.next()?;
    matches!(family.to_ascii_uppercase().as_str(), "IP4" | "IP6")
        .then(|| format!("c=IN {} {address}", family.to_ascii_uppercase()))
}

/// An `m=` line with all four fields; a port that is none becomes 0, which nobody can use.
fn strict_media(value: &str) -> String {
    let mut fields = value.split_whitespace();
    let media = fields.next().unwrap_or("unknown");
    let port = fields.next().and_then(|p| p.split('/').next()?.parse::<u16>().ok()).unwrap_or(0);
    let transport = fields.next().unwrap_or("RTP/AVP");
    let formats: Vec<&str> = fields.collect();
    let formats = if formats.is_empty() { "0".to_owned() } else { formats.join(" ") };
    format!("m={media} {port} {transport} {formats}")
}

fn section(session: &sdp_types::Session, media: &Media) -> Section {
    let address = section_address(session, media);
    Section {
        media: media.media.clone(),
        port: media.port,
        transport: media.proto.clone(),
        formats: media.fmt.clone(),
        address,
        payloads: payloads(media),
        direction: direction(&media.attributes)
            .or_else(|| direction(&session.attributes))
            .unwrap_or_default(),
        ptime_ms: milliseconds(media, "ptime"),
        max_ptime_ms: milliseconds(media, "maxptime"),
        rtcp: value(media, "rtcp").and_then(|v| rtcp_address(v, address)),
        rtcp_mux: media.has_attribute("rtcp-mux"),
        crypto: crypto(media),
        mid: value(media, "mid").map(str::to_owned),
        ice: credentials(session, media),
        fingerprint: either(session, media, "fingerprint").find_map(Fingerprint::read),
        setup: either(session, media, "setup").find_map(Setup::read),
        hlang_send: languages(media, "hlang-send"),
        hlang_recv: languages(media, "hlang-recv"),
    }
}

/// The section's own `c=`, else the session's; where neither is written, the `o=` line's address. A host
/// name is no address: looking it up would need a resolver.
fn section_address(session: &sdp_types::Session, media: &Media) -> Option<IpAddr> {
    let ip = |c: &Connection| c.connection_address.split('/').next()?.parse().ok();
    match media.connections.first().or(session.connection.as_ref()) {
        Some(connection) => ip(connection),
        None => session.origin.unicast_address.parse().ok(),
    }
}

fn value<'a>(media: &'a Media, name: &'a str) -> Option<&'a str> {
    media.get_first_attribute_value(name).flatten().map(str::trim)
}

/// Some write `20.0`, some `20 ms`: the leading digits count.
fn milliseconds(media: &Media, name: &str) -> Option<u16> {
    let text = value(media, name)?;
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok().filter(|ms| *ms > 0)
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|a| Direction::from_attribute(a.attribute.trim()))
}

fn crypto(media: &Media) -> Vec<Crypto> {
    let lines = media.get_attribute_values("crypto").flatten().take(crypto::MAX_LINES);
    lines.filter_map(Crypto::read).collect()
}

/// The values of an attribute of the section's own, then of the session's.
fn either<'a>(
    session: &'a sdp_types::Session,
    media: &'a Media,
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    let own = media.get_attribute_values(name);
    own.chain(session.get_attribute_values(name)).flatten().take(MAX_VALUES)
}

fn credentials(session: &sdp_types::Session, media: &Media) -> Option<Credentials> {
    let (ufrag, password) =
        either(session, media, "ice-ufrag").next().zip(either(session, media, "ice-pwd").next())?;
    Credentials::read(ufrag.trim(), password.trim())
}

/// The sections of the first bundle.
fn bundle(session: &sdp_types::Session) -> Vec<String> {
    let groups = session.get_attribute_values("group").flatten();
    let mut bundles = groups.filter_map(|group| group.trim().strip_prefix("BUNDLE"));
    bundles.next().unwrap_or_default().split_whitespace().take(MAX_SECTIONS).map(str::to_owned).collect()
}

fn languages(media: &Media, name: &str) -> Vec<String> {
    let tags = value(media, name).unwrap_or_default().split_whitespace();
    tags.map(|t| t.trim_end_matches('*').to_owned()).filter(|t| !t.is_empty()).collect()
}

/// `a=rtcp:PORT [IN IP4 ADDRESS]` (RFC 3605).
fn rtcp_address(text: &str, section: Option<IpAddr>) -> Option<SocketAddr> {
    let mut fields = text.split_whitespace();
    let port: u16 = fields.next()?.parse().ok().filter(|p| *p != 0)?;
    let address = fields.nth(2).and_then(|a| a.parse().ok()).or(section)?;
    Some(SocketAddr::new(address, port))
}

/// The payload types of the `m=` line whose meaning is known: by `rtpmap`, else by RFC 3551's table.
fn payloads(media: &Media) -> Vec<Payload> {
    let maps: Vec<Payload> = media.get_attribute_values("rtpmap").flatten().filter_map(rtpmap).collect();
    let numbers = media.fmt.split_whitespace().take(MAX_FORMATS).filter_map(|f| f.parse::<u8>().ok());
    let mut known: Vec<Payload> = Vec::new();
    for number in numbers.filter(|n| *n < 128) {
        let mapped = maps.iter().find(|p| p.payload_type == number).cloned();
        let repeated = known.iter().any(|p| p.payload_type == number);
        known.extend(mapped.or_else(|| static_payload(number)).filter(|_| !repeated));
    }
    for text in media.get_attribute_values("fmtp").flatten().take(MAX_FORMATS) {
        let Some((number, parameters)) = text.trim().split_once(char::is_whitespace) else { continue };
        let payload = known.iter_mut().find(|p| number.parse() == Ok(p.payload_type));
        if let Some(payload) = payload {
            payload.parameters = parameters.trim().to_owned();
        }
    }
    known
}

/// `0 PCMU/8000/1`; a missing clock rate is telephony's 8000.
fn rtpmap(text: &str) -> Option<Payload> {
    let (number, rest) = text.trim().split_once(char::is_whitespace)?;
    let mut parts = rest.trim().split('/').map(str::trim);
    let encoding = parts.next().filter(|e| !e.is_empty())?.to_owned();
    let clock_hz = parts.next().map_or(Some(8_000), |c| c.parse().ok())?;
    let channels = parts.next().and_then(|c| c.parse().ok()).unwrap_or(1);
    let (payload_type, parameters) = (number.parse().ok()?, String::new());
    Some(Payload { payload_type, encoding, clock_hz, channels, parameters })
}

/// RFC 3551 6: the audio encodings that need no `rtpmap` and are met in telephony.
fn static_payload(payload_type: u8) -> Option<Payload> {
    let encoding = match payload_type {
        0 => "PCMU",
        3 => "GSM",
        4 => "G723",
        8 => "PCMA",
        9 => "G722",
        13 => "CN",
        15 => "G728",
        18 => "G729",
        _ => return None,
    };
    let (encoding, parameters) = (encoding.to_owned(), String::new());
    Some(Payload { payload_type, encoding, clock_hz: 8_000, channels: 1, parameters })
}

#[cfg(test)]
mod tests;
