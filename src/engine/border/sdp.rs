//! Offers and answers of a visit's legs, between SDP and media settings.

use crate::audio::Codec;
use crate::base::{Language, LegKey};
use crate::engine::Habits;
use crate::engine::visit::{Audio, Visit};
use crate::media::Settings;
use crate::media::agreement::{describe, settings};
use crate::sdp::{self, Credentials, Local, Protection};
use std::net::IpAddr;
use std::time::Duration;

/// Where a leg's audio will go, as far as its description says; where checks are to find that, its signaling.
pub(in crate::engine) fn remote_host(visit: &Visit, leg: LegKey) -> Option<IpAddr> {
    if leg != visit.call.caller() {
        return None;
    }
    let section = visit.offer.as_ref().and_then(sdp::Session::audio)?;
    match &section.ice {
        Some(_) => Some(visit.signals_from),
        None => section.address,
    }
}

/// Where an offer wants its audio; `None` where checks are to find that.
pub(in crate::engine) fn announced(offer: &[u8]) -> Option<IpAddr> {
    let session = sdp::read(offer).ok()?;
    session.audio().filter(|section| section.ice.is_none())?.address
}

/// How a leg's audio is to be heard, beside what its descriptions agree.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Hearing {
    /// Whether tones in the audio are keys.
    pub(in crate::engine) inband: bool,
    /// Whether it is the caller's: whoever else has events needs no tones to press keys.
    pub(in crate::engine) is_caller: bool,
    /// The host that the leg's signaling comes from, where it is known.
    pub(in crate::engine) signals_from: Option<IpAddr>,
    /// How long it may be silent before its party is taken for dead.
    pub(in crate::engine) timeout: Option<Duration>,
}

/// Whether the far side of a leg holds us.
pub(in crate::engine) fn is_held(visit: &Visit, leg: LegKey) -> bool {
    visit.audio.get(&leg).and_then(|a| a.agreed.as_ref()).is_some_and(|a| a.hold)
}

/// The SDP of our 200 to the caller: the answer to their offer with what was agreed, or our offer
/// where they made none (nothing is agreed yet). `None`: no common codec.
pub(in crate::engine) fn answer_caller(
    visit: &mut Visit,
    leg: LegKey,
    session_id: u64,
    hearing: Hearing,
    (protection, ice): (Protection, Credentials),
) -> Option<(Vec<u8>, Option<Settings>)> {
    let offer = visit.offer.as_ref();
    let audio = visit.audio.get_mut(&leg)?;
    let (codecs, is_page) = (&visit.habits.codecs, visit.transport.is_websocket());
    answer_first(audio, offer, codecs, session_id, hearing, (protection, ice, is_page))
}

/// The same to somebody at the desk who takes over the caller of a colleague.
pub(in crate::engine) fn answer_place(
    visit: &mut Visit,
    leg: LegKey,
    session_id: u64,
    hearing: Hearing,
    (protection, ice): (Protection, Credentials),
) -> Option<(Vec<u8>, Option<Settings>)> {
    let arriving = visit.arriving.as_ref()?;
    let is_page = arriving.transport.is_websocket();
    let audio = visit.audio.get_mut(&leg)?;
    let codecs = &Habits::default().codecs;
    answer_first(audio, arriving.offer.as_ref(), codecs, session_id, hearing, (protection, ice, is_page))
}

fn answer_first(
    audio: &mut Audio,
    offer: Option<&sdp::Session>,
    codecs: &[Codec],
    session_id: u64,
    hearing: Hearing,
    (protection, ice, is_page): (Protection, Credentials, bool),
) -> Option<(Vec<u8>, Option<Settings>)> {
    let described = describe(audio.address, session_id, codecs, Vec::new());
    let mut local = Local { protection, ice: Some(ice), ..described };
    let answered = match offer {
        None => {
            // A page takes audio with keys by DTLS alone.
            if !is_page {
                local = without_way(local);
            }
            (sdp::offer(&local), None)
        }
        Some(offer) => {
            let (bytes, agreed) = sdp::answer(offer, &local).ok()?;
            let settings = heard(&agreed, hearing)?;
            audio.agreed = Some(agreed);
            (bytes, Some(settings))
        }
    };
    audio.local = Some(local);
    Some(answered)
}

/// Our offer to a desk, or to a carrier with its habits: the caller's codec first, in packets as long as the caller
/// wants them, so that packets cross as they are; G.711 behind it, and what a desk that has neither may speak last.
pub(in crate::engine) fn offer_desk(
    visit: &mut Visit,
    leg: LegKey,
    session_id: u64,
    (protection, ice): (Protection, Option<Credentials>),
    habits: &Habits,
) -> Vec<u8> {
    let languages = match visit.language() {
        Language::Ja => vec![Language::Ja, Language::En],
        Language::En => vec![Language::En],
    };
    let agreed = visit.audio.get(&visit.call.caller()).and_then(|a| a.agreed.as_ref());
    let ptime_ms = habits.ptime_ms.or(agreed.map(|a| a.ptime_ms));
    let spoken = agreed.and_then(|a| Codec::from_encoding_name(a.encoding));
    let spoken = spoken.filter(|codec| habits.codecs.contains(codec));
    let is_g711 = |codec: &Codec| matches!(codec, Codec::Pcmu | Codec::Pcma);
    let others = habits.codecs.iter().copied().filter(|codec| Some(*codec) != spoken);
    let (g711, wide): (Vec<_>, Vec<_>) = others.partition(is_g711);
    let codecs: Vec<_> = spoken.into_iter().chain(g711).chain(wide).collect();
    let Some(audio) = visit.audio.get_mut(&leg) else { return Vec::new() };
    let local =
        Local { ptime_ms, protection, ice, ..describe(audio.address, session_id, &codecs, languages) };
    let bytes = sdp::offer(&local);
    audio.local = Some(local);
    bytes
}

/// What the far side's answer to our offer makes of the stream. `None`: nothing in common.
pub(in crate::engine) fn accept(
    visit: &mut Visit,
    leg: LegKey,
    answer: &[u8],
    hearing: Hearing,
) -> Option<Settings> {
    let audio = visit.audio.get_mut(&leg)?;
    let session = sdp::read(answer).ok()?;
    let agreed = sdp::accept(audio.local.as_ref()?, &session).ok()?;
    let settings = heard(&agreed, hearing)?;
    audio.agreed = Some(agreed);
    Some(settings)
}

/// Our answer to a new offer in an established call, with the version counted up.
pub(in crate::engine) fn answer_again(
    visit: &mut Visit,
    leg: LegKey,
    offer: &[u8],
    hearing: Hearing,
    fresh: Credentials,
) -> Option<(Vec<u8>, Settings)> {
    let audio = visit.audio.get_mut(&leg)?;
    let session = sdp::read(offer).ok()?;
    let mut local = audio.local.clone()?;
    local.version += 1;
    let known = audio.agreed.as_ref().and_then(|agreed| agreed.ice.as_ref());
    let named = session.audio().and_then(|section| section.ice.as_ref());
    if let (Some(known), Some(named)) = (known, named)
        && known.theirs != *named
    {
        // A restart (RFC 8445 9): both sides change theirs.
        local.ice = Some(fresh);
    }
    let (bytes, agreed) = sdp::answer(&session, &local).ok()?;
    let settings = heard(&agreed, hearing)?;
    audio.agreed = Some(agreed);
    audio.local = Some(local);
    Some((bytes, settings))
}

/// Our description once more, for a re-INVITE without SDP.
pub(in crate::engine) fn offer_again(visit: &mut Visit, leg: LegKey) -> Option<Vec<u8>> {
    let audio = visit.audio.get_mut(&leg)?;
    let local = audio.local.as_mut()?;
    local.version += 1;
    let agreed = audio.agreed.as_ref();
    Some(sdp::offer(&Local {
        protection: Protection {
            certificate: local.protection.certificate.filter(|_| agreed.is_some_and(|a| a.dtls.is_some())),
            ..local.protection.clone()
        },
        ice: local.ice.clone().filter(|_| agreed.is_some_and(|a| a.ice.is_some())),
        ..local.clone()
    }))
}

/// With keys in the description, or in clear text, at an address that is told: what every telephone takes.
fn without_way(local: Local) -> Local {
    Local { protection: Protection { certificate: None, ..local.protection }, ice: None, ..local }
}

/// A stream's settings. A private address that is also where the leg's signaling comes from is where its
/// audio comes from: there is no NAT to see through, and nothing to be learnt from strangers.
fn heard(agreed: &sdp::Agreed, hearing: Hearing) -> Option<Settings> {
    let inband = hearing.inband && (hearing.is_caller || agreed.events.is_none());
    let settings = settings(agreed, inband, hearing.timeout)?;
    let beside =
        Some(agreed.remote_rtp.ip().to_canonical()) == hearing.signals_from.map(|ip| ip.to_canonical());
    Some(Settings { learn: settings.learn && !beside, ..settings })
}
