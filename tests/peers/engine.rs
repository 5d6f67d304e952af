//! The engine under test: `madoguchi serve` with settings, ports and folders of its own.

use crate::papers::Paper;
use crate::ports;
use crate::process::{PATIENCE, Process};
use serde_json::Value;
use std::net::{SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_madoguchi");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
/// Ports of audio: more legs than any test has at once, each with two.
const AUDIO_PORTS: u16 = 24;

/// Where the desks are.
#[derive(Default)]
pub struct Desks {
    /// The seat of the Japan desk's queue.
    pub japan: Option<u16>,
    /// The places of the English desk, in the order they are tried.
    pub global: Vec<u16>,
    /// Over TLS: the seat of the Japan desk, and callers who want it so.
    pub tls: Option<Tls>,
    /// The password of the phone `sato`, which the Japan desk's seat then is.
    pub registers: Option<&'static str>,
}

/// How an engine speaks TLS.
pub struct Tls {
    pub paper: Paper,
    /// Whose certificates it believes.
    pub ca: PathBuf,
    /// Where it listens.
    pub port: u16,
    /// Whether the desk is reached as `sips:`, which is for encrypted audio alone.
    pub sips: bool,
}

/// A running engine.
pub struct Engine {
    pub process: Process,
    pub sip: SocketAddr,
    /// Where pages connect, over TLS where it speaks that.
    pub web: String,
    /// Where it says how it stands.
    pub admin: SocketAddr,
    /// Where its pages and its API are.
    pub http: SocketAddr,
    audio: RangeInclusive<u16>,
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Engine {
    /// Starts an engine whose desks are always open, and waits until it answers.
    pub fn start(desks: &Desks) -> Engine {
        Engine::start_with(desks, &[])
    }

    /// Starts one that is told more by these variables of its environment.
    pub fn start_with(desks: &Desks, variables: &[(&str, &str)]) -> Engine {
        Engine::launch(desks, variables, "")
    }

    /// Starts one with more settings at the end of its own.
    pub fn start_on(desks: &Desks, more: &str) -> Engine {
        Engine::launch(desks, &[], more)
    }

    fn launch(desks: &Desks, variables: &[(&str, &str)], more: &str) -> Engine {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [sip, pages] = [(); 2].map(|()| SocketAddr::from(([127, 0, 0, 1], ports::one())));
        let web = if desks.tls.is_some() { "wss" } else { "ws" };
        let audio = ports::take(AUDIO_PORTS);
        let [admin, http] = [(); 2].map(|()| SocketAddr::from(([127, 0, 0, 1], ports::one())));
        let listen = (sip, format!("{web}:{pages}"), admin, http);
        let settings = settings(&folder, &listen, &audio, desks) + more;
        std::fs::write(folder.path().join("madoguchi.toml"), settings).expect("a writable folder");
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let process = serve(&folder, &variables);
        let web = format!("{web}://{pages}");
        let engine = Engine { process, sip, web, admin, http, audio, folder, variables };
        engine.wait_until_it_answers();
        engine
    }

    /// Ends it as a power cut would, and starts it again where it was.
    pub fn cut_and_start_again(&mut self) {
        self.process.kill();
        self.process = serve(&self.folder, &self.variables);
        self.wait_until_it_answers();
    }

    /// The folder of this test: settings, data, what peers record.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Where its audio may be.
    pub fn audio_ports(&self) -> RangeInclusive<u16> {
        self.audio.clone()
    }

    /// Waits until every call is over and has left no leg and no port.
    pub fn assert_empty(&self, calls: usize) {
        self.process.wait_for_count("CallGone", calls);
        assert_eq!(self.process.count("call started"), calls, "{}", self.process.text());
        let audio_is_closed = || self.audio.clone().all(ports::is_free_for_udp);
        self.process.wait_outside("every audio port is closed", audio_is_closed);
        assert_eq!(self.process.count("panicked"), 0, "{}", self.process.text());
    }

    /// The only case there is, with its timeline, once the call that made it is over.
    pub fn case_after_call(&self) -> Value {
        self.assert_empty(1);
        let cases = self.cases();
        assert_eq!(cases.len(), 1, "{cases:?}");
        cases[0].clone()
    }

    /// The same, once the record of its call is kept as well: it follows the end of the case.
    pub fn case_with_audio(&self) -> Value {
        let is_kept = |case: &Value| case["audio"].as_array().is_some_and(|audio| !audio.is_empty());
        self.process.wait_outside("the call's record is kept", || is_kept(&self.case_after_call()));
        self.case_after_call()
    }

    /// Every case, with its timeline, newest first, when the store has the end of each.
    pub fn cases(&self) -> Vec<Value> {
        let is_over = |case: &Value| !case["end_cause"].is_null();
        self.process.wait_outside("every case is over", || self.listed().iter().all(is_over));
        let number = |case: &Value| case["number"].as_str().expect("a number").to_string();
        self.listed().iter().map(|case| self.case_command(&["show", &number(case)])).collect()
    }

    fn listed(&self) -> Vec<Value> {
        self.case_command(&["list"])["cases"].as_array().expect("a list of cases").clone()
    }

    /// What a command about cases answers.
    pub fn case_command(&self, what: &[&str]) -> Value {
        let told = self.command(&[&["case"], what, &["--format", "json"]].concat());
        serde_json::from_slice(&told).expect("JSON")
    }

    /// A token for the API.
    pub fn token(&self, role: &str) -> String {
        let told = self.command(&["token", "create", "--name", "test", "--role", role, "--expires", "1d"]);
        String::from_utf8_lossy(&told).lines().next().expect("a token").to_string()
    }

    /// What a command on this engine's store prints.
    fn command(&self, words: &[&str]) -> Vec<u8> {
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(self.folder.path().join("madoguchi.toml")).args(words);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.current_dir(self.folder.path()).output().expect("madoguchi runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn wait_until_it_answers(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        let until = Instant::now() + PATIENCE;
        let mut answer = [0; 2048];
        for attempt in 0.. {
            let options = options(self.sip, socket.local_addr().expect("bound"), attempt);
            socket.send_to(options.as_bytes(), self.sip).expect("loopback takes packets");
            if let Ok((count, _)) = socket.recv_from(&mut answer) {
                let text = String::from_utf8_lossy(&answer[..count]).into_owned();
                assert!(text.starts_with("SIP/2.0 200 "), "OPTIONS was answered with {text}");
                return;
            }
            assert!(Instant::now() < until, "the engine does not answer:\n{}", self.process.text());
        }
    }
}

fn serve(folder: &TempDir, variables: &[(String, String)]) -> Process {
    let mut command = Command::new(PROGRAM);
    command.arg("serve").arg("--config").arg(folder.path().join("madoguchi.toml"));
    command.env("MADOGUCHI_LOG", "info,madoguchi=debug").env("NO_COLOR", "1").current_dir(folder.path());
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    Process::start("madoguchi", None, &mut command)
}

fn options(to: SocketAddr, from: SocketAddr, attempt: u32) -> String {
    format!(
        "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKready{attempt}\r\n\
         From: <sip:test@{from}>;tag=ready{attempt}\r\nTo: <sip:{to}>\r\nCall-ID: ready{attempt}@{from}\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

fn settings(
    folder: &TempDir,
    (sip, web, admin, http): &(SocketAddr, String, SocketAddr, SocketAddr),
    audio: &RangeInclusive<u16>,
    desks: &Desks,
) -> String {
    let folder = folder.path().display();
    let quoted = |name: &str, port: u16| format!("\"sip:{name}@127.0.0.1:{port}\"");
    // A port that nobody listens on where a test has no such desk.
    let japan = quoted("japan-desk", desks.japan.unwrap_or_else(ports::one));
    let global: Vec<String> = match desks.global.as_slice() {
        [] => vec![quoted("global-tac", ports::one())],
        ports => ports.iter().map(|port| quoted("global-tac", *port)).collect(),
    };
    let (global, first, last) = (global.join(", "), audio.start(), audio.end());
    let (tls, japan) = match &desks.tls {
        None => (format!("listen = [\"udp:{sip}\", \"tcp:{sip}\", \"{web}\"]"), japan),
        Some(tls) if tls.sips => (secure(*sip, web, tls), japan.replace("\"sip:", "\"sips:")),
        Some(tls) => (secure(*sip, web, tls), format!("{};transport=tls\"", japan.trim_end_matches('"'))),
    };
    let (japan, phones) = match desks.registers {
        None => (japan, String::new()),
        Some(password) => {
            ("\"phone:sato\"".to_string(), format!("[phones.sato]\npassword = \"{password}\"\n"))
        }
    };
    format!(
        r#"
{phones}
[sip]
{tls}
[media]
ports = "{first}-{last}"
[http]
listen = "{http}"
[admin]
listen = "{admin}"
[store]
url = "sqlite:{folder}/madoguchi.db"
spool = "{folder}/spool.jsonl"
recordings = "{folder}/recordings"
[dialplan]
path = "{PROJECT}/dialplans/webex-support.toml"
prompts = "{PROJECT}/prompts"
[desks.japan]
hours = "always"
[desks.japan.queues.japan-technical]
seats = [{japan}]
[desks.sales]
hours = "always"
[desks.sales.queues.japan-sales]
seats = [{japan}]
[desks.global]
dial = [{global}]
"#
    )
}

fn secure(sip: SocketAddr, web: &str, tls: &Tls) -> String {
    let Tls { paper, ca, port, .. } = tls;
    let (certificate, key, ca) = (paper.certificate.display(), paper.key.display(), ca.display());
    format!(
        r#"
listen = ["udp:{sip}", "tcp:{sip}", "tls:127.0.0.1:{port}", "{web}"]
certificate = "{certificate}"
key = "{key}"
ca = "{ca}"
"#
    )
}
