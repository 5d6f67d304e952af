//! Attackers' own tools: sipvicious asks who is there and tries passwords, sipsak floods and damages. They learn
//! nothing and hurt nothing.

use crate::engine::{Desks, Engine};
use crate::process::{PATIENCE, Process};
use crate::rtp_caller::Caller;
use std::process::Command;

/// From an address that no settings name: loopback itself is where the desks are.
const ELSEWHERE: &str = "127.0.0.2";

fn sipvicious(engine: &Engine, tool: &str, options: &[&str]) -> String {
    let mut command = Command::new(tool);
    command.args(["-b", ELSEWHERE, "-p", &engine.sip.port().to_string()]).args(options);
    let mut process = Process::start(tool, Some("sipvicious"), command.arg("127.0.0.1"));
    process.wait_end(PATIENCE);
    process.text()
}

fn sipsak(engine: &Engine, options: &[&str]) {
    let uri = format!("sip:100@{}", engine.sip);
    let mut process =
        Process::start("sipsak", Some("sipsak"), Command::new("sipsak").args(options).args(["-s", &uri]));
    process.wait_end(PATIENCE);
}

/// The engine still takes a call and plays to it.
fn assert_serves(engine: &Engine) {
    let caller = Caller::dial(engine.sip);
    crate::rtp_caller::receive(&caller.audio, PATIENCE).expect("the menu");
    caller.hang_up();
    assert_eq!(engine.process.count("panicked"), 0, "{}", engine.process.text());
}

/// The number of the plan among those that are nobody's: no answer tells which is which.
#[test]
fn svwar_finds_no_extension_by_any_method() {
    let engine = Engine::start(&Desks::default());
    let scan = |method: &str| {
        let options = ["--force", "-m", method, "-e", "100-102,0120339836,103-105"];
        let told = sipvicious(&engine, "svwar", &options);
        assert!(told.contains("found nothing"), "{method}: {told}");
    };
    scan("OPTIONS");
    scan("REGISTER");
    assert_eq!(engine.process.count("call started"), 0);
    assert_serves(&engine);
    scan("INVITE");
    assert_eq!(engine.process.count("panicked"), 0, "{}", engine.process.text());
}

#[test]
fn svcrack_cracks_no_password() {
    let engine = Engine::start(&Desks::default());
    let told = sipvicious(&engine, "svcrack", &["-u", "100", "-r", "1000-1020"]);
    assert!(told.contains("found nothing"), "{told}");
    assert_eq!(engine.process.count("call started"), 0);
    assert_serves(&engine);
}

#[test]
fn sipsak_floods_damages_and_registers_in_vain() {
    let engine = Engine::start(&Desks::default());
    sipsak(&engine, &["-F", "-e", "2000"]);
    sipsak(&engine, &["-R", "-t", "20"]);
    sipsak(&engine, &["-U", "-C", "sip:evil@198.51.100.1", "-x", "3600"]);
    sipsak(&engine, &["-M", "-B", "hello"]);
    assert_eq!(engine.process.count("call started"), 0, "{}", engine.process.text());
    assert_serves(&engine);
}
