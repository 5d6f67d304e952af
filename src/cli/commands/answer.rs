//! `madoguchi answer`: a test desk phone that answers calls.

use super::call::{start_ear, summary};
use super::{BAD, GOOD, Status, settings};
use crate::base::Secret;
use crate::cli::handset::{Ear, Handset, Manner, Scene, put_back, read_sound, voice, write_wav};
use crate::cli::output::{complain_line, print};
use crate::cli::running::{LogFormat, start_logging};
use crate::cli::settings::Settings;
use crate::net::ListenAddr;
use crate::phone::{OnCall, Visit};
use crate::signaling::{Limits, Transport, TrunkConfig};
use crate::sip::{Host, Uri};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Header fields of an INVITE that a desk reads.
const TELLING: [&str; 6] = [
    "X-Madoguchi-Case",
    "X-Madoguchi-Interpreter",
    "Accept-Language",
    "User-to-User",
    "P-Asserted-Identity",
    "Privacy",
];

/// Where the default settings' desks are.
const DESKS: [&str; 2] = ["udp:127.0.0.1:5061", "udp:127.0.0.1:5062"];

/// How long a registration is asked to last.
const REGISTRATION: Duration = Duration::from_secs(600);

/// The lower tone of a desk that was given nothing to say.
const VOICE_HZ: f64 = 400.0;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --listen this is every desk of the default settings, so that a call is answered at any\n\
    hour: the Japan desk on port 5061, the Global TAC on port 5062\n\
    Example: madoguchi answer --after 3 --record desk.wav\n\
    Example: madoguchi answer --listen 127.0.0.1:0 --register sip:sato@127.0.0.1 --password -"
)]
pub(super) struct Args {
    /// Where it is called; may be given several times
    #[arg(long, value_name = "ADDR", default_values = DESKS, value_parser = listen)]
    listen: Vec<ListenAddr>,
    /// Say this, over and over; else two soft tones in turn
    #[arg(long, value_name = "IN.wav")]
    play: Option<PathBuf>,
    /// Write what was heard to this file (OUT-2.wav for the second call, and so on)
    #[arg(long, value_name = "OUT.wav")]
    record: Option<PathBuf>,
    /// Ring so many seconds, then answer
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    after: u64,
    /// Be busy: refuse every call
    #[arg(long, conflicts_with_all = ["no_answer", "after"])]
    busy: bool,
    /// Ring and never answer
    #[arg(long, conflicts_with = "after")]
    no_answer: bool,
    /// Hang up so many seconds after a call came in; else the other side hangs up
    #[arg(long = "for", value_name = "SECONDS")]
    length: Option<u64>,
    /// End after the first call
    #[arg(long)]
    once: bool,
    /// Encrypt the audio where the caller can (SRTP)
    #[arg(long)]
    srtp: bool,
    /// Register there under this name, such as sip:sato@192.0.2.7;transport=tcp, and be called where that is
    #[arg(long, value_name = "URI", value_parser = registrar)]
    register: Option<Registrar>,
    /// The password it registers with; `-` reads it from the first line of standard input
    #[arg(long, requires = "register")]
    password: Option<String>,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let settings = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let answered = start_logging(LogFormat::Text, "warn")
            .and_then(|_logging| super::runtime()?.block_on(self.answer(&settings)));
        match answered {
            Ok(()) => GOOD,
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    async fn answer(self, settings: &Settings) -> Result<(), String> {
        let manner = Manner {
            on_call: self.on_call(),
            says: Some(self.play.as_deref().map_or_else(|| Ok(voice(VOICE_HZ)), read_sound)?),
            hang_up_after: self.length.map(Duration::from_secs),
            encrypts: self.srtp,
            registers: self.registers()?,
            ..Manner::answering("desk", Duration::ZERO)
        };
        let handset = Handset::bind(self.listen.clone(), settings.tls.config()?, None).await?;
        let listening: Vec<String> = handset.bound().listening().iter().map(ToString::to_string).collect();
        let scene = Scene::new("desk", BTreeMap::new(), "engine", print);
        let talking = handset.start(manner, None, scene)?;
        print(&format!("listening on {}\n", listening.join(", ")));
        let ear = async { start_ear(settings).await.ok().flatten() };
        let handle = talking.handle();
        let (mut visits, work) = talking.split();
        let wait = async {
            let ear = ear.await;
            let mut calls = 0;
            loop {
                let visit = tokio::select! {
                    visit = visits.recv() => visit,
                    _ = tokio::signal::ctrl_c() => None,
                };
                let Some(visit) = visit else { break };
                calls += 1;
                self.tell(&visit, calls, ear.as_ref())?;
                if self.once {
                    break;
                }
            }
            put_back(&handle).await;
            Ok(())
        };
        let ((), told) = tokio::join!(work, wait);
        told
    }

    /// Where it registers: as at a carrier that wants it.
    fn registers(&self) -> Result<Option<TrunkConfig>, String> {
        let Some(Registrar { user, host, port, transport }) = self.register.clone() else { return Ok(None) };
        let password = match self.password.as_deref() {
            Some("-") => Some(io::read_to_string(io::stdin().lock()).map_err(|error| error.to_string())?),
            password => password.map(str::to_string),
        };
        let line = |text: String| text.lines().next().unwrap_or_default().to_string();
        Ok(Some(TrunkConfig {
            name: "registrar".into(),
            host: host.to_string(),
            port,
            transport,
            domain: host,
            credentials: password.map(|text| (user.clone(), Secret::new(line(text)))),
            user,
            register: Some(REGISTRATION),
            keep_alive: None,
            dials_address: false,
            limits: Limits::default(),
        }))
    }

    fn on_call(&self) -> OnCall {
        match (self.busy, self.no_answer) {
            (true, _) => OnCall::Refuse(486),
            (_, true) => OnCall::RingForever,
            _ => OnCall::Answer { after: Duration::from_secs(self.after) },
        }
    }

    fn tell(&self, visit: &Visit, calls: u32, ear: Option<&Ear>) -> Result<(), String> {
        print(&told(visit));
        print(&summary(visit));
        if let (Some(ear), Some(from)) = (ear, visit.talked_from) {
            print(&ear.told(&visit.heard, from.since_start()));
        }
        if let Some(path) = self.record.as_deref().filter(|_| visit.talked_from.is_some()) {
            let path = numbered(path, calls);
            write_wav(&path, &visit.heard)?;
            print(&format!("recorded to {}\n", path.display()));
        }
        Ok(())
    }
}

/// Where a phone registers, and as whom.
#[derive(Clone, Debug)]
struct Registrar {
    user: String,
    host: Host,
    port: Option<u16>,
    transport: Transport,
}

/// `sip:sato@192.0.2.7:5060;transport=tcp`.
fn registrar(text: &str) -> Result<Registrar, String> {
    let uri = Uri::parse(text).map_err(|error| error.to_string())?;
    let Uri::Sip(sip) = &uri else { return Err(format!("`{}:` is nowhere to register", uri.scheme())) };
    let transport = match uri.param("transport") {
        Some(name) => Transport::named(&name).ok_or(format!("`{name}` is no transport of SIP"))?,
        None if sip.secure => Transport::Tls,
        None => Transport::Udp,
    };
    let user = uri.user().ok_or("it names no user: write it as sip:sato@192.0.2.7")?.into_owned();
    Ok(Registrar { user, host: sip.host.clone(), port: sip.port, transport })
}

/// What the INVITE said of the caller.
fn told(visit: &Visit) -> String {
    let telling =
        |(name, _): &&(String, String)| TELLING.iter().any(|known| known.eq_ignore_ascii_case(name));
    visit.invite.iter().filter(telling).map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// `desk.wav`, `desk-2.wav`, `desk-3.wav`.
fn numbered(path: &Path, calls: u32) -> PathBuf {
    if calls <= 1 {
        return path.to_path_buf();
    }
    let stem = path.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned());
    let extension = path.extension().map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
    path.with_file_name(format!("{stem}-{calls}{extension}"))
}

/// `udp:127.0.0.1:5061`, or without transport: UDP.
fn listen(text: &str) -> Result<ListenAddr, String> {
    text.parse()
        .or_else(|error: crate::net::NetError| format!("udp:{text}").parse().map_err(|_| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_transport_is_udp_and_recordings_are_numbered() {
        assert_eq!(listen("127.0.0.1:5062").map(|l| l.to_string()).as_deref(), Ok("udp:127.0.0.1:5062"));
        assert_eq!(listen("tcp:127.0.0.1:5062").map(|l| l.to_string()).as_deref(), Ok("tcp:127.0.0.1:5062"));
        assert!(listen("desk").is_err());
        let name = |calls| numbered(Path::new("a/desk.wav"), calls).display().to_string();
        assert_eq!((name(1), name(2)), ("a/desk.wav".to_string(), "a/desk-2.wav".to_string()));
    }
}
