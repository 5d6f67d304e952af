//! PJSIP as a peer: `pjsua.py`, told what to do on its standard input.

use crate::ports;
use crate::process::Process;
use crate::softphone::{Key, Phone, Softphone, eight_khz, milliseconds};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `tests/run` puts PJSIP's Python binding.
const BINDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/pjsua2");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/pjsua.py");

/// A softphone.
pub struct Pjsua {
    process: Process,
    port: u16,
    ear: PathBuf,
    keys: Key,
}

impl Softphone for Pjsua {
    fn start(folder: &Path, phone: &Phone<'_>) -> Pjsua {
        let folder = folder.join(phone.name);
        std::fs::create_dir(&folder).expect("a writable folder");
        let (port, ear) = (ports::one(), folder.join("ear.wav"));
        let register = phone.registers.map(|(registrar, transport, password)| {
            assert_eq!(transport, "udp", "how it is made to register here");
            [format!("127.0.0.1:{registrar}"), phone.name.to_string(), password.to_string()]
        });
        let wanted = json!({
            "name": phone.name, "port": port, "audio": ports::take(8).start(), "codec": phone.codec,
            "answers": phone.answers == "auto", "says": phone.says, "ear": ear, "log": folder.join("log"),
            "tls": phone.tls.map(|(paper, ca)| [paper.certificate.as_path(), paper.key.as_path(), ca]),
            "srtp": phone.srtp, "timer": phone.demands.timer, "prack": phone.demands.prack, "register": register,
        });
        let mut command = Command::new("python3");
        command.arg(SCRIPT).arg(wanted.to_string()).env("PYTHONPATH", BINDING).current_dir(&folder);
        let process = Process::start_told("pjsua.py", Some("python3"), &mut command);
        process.wait_for("ready");
        Pjsua { process, port, ear, keys: phone.keys }
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn dial(&mut self, uri: &str) {
        self.tell(&format!("dial {uri}"));
    }

    fn wait_up(&mut self) {
        self.wait_for("call 0 is CONFIRMED");
    }

    fn press(&mut self, key: char) {
        let how = match self.keys {
            Key::Event => "event",
            Key::Info => "info",
            Key::Tone => "tone",
        };
        self.tell(&format!("press 0 {how} {key}"));
    }

    fn hold(&mut self) {
        self.tell("hold 0");
        self.wait_for("audio 0 is held here");
    }

    fn resume(&mut self) {
        let before = self.process.count("audio 0 is active");
        self.tell("resume 0");
        self.process.wait_for_count("audio 0 is active", before + 1);
    }

    fn refer(&mut self, uri: &str) {
        self.tell(&format!("refer 0 {uri}"));
    }

    fn hang_up(&mut self) {
        self.tell("hangup 0");
    }

    fn wait_over(&mut self) {
        self.wait_for("call 0 is DISCONNECTED");
    }

    fn heard(&mut self) -> Vec<i16> {
        // Its file is whole only then.
        self.process.end();
        eight_khz(&self.ear)
    }

    fn recorded(&self) -> u64 {
        milliseconds(&self.ear).unwrap_or_default()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.ear.with_file_name("log")).expect("a log")
    }

    fn process(&self) -> &Process {
        &self.process
    }
}

impl Pjsua {
    /// Gives it one of its commands.
    pub fn tell(&mut self, command: &str) {
        self.process.tell(command);
    }

    /// Waits until it has said these words.
    pub fn wait_for(&self, words: &str) -> String {
        self.process.wait_for(words)
    }
}
