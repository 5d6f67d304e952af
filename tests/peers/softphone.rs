//! What softphones of every maker can do, and the stage on which two of them meet through an engine.

use crate::desks;
use crate::engine::{Desks, Engine, Tls};
use crate::papers::{Paper, Papers};
use crate::ports;
use crate::process::Process;
use crate::prompts;
use madoguchi::audio::decode::from_samples;
use madoguchi::audio::matcher::Matcher;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// What caller and desk say: recordings that the plan does not use on this way.
pub const CALLER_SAYS: &str = "email-not-accepted";
pub const DESK_SAYS: &str = "s1-s2-phone-only";

/// How much of what was said tells that it was heard.
const ENOUGH: Duration = Duration::from_millis(600);

/// Of a phone that registers.
const PASSWORD: &str = "himitsu";

/// A softphone that is ready.
pub trait Softphone {
    /// Over what it registers, where it cannot be called without.
    const REGISTERS: Option<&'static str> = None;
    /// Whether it asks so much of the machine that one stage with it is enough at a time.
    const IS_HEAVY: bool = false;

    fn start(folder: &Path, phone: &Phone<'_>) -> Self;
    /// Where it takes calls.
    fn port(&self) -> u16;
    /// Calls somebody.
    fn dial(&mut self, uri: &str);
    /// Waits until its call is up.
    fn wait_up(&mut self);
    fn press(&mut self, key: char);
    /// Puts its call on hold.
    fn hold(&mut self);
    /// Takes it back.
    fn resume(&mut self);
    /// Transfers its caller.
    fn refer(&mut self, uri: &str);
    fn hang_up(&mut self);
    /// Waits until its call is over.
    fn wait_over(&mut self);
    /// How many milliseconds of its call it has recorded.
    fn recorded(&self) -> u64;
    /// What it heard in its call, which is over: at 8 kHz whatever the codec.
    fn heard(&mut self) -> Vec<i16>;
    /// What it logged, which has every message; where it keeps such a log.
    fn log(&self) -> String;
    fn process(&self) -> &Process;

    /// Waits until it has heard so many milliseconds more.
    fn hear(&self, milliseconds: u64) {
        self.hear_until(self.recorded() + milliseconds);
    }

    /// Waits until it has recorded so many milliseconds in all.
    fn hear_until(&self, milliseconds: u64) {
        self.process().wait_outside(&format!("{milliseconds} ms heard"), || self.recorded() >= milliseconds);
    }
}

/// How a key travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RFC 4733.
    Event,
    /// RFC 6086.
    Info,
    /// As a sound.
    Tone,
}

/// How a softphone is set up.
pub struct Phone<'a> {
    pub name: &'a str,
    /// Its name in SDP: `PCMU`, `PCMA`, `G722`.
    pub codec: &'a str,
    /// `auto` or `manual`.
    pub answers: &'a str,
    /// What it says, from its first moment in a call on.
    pub says: &'a Path,
    /// Its certificate, the key, and whose it believes: then it speaks TLS alone.
    pub tls: Option<(&'a Paper, &'a Path)>,
    /// Whether its audio is encrypted, or none.
    pub srtp: bool,
    /// The engine's WebSocket, for those that speak over nothing else.
    pub web: &'a str,
    /// Where it registers: the port, over which transport, and with which password.
    pub registers: Option<(u16, &'static str, &'static str)>,
    /// How its keys travel.
    pub keys: Key,
    pub demands: Demands,
}

impl<'a> Phone<'a> {
    /// One that asks for nothing in particular.
    pub fn plain(name: &'a str, answers: &'a str, says: &'a Path) -> Phone<'a> {
        Phone {
            name,
            codec: "PCMU",
            answers,
            says,
            tls: None,
            srtp: false,
            web: "",
            registers: None,
            keys: Key::Event,
            demands: Demands::default(),
        }
    }
}

/// What a softphone insists on.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Demands {
    /// A session timer, and of so many seconds (RFC 4028).
    pub timer: Option<u32>,
    /// That provisional responses are acknowledged (RFC 3262).
    pub prack: bool,
}

/// What a stage is set up with.
pub struct Scene<'a> {
    /// The caller's codec, and the desk's.
    pub codecs: [&'a str; 2],
    /// TLS to either phone.
    pub secure: Option<Secure>,
    /// Over what the desk's phone registers, where it is not called without. Over `tls` its audio is encrypted.
    pub registers: Option<&'static str>,
    /// How the caller's keys travel.
    pub keys: Key,
    /// Of either phone.
    pub demands: Demands,
    /// More settings of the engine, by its environment.
    pub settings: &'a [(&'a str, &'a str)],
}

/// How signaling and audio are secured.
pub struct Secure {
    /// Whether audio is encrypted, or none.
    pub srtp: bool,
    /// The desk's certificate.
    pub desk: fn(&Papers) -> Paper,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Scene {
            codecs: ["PCMU", "PCMU"],
            secure: None,
            registers: None,
            keys: Key::Event,
            demands: Demands::default(),
            settings: &[],
        }
    }
}

/// An engine, a caller's softphone and the one at its Japan desk.
pub struct Stage<C, D> {
    pub engine: Engine,
    pub caller: C,
    pub desk: D,
    number: String,
    _folder: TempDir,
    _alone: Option<MutexGuard<'static, ()>>,
}

/// Held by whoever has a heavy softphone.
pub fn alone() -> MutexGuard<'static, ()> {
    static STAGE: Mutex<()> = Mutex::new(());
    STAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Softphone, D: Softphone> Stage<C, D> {
    pub fn set(scene: &Scene<'_>) -> Stage<C, D> {
        let alone = (C::IS_HEAVY || D::IS_HEAVY).then(alone);
        let registers = scene.registers.or(D::REGISTERS);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let papers = Papers::new(folder.path());
        let ca = papers.ca();
        let says = [CALLER_SAYS, DESK_SAYS].map(|prompt| speech(folder.path(), prompt));
        let paper = scene.secure.as_ref().map(|secure| [papers.issue("caller"), (secure.desk)(&papers)]);
        let phone = |of: usize| Phone {
            codec: scene.codecs[of],
            tls: paper.as_ref().map(|papers| (&papers[of], ca.as_path())),
            srtp: scene.secure.as_ref().is_some_and(|secure| secure.srtp),
            keys: scene.keys,
            demands: scene.demands,
            ..Phone::plain(["caller", "japan-desk"][of], ["manual", "auto"][of], &says[of])
        };
        let tls = ports::one();
        let start = |japan: Option<u16>| {
            let over_tls = scene.secure.is_some() || matches!(registers, Some("tls" | "wss"));
            let tls = over_tls.then(|| Tls {
                paper: papers.issue("engine"),
                ca: ca.clone(),
                port: tls,
                sips: scene.secure.as_ref().is_some_and(|secure| secure.srtp),
            });
            let registers = registers.map(|_| PASSWORD);
            Engine::start_with(&Desks { japan, tls, registers, ..Desks::default() }, scene.settings)
        };
        let (engine, desk) = match registers {
            None => {
                let desk = D::start(folder.path(), &phone(1));
                (start(Some(desk.port())), desk)
            }
            Some(transport) => {
                let engine = start(None);
                let (over_tls, paper) = (transport == "tls", papers.issue("sato"));
                let registrar = if over_tls { tls } else { engine.sip.port() };
                let desk = Phone {
                    name: "sato",
                    web: &engine.web,
                    tls: over_tls.then_some((&paper, ca.as_path())),
                    srtp: over_tls,
                    registers: Some((registrar, transport, PASSWORD)),
                    ..phone(1)
                };
                let desk = D::start(folder.path(), &desk);
                engine.process.wait_for(&format!("it is at {transport} 127.0.0.1:"));
                (engine, desk)
            }
        };
        let at = scene.secure.as_ref().map(|_| format!("127.0.0.1:{tls};transport=tls"));
        let number = format!("sip:0120339836@{}", at.unwrap_or_else(|| engine.sip.to_string()));
        let caller = C::start(folder.path(), &Phone { web: &engine.web, ..phone(0) });
        Stage { engine, caller, desk, number, _folder: folder, _alone: alone }
    }

    /// The same engine and phones, where the number is reached elsewhere.
    pub fn reached_at(self, number: String) -> Stage<C, D> {
        Stage { number, ..self }
    }

    /// The caller dials and is answered.
    pub fn dial(&mut self) {
        self.caller.dial(&self.number);
        self.caller.wait_up();
    }

    /// The caller presses 2 and 1, and comes into the line of the Japan desk.
    pub fn choose(&mut self) {
        self.caller.hear(2_000);
        self.caller.press('2');
        self.engine.process.wait_for("menu-pin:ja");
        self.caller.hear(2_000);
        self.caller.press('1');
        self.engine.process.wait_for("free-trial-notice:ja");
        self.caller.press('#');
    }

    /// The caller gets into the line of the Japan desk.
    pub fn call(&mut self) {
        self.dial();
        self.choose();
    }

    /// The desk takes the call, and both talk.
    pub fn talk(&mut self) {
        self.engine.process.wait_for("connected desk=japan");
        self.desk.wait_up();
        self.listen();
    }

    /// Each hears the other for a while.
    pub fn listen(&self) {
        let until = [self.desk.recorded(), self.caller.recorded()].map(|recorded| recorded + 3_000);
        self.desk.hear_until(until[0]);
        self.caller.hear_until(until[1]);
    }

    /// The caller hangs up: the case is as it should be, and each heard what was said.
    pub fn part(self) -> Parted {
        let Stage { engine, mut caller, mut desk, _alone, .. } = self;
        caller.hang_up();
        caller.wait_over();
        desk.wait_over();
        let case = engine.case_after_call();
        assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
        desks::assert_japanese_with_pin(&case);
        let parted = Parted { engine, at_the_caller: caller.heard(), at_the_desk: desk.heard() };
        let menus = ["menu-language", "menu-pin"];
        let heard = names(&parted.at_the_caller);
        assert!(menus.iter().chain(&[DESK_SAYS]).all(|prompt| has(&heard, prompt)), "{heard:?}");
        let heard = names(&parted.at_the_desk);
        assert!(has(&heard, CALLER_SAYS) && !menus.iter().any(|prompt| has(&heard, prompt)), "{heard:?}");
        parted
    }

    /// All of it: called, connected, talked, over.
    pub fn play(mut self) -> Parted {
        self.call();
        self.talk();
        self.part()
    }
}

/// What is left of a stage.
pub struct Parted {
    pub engine: Engine,
    /// What the caller heard, from the answer on; the same for the desk.
    pub at_the_caller: Vec<i16>,
    pub at_the_desk: Vec<i16>,
}

/// Whether a prompt was heard from so many milliseconds of a recording on.
pub fn heard_since(recording: &[i16], milliseconds: u64, prompt: &str) -> bool {
    let first = usize::try_from(milliseconds * 8).expect("a short recording");
    recording.get(first..).is_some_and(|rest| has(&names(rest), prompt))
}

/// What is said, over and over for half a minute and more.
pub fn speech(folder: &Path, prompt: &str) -> PathBuf {
    let file = folder.join(format!("{prompt}.wav"));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&file, spec).expect("a writable folder");
    for sample in prompts::sound(prompt).samples.iter().cycle().take(8_000 * 40) {
        writer.write_sample(*sample).expect("room on the disk");
    }
    writer.finalize().expect("room on the disk");
    file
}

/// How many milliseconds there are of a recording that is being made; none before it has begun.
pub fn milliseconds(file: &Path) -> Option<u64> {
    let mut header = [0; 28];
    let mut opened = std::fs::File::open(file).ok()?;
    opened.read_exact(&mut header).ok()?;
    let channels = u64::from(u16::from_le_bytes([header[22], header[23]]));
    let bytes_per_second = u64::from(u32::from_le_bytes(*header.last_chunk()?)) * 2 * channels;
    (opened.metadata().ok()?.len() * 1_000).checked_div(bytes_per_second)
}

/// A recording at 8 kHz, whatever it was made at: nothing in it is above what a telephone passes.
pub fn eight_khz(file: &Path) -> Vec<i16> {
    let mut reader = hound::WavReader::open(file).expect("a WAV file");
    let hound::WavSpec { channels, sample_rate, .. } = reader.spec();
    assert_eq!(sample_rate % 8_000, 0, "{}", file.display());
    // linphone's headers speak of a few samples more than there are.
    let samples: Vec<f32> = reader.samples::<i16>().map_while(Result::ok).map(f32::from).collect();
    let mean = |ears: &[f32]| ears.iter().sum::<f32>() / ears.len() as f32 / 32_768.0;
    let samples = samples.chunks_exact(usize::from(channels)).map(mean).collect();
    from_samples(samples, sample_rate).expect("a rate of telephones").samples.to_vec()
}

/// Which of the prompts of a stage are in a recording, in order, each with how much of it was heard.
pub fn names(recording: &[i16]) -> Vec<(String, Duration)> {
    static MATCHER: LazyLock<Matcher> =
        LazyLock::new(|| prompts::matcher(&["menu-language", "menu-pin", CALLER_SAYS, DESK_SAYS]));
    let heard = MATCHER.heard(recording).into_iter();
    heard.map(|heard| (heard.prompt.to_string(), heard.played)).collect()
}

/// Enough of this prompt to be sure of, which a softphone's jitter buffer may have cut in pieces.
pub fn has(names: &[(String, Duration)], prompt: &str) -> bool {
    let pieces = names.iter().filter(|(name, _)| name == prompt);
    pieces.map(|(_, played)| *played).sum::<Duration>() >= ENOUGH
}
