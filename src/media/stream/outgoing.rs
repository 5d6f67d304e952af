//! What a stream sends: its own packets on its 20 ms grid, and at once what a bridge brings.

use super::Stream;
use crate::audio::{Codec, Encoder};
use crate::base::Instant;
use crate::media::bridge::{Crossing, Key, Kind, Tone};
use crate::media::clock::Clock;
use crate::media::coding::{crosses_at_once, translate};
use crate::media::listen::Place;
use crate::media::outbox::Outbox;
use crate::media::press::{END_COPIES, Emission};
use crate::media::sender::Numbers;
use crate::media::{Event, Port};
use crate::rtp::{self, Packet, TelephoneEvent};
use std::net::SocketAddr;
use std::time::Duration;

/// Packets a late tick sends to catch up; later than that the stream starts a new grid, because a
/// burst would only overflow the far side's jitter buffer.
const CATCH_UP: u32 = 3;
/// How long a key is pressed where its far side has it in another form.
const PRESSED: Duration = Duration::from_millis(100);

/// A packet about to leave, without its payload.
#[derive(Clone, Copy)]
struct Outgoing {
    to: SocketAddr,
    payload_type: u8,
    numbers: Numbers,
}

impl Stream {
    /// Takes what the other side of the bridge brought. What can be sent as it is leaves at once.
    pub(in crate::media) fn cross(&mut self, now: Instant, crossing: Crossing<'_>, outbox: &mut Outbox) {
        let Some(settings) = self.agreed.as_ref().map(|agreed| &agreed.settings) else { return };
        if !settings.direction.sends() {
            return self.sender.interrupt_crossing();
        }
        let (codec, events) = (settings.codec, settings.events);
        match (crossing.kind, events) {
            (Kind::Audio(_, Tone::Told), _) | (Kind::Audio(_, Tone::GoesOn), Some(_)) => {
                self.sender.leave_out(crossing.source);
            }
            (Kind::Audio(_, Tone::Begins(digit)), Some(_)) => self.press(now, &[digit], PRESSED, false),
            (Kind::Audio(from, _), _) if crosses_at_once(from, codec) => {
                self.pass(from, now, crossing, outbox)
            }
            (Kind::Audio(from, _), _) => self.feed(now, crossing, from),
            (Kind::Event(key), Some(_)) if self.feed.is_none() && crosses_at_once(key.beside, codec) => {
                self.pass_key(now, key, crossing, outbox);
            }
            (Kind::Event(key), _) => {
                let pressed = key.pressed.into_iter().collect::<Vec<_>>();
                self.press(now, &pressed, PRESSED, false);
            }
            (Kind::Noise(level), _) => {
                if let Some(feed) = &mut self.feed {
                    feed.announced(level);
                    self.start_ticking(now);
                }
            }
        }
    }

    /// Sends a packet's audio on.
    fn pass(&mut self, from: Codec, now: Instant, crossing: Crossing<'_>, outbox: &mut Outbox) {
        self.feed = None;
        let covered = self.is_talking();
        let Some(agreed) = self.agreed.as_mut().filter(|_| !covered) else { return };
        let samples = from.samples_in(crossing.payload);
        let Some(numbers) = self.sender.crossing(now, crossing.source, crossing.clock, samples) else {
            return;
        };
        let (to, payload_type) = (agreed.remote.address(Port::Rtp), agreed.settings.payload_type);
        let out = Outgoing { to, payload_type, numbers };
        if from == agreed.settings.codec {
            return self.send(out, crossing.payload, outbox);
        }
        let mut payload = outbox.take_payload();
        translate(from, crossing.payload, &mut agreed.encoder, &mut payload);
        self.send(out, &payload, outbox);
        outbox.payload = payload;
    }

    /// Sends a key's packet on, its duration by the clock that this side agreed.
    fn pass_key(&mut self, now: Instant, key: Key, crossing: Crossing<'_>, outbox: &mut Outbox) {
        let covered = self.is_talking();
        let Some(agreed) = self.agreed.as_ref().filter(|_| !covered) else { return };
        let Some(events) = agreed.settings.events else { return };
        let Some(numbers) = self.sender.crossing(now, crossing.source, crossing.clock, 0) else { return };
        let to = agreed.remote.address(Port::Rtp);
        let event = key.counted_by(Clock::of_hz(events.clock_hz));
        self.send(Outgoing { to, payload_type: events.payload_type, numbers }, &event.to_bytes(), outbox);
    }

    /// Takes a packet that is said here in another codec, when its turn comes.
    fn feed(&mut self, now: Instant, crossing: Crossing<'_>, codec: Codec) {
        let Crossing { source, clock, payload, .. } = crossing;
        let place = Place { ssrc: source.ssrc, seq: source.seq, timestamp: source.timestamp, clock };
        self.feed.get_or_insert_default().take(now, place, codec, payload);
        self.start_ticking(now);
    }

    /// Whether it has packets of its own to send.
    pub(super) fn is_talking(&self) -> bool {
        let is_fed = self.feed.as_ref().is_some_and(|feed| feed.is_speaking());
        self.playout.is_some() || !self.pressing.is_finished() || is_fed
    }

    /// Starts the grid where there is something to send; the first packet does not overlap the last.
    pub(super) fn start_ticking(&mut self, now: Instant) {
        if self.tick_at.is_none() && self.is_talking() && self.is_open() {
            self.tick_at = Some(self.sender.free_at().map_or(now, |free| free.max(now)));
        }
    }

    pub(super) fn tick(&mut self, now: Instant, outbox: &mut Outbox) {
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
        let events = self.agreed.as_ref().and_then(|a| a.settings.events);
        let emission = self.pressing.tick(ptime, events.map(|events| Clock::of_hz(events.clock_hz)));
        let covers = emission != Emission::Nothing;
        match emission {
            Emission::Nothing if self.playout.is_some() => self.emit_playout(at, samples, outbox),
            Emission::Nothing => self.emit_feed(at, samples, outbox),
            Emission::Event { event, timestamp } => self.emit_event(at, event, timestamp, outbox),
            Emission::Silence => self.emit_audio(at, outbox, |encoder, out| {
                encoder.encode_silence(samples, out);
            }),
            Emission::Tone { sound, from } => self.emit_audio(at, outbox, |encoder, out| {
                let rest = sound.samples.get(from..).unwrap_or_default();
                encoder.encode(rest.get(..samples).unwrap_or(rest), out);
                encoder.encode_silence(samples.saturating_sub(rest.len()), out);
            }),
        }
        if covers && let Some(playout) = &mut self.playout {
            playout.skip(samples);
        }
        if covers || self.playout.is_some() {
            self.feed_of(at, samples);
        }
        self.finish_playout(outbox);
    }

    /// What the other side of the bridge said, as far as its turn has come.
    fn feed_of(&mut self, at: Instant, samples: usize) -> Option<Vec<i16>> {
        let mut said = Vec::with_capacity(samples);
        let feed = self.feed.as_mut()?;
        feed.play(at, samples, &mut said).then_some(said)
    }

    fn emit_feed(&mut self, at: Instant, samples: usize, outbox: &mut Outbox) {
        if let Some(said) = self.feed_of(at, samples) {
            self.emit_audio(at, outbox, |encoder, out| encoder.encode(&said, out));
        }
    }

    fn emit_playout(&mut self, at: Instant, samples: usize, outbox: &mut Outbox) {
        let Some(mut playout) = self.playout.take() else { return };
        if self.may_send() {
            self.emit_audio(at, outbox, |encoder, out| playout.write(encoder, samples, out));
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

    fn emit_audio(
        &mut self,
        at: Instant,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Encoder, &mut Vec<u8>),
    ) {
        let Some(agreed) = self.agreed.as_mut().filter(|a| a.settings.direction.sends()) else { return };
        let numbers = self.sender.audio(at, agreed.ptime);
        let to = agreed.remote.address(Port::Rtp);
        let out = Outgoing { to, payload_type: agreed.settings.payload_type, numbers };
        let mut payload = outbox.take_payload();
        write(&mut agreed.encoder, &mut payload);
        agreed.encoder.end_packet(&mut payload);
        self.send(out, &payload, outbox);
        outbox.payload = payload;
    }

    fn emit_event(&mut self, at: Instant, event: TelephoneEvent, started: Option<u32>, outbox: &mut Outbox) {
        let Some(agreed) = self.agreed.as_ref().filter(|a| a.settings.direction.sends()) else { return };
        let Some(events) = agreed.settings.events else { return };
        let payload_type = events.payload_type;
        let duration = Clock::of_hz(events.clock_hz).duration(u32::from(event.duration));
        let to = agreed.remote.address(Port::Rtp);
        let timestamp = started.unwrap_or_else(|| self.sender.timestamp_at(at));
        self.pressing.started(timestamp);
        for copy in 0..if event.end { END_COPIES } else { 1 } {
            let first = started.is_none() && copy == 0;
            let numbers = self.sender.event(timestamp, duration, first);
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
        let leaves = self.is_open() && self.srtp.as_mut().is_none_or(|srtp| srtp.seal(&mut bytes));
        match leaves {
            true => outbox.packet(self.leg, Port::Rtp, out.to, bytes),
            false => outbox.recycle(bytes),
        }
    }
}
