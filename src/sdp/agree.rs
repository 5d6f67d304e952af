//! What an offer and an answer agree on (RFC 3264 6 and 7).

use super::write::{AudioLines, PTIME_MS, audio, numbered, offered_events, refused, written};
use super::{Direction, Dtls, Events, Format, Ice, Keys, Local, Role, Section, Session, Version, is_private};
use std::net::SocketAddr;

/// What both sides said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where the peer wants RTP.
    pub remote_rtp: SocketAddr,
    /// Where it wants RTCP: its `a=rtcp`, the RTP port with rtcp-mux, else the next port.
    pub remote_rtcp: SocketAddr,
    /// Encoding name, as in [`Format::name`].
    pub encoding: &'static str,
    /// RTP clock rate of the encoding.
    pub clock_hz: u32,
    /// Payload type to send and expect.
    pub payload_type: u8,
    /// Telephone-event, where both have it.
    pub events: Option<Events>,
    /// Other numbers under which the peer may send: all formats that both sides named, and the numbers that we
    /// offered where the peer answered with others (RFC 3264 5.1, 6.1).
    pub also: Vec<(u8, Format)>,
    /// What the peer's `fmtp` says of the encoding; empty where nothing.
    pub parameters: String,
    /// Who may send, from our view.
    pub direction: Direction,
    /// Packet duration the peer wants, in milliseconds.
    pub ptime_ms: u16,
    /// The keys both sides send with; none: in clear text.
    pub keys: Option<Keys>,
    /// How the keys are agreed on where they are not in the descriptions; never beside [`keys`](Agreed::keys).
    pub dtls: Option<Dtls>,
    /// What checks are known by; none: the peer is where its description says.
    pub ice: Option<Ice>,
    /// Whether the peer's address means nothing outside its network: its media comes from elsewhere.
    pub address_is_private: bool,
    /// Whether the peer holds us: it takes no media.
    pub hold: bool,
    /// Version of the peer's description; equal to the last one's = nothing changed.
    pub remote_version: Version,
}

/// Why two descriptions give no audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No audio section over RTP with a port and an address.
    #[error("no usable audio section")]
    NoAudio,
    /// Audio that is encrypted where we do not, or in no way of ours, or that is not where we want it to be.
    #[error("no common encryption")]
    NoCommonEncryption,
    /// Audio, but nothing we speak.
    #[error("no common codec")]
    NoCommonCodec,
}

/// Answers an offer: the first usable audio section with a codec of ours, in the offerer's order of preference;
/// every other section is refused in its place. The answer names one codec, so that both sides know what flows.
///
/// A [`Refusal`] is answered 488 (RFC 3261 21.4.26).
pub fn answer(offer: &Session, local: &Local) -> Result<(Vec<u8>, Agreed), Refusal> {
    let keyed = |section: &Section| match section.is_over_dtls() {
        true => None,
        false => local.protection.answer(&section.crypto),
    };
    let is_protected = |s: &Section| !s.is_encrypted() || keyed(s).is_some() || dtls(local, s).is_some();
    let (chosen, common) = choose(offer, &local.formats, is_protected)?;
    let section = offer.sections.get(chosen).ok_or(Refusal::NoAudio)?;
    let (crypto, keys) = keyed(section).unzip();
    let (dtls, ice) = (dtls(local, section), ice(local, section));
    let common_terms = agree(offer, section, common, local.direction, section.rtcp_mux)?;
    let agreed = Agreed { keys, dtls, ice, ..common_terms };
    let lines = AudioLines {
        transport: &section.transport,
        formats: vec![(common.payload_type, common.format)],
        events: agreed.events.into_iter().collect(),
        ptime_ms: agreed.ptime_ms,
        direction: agreed.direction,
        rtcp_mux: section.rtcp_mux,
        crypto: crypto.into_iter().collect(),
        setup: agreed.dtls.map(|dtls| dtls.role.setup()),
        ice: agreed.ice.is_some(),
        mid: section.mid.as_deref(),
        hlang_send: common_language(local, &section.hlang_recv),
        hlang_recv: common_language(local, &section.hlang_send),
    };
    let place = |(i, s)| if i == chosen { audio(local, &lines) } else { refused(s) };
    let medias = offer.sections.iter().enumerate().map(place).collect();
    let bundled = lines.mid.filter(|mid| offer.bundle.iter().any(|name| name == mid));
    Ok((written(local, medias, bundled, lines.ice), agreed))
}

/// How the keys of a section are agreed on by DTLS, where it and we do that.
fn dtls(local: &Local, section: &Section) -> Option<Dtls> {
    let theirs = section.fingerprint.filter(|_| section.is_over_dtls() && section.rtcp_mux)?;
    local.protection.certificate.map(|_| Dtls { theirs, role: Role::towards(section.setup) })
}

/// The checks of a section, where it and we know them: of one port, RTP's and RTCP's.
fn ice(local: &Local, section: &Section) -> Option<Ice> {
    let theirs = section.ice.clone().filter(|_| section.rtcp_mux)?;
    local.ice.clone().map(|ours| Ice { ours, theirs })
}

/// Reads the peer's answer to our offer. A [`Refusal`] means there will be no audio: end the call.
pub fn accept(our_offer: &Local, answer: &Session) -> Result<Agreed, Refusal> {
    let protection = &our_offer.protection;
    let by_dtls = protection.certificate.is_some();
    let keys = |section: &Section| protection.accept(&section.crypto).filter(|_| !by_dtls);
    let wanted = |section: &Section| by_dtls || protection.required || section.is_encrypted();
    let is_protected = |s: &Section| !wanted(s) || keys(s).is_some() || dtls(our_offer, s).is_some();
    let (chosen, common) = choose(answer, &our_offer.formats, is_protected)?;
    let section = answer.sections.get(chosen).ok_or(Refusal::NoAudio)?;
    let (dtls, ice) = (dtls(our_offer, section), ice(our_offer, section));
    let one_port = section.rtcp_mux && (by_dtls || our_offer.ice.is_some());
    let agreed = agree(answer, section, common, our_offer.direction, one_port)?;
    let also = others(our_offer, section, &agreed);
    Ok(Agreed { keys: keys(section), dtls, ice, also, ..agreed })
}

/// What the peer may send beside what its answer prefers.
fn others(our_offer: &Local, section: &Section, agreed: &Agreed) -> Vec<(u8, Format)> {
    let events = offered_events(&our_offer.formats).into_iter();
    let events = events.map(|e| (e.payload_type, Format::events(e.clock_hz)));
    let mut others = Vec::new();
    for (offered, format) in numbered(&our_offer.formats).into_iter().chain(events) {
        let answered = section.payloads.iter().find(|p| p.is(&format)).map(|p| p.payload_type);
        others.extend(answered.into_iter().flat_map(|answered| [(answered, format), (offered, format)]));
    }
    let taken = [Some(agreed.payload_type), agreed.events.map(|e| e.payload_type)];
    others.retain(|(number, _)| !taken.contains(&Some(*number)));
    others.dedup();
    others
}

/// A format of ours and the peer's number for it.
#[derive(Clone, Copy)]
struct Common {
    payload_type: u8,
    format: Format,
}

fn choose(
    remote: &Session,
    formats: &[Format],
    is_protected: impl Fn(&Section) -> bool,
) -> Result<(usize, Common), Refusal> {
    let mut refusal = Refusal::NoAudio;
    for (i, section) in remote.sections.iter().enumerate().filter(|(_, s)| s.is_usable_audio()) {
        match common_format(section, formats) {
            Some(common) if is_protected(section) => return Ok((i, common)),
            Some(_) => refusal = Refusal::NoCommonEncryption,
            None => refusal = Refusal::NoCommonCodec,
        }
    }
    Err(refusal)
}

fn common_format(section: &Section, formats: &[Format]) -> Option<Common> {
    section.payloads.iter().find_map(|p| {
        let format = formats.iter().find(|f| p.is(f))?;
        Some(Common { payload_type: p.payload_type, format: *format })
    })
}

fn agree(
    remote: &Session,
    section: &Section,
    common: Common,
    wanted: Direction,
    rtcp_mux: bool,
) -> Result<Agreed, Refusal> {
    let address = section.address.ok_or(Refusal::NoAudio)?;
    let remote_rtp = SocketAddr::new(address, section.port);
    let theirs = Direction::of(section.direction.sends(), section.receives());
    Ok(Agreed {
        remote_rtp,
        remote_rtcp: if rtcp_mux {
            remote_rtp
        } else {
            section.rtcp.unwrap_or_else(|| next_port(remote_rtp))
        },
        encoding: common.format.name,
        clock_hz: common.format.clock_hz,
        payload_type: common.payload_type,
        events: section.events(common.format.clock_hz),
        also: Vec::new(),
        parameters: section.parameters(common.payload_type),
        direction: theirs.mirrored().and(wanted),
        ptime_ms: ptime_ms(section),
        address_is_private: is_private(address),
        hold: !section.receives(),
        keys: None,
        dtls: None,
        ice: None,
        remote_version: remote.version.clone(),
    })
}

fn next_port(rtp: SocketAddr) -> SocketAddr {
    SocketAddr::new(rtp.ip(), rtp.port().checked_add(1).unwrap_or(rtp.port()))
}

/// The peer's wish where it is a whole number of 10 ms steps that a telephone packet can be, never above its
/// `maxptime`.
fn ptime_ms(section: &Section) -> u16 {
    let wish = section.ptime_ms.filter(|ms| (10..=60).contains(ms) && ms % 10 == 0).unwrap_or(PTIME_MS);
    match section.max_ptime_ms {
        Some(max) if max < wish => (max / 10 * 10).max(10),
        _ => wish,
    }
}

/// The one language an answer names (RFC 8373 5): the best of ours that the offer has, or none.
fn common_language(local: &Local, offered: &[String]) -> Vec<&'static str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let ours = local.languages.iter().map(|l| l.tag());
    ours.filter(|tag| offered.iter().any(|o| primary(o) == *tag)).take(1).collect()
}

#[cfg(test)]
mod browsers;
#[cfg(test)]
mod tests;
