//! A node: anything that answers or places calls with SIP and RTP, as a machine without I/O.
//!
//! Owns: the one shape of inputs and outputs by which a shell (real sockets, or the simulator's
//! network) drives the engine and the test phones alike.
//!
//! Invariants: call one `handle_*`; drain [`Node::poll_output`] until `None`; wait until
//! [`Node::poll_deadline`]. For every [`Output::OpenPort`] exactly one `PortOpened` or `PortFailed`
//! comes back; a leg's sockets live until its `media::Command::Close` has been carried out.

pub mod floor;
pub mod journal;
mod question;

pub use question::{AskKey, PinAnswer, PinQuestion, Question, Told};

use crate::audio::{Library, Sound};
use crate::base::{CallKey, Deadline, LegKey, Now, PromptId};
use crate::call::Record;
use crate::case::{Case, CaseNumber};
use crate::dialplan::PlanSet;
use crate::dialplan::trail::Trail;
use crate::media;
use crate::signaling::{Flow, Lookup, Resolved};
use floor::QueueView;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// What a shell tells a node.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram, or one message framed from a stream.
    Message {
        /// The path it came on.
        flow: Flow,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Nothing can be sent on this path (refused, unreachable, closed).
    TransportFailed {
        /// The path.
        flow: Flow,
    },
    /// The connection of this path is gone. What was sent on it may have arrived.
    Disconnected {
        /// The path.
        flow: Flow,
    },
    /// Where a trunk is reached: the answer to [`Output::Resolve`].
    Resolved(Resolved),
    /// A pair of RTP and RTCP sockets is bound for a leg.
    PortOpened {
        /// The leg.
        leg: LegKey,
        /// The RTP address as the far side shall see it; RTCP is on the next port.
        address: SocketAddr,
    },
    /// No port is free, or binding failed.
    PortFailed {
        /// The leg.
        leg: LegKey,
    },
    /// From the media plane.
    Media(media::Event),
    /// PCM heard on a leg that is listened to.
    Heard {
        /// The leg.
        leg: LegKey,
        /// 8 kHz mono.
        samples: Vec<i16>,
    },
    /// The answer to an [`Output::Speak`].
    Spoken {
        /// What was to be said.
        id: PromptId,
        /// How it sounds; none where the voice cannot, or has too much to say.
        sound: Option<Sound>,
    },
    /// From the store.
    Stored(StoreDone),
    /// What came of a question.
    Told(Told),
    /// What came of a PIN.
    Verified(PinAnswer),
    /// What became of a recording; once for each that a media plane was asked for.
    Recorded(Recorded),
    /// New calls take these plans; calls in progress finish on theirs. Both fit each other.
    Plans {
        /// Checked plans.
        plans: Arc<PlanSet>,
        /// Their prompts.
        library: Arc<Library>,
    },
    /// Somebody watches: say how the queues stand. Answered by one [`Output::Queues`], by a node that has queues.
    ShowQueues,
    /// Somebody watches: say which calls there are. Answered by one [`Output::Calls`], by a node that has calls.
    ShowCalls,
    /// From now on these seats of queues, by what records call them, are offered nobody, and all others are.
    Away(BTreeSet<String>),
    /// Take no new calls; finish those in progress.
    Drain,
    /// End every call now.
    Stop,
}

/// What a node asks of its shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a SIP message.
    Transmit {
        /// On which path; a stream is opened where there is none.
        flow: Flow,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Find out where a trunk is reached; answered by [`Input::Resolved`], once.
    Resolve(Lookup),
    /// Bind a pair of RTP and RTCP sockets. Legs of one call share a media plane.
    OpenPort {
        /// The call.
        call: CallKey,
        /// The leg.
        leg: LegKey,
        /// The far side's address where known: picks the local address that reaches it.
        towards: Option<std::net::IpAddr>,
        /// How its packets are marked for routers (DSCP); none: as voice usually is.
        dscp: Option<u8>,
    },
    /// For the call's media plane. `Command::Close` also closes the leg's sockets once carried out.
    Media {
        /// The call.
        call: CallKey,
        /// The command.
        command: media::Command,
    },
    /// Every media plane plays from this library from now on; what plays already is not touched.
    Library(Arc<Library>),
    /// Have the voice say a prompt that is not recorded, in Japanese; answered by one [`Input::Spoken`].
    Speak {
        /// The prompt, of the names that `speech::Sentence::of` knows.
        id: PromptId,
    },
    /// For the store; answered by [`Input::Stored`] when durable. Order is kept.
    Store(StoreWrite),
    /// For a service outside; answered by [`Input::Told`], in any order.
    Ask(Box<Question>),
    /// For whoever keeps PINs; answered by [`Input::Verified`], in any order.
    Verify(Box<PinQuestion>),
    /// How the queues stand: the answer to [`Input::ShowQueues`].
    Queues(Vec<QueueView>),
    /// Every call that the store was not given yet, in no order: the answer to [`Input::ShowCalls`].
    Calls(Vec<CallStory>),
    /// For journals, logs and ladders.
    Journal(journal::Entry),
}

/// What the store is asked to do. Order is kept.
#[derive(Clone, Debug)]
pub enum StoreWrite {
    /// Set aside this many case numbers that nobody else will use.
    ReserveNumbers {
        /// How many.
        count: u64,
    },
    /// Keep the case as it now is.
    SaveCase(Box<Case>),
    /// Keep what is known of a call that is over.
    SaveCall(Box<CallStory>),
}

/// What is known of a call: of one that goes on, so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStory {
    /// Who, when, and why it ended.
    pub record: Record,
    /// What it did in its plan, where it came to one.
    pub trail: Option<Trail>,
}

/// What the store has done.
#[derive(Clone, Debug)]
pub enum StoreDone {
    /// These sequence numbers (see `CaseNumber::from_sequence`) are ours.
    NumbersReserved(std::ops::Range<u64>),
    /// The case is durable, at least as it was at the oldest write not yet answered.
    CaseSaved(CaseNumber),
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The recording.
    pub recording: media::RecordingKey,
    /// It is durable; nothing: it was not to be kept. An error says in one line why it is lost.
    pub result: Result<Option<Kept>, String>,
}

/// A recording that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its file in the folder of recordings.
    pub file: String,
    /// How long it is.
    pub length: Duration,
}

/// A machine that a shell drives.
pub trait Node {
    /// Takes an input.
    fn handle_input(&mut self, now: Now, input: Input);
    /// Does what is due.
    fn handle_deadline(&mut self, now: Now);
    /// The next thing to do.
    fn poll_output(&mut self) -> Option<Output>;
    /// When to call [`Node::handle_deadline`] next.
    fn poll_deadline(&self) -> Option<Deadline>;
    /// Whether nothing is left: no call, no leg, no transaction.
    fn is_idle(&self) -> bool;
    /// Whether it may be shut down: no call, no leg, no answer waited for. What only absorbs messages
    /// that peers may repeat (RFC 3261 timers D, I, J, K) can be dropped.
    fn is_free(&self) -> bool {
        self.is_idle()
    }
}
