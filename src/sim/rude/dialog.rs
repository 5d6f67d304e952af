//! The text a rude peer sends: messages put together by hand, right unless told otherwise.

use super::super::sight::Sight;
use super::script::Body;
use crate::audio::{Codec, Wishes};
use crate::base::Digit;
use crate::media::{Direction, Settings};
use crate::sdp::Events;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// What a rude peer knows of its call.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) own: SocketAddr,
    pub(super) audio: SocketAddr,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) call_id: String,
    pub(super) tag: String,
    pub(super) to_tag: Option<String>,
    pub(super) cseq: u32,
    pub(super) invite_cseq: u32,
    pub(super) invite_branch: String,
    /// Header lines of its own.
    pub(super) lines: String,
    pub(super) peer: SocketAddr,
}

impl Dialog {
    /// A request of the dialog with its own CSeq and branch.
    pub(super) fn request(&self, method: &str, cseq: u32, branch: &str, body: &str, kind: &str) -> Vec<u8> {
        let Dialog { own, to, from, call_id, tag, peer, lines, .. } = self;
        let to_tag = self.to_tag.as_ref().map(|t| format!(";tag={t}")).unwrap_or_default();
        let mut text = format!("{method} sip:{to}@{peer} SIP/2.0\r\n");
        let mut line = |name: &str, value: String| {
            let _infallible = write!(text, "{name}: {value}\r\n");
        };
        line("Via", format!("SIP/2.0/UDP {own};rport;branch={branch}"));
        line("Max-Forwards", "70".into());
        line("From", format!("<sip:{from}@{}>;tag={tag}", own.ip()));
        line("To", format!("<sip:{to}@{}>{to_tag}", peer.ip()));
        line("Call-ID", call_id.clone());
        line("CSeq", format!("{cseq} {method}"));
        line("Contact", format!("<sip:{from}@{own}>"));
        if !body.is_empty() {
            line("Content-Type", kind.into());
        }
        line("Content-Length", body.len().to_string());
        format!("{text}{lines}\r\n{body}").into_bytes()
    }

    /// The answer to a request from the other side: 200, with its headers as they came.
    pub(super) fn ok(&self, request: &Sight<'_>) -> Option<Vec<u8>> {
        let mut text = String::from("SIP/2.0 200 OK\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let _infallible = write!(text, "{name}: {}\r\n", request.header(name)?);
        }
        let _infallible = write!(text, "Contact: <sip:{}@{}>\r\n", self.from, self.own);
        let offers = request.request().is_some_and(|(method, _)| method == "INVITE");
        let body = if offers { self.sdp(Body::Good) } else { String::new() };
        if !body.is_empty() {
            text += "Content-Type: application/sdp\r\n";
        }
        Some(format!("{text}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    /// SDP of this kind.
    pub(super) fn sdp(&self, body: Body) -> String {
        let ip = self.audio.ip();
        let port = match body {
            Body::Moved => self.audio.port() + 2,
            Body::Fax => 0,
            _ => self.audio.port(),
        };
        let codecs = match body {
            Body::Unknown => "18\r\na=rtpmap:18 G729/8000\r\n",
            _ => "0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
        };
        let direction = if body == Body::Hold { "a=sendonly\r\n" } else { "" };
        let text = format!(
            "v=0\r\no=- 1 {} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {codecs}{direction}",
            self.cseq
        );
        match body {
            Body::Late => String::new(),
            Body::Noise => "\u{1}\u{2}no description\u{7f}".into(),
            Body::Truncated => text[..text.find("m=audio").map_or(text.len(), |at| at + 5)].into(),
            Body::Fax => text + FAX,
            Body::Beside => text + FAX + BESIDE,
            Body::Good | Body::Hold | Body::Moved | Body::Unknown => text,
        }
    }
}

/// A fax machine's section (ITU-T T.38 D.2).
const FAX: &str = "m=image 5004 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxRateManagement:transferredTCF\r\n";
/// Pictures, and something made up.
const BESIDE: &str = "m=video 5006 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=smell 5008 TCP/SCENT rose\r\n";

/// Where SDP wants audio.
pub(super) fn audio_of(sdp: &str) -> Option<SocketAddr> {
    let ip = sdp.lines().find_map(|l| l.strip_prefix("c=IN IP4 "))?.trim().parse().ok()?;
    let port = sdp.lines().find_map(|l| l.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(ip, port))
}

/// A PCMU stream to an address.
pub(super) fn settings(remote: SocketAddr) -> Settings {
    Settings {
        remote_rtp: remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        learn: false,
        codec: Codec::Pcmu,
        payload_type: 0,
        wishes: Wishes::default(),
        events: Some(Events { payload_type: 101, clock_hz: 8_000 }),
        also: Vec::new(),
        direction: Direction::SendRecv,
        ptime: Duration::from_millis(20),
        inband: false,
        timeout: None,
        keys: None,
        dtls: None,
        ice: None,
    }
}

/// A key's two tones (ITU-T Q.23).
pub(super) fn tone(digit: Digit, length: Duration) -> Vec<i16> {
    const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let at = "123A456B789C*0#D".find(digit.as_char()).expect("sixteen keys");
    let (low, high) = (LOW[at / 4], HIGH[at % 4]);
    let wave = |hz: f64, at: usize| (at as f64 * hz * std::f64::consts::TAU / 8_000.0).sin();
    (0..length.as_millis() as usize * 8)
        .map(|at| ((wave(low, at) + wave(high, at)) * 6_000.0) as i16)
        .collect()
}
