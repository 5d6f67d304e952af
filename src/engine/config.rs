//! How an engine is set up: plain values, made from the settings by a shell.

use super::border::identity::NumberSource;
use crate::audio::Codec;
use crate::calendar::Calendar;
use crate::queue::{LineSpec, SeatSpec};
use crate::sdp::Fingerprint;
use crate::signaling::{self, Phones, Target, TrunkConfig};
use crate::sip::Host;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The engine's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The SIP endpoint.
    pub signaling: signaling::Config,
    /// When which desk is open.
    pub calendar: Calendar,
    /// Desks by name.
    pub desks: BTreeMap<Arc<str>, DeskConfig>,
    /// Queues by name.
    pub queues: BTreeMap<Arc<str>, QueueConfig>,
    /// Places outside the desks by name; nothing else is dialled.
    pub transfers: BTreeMap<Arc<str>, DialTarget>,
    /// The carriers by name. What their hosts assert of a caller is believed.
    pub trunks: BTreeMap<Arc<str>, Trunk>,
    /// The host written into our own From where no number is shown.
    pub host: Host,
    /// Whether in-band tones are listened for: on callers' legs, and on others that agreed no events.
    pub inband: bool,
    /// How long a party may send no audio while both sides may send; none: for ever.
    pub media_timeout: Option<Duration>,
    /// Whether the shell has a voice that says what is not recorded, in Japanese.
    pub speaks: bool,
    /// Whether callers are asked for PINs: the shell can have them verified.
    pub takes_pins: bool,
    /// Where audio is encrypted.
    pub encryption: Encryption,
    /// The codecs of calls by no trunk, best first.
    pub codecs: Vec<Codec>,
    /// The phones that may register; none: nobody may.
    pub phones: Option<Phones>,
    /// The certificate of audio whose keys are agreed on by DTLS; none: there is no such audio.
    pub certificate: Option<Fingerprint>,
    /// How the audio of phones is secured that are not rung as any other is.
    pub media_security: BTreeMap<Arc<str>, MediaSecurity>,
    /// The versions of IP that audio is spoken over.
    pub audio_over: IpVersions,
}

/// How the audio of a phone is secured when it is rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaSecurity {
    /// As the way to it and its Contact say.
    #[default]
    Auto,
    /// Not at all.
    Plain,
    /// With keys in the signaling, or there is no audio (RFC 4568).
    Sdes,
    /// With keys agreed on by DTLS, found by ICE, as pages of browsers have it (RFC 8827).
    Dtls,
}

/// Versions of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpVersions {
    /// Version 4.
    pub v4: bool,
    /// Version 6.
    pub v6: bool,
}

impl IpVersions {
    /// Both.
    pub const BOTH: IpVersions = IpVersions { v4: true, v6: true };

    /// Those of these addresses.
    pub fn of(ips: &[IpAddr]) -> IpVersions {
        IpVersions { v4: ips.iter().any(IpAddr::is_ipv4), v6: ips.iter().any(IpAddr::is_ipv6) }
    }

    /// Whether an address is of one of these.
    pub fn have(self, ip: IpAddr) -> bool {
        if ip.is_ipv4() { self.v4 } else { self.v6 }
    }
}

/// Where audio is encrypted (SRTP). The keys stand in the signaling: who reads that can read the audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Nowhere.
    Never,
    /// Where the signaling is encrypted.
    #[default]
    OverTls,
    /// Wherever the far side does it too.
    Always,
}

impl Encryption {
    /// Whether audio may be encrypted where the signaling takes such a path.
    pub fn covers(self, is_secure: bool) -> bool {
        match self {
            Encryption::Never => false,
            Encryption::OverTls => is_secure,
            Encryption::Always => true,
        }
    }
}

/// A desk that can be dialled.
#[derive(Clone, Debug, Default)]
pub struct DeskConfig {
    /// Where `dial` reaches it, first to last.
    pub dial: Vec<DialTarget>,
    /// Whom its people may refer their callers to, beside each other and where `dial` reaches.
    pub refers_to: Vec<Reference>,
}

/// Somebody to whom the people of a desk may refer their callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A desk, by its name, or one of its seats.
    Desk(Arc<str>),
    /// A place outside the desks, by its name or address.
    Place(Arc<str>),
    /// Any number under the prefixes of this trunk.
    Trunk(Arc<str>),
}

/// A carrier.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// How it is reached, and what it carries.
    pub line: TrunkConfig,
    /// What it is like.
    pub habits: Habits,
}

/// What calls by a carrier are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habits {
    /// The codecs it takes, best first.
    pub codecs: Vec<Codec>,
    /// Where the number that was called is looked for, in order.
    pub number_from: Vec<NumberSource>,
    /// How long the packets we offer it are; none: as long as the caller's.
    pub ptime_ms: Option<u16>,
    /// Whether it is told reliably that somebody rings, where it can be (RFC 3262).
    pub reliable: bool,
    /// The mark of audio packets (DSCP); none: as voice usually is.
    pub dscp: Option<u8>,
}

impl Default for Habits {
    fn default() -> Habits {
        Habits {
            codecs: Codec::ALL.to_vec(),
            number_from: NumberSource::ALL.to_vec(),
            ptime_ms: None,
            reliable: false,
            dscp: None,
        }
    }
}

/// The way to a place.
#[derive(Clone, Debug)]
pub enum Way {
    /// To an address of its own.
    To(Box<Target>),
    /// By a trunk.
    By {
        /// The trunk.
        trunk: Arc<str>,
        /// The number dialled by it.
        number: String,
    },
    /// To wherever this phone is registered.
    Phone(Arc<str>),
}

impl Way {
    /// What records and cases call it.
    pub fn name(&self) -> String {
        match self {
            Way::To(target) => target.uri.to_string(),
            Way::By { trunk, number } => format!("trunk:{trunk}/{number}"),
            Way::Phone(name) => format!("phone:{name}"),
        }
    }
}

/// A place to ring.
#[derive(Clone, Debug)]
pub struct DialTarget {
    /// The way there.
    pub way: Way,
    /// Whether the caller's number may be asserted to it (RFC 3325 trust domain).
    pub trusted: bool,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct QueueConfig {
    /// The desk it belongs to: its hours decide whether the queue takes callers.
    pub desk: Arc<str>,
    /// The tier that takes its calls, 1 or 2.
    pub tier: u8,
    /// How many may wait.
    pub max_waiting: usize,
    /// How long one seat rings.
    pub ring: Duration,
    /// The places to ring, in turn.
    pub seats: Vec<SeatConfig>,
}

/// A place of a queue.
#[derive(Clone, Debug)]
pub struct SeatConfig {
    /// Where it is.
    pub target: DialTarget,
    /// How many calls it takes at once.
    pub calls_at_once: u32,
}

impl Config {
    /// What calls by this trunk are like; by none: as any.
    pub(super) fn habits(&self, trunk: Option<&str>) -> Habits {
        let trunk = trunk.and_then(|name| self.trunks.get(name));
        let usual = || Habits { codecs: self.codecs.clone(), ..Habits::default() };
        trunk.map(|trunk| trunk.habits.clone()).unwrap_or_else(usual)
    }

    pub(super) fn lines(&self) -> BTreeMap<Arc<str>, LineSpec> {
        let seat = |s: &SeatConfig| SeatSpec { calls_at_once: s.calls_at_once };
        let spec = |q: &QueueConfig| LineSpec {
            max_waiting: q.max_waiting,
            seats: q.seats.iter().map(seat).collect(),
        };
        self.queues.iter().map(|(name, queue)| (name.clone(), spec(queue))).collect()
    }
}
