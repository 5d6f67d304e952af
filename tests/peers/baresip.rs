//! baresip as a peer: a softphone told what to do over its control port, and what it heard.

use crate::ports;
use crate::process::{PATIENCE, Process};
use crate::softphone::{Demands, Key, Phone, Softphone, eight_khz, milliseconds};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian puts its modules, by machine.
const MODULES: [&str; 3] = [
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
];

/// A softphone.
pub struct Baresip {
    process: Process,
    port: u16,
    control: TcpStream,
    unread: Vec<u8>,
    folder: PathBuf,
}

impl Softphone for Baresip {
    fn start(folder: &Path, phone: &Phone<'_>) -> Baresip {
        let is_plain = phone.keys == Key::Event && phone.demands == Demands::default();
        assert!(is_plain, "baresip 1.0 has no other keys, no session timer and no reliable ringing");
        let folder = folder.join(phone.name);
        std::fs::create_dir(&folder).expect("a writable folder");
        // SIP, and SIP over TLS beside it.
        let port = *ports::take(2).start();
        let control = ports::one();
        std::fs::write(folder.join("config"), config(&folder, port, control, phone)).expect("writable");
        std::fs::write(folder.join("accounts"), account(port, phone)).expect("writable");
        std::fs::write(folder.join("contacts"), "").expect("writable");
        let mut command = Command::new("baresip");
        command.arg("-f").arg(&folder).current_dir(&folder);
        let process = Process::start("baresip", Some("baresip-core"), &mut command);
        process.wait_outside("its control port is open", || !ports::is_free(control));
        let control = TcpStream::connect(("127.0.0.1", control)).expect("a control port");
        control.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // SIP over TLS is on the port after that of SIP.
        let port = port + u16::from(phone.tls.is_some());
        Baresip { process, port, control, unread: Vec::new(), folder }
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn dial(&mut self, uri: &str) {
        self.tell("dial", uri);
    }

    fn wait_up(&mut self) {
        self.wait_event("CALL_ESTABLISHED");
    }

    fn press(&mut self, key: char) {
        self.tell("sndcode", &key.to_string());
    }

    fn hold(&mut self) {
        self.tell("hold", "");
    }

    fn resume(&mut self) {
        self.tell("resume", "");
    }

    fn refer(&mut self, uri: &str) {
        self.tell("transfer", uri);
    }

    fn hang_up(&mut self) {
        self.tell("hangup", "");
    }

    fn wait_over(&mut self) {
        self.wait_event("CALL_CLOSED");
    }

    fn recorded(&self) -> u64 {
        self.dump().and_then(|file| milliseconds(&file)).unwrap_or_default()
    }

    fn heard(&mut self) -> Vec<i16> {
        eight_khz(&self.dump().expect("a recording"))
    }

    fn log(&self) -> String {
        panic!("baresip 1.0 logs no messages");
    }

    fn process(&self) -> &Process {
        &self.process
    }
}

impl Baresip {
    /// Tells it to do something, such as `dial`, `sndcode`, `hangup`.
    fn tell(&mut self, command: &str, what: &str) {
        let told = json!({ "command": command, "params": what, "token": "test" }).to_string();
        let netstring = format!("{}:{told},", told.len());
        self.control.write_all(netstring.as_bytes()).expect("baresip listens");
    }

    /// Waits for an event, such as `CALL_ESTABLISHED`.
    fn wait_event(&mut self, kind: &str) -> Value {
        loop {
            let said = self.next_said();
            if said["type"] == kind {
                return said;
            }
        }
    }

    /// The recording of what came in.
    fn dump(&self) -> Option<PathBuf> {
        let files = std::fs::read_dir(&self.folder).expect("our folder");
        files
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| path.to_string_lossy().ends_with("-dec.wav"))
    }

    /// The next event or response.
    fn next_said(&mut self) -> Value {
        loop {
            if let Some(said) = self.take_netstring() {
                return said;
            }
            let mut bytes = [0; 4096];
            let count = self.control.read(&mut bytes).unwrap_or_default();
            assert!(count > 0, "baresip says nothing more:\n{}", self.process.text());
            self.unread.extend_from_slice(&bytes[..count]);
        }
    }

    fn take_netstring(&mut self) -> Option<Value> {
        let colon = self.unread.iter().position(|byte| *byte == b':')?;
        let length: usize = std::str::from_utf8(&self.unread[..colon]).ok()?.parse().ok()?;
        let end = colon + 1 + length;
        let said = serde_json::from_slice(self.unread.get(colon + 1..end)?).expect("JSON");
        self.unread.get(end)?;
        self.unread.drain(..=end);
        Some(said)
    }
}

fn config(folder: &Path, port: u16, control: u16, phone: &Phone<'_>) -> String {
    let (folder, says) = (folder.display(), phone.says.display());
    let modules = MODULES.iter().find(|path| Path::new(path).is_dir());
    let modules = modules.expect("baresip's modules: apt-get install baresip-core");
    let audio = ports::take(8);
    let (first, last) = (audio.start(), audio.end());
    let tls = phone.tls.map_or(String::new(), |(paper, ca)| {
        let (paper, ca) = (paper.both.display(), ca.display());
        format!("sip_certificate {paper}\nsip_cafile {ca}\nsip_verify_server yes\n")
    });
    format!(
        "{tls}sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\nmodule_path {modules}\n\
         module g711.so\nmodule g722.so\nmodule opus.so\nausrc_srate 8000\nauplay_srate 8000\n\
         ausrc_channels 1\nauplay_channels 1\n\
         module aufile.so\nmodule aubridge.so\nmodule sndfile.so\nmodule srtp.so\n\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control}\naudio_source aufile,{says}\naudio_player aubridge,ear\n\
         audio_alert aubridge,bell\nring_aufile none\nringback_aufile none\nrtp_ports {first}-{last}\n\
         jitter_buffer_type off\nsnd_path {folder}\n"
    )
}

fn account(port: u16, phone: &Phone<'_>) -> String {
    let Phone { name, codec, answers, .. } = phone;
    let transport = match (phone.registers, phone.tls) {
        (Some((_, transport, _)), _) => format!(";transport={transport}"),
        (None, Some(_)) => ";transport=tls".to_string(),
        (None, None) => String::new(),
    };
    // With its clock rate: a codec of 8 kHz is looked for otherwise, and where there is none all are offered.
    let codec = match *codec {
        "G722" => "G722/16000/1",
        "opus" => "opus/48000/2",
        codec => codec,
    };
    // Over TLS a phone that registered is offered encryption, and not bound to it (RFC 8643).
    let srtp = match (phone.srtp, phone.registers) {
        (true, None) => ";mediaenc=srtp-mand",
        (true, Some(_)) => ";mediaenc=srtp",
        (false, _) => "",
    };
    let (port, registers) = match phone.registers {
        None => (port, ";regint=0".to_string()),
        Some((port, _, password)) => (port, format!(";auth_pass={password};regint=60")),
    };
    format!(
        "<sip:{name}@127.0.0.1:{port}{transport}>{registers};audio_codecs={codec};answermode={answers}{srtp}\n"
    )
}
