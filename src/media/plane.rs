//! The streams of one worker thread: commands and packets in, packets and events out.

use super::bridge::Crossing;
use super::coding::Tones;
use super::dtls::Identity;
use super::outbox::Outbox;
use super::playout::Playout;
use super::reporter::Reporter;
use super::schedule::{Schedule, Slot};
use super::sender::Sender;
use super::stream::Stream;
use super::{Command, Event, Output, PlayKey, Port, RecordingKey, Take};
use crate::audio::Library;
use crate::base::{Clip, Deadline, Instant, LegKey, RecordingLimits, Rng};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A media machine that serves hundreds of streams. Call one `handle_*`, drain
/// [`poll_output`](Plane::poll_output) until `None`, wait until [`poll_deadline`](Plane::poll_deadline).
///
/// Every stream has its own 20 ms grid that starts with its first packet, so that the packets of
/// many streams do not leave in one burst.
#[derive(Debug)]
pub struct Plane {
    library: Arc<Library>,
    identity: Option<Arc<Identity>>,
    tones: Tones,
    rng: Rng,
    slots: Vec<Option<Stream>>,
    free: Vec<Slot>,
    by_leg: BTreeMap<LegKey, Slot>,
    schedule: Schedule,
    outbox: Outbox,
    /// Where a packet is decrypted.
    clear: Vec<u8>,
}

impl Plane {
    /// A plane without streams that plays from this library; `rng` spreads its RTCP reports.
    pub fn new(library: Arc<Library>, rng: Rng) -> Self {
        Plane {
            library,
            identity: None,
            tones: Tones::new(),
            rng,
            slots: Vec::new(),
            free: Vec::new(),
            by_leg: BTreeMap::new(),
            schedule: Schedule::default(),
            outbox: Outbox::default(),
            clear: Vec::new(),
        }
    }

    /// Who its streams are to far sides that agree on keys by DTLS.
    pub fn with_identity(self, identity: Option<Arc<Identity>>) -> Self {
        Plane { identity, ..self }
    }

    /// Plays from this library from now on; playouts in progress finish on the old one.
    pub fn replace_library(&mut self, library: Arc<Library>) {
        self.library = library;
    }

    /// Streams that are open.
    pub fn stream_count(&self) -> usize {
        self.by_leg.len()
    }

    /// When a stream's far side was last heard; `None` for unknown legs and silent ones.
    pub fn last_received(&self, leg: LegKey) -> Option<Instant> {
        self.slots.get(self.slot(leg)? as usize)?.as_ref()?.last_received()
    }

    /// Takes a command. Commands for unknown legs are ignored: the leg may just have closed.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        let leg = command.leg();
        self.protected(leg, |plane| plane.carry_out(now, command));
    }

    /// Lets something be done that concerns this leg. A stream in which a rule breaks is not believed any
    /// more: it makes way for a silent one, so that its call can close it, and the others go on.
    fn protected(&mut self, leg: LegKey, act: impl FnOnce(&mut Plane)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            self.replace_broken(leg);
        }
    }

    fn replace_broken(&mut self, leg: LegKey) {
        let Some(slot) = self.slot(leg) else { return };
        let silent = Stream::new(leg, Sender::new(Instant::ZERO, 0, 0, 0), self.reporter(String::new()));
        let Some(place) = self.slots.get_mut(slot as usize) else { return };
        let broken = place.replace(silent);
        self.schedule.set(slot, None);
        if let Some(peer) = broken.as_ref().and_then(|stream| stream.peer) {
            self.with_slot(peer, |stream, _| stream.join(None));
        }
        if let Some(recording) = broken.and_then(|stream| stream.recording()) {
            self.outbox.recorded(Take::End { recording, keep: true, complete: false });
        }
        self.outbox.event(Event::Broken { leg });
    }

    fn carry_out(&mut self, now: Instant, command: Command) {
        match command {
            Command::Open { leg, ssrc, first_seq, first_timestamp, cname } => {
                self.open(leg, Sender::new(now, ssrc, first_seq, first_timestamp), cname);
            }
            Command::Configure { leg, settings } => {
                let identity = self.identity.clone();
                self.with(leg, |s, outbox| s.configure(now, settings, identity.as_ref(), outbox));
            }
            Command::Play { leg, play, clips, repeat } => self.play(now, leg, play, clips, repeat),
            Command::PlayPcm { leg, play, samples, repeat } => self.with(leg, |s, outbox| {
                s.play(now, Playout::of_samples(play, samples, repeat), outbox);
            }),
            Command::Stop { leg } => self.with(leg, |s, _| s.stop()),
            Command::Bridge { a, b } => self.bridge(a, b),
            Command::Unbridge { leg } => self.unbridge(leg),
            Command::DigitFromInfo { leg, digit } => {
                self.with(leg, |s, outbox| s.digit_from_info(now, digit, outbox));
            }
            Command::PressKeys { leg, digits, hold, inband } => {
                self.with(leg, |s, _| s.press(now, &digits, hold, inband));
            }
            Command::Record { leg, recording, name, limits } => {
                self.record(now, leg, recording, name, limits)
            }
            Command::StopRecording { leg } => self.with(leg, |s, outbox| s.stop_recording(now, outbox)),
            Command::Listen { leg, on } => self.with(leg, |s, outbox| s.listen(now, on, outbox)),
            Command::Close { leg } => self.close(now, leg),
        }
    }

    /// Takes a datagram that arrived on a stream's socket. What a bridge carries on leaves at once.
    pub fn handle_packet(&mut self, now: Instant, leg: LegKey, port: Port, from: SocketAddr, bytes: &[u8]) {
        self.protected(leg, |plane| plane.take_packet(now, leg, port, from, bytes));
    }

    fn take_packet(&mut self, now: Instant, leg: LegKey, port: Port, from: SocketAddr, bytes: &[u8]) {
        #[cfg(test)]
        crate::base::fault::trip("stream", leg.0);
        let Some(slot) = self.slot(leg) else { return };
        let Some(stream) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        if stream.is_of_the_way(bytes) {
            return self.with_slot(slot, |s, outbox| s.handle_way(now, port, from, bytes, outbox));
        }
        let mut clear = std::mem::take(&mut self.clear);
        if let Some(bytes) = stream.opened(port, from, bytes, &mut clear) {
            let crossing = stream.handle_packet(now, port, from, bytes, &mut self.outbox);
            if let (Some(peer), Some(crossing)) = (stream.peer, crossing) {
                self.cross(now, peer, crossing);
            }
        }
        self.clear = clear;
    }

    /// Sends what is due: the next packets of playouts and keys, RTCP reports.
    pub fn handle_deadline(&mut self, now: Instant) {
        while let Some(slot) = self.schedule.pop_due(now) {
            if let Some(leg) = self.slots.get(slot as usize).and_then(Option::as_ref).map(|stream| stream.leg)
            {
                self.protected(leg, |plane| {
                    #[cfg(test)]
                    crate::base::fault::trip("stream", leg.0);
                    plane.with_slot(slot, |stream, outbox| stream.handle_deadline(now, outbox));
                });
            }
        }
    }

    /// The next thing to do, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop()
    }

    /// When to call [`handle_deadline`](Plane::handle_deadline); `None`: nothing to wait for.
    pub fn poll_deadline(&self) -> Option<Deadline> {
        self.schedule.next()
    }

    /// Gives back the buffer of a packet that was sent, so that the next one allocates nothing.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.outbox.recycle(buffer);
    }

    fn slot(&self, leg: LegKey) -> Option<Slot> {
        self.by_leg.get(&leg).copied()
    }

    /// Does something with a stream and notes when it wants to be called next.
    fn with(&mut self, leg: LegKey, act: impl FnOnce(&mut Stream, &mut Outbox)) {
        if let Some(slot) = self.slot(leg) {
            self.with_slot(slot, act);
        }
    }

    fn with_slot(&mut self, slot: Slot, act: impl FnOnce(&mut Stream, &mut Outbox)) {
        if let Some(stream) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) {
            act(stream, &mut self.outbox);
            self.schedule.set(slot, stream.deadline());
        }
    }

    /// Opening a leg twice changes nothing.
    fn open(&mut self, leg: LegKey, sender: Sender, cname: String) {
        if self.by_leg.contains_key(&leg) {
            return;
        }
        let reporter = self.reporter(cname);
        let stream = Some(Stream::new(leg, sender, reporter));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = stream;
                slot
            }
            None => {
                self.slots.push(stream);
                (self.slots.len() - 1) as Slot
            }
        };
        self.by_leg.insert(leg, slot);
    }

    fn reporter(&mut self, cname: String) -> Reporter {
        Reporter::new(cname, Rng::from_seed(self.rng.next_u64()))
    }

    fn close(&mut self, now: Instant, leg: LegKey) {
        self.unbridge(leg);
        let Some(slot) = self.by_leg.remove(&leg) else { return };
        if let Some(mut stream) = self.slots.get_mut(slot as usize).and_then(Option::take) {
            stream.close(now, &mut self.outbox);
        }
        self.schedule.set(slot, None);
        self.free.push(slot);
    }

    fn play(&mut self, now: Instant, leg: LegKey, play: PlayKey, clips: Vec<Clip>, repeat: bool) {
        let (playout, missing) = Playout::of_clips(play, clips, repeat, &self.library, &self.tones);
        self.with(leg, |stream, outbox| {
            for clip in missing {
                outbox.event(Event::MissingClip { leg, clip });
            }
            stream.play(now, playout, outbox);
        });
    }

    /// Every recording that is asked for ends, even that of a leg which has just closed.
    fn record(
        &mut self,
        now: Instant,
        leg: LegKey,
        recording: RecordingKey,
        name: String,
        limits: RecordingLimits,
    ) {
        if self.slot(leg).is_none() {
            return self.outbox.recorded(Take::End { recording, keep: false, complete: true });
        }
        self.with(leg, |stream, outbox| stream.record(now, recording, name, limits, outbox));
    }

    /// Joins two streams; whoever they were joined to before is parted from them.
    fn bridge(&mut self, a: LegKey, b: LegKey) {
        let (Some(slot_a), Some(slot_b)) = (self.slot(a), self.slot(b)) else { return };
        if slot_a == slot_b {
            return;
        }
        self.unbridge(a);
        self.unbridge(b);
        self.with_slot(slot_a, |stream, _| stream.join(Some(slot_b)));
        self.with_slot(slot_b, |stream, _| stream.join(Some(slot_a)));
    }

    fn unbridge(&mut self, leg: LegKey) {
        let Some(slot) = self.slot(leg) else { return };
        let mut peer = None;
        self.with_slot(slot, |stream, _| {
            peer = stream.peer;
            stream.join(None);
        });
        if let Some(peer) = peer {
            self.with_slot(peer, |stream, _| stream.join(None));
        }
    }

    fn cross(&mut self, now: Instant, peer: Slot, crossing: Crossing<'_>) {
        self.with_slot(peer, |stream, outbox| stream.cross(now, crossing, outbox));
    }
}
