//! A test phone on real sockets: places or answers calls, draws its ladder as it happens.
//!
//! Owns: where the phone listens, what it is to do, what is printed of it. Does not know: what the
//! other side is; the engine is one more peer.
//!
//! Invariants: every call that ends is reported once, with all that was heard.

mod ear;
mod held;
mod keys;
mod scene;

pub use ear::{Ear, read_sound, silence, voice, write_wav};
pub use held::Listener;
pub use keys::script;
pub use scene::Scene;

use crate::audio::{Codec, LibraryBuilder};
use crate::base::{Rng, UnixTime};
use crate::net::{Bound, ListenAddr, Shell, ShellConfig, ShellHandle, TlsConfig, fresh_rng};
use crate::node::Input;
use crate::phone::{self, Act, KeyStyle, OnCall, Phone, Placing, Visit};
use crate::signaling::{self, TrunkConfig};
use held::Held;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};

/// Ports of test phones, below those that systems give away by themselves.
const PORTS: RangeInclusive<u16> = 12_000..=19_999;
/// Ports of one phone.
const PORTS_OF_ONE: u16 = 200;
/// Calls of one phone that may be over and not yet asked for.
const VISITS: usize = 64;
/// Calls of one phone at once.
const LINES: usize = 32;
/// For the last messages of a call to be answered.
const LAST_MESSAGES: Duration = Duration::from_millis(300);
/// How long the end of calls may take where the phone is stopped.
const STOPPING: Duration = Duration::from_secs(5);

/// What a phone does, beside placing a call.
pub struct Manner {
    /// With incoming calls.
    pub on_call: OnCall,
    /// Once a call is up.
    pub script: Vec<Act>,
    /// How keys are sent.
    pub keys: KeyStyle,
    /// What it says, over and over.
    pub says: Option<Arc<[i16]>>,
    /// The user part of its Contact.
    pub user: String,
    /// Hangs up so long after it dialled or was called.
    pub hang_up_after: Option<Duration>,
    /// Who listens while it is spoken.
    pub listener: Option<Listener>,
    /// Whether its audio is encrypted.
    pub encrypts: bool,
    /// Where it registers, and as whom.
    pub registers: Option<TrunkConfig>,
}

impl Manner {
    /// Answers after ringing so long, and listens.
    pub fn answering(user: &str, after: Duration) -> Manner {
        Manner {
            on_call: OnCall::Answer { after },
            script: Vec::new(),
            keys: KeyStyle::Event,
            says: None,
            user: user.to_string(),
            hang_up_after: None,
            listener: None,
            encrypts: false,
            registers: None,
        }
    }
}

/// A phone with its sockets, on the hook.
pub struct Handset {
    bound: Bound,
    rng: Rng,
}

impl Handset {
    /// Listens there.
    ///
    /// # Errors
    /// In one line: the address is in use, or not ours.
    pub async fn bind(
        listen: Vec<ListenAddr>,
        tls: TlsConfig,
        wall: Option<UnixTime>,
    ) -> Result<Handset, String> {
        let mut rng = fresh_rng();
        let config = ShellConfig {
            workers: 1,
            stop_timeout: STOPPING,
            tls,
            wall,
            ..ShellConfig::new(listen, some_ports(&mut rng))
        };
        let bound = Bound::bind(config).await.map_err(|error| error.to_string())?;
        Ok(Handset { bound, rng })
    }

    /// Its sockets.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Takes the phone off its shelf; with a call to place it dials at once.
    ///
    /// # Errors
    /// In one line: no thread for its audio.
    pub fn start(self, manner: Manner, placing: Option<Placing>, scene: Scene) -> Result<Talking, String> {
        let config = phone::Config {
            signaling: signaling_config(&manner.user),
            on_call: manner.on_call,
            script: manner.script,
            codecs: Codec::ALL.to_vec(),
            keys: manner.keys,
            reliable: false,
            keep_audio: true,
            says: manner.says,
            encrypts: manner.encrypts,
        };
        let (tell, visits) = channel(VISITS);
        let mut phone = Phone::new(config, self.rng.fork("handset"));
        manner.registers.into_iter().for_each(|registrar| phone.register(registrar));
        let held = Held::new(phone, placing, manner.hang_up_after, manner.listener, tell);
        let nothing = Arc::new(LibraryBuilder::new().build());
        let mut shell = self.bound.start(held, nothing).map_err(|error| error.to_string())?;
        shell.on_wire(scene.tap());
        let journal = scene;
        shell.on_journal(move |entry| journal.enter(entry));
        Ok(Talking { shell, visits })
    }
}

/// A phone at work.
pub struct Talking {
    shell: Shell<Held>,
    /// Calls that are over.
    pub visits: Receiver<Visit>,
}

impl Talking {
    /// Stops the phone.
    pub fn handle(&self) -> ShellHandle {
        self.shell.handle()
    }

    /// The calls that end, and the work to be driven meanwhile.
    pub fn split(self) -> (Receiver<Visit>, impl Future<Output = ()>) {
        let Talking { shell, visits } = self;
        (visits, async move {
            shell.run(std::future::pending()).await;
        })
    }
}

/// Hangs up, where the call is still up, and puts the phone back when its last messages were answered.
/// The call that ended.
pub async fn hang_up(handle: &ShellHandle, visits: &mut Receiver<Visit>) -> Option<Visit> {
    handle.input(Input::Stop).await.ok()?;
    let visit = tokio::time::timeout(STOPPING, visits.recv()).await.ok().flatten();
    put_back(handle).await;
    visit
}

/// Puts the phone back when its last messages were answered.
pub async fn put_back(handle: &ShellHandle) {
    // Nothing tells that a peer will repeat no message any more.
    tokio::time::sleep(LAST_MESSAGES).await;
    handle.stop();
}

fn signaling_config(user: &str) -> signaling::Config {
    signaling::Config {
        product: concat!("madoguchi-phone/", env!("CARGO_PKG_VERSION")).to_string(),
        user: user.to_string(),
        max_legs: LINES,
        max_legs_of_stranger: usize::MAX,
        known: Default::default(),
        max_transactions: 8 * LINES,
        advertise: None,
        timer: signaling::SessionTimer::default(),
    }
}

/// A part of the range that other phones of this machine are unlikely to use.
fn some_ports(rng: &mut Rng) -> RangeInclusive<u16> {
    let parts = (PORTS.end() - PORTS.start()) / PORTS_OF_ONE;
    let part = u16::try_from(rng.below(u64::from(parts))).unwrap_or(0);
    let first = PORTS.start() + part * PORTS_OF_ONE;
    first..=first + PORTS_OF_ONE - 1
}
