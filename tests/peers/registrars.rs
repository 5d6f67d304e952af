//! A carrier of another maker: Kamailio, which challenges, grants less than was asked, and hands calls on to
//! whoever is registered.

use crate::engine::{Desks, Engine};
use crate::ports;
use crate::process::{PATIENCE, Process};
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_madoguchi");

/// A running Kamailio.
struct Carrier {
    process: Process,
    port: u16,
    _folder: TempDir,
}

impl Carrier {
    fn start(algorithm: &str) -> Carrier {
        let port = ports::one();
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("kamailio.cfg");
        let text = include_str!("kamailio.cfg");
        let text = text.replace("{{port}}", &port.to_string()).replace("{{algorithm}}", algorithm);
        std::fs::write(&config, text).expect("a writable folder");
        let mut command = Command::new("/usr/sbin/kamailio");
        command.args(["-DD", "-E", "-m", "16", "-M", "4", "-f"]).arg(&config);
        command.arg("-Y").arg(folder.path()).arg("-w").arg(folder.path());
        let process = Process::start("kamailio", Some("kamailio"), &mut command).with_children();
        process.wait_outside("it listens", || ports::is_bound_by_udp(port));
        Carrier { process, port, _folder: folder }
    }

    /// The trunk of an engine whose line is this number.
    fn trunk(&self) -> String {
        format!(
            "[trunks.carrier]\nhost = \"127.0.0.1\"\nport = {}\ndomain = \"carrier.test\"\nregister = true\n\
             user = \"0120339836\"\npassword = \"s3cret\"\nkeep_alive = \"1s\"\n",
            self.port
        )
    }
}

/// Registered after a challenge, called through the carrier, and gone from it at the end.
fn registers_is_called_and_leaves(algorithm: &str) {
    let carrier = Carrier::start(algorithm);
    let mut engine = Engine::start_on(&Desks::default(), &carrier.trunk());
    engine.process.wait_for("registered for 60 s");
    assert!(carrier.process.text().contains("challenged 0120339836"), "{}", carrier.process.text());
    carrier.process.wait_for("register 0120339836 for 3600 supported path");
    let mut call = Command::new(PROGRAM);
    call.args(["call", &format!("sip:0120339836@127.0.0.1:{}", carrier.port), "--for", "2"]);
    let called = call.current_dir(engine.folder()).output().expect("madoguchi runs");
    assert!(called.status.success(), "{}", String::from_utf8_lossy(&called.stdout));
    engine.process.wait_for("call started");
    engine.process.terminate();
    assert!(engine.process.wait_end(PATIENCE).success(), "{}", engine.process.text());
    engine.process.wait_for("registration taken back");
    carrier.process.wait_for("register 0120339836 for 0 supported path");
}

#[test]
fn kamailio_with_md5_registers_us_and_calls_come_by_it() {
    registers_is_called_and_leaves("MD5");
}

#[test]
fn kamailio_with_sha_256_registers_us_and_calls_come_by_it() {
    registers_is_called_and_leaves("SHA-256");
}
