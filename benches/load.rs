//! Callers in the menus of a running engine, with media, and what they cost.
//!
//! `cargo bench --bench load -- [CALLERS] [SECONDS]` (300 and 20): starts the engine as a process of its
//! own, places the calls over real SIP and RTP on loopback, and prints packets missing and late, CPU per
//! prompt packet beside that of a bare paced `sendto` loop in the same run, CPU per call set-up and
//! bytes per call. Figures of one run compare; those of two machines or two moments do not.
//!
//! Lateness is measured by this process, so its own delays count against the engine.

#![expect(clippy::disallowed_methods, reason = "a measuring instrument reads the clock")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKET: usize = 172;
const TICK: Duration = Duration::from_millis(20);
/// Linux counts process time in hundredths of a second.
const CLOCK_TICK: Duration = Duration::from_millis(10);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if args.first().map(String::as_str) == Some("floor") {
        let to = args.get(3).and_then(|a| a.parse().ok()).expect("where to send");
        return floor(number(&args, 1, 300), number(&args, 2, 20), to);
    }
    let callers = number(&args, 0, 300);
    let seconds = number(&args, 1, 20);
    let engine = Engine::start();
    let idle_bytes = engine.resident_bytes();
    let mut load = Load::new(engine.sip);
    let before = engine.cpu();
    load.place(callers);
    load.listen(Duration::from_secs(1));
    let (after, sent_in_setup) = (engine.cpu(), load.packets());
    let busy_bytes = engine.resident_bytes();
    load.forget_packets();
    let floor = Floor::start(callers, seconds, load.rtp.local_addr().expect("bound"));
    let start = engine.cpu();
    load.listen(Duration::from_secs(seconds));
    let cpu = engine.cpu() - start;
    let floor = floor.per_packet();
    let packets = load.packets();
    let per_packet = cpu.as_secs_f64() / packets.max(1) as f64;
    let setup = (after - before).as_secs_f64() - sent_in_setup as f64 * per_packet;
    println!("callers up                 {} of {callers}", load.streams());
    println!("packets                    {packets} in {seconds} s");
    println!("packets missing            {}", load.missing());
    println!("more than 20 ms late       {:.3} %", load.late_percent());
    println!("CPU per prompt packet      {:.2} us", per_packet * 1e6);
    println!("bare paced sendto          {:.2} us, same packets, at the same time", floor * 1e6);
    println!("ratio                      {:.2}", per_packet / floor);
    println!("CPU per call set-up        {:.0} us, prompt started", setup * 1e6 / callers.max(1) as f64);
    println!("bytes per call             {}", busy_bytes.saturating_sub(idle_bytes) / callers.max(1));
}

fn number(args: &[String], at: usize, default: u64) -> u64 {
    args.get(at).and_then(|a| a.parse().ok()).unwrap_or(default)
}

/// The engine as a process.
struct Engine {
    child: Child,
    sip: SocketAddr,
    folder: tempfile::TempDir,
}

impl Engine {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a free port").port();
        let sip = SocketAddr::from(([127, 0, 0, 1], port));
        let root = env!("CARGO_MANIFEST_DIR");
        let settings = format!(
            "[sip]\nlisten = [\"udp:{sip}\"]\n[media]\nports = \"30000-33999\"\n\
             [admin]\nlisten = \"127.0.0.1:0\"\n\
             [store]\nurl = \"sqlite:{0}/madoguchi.db\"\nrecordings = \"{0}\"\n\
             [dialplan]\npath = \"{root}/dialplans\"\nprompts = \"{root}/prompts\"\n",
            folder.path().display()
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
        std::thread::spawn(move || said.for_each(drop));
        Engine { child, sip, folder }
    }

    /// User and system time so far, of all threads.
    fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    fn resident_bytes(&self) -> u64 {
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

fn cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<u32>().ok()).unwrap_or(0);
    CLOCK_TICK * (ticks(11) + ticks(12))
}

/// The callers: one SIP socket, one RTP socket, told apart by SSRC.
struct Load {
    sip: UdpSocket,
    rtp: UdpSocket,
    engine: SocketAddr,
    streams: BTreeMap<u32, Stream>,
}

#[derive(Default)]
struct Stream {
    arrivals: Vec<(u16, Instant)>,
}

impl Load {
    fn new(engine: SocketAddr) -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").expect("a SIP socket");
        let rtp = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
        rtp.set_recv_buffer_size(8 << 20).expect("a large buffer");
        rtp.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("an RTP socket");
        let rtp = UdpSocket::from(rtp);
        rtp.set_nonblocking(true).expect("non-blocking");
        sip.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        Load { sip, rtp, engine, streams: BTreeMap::new() }
    }

    /// Places calls one after the other, spread over a tick so that streams do not beat together.
    fn place(&mut self, callers: u64) {
        for caller in 0..callers {
            self.sip.send_to(self.invite(caller).as_bytes(), self.engine).expect("INVITE sent");
            let answer = self.answer(caller);
            self.sip.send_to(self.ack(caller, &answer).as_bytes(), self.engine).expect("ACK sent");
            self.listen(TICK / 7);
        }
    }

    fn invite(&self, caller: u64) -> String {
        let sdp = format!(
            "v=0\r\no=- {caller} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
            self.rtp.local_addr().expect("bound").port()
        );
        let head = self.head("INVITE", caller, "z9hG4bKi", "");
        let me = self.sip.local_addr().expect("bound");
        format!(
            "{head}Contact: <sip:load@{me}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    fn head(&self, method: &str, caller: u64, branch: &str, to_tag: &str) -> String {
        let me = self.sip.local_addr().expect("bound");
        format!(
            "{method} sip:0120339836@{0} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch={branch}{caller};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:0312345678@{me}>;tag=l{caller}\r\n\
             To: <sip:0120339836@{0}>{to_tag}\r\nCall-ID: load-{caller}\r\nCSeq: 1 {method}\r\n",
            self.engine
        )
    }

    fn answer(&self, caller: u64) -> String {
        let wanted = format!("Call-ID: load-{caller}\r\n");
        let mut buffer = [0; 4096];
        loop {
            let (length, _) = self.sip.recv_from(&mut buffer).expect("an answer within 5 s");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("SIP/2.0 200") && text.contains(&wanted) {
                return text;
            }
        }
    }

    fn ack(&self, caller: u64, answer: &str) -> String {
        let to = answer.lines().find_map(|l| l.strip_prefix("To: ")).unwrap_or_default();
        let tag = to.rsplit(";tag=").next().unwrap_or_default();
        let head = self.head("ACK", caller, "z9hG4bKa", &format!(";tag={tag}"));
        format!("{head}Content-Length: 0\r\n\r\n")
    }

    /// Takes packets for this long, keeping the core awake.
    fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        let mut buffer = [0; 2048];
        while Instant::now() < until {
            while let Ok((length, _)) = self.rtp.recv_from(&mut buffer) {
                self.take(&buffer[..length]);
            }
            std::hint::spin_loop();
        }
    }

    fn take(&mut self, packet: &[u8]) {
        if let [0x80, kind, s0, s1, _, _, _, _, a, b, c, d, ..] = *packet
            && kind & 0x7f == 0
        {
            let ssrc = u32::from_be_bytes([a, b, c, d]);
            let arrival = (u16::from_be_bytes([s0, s1]), Instant::now());
            self.streams.entry(ssrc).or_default().arrivals.push(arrival);
        }
    }

    fn forget_packets(&mut self) {
        self.streams.values_mut().for_each(|s| s.arrivals.clear());
    }

    fn streams(&self) -> usize {
        self.streams.values().filter(|s| !s.arrivals.is_empty()).count()
    }

    fn packets(&self) -> usize {
        self.streams.values().map(|s| s.arrivals.len()).sum()
    }

    /// Holes in the sequence numbers.
    fn missing(&self) -> u64 {
        let holes = |s: &Stream| -> u64 {
            let pairs = s.arrivals.windows(2);
            pairs.map(|p| u64::from(p[1].0.wrapping_sub(p[0].0).wrapping_sub(1))).sum()
        };
        self.streams.values().map(holes).sum()
    }

    /// Packets more than 20 ms after their place on the stream's own 20 ms grid.
    fn late_percent(&self) -> f64 {
        let late: usize = self.streams.values().map(Stream::late).sum();
        100.0 * late as f64 / self.packets().max(1) as f64
    }
}

impl Stream {
    fn late(&self) -> usize {
        let Some((first_seq, first_at)) = self.arrivals.first().copied() else { return 0 };
        let lag = |(seq, at): &(u16, Instant)| {
            let due = TICK * u32::from(seq.wrapping_sub(first_seq));
            (*at - first_at).as_secs_f64() - due.as_secs_f64()
        };
        let best = self.arrivals.iter().map(lag).fold(f64::INFINITY, f64::min);
        self.arrivals.iter().filter(|a| lag(a) - best > TICK.as_secs_f64()).count()
    }
}

/// The floor: another process that sends as many packets as paced, and does nothing else.
struct Floor(Child);

impl Floor {
    fn start(streams: u64, seconds: u64, to: SocketAddr) -> Self {
        let me = std::env::current_exe().expect("this program");
        let args = ["floor".to_string(), streams.to_string(), seconds.to_string(), to.to_string()];
        Floor(Command::new(me).args(args).stdout(Stdio::piped()).spawn().expect("the floor started"))
    }

    /// CPU seconds per packet.
    fn per_packet(self) -> f64 {
        let output = self.0.wait_with_output().expect("the floor ended");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("its figure")
    }
}

/// Sends a packet per stream every 20 ms to the socket that takes the engine's too, streams spread over
/// the tick, sleeping in whole milliseconds between; prints its own CPU seconds per packet.
fn floor(streams: u64, seconds: u64, to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let packet = [0x55; PACKET];
    let start = Instant::now();
    let mut sent: u64 = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        let due = (start.elapsed().as_secs_f64() / TICK.as_secs_f64() * streams as f64) as u64;
        while sent < due {
            socket.send_to(&packet, to).expect("sent");
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("{:e}", cpu_of(std::process::id()).as_secs_f64() / sent.max(1) as f64);
}
