//! One RTP stream: what it sends on its own 20 ms grid, and what it makes of what arrives.
//!
//! What goes out, in order of precedence: keys being pressed, what is played, what a bridge brings.
//! While something plays, the bridge's audio to this side waits outside; time goes on for
//! whatever is covered up.

mod incoming;
mod outgoing;
mod path;

use super::clock::Clock;
use super::dedupe::Presses;
use super::dtls::Identity;
use super::dtmf::EventPresses;
use super::inband::ToneEar;
use super::jitter::Jitter;
use super::listen::Listener;
use super::outbox::Outbox;
use super::playout::Playout;
use super::press::Pressing;
use super::reception::Reception;
use super::record::Recorder;
use super::remote::Remote;
use super::reporter::Reporter;
use super::schedule::Slot;
use super::sender::Sender;
use super::srtp::Srtp;
use super::vigil::Vigil;
use super::{DigitSource, Direction, Event, Port, RecordingKey, Settings, StreamReport};
use crate::audio::{Codec, Decoder, Encoder};
use crate::base::{Deadline, Digit, Instant, LegKey, RecordingLimits};
use path::Way;
use std::sync::Arc;
use std::time::Duration;

/// Bounds of the packet duration that a far side may ask for.
const PTIME: std::ops::RangeInclusive<u128> = 10..=120;

/// What was agreed, and where the far side is.
#[derive(Debug)]
struct Agreed {
    settings: Settings,
    remote: Remote,
    ptime: Duration,
    encoder: Encoder,
}

/// A stream from `Open` to `Close`.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) leg: LegKey,
    /// The stream at the other end of the bridge.
    pub(super) peer: Option<Slot>,
    agreed: Option<Agreed>,
    srtp: Option<Box<Srtp>>,
    way: Box<Way>,
    sender: Sender,
    reception: Reception,
    reporter: Reporter,
    events: EventPresses,
    /// Hears for tones.
    decoder: Option<Decoder>,
    /// What the other side of the bridge says in another codec.
    feed: Option<Box<Jitter>>,
    tones: Option<ToneEar>,
    presses: Presses,
    /// Whether the press that events last began is told by them first, and the one of the tone that is heard.
    event_is_first: bool,
    tone_is_first: bool,
    listener: Option<Listener>,
    recorder: Option<Recorder>,
    playout: Option<Playout>,
    pressing: Pressing,
    tick_at: Option<Instant>,
    vigil: Vigil,
    /// When the far side's RTCP last came.
    reported_at: Option<Instant>,
    /// Whether the last packet of the far side announced silence.
    quiet: bool,
    strangers: u64,
    malformed: u64,
    unopened: u64,
}

impl Stream {
    pub(super) fn new(leg: LegKey, sender: Sender, reporter: Reporter) -> Self {
        Stream {
            leg,
            peer: None,
            agreed: None,
            srtp: None,
            way: Box::default(),
            sender,
            reception: Reception::default(),
            reporter,
            events: EventPresses::default(),
            decoder: None,
            feed: None,
            tones: None,
            presses: Presses::default(),
            event_is_first: false,
            tone_is_first: false,
            listener: None,
            recorder: None,
            playout: None,
            pressing: Pressing::new(),
            tick_at: None,
            vigil: Vigil::Off,
            reported_at: None,
            quiet: false,
            strangers: 0,
            malformed: 0,
            unopened: 0,
        }
    }

    /// Offer and answer agreed. Numbers, plays and bridges go on.
    pub(super) fn configure(
        &mut self,
        now: Instant,
        settings: Settings,
        identity: Option<&Arc<Identity>>,
        outbox: &mut Outbox,
    ) {
        let ptime = whole_ptime(settings.ptime, settings.codec);
        self.take_keys(&settings);
        self.set_way(now, &settings, identity);
        self.tones = settings.inband.then(|| self.tones.take().unwrap_or_default());
        self.vigil.watch(now, settings.timeout.filter(|_| settings.direction == Direction::SendRecv));
        self.sender.count_by(now, Clock::of(settings.codec));
        let fresh = || settings.codec.encoder_for(settings.wishes);
        let same =
            |encoder: &Encoder| (encoder.codec(), encoder.wishes()) == (settings.codec, settings.wishes);
        let (remote, encoder) = match self.agreed.take() {
            Some(Agreed { mut remote, encoder, .. }) => {
                remote.reconfigure(&settings);
                (remote, if same(&encoder) { encoder } else { fresh() })
            }
            None => (Remote::new(&settings), fresh()),
        };
        self.agreed = Some(Agreed { settings, remote, ptime, encoder });
        self.reporter.start(now);
        self.settle_way(now, outbox);
    }

    /// Keys that stand in the descriptions; those of a handshake stay until another.
    fn take_keys(&mut self, settings: &Settings) {
        self.srtp = match (self.srtp.take(), &settings.keys) {
            (Some(mut srtp), Some(keys)) => {
                srtp.rekey(keys.as_ref().clone());
                Some(srtp)
            }
            (None, Some(keys)) => Some(Box::new(Srtp::new(keys.as_ref().clone()))),
            (srtp, None) => srtp.filter(|_| settings.dtls.is_some()),
        };
    }

    /// Is joined to another stream, or to none.
    pub(super) fn join(&mut self, peer: Option<Slot>) {
        (self.peer, self.feed) = (peer, None);
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
        if !self.is_talking() {
            self.tick_at = None;
        }
    }

    /// Presses keys towards the far side, after those still being pressed.
    pub(super) fn press(&mut self, now: Instant, digits: &[Digit], hold: Duration, inband: bool) {
        self.pressing.push(digits, hold, inband);
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

    /// Records what is heard, in place of what is recorded.
    pub(super) fn record(
        &mut self,
        now: Instant,
        recording: RecordingKey,
        name: String,
        limits: RecordingLimits,
        outbox: &mut Outbox,
    ) {
        self.stop_recording(now, outbox);
        self.recorder = Some(Recorder::begin(now, recording, name, limits, outbox));
    }

    /// Ends the recording, where there is one.
    pub(super) fn stop_recording(&mut self, now: Instant, outbox: &mut Outbox) {
        if let Some(recorder) = self.recorder.take() {
            recorder.end(now, outbox);
        }
    }

    /// A digit came by signalling.
    pub(super) fn digit_from_info(&mut self, now: Instant, digit: Digit, outbox: &mut Outbox) {
        self.sign(now, digit, DigitSource::Info, outbox);
    }

    /// The last packets and the account of the stream's life.
    pub(super) fn close(&mut self, now: Instant, outbox: &mut Outbox) {
        self.listen(now, false, outbox);
        self.stop_recording(now, outbox);
        if self.agreed.is_some() {
            let bytes = self.reporter.goodbye(now, &self.sender, &mut self.reception);
            self.send_rtcp(bytes, outbox);
        }
        outbox.event(Event::Closed { leg: self.leg, report: self.report() });
    }

    /// What it records.
    pub(super) fn recording(&self) -> Option<RecordingKey> {
        self.recorder.as_ref().map(|recorder| recorder.recording)
    }

    /// When the far side was last heard.
    pub(super) fn last_received(&self) -> Option<Instant> {
        self.reception.last_at
    }

    /// When the stream wants to be called.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        let tick = self.tick_at.map(|at| Deadline { at, why: "rtp packet" });
        let report = self.reporter.next_at().map(|at| Deadline { at, why: "rtcp report" });
        let recorder = self.recorder.as_ref();
        let recorded = recorder.map(|recorder| Deadline { at: recorder.ends_at(), why: "end of recording" });
        let vigil = self.vigil.check_at().map(|at| Deadline { at, why: "signs of life" });
        [tick, report, recorded, vigil, self.way_deadline()].into_iter().fold(None, Deadline::earliest)
    }

    /// Sends what is due.
    pub(super) fn handle_deadline(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.way_deadline().is_some_and(|deadline| deadline.at <= now) {
            self.way_due(now, outbox);
        }
        self.tick(now, outbox);
        if let Some(recorder) = self.recorder.take_if(|recorder| recorder.ends_at() <= now) {
            outbox.event(Event::RecordingEnded { leg: self.leg, recording: recorder.recording });
            recorder.end(now, outbox);
        }
        if self.vigil.is_lost(now, self.reception.last_at.max(self.reported_at), self.quiet) {
            outbox.event(Event::Lost { leg: self.leg });
        }
        if self.agreed.is_none() {
            return;
        }
        if let Some(bytes) = self.reporter.due(now, &self.sender, &mut self.reception) {
            self.send_rtcp(bytes, outbox);
        }
    }

    fn send_rtcp(&mut self, mut bytes: Vec<u8>, outbox: &mut Outbox) {
        let Some(Agreed { remote, .. }) = self.agreed.as_ref().filter(|_| self.is_open()) else { return };
        let leaves = self.srtp.as_mut().is_none_or(|srtp| srtp.seal_rtcp(&mut bytes));
        if leaves {
            outbox.packet(self.leg, remote.rtcp_leaves_from(), remote.address(Port::Rtcp), bytes);
        }
    }

    fn report(&self) -> StreamReport {
        StreamReport {
            sent: self.sender.packets,
            received: self.reception.received,
            lost: self.reception.lost(),
            strangers: self.strangers,
            malformed: self.malformed,
            unopened: self.unopened,
            jitter: self.reception.jitter(),
            round_trip: self.reporter.round_trip,
            lost_there: self.reporter.lost_there,
            codec: self.agreed.as_ref().map(|a| a.settings.codec),
            ptime: self.agreed.as_ref().map(|a| a.ptime).unwrap_or_default(),
        }
    }
}

/// Whole milliseconds within bounds, so that the grid and the timestamps stay in step, and as the codec can make them.
fn whole_ptime(asked: Duration, codec: Codec) -> Duration {
    let ms = asked.as_millis().clamp(*PTIME.start(), *PTIME.end());
    Duration::from_millis(codec.packet_ms(ms as u64))
}
