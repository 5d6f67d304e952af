//! What the engine asks of a media plane, and what comes back: plain values for bounded mailboxes.

use super::dtls::Failure;
use crate::audio::{Codec, Wishes};
use crate::base::quality::Line;
use crate::base::{AudioQuality, Clip, Digit, LegKey, RecordingLimits};
use crate::sdp::{Dtls, Events, Ice, Keys};
use std::net::SocketAddr;
use std::time::Duration;

/// Names one playout, so that a late "done" of a stopped one is not taken for the next one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayKey(pub u64);

/// Names one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingKey(pub u64);

/// Which of a stream's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// The even port of SDP's `m=` line.
    Rtp,
    /// The next port (RFC 3550 11). RTCP that arrives on `Rtp` is accepted too (RFC 5761).
    Rtcp,
}

/// Who may send, seen from the engine (RFC 3264 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    SendRecv,
    /// We send, the far side holds us or only listens.
    SendOnly,
    /// We only listen.
    RecvOnly,
    /// Nobody sends.
    Inactive,
}

impl Direction {
    /// Whether the engine may send audio.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the engine takes audio.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Audio in this codec.
    Audio(Codec),
    /// Telephone-event (RFC 4733), durations in ticks of this clock.
    Events {
        /// Ticks a second.
        clock_hz: u32,
    },
    /// Comfort noise (RFC 3389).
    Noise,
}

/// What offer and answer agreed for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the far side's SDP wants RTP.
    pub remote_rtp: SocketAddr,
    /// Where it wants RTCP.
    pub remote_rtcp: SocketAddr,
    /// Whether the first steady sender's address replaces `remote_rtp`, once: set where SDP's
    /// address is private or unreachable and the packets come from elsewhere (RFC 4961, field
    /// practice against RTP bleed).
    pub learn: bool,
    /// The codec to send.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// What the far side wants of our encoder.
    pub wishes: Wishes,
    /// Telephone-event, where agreed (RFC 4733).
    pub events: Option<Events>,
    /// Other numbers under which the far side may send, and what.
    pub also: Vec<(u8, Carried)>,
    /// Who may send.
    pub direction: Direction,
    /// Packet duration to send; 20 ms unless the far side asked for another.
    pub ptime: Duration,
    /// Whether in-band tones are listened for. Detection is de-duplicated with the other forms.
    pub inband: bool,
    /// How long the far side may send nothing at all, RTCP included, while both may send; none: for ever.
    pub timeout: Option<Duration>,
    /// Keys of both directions; none: in clear text.
    pub keys: Option<Box<Keys>>,
    /// How keys are agreed on where they are not in the descriptions; nothing leaves before. Never beside `keys`.
    pub dtls: Option<Dtls>,
    /// Credentials of the checks that find the far side; it is nowhere else then. Nothing leaves before.
    pub ice: Option<Box<Ice>>,
}

/// What a plane is asked to do. Commands for unknown legs are ignored (the leg may just have closed).
#[derive(Clone, Debug)]
pub enum Command {
    /// A stream exists from now on; its sockets are bound.
    Open {
        /// The stream's leg.
        leg: LegKey,
        /// SSRC to send with.
        ssrc: u32,
        /// First sequence number and timestamp (random, RFC 3550 5.1).
        first_seq: u16,
        /// First RTP timestamp.
        first_timestamp: u32,
        /// RTCP CNAME.
        cname: String,
    },
    /// Offer and answer agreed, for the first time or again. Plays and bridges go on.
    Configure {
        /// The stream's leg.
        leg: LegKey,
        /// What was agreed.
        settings: Settings,
    },
    /// Play these clips in order, in place of whatever plays. Ends with [`Event::PlayDone`] unless `repeat`.
    Play {
        /// The stream's leg.
        leg: LegKey,
        /// Names this playout.
        play: PlayKey,
        /// What to play.
        clips: Vec<Clip>,
        /// Start again after the last clip, until stopped.
        repeat: bool,
    },
    /// Stop what plays; the next packet is the bridge's or none. No [`Event::PlayDone`] follows.
    Stop {
        /// The stream's leg.
        leg: LegKey,
    },
    /// Join two streams of this plane: each hears the other.
    Bridge {
        /// One side.
        a: LegKey,
        /// The other side.
        b: LegKey,
    },
    /// Part a stream from whoever it is joined to.
    Unbridge {
        /// One side.
        leg: LegKey,
    },
    /// A digit that came by signalling (SIP INFO), to be de-duplicated with the stream's own.
    DigitFromInfo {
        /// The stream's leg.
        leg: LegKey,
        /// The key.
        digit: Digit,
    },
    /// Press keys towards the far side: telephone-events where agreed, else (or where `inband`) tones.
    PressKeys {
        /// The stream's leg.
        leg: LegKey,
        /// The keys, in order.
        digits: Vec<Digit>,
        /// How long each key is held; 100 ms is usual. The gap between keys is as long, at least 50 ms.
        hold: Duration,
        /// Send tones in the audio even where telephone-event was agreed.
        inband: bool,
    },
    /// Record what is heard from now on, in place of what is recorded. Comes out as [`Output::Take`]; every
    /// recording ends, at the latest when its stream closes.
    Record {
        /// The stream's leg.
        leg: LegKey,
        /// Names this recording.
        recording: RecordingKey,
        /// What it is to be called where it is kept.
        name: String,
        /// When it ends by itself, which is told by [`Event::RecordingEnded`].
        limits: RecordingLimits,
    },
    /// End the recording, where there is one.
    StopRecording {
        /// The stream's leg.
        leg: LegKey,
    },
    /// Hand up what is heard as [`Output::Heard`], or stop doing so.
    Listen {
        /// The stream's leg.
        leg: LegKey,
        /// On or off.
        on: bool,
    },
    /// Play PCM (8 kHz mono) from memory: a test caller's own recording. Ends with [`Event::PlayDone`].
    PlayPcm {
        /// The stream's leg.
        leg: LegKey,
        /// Names this playout.
        play: PlayKey,
        /// The samples.
        samples: std::sync::Arc<[i16]>,
        /// Start again at the end.
        repeat: bool,
    },
    /// The stream ends. Answered by [`Event::Closed`].
    Close {
        /// The stream's leg.
        leg: LegKey,
    },
}

impl Command {
    /// The leg it is for; of a bridge, one side.
    pub fn leg(&self) -> LegKey {
        match self {
            Command::Open { leg, .. }
            | Command::Configure { leg, .. }
            | Command::Play { leg, .. }
            | Command::Stop { leg }
            | Command::Bridge { a: leg, .. }
            | Command::Unbridge { leg }
            | Command::DigitFromInfo { leg, .. }
            | Command::PressKeys { leg, .. }
            | Command::Record { leg, .. }
            | Command::StopRecording { leg }
            | Command::Listen { leg, .. }
            | Command::PlayPcm { leg, .. }
            | Command::Close { leg } => *leg,
        }
    }
}

/// How a digit arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigitSource {
    /// RFC 4733 telephone-event.
    TelephoneEvent,
    /// SIP INFO.
    Info,
    /// Tones in the audio.
    Inband,
}

/// What happened on a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed: reported once, at its first sign.
    Digit {
        /// The stream's leg.
        leg: LegKey,
        /// The key.
        digit: Digit,
        /// What was seen first.
        source: DigitSource,
    },
    /// The last packet of a playout has left.
    PlayDone {
        /// The stream's leg.
        leg: LegKey,
        /// Which playout.
        play: PlayKey,
    },
    /// A clip names a prompt that the library lacks: it was skipped.
    MissingClip {
        /// The stream's leg.
        leg: LegKey,
        /// The clip.
        clip: Clip,
    },
    /// A rule of the plane's own broke in this stream: it is silent and deaf from now on, until it is closed.
    Broken {
        /// The stream's leg.
        leg: LegKey,
    },
    /// The far side's real address was learnt; it is never learnt again.
    Learned {
        /// The stream's leg.
        leg: LegKey,
        /// The address.
        remote: SocketAddr,
    },
    /// The far side sent nothing for as long as it may, or checks no more whether it is reached: its machine or the
    /// way to it is dead.
    Lost {
        /// The stream's leg.
        leg: LegKey,
    },
    /// No keys were agreed on: nothing is sent to the far side nor taken from it. Told once.
    NoKeys {
        /// The stream's leg.
        leg: LegKey,
        /// Why not.
        why: Failure,
    },
    /// A recording ended by itself: silence, or as long as it may be.
    RecordingEnded {
        /// The stream's leg.
        leg: LegKey,
        /// Which.
        recording: RecordingKey,
    },
    /// The stream is gone.
    Closed {
        /// The stream's leg.
        leg: LegKey,
        /// What it saw.
        report: StreamReport,
    },
}

/// Counters of a stream's life, for the call record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamReport {
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets taken from the far side.
    pub received: u64,
    /// Packets missing by sequence number.
    pub lost: u64,
    /// Packets from addresses that are not the far side's: counted and dropped.
    pub strangers: u64,
    /// Packets that were no RTP of this stream (bad version, unknown payload type, too short).
    pub malformed: u64,
    /// Packets that the stream's keys do not open: changed, forged, repeated, in clear text.
    pub unopened: u64,
    /// Interarrival jitter (RFC 3550 6.4.1).
    pub jitter: Duration,
    /// Round trip by RTCP, where the far side reported.
    pub round_trip: Option<Duration>,
    /// Packets of ours that never came there, where the far side reported.
    pub lost_there: Option<u64>,
    /// The codec agreed last; none: nothing was.
    pub codec: Option<Codec>,
    /// How long a packet's speech is.
    pub ptime: Duration,
}

impl StreamReport {
    /// The counters as a call's record keeps them; none where nothing went either way.
    pub fn quality(&self) -> Option<AudioQuality> {
        let codec = self.codec.filter(|_| self.sent + self.received > 0)?;
        let line = Line {
            received: self.received,
            lost: self.lost,
            jitter: self.jitter,
            round_trip: self.round_trip,
            packet: self.ptime,
            robustness: codec.robustness(),
        };
        Some(AudioQuality {
            codec: codec.encoding_name().to_string(),
            sent: self.sent,
            received: self.received,
            lost: self.lost,
            lost_there: self.lost_there,
            jitter: self.jitter,
            round_trip: self.round_trip,
            mos: line.mos(),
        })
    }
}

/// A piece of a recording, for whoever keeps it: one beginning, samples in order, one end.
#[derive(Clone, Debug, PartialEq)]
pub enum Take {
    /// It begins. One that never began may end.
    Begin {
        /// The recording.
        recording: RecordingKey,
        /// What it is to be called.
        name: String,
    },
    /// 8 kHz mono; losses are concealed.
    Samples {
        /// The recording.
        recording: RecordingKey,
        /// The samples.
        samples: Vec<i16>,
    },
    /// It is over.
    End {
        /// The recording.
        recording: RecordingKey,
        /// Whether it is long enough to be kept.
        keep: bool,
        /// Whether everything that was heard is in it.
        complete: bool,
    },
}

/// What a plane wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this datagram from the stream's socket.
    Packet {
        /// The stream's leg.
        leg: LegKey,
        /// From which socket.
        port: Port,
        /// To where.
        to: SocketAddr,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// Tell the engine.
    Event(Event),
    /// Hand to whoever keeps recordings. Order is kept.
    Take(Take),
    /// PCM (8 kHz mono) heard on a stream that is listened to, in order, losses filled with silence.
    Heard {
        /// The stream's leg.
        leg: LegKey,
        /// The samples.
        samples: Vec<i16>,
    },
}
