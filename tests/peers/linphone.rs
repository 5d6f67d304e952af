//! linphone as a peer: `linphonec`, told what to do on its standard input. No sound card: it plays a file and
//! records what it hears.

use crate::ports;
use crate::process::Process;
use crate::softphone::{Key, Phone, Softphone, eight_khz};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The codecs it knows, by name, clock rate and channels; those that are not named it would add itself.
const CODECS: [(&str, u32, u8); 11] = [
    ("opus", 48_000, 2),
    ("speex", 32_000, 1),
    ("speex", 16_000, 1),
    ("speex", 8_000, 1),
    ("PCMU", 8_000, 1),
    ("PCMA", 8_000, 1),
    ("G722", 8_000, 1),
    ("GSM", 8_000, 1),
    ("G729", 8_000, 1),
    ("L16", 44_100, 1),
    ("L16", 44_100, 2),
];

/// A softphone.
pub struct Linphone {
    process: Process,
    port: u16,
    folder: PathBuf,
    /// Of its recording: in its file's header it says so only in the end.
    bytes_per_millisecond: u64,
}

impl Softphone for Linphone {
    fn start(folder: &Path, phone: &Phone<'_>) -> Linphone {
        let folder = folder.join(phone.name);
        // Where it keeps its own affairs.
        std::fs::create_dir_all(folder.join(".local/share/linphone")).expect("a writable folder");
        let port = ports::one();
        let bytes_per_millisecond = match phone.codec {
            "opus" => 192,
            "G722" => 32,
            _ => 16,
        };
        std::fs::write(folder.join("config"), config(port, phone)).expect("writable");
        let mut command = Command::new("linphonec");
        command.arg("-c").arg(folder.join("config")).args(["-d", "6", "-l"]).arg(folder.join("log"));
        command.env("HOME", &folder).current_dir(&folder);
        let process = Process::start_told("linphonec", Some("linphone-cli"), &mut command);
        let mut linphone = Linphone { process, port, folder, bytes_per_millisecond };
        linphone.tell("soundcard use files");
        linphone.tell(&format!("record {}", linphone.ear().display()));
        linphone.tell(&format!("play {}", phone.says.display()));
        if phone.answers == "auto" {
            linphone.tell("autoanswer enable");
            linphone.process.wait_for("Auto answer enabled");
        }
        linphone
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn dial(&mut self, uri: &str) {
        self.tell(&format!("call {uri}"));
    }

    fn wait_up(&mut self) {
        self.process.wait_for("Media streams established");
    }

    fn press(&mut self, key: char) {
        self.tell(&key.to_string());
    }

    fn hold(&mut self) {
        self.tell("pause 1");
        self.process.wait_for("is now paused");
    }

    fn resume(&mut self) {
        self.tell("resume 1");
    }

    fn refer(&mut self, uri: &str) {
        self.tell(&format!("transfer 1 {uri}"));
    }

    fn hang_up(&mut self) {
        self.tell("terminate 1");
    }

    fn wait_over(&mut self) {
        self.process.wait_for("Call 1 with ");
        self.process.wait_for(" ended (");
    }

    fn recorded(&self) -> u64 {
        std::fs::metadata(self.ear()).map_or(0, |file| file.len() / self.bytes_per_millisecond)
    }

    fn heard(&mut self) -> Vec<i16> {
        self.tell("quit");
        self.process.end();
        eight_khz(&self.ear())
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).expect("a log")).into_owned()
    }

    fn process(&self) -> &Process {
        &self.process
    }
}

impl Linphone {
    fn tell(&mut self, command: &str) {
        self.process.tell(command);
    }

    fn ear(&self) -> PathBuf {
        self.folder.join("ear.wav")
    }
}

fn config(port: u16, phone: &Phone<'_>) -> String {
    let Phone { name, keys, demands, .. } = phone;
    let (udp, tls) = if phone.tls.is_some() { (0, port) } else { (port, 0) };
    let audio = *ports::take(2).start();
    let mut text = format!(
        "[sip]\nsip_port={udp}\nsip_tcp_port=0\nsip_tls_port={tls}\nbind_address=127.0.0.1\nguess_hostname=0\n\
         use_ipv6=0\nipv6_migration_done=1\ncontact=sip:{name}@127.0.0.1:{port}\nuse_info={}\nuse_rfc2833={}\n\
         session_expires_enabled={}\nsession_expires_value={}\nsession_expires_min_value=90\n\
         100rel_support_level={}\n",
        u8::from(*keys == Key::Info),
        u8::from(*keys == Key::Event),
        u8::from(demands.timer.is_some()),
        demands.timer.unwrap_or_default(),
        if demands.prack { 2 } else { 1 },
    );
    if let Some((_, ca)) = phone.tls {
        // Its TLS library reads no addresses in certificates.
        let _ = writeln!(text, "root_ca={}\nverify_server_cn=0", ca.display());
    }
    if let Some((registrar, transport, password)) = phone.registers {
        let _ = writeln!(
            text,
            "default_proxy=0\n[proxy_0]\nreg_proxy=<sip:127.0.0.1:{registrar};transport={transport}>\n\
             reg_identity=sip:{name}@127.0.0.1:{registrar}\nreg_expires=60\nreg_sendregister=1\n\
             [auth_info_0]\nusername={name}\npasswd={password}\n[sip]"
        );
    }
    let srtp = if phone.srtp { "srtp" } else { "none" };
    let _ = writeln!(text, "media_encryption={srtp}\nmedia_encryption_mandatory={}", u8::from(phone.srtp));
    let _ = writeln!(
        text,
        "[rtp]\nbind_address=127.0.0.1\naudio_rtp_port={audio}\n[sound]\nechocancellation=0\n[video]\nenabled=0"
    );
    for (number, (codec, rate, channels)) in CODECS.iter().enumerate() {
        let enabled = u8::from(*codec == phone.codec);
        let _ = writeln!(
            text,
            "[audio_codec_{number}]\nmime={codec}\nrate={rate}\nchannels={channels}\nenabled={enabled}"
        );
    }
    text
}
