//! The engine as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Linux counts process time in hundredths of a second.
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// The engine as a process.
pub struct Engine {
    child: Child,
    /// Where it takes calls.
    pub sip: SocketAddr,
    /// Where it takes reloads.
    pub admin: SocketAddr,
    folder: tempfile::TempDir,
}

impl Engine {
    /// Starts it on these dialplans and prompts, with further settings; it does not watch them.
    pub fn start(dialplans: &Path, prompts: &Path, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a free port").port();
        let sip = SocketAddr::from(([127, 0, 0, 1], port));
        let settings = format!(
            "[sip]\nlisten = [\"udp:{sip}\"]\n[media]\nports = \"30000-33999\"\ntimeout = \"off\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"127.0.0.1:0\"\n\
             [store]\nurl = \"sqlite:{0}/madoguchi.db\"\nspool = \"{0}/spool.jsonl\"\nrecordings = \"{0}\"\n\
             [dialplan]\npath = \"{1}\"\nprompts = \"{2}\"\nwatch = false\n{more}",
            folder.path().display(),
            dialplans.display(),
            prompts.display()
        );
        let file = folder.path().join("madoguchi.toml");
        std::fs::write(&file, settings).expect("the settings written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args(["serve", "--config"])
            .arg(&file)
            .env("MADOGUCHI_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the engine started");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let listens = said.find(|line| line.as_ref().is_ok_and(|l| l.contains(&port.to_string())));
        assert!(listens.is_some(), "the engine did not say that it listens");
        let admin = said.next().and_then(Result::ok).unwrap_or_default();
        let admin = admin.strip_prefix("admin on http://").and_then(|address| address.parse().ok());
        std::thread::spawn(move || said.for_each(drop));
        Engine { child, sip, admin: admin.expect("its admin address"), folder }
    }

    /// User and system time so far, of all threads.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// Memory in use.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        assert!(ended.is_ok() && self.folder.path().exists());
    }
}

/// User and system time of a process so far.
pub fn cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<u32>().ok()).unwrap_or(0);
    CLOCK_TICK * (ticks(11) + ticks(12))
}
