//! `madoguchi call`: a test caller over real SIP and RTP.

use super::{BAD, GOOD, Status, settings};
use crate::cli::handset::{
    Ear, Handset, Listener, Manner, Scene, hang_up, put_back, read_sound, script, silence, write_wav,
};
use crate::cli::library;
use crate::cli::output::{complain_line, print};
use crate::cli::running::{LogFormat, reach, start_logging, transport_of};
use crate::cli::settings::Settings;
use crate::cli::speaker::Speaker;
use crate::dialplan::simulate::{Press, parse_keys};
use crate::net::{ListenAddr, resolve, source_towards};
use crate::phone::{KeyStyle, OnCall, Placing, Visit};
use crate::signaling::{Target, Transport};
use crate::sip::{Host, NameAddr, SipUri, Uri};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long it may ring.
const PATIENCE: Duration = Duration::from_secs(180);

#[derive(Debug, clap::Args)]
#[command(after_help = "TARGET is a number (the engine of the settings is called) or a SIP URI.\n\
    KEYS are digits, * and #, pressed one after the other; `,` waits until the prompt has ended and a second longer,\n\
    `p` lets a timeout pass.\n\
    Example: madoguchi call 0120339836 --keys 21 --record heard.wav")]
pub(super) struct Args {
    /// Whom to call
    target: String,
    /// What to press
    #[arg(long, default_value = "", value_parser = keys)]
    keys: Keys,
    /// Milliseconds between keys
    #[arg(long, value_name = "MS", default_value_t = 1_500)]
    pause: u64,
    /// Write what was heard to this file
    #[arg(long, value_name = "OUT.wav")]
    record: Option<PathBuf>,
    /// Say this, over and over; else nothing is said
    #[arg(long, value_name = "IN.wav")]
    play: Option<PathBuf>,
    /// Hang up so many seconds after dialling, where the other side has not
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 60)]
    length: u64,
    /// The number to call from; "anonymous" withholds it
    #[arg(long, value_name = "NUMBER", default_value = "0312345678")]
    from: String,
    /// How keys are sent
    #[arg(long, value_enum, default_value_t)]
    dtmf: Dtmf,
    /// Play what is heard on the sound card
    #[arg(long)]
    speaker: bool,
    /// Speak only where the audio is encrypted (SRTP)
    #[arg(long)]
    srtp: bool,
}

/// How keys are sent.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Dtmf {
    /// RFC 4733 telephone-events
    #[default]
    Event,
    /// SIP INFO
    Info,
    /// Tones in the audio
    Inband,
}

#[derive(Clone, Debug)]
struct Keys(Vec<Press>);

fn keys(text: &str) -> Result<Keys, String> {
    parse_keys(text).map(Keys).map_err(|bad| bad.to_string())
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let settings = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let called = start_logging(LogFormat::Text, "warn")
            .and_then(|_logging| super::runtime()?.block_on(self.call(&settings)));
        match called {
            Ok(visit) if visit.talked_from.is_some() => GOOD,
            Ok(_) => BAD,
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    async fn call(self, settings: &Settings) -> Result<Visit, String> {
        let manner = self.manner()?;
        let uri = target_uri(&self.target, settings)?;
        let handset = Handset::bind(vec![listen_towards(&uri).await?], settings.tls.config()?, None).await?;
        let target = reach(&uri, handset.bound()).await?;
        let scene = scene_of(&target);
        let placing = Placing { from: self.caller(&target), target, headers: Vec::new(), patience: PATIENCE };
        let talking = handset.start(manner, Some(placing), scene)?;
        let ear = start_ear(settings);
        let handle = talking.handle();
        let (mut visits, work) = talking.split();
        let wait = async {
            tokio::select! {
                visit = visits.recv() => {
                    put_back(&handle).await;
                    visit
                }
                _ = tokio::signal::ctrl_c() => hang_up(&handle, &mut visits).await,
            }
        };
        let ((), visit) = tokio::join!(work, wait);
        let visit = visit.ok_or("the call came to nothing")?;
        self.tell(&visit, ear.await.ok().flatten())?;
        Ok(visit)
    }

    fn manner(&self) -> Result<Manner, String> {
        let says = self.play.as_deref().map_or_else(|| Ok(silence()), read_sound)?;
        let speaker = if self.speaker { Some(Speaker::open()?) } else { None };
        Ok(Manner {
            on_call: OnCall::Refuse(486),
            script: script(&self.keys.0, Duration::from_millis(self.pause)),
            keys: match self.dtmf {
                Dtmf::Event => KeyStyle::Event,
                Dtmf::Info => KeyStyle::Info,
                Dtmf::Inband => KeyStyle::Inband,
            },
            says: Some(says),
            user: "caller".to_string(),
            hang_up_after: Some(Duration::from_secs(self.length)),
            encrypts: self.srtp,
            registers: None,
            listener: speaker.map(|speaker| -> Listener { Box::new(move |samples| speaker.say(samples)) }),
        })
    }

    fn caller(&self, target: &Target) -> NameAddr {
        match self.from.as_str() {
            "anonymous" => {
                let nobody = Host::Name("anonymous.invalid".to_string());
                NameAddr::new(Uri::sip(Some("anonymous"), nobody, None)).with_display("Anonymous")
            }
            number => NameAddr::new(Uri::sip(Some(number), Host::from(target.flow.local.ip()), None)),
        }
    }

    fn tell(&self, visit: &Visit, ear: Option<Ear>) -> Result<(), String> {
        print(&summary(visit));
        if let (Some(ear), Some(from)) = (ear, visit.talked_from) {
            print(&ear.told(&visit.heard, from.since_start()));
        }
        if let Some(path) = self.record.as_deref().filter(|_| visit.talked_from.is_some()) {
            write_wav(path, &visit.heard)?;
            print(&format!("recorded to {}\n", path.display()));
        }
        Ok(())
    }
}

/// One line on what came of a call.
pub(super) fn summary(visit: &Visit) -> String {
    let status = visit.end.as_ref().and_then(|end| end.status).map_or(String::new(), |s| format!(" ({s})"));
    match (visit.talked_from, visit.ended) {
        (Some(from), Some(to)) => {
            let stream = &visit.stream;
            format!(
                "talked {:.1} s; packets: {} sent, {} received, {} lost\n",
                (to - from).as_secs_f64(),
                stream.sent,
                stream.received,
                stream.lost
            )
        }
        _ => format!("not answered{status}\n"),
    }
}

/// Made beside the call: it takes a moment.
pub(super) fn start_ear(settings: &Settings) -> tokio::task::JoinHandle<Option<Ear>> {
    let folder = settings.prompts.clone();
    tokio::task::spawn_blocking(move || library::load(&folder).ok().map(|(_, library)| Ear::new(&library)))
}

fn scene_of(target: &Target) -> Scene {
    let others = BTreeMap::from([(target.flow.remote, "engine".to_string())]);
    Scene::new("caller", others, "other", print)
}

/// A SIP URI is itself; a number is called at the engine of the settings.
fn target_uri(text: &str, settings: &Settings) -> Result<SipUri, String> {
    let number = |user: &str| {
        let engine = engine_address(settings)?;
        Ok(SipUri::new(Some(user), Host::from(engine.ip()), Some(engine.port())))
    };
    match Uri::parse(text) {
        Ok(Uri::Sip(uri)) => Ok(uri),
        Ok(Uri::Tel(uri)) => number(uri.number()),
        _ if text.contains([':', '@', ' ']) => Err(format!("`{text}` is neither a number nor a SIP URI")),
        _ => number(text),
    }
}

/// Where the engine of the settings listens on UDP, seen from this machine.
fn engine_address(settings: &Settings) -> Result<SocketAddr, String> {
    let udp = settings.listen.iter().find(|listen| listen.transport == Transport::Udp);
    let address = udp.ok_or("the engine of the settings does not listen on UDP: call a SIP URI")?.address;
    let here = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    Ok(SocketAddr::new(here, address.port()))
}

/// A free port of the address from which packets to the target leave, on the target's transport.
async fn listen_towards(uri: &SipUri) -> Result<ListenAddr, String> {
    let transport = transport_of(uri)?;
    let remote = resolve(&uri.host.to_string(), 0).await.map_err(|error| error.to_string())?;
    let ip: IpAddr = source_towards(remote.ip()).ok_or_else(|| format!("no way leads to {}", remote.ip()))?;
    Ok(ListenAddr { transport, address: SocketAddr::new(ip, 0) })
}
