//! One call of a phone: what was agreed, what it has heard, what it does next.

use super::{Act, Config, Placing};
use crate::audio::Codec;
use crate::base::{Digit, Instant, LegKey};
use crate::media::agreement::{describe, settings};
use crate::media::{Settings, StreamReport};
use crate::sdp::{self, Local, Protection, Session};
use crate::signaling::{Invite, LegEnd};
use crate::sip::{self, Host, Request, Uri};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Samples below this are silence: -50 dBFS, under any prompt and over any codec's idle noise.
const SILENCE_PEAK: u16 = 104;
/// The most a phone keeps of what it hears: 10 minutes.
const KEPT_SAMPLES: usize = 8_000 * 600;

/// What a phone has to say of a call.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The leg.
    pub leg: Option<LegKey>,
    /// The INVITE received, header by header; empty for calls that were placed.
    pub invite: Vec<(String, String)>,
    /// Its SDP.
    pub invite_sdp: Vec<u8>,
    /// When it was up.
    pub talked_from: Option<Instant>,
    /// When it was over.
    pub ended: Option<Instant>,
    /// How signaling ended.
    pub end: Option<LegEnd>,
    /// Keys heard.
    pub digits_heard: Vec<Digit>,
    /// What was heard, 8 kHz mono, where the phone keeps it.
    pub heard: Vec<i16>,
    /// Samples of that which were no silence.
    pub sounded: u64,
    /// The stream's counters.
    pub stream: StreamReport,
}

pub(super) struct Line {
    pub(super) visit: Visit,
    pub(super) answer_at: Option<Instant>,
    placing: Option<Placing>,
    /// The other side's host.
    far: Option<IpAddr>,
    offer: Option<Session>,
    local: Option<Local>,
    codecs: Vec<Codec>,
    keep_audio: bool,
    script: VecDeque<Act>,
    waits_until: Option<Instant>,
    quiet_since: Option<Instant>,
    media_open: bool,
}

impl Line {
    pub(super) fn placing(leg: LegKey, placing: Placing, config: &Config) -> Self {
        let far = Some(placing.target.flow.remote.ip());
        Line { placing: Some(placing), far, ..Line::blank(leg, config) }
    }

    pub(super) fn ringing(
        leg: LegKey,
        invite: &Request,
        offer: Option<Vec<u8>>,
        far: IpAddr,
        config: &Config,
    ) -> Self {
        let mut line = Line { far: Some(far), ..Line::blank(leg, config) };
        line.visit.invite =
            sip::pairs(&invite.headers).map(|(n, v)| (n.to_string(), v.to_string())).collect();
        line.offer = offer.as_deref().and_then(|o| sdp::read(o).ok());
        line.visit.invite_sdp = offer.unwrap_or_default();
        line
    }

    fn blank(leg: LegKey, config: &Config) -> Self {
        Line {
            visit: Visit { leg: Some(leg), ..Visit::default() },
            answer_at: None,
            placing: None,
            far: None,
            offer: None,
            local: None,
            codecs: config.codecs.clone(),
            keep_audio: config.keep_audio,
            script: VecDeque::new(),
            waits_until: None,
            quiet_since: None,
            media_open: false,
        }
    }

    pub(super) fn port_opened(&mut self, address: SocketAddr, session_id: u64, protection: Protection) {
        self.media_open = true;
        self.local = Some(Local { protection, ..describe(address, session_id, &self.codecs, Vec::new()) });
    }

    pub(super) fn no_port(&mut self) {
        self.visit.end.get_or_insert(LegEnd { how: crate::signaling::How::Local, status: None, q850: None });
    }

    /// The INVITE of a call to place, once.
    pub(super) fn invite(&mut self) -> Option<Invite> {
        let placing = self.placing.take()?;
        Some(Invite {
            leg: self.visit.leg?,
            targets: vec![placing.target],
            from: placing.from,
            headers: placing.headers,
            offer: sdp::offer(self.local.as_ref()?),
            ring_timeout: placing.patience,
            follow_redirects: false,
            known: Vec::new(),
            may_refer: false,
        })
    }

    /// A user of the other side's host.
    pub(super) fn place_there(&self, user: &str) -> Option<Uri> {
        Some(Uri::sip(Some(user), Host::from(self.far?), None))
    }

    /// The SDP to answer with, when it is time, once; settings where the caller made an offer.
    pub(super) fn answer_due(&mut self, now: Instant) -> Option<(Vec<u8>, Option<Settings>)> {
        let local = self.local.as_ref()?;
        self.answer_at.take_if(|at| *at <= now)?;
        match &self.offer {
            None => Some((sdp::offer(local), None)),
            Some(offer) => {
                let (bytes, agreed) = sdp::answer(offer, local).ok()?;
                Some((bytes, settings(&agreed, true, None)))
            }
        }
    }

    pub(super) fn accept(&mut self, answer: &[u8]) -> Option<Settings> {
        let agreed = sdp::accept(self.local.as_ref()?, &sdp::read(answer).ok()?).ok()?;
        settings(&agreed, true, None)
    }

    /// Answers a new offer; without one, gives ours.
    pub(super) fn answer_again(&mut self, offer: Option<&[u8]>) -> Option<(Vec<u8>, Option<Settings>)> {
        let local = self.local.as_mut()?;
        local.version += 1;
        let Some(offer) = offer else { return Some((sdp::offer(local), None)) };
        let (bytes, agreed) = sdp::answer(&sdp::read(offer).ok()?, local).ok()?;
        Some((bytes, settings(&agreed, true, None)))
    }

    pub(super) fn reoffer(&mut self, hold: bool) -> Option<Vec<u8>> {
        let local = self.local.as_mut()?;
        local.version += 1;
        local.direction = if hold { sdp::Direction::SendOnly } else { sdp::Direction::SendRecv };
        Some(sdp::offer(local))
    }

    /// The call is up. False where it was before.
    pub(super) fn begin(&mut self, now: Instant, script: Vec<Act>) -> bool {
        let first = self.visit.talked_from.is_none();
        if first {
            self.visit.talked_from = Some(now);
            self.quiet_since = Some(now);
            self.script = script.into();
        }
        first
    }

    pub(super) fn heard(&mut self, now: Instant, samples: &[i16]) {
        let loud = samples.iter().filter(|s| s.unsigned_abs() > SILENCE_PEAK).count();
        if loud > 0 {
            self.quiet_since = Some(now);
            self.visit.sounded += samples.len() as u64;
        }
        let room = KEPT_SAMPLES.saturating_sub(self.visit.heard.len());
        if self.keep_audio {
            self.visit.heard.extend(samples.iter().take(room));
        }
    }

    /// The next act that is due; waits are taken silently.
    pub(super) fn next_act(&mut self, now: Instant) -> Option<Act> {
        loop {
            match self.script.front()? {
                Act::Wait(time) => {
                    let until = *self.waits_until.get_or_insert(now + *time);
                    if now < until {
                        return None;
                    }
                }
                Act::WaitForSilence(time) => {
                    if now < self.quiet_until(*time)? {
                        return None;
                    }
                }
                _ => {
                    // What is waited for next is the silence after this act.
                    self.quiet_since = Some(now);
                    return self.script.pop_front();
                }
            }
            self.waits_until = None;
            self.script.pop_front();
        }
    }

    fn quiet_until(&self, time: Duration) -> Option<Instant> {
        self.quiet_since.map(|since| since + time)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let answer = self.answer_at.filter(|_| self.local.is_some());
        let script = match self.script.front() {
            Some(Act::Wait(_)) => self.waits_until,
            Some(Act::WaitForSilence(time)) => self.quiet_until(*time),
            _ => None,
        };
        answer.into_iter().chain(script).min()
    }

    pub(super) fn closed(&mut self, report: StreamReport) {
        self.visit.stream = report;
        self.media_open = false;
    }

    /// The report, once signaling and audio are both over.
    pub(super) fn into_visit(self) -> Result<Visit, Box<Line>> {
        if self.visit.end.is_some() && !self.media_open { Ok(self.visit) } else { Err(Box::new(self)) }
    }
}
