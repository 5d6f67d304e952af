//! Offers and answers of a visit's legs, between SDP and media settings.

use crate::audio::Codec;
use crate::base::{Language, LegKey};
use crate::engine::Habits;
use crate::engine::visit::Visit;
use crate::media::Settings;
use crate::media::agreement::{describe, settings};
use crate::sdp::{self, Local, Protection};
use std::net::IpAddr;
use std::time::Duration;

/// Where a leg's audio will go, as far as its description says.
pub(in crate::engine) fn remote_host(visit: &Visit, leg: LegKey) -> Option<IpAddr> {
    if leg != visit.call.caller() {
        return None;
    }
    visit.offer.as_ref().and_then(sdp::Session::audio).and_then(|section| section.address)
}

/// How a leg's audio is to be heard, beside what its descriptions agree.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Hearing {
    /// Whether tones in the audio are keys.
    pub(in crate::engine) inband: bool,
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
    protection: Protection,
) -> Option<(Vec<u8>, Option<Settings>)> {
    let audio = visit.audio.get_mut(&leg)?;
    let local = Local { protection, ..describe(audio.address, session_id, &visit.habits.codecs, Vec::new()) };
    let answered = match &visit.offer {
        None => (sdp::offer(&local), None),
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

/// Our offer to a desk, or to a carrier with its habits: the caller's codec first and G.711 behind it, in packets
/// as long as the caller wants them, so that packets cross as they are. What the caller does not speak is not
/// offered: a desk phone that likes it better would take it, and every packet would have to be translated.
pub(in crate::engine) fn offer_desk(
    visit: &mut Visit,
    leg: LegKey,
    session_id: u64,
    protection: Protection,
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
    let g711 = habits.codecs.iter().copied().filter(|c| matches!(c, Codec::Pcmu | Codec::Pcma));
    let others = g711.filter(|c| Some(*c) != spoken);
    let codecs: Vec<_> = spoken.into_iter().chain(others).collect();
    let Some(audio) = visit.audio.get_mut(&leg) else { return Vec::new() };
    let local = Local { ptime_ms, protection, ..describe(audio.address, session_id, &codecs, languages) };
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
) -> Option<(Vec<u8>, Settings)> {
    let audio = visit.audio.get_mut(&leg)?;
    let session = sdp::read(offer).ok()?;
    let mut local = audio.local.clone()?;
    local.version += 1;
    let (bytes, agreed) = sdp::answer(&session, &local).ok()?;
    let settings = heard(&agreed, hearing)?;
    audio.agreed = Some(agreed);
    audio.local = Some(local);
    Some((bytes, settings))
}

/// Our description once more, for a re-INVITE without SDP.
pub(in crate::engine) fn offer_again(visit: &mut Visit, leg: LegKey) -> Option<Vec<u8>> {
    let local = visit.audio.get_mut(&leg)?.local.as_mut()?;
    local.version += 1;
    Some(sdp::offer(local))
}

/// A stream's settings. A private address that is also where the leg's signaling comes from is where its
/// audio comes from: there is no NAT to see through, and nothing to be learnt from strangers.
fn heard(agreed: &sdp::Agreed, hearing: Hearing) -> Option<Settings> {
    let settings = settings(agreed, hearing.inband, hearing.timeout)?;
    let beside =
        Some(agreed.remote_rtp.ip().to_canonical()) == hearing.signals_from.map(|ip| ip.to_canonical());
    Some(Settings { learn: settings.learn && !beside, ..settings })
}
