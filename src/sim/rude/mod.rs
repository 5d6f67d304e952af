//! Peers that break rules on purpose: raw messages by a script, no transactions, no manners.
//!
//! Their bytes are put together here and by nobody else's reader or writer, so that a mistake of the
//! engine's own codec cannot hide.

mod dialog;
mod script;

pub use script::{Body, Move, digits, duration};

use super::sight::Sight;
use crate::base::{CallKey, Deadline, Digit, Instant, LegKey, Now, Rng};
use crate::media::{self, Command};
use crate::node::journal::{Entry, What};
use crate::node::{Input, Node, Output};
use crate::signaling::{Flow, Transport};
use dialog::Dialog;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a response is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
/// Ports of the engine that an intruder tries.
const INTRUDED: std::ops::Range<u16> = 0..24;
const FIRST_PORT: u16 = 20_000;
/// The peer's own audio, and the stream it intrudes with.
const OWN: LegKey = LegKey(1);
const INTRUDER: LegKey = LegKey(2);
/// How the branch of a request begins that is scratched: it may be dropped.
pub const GARBAGE_BRANCH: &str = "z9hG4bKgarbage";
/// Copies of a BYE.
const BYE_COPIES: u32 = 5;
/// Who garbage seems to come from.
pub const STRANGER: &str = "0900000000";
/// How long a gateway's tone leaks before it has told it from speech.
const LEAK: Duration = Duration::from_millis(60);
const HOLD: Duration = Duration::from_millis(100);

/// A peer with a script and no manners.
pub struct Rude {
    dialog: Dialog,
    script: VecDeque<Move>,
    waits: Option<Instant>,
    ready: bool,
    streams: Vec<LegKey>,
    last_request: Vec<u8>,
    last_method: &'static str,
    got: Option<u16>,
    /// The number of the last reliable provisional response.
    rseq: String,
    /// Final responses to INVITEs that wait for an ACK: CSeq, branch of the INVITE, status.
    finals: Vec<(u32, String, u16)>,
    acked: Vec<(u32, Vec<u8>)>,
    silent: bool,
    far_audio: Option<SocketAddr>,
    rng: Rng,
    outbox: VecDeque<Output>,
}

impl Rude {
    /// A peer at `own` that calls `to` at `engine` as `from`.
    pub fn new(
        own: SocketAddr,
        engine: SocketAddr,
        to: &str,
        from: &str,
        script: Vec<Move>,
        rng: Rng,
    ) -> Self {
        let mut rng = rng.fork("rude");
        let dialog = Dialog {
            own,
            audio: own,
            to: to.into(),
            from: from.into(),
            call_id: rng.hex(12),
            tag: rng.hex(6),
            to_tag: None,
            cseq: 0,
            invite_cseq: 0,
            invite_branch: String::new(),
            lines: String::new(),
            peer: engine,
        };
        Rude {
            dialog,
            script: script.into(),
            waits: None,
            ready: false,
            streams: Vec::new(),
            last_request: Vec::new(),
            last_method: "",
            got: None,
            rseq: String::new(),
            finals: Vec::new(),
            acked: Vec::new(),
            silent: false,
            far_audio: None,
            rng,
            outbox: VecDeque::from([Output::OpenPort {
                call: CallKey(1),
                leg: OWN,
                towards: None,
                dscp: None,
            }]),
        }
    }

    fn run(&mut self, now: Now) {
        while self.ready && self.is_due(now) {
            self.waits = None;
            match self.script.pop_front() {
                Some(next) => self.perform(now, next),
                None => return self.close(),
            }
        }
    }

    /// Whether nothing more is waited for; begins the wait that the next move asks for.
    fn is_due(&mut self, now: Now) -> bool {
        let wait = match self.script.front() {
            Some(Move::Wait(time)) => *time,
            Some(Move::Await(status)) if self.got != Some(*status) => PATIENCE,
            _ => return true,
        };
        let until = *self.waits.get_or_insert(now.mono + wait);
        until <= now.mono
    }

    fn perform(&mut self, now: Now, next: Move) {
        match next {
            Move::Wait(_) | Move::Await(_) => {}
            Move::Invite(body) => {
                self.dialog.to_tag = None;
                self.invite(body);
            }
            Move::Reinvite(body) => self.invite(body),
            Move::Again(times) => {
                for _ in 0..times {
                    self.send(self.last_request.clone());
                }
            }
            Move::Ack(body) => self.acknowledge(body),
            Move::Cancel => {
                let Dialog { invite_cseq, invite_branch, .. } = &self.dialog;
                let mut dialog = self.dialog.clone();
                dialog.to_tag = None;
                self.send(dialog.request("CANCEL", *invite_cseq, invite_branch, "", ""));
            }
            Move::Bye => self.hang_up(),
            Move::Info(digit) => self.info(digit),
            Move::Keys(count) => {
                for at in 0..count {
                    self.info(Digit::from_event((at % 16) as u8).expect("a code below 16"));
                }
            }
            Move::Leak(digit) => self.leak(digit),
            Move::Options => self.in_dialog("OPTIONS", "", ""),
            Move::Prack => self.prack(),
            Move::Update(body) => self.in_dialog("UPDATE", &self.dialog.sdp(body), "application/sdp"),
            Move::With(line) if line.is_empty() => self.dialog.lines.clear(),
            Move::With(line) => self.dialog.lines += &format!("{line}\r\n"),
            Move::Press(digits) => self.press(now, digits, false),
            Move::Tone(digits) => self.press(now, digits, true),
            Move::Intrude(digits) => self.intrude(now, digits),
            Move::Garbage(count) => self.garbage(now, count),
            Move::Stray(status) => self.stray(status),
            Move::Silent => self.silent = true,
        }
    }

    fn invite(&mut self, body: Body) {
        self.in_dialog("INVITE", &self.dialog.sdp(body), "application/sdp");
    }

    fn prack(&mut self) {
        let lines = self.dialog.lines.clone();
        self.dialog.lines += &format!("RAck: {} {} INVITE\r\n", self.rseq, self.dialog.invite_cseq);
        self.in_dialog("PRACK", "", "");
        self.dialog.lines = lines;
    }

    fn in_dialog(&mut self, method: &'static str, body: &str, kind: &str) {
        self.dialog.cseq += 1;
        let branch = format!("z9hG4bK{}", self.rng.hex(8));
        let bytes = self.dialog.request(method, self.dialog.cseq, &branch, body, kind);
        if method == "INVITE" {
            self.dialog.invite_cseq = self.dialog.cseq;
            self.dialog.invite_branch = branch;
        }
        (self.last_method, self.last_request, self.got) = (method, bytes.clone(), None);
        self.send(bytes);
    }

    /// ACKs for every final response so far: of a branch of its own after a 2xx, of the INVITE's after another.
    fn acknowledge(&mut self, body: Body) {
        let sdp = if body == Body::Good { String::new() } else { self.dialog.sdp(Body::Good) };
        let early = (self.dialog.invite_cseq, self.dialog.invite_branch.clone(), 200);
        let finals = std::mem::take(&mut self.finals);
        let finals = if finals.is_empty() { vec![early] } else { finals };
        for (cseq, branch, status) in finals {
            let branch = if status < 300 { format!("z9hG4bK{}", self.rng.hex(8)) } else { branch };
            let ack = self.dialog.request("ACK", cseq, &branch, &sdp, "application/sdp");
            self.acked.push((cseq, ack.clone()));
            self.send(ack);
        }
    }

    /// BYE, a few times at once in place of a transaction: a peer that is never heard of again keeps its
    /// call until the plan ends it.
    fn hang_up(&mut self) {
        self.in_dialog("BYE", "", "");
        for _ in 0..BYE_COPIES {
            self.send(self.last_request.clone());
        }
    }

    fn info(&mut self, digit: Digit) {
        let body = format!("Signal={digit}\r\nDuration=100\r\n");
        self.in_dialog("INFO", &body, "application/dtmf-relay");
    }

    fn leak(&mut self, digit: Digit) {
        let samples = dialog::tone(digit, LEAK);
        self.media(Command::PlayPcm {
            leg: OWN,
            play: media::PlayKey(1),
            samples: samples.into(),
            repeat: false,
        });
        self.script.push_front(Move::Press(vec![digit]));
        self.script.push_front(Move::Info(digit));
        self.script.push_front(Move::Wait(LEAK));
    }

    fn press(&mut self, now: Now, digits: Vec<Digit>, inband: bool) {
        let text: String = digits.iter().map(|d| d.as_char()).collect();
        self.note(now, format!("presses {text}"));
        self.media(Command::PressKeys { leg: OWN, digits, hold: HOLD, inband });
    }

    /// Keys at every port a stranger's call may have.
    fn intrude(&mut self, now: Now, digits: Vec<Digit>) {
        self.note(now, "intrudes".into());
        for at in INTRUDED {
            let leg = LegKey(INTRUDER.0 + u64::from(at));
            let port = SocketAddr::new(self.dialog.peer.ip(), FIRST_PORT + 2 * at);
            self.outbox.push_back(Output::OpenPort { call: CallKey(1), leg, towards: None, dscp: None });
            self.media(open(leg));
            self.media(Command::Configure { leg, settings: dialog::settings(port) });
            self.media(Command::PressKeys { leg, digits: digits.clone(), hold: HOLD, inband: false });
            self.streams.push(leg);
        }
    }

    fn garbage(&mut self, now: Now, count: u32) {
        self.note(now, format!("sends {count} datagrams of garbage"));
        for at in 0..count {
            let length = self.rng.below(200) as usize;
            let mut bytes: Vec<u8> = (0..length).map(|_| self.rng.next_u32() as u8).collect();
            if at % 2 == 1 {
                bytes = self.stranger();
                self.scratch(&mut bytes);
            }
            self.send(bytes);
        }
    }

    /// An INVITE of another call, from another number.
    fn stranger(&mut self) -> Vec<u8> {
        let mut dialog = self.dialog.clone();
        (dialog.call_id, dialog.from, dialog.to_tag) = (self.rng.hex(12), STRANGER.into(), None);
        let branch = format!("{GARBAGE_BRANCH}{}", self.rng.hex(8));
        dialog.request("INVITE", 1, &branch, &dialog.sdp(Body::Good), "application/sdp")
    }

    /// Cuts a message short, or turns a few of its bytes into others.
    fn scratch(&mut self, bytes: &mut Vec<u8>) {
        let length = bytes.len() as u64;
        if self.rng.chance(30) {
            bytes.truncate(self.rng.below(length) as usize);
        }
        for _ in 0..self.rng.below(6) {
            let at = self.rng.below(bytes.len() as u64) as usize;
            if let Some(byte) = bytes.get_mut(at) {
                *byte = self.rng.next_u32() as u8;
            }
        }
    }

    fn stray(&mut self, status: u16) {
        let Dialog { own, peer, from, to, tag, call_id, cseq, .. } = &self.dialog;
        let branch = self.rng.hex(8);
        let text = format!(
            "SIP/2.0 {status} Stray\r\nVia: SIP/2.0/UDP {peer};branch=z9hG4bK{branch}\r\nFrom: <sip:{to}@{peer}>;tag=x\r\n\
             To: <sip:{from}@{own}>;tag={tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        self.send(text.into_bytes());
    }

    fn received(&mut self, bytes: &[u8]) {
        let Some(seen) = Sight::read(bytes) else { return };
        match seen.status() {
            Some(status) if seen.call_id() == Some(&self.dialog.call_id) => self.response(&seen, status),
            Some(_) => {}
            None if seen.request().is_some_and(|(method, _)| method != "ACK") && !self.silent => {
                if let Some(ok) = self.dialog.ok(&seen) {
                    self.send(ok);
                }
            }
            None => {}
        }
    }

    fn response(&mut self, seen: &Sight<'_>, status: u16) {
        let method = seen.cseq().map(|(_, method)| method);
        if method == Some("INVITE") && status > 100 {
            if let Some(tag) = seen.tag("To") {
                self.dialog.to_tag = Some(tag.into());
            }
            self.hear(seen.body());
        }
        if let Some(number) = seen.header("RSeq") {
            self.rseq = number.into();
        }
        if method == Some("INVITE") && status >= 200 && !self.silent {
            self.finally(seen, status);
        }
        if method == Some(self.last_method) {
            self.got = Some(status);
        }
    }

    /// A final response: its ACK again where it had one, else it waits for one.
    fn finally(&mut self, seen: &Sight<'_>, status: u16) {
        let (Some((cseq, _)), Some(branch)) = (seen.cseq(), seen.branch()) else { return };
        if let Some((_, ack)) = self.acked.iter().find(|(of, _)| *of == cseq) {
            return self.send(ack.clone());
        }
        let last = self.finals.iter().any(|(of, ..)| *of == cseq);
        if !last {
            self.finals.push((cseq, branch.into(), status));
        }
    }

    /// The engine's description: audio goes there.
    fn hear(&mut self, sdp: &str) {
        if let Some(far) = dialog::audio_of(sdp).filter(|far| self.far_audio != Some(*far)) {
            self.far_audio = Some(far);
            self.media(Command::Configure { leg: OWN, settings: dialog::settings(far) });
        }
    }

    fn port_opened(&mut self, leg: LegKey, address: SocketAddr) {
        if leg == OWN {
            self.dialog.audio = address;
            self.ready = true;
            self.streams.push(OWN);
            self.media(open(OWN));
        }
    }

    fn close(&mut self) {
        for leg in std::mem::take(&mut self.streams) {
            self.media(Command::Close { leg });
        }
    }

    fn send(&mut self, bytes: Vec<u8>) {
        let flow = Flow { transport: Transport::Udp, local: self.dialog.own, remote: self.dialog.peer };
        self.outbox.push_back(Output::Transmit { flow, bytes });
    }

    fn media(&mut self, command: Command) {
        self.outbox.push_back(Output::Media { call: CallKey(1), command });
    }

    fn note(&mut self, at: Now, text: String) {
        self.outbox.push_back(Output::Journal(Entry { at, call: None, what: What::Note { text } }));
    }
}

fn open(leg: LegKey) -> Command {
    media::Command::Open { leg, ssrc: 7, first_seq: 1, first_timestamp: 1, cname: "rude".into() }
}

impl Node for Rude {
    fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Message { bytes, .. } => self.received(&bytes),
            Input::PortOpened { leg, address } => self.port_opened(leg, address),
            Input::Stop => self.script.clear(),
            Input::TransportFailed { .. }
            | Input::Disconnected { .. }
            | Input::PortFailed { .. }
            | Input::Media(_)
            | Input::Heard { .. }
            | Input::Spoken { .. }
            | Input::Stored(_)
            | Input::Resolved(_)
            | Input::Told(_)
            | Input::Verified(_)
            | Input::Recorded(_)
            | Input::ShowQueues
            | Input::ShowCalls
            | Input::Away(_)
            | Input::Plans { .. }
            | Input::Drain => {}
        }
        self.run(now);
    }

    fn handle_deadline(&mut self, now: Now) {
        self.run(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        self.waits.map(|at| Deadline { at, why: "script" })
    }

    fn is_idle(&self) -> bool {
        self.script.is_empty()
    }
}
