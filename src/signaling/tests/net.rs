//! A network in virtual time: endpoints, and peers whose messages a test writes by hand.

use crate::base::{Instant, LegKey, Now, Rng, UnixTime};
use crate::signaling::{
    Command, Config, Counts, Endpoint, Event, Flow, How, Invite, LegEnd, Lookup, Output, Resolved,
    SessionTimer, Target, Transport,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub(super) const CALLER: &str = "10.0.0.1:5060";
pub(super) const DESK: &str = "10.0.0.2:5060";
/// A peer that is written by hand: what is sent to it waits in [`Net::inbox`].
pub(super) const RAW: &str = "10.0.0.9:5060";
pub(super) const OTHER: &str = "10.0.0.8:5060";

pub(super) fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(super) fn config() -> Config {
    Config {
        product: "test/1".to_string(),
        user: "desk".to_string(),
        max_legs: 100,
        max_legs_of_stranger: usize::MAX,
        known: Default::default(),
        max_transactions: 1000,
        advertise: None,
        timer: SessionTimer::default(),
    }
}

/// How often the network does what, of a hundred.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) loss: u64,
    pub(super) duplication: u64,
    /// Extra delay of up to 60 ms.
    pub(super) reordering: u64,
}

pub(super) struct Net {
    pub(super) now: Now,
    pub(super) transport: Transport,
    pub(super) faults: Faults,
    /// Messages dropped on purpose: summary, how many more.
    pub(super) drops: Vec<(&'static str, usize)>,
    /// What was sent to hand-written peers, and to which.
    pub(super) inbox: Vec<(SocketAddr, String)>,
    pub(super) ladder: Vec<String>,
    /// Names that were asked for, and by whom.
    pub(super) lookups: Vec<(SocketAddr, Lookup)>,
    nodes: BTreeMap<SocketAddr, Endpoint>,
    events: BTreeMap<SocketAddr, Vec<Event>>,
    in_flight: BTreeMap<(Instant, u64), (Flow, Vec<u8>)>,
    sent: u64,
    rng: Rng,
}

impl Net {
    pub(super) fn new(seed: u64) -> Net {
        let rng = Rng::from_seed(seed);
        let mut net = Net {
            now: Now { mono: Instant::ZERO, wall: UnixTime::from_secs(1_770_000_000) },
            transport: Transport::Udp,
            faults: Faults::default(),
            drops: Vec::new(),
            inbox: Vec::new(),
            ladder: Vec::new(),
            lookups: Vec::new(),
            nodes: BTreeMap::new(),
            events: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            sent: 0,
            rng,
        };
        net.add(CALLER, config());
        net.add(DESK, config());
        net
    }

    pub(super) fn add(&mut self, at: &str, config: Config) {
        self.nodes.insert(addr(at), Endpoint::new(config, self.rng.fork(at)));
    }

    pub(super) fn node(&mut self, at: &str) -> &mut Endpoint {
        self.nodes.get_mut(&addr(at)).unwrap()
    }

    pub(super) fn flow(&self, from: &str, to: &str) -> Flow {
        Flow { transport: self.transport, local: addr(from), remote: addr(to) }
    }

    pub(super) fn command(&mut self, at: &str, command: Command) {
        let now = self.now;
        self.node(at).handle_command(now, command);
        self.collect(addr(at));
    }

    /// The caller calls the desk, or whatever `targets` say.
    pub(super) fn call(&mut self, targets: &[&str]) -> LegKey {
        let targets = targets.iter().map(|to| self.target(to)).collect();
        self.invite(CALLER, targets, |_| {})
    }

    pub(super) fn target(&self, to: &str) -> Target {
        Target::new(uri(&format!("sip:support@{to}")), self.flow(CALLER, to))
    }

    pub(super) fn invite(
        &mut self,
        at: &str,
        targets: Vec<Target>,
        change: impl FnOnce(&mut Invite),
    ) -> LegKey {
        let leg = self.node(at).new_leg();
        let mut invite = Invite {
            leg,
            targets,
            from: crate::sip::NameAddr::parse("<sip:0312345678@10.0.0.1>").unwrap(),
            headers: Vec::new(),
            offer: b"offer".to_vec(),
            ring_timeout: Duration::from_secs(60),
            follow_redirects: true,
            known: Vec::new(),
            may_refer: false,
        };
        change(&mut invite);
        self.command(at, Command::Invite(Box::new(invite)));
        leg
    }

    pub(super) fn hang_up(&mut self, at: &str, leg: LegKey) {
        self.command(at, Command::Hangup { leg, status: 603, q850: 16 });
    }

    pub(super) fn answer(&mut self, at: &str, leg: LegKey) {
        self.command(at, Command::Answer { leg, sdp: b"answer".to_vec(), headers: Vec::new() });
    }

    /// A call from CALLER to DESK that stands; the legs at both ends.
    pub(super) fn established(&mut self) -> (LegKey, LegKey) {
        let caller = self.call(&[DESK]);
        self.run_for(100);
        let desk = self.incoming(DESK);
        self.answer(DESK, desk);
        self.run_for(100);
        self.ladder.clear();
        (caller, desk)
    }

    /// The answer to a look-up: these places, or why there are none.
    pub(super) fn resolved(&mut self, at: &str, places: Result<&[&str], &str>) {
        let flows = |places: &[&str]| places.iter().map(|to| self.flow(at, to)).collect();
        let resolved = Resolved {
            trunk: "ntt".into(),
            places: places.map(flows).map_err(str::to_string),
            took: Duration::from_millis(7),
            holds: Some(Duration::from_secs(600)),
        };
        let now = self.now;
        self.node(at).handle_resolved(now, resolved);
        self.collect(addr(at));
    }

    /// A hand-written message for a node. `\n` stands for CRLF; Content-Length is added.
    pub(super) fn inject(&mut self, from: &str, to: &str, text: &str) {
        let flow = Flow { transport: self.transport, local: addr(to), remote: addr(from) };
        let bytes = wire(text);
        self.deliver(flow, &bytes);
    }

    pub(super) fn inject_bytes(&mut self, from: &str, to: &str, bytes: &[u8]) {
        let flow = Flow { transport: self.transport, local: addr(to), remote: addr(from) };
        self.deliver(flow, bytes);
    }

    pub(super) fn transport_error(&mut self, at: &str, to: &str) {
        let (now, flow) = (self.now, self.flow(at, to));
        self.node(at).handle_transport_error(now, flow);
        self.collect(addr(at));
    }

    /// Everything that happens within so many milliseconds.
    pub(super) fn run_for(&mut self, ms: u64) {
        let end = self.now.after(Duration::from_millis(ms));
        while self.step(end.mono) {}
        self.now = end;
    }

    /// Until nothing is left to happen.
    pub(super) fn run_out(&mut self) {
        let end = self.now.after(Duration::from_secs(3600)).mono;
        while self.step(end) {}
        assert!(self.now.mono < end, "still busy after an hour");
    }

    fn step(&mut self, end: Instant) -> bool {
        let arrival = self.in_flight.keys().next().map(|(at, _)| *at);
        let deadline = self.nodes.iter().filter_map(|(a, n)| n.poll_deadline().map(|d| (d.at, *a))).min();
        let next = [arrival, deadline.map(|(at, _)| at)].into_iter().flatten().min();
        let Some(next) = next.filter(|at| *at <= end) else { return false };
        self.now = self.now.after(next - self.now.mono);
        if arrival == Some(next) {
            let (flow, bytes) = self.in_flight.pop_first().unwrap().1;
            self.deliver(flow, &bytes);
        } else if let Some((_, at)) = deadline {
            let now = self.now;
            let node = self.nodes.get_mut(&at).unwrap();
            node.handle_deadline(now);
            let again = node.poll_deadline();
            assert!(again.is_none_or(|d| d.at > now.mono), "{again:?} does not move on");
            self.collect(at);
        }
        true
    }

    fn deliver(&mut self, flow: Flow, bytes: &[u8]) {
        let now = self.now;
        match self.nodes.get_mut(&flow.local) {
            Some(node) => {
                node.handle_message(now, flow, bytes);
                self.collect(flow.local);
            }
            None => self.inbox.push((flow.local, String::from_utf8_lossy(bytes).into_owned())),
        }
    }

    fn collect(&mut self, at: SocketAddr) {
        while let Some(output) = self.nodes.get_mut(&at).unwrap().poll_output() {
            match output {
                Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                Output::Resolve(lookup) => self.lookups.push((at, lookup)),
                Output::Event(event) => self.events.entry(at).or_default().push(event),
            }
        }
    }

    fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        let what = summary(&bytes);
        let lost = self.is_lost(&what);
        let mark = if lost { " (lost)" } else { "" };
        self.ladder.push(format!("{} -> {}  {what}{mark}", name(flow.local), name(flow.remote)));
        if lost {
            return;
        }
        let copies = if self.rng.chance(self.faults.duplication) { 2 } else { 1 };
        for _ in 0..copies {
            let late = if self.rng.chance(self.faults.reordering) { self.rng.below(60) } else { 0 };
            self.sent += 1;
            let at = self.now.mono + Duration::from_millis(5 + late);
            let arrival = Flow { transport: flow.transport, local: flow.remote, remote: flow.local };
            self.in_flight.insert((at, self.sent), (arrival, bytes.clone()));
        }
    }

    fn is_lost(&mut self, what: &str) -> bool {
        if let Some((_, left)) = self.drops.iter_mut().find(|(which, left)| *which == what && *left > 0) {
            *left -= 1;
            return true;
        }
        self.rng.chance(self.faults.loss)
    }

    // What was seen.

    pub(super) fn events(&self, at: &str) -> &[Event] {
        self.events.get(&addr(at)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn take_events(&mut self, at: &str) -> Vec<Event> {
        self.events.remove(&addr(at)).unwrap_or_default()
    }

    /// The newest incoming leg.
    pub(super) fn incoming(&self, at: &str) -> LegKey {
        let legs = self.events(at).iter().rev();
        legs.filter_map(|e| if let Event::Incoming { leg, .. } = e { Some(*leg) } else { None })
            .next()
            .unwrap()
    }

    pub(super) fn ends(&self, at: &str, of: LegKey) -> Vec<LegEnd> {
        let ends = self.events(at).iter();
        ends.filter_map(|e| match e {
            Event::Ended { leg, end } if *leg == of => Some(*end),
            _ => None,
        })
        .collect()
    }

    pub(super) fn hows(&self, at: &str, of: LegKey) -> Vec<How> {
        self.ends(at, of).iter().map(|end| end.how).collect()
    }

    pub(super) fn counts(&mut self, at: &str) -> Counts {
        self.node(at).counts()
    }

    /// Lets all timers run out; then nothing may be left.
    pub(super) fn assert_all_over(&mut self) {
        self.run_out();
        for (at, node) in &self.nodes {
            assert_eq!(node.counts(), Counts::default(), "left over at {at}");
            assert_eq!(node.poll_deadline(), None);
        }
    }

    pub(super) fn last(&self) -> &str {
        &self.inbox.last().expect("a message for the hand-written peer").1
    }

    /// First lines of what the hand-written peers were sent, requests as their method.
    pub(super) fn received(&self) -> Vec<String> {
        self.inbox.iter().map(|(_, text)| summary(text.as_bytes())).collect()
    }
}

/// `INVITE`, `200 INVITE`.
pub(super) fn summary(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let first = text.lines().next().unwrap_or_default();
    let word = |n: usize| first.split(' ').nth(n).unwrap_or_default().to_string();
    match first.starts_with("SIP/2.0 ") {
        true => format!("{} {}", word(1), field(&text, "CSeq").rsplit(' ').next().unwrap_or_default()),
        false => word(0),
    }
}

/// The first value of a header field, empty where there is none.
pub(super) fn field(text: &str, name: &str) -> String {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut values =
        lines.filter(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_string());
    values.next().unwrap_or_default()
}

fn name(at: SocketAddr) -> String {
    match at.to_string().as_str() {
        CALLER => "caller".to_string(),
        DESK => "desk".to_string(),
        RAW => "raw".to_string(),
        other => other.to_string(),
    }
}

pub(super) fn uri(text: &str) -> crate::sip::Uri {
    crate::sip::Uri::parse(text).unwrap()
}

/// Adds Content-Length and the wire's line ends.
pub(super) fn wire(text: &str) -> Vec<u8> {
    let (head, body) = text.trim_start().split_once("\n\n").unwrap_or((text.trim(), ""));
    let head = head.trim_end().replace('\n', "\r\n");
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A response of a hand-written peer to a request it was sent.
pub(super) fn response_to(request: &str, status: u16, tag: &str, extra: &str, body: &str) -> String {
    let to = field(request, "To");
    let to = if to.contains(";tag=") || status == 100 { to } else { format!("{to};tag={tag}") };
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "SIP/2.0 {status} Whatever\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {}\n{extra}{content}\n{body}",
        field(request, "Via"),
        field(request, "From"),
        field(request, "Call-ID"),
        field(request, "CSeq"),
    )
}

/// A request of a hand-written peer at RAW to the desk. `to` carries the tag, where there is one.
pub(super) fn request(method: &str, cseq: u32, branch: &str, to: &str, extra: &str, body: &str) -> String {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    let cseq_method = method;
    format!(
        "{method} sip:support@{DESK} SIP/2.0\nVia: SIP/2.0/UDP {RAW};rport;branch={branch}\nMax-Forwards: 70\n\
         From: <sip:raw@{RAW}>;tag=raw\nTo: {to}\nCall-ID: call@raw\nCSeq: {cseq} {cseq_method}\n\
         Contact: <sip:raw@{RAW}>\n{extra}{content}\n{body}"
    )
}

pub(super) const TO: &str = "<sip:support@10.0.0.2>";
