//! What a stream makes of the packets that arrive: whose they are, what they carry, what is heard.

use super::{Agreed, Stream};
use crate::audio::{Codec, NoiseLevel};
use crate::base::{Digit, Instant};
use crate::media::bridge::{Crossing, Key, Kind, Tone};
use crate::media::clock::Clock;
use crate::media::coding;
use crate::media::dtmf::Sign;
use crate::media::listen::Place;
use crate::media::outbox::Outbox;
use crate::media::reception::Arrival;
use crate::media::remote::Verdict;
use crate::media::sender::Numbers;
use crate::media::{Carried, DigitSource, Event, Port};
use crate::rtp::{self, Packet, TelephoneEvent};
use std::net::SocketAddr;

/// Comfort noise (RFC 3389 4).
const COMFORT_NOISE: u8 = 13;

impl Stream {
    /// What a datagram says: itself, or where the stream has keys what they make of it, in the buffer. `None`: it
    /// is counted and gone. Who is not heard anyway costs no decryption.
    pub(in crate::media) fn opened<'a>(
        &mut self,
        port: Port,
        from: SocketAddr,
        bytes: &'a [u8],
        clear: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        if !self.is_open() {
            self.strangers += 1;
            return None;
        }
        let Some(srtp) = &mut self.srtp else { return Some(bytes) };
        let is_rtcp = port == Port::Rtcp || rtp::is_rtcp(bytes);
        let from = self.way.speaker(from);
        if !is_rtcp && self.agreed.as_ref().is_some_and(|agreed| agreed.remote.ignores(from)) {
            self.strangers += 1;
            return None;
        }
        let good = if is_rtcp { srtp.open_rtcp(bytes, clear) } else { srtp.open(bytes, clear) };
        if !good {
            self.unopened += 1;
            return None;
        }
        Some(clear.as_slice())
    }

    /// Takes a datagram; what is to cross the bridge is returned.
    pub(in crate::media) fn handle_packet<'a>(
        &mut self,
        now: Instant,
        port: Port,
        from: SocketAddr,
        bytes: &'a [u8],
        outbox: &mut Outbox,
    ) -> Option<Crossing<'a>> {
        let from = self.way.speaker(from);
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

    fn take_rtcp(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let Some(agreed) = &mut self.agreed else { return };
        if !agreed.remote.judge_rtcp(from) {
            self.strangers += 1;
        } else if !self.reporter.take(now, self.sender.ssrc(), bytes) {
            self.malformed += 1;
        } else {
            self.reported_at = Some(now);
        }
    }

    fn take_rtp<'a>(
        &mut self,
        now: Instant,
        packet: &Packet<'a>,
        carries: Carried,
        outbox: &mut Outbox,
    ) -> Option<Crossing<'a>> {
        let arrival = self.reception.take(now, packet.ssrc, packet.sequence);
        self.quiet = carries == Carried::Noise;
        let settings = &self.agreed.as_ref()?.settings;
        let agreed = settings.codec;
        if arrival == Arrival::Duplicate || !settings.direction.receives() {
            return None;
        }
        // An event's timestamp is one of the audio's, whatever its duration counts by.
        let (kind, clock) = match carries {
            Carried::Noise => (Kind::Noise(self.take_noise(packet)), Clock::of(agreed)),
            Carried::Events { clock_hz } => {
                let (clock, beside) = (Clock::of_hz(clock_hz), agreed);
                let (event, pressed) = self.take_event(now, packet, outbox)?;
                (Kind::Event(Key { event, clock, beside, pressed }), Clock::of(agreed))
            }
            Carried::Audio(codec) => {
                let tone = self.take_audio(now, codec, packet, outbox);
                (Kind::Audio(codec, tone), Clock::of(codec))
            }
        };
        let source = Numbers {
            ssrc: packet.ssrc,
            seq: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.marker,
        };
        Some(Crossing { source, clock, payload: packet.payload, kind })
    }

    fn take_noise(&mut self, packet: &Packet<'_>) -> Option<NoiseLevel> {
        let level = NoiseLevel::of_packet(packet.payload);
        if let Some(recorder) = &mut self.recorder {
            recorder.announced(level);
        }
        level
    }

    /// What crosses of a telephone-event, and the digit where it is a press's first sign. `None` where it is no event,
    /// or one of a press that crosses in another form.
    fn take_event(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        outbox: &mut Outbox,
    ) -> Option<(TelephoneEvent, Option<Digit>)> {
        let Some(event) = TelephoneEvent::read(packet.payload) else {
            self.malformed += 1;
            return None;
        };
        let form = DigitSource::TelephoneEvent;
        let mut pressed = None;
        match self.events.take(packet.ssrc, packet.timestamp, event) {
            Some(Sign::Pressed(digit)) => {
                self.event_is_first = self.sign(now, digit, form, outbox);
                pressed = Some(digit);
            }
            Some(Sign::Held(digit)) => self.presses.held(now, digit, form),
            Some(Sign::Released(digit)) => self.presses.released(now, digit, form),
            None => {}
        }
        self.event_is_first.then_some((event, pressed))
    }

    /// Hears a packet; returns what it has of a key's tone.
    fn take_audio(&mut self, now: Instant, codec: Codec, packet: &Packet<'_>, outbox: &mut Outbox) -> Tone {
        let clock = Clock::of(codec);
        self.reception.time(now, packet.timestamp, clock);
        let (seq, timestamp) = (packet.sequence, packet.timestamp);
        let place = Place { ssrc: packet.ssrc, seq, timestamp, clock };
        if let Some(recorder) = &mut self.recorder {
            recorder.take(now, place, codec, packet.payload, outbox);
        }
        if let Some(listener) = &mut self.listener {
            let mut heard = Vec::new();
            listener.take(now, place, codec, packet.payload, &mut heard);
            outbox.heard(self.leg, heard);
        }
        self.listen_for_tones(now, place, (codec, packet.payload), outbox)
    }

    fn listen_for_tones(
        &mut self,
        now: Instant,
        place: Place,
        (codec, payload): (Codec, &[u8]),
        outbox: &mut Outbox,
    ) -> Tone {
        let Some(ear) = &mut self.tones else { return Tone::None };
        let mut samples = Vec::with_capacity(payload.len());
        coding::decode(&mut self.decoder, codec, payload, &mut samples);
        let form = DigitSource::Inband;
        let mut tone = Tone::None;
        for sign in ear.take(place, &samples) {
            match sign {
                Sign::Pressed(digit) => {
                    self.tone_is_first = self.sign(now, digit, form, outbox);
                    tone = Tone::Begins(digit);
                }
                Sign::Held(digit) => self.presses.held(now, digit, form),
                Sign::Released(digit) => self.presses.released(now, digit, form),
            }
            tone = if tone == Tone::None { Tone::GoesOn } else { tone };
        }
        if tone == Tone::None || self.tone_is_first { tone } else { Tone::Told }
    }

    /// Takes the first sign of a press in one form; true where it is the first of all.
    pub(super) fn sign(
        &mut self,
        now: Instant,
        digit: Digit,
        source: DigitSource,
        outbox: &mut Outbox,
    ) -> bool {
        let is_first = self.presses.sign(now, digit, source);
        if is_first {
            outbox.event(Event::Digit { leg: self.leg, digit, source });
        }
        is_first
    }
}

impl Agreed {
    fn carries(&self, payload_type: u8) -> Option<Carried> {
        let events = self.settings.events.filter(|events| events.payload_type == payload_type);
        match events {
            _ if payload_type == self.settings.payload_type => Some(Carried::Audio(self.settings.codec)),
            Some(events) => Some(Carried::Events { clock_hz: events.clock_hz }),
            None => self.carries_besides(payload_type),
        }
    }

    /// Under other numbers the far side may send too, though nothing is sent to it under them.
    fn carries_besides(&self, payload_type: u8) -> Option<Carried> {
        let also = self.settings.also.iter().find(|(number, _)| *number == payload_type);
        let noise = || (payload_type == COMFORT_NOISE).then_some(Carried::Noise);
        also.map(|(_, carried)| *carried).or_else(noise)
    }
}
