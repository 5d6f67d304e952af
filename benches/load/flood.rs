//! Floods from a stranger while calls are up: what the calls lose, and what stays in memory.

use super::callers::Load;
use super::engine::Engine;
use super::reload;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Callers who wait in line and hear music, as long as it takes.
const PLAN: &str = r#"
start = "line"
[step.line]
verb = "queue"
queue = "japan-technical"
music = "music-on-hold"
position = false
max_wait = "2h"
otherwise = "bye"
after = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;
const SETTINGS: &str = "[desks.japan]\nhours = \"always\"\n\
                        [desks.japan.queues.japan-technical]\nmax_waiting = 4000\n";

/// Datagrams a second that are no SIP.
const GARBAGE: u32 = 20_000;
/// INVITE and REGISTER a second, by turns.
const REQUESTS: u32 = 2_000;
/// Until what a flood left behind has run out: transactions and unacknowledged calls, 32 s each (RFC 3261 Timer H).
const REST: Duration = Duration::from_secs(40);

/// Prints what became of the calls in a quiet time and under each flood.
pub fn measure(callers: u64, seconds: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("line.toml"), PLAN).expect("the plan written");
    let prompts = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let engine = Engine::start(folder.path(), &prompts, SETTINGS);
    let mut load = Load::new(engine.sip);
    load.place(callers);
    load.listen(Duration::from_secs(2));
    let time = Duration::from_secs(seconds);
    println!(
        "flood                 calls  packets  missing  of them here  late  CPU s  memory kB  after rest kB"
    );
    phase(&engine, &mut load, "none", time, None);
    for _ in 0..2 {
        phase(&engine, &mut load, "20,000 garbage/s", time, Some((GARBAGE, garbage)));
        phase(&engine, &mut load, "2,000 INVITE+REGISTER/s", time, Some((REQUESTS, request)));
    }
    let figures = reload::ask(engine.admin, "GET /metrics", "", "");
    figures.lines().filter(|line| line.contains("_total ")).for_each(|line| println!("{line}"));
}

type Flood = (u32, fn(u64, SocketAddr, SocketAddr) -> Vec<u8>);

fn phase(engine: &Engine, load: &mut Load, name: &str, time: Duration, flood: Option<Flood>) {
    load.forget_packets();
    let (cpu, dropped) = (engine.cpu(), load.dropped_here());
    let over = Arc::new(AtomicBool::new(false));
    let flooder = flood.map(|flood| {
        let (over, to) = (Arc::clone(&over), engine.sip);
        std::thread::spawn(move || pour(flood, to, &over))
    });
    load.listen(time);
    over.store(true, Ordering::Relaxed);
    let poured = flooder.map_or(0, |flooder| flooder.join().expect("the flood"));
    let (packets, missing, late) = (load.packets(), load.missing(), load.late());
    let (cpu, here) = (engine.cpu() - cpu, load.dropped_here() - dropped);
    let memory = engine.resident_bytes() / 1024;
    if poured > 0 {
        load.listen(REST);
    }
    println!(
        "{name:<23} {:>3} {packets:>8} {missing:>8} {here:>13} {late:>5} {:>6.1} {memory:>10} {:>14}   ({poured} poured)",
        load.streams(),
        cpu.as_secs_f64(),
        engine.resident_bytes() / 1024,
    );
}

/// Sends so many a second, in bursts of a millisecond, from an address that no settings name.
fn pour((per_second, datagram): Flood, to: SocketAddr, over: &AtomicBool) -> u64 {
    let socket = UdpSocket::bind("127.0.0.2:0").expect("a socket");
    let from = socket.local_addr().expect("bound");
    let (start, mut sent) = (Instant::now(), 0u64);
    while !over.load(Ordering::Relaxed) {
        let due = (start.elapsed().as_secs_f64() * f64::from(per_second)) as u64;
        while sent < due {
            // A full buffer is the flood's loss.
            let _ = socket.send_to(&datagram(sent, from, to), to);
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    sent
}

fn garbage(number: u64, _from: SocketAddr, _to: SocketAddr) -> Vec<u8> {
    let length = 20 + number % 400;
    (0..length).map(|at| (number.wrapping_mul(2_654_435_761) >> (at % 32)) as u8).collect()
}

fn request(number: u64, from: SocketAddr, to: SocketAddr) -> Vec<u8> {
    let method = if number.is_multiple_of(2) { "INVITE" } else { "REGISTER" };
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
    format!(
        "{method} sip:0120339836@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKf{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{number}@{from}>;tag=f{number}\r\nTo: <sip:0120339836@{to}>\r\n\
         Call-ID: flood-{number}\r\nCSeq: 1 {method}\r\nContact: <sip:x@{from}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
    .into_bytes()
}
