//! Chromium as a peer: a page's telephone (JsSIP) that speaks over WebSocket, driven by `page/drive.mjs`. Its microphone
//! plays a file, and what it hears is recorded.

use crate::process::Process;
use crate::softphone::{Key, Phone, Softphone, eight_khz, milliseconds};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `tests/run` puts JsSIP and what drives the browser.
pub const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/page");
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/page/drive.mjs");

/// A softphone that nobody can call unless it has registered.
pub struct Chromium {
    process: Process,
    ear: PathBuf,
    log: PathBuf,
}

impl Softphone for Chromium {
    const REGISTERS: Option<&'static str> = Some("ws");
    const IS_HEAVY: bool = true;

    fn start(folder: &Path, phone: &Phone<'_>) -> Chromium {
        let folder = folder.join(phone.name);
        std::fs::create_dir(&folder).expect("a writable folder");
        let (ear, log) = (folder.join("ear.wav"), folder.join("log"));
        let files = json!({ "modules": MODULES, "says": phone.says, "ear": ear, "log": log });
        let mut command = Command::new("node");
        command.arg(DRIVER).arg(files.to_string()).current_dir(&folder);
        let process = Process::start_told("drive.mjs", Some("nodejs"), &mut command).with_children();
        process.wait_for("ready");
        let mut chromium = Chromium { process, ear, log };
        chromium.enter(phone);
        chromium
    }

    fn port(&self) -> u16 {
        panic!("a page takes calls only where it has registered")
    }

    fn dial(&mut self, uri: &str) {
        self.tell("dial", &json!(uri));
    }

    fn wait_up(&mut self) {
        self.process.wait_for("confirmed");
        self.process.wait_for("audio is connected");
    }

    fn press(&mut self, key: char) {
        self.tell("press", &json!(key));
    }

    fn hold(&mut self) {
        self.tell("hold", &Value::Null);
        self.process.wait_for("page: holds");
    }

    fn resume(&mut self) {
        self.tell("resume", &Value::Null);
        self.process.wait_for("page: resumes");
    }

    fn refer(&mut self, uri: &str) {
        self.tell("refer", &json!(uri));
    }

    fn hang_up(&mut self) {
        self.tell("hang_up", &Value::Null);
    }

    fn wait_over(&mut self) {
        self.process.wait_for("ended by");
    }

    fn recorded(&self) -> u64 {
        milliseconds(&self.ear).unwrap_or_default()
    }

    fn heard(&mut self) -> Vec<i16> {
        // Its file is whole only then.
        self.process.end();
        eight_khz(&self.ear)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    fn process(&self) -> &Process {
        &self.process
    }
}

impl Chromium {
    /// What its connection has counted in the call it is in.
    pub fn counted(&mut self) -> Value {
        self.tell("count", &Value::Null);
        let line = self.process.wait_for("page: counted ");
        let (_, counted) = line.split_once("counted ").expect("waited for");
        serde_json::from_str(counted).expect("JSON")
    }

    /// Opens the page's connection, and registers where it is to.
    fn enter(&mut self, phone: &Phone<'_>) {
        let keys = match phone.keys {
            Key::Event => "RFC2833",
            Key::Info => "INFO",
            Key::Tone => panic!("JsSIP presses no keys as tones"),
        };
        let password = phone.registers.map(|(_, _, password)| password);
        let wanted = json!({
            "name": phone.name, "socket": phone.web, "password": password, "codec": phone.codec, "keys": keys,
            "answers": phone.answers == "auto", "timer": phone.demands.timer,
        });
        self.tell("start", &wanted);
        self.process.wait_for(if password.is_some() { "page: registered" } else { "page: connected" });
    }

    /// Has the page run one of its functions.
    fn tell(&mut self, function: &str, argument: &Value) {
        self.process.tell(&format!("{function}({argument})"));
    }
}
