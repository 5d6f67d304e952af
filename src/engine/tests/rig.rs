//! The engine on a rig: what comes in is written here, what goes out is caught here.

use super::*;

pub(super) const PLAN: &str = r#"
start = "line"
[step.line]
verb = "queue"
queue = "q"
music = "music-on-hold"
position = false
keys.1 = "dial"
max_wait = "2h"
otherwise = "closed"
after = "bye"
[step.dial]
verb = "dial"
desk = "japan"
failed = "bye"
after = "bye"
[step.closed]
verb = "play"
prompt = "closed"
next = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
cause = "desk-hung-up"
"#;

pub(super) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) now: Now,
    /// Messages sent, oldest first.
    pub(super) sent: Vec<String>,
    pub(super) media: Vec<media::Command>,
    pub(super) journal: Vec<What>,
    pub(super) cases: Vec<Case>,
    pub(super) records: Vec<Record>,
    pub(super) questions: Vec<crate::node::Question>,
    pub(super) pins: Vec<crate::node::PinQuestion>,
    /// As last shown.
    pub(super) queues: Vec<crate::node::floor::QueueView>,
    /// The same.
    pub(super) calls: Vec<crate::node::CallStory>,
    /// What media planes play from, where it was replaced.
    pub(super) library: Option<Arc<Library>>,
    pub(super) asked: Vec<PromptId>,
    pub(super) ports: u16,
    /// Whether cases reach the disk at once, or never.
    pub(super) store_works: bool,
}

pub(super) fn flow(remote: &str) -> Flow {
    let at = |text: &str| text.parse::<SocketAddr>().expect(text);
    Flow { transport: Transport::Udp, local: at("203.0.113.1:5060"), remote: at(remote) }
}

pub(super) fn target(user: &str) -> DialTarget {
    let uri = Uri::sip(Some(user), Host::Name("desk.example".into()), None);
    DialTarget { way: Way::To(Box::new(Target::new(uri, flow("203.0.113.2:5060")))), trusted: false }
}

/// 10 February 2026 in Japan, a Tuesday.
pub(super) fn japan(hour: i64, minute: i64, second: i64) -> UnixTime {
    UnixTime::from_secs(1_770_649_200 + hour * 3600 + minute * 60 + second)
}

pub(super) fn config() -> Config {
    let mut calendar = Calendar::new();
    let weekdays = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00");
    calendar.insert("japan", Schedule::build(&weekdays).expect("good hours"));
    let queue = QueueConfig {
        desk: "japan".into(),
        tier: 1,
        max_waiting: 5,
        ring: Duration::from_secs(20),
        seats: vec![SeatConfig { target: target("seat"), calls_at_once: 1 }],
    };
    Config {
        signaling: signaling::Config {
            product: "test".into(),
            user: "madoguchi".into(),
            max_legs: 10,
            max_legs_of_stranger: usize::MAX,
            known: Default::default(),
            max_transactions: 100,
            advertise: None,
            timer: signaling::SessionTimer::default(),
        },
        calendar,
        desks: BTreeMap::from([(
            "japan".into(),
            DeskConfig { dial: vec![target("first"), target("second")], ..DeskConfig::default() },
        )]),
        queues: BTreeMap::from([("q".into(), queue)]),
        transfers: BTreeMap::from([("partner".into(), target("partner"))]),
        trunks: BTreeMap::new(),
        host: Host::Name("engine.example".into()),
        inband: false,
        media_timeout: None,
        speaks: true,
        takes_pins: true,
        encryption: Encryption::default(),
        codecs: Codec::ALL.to_vec(),
        phones: None,
        certificate: None,
        media_security: BTreeMap::new(),
        audio_over: IpVersions::BOTH,
    }
}

/// A plan with these prompts recorded.
pub(super) fn script(plan: &str, prompts: &[&str]) -> (Arc<PlanSet>, Arc<Library>) {
    let mut library = LibraryBuilder::new();
    let mut names = Names {
        queues: BTreeMap::from([(
            "q".into(),
            QueueFacts { desk: "japan".into(), tier: 1, ring: Duration::from_secs(20) },
        )]),
        desks: BTreeSet::from(["japan".into()]),
        webhooks: BTreeSet::from(["contracts".into()]),
        case_fields: BTreeMap::from([
            ("language".into(), vec!["ja".into(), "en".into()]),
            ("product".into(), vec!["calling".into()]),
        ]),
        transfers: BTreeSet::from(["partner".into()]),
        ..Names::default()
    };
    for id in prompts {
        for language in Language::ALL {
            library.insert(PromptId::new(id), language, Sound::new(vec![1_000; 1_600]));
            names.prompts.insert((PromptId::new(id), language));
        }
    }
    let (plans, _) = PlanSet::check(&[Source::new("test.toml", plan)], &names).expect("a good plan");
    (Arc::new(plans), Arc::new(library.build()))
}

pub(super) fn rig(wall: UnixTime) -> Rig {
    rig_on(PLAN, wall)
}

pub(super) fn rig_on(plan: &str, wall: UnixTime) -> Rig {
    let (plans, library) = script(plan, &["music-on-hold", "closed", "news", "bye", "technical-difficulty"]);
    let engine = Engine::new(config(), plans, library, Rng::from_seed(1));
    let mut rig = Rig {
        engine,
        now: Now { mono: Instant::from_millis(1_000), wall },
        sent: Vec::new(),
        media: Vec::new(),
        journal: Vec::new(),
        cases: Vec::new(),
        records: Vec::new(),
        questions: Vec::new(),
        pins: Vec::new(),
        queues: Vec::new(),
        calls: Vec::new(),
        library: None,
        asked: Vec::new(),
        ports: 0,
        store_works: true,
    };
    rig.drain();
    rig
}

impl Rig {
    pub(super) fn input(&mut self, input: Input) {
        self.engine.handle_input(self.now, input);
        self.drain();
    }

    pub(super) fn receive(&mut self, from: &str, text: &str) {
        self.input(Input::Message { flow: flow(from), bytes: text.as_bytes().to_vec() });
    }

    pub(super) fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            let answer = match output {
                Output::Transmit { bytes, .. } => {
                    self.sent.push(String::from_utf8(bytes).expect("text"));
                    None
                }
                Output::Resolve(_) => None,
                Output::OpenPort { leg, .. } => {
                    self.ports += 2;
                    let address = SocketAddr::new([203, 0, 113, 1].into(), 20_000 + self.ports);
                    Some(Input::PortOpened { leg, address })
                }
                Output::Media { command, .. } => {
                    let closed = match &command {
                        media::Command::Close { leg } => Some(*leg),
                        _ => None,
                    };
                    self.media.push(command);
                    let report = media::StreamReport::default();
                    closed.map(|leg| Input::Media(media::Event::Closed { leg, report }))
                }
                Output::Library(library) => {
                    self.library = Some(library);
                    None
                }
                Output::Speak { id } => {
                    self.asked.push(id);
                    None
                }
                Output::Store(StoreWrite::ReserveNumbers { count }) => {
                    Some(Input::Stored(StoreDone::NumbersReserved(0..count)))
                }
                Output::Store(StoreWrite::SaveCase(case)) => {
                    let saved = StoreDone::CaseSaved(case.number());
                    self.cases.push(*case);
                    self.store_works.then_some(Input::Stored(saved))
                }
                Output::Store(StoreWrite::SaveCall(finished)) => {
                    self.records.push(finished.record);
                    None
                }
                Output::Ask(question) => {
                    self.questions.push(*question);
                    None
                }
                Output::Verify(question) => {
                    self.pins.push(*question);
                    None
                }
                Output::Queues(queues) => {
                    self.queues = queues;
                    None
                }
                Output::Calls(calls) => {
                    self.calls = calls;
                    None
                }
                Output::Journal(entry) => {
                    self.journal.push(entry.what);
                    None
                }
            };
            if let Some(input) = answer {
                self.engine.handle_input(self.now, input);
            }
        }
    }

    /// Lets time pass, deadline by deadline.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(due) = self.engine.poll_deadline().filter(|d| d.at <= end.mono) {
            self.now = self.now.after(due.at - self.now.mono);
            self.engine.handle_deadline(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// A caller's INVITE with this SDP.
    pub(super) fn call(&mut self, sdp: &str) {
        self.receive(CALLER, &request("INVITE", 1, "", sdp));
    }

    /// A caller in line, whose seat rings.
    pub(super) fn in_line(wall: UnixTime) -> Rig {
        let mut rig = rig(wall);
        rig.call(SDP);
        rig.ack("");
        rig
    }

    /// A caller who talks to the seat.
    pub(super) fn talking() -> Rig {
        let mut rig = Rig::in_line(japan(10, 0, 0));
        rig.desk_replies(200, SDP);
        rig
    }

    pub(super) fn ack(&mut self, sdp: &str) {
        let tag = self.our_tag();
        self.receive(CALLER, &request("ACK", 1, &tag, sdp));
    }

    pub(super) fn our_tag(&self) -> String {
        let answer = self.sent.iter().rfind(|m| m.starts_with("SIP/2.0 200") && m.contains("1 INVITE\r\n"));
        let to = field(answer.expect("an answer"), "To").to_string();
        to.split_once("tag=").expect("a tag").1.to_string()
    }

    /// The desk's response to the last INVITE it got.
    pub(super) fn desk_replies(&mut self, status: u16, sdp: &str) {
        let invite = self.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE").clone();
        let copy = |name: &str| format!("{name}: {}\r\n", field(&invite, name));
        let text = format!(
            "SIP/2.0 {status} x\r\n{}{}To: {};tag=desk\r\n{}{}Contact: <sip:seat@203.0.113.2>\r\n{}",
            copy("Via"),
            copy("From"),
            field(&invite, "To"),
            copy("Call-ID"),
            copy("CSeq"),
            body(sdp)
        );
        self.receive(DESK, &text);
    }

    /// A request of the desk within the dialog of the last INVITE it got.
    pub(super) fn desk_asks(&mut self, method: &str, cseq: u32, sdp: &str) {
        let invite = self.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE").clone();
        let text = format!(
            "{method} sip:madoguchi@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.2;branch=z9hG4bKd{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: {};tag=desk\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:seat@203.0.113.2>\r\n{}",
            field(&invite, "To"),
            field(&invite, "From"),
            field(&invite, "Call-ID"),
            body(sdp)
        );
        self.receive(DESK, &text);
    }

    pub(super) fn sent_any(&self, start: &str) -> bool {
        self.sent.iter().any(|m| m.starts_with(start))
    }

    pub(super) fn ended(&self) -> Option<EndCause> {
        self.journal.iter().find_map(|w| if let What::CallEnded { cause } = w { Some(*cause) } else { None })
    }

    pub(super) fn case(&self, name: &str) -> Option<String> {
        let case = self.cases.last().expect("a case");
        let field = crate::case::Field::named(name).expect(name);
        (field.read)(case).map(|value| value.to_text())
    }

    pub(super) fn plays_music(&self) -> bool {
        let last = self
            .media
            .iter()
            .rfind(|c| matches!(c, media::Command::Play { .. } | media::Command::Stop { .. }));
        matches!(last, Some(media::Command::Play { repeat: true, .. }))
    }
}

pub(super) const CALLER: &str = "203.0.113.9:5060";
pub(super) const DESK: &str = "203.0.113.2:5060";

pub(super) fn request(method: &str, cseq: u32, to_tag: &str, sdp: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:0120339836@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK{method}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:0312345678@203.0.113.9>;tag=c\r\nTo: <sip:0120339836@203.0.113.1>{tag}\r\n\
         Call-ID: call\r\nCSeq: {cseq} {method}\r\nContact: <sip:c@203.0.113.9>\r\n{}",
        body(sdp)
    )
}

pub(super) fn body(sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!("{kind}Content-Length: {}\r\n\r\n{sdp}", sdp.len())
}

pub(super) fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find(|l| l.split_once(':').is_some_and(|(n, _)| n == name));
    line.and_then(|l| l.split_once(':')).map(|(_, value)| value.trim()).expect(name)
}
