//! One RTP stream: what it sends on its own 20 ms grid, and what it makes of what arrives.
//!
//! What goes out, in order of precedence: keys being pressed, what is played, what a bridge brings.
//! While something plays, the bridge's audio to this side waits outside; time goes on for
//! whatever is covered up.

use super::bridge::{Crossing, Kind};
use super::coding;
use super::dedupe::Presses;
use super::dtmf::{EventPresses, Sign};
use super::listen::Listener;
use super::outbox::Outbox;
use super::playout::Playout;
use super::press::{END_COPIES, Emission, Pressing};
use super::reception::{Arrival, Reception};
use super::remote::{Remote, Verdict};
use super::reporter::Reporter;
use super::schedule::Slot;
use super::sender::{Numbers, Sender};
use super::tone;
use super::{DigitSource, Event, Port, Settings, StreamReport};
use crate::audio::Codec;
use crate::base::{Deadline, Digit, Instant, LegKey};
use crate::rtp::{self, Packet, TelephoneEvent};
use std::net::SocketAddr;
use std::time::Duration;

/// Packets a late tick sends to catch up; later than that the stream starts a new grid, because a
/// burst would only overflow the far side's jitter buffer.
const CATCH_UP: u32 = 3;
/// Bounds of the packet duration that a far side may ask for.
const PTIME: std::ops::RangeInclusive<u128> = 10..=120;
/// Comfort noise (RFC 3389): taken, not played.
const COMFORT_NOISE: u8 = 13;

/// What was agreed, and where the far side is.
#[derive(Debug)]
struct Agreed {
    settings: Settings,
    remote: Remote,
    ptime: Duration,
}

/// A packet about to leave, without its payload.
#[derive(Clone, Copy)]
struct Outgoing {
    to: SocketAddr,
    payload_type: u8,
    numbers: Numbers,
}

/// What a payload type stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carries {
    Audio,
    Event,
    Noise,
}

/// A stream from `Open` to `Close`.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) leg: LegKey,
    /// The stream at the other end of the bridge.
    pub(super) peer: Option<Slot>,
    agreed: Option<Agreed>,
    sender: Sender,
    reception: Reception,
    reporter: Reporter,
    events: EventPresses,
    presses: Presses,
    listener: Option<Listener>,
    playout: Option<Playout>,
    pressing: Pressing,
    tick_at: Option<Instant>,
    strangers: u64,
    malformed: u64,
}

impl Stream {
    pub(super) fn new(leg: LegKey, sender: Sender, reporter: Reporter) -> Self {
        Stream {
            leg,
            peer: None,
            agreed: None,
            sender,
            reception: Reception::default(),
            reporter,
            events: EventPresses::default(),
            presses: Presses::default(),
            listener: None,
            playout: None,
            pressing: Pressing::new(),
            tick_at: None,
            strangers: 0,
            malformed: 0,
        }
    }

    /// Offer and answer agreed. Numbers, plays and bridges go on.
    pub(super) fn configure(&mut self, now: Instant, settings: Settings) {
        let ptime = whole_ptime(settings.ptime);
        let remote = match self.agreed.take() {
            Some(Agreed { mut remote, .. }) => {
                remote.reconfigure(&settings);
                remote
            }
            None => Remote::new(&settings),
        };
        self.agreed = Some(Agreed { settings, remote, ptime });
        self.reporter.start(now);
        self.start_ticking(now);
    }

    /// Plays this in place of whatever plays. Where nothing at all is to be played it is done at
    /// once; repeated, nothing plays until it is stopped.
    pub(super) fn play(&mut self, now: Instant, playout: Playout, outbox: &mut Outbox) {
        self.playout = None;
        if !playout.is_empty() {
            self.playout = Some(playout);
            self.start_ticking(now);
        } else {
            self.stop();
            if playout.ends() {
                outbox.event(Event::PlayDone { leg: self.leg, play: playout.key });
            }
        }
    }

    /// No further packet of what plays leaves.
    pub(super) fn stop(&mut self) {
        self.playout = None;
        if self.pressing.is_finished() {
            self.tick_at = None;
        }
    }

    /// Presses keys towards the far side, after those still being pressed.
    pub(super) fn press(&mut self, now: Instant, digits: &[Digit], hold: Duration, inband: bool) {
        let events = self.agreed.as_ref().is_none_or(|a| a.settings.event_payload_type.is_some());
        self.pressing.push(digits, hold, inband || !events);
        self.start_ticking(now);
    }

    /// Hands up what is heard, or no longer.
    pub(super) fn listen(&mut self, now: Instant, on: bool, outbox: &mut Outbox) {
        if on {
            self.listener.get_or_insert_default();
        } else if let Some(mut listener) = self.listener.take() {
            let mut samples = Vec::new();
            listener.flush(now, &mut samples);
            outbox.heard(self.leg, samples);
        }
    }

    /// A digit came by signalling.
    pub(super) fn digit_from_info(&mut self, now: Instant, digit: Digit, outbox: &mut Outbox) {
        self.sign(now, digit, DigitSource::Info, outbox);
    }

    /// The last packets and the account of the stream's life.
    pub(super) fn close(&mut self, now: Instant, outbox: &mut Outbox) {
        self.listen(now, false, outbox);
        if let Some(agreed) = &self.agreed {
            let bytes = self.reporter.goodbye(now, &self.sender, &mut self.reception);
            outbox.packet(
                self.leg,
                agreed.remote.rtcp_leaves_from(),
                agreed.remote.address(Port::Rtcp),
                bytes,
            );
        }
        outbox.event(Event::Closed { leg: self.leg, report: self.report() });
    }

    /// When the far side was last heard.
    pub(super) fn last_received(&self) -> Option<Instant> {
        self.reception.last_at
    }

    /// When the stream wants to be called.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        let tick = self.tick_at.map(|at| Deadline { at, why: "rtp packet" });
        let report = self.reporter.next_at().map(|at| Deadline { at, why: "rtcp report" });
        Deadline::earliest(tick, report)
    }

    /// Sends what is due.
    pub(super) fn handle_deadline(&mut self, now: Instant, outbox: &mut Outbox) {
        self.tick(now, outbox);
        let Some(agreed) = &self.agreed else { return };
        if let Some(bytes) = self.reporter.due(now, &self.sender, &mut self.reception) {
            outbox.packet(
                self.leg,
                agreed.remote.rtcp_leaves_from(),
                agreed.remote.address(Port::Rtcp),
                bytes,
            );
        }
    }

    /// Takes a datagram; what is to cross the bridge is returned.
    pub(super) fn handle_packet<'a>(
        &mut self,
        now: Instant,
        port: Port,
        from: SocketAddr,
        bytes: &'a [u8],
        outbox: &mut Outbox,
    ) -> Option<Crossing<'a>> {
        let agreed = self.agreed.as_mut()?;
        if port == Port::Rtcp || rtp::is_rtcp(bytes) {
            self.take_rtcp(now, from, bytes);
            return None;
        }
        let packet = rtp::read(bytes).ok();
        let Some((packet, carries)) = packet.and_then(|p| Some((p, agreed.carries(p.payload_type)?))) else {
            let ours = from == agreed.remote.address(Port::Rtp);
            *(if ours { &mut self.malformed } else { &mut self.strangers }) += 1;
            return None;
        };
        match agreed.remote.judge(from, packet.ssrc, packet.sequence) {
            Verdict::Stranger => {
                self.strangers += 1;
                return None;
            }
            Verdict::Learned => outbox.event(Event::Learned { leg: self.leg, remote: from }),
            Verdict::Ours => {}
        }
        self.take_rtp(now, &packet, carries, outbox)
    }

    /// Sends a packet that the other side of the bridge brought, at once.
    pub(super) fn cross(&mut self, now: Instant, crossing: Crossing<'_>, outbox: &mut Outbox) {
        let covered = self.playout.is_some() || !self.pressing.is_finished();
        let Some(agreed) = self.agreed.as_ref().filter(|a| a.settings.direction.sends()) else { return };
        let settings = &agreed.settings;
        let payload_type = match (crossing.kind, settings.event_payload_type) {
            (Kind::Audio(_), _) => settings.payload_type,
            (Kind::Event(_), Some(payload_type)) => payload_type,
            (Kind::Event(pressed), None) => {
                if let Some(digit) = pressed {
                    self.press(now, &[digit], Duration::from_millis(100), true);
                }
                return;
            }
        };
        if covered {
            return;
        }
        let samples = if let Kind::Audio(_) = crossing.kind { crossing.payload.len() as u32 } else { 0 };
        let Some(numbers) = self.sender.crossing(now, crossing.source, samples) else { return };
        let out = Outgoing { to: agreed.remote.address(Port::Rtp), payload_type, numbers };
        match crossing.kind {
            Kind::Audio(codec) if codec != settings.codec => {
                let mut payload = outbox.take_payload();
                coding::append_translated(codec, settings.codec, crossing.payload, &mut payload);
                self.send(out, &payload, outbox);
                outbox.payload = payload;
            }
            Kind::Audio(_) | Kind::Event(_) => self.send(out, crossing.payload, outbox),
        }
    }

    // --- what arrives -----------------------------------------------------------------------

    fn take_rtcp(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let Some(agreed) = &mut self.agreed else { return };
        if !agreed.remote.judge_rtcp(from) {
            self.strangers += 1;
        } else if !self.reporter.take(now, self.sender.ssrc(), bytes) {
            self.malformed += 1;
        }
    }

    fn take_rtp<'a>(
        &mut self,
        now: Instant,
        packet: &Packet<'a>,
        carries: Carries,
        outbox: &mut Outbox,
    ) -> Option<Crossing<'a>> {
        let arrival = self.reception.take(now, packet.ssrc, packet.sequence);
        let settings = &self.agreed.as_ref()?.settings;
        if arrival == Arrival::Duplicate || !settings.direction.receives() {
            return None;
        }
        let kind = match carries {
            Carries::Noise => return None,
            Carries::Event => Kind::Event(self.take_event(now, packet, outbox)?),
            Carries::Audio => {
                let codec = settings.codec;
                self.take_audio(now, packet, outbox);
                Kind::Audio(codec)
            }
        };
        let source = Numbers {
            ssrc: packet.ssrc,
            seq: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.marker,
        };
        Some(Crossing { source, payload: packet.payload, kind })
    }

    /// `None` where the payload is no telephone-event; else the digit it reported, if any.
    fn take_event(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        outbox: &mut Outbox,
    ) -> Option<Option<Digit>> {
        let Some(event) = TelephoneEvent::read(packet.payload) else {
            self.malformed += 1;
            return None;
        };
        let form = DigitSource::TelephoneEvent;
        match self.events.take(packet.ssrc, packet.timestamp, event) {
            Some(Sign::Pressed(digit)) => {
                self.sign(now, digit, form, outbox);
                if event.end {
                    self.presses.released(now, digit, form);
                }
                return Some(Some(digit));
            }
            Some(Sign::Held(digit)) => self.presses.held(now, digit, form),
            Some(Sign::Released(digit)) => self.presses.released(now, digit, form),
            None => {}
        }
        Some(None)
    }

    fn take_audio(&mut self, now: Instant, packet: &Packet<'_>, outbox: &mut Outbox) {
        self.reception.time(now, packet.timestamp);
        if self.listener.is_none() {
            return;
        }
        let Some(codec) = self.agreed.as_ref().map(|a| a.settings.codec) else { return };
        let samples = coding::decoded(codec, packet.payload);
        if let Some(listener) = &mut self.listener {
            let mut heard = Vec::new();
            listener.take(now, packet.ssrc, (packet.sequence, packet.timestamp), samples, &mut heard);
            outbox.heard(self.leg, heard);
        }
    }

    fn sign(&mut self, now: Instant, digit: Digit, source: DigitSource, outbox: &mut Outbox) {
        if self.presses.sign(now, digit, source) {
            outbox.event(Event::Digit { leg: self.leg, digit, source });
        }
    }

    // --- what leaves ------------------------------------------------------------------------

    fn is_talking(&self) -> bool {
        self.playout.is_some() || !self.pressing.is_finished()
    }

    /// Starts the grid where there is something to send; the first packet does not overlap the last.
    fn start_ticking(&mut self, now: Instant) {
        if self.agreed.is_some() && self.tick_at.is_none() && self.is_talking() {
            self.tick_at = Some(self.sender.free_at().map_or(now, |free| free.max(now)));
        }
    }

    fn tick(&mut self, now: Instant, outbox: &mut Outbox) {
        let Some(ptime) = self.agreed.as_ref().map(|a| a.ptime) else { return };
        if self.tick_at.is_some_and(|at| now - at > ptime * CATCH_UP) {
            self.tick_at = Some(now);
        }
        while let Some(at) = self.tick_at.filter(|at| *at <= now) {
            self.emit(at, ptime, outbox);
            self.tick_at = self.is_talking().then(|| at + ptime);
        }
    }

    /// One packet's time: a key, else what plays, which goes on unheard under the key.
    fn emit(&mut self, at: Instant, ptime: Duration, outbox: &mut Outbox) {
        let samples = (ptime.as_millis() * 8) as usize;
        let emission =
            if self.pressing.is_finished() { Emission::Nothing } else { self.pressing.tick(ptime) };
        match emission {
            Emission::Nothing => self.emit_playout(at, samples, outbox),
            Emission::Event { event, timestamp } => self.emit_event(at, event, timestamp, outbox),
            Emission::Silence => self.emit_audio(at, outbox, |codec, out| {
                coding::append_silence(codec, samples, out);
            }),
            Emission::Tone { digit, elapsed } => self.emit_audio(at, outbox, |codec, out| {
                codec.encode(&tone::key(digit, elapsed, samples), out);
            }),
        }
        if emission != Emission::Nothing
            && let Some(playout) = &mut self.playout
        {
            playout.skip(samples);
        }
        self.finish_playout(outbox);
    }

    fn emit_playout(&mut self, at: Instant, samples: usize, outbox: &mut Outbox) {
        let Some(mut playout) = self.playout.take() else { return };
        if self.may_send() {
            self.emit_audio(at, outbox, |codec, out| playout.write(codec, samples, out));
        } else {
            playout.skip(samples);
        }
        self.playout = Some(playout);
    }

    fn finish_playout(&mut self, outbox: &mut Outbox) {
        if let Some(playout) = self.playout.take_if(|p| p.is_finished()) {
            outbox.event(Event::PlayDone { leg: self.leg, play: playout.key });
        }
    }

    fn may_send(&self) -> bool {
        self.agreed.as_ref().is_some_and(|a| a.settings.direction.sends())
    }

    fn emit_audio(&mut self, at: Instant, outbox: &mut Outbox, write: impl FnOnce(Codec, &mut Vec<u8>)) {
        let Some(agreed) = self.agreed.as_ref().filter(|a| a.settings.direction.sends()) else { return };
        let numbers = self.sender.audio(at, agreed.ptime);
        let to = agreed.remote.address(Port::Rtp);
        let out = Outgoing { to, payload_type: agreed.settings.payload_type, numbers };
        let mut payload = outbox.take_payload();
        write(agreed.settings.codec, &mut payload);
        self.send(out, &payload, outbox);
        outbox.payload = payload;
    }

    fn emit_event(&mut self, at: Instant, event: TelephoneEvent, started: Option<u32>, outbox: &mut Outbox) {
        let Some(agreed) = self.agreed.as_ref().filter(|a| a.settings.direction.sends()) else { return };
        let Some(payload_type) = agreed.settings.event_payload_type else { return };
        let to = agreed.remote.address(Port::Rtp);
        let timestamp = started.unwrap_or_else(|| self.sender.timestamp_at(at));
        self.pressing.started(timestamp);
        for copy in 0..if event.end { END_COPIES } else { 1 } {
            let first = started.is_none() && copy == 0;
            let numbers = self.sender.event(timestamp, event.duration, first);
            self.send(Outgoing { to, payload_type, numbers }, &event.to_bytes(), outbox);
        }
    }

    fn send(&mut self, out: Outgoing, payload: &[u8], outbox: &mut Outbox) {
        self.sender.count(payload.len());
        let packet = Packet {
            payload_type: out.payload_type,
            marker: out.numbers.marker,
            sequence: out.numbers.seq,
            timestamp: out.numbers.timestamp,
            ssrc: out.numbers.ssrc,
            payload,
        };
        let mut bytes = outbox.buffer();
        rtp::write_into(&packet, &mut bytes);
        outbox.packet(self.leg, Port::Rtp, out.to, bytes);
    }

    fn report(&self) -> StreamReport {
        StreamReport {
            sent: self.sender.packets,
            received: self.reception.received,
            lost: self.reception.lost(),
            strangers: self.strangers,
            malformed: self.malformed,
            jitter: self.reception.jitter(),
            round_trip: self.reporter.round_trip,
        }
    }
}

impl Agreed {
    fn carries(&self, payload_type: u8) -> Option<Carries> {
        match payload_type {
            p if p == self.settings.payload_type => Some(Carries::Audio),
            p if Some(p) == self.settings.event_payload_type => Some(Carries::Event),
            COMFORT_NOISE => Some(Carries::Noise),
            _ => None,
        }
    }
}

/// Whole milliseconds within bounds, so that the grid and the timestamps stay in step.
fn whole_ptime(asked: Duration) -> Duration {
    let ms = asked.as_millis().clamp(*PTIME.start(), *PTIME.end());
    Duration::from_millis(ms as u64)
}
