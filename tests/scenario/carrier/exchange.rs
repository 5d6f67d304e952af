//! What the network of the line does with what it gets. It reads and writes its own text: nothing here shares a
//! line with the engine that is tested.

use super::line::OURS;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// The only port that requests may come from, and that responses go to.
const SIGNALING_PORT: u16 = 5060;
/// After an answer that no 180 came before.
const CUT_WITHOUT_180: Duration = Duration::from_millis(28);
/// After the ACK of an answer without what the line wants.
const CUT_AFTER_ACK: Duration = Duration::from_millis(4);
/// How long the PRACK of a reliable 180 is waited for.
const PRACK_PATIENCE: Duration = Duration::from_secs(32);
/// How long after it a callee answers.
const ANSWERED_AFTER: Duration = Duration::from_millis(700);
/// The session's length, and when its refresher sends the next UPDATE.
const SESSION_S: u64 = 300;

/// How the exchange ended a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How long after the answer.
    pub after: Duration,
    pub why: &'static str,
}

/// The call that the exchange placed.
#[derive(Debug, Default)]
struct Call {
    id: u32,
    uri: String,
    to: String,
    placed: Duration,
    rang: Option<(Duration, String)>,
    rang_reliably: bool,
    /// The extension that the callee must have.
    requires: Option<&'static str>,
    answered: Option<Duration>,
    end: Option<End>,
    refreshes: u32,
}

/// The network's side of a line.
#[derive(Debug, Default)]
pub struct Exchange {
    now: Duration,
    calls: u32,
    call: Call,
    due: BTreeMap<(Duration, u32), String>,
    order: u32,
    log: Vec<String>,
    dialled: Vec<String>,
    last: String,
    to_5060: u32,
    registers: u32,
    /// What is said to whoever dialled, once their PRACK has come; and the 408 that is due without it.
    unanswered: Option<(String, (Duration, u32))>,
    /// Whether a PRACK does its work and is answered 408 all the same.
    loses_pracks: bool,
    /// Transactions of calls that came, by branch: INVITEs are not answered twice.
    known: BTreeMap<String, String>,
}

impl Exchange {
    pub fn new() -> Exchange {
        Exchange::default()
    }

    /// A mobile calls: the INVITE as it was captured, in compact form.
    pub fn ring(&mut self, uri: &str, to: &str) {
        self.ring_requiring(None, uri, to);
    }

    /// The same, by a switch that insists on an extension; without it where that is refused.
    pub fn ring_requiring(&mut self, requires: Option<&'static str>, uri: &str, to: &str) {
        self.calls += 1;
        let id = self.calls;
        let placed = self.now;
        self.call = Call { id, uri: uri.into(), to: to.into(), placed, requires, ..Call::default() };
        let require = requires.map(|tag| format!("Require: {tag}\r\n")).unwrap_or_default();
        let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000/1\r\na=rtpmap:101 telephone-event/8000\r\n\
                   a=fmtp:101 0-15\r\na=ptime:20\r\n";
        let invite = format!(
            "INVITE {uri} SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKin{id}\r\nMax-Forwards: 70\r\n\
             f: <sip:09012345678@ntt-east.ne.jp>;tag=n{id}\r\nt: <{to}>\r\ni: in{id}\r\nCSeq: 1 INVITE\r\n\
             m: <sip:192.0.2.1:5060>\r\nk: timer,100rel\r\n{require}x: {SESSION_S};refresher=uac\r\nMin-SE: {SESSION_S}\r\n\
             Allow: INVITE,ACK,BYE,CANCEL,PRACK,UPDATE\r\nc: application/sdp\r\nl: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        self.send_after(Duration::ZERO, invite);
    }

    /// The caller hangs up.
    pub fn hang_up(&mut self) {
        self.bye();
        self.call.end = Some(End { after: Duration::ZERO, why: "the caller hung up" });
    }

    /// What is due until then, in order.
    pub fn send_due(&mut self, now: Duration) -> Vec<String> {
        self.now = now;
        let later = self.due.split_off(&(now, u32::MAX));
        let due = std::mem::replace(&mut self.due, later);
        for text in due.values() {
            self.log.push(format!("{now:?} -> {}", first_line(text)));
            if text.starts_with("UPDATE") {
                let next = Duration::from_secs(SESSION_S / 2);
                self.refresh_after(next);
            }
        }
        due.into_values().collect()
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// A message of the line, from this address.
    pub fn receive(&mut self, now: Duration, from: SocketAddr, text: &str) {
        self.now = now;
        self.log.push(format!("{now:?} <- {}", first_line(text)));
        self.last = text.to_string();
        match text.split(' ').next().unwrap_or_default() {
            "SIP/2.0" => self.on_response(text),
            "REGISTER" => self.on_register(from, text),
            "INVITE" => self.on_invite(from, text),
            "PRACK" => self.on_prack(text),
            "BYE" | "UPDATE" | "CANCEL" => self.send_after(Duration::ZERO, reply(text, "200 OK", "")),
            _ => {}
        }
    }

    /// From now on PRACKs are lost behind the exchange: it answers them 408.
    pub fn lose_pracks(&mut self) {
        self.loses_pracks = true;
    }

    /// How the exchange ended the call, where it did.
    pub fn end(&self) -> Option<End> {
        self.call.end.clone()
    }

    /// How long after the INVITE it rang.
    pub fn rang_after(&self) -> Option<Duration> {
        self.call.rang.as_ref().map(|(at, _)| *at - self.call.placed)
    }

    /// How often the session was refreshed.
    pub fn refreshed(&self) -> u32 {
        self.call.refreshes
    }

    pub fn registers(&self) -> u32 {
        self.registers
    }

    pub fn to_5060(&self) -> u32 {
        self.to_5060
    }

    /// CSeq of every call that came.
    pub fn dialled(&self) -> &[String] {
        &self.dialled
    }

    /// How many messages had this header field.
    pub fn requests(&self, name: &str) -> usize {
        self.log.iter().filter(|line| line.contains(name)).count()
    }

    pub fn log(&self) -> String {
        self.log.join("\n")
    }

    /// The newest message of the line.
    pub fn last(&self) -> &str {
        &self.last
    }

    fn on_response(&mut self, text: &str) {
        let status = text.split(' ').nth(1).unwrap_or_default();
        let cseq = header(text, "CSeq");
        match (status, cseq.as_str()) {
            ("180" | "183", "1 INVITE") => {
                let tag = tag(&header(text, "To"));
                self.call.rang.get_or_insert((self.now, tag));
                self.acknowledge(text);
            }
            ("420", "1 INVITE") if self.call.requires.is_some() => {
                let ack = self.in_dialog("ACK", 1, &header(text, "To"));
                self.send_after(Duration::ZERO, ack);
                let (uri, to) = (self.call.uri.clone(), self.call.to.clone());
                self.ring(&uri, &to);
            }
            ("200", "1 INVITE") => self.on_answer(text),
            ("100", _) => {}
            ("200", _) if cseq.ends_with("UPDATE") => {
                let refreshed = header(text, "Session-Expires").contains("refresher=uac");
                self.call.refreshes += u32::from(refreshed);
            }
            (_, "1 INVITE") => {
                let ack = self.in_dialog("ACK", 1, &header(text, "To"));
                self.send_after(Duration::ZERO, ack);
                self.call.end = Some(End { after: Duration::ZERO, why: "refused" });
            }
            _ => {}
        }
    }

    /// PRACK for a 180 that asks for one.
    fn acknowledge(&mut self, text: &str) {
        if !header(text, "Require").contains("100rel") {
            return;
        }
        let first = !std::mem::replace(&mut self.call.rang_reliably, true);
        let rack = format!("RAck: {} 1 INVITE\r\nl: 0", header(text, "RSeq"));
        let prack = self.in_dialog("PRACK", 2, &header(text, "To")).replace("l: 0", &rack);
        if first {
            self.send_after(Duration::ZERO, prack);
        }
    }

    fn on_answer(&mut self, text: &str) {
        let to = header(text, "To");
        let ack = self.in_dialog("ACK", 1, &to);
        self.send_after(Duration::ZERO, ack);
        if self.call.answered.replace(self.now).is_some() {
            return;
        }
        self.call.to = to.clone();
        match self.objection(text) {
            Some((after, why)) => {
                self.call.end = Some(End { after, why });
                let bye = self.in_dialog("BYE", 3, &to);
                self.send_after(after, bye);
            }
            None => self.refresh_after(Duration::from_secs(SESSION_S / 2)),
        }
    }

    /// Why the network cuts an answered call, and when.
    fn objection(&self, answer: &str) -> Option<(Duration, &'static str)> {
        let Some((_, rang)) = &self.call.rang else {
            return Some((CUT_WITHOUT_180, "no 180 before the answer"));
        };
        if *rang != tag(&header(answer, "To")) {
            return Some((CUT_AFTER_ACK, "the answer has another tag than the 180"));
        }
        if self.call.requires.is_some() {
            return Some((CUT_AFTER_ACK, "it was answered by who cannot know what it requires"));
        }
        if header(answer, "Supported").contains("100rel") && !self.call.rang_reliably {
            return Some((CUT_AFTER_ACK, "the 180 was not reliable, though both sides can"));
        }
        let timed = header(answer, "Session-Expires").contains("refresher=uac")
            && header(answer, "Require").contains("timer")
            && header(answer, "Supported").contains("timer")
            && !header(answer, "Allow").is_empty()
            && header(answer, "Date").ends_with("GMT");
        if !timed {
            return Some((CUT_AFTER_ACK, "the answer does not carry what the line wants"));
        }
        let ours = format!("IN IP4 {}", OURS.ip());
        (!is_carried(answer) || answer.matches(&ours).count() < 2)
            .then_some((CUT_AFTER_ACK, "the audio is not what the line carries"))
    }

    fn refresh_after(&mut self, after: Duration) {
        let cseq = 10 + self.order;
        let (to, more) = (self.call.to.clone(), format!("k: timer\r\nx: {SESSION_S};refresher=uac\r\n"));
        let update = self.in_dialog("UPDATE", cseq, &to).replace("l: 0", &format!("{more}l: 0"));
        self.send_after(after, update);
    }

    fn bye(&mut self) {
        let to = self.call.to.clone();
        self.due.clear();
        let bye = self.in_dialog("BYE", 9_999, &to);
        self.send_after(Duration::ZERO, bye);
    }

    /// Line authentication: whoever sends from the line is its user.
    fn on_register(&mut self, from: SocketAddr, text: &str) {
        if text.contains("\r\nAuthorization:") {
            self.log.push("Authorization".into());
        }
        if self.is_refused(from, text) {
            return;
        }
        self.registers += 1;
        let user = header(text, "Contact").contains("sip:0312345678@");
        let domain = text.starts_with("REGISTER sip:ntt-east.ne.jp SIP/2.0");
        let response = match user && domain {
            true => {
                let contact = header(text, "Contact");
                reply(text, "200 OK", &format!("m: {contact};expires={}\r\n", header(text, "Expires")))
            }
            false => reply(text, "404 Not Found", ""),
        };
        self.send_after(Duration::ZERO, response);
    }

    fn on_invite(&mut self, from: SocketAddr, text: &str) {
        let branch = header(text, "Via");
        if self.known.contains_key(&branch) || self.is_refused(from, text) {
            return;
        }
        self.known.insert(branch, text.to_string());
        self.dialled.push(header(text, "CSeq"));
        let to = header(text, "To");
        let refusal = match () {
            _ if !first_line(text).contains("@192.0.2.1:5060 ") => Some("403 Forbidden"),
            _ if header(text, "CSeq") != "1 INVITE" => Some("500 Retry"),
            _ if to.trim_end_matches('>').rsplit('@').next().is_some_and(|h| h.contains(':')) => {
                Some("400 Port in To")
            }
            _ if !is_carried(text) => Some("488 Not Acceptable Here"),
            _ => None,
        };
        if let Some(status) = refusal {
            self.log.push(format!("refused {status}"));
            return self.send_after(Duration::ZERO, reply(text, status, ""));
        }
        let sdp = "v=0\r\no=- 2 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                   m=audio 40010 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000/1\r\na=rtpmap:101 telephone-event/8000\r\n\
                   a=ptime:20\r\n";
        self.send_after(Duration::ZERO, reply(text, "100 Trying", ""));
        let reliable = header(text, "Supported").contains("100rel");
        let reliably = if reliable { "Require: 100rel\r\nRSeq: 7\r\n" } else { "" };
        let ringing = reply(text, "180 Ringing", &format!("m: <sip:192.0.2.1:5060>\r\n{reliably}"));
        self.send_after(Duration::from_millis(200), ringing);
        let timed = match header(text, "Supported").contains("timer") {
            true => format!("x: {SESSION_S};refresher=uas\r\nRequire: timer\r\n"),
            false => String::new(),
        };
        let answer =
            reply(text, "200 OK", &format!("m: <sip:192.0.2.1:5060>\r\n{timed}c: application/sdp\r\n"));
        let answer = answer.replace("l: 0\r\n\r\n", &format!("l: {}\r\n\r\n{sdp}", sdp.len()));
        match reliable {
            true => {
                self.send_after(PRACK_PATIENCE, reply(text, "408 Request Timeout", ""));
                self.unanswered = Some((answer, (self.now + PRACK_PATIENCE, self.order)));
            }
            false => self.send_after(Duration::from_millis(900), answer),
        }
    }

    fn on_prack(&mut self, text: &str) {
        let status = if self.loses_pracks { "408 Request Timeout" } else { "200 OK" };
        self.send_after(Duration::ZERO, reply(text, status, ""));
        if let Some((answer, refusal)) = self.unanswered.take_if(|_| header(text, "RAck") == "7 1 INVITE") {
            self.due.remove(&refusal);
            self.send_after(ANSWERED_AFTER, answer);
        }
    }

    /// A request from another port: the first answer goes to 5060 all the same, then it is refused.
    fn is_refused(&mut self, from: SocketAddr, text: &str) -> bool {
        if from.port() == SIGNALING_PORT {
            return false;
        }
        self.to_5060 += 1;
        self.send_after(Duration::ZERO, reply(text, "403 Forbidden", ""));
        true
    }

    fn in_dialog(&self, method: &str, cseq: u32, to: &str) -> String {
        let Call { id, uri, .. } = &self.call;
        let branch = if method == "ACK" && !to.contains("tag=") { "in" } else { method };
        format!(
            "{method} {uri} SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}{id}x{cseq}\r\n\
             Max-Forwards: 70\r\nf: <sip:09012345678@ntt-east.ne.jp>;tag=n{id}\r\nt: {to}\r\ni: in{id}\r\n\
             CSeq: {cseq} {method}\r\nm: <sip:192.0.2.1:5060>\r\nl: 0\r\n\r\n"
        )
    }

    fn send_after(&mut self, after: Duration, text: String) {
        self.order += 1;
        self.due.insert((self.now + after, self.order), text);
    }
}

/// A response in compact form.
fn reply(request: &str, status: &str, more: &str) -> String {
    let to = header(request, "To");
    let to = if to.contains("tag=") || status.starts_with("100") { to } else { format!("{to};tag=exchange") };
    format!(
        "SIP/2.0 {status}\r\nv: {}\r\nf: {}\r\nt: {to}\r\ni: {}\r\nCSeq: {}\r\n{more}l: 0\r\n\r\n",
        header(request, "Via"),
        header(request, "From"),
        header(request, "Call-ID"),
        header(request, "CSeq"),
    )
}

/// PCMU and keys in packets of 20 ms, and nothing else.
fn is_carried(message: &str) -> bool {
    let line =
        |start: &str| message.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_string();
    let keys: Vec<String> = message
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(" telephone-event/8000"))
        .map(|(payload, _)| payload.to_string())
        .collect();
    let media = line("m=audio ");
    let mut payloads = media.split(' ').skip(3);
    let only = payloads.next() == Some("0") && payloads.all(|p| keys.iter().any(|key| key == p));
    only && line("a=ptime:") == "a=ptime:20"
}

/// The first header field of that name, in its long or compact form.
pub fn header(message: &str, name: &str) -> String {
    let compact = match name {
        "Via" => "v",
        "From" => "f",
        "To" => "t",
        "Call-ID" => "i",
        "Contact" => "m",
        "Supported" => "k",
        "Session-Expires" => "x",
        other => other,
    };
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(n, _)| n.eq_ignore_ascii_case(name) || *n == compact);
    found.map(|(_, value)| value.trim().to_string()).unwrap_or_default()
}

fn tag(to: &str) -> String {
    to.split_once(";tag=").map(|(_, tag)| tag.to_string()).unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
