//! A caller of our own, plain sockets and text: for what needs exact control over each packet.

use crate::ports;
use crate::process::PATIENCE;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const EVENT_PAYLOAD: u8 = 101;
const SSRC: u32 = 0x5eed_0001;

/// A call that is up.
pub struct Caller {
    sip: UdpSocket,
    /// Where the SDP says that it listens.
    pub audio: UdpSocket,
    engine: SocketAddr,
    call_id: String,
    to: String,
    /// Where the engine's SDP says that the engine listens.
    pub engine_audio: SocketAddr,
}

/// An RTP packet from the engine.
pub struct Arrived {
    /// When it was read from the socket.
    pub at: Instant,
    /// Its sequence number.
    pub sequence: u16,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Caller {
    /// Dials the engine's number and waits until it answers.
    pub fn dial(engine: SocketAddr) -> Caller {
        Caller::dial_listening(engine, socket(ports::one()))
    }

    /// Dials with an SDP that names this socket, which may be on another address than the signaling's.
    pub fn dial_listening(engine: SocketAddr, audio: UdpSocket) -> Caller {
        let sip = socket(ports::one());
        let call_id = format!("own-{}", sip.local_addr().expect("bound").port());
        let mut caller = Caller { sip, audio, engine, call_id, to: String::new(), engine_audio: engine };
        caller.send("INVITE", 1, Some(&caller.offer()));
        let answer = caller.response(200);
        caller.to = header(&answer, "To").to_string();
        let port = answer.split("m=audio ").nth(1).and_then(|rest| rest.split(' ').next());
        let port = port.and_then(|port| port.parse().ok()).expect("a port in the answer");
        caller.engine_audio = SocketAddr::new(engine.ip(), port);
        caller.send("ACK", 1, None);
        caller
    }

    /// Hangs up.
    pub fn hang_up(self) {
        self.send("BYE", 2, None);
        self.response(200);
    }

    fn offer(&self) -> String {
        let audio = self.audio.local_addr().expect("bound");
        let (host, port) = (audio.ip(), audio.port());
        format!(
            "v=0\r\no=own 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 {EVENT_PAYLOAD}\r\na=rtpmap:0 PCMU/8000\r\n\
             a=rtpmap:{EVENT_PAYLOAD} telephone-event/8000\r\na=fmtp:{EVENT_PAYLOAD} 0-15\r\n"
        )
    }

    fn send(&self, method: &str, cseq: u32, body: Option<&str>) {
        let (engine, local, call_id) = (self.engine, self.sip.local_addr().expect("bound"), &self.call_id);
        let to = if self.to.is_empty() { format!("<sip:0120339836@{engine}>") } else { self.to.clone() };
        let body = body.unwrap_or_default();
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let message = format!(
            "{method} sip:0120339836@{engine} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{call_id}{method};rport\r\n\
             From: <sip:0312345678@{local}>;tag=own\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:own@{local}>\r\nMax-Forwards: 70\r\n\
             {content}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.sip.send_to(message.as_bytes(), engine).expect("loopback takes packets");
    }

    /// The final response, which must have this status.
    fn response(&self, status: u16) -> String {
        self.sip.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut bytes = [0; 4096];
        loop {
            let (count, _) = self.sip.recv_from(&mut bytes).expect("an answer");
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if !text.starts_with("SIP/2.0 1") {
                assert!(text.starts_with(&format!("SIP/2.0 {status} ")), "{text}");
                return text;
            }
        }
    }
}

/// A socket on loopback that never waits forever.
pub fn socket(port: u16) -> UdpSocket {
    socket_on("127.0.0.1", port)
}

/// The same on another of loopback's addresses.
pub fn socket_on(host: &str, port: u16) -> UdpSocket {
    let socket = UdpSocket::bind((host, port)).expect("a port chosen as free");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

/// The next RTP packet at a socket; `None` where none comes in time.
pub fn receive(socket: &UdpSocket, wait: Duration) -> Option<Arrived> {
    socket.set_read_timeout(Some(wait)).expect("a timeout");
    let mut bytes = [0; 2048];
    let count = socket.recv(&mut bytes).ok()?;
    let at = Instant::now();
    let sequence = u16::from_be_bytes([bytes[2], bytes[3]]);
    Some(Arrived { at, sequence, payload: bytes[12..count].to_vec() })
}

/// A packet of speech: 20 ms of a sound that is no key.
pub fn speech(sequence: u16) -> Vec<u8> {
    rtp(0, sequence, u32::from(sequence) * 160, &[0x9c; 160])
}

/// A packet of a key that is held since `packets` packets.
pub fn key(event: u8, sequence: u16, began: u32, packets: u16) -> Vec<u8> {
    let [high, low] = (packets * 160).to_be_bytes();
    rtp(EVENT_PAYLOAD, sequence, began, &[event, 10, high, low])
}

fn rtp(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend(payload);
    packet
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let value = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.expect(name).trim()
}
