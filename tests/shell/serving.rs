//! `serve`: what keeps it from starting, a call through it, and its end.

use super::workplace::{Ran, Workplace, shipped};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A command that runs until it is told to end.
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<BufReader<ChildStderr>>,
    /// What it said until it listened.
    pub said: String,
}

impl Running {
    /// Starts it and waits until it says where it listens.
    pub fn start(workplace: &Workplace, args: &[&str]) -> Running {
        Running::of(workplace.command(args))
    }

    /// The same of a command that was made ready.
    pub fn of(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let stderr = child.stderr.take().map(BufReader::new);
        let mut running = Running { child, stdout, stderr, said: String::new() };
        while !running.said.contains("listening on") {
            let more = running.stdout.read_line(&mut running.said).expect("text");
            assert!(more > 0, "it ended: {}", running.complaint());
        }
        running
    }

    /// Where it listens on UDP: `127.0.0.1:5060`.
    pub fn address(&self) -> &str {
        let after = self.said.split("udp:").nth(1).expect("an address");
        after.split([',', '\n']).next().expect("an address")
    }

    /// Asks its admin listener for a path, and gives the whole answer.
    pub fn get(&mut self, path: &str) -> String {
        let admin = self.address_after("admin on http://");
        answer(&admin, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// Asks its API with a token, and gives the whole answer.
    pub fn api(&mut self, method: &str, path: &str, token: &str) -> String {
        let address = self.address_after("API on http://");
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close");
        answer(&address, &format!("{head}\r\nAuthorization: Bearer {token}\r\n\r\n"))
    }

    /// The address that it says after these words.
    pub fn address_after(&mut self, words: &str) -> String {
        while !self.said.contains(words) {
            let more = self.stdout.read_line(&mut self.said).expect("text");
            assert!(more > 0, "it ended: {}", self.said);
        }
        let after = self.said.split(words).nth(1).expect("said");
        after.split(['/', '\n']).next().expect("an address").to_string()
    }

    /// Sends SIGTERM and gives what else was said, and the status.
    pub fn terminate(mut self) -> Ran {
        self.signal("-TERM");
        self.wait()
    }

    /// Sends a signal and gives what is logged until a line with these words.
    pub fn logs_after(&mut self, signal: &str, words: &str) -> String {
        self.signal(signal);
        self.logs_until(words)
    }

    /// Gives what is logged until a line with these words.
    pub fn logs_until(&mut self, words: &str) -> String {
        let mut log = String::new();
        while !log.lines().any(|line| line.contains(words)) {
            let more = self.stderr.as_mut().expect("its log is read").read_line(&mut log).expect("text");
            assert!(more > 0, "it ended: {log}");
        }
        log
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill");
        assert!(kill.success());
    }

    /// Closes the far end of its log.
    fn stop_reading_its_log(&mut self) {
        self.stderr = None;
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> Ran {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("text");
        let stderr = self.complaint();
        Ran { status: self.child.wait().expect("ended").code().unwrap_or(-1), stdout, stderr }
    }

    fn complaint(&mut self) -> String {
        let mut text = String::new();
        if let Some(stderr) = &mut self.stderr {
            stderr.read_to_string(&mut text).expect("text");
        }
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn answer(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

pub fn settings(more: &str) -> String {
    format!("[sip]\nlisten = ['udp:127.0.0.1:0']\n[media]\nports = '21000-21999'\n{more}")
}

#[test]
fn a_caller_presses_2_1_hears_both_menus_reaches_the_desk_and_leaves_a_case() {
    let desk_place = Workplace::new("");
    let mut desk =
        Running::start(&desk_place, &["answer", "--listen", "udp:127.0.0.1:0", "--after", "0", "--once"]);
    let workplace = Workplace::new(&settings(&format!(
        "[desks.japan]\nhours = 'always'\n[desks.japan.queues.japan-technical]\nseats = ['sip:desk@{}']\n",
        desk.address()
    )));
    let mut engine = Running::start(&workplace, &["serve"]);
    let target = format!("sip:0120339836@{}", engine.address());
    let heard = workplace
        .good(&["call", &target, "--keys", "21#", "--pause", "600", "--for", "5", "--record", "a.wav"]);
    let menus = ["menu-language", "menu-pin"].map(|menu| heard.lines().find(|line| line.contains(menu)));
    assert!(menus.iter().all(|line| line.is_some_and(|line| line.contains("cut short"))), "{heard}");
    let wav = hound::WavReader::open(workplace.path("a.wav")).expect("a recording");
    assert!(wav.spec().sample_rate == 8_000 && wav.len() > 8_000 * 2, "{}", wav.len());
    let answered = desk.wait();
    assert_eq!(answered.status, 0, "{}", answered.stderr);
    assert!(answered.stdout.contains("X-Madoguchi-Case: 600000012"), "{}", answered.stdout);
    assert_is_drawn(&workplace, &mut engine);
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("case opened number=600000012"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("312345678"), "numbers are redacted: {}", ended.stderr);
    let list = workplace.good(&["case", "list"]);
    let case = list.lines().nth(1).expect("a case");
    assert!(case.contains("japan-technical") && case.contains("caller-hung-up"), "{list}");
}

/// The ladder of the only call has both legs, and what the dialplan did between their messages.
fn assert_is_drawn(workplace: &Workplace, engine: &mut Running) {
    let made =
        workplace.good(&["token", "create", "--name", "ladders", "--role", "viewer", "--expires", "1d"]);
    let token = made.lines().next().expect("a token");
    let calls = engine.api("GET", "/api/v1/calls", token);
    let (_, rest) = calls.split_once(r#""id":""#).expect("a call");
    let id = rest.split('"').next().expect("an id");
    let ladder = engine.api("GET", &format!("/api/v1/calls/{id}/ladder?format=text"), token);
    let (_, ladder) = ladder.split_once("\r\n\r\n").expect("a body");
    let mut rest = ladder;
    for line in [
        "INVITE 0120339836",
        "180 INVITE",
        "200 INVITE",
        "step language",
        "key 2",
        "-> 127",
        "INVITE desk",
        "BYE",
    ] {
        let found = rest.find(line);
        assert!(found.is_some(), "{line}, in its place: {ladder}");
        rest = &rest[found.unwrap_or_default()..];
    }
}

#[test]
fn a_log_that_nobody_reads_any_more_keeps_nothing_from_its_end() {
    let workplace = Workplace::new(&settings(""));
    let mut engine = Running::start(&workplace, &["serve"]);
    engine.stop_reading_its_log();
    assert_eq!(engine.terminate().status, 0);
}

#[test]
fn a_log_that_nobody_reads_keeps_nobody_waiting() {
    let strangers = "[sip.strangers]\nmessages_per_second = 5000\ncalls_per_second = 500\n";
    let workplace = Workplace::new(&settings(strangers));
    let mut command = workplace.command(&["serve"]);
    command.env("MADOGUCHI_LOG", "info,madoguchi=debug");
    let engine = Running::of(command);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let (to, from) = (engine.address().to_string(), socket.local_addr().expect("bound"));
    let request = |method: &str, call: u32| {
        format!(
            "{method} sip:0120339836@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{method}{call}\r\n\
             From: <sip:test@{from}>;tag={call}\r\nTo: <sip:{to}>\r\nCall-ID: {call}@{from}\r\n\
             Contact: <sip:test@{from}>\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let mut answer = [0; 2048];
    // A call is logged with half a kilobyte and more: a pipe holds the lines of a hundred, and no more.
    for call in 0..200 {
        for method in ["INVITE", "OPTIONS"] {
            socket.send_to(request(method, call).as_bytes(), &to).expect("loopback takes packets");
        }
        let of_options = format!("{call}@{from}\r\nCSeq: 1 OPTIONS");
        loop {
            let length = socket.recv(&mut answer);
            assert!(length.is_ok(), "after {call} calls nothing is answered");
            if String::from_utf8_lossy(&answer[..length.unwrap_or_default()]).contains(&of_options) {
                break;
            }
        }
    }
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = taken.local_addr().expect("an address");
    let workplace = Workplace::new(&format!("[sip]\nlisten = ['udp:{address}']\n"));
    let told = workplace.bad(&["serve"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with(&format!("madoguchi: udp:{address} is in use")), "{told}");
}

#[test]
fn an_admin_address_in_use_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = taken.local_addr().expect("an address");
    let workplace = Workplace::new("");
    let text = settings(&format!("[admin]\nlisten = '{address}'\n[dialplan]\n"));
    let text = text
        + &format!(
            "path = '{}'\nprompts = '{}'\n",
            shipped("dialplans").display(),
            shipped("prompts").display()
        );
    workplace.write("madoguchi.toml", &text);
    let told = workplace.bad(&["serve"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with(&format!("madoguchi: admin {address} is in use")), "{told}");
}

#[test]
fn an_engine_is_ready_until_it_drains() {
    let workplace = Workplace::new(&settings(""));
    let mut engine = Running::start(&workplace, &["serve"]);
    assert!(engine.get("/healthz").starts_with("HTTP/1.1 200 "));
    assert!(engine.get("/readyz").starts_with("HTTP/1.1 200 "));
    let target = format!("sip:0120339836@{}", engine.address());
    let mut caller = workplace.command(&["call", &target, "--for", "600"]);
    let mut caller = caller.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a caller");
    engine.logs_until("answered");
    assert!(engine.get("/metrics").contains("\nmadoguchi_calls_up 1\n"));
    engine.logs_after("-TERM", "draining");
    let not_ready = engine.get("/readyz");
    assert!(not_ready.starts_with("HTTP/1.1 503 ") && not_ready.contains("draining"), "{not_ready}");
    assert!(engine.get("/healthz").starts_with("HTTP/1.1 200 "), "alive all the same");
    assert_eq!(engine.terminate().status, 0);
    caller.kill().and_then(|()| caller.wait()).expect("ended");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_one_clear_line() {
    let workplace = Workplace::new(&settings("[store]\nurl = 'sqlite:occupied/cases.db'\n"));
    workplace.write("occupied", "a file where a folder should be");
    let told = workplace.bad(&["serve"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("madoguchi: cannot") && told.contains("occupied"), "{told}");
}

#[test]
fn a_missing_recording_is_named_with_its_prompt() {
    let workplace = Workplace::new("");
    workplace.write("prompts/ja/none", "");
    for entry in std::fs::read_dir(shipped("prompts/ja")).expect("recordings") {
        let path = entry.expect("a recording").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name != "menu-pin.wav" {
            std::os::unix::fs::symlink(&path, workplace.path(&format!("prompts/ja/{name}"))).expect("linked");
        }
    }
    for name in ["en", "music-on-hold.wav", "manifest.toml"] {
        let place = workplace.path(&format!("prompts/{name}"));
        std::os::unix::fs::symlink(shipped(&format!("prompts/{name}")), place).expect("linked");
    }
    let plans = shipped("dialplans").display().to_string();
    workplace
        .write("madoguchi.toml", &settings(&format!("[dialplan]\npath = '{plans}'\nprompts = 'prompts'\n")));
    let told = workplace.bad(&["serve"]);
    assert!(
        told.starts_with("error[no-recording]: prompt `menu-pin` (ja): prompts/ja/menu-pin.wav"),
        "{told}"
    );
    assert_eq!(told.matches("error[").count(), 1, "{told}");
}

#[test]
fn a_target_that_cannot_be_reached_is_an_error_where_it_is_written() {
    let more = "[desks.global]\ndial = 'sip:tac@127.0.0.1:5062;transport=tcp'\n";
    let told = Workplace::new(&settings(more)).bad(&["serve"]);
    assert!(told.contains("error[unreachable]") && told.contains("madoguchi.toml:13:8"), "{told}");
}

#[test]
fn both_callers_of_the_demonstration_come_where_they_should() {
    let workplace = Workplace::new("");
    let told = workplace.good(&["demo"]);
    assert!(told.ends_with("both callers came where they should\n"), "{told}");
    for said in ["queue japan-technical", "the desk was told: interpreter ja", "set has_pin = true"] {
        assert!(told.contains(said), "{told}");
    }
    for recording in ["inside-caller", "inside-japan", "outside-caller", "outside-global"] {
        let wav = hound::WavReader::open(workplace.path(&format!("data/demo/{recording}.wav")))
            .expect("a recording");
        assert!(wav.len() > 8_000, "{recording}");
    }
}
