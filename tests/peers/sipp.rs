//! SIPp as a peer: its scenarios are the XML files of `sipp/`.

use crate::ports;
use crate::process::{PATIENCE, Process};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How long SIPp waits for a message that does not come, in milliseconds.
const RECEIVE_TIMEOUT_MS: &str = "90000";

/// After so many seconds it ends by itself, whatever goes on.
const LONGEST_S: &str = "170";
/// Played captures leave through a raw socket, which wants root.
const NEEDS_ROOT: &str = "keys_by_event";

/// One run of SIPp, one call.
pub struct Sipp {
    process: Process,
    port: u16,
    scenario: &'static str,
    folder: PathBuf,
}

/// How a scenario is run.
#[derive(Default)]
pub struct Run<'a> {
    /// What stands for `{{name}}` in the scenario.
    pub words: &'a [(&'static str, String)],
    /// Options of SIPp.
    pub options: &'a [&'static str],
}

impl Sipp {
    /// A caller that dials the engine's number.
    pub fn call(engine: SocketAddr, folder: &Path, scenario: &'static str, run: &Run<'_>) -> Sipp {
        let port = ports::one();
        let mut command = command(folder, scenario, port, run);
        command.arg(engine.to_string());
        Sipp::start(command, port, scenario, folder)
    }

    /// A phone at this port that waits for a call; listening when this returns.
    pub fn wait_at(port: u16, folder: &Path, scenario: &'static str, run: &Run<'_>) -> Sipp {
        let sipp = Sipp::start(command(folder, scenario, port, run), port, scenario, folder);
        sipp.process.wait_outside("it listens", || ports::is_bound_by_udp(port));
        sipp
    }

    /// Lets a scenario that waits for its cue (`<recv request="NOTIFY">`) go on.
    pub fn cue(&self) {
        let (port, call_id) = (self.port, call_id(self.port));
        let cue = format!(
            "NOTIFY sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKcue\r\n\
             From: <sip:cue@127.0.0.1>;tag=cue\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n"
        );
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.send_to(cue.as_bytes(), ("127.0.0.1", port)).expect("loopback takes packets");
    }

    /// Waits for the end of the scenario, which must have gone as written.
    pub fn succeed(mut self) {
        let status = self.process.wait_end(PATIENCE * 2);
        if !status.success() {
            panic!("{}: SIPp ended with {status}\n{}\n{}", self.scenario, self.errors(), self.messages());
        }
    }

    /// Has callers without end place no more calls, and waits until the last has hung up.
    pub fn finish(mut self) {
        self.process.signal("USR1");
        self.process.wait_end(PATIENCE * 2);
    }

    /// The scenario's name.
    pub fn scenario(&self) -> &'static str {
        self.scenario
    }

    /// Waits until it has sent or received these words.
    pub fn wait_for(&self, words: &str) {
        self.process.wait_outside(words, || self.messages().contains(words));
    }

    /// Every message it sent and received.
    fn messages(&self) -> String {
        read(&self.folder.join(format!("{}-{}.messages", self.scenario, self.port)))
    }

    fn errors(&self) -> String {
        read(&self.folder.join(format!("{}-{}.errors", self.scenario, self.port))) + &self.process.text()
    }

    fn start(mut command: Command, port: u16, scenario: &'static str, folder: &Path) -> Sipp {
        let process = Process::start("sipp", Some("sip-tester"), &mut command);
        Sipp { process, port, scenario, folder: folder.to_path_buf() }
    }
}

fn call_id(port: u16) -> String {
    format!("peer-{port}")
}

fn command(folder: &Path, scenario: &str, port: u16, run: &Run<'_>) -> Command {
    let name = format!("{scenario}-{port}");
    let file = folder.join(format!("{name}.xml"));
    std::fs::write(&file, expanded(scenario, run.words)).expect("a writable folder");
    let mut command = program(scenario);
    command.arg("-sf").arg(file).args(["-m", "1", "-i", "127.0.0.1", "-p", &port.to_string()]);
    command.args(["-mi", "127.0.0.1", "-mp", &ports::take(4).start().to_string()]);
    command.args(["-cp", &ports::one().to_string(), "-cid_str", &call_id(port), "-nostdin"]);
    command.args(["-recv_timeout", RECEIVE_TIMEOUT_MS, "-timeout", LONGEST_S, "-timeout_error"]);
    command.args(["-trace_msg", "-trace_err"]);
    command.arg("-message_file").arg(folder.join(format!("{name}.messages")));
    command.arg("-error_file").arg(folder.join(format!("{name}.errors")));
    command.args(run.options).current_dir(folder).env("TERM", "dumb");
    command
}

fn program(scenario: &str) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root || scenario != NEEDS_ROOT {
        return Command::new("sipp");
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "sipp"]);
    command
}

/// A scenario with its parts (`<!-- part: NAME -->`) and words (`{{name}}`) in place.
fn expanded(scenario: &str, words: &[(&'static str, String)]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/sipp");
    let text = std::fs::read_to_string(folder.join(format!("{scenario}.xml"))).expect(scenario);
    let mut whole = String::new();
    for line in text.lines() {
        let part = line.trim().strip_prefix("<!-- part: ").and_then(|rest| rest.strip_suffix(" -->"));
        match part {
            Some(part) => {
                let file = folder.join("parts").join(format!("{part}.xml"));
                whole.push_str(&std::fs::read_to_string(&file).expect(part));
            }
            None => whole.extend([line, "\n"]),
        }
    }
    for (name, value) in words {
        let place = format!("{{{{{name}}}}}");
        assert!(whole.contains(&place), "{scenario} has no {place}");
        whole = whole.replace(&place, value);
    }
    assert!(!whole.contains("{{"), "{scenario} has a word that nobody says: {whole}");
    whole
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}
