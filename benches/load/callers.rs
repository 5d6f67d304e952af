//! Callers who say nothing and hear everything: what comes, what is missing, what is late.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// What a packet lasts.
pub const TICK: Duration = Duration::from_millis(20);

/// The callers: one SIP socket, one RTP socket, told apart by SSRC.
pub struct Load {
    sip: UdpSocket,
    /// Where all audio arrives.
    pub rtp: UdpSocket,
    engine: SocketAddr,
    streams: BTreeMap<u32, Stream>,
}

#[derive(Default)]
struct Stream {
    /// The last packet before those that count.
    before: Option<u16>,
    arrivals: Vec<(u16, Instant)>,
}

impl Load {
    /// Callers of this engine.
    pub fn new(engine: SocketAddr) -> Self {
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
    pub fn place(&mut self, callers: u64) {
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
    pub fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        self.listen_while(|| Instant::now() < until);
    }

    /// Takes packets as long as this holds, keeping the core awake.
    pub fn listen_while(&mut self, holds: impl Fn() -> bool) {
        let mut buffer = [0; 2048];
        while holds() {
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

    /// Counts from now on.
    pub fn forget_packets(&mut self) {
        for stream in self.streams.values_mut() {
            stream.before = stream.arrivals.last().map(|(seq, _)| *seq).or(stream.before);
            stream.arrivals.clear();
        }
    }

    /// Streams that were heard.
    pub fn streams(&self) -> usize {
        self.streams.values().filter(|s| !s.arrivals.is_empty()).count()
    }

    /// Packets that came.
    pub fn packets(&self) -> usize {
        self.streams.values().map(|s| s.arrivals.len()).sum()
    }

    /// Holes in the sequence numbers.
    pub fn missing(&self) -> u64 {
        let holes = |s: &Stream| -> u64 {
            let seqs: Vec<u16> = s.before.into_iter().chain(s.arrivals.iter().map(|a| a.0)).collect();
            seqs.windows(2).map(|p| u64::from(p[1].wrapping_sub(p[0]).wrapping_sub(1))).sum()
        };
        self.streams.values().map(holes).sum()
    }

    /// Packets that this process was too slow to take, since its start: they are missing through no fault of
    /// the engine's.
    pub fn dropped_here(&self) -> u64 {
        let port = format!(":{:04X}", self.rtp.local_addr().expect("bound").port());
        let sockets = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
        let ours = |line: &&str| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&port));
        let line = sockets.lines().find(ours).unwrap_or_default();
        line.split_whitespace().next_back().and_then(|drops| drops.parse().ok()).unwrap_or(0)
    }

    /// Packets more than 20 ms after their place on the stream's own 20 ms grid.
    pub fn late(&self) -> usize {
        self.streams.values().map(Stream::late).sum()
    }

    /// The same, of a hundred packets.
    pub fn late_percent(&self) -> f64 {
        100.0 * self.late() as f64 / self.packets().max(1) as f64
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
