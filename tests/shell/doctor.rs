//! `doctor`: lines that are well, refused or silent, asked by a carrier that the test plays.

use super::workplace::{Ran, Workplace};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A carrier on loopback that answers every request alike.
struct Carrier {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    serving: Option<JoinHandle<Vec<String>>>,
}

impl Carrier {
    fn answering(register: &'static str, options: &'static str) -> Carrier {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let (address, over) = (socket.local_addr().expect("bound"), Arc::new(AtomicBool::new(false)));
        let until = over.clone();
        let serving = std::thread::spawn(move || {
            let mut asked = Vec::new();
            let mut buffer = [0; 4_096];
            while !until.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let status = if request.starts_with("REGISTER") { register } else { options };
                let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Contact", "Expires"];
                let is_kept = |line: &&str| kept.iter().any(|name| line.starts_with(&format!("{name}:")));
                let head: String =
                    request.lines().filter(is_kept).map(|line| format!("{line}\r\n")).collect();
                let head = head.replacen("\r\nCall-ID", ";tag=c\r\nCall-ID", 1);
                let answer = format!("SIP/2.0 {status}\r\n{head}Content-Length: 0\r\n\r\n");
                socket.send_to(answer.as_bytes(), from).expect("loopback takes packets");
                asked.push(request);
            }
            asked
        });
        Carrier { address, over, serving: Some(serving) }
    }

    /// Everything it was asked.
    fn asked(mut self) -> Vec<String> {
        self.over.store(true, Ordering::Relaxed);
        self.serving.take().expect("serving").join().expect("it ended well")
    }

    fn workplace(&self, more: &str) -> Workplace {
        let port = self.address.port();
        Workplace::new(&format!(
            "[sip]\nlisten = ['udp:127.0.0.1:0']\n[media]\nports = '20000-29999'\n\
             [trunks.line]\nhost = '127.0.0.1'\nport = {port}\n{more}"
        ))
    }
}

const REGISTERING: &str = "register = true\nuser = '0312345678'\npassword = 'geheim'\n";

#[test]
fn a_line_that_is_well_is_told_with_its_times_and_left_as_it_was() {
    let carrier = Carrier::answering("200 OK", "200 OK");
    let ran = carrier.workplace(REGISTERING).run(&["doctor"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("ok     audio on UDP ports 20000-29999: 2500 calls at once"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("trunk line: registered for 3600 s, answered in "), "{}", ran.stdout);
    let asked = carrier.asked();
    let last = asked.iter().rfind(|request| request.starts_with("REGISTER")).expect("asked");
    assert!(last.contains("Expires: 0\r\n"), "what it registered is taken back: {last}");
}

#[test]
fn a_refused_line_is_told_with_what_to_do_in_text_and_json() {
    let carrier = Carrier::answering("403 Forbidden", "200 OK");
    let workplace = carrier.workplace(REGISTERING);
    let Ran { status, stdout, .. } = workplace.run(&["doctor", "--trunk", "line"]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.contains("wrong  trunk line: REGISTER is answered 403 in "), "{stdout}");
    assert!(stdout.contains("check user and domain, the source port"), "{stdout}");
    assert!(!stdout.contains("audio"), "one trunk was asked for");
    let Ran { status, stdout, .. } = workplace.run(&["doctor", "--trunk", "line", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((status, &report["good"], &report["engine_runs"]), (1, &false.into(), &false.into()));
    let wrong = report["checks"].as_array().expect("checks").iter().find(|check| check["good"] == false);
    assert_eq!(wrong.expect("something")["trunk"], "line");
    assert!(!stdout.contains("geheim"));
    carrier.asked();
}

#[test]
fn a_line_without_registration_is_asked_by_options() {
    let carrier = Carrier::answering("500 No", "404 Not Found");
    let ran = carrier.workplace("keep_alive = '0s'\n").run(&["doctor", "--trunk", "line"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("answers OPTIONS 404 in "), "{}", ran.stdout);
    assert!(carrier.asked().iter().all(|request| request.starts_with("OPTIONS")));
}

#[test]
fn a_trunk_nobody_wrote_is_told() {
    let told = Workplace::new("[trunks.line]\nhost = '127.0.0.1'\n").bad(&["doctor", "--trunk", "lime"]);
    assert!(told.contains("there is no trunk `lime` in the settings: there is line"), "{told}");
}
