//! A telephone without a person: answers or places calls by a script, over the same machines as the
//! engine. The test caller, the test desk and the simulator's callers are phones.
//!
//! Owns: its lines (one per call), what each is to do next, what each has heard. Does not know:
//! plans, queues, cases.
//!
//! Invariants: as every [`Node`]; a line that has ended keeps only its [`Visit`] report.
//!
//! To add something a phone can do: a variant of [`Act`] and its arm in `line.rs`.

mod keys;
mod line;
mod script;

pub use line::Visit;
pub use script::{Act, KeyStyle, OnCall, Placing};

use crate::audio::Codec;
use crate::base::{CallKey, Deadline, LegKey, Now, Rng};
use crate::media;
use crate::media::agreement::{Encrypted, is_usable};
use crate::node::journal::{Entry, What};
use crate::node::{Input, Node, Output};
use crate::sdp::{Crypto, Protection};
use crate::signaling::{self, Command, Endpoint, Event, TrunkConfig};
use line::Line;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How a phone behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its SIP endpoint.
    pub signaling: signaling::Config,
    /// What it does with incoming calls.
    pub on_call: OnCall,
    /// Whether it rings reliably where the caller can (RFC 3262).
    pub reliable: bool,
    /// What it does once a call is up.
    pub script: Vec<Act>,
    /// Codecs it offers and accepts, best first.
    pub codecs: Vec<Codec>,
    /// How it sends keys.
    pub keys: KeyStyle,
    /// Whether it keeps what it hears.
    pub keep_audio: bool,
    /// What it says once connected, over and over.
    pub says: Option<Arc<[i16]>>,
    /// Whether its audio is encrypted: it offers nothing else, and takes what is offered so.
    pub encrypts: bool,
}

/// A phone.
pub struct Phone {
    config: Config,
    rng: Rng,
    endpoint: Endpoint,
    registers: bool,
    lines: BTreeMap<LegKey, Line>,
    over: Vec<Visit>,
    outbox: VecDeque<Output>,
}

impl Phone {
    /// A phone on the hook.
    pub fn new(config: Config, rng: Rng) -> Self {
        let endpoint = Endpoint::new(config.signaling.clone(), rng.fork("phone signaling"));
        Phone {
            rng: rng.fork("phone"),
            endpoint,
            registers: false,
            lines: BTreeMap::new(),
            over: Vec::new(),
            outbox: VecDeque::new(),
            config,
        }
    }

    /// Registers there from now on, until it is stopped.
    pub fn register(&mut self, registrar: TrunkConfig) {
        self.endpoint.add_trunk(registrar);
        self.registers = true;
    }

    /// Dials. The script runs once the call is up.
    pub fn place(&mut self, now: Now, placing: Placing) -> LegKey {
        let leg = self.endpoint.new_leg();
        self.lines.insert(leg, Line::placing(leg, placing, &self.config));
        self.note(now, leg, "dials".into());
        self.outbox.push_back(Output::OpenPort { call: CallKey(leg.0), leg, towards: None, dscp: None });
        leg
    }

    /// Does something on every line at once, whatever the script says.
    pub fn act(&mut self, now: Now, act: Act) {
        let legs: Vec<_> = self.lines.keys().copied().collect();
        for leg in legs {
            self.perform(now, leg, act.clone());
        }
        self.settle(now);
    }

    /// Calls that are over, oldest first.
    pub fn visits(&self) -> &[Visit] {
        &self.over
    }

    /// Calls in progress.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Whether it was told to register somewhere.
    pub fn is_registering(&self) -> bool {
        self.registers
    }

    /// What signaling still holds, for leak checks.
    pub fn signaling_counts(&self) -> signaling::Counts {
        self.endpoint.counts()
    }

    fn settle(&mut self, now: Now) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                signaling::Output::Transmit { flow, bytes } => {
                    self.outbox.push_back(Output::Transmit { flow, bytes });
                }
                signaling::Output::Event(event) => self.on_signaling(now, event),
                signaling::Output::Resolve(lookup) => self.outbox.push_back(Output::Resolve(lookup)),
            }
        }
    }

    fn on_signaling(&mut self, now: Now, event: Event) {
        match event {
            Event::Incoming { leg, request, offer, flow, .. } => {
                let encrypted = Encrypted { keyed: self.config.encrypts, by_dtls: false };
                let usable = offer.as_ref().is_none_or(|o| is_usable(o, &self.config.codecs, encrypted));
                let line = Line::ringing(leg, &request, offer, flow.remote.ip(), &self.config);
                self.lines.insert(leg, line);
                self.ring(now, leg, usable);
            }
            Event::Answered { leg, answer, .. } => self.answered(now, leg, answer),
            Event::Established { leg, answer } => self.established(now, leg, answer),
            Event::Offer { leg, offer } => self.offered_again(now, leg, offer),
            Event::OfferAnswered { leg, answer } => {
                if let Some(answer) = answer {
                    self.configure(leg, &answer);
                }
            }
            Event::Ended { leg, end } => self.ended(now, leg, end),
            Event::Progress { leg, status, .. } => self.note(now, leg, format!("hears {status}")),
            // Nobody sends a test phone's calls elsewhere.
            Event::Refer { leg, .. } => self.command(now, Command::AnswerRefer { leg, status: 603 }),
            Event::Referred { leg, status } => self.referred(now, leg, status),
            Event::Trunk { standing, news } => {
                let what = What::Trunk { standing, news };
                self.outbox.push_back(Output::Journal(Entry { at: now, call: None, what }));
            }
            Event::TryingNext { .. } | Event::Info { .. } | Event::Phone { .. } => {}
        }
    }

    /// An incoming call: rings, then answers or not, as told.
    fn ring(&mut self, now: Now, leg: LegKey, usable: bool) {
        match self.config.on_call {
            OnCall::Answer { .. } if !usable => self.refuse_audio(now, leg),
            OnCall::Refuse(status) => {
                self.command(now, Command::Reject { leg, status, headers: Vec::new() });
            }
            OnCall::RingForever => {
                self.command(now, Command::Ring { leg, sdp: None, reliable: self.config.reliable })
            }
            OnCall::Answer { after } => {
                self.command(now, Command::Ring { leg, sdp: None, reliable: self.config.reliable });
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.answer_at = Some(now.mono + after);
                }
                self.outbox.push_back(Output::OpenPort {
                    call: CallKey(leg.0),
                    leg,
                    towards: None,
                    dscp: None,
                });
            }
        }
    }

    fn port_opened(&mut self, now: Now, leg: LegKey, address: std::net::SocketAddr) {
        let session_id = u64::from(self.rng.next_u32());
        let open = media::Command::Open {
            leg,
            ssrc: self.rng.next_u32(),
            first_seq: self.rng.next_u32() as u16,
            first_timestamp: self.rng.next_u32(),
            cname: self.rng.hex(8),
        };
        let Some(line) = self.lines.get_mut(&leg) else {
            // The call was over before its sockets were there: let them go.
            return self.media(leg, media::Command::Close { leg });
        };
        let protection = match self.config.encrypts {
            true => Protection { keys: Crypto::fresh(&mut self.rng), required: true, certificate: None },
            false => Protection::default(),
        };
        line.port_opened(address, session_id, protection);
        self.media(leg, open);
        if let Some(line) = self.lines.get_mut(&leg)
            && let Some(invite) = line.invite()
        {
            self.command(now, Command::Invite(Box::new(invite)));
        }
        self.answer_if_due(now, leg);
    }

    fn answer_if_due(&mut self, now: Now, leg: LegKey) {
        let Some(line) = self.lines.get_mut(&leg) else { return };
        if let Some((sdp, settings)) = line.answer_due(now.mono) {
            self.command(now, Command::Answer { leg, sdp, headers: Vec::new() });
            self.note(now, leg, "answers".into());
            if let Some(settings) = settings {
                self.media(leg, media::Command::Configure { leg, settings });
                self.talk(now, leg);
            }
        }
    }

    fn answered(&mut self, now: Now, leg: LegKey, answer: Option<Vec<u8>>) {
        self.note(now, leg, "is answered".into());
        self.talk_or_refuse(now, leg, answer);
    }

    fn established(&mut self, now: Now, leg: LegKey, answer: Option<Vec<u8>>) {
        if self.lines.get(&leg).is_some_and(|line| line.visit.talked_from.is_none()) {
            self.talk_or_refuse(now, leg, answer);
        }
    }

    fn talk_or_refuse(&mut self, now: Now, leg: LegKey, answer: Option<Vec<u8>>) {
        match answer.is_some_and(|a| self.configure(leg, &a)) {
            true => self.talk(now, leg),
            false => self.refuse_audio(now, leg),
        }
    }

    /// Nothing in common to speak: no call stands in silence.
    fn refuse_audio(&mut self, now: Now, leg: LegKey) {
        self.note(now, leg, "finds no audio it speaks".into());
        self.command(now, Command::Hangup { leg, status: 488, q850: 88 });
    }

    fn configure(&mut self, leg: LegKey, answer: &[u8]) -> bool {
        let settings = self.lines.get_mut(&leg).and_then(|l| l.accept(answer));
        let agreed = settings.is_some();
        if let Some(settings) = settings {
            self.media(leg, media::Command::Configure { leg, settings });
        }
        agreed
    }

    /// The call is up: listen, speak, begin the script.
    fn talk(&mut self, now: Now, leg: LegKey) {
        let script = self.config.script.clone();
        let Some(line) = self.lines.get_mut(&leg) else { return };
        if !line.begin(now.mono, script) {
            return;
        }
        self.media(leg, media::Command::Listen { leg, on: true });
        if let Some(samples) = self.config.says.clone() {
            let play = media::PlayKey(leg.0);
            self.media(leg, media::Command::PlayPcm { leg, play, samples, repeat: true });
        }
        self.run_script(now, leg);
    }

    fn offered_again(&mut self, now: Now, leg: LegKey, offer: Option<Vec<u8>>) {
        let Some(line) = self.lines.get_mut(&leg) else { return };
        let answered = line.answer_again(offer.as_deref());
        let (sdp, settings) = answered.unzip();
        self.command(now, Command::AnswerOffer { leg, sdp });
        if let Some(settings) = settings.flatten() {
            self.media(leg, media::Command::Configure { leg, settings });
        }
    }

    /// What became of the far side that was sent elsewhere: once somebody has it, this call is over.
    fn referred(&mut self, now: Now, leg: LegKey, status: u16) {
        self.note(now, leg, format!("hears that it is {status} there"));
        if (200..=299).contains(&status) {
            self.perform(now, leg, Act::HangUp);
        }
    }

    fn ended(&mut self, now: Now, leg: LegKey, end: signaling::LegEnd) {
        self.note(now, leg, format!("is over: {:?} {}", end.how, end.status.unwrap_or_default()));
        if let Some(line) = self.lines.get_mut(&leg) {
            line.visit.end = Some(end);
            line.visit.ended = Some(now.mono);
        }
        self.media(leg, media::Command::Close { leg });
        self.forget_if_over(leg);
    }

    fn on_media(&mut self, now: Now, event: media::Event) {
        match event {
            media::Event::Digit { leg, digit, .. } => {
                self.note(now, leg, format!("hears key {digit}"));
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.visit.digits_heard.push(digit);
                }
            }
            media::Event::Closed { leg, report } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.closed(report);
                }
                self.forget_if_over(leg);
            }
            media::Event::PlayDone { .. }
            | media::Event::MissingClip { .. }
            | media::Event::Broken { .. }
            | media::Event::Learned { .. }
            | media::Event::Lost { .. }
            | media::Event::NoKeys { .. }
            | media::Event::RecordingEnded { .. } => {}
        }
    }

    fn forget_if_over(&mut self, leg: LegKey) {
        if let Some(line) = self.lines.remove(&leg) {
            match line.into_visit() {
                Ok(visit) => self.over.push(visit),
                Err(line) => drop(self.lines.insert(leg, *line)),
            }
        }
    }

    fn heard(&mut self, now: Now, leg: LegKey, samples: &[i16]) {
        if let Some(line) = self.lines.get_mut(&leg) {
            line.heard(now.mono, samples);
        }
        self.run_script(now, leg);
    }

    fn run_script(&mut self, now: Now, leg: LegKey) {
        while let Some(act) = self.lines.get_mut(&leg).and_then(|l| l.next_act(now.mono)) {
            self.perform(now, leg, act);
        }
    }

    fn perform(&mut self, now: Now, leg: LegKey, act: Act) {
        match act {
            Act::Wait(_) | Act::WaitForSilence(_) => {}
            Act::Press(digits) => self.press(now, leg, &digits),
            Act::Hold => self.reoffer(now, leg, true),
            Act::Resume => self.reoffer(now, leg, false),
            Act::Refer(user) => {
                if let Some(to) = self.lines.get(&leg).and_then(|line| line.place_there(&user)) {
                    self.note(now, leg, format!("refers to {user}"));
                    self.command(now, Command::Refer { leg, to });
                }
            }
            Act::HangUp => {
                self.note(now, leg, "hangs up".into());
                self.command(now, Command::Hangup { leg, status: 487, q850: 16 });
            }
        }
    }

    fn press(&mut self, now: Now, leg: LegKey, digits: &[crate::base::Digit]) {
        let text: String = digits.iter().map(|d| d.as_char()).collect();
        self.note(now, leg, format!("presses {text}"));
        match self.config.keys {
            KeyStyle::Info => {
                for digit in digits {
                    let (content_type, body) = keys::info(*digit);
                    self.command(now, Command::Info { leg, content_type, body });
                }
            }
            KeyStyle::Event | KeyStyle::Inband => {
                let inband = self.config.keys == KeyStyle::Inband;
                let digits = digits.to_vec();
                self.media(leg, media::Command::PressKeys { leg, digits, hold: keys::HOLD, inband });
            }
        }
    }

    fn reoffer(&mut self, now: Now, leg: LegKey, hold: bool) {
        let sdp = self.lines.get_mut(&leg).and_then(|l| l.reoffer(hold));
        if let Some(sdp) = sdp {
            self.note(now, leg, if hold { "holds" } else { "resumes" }.into());
            self.command(now, Command::Reinvite { leg, sdp });
        }
    }

    fn command(&mut self, now: Now, command: Command) {
        self.endpoint.handle_command(now, command);
    }

    fn media(&mut self, leg: LegKey, command: media::Command) {
        self.outbox.push_back(Output::Media { call: CallKey(leg.0), command });
    }

    fn note(&mut self, at: Now, leg: LegKey, text: String) {
        let entry = Entry { at, call: Some(CallKey(leg.0)), what: What::Note { text } };
        self.outbox.push_back(Output::Journal(entry));
    }
}

impl Node for Phone {
    fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Message { flow, bytes } => self.endpoint.handle_message(now, flow, &bytes),
            Input::TransportFailed { flow } => self.endpoint.handle_transport_error(now, flow),
            Input::Resolved(resolved) => self.endpoint.handle_resolved(now, resolved),
            Input::PortOpened { leg, address } => self.port_opened(now, leg, address),
            Input::PortFailed { leg } => {
                self.command(now, Command::Hangup { leg, status: 503, q850: 38 });
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.no_port();
                }
                self.forget_if_over(leg);
            }
            Input::Media(event) => self.on_media(now, event),
            Input::Heard { leg, samples } => self.heard(now, leg, &samples),
            Input::Disconnected { .. }
            | Input::Spoken { .. }
            | Input::Stored(_)
            | Input::Told(_)
            | Input::Verified(_)
            | Input::Recorded(_)
            | Input::ShowQueues
            | Input::ShowCalls
            | Input::Away(_)
            | Input::Plans { .. } => {}
            Input::Drain => self.command(now, Command::Drain),
            Input::Stop => {
                self.act(now, Act::HangUp);
                // Once no call is left the registration is taken back.
                if self.registers {
                    self.command(now, Command::Drain);
                }
            }
        }
        self.settle(now);
    }

    fn handle_deadline(&mut self, now: Now) {
        self.endpoint.handle_deadline(now);
        let legs: Vec<_> = self.lines.keys().copied().collect();
        for leg in legs {
            self.answer_if_due(now, leg);
            self.run_script(now, leg);
        }
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    fn poll_deadline(&self) -> Option<Deadline> {
        let line = self.lines.values().filter_map(Line::deadline).min();
        let line = line.map(|at| Deadline { at, why: "script" });
        Deadline::earliest(self.endpoint.poll_deadline(), line)
    }

    fn is_idle(&self) -> bool {
        self.lines.is_empty() && self.endpoint.counts() == signaling::Counts::default()
    }
}
