//! The engine alone: SIP text in, outputs out, sockets and store answered here.

mod asking;
mod clocks;
mod hostile;
mod protection;
mod recording;
mod referring;
mod replacing;
mod securing;
mod speaking;
mod verifying;

use super::*;
use crate::audio::{Codec, LibraryBuilder, Sound};
use crate::base::{Digit, Language, PromptId, UnixTime};
use crate::calendar::{Schedule, ScheduleSpec};
use crate::call::Record;
use crate::case::Case;
use crate::diag::Source;
use crate::dialplan::{Names, QueueFacts};
use crate::signaling::{Flow, Target, Transport};
use crate::sip::{Host, Uri};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

const PLAN: &str = r#"
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

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

struct Rig {
    engine: Engine,
    now: Now,
    /// Messages sent, oldest first.
    sent: Vec<String>,
    media: Vec<media::Command>,
    journal: Vec<What>,
    cases: Vec<Case>,
    records: Vec<Record>,
    questions: Vec<crate::node::Question>,
    pins: Vec<crate::node::PinQuestion>,
    /// What media planes play from, where it was replaced.
    library: Option<Arc<Library>>,
    asked: Vec<PromptId>,
    ports: u16,
    /// Whether cases reach the disk at once, or never.
    store_works: bool,
}

fn flow(remote: &str) -> Flow {
    let at = |text: &str| text.parse::<SocketAddr>().expect(text);
    Flow { transport: Transport::Udp, local: at("203.0.113.1:5060"), remote: at(remote) }
}

fn target(user: &str) -> DialTarget {
    let uri = Uri::sip(Some(user), Host::Name("desk.example".into()), None);
    DialTarget { way: Way::To(Box::new(Target::new(uri, flow("203.0.113.2:5060")))), trusted: false }
}

/// 10 February 2026 in Japan, a Tuesday.
fn japan(hour: i64, minute: i64, second: i64) -> UnixTime {
    UnixTime::from_secs(1_770_649_200 + hour * 3600 + minute * 60 + second)
}

fn config() -> Config {
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
fn script(plan: &str, prompts: &[&str]) -> (Arc<PlanSet>, Arc<Library>) {
    let mut library = LibraryBuilder::new();
    let mut names = Names {
        queues: BTreeMap::from([(
            "q".into(),
            QueueFacts { desk: "japan".into(), tier: 1, ring: Duration::from_secs(20) },
        )]),
        desks: BTreeSet::from(["japan".into()]),
        webhooks: BTreeSet::from(["contracts".into()]),
        case_fields: BTreeMap::from([("language".into(), vec!["ja".into(), "en".into()])]),
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

fn rig(wall: UnixTime) -> Rig {
    rig_on(PLAN, wall)
}

fn rig_on(plan: &str, wall: UnixTime) -> Rig {
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
        library: None,
        asked: Vec::new(),
        ports: 0,
        store_works: true,
    };
    rig.drain();
    rig
}

impl Rig {
    fn input(&mut self, input: Input) {
        self.engine.handle_input(self.now, input);
        self.drain();
    }

    fn receive(&mut self, from: &str, text: &str) {
        self.input(Input::Message { flow: flow(from), bytes: text.as_bytes().to_vec() });
    }

    fn drain(&mut self) {
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
    fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        while let Some(due) = self.engine.poll_deadline().filter(|d| d.at <= end.mono) {
            self.now = self.now.after(due.at - self.now.mono);
            self.engine.handle_deadline(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// A caller's INVITE with this SDP.
    fn call(&mut self, sdp: &str) {
        self.receive(CALLER, &request("INVITE", 1, "", sdp));
    }

    /// A caller in line, whose seat rings.
    fn in_line(wall: UnixTime) -> Rig {
        let mut rig = rig(wall);
        rig.call(SDP);
        rig.ack("");
        rig
    }

    /// A caller who talks to the seat.
    fn talking() -> Rig {
        let mut rig = Rig::in_line(japan(10, 0, 0));
        rig.desk_replies(200, SDP);
        rig
    }

    fn ack(&mut self, sdp: &str) {
        let tag = self.our_tag();
        self.receive(CALLER, &request("ACK", 1, &tag, sdp));
    }

    fn our_tag(&self) -> String {
        let answer = self.sent.iter().rfind(|m| m.starts_with("SIP/2.0 200") && m.contains("1 INVITE\r\n"));
        let to = field(answer.expect("an answer"), "To").to_string();
        to.split_once("tag=").expect("a tag").1.to_string()
    }

    /// The desk's response to the last INVITE it got.
    fn desk_replies(&mut self, status: u16, sdp: &str) {
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
    fn desk_asks(&mut self, method: &str, cseq: u32, sdp: &str) {
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

    fn sent_any(&self, start: &str) -> bool {
        self.sent.iter().any(|m| m.starts_with(start))
    }

    fn ended(&self) -> Option<EndCause> {
        self.journal.iter().find_map(|w| if let What::CallEnded { cause } = w { Some(*cause) } else { None })
    }

    fn case(&self, name: &str) -> Option<String> {
        let case = self.cases.last().expect("a case");
        let field = crate::case::Field::named(name).expect(name);
        (field.read)(case).map(|value| value.to_text())
    }

    fn plays_music(&self) -> bool {
        let last = self
            .media
            .iter()
            .rfind(|c| matches!(c, media::Command::Play { .. } | media::Command::Stop { .. }));
        matches!(last, Some(media::Command::Play { repeat: true, .. }))
    }
}

const CALLER: &str = "203.0.113.9:5060";
const DESK: &str = "203.0.113.2:5060";

fn request(method: &str, cseq: u32, to_tag: &str, sdp: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:0120339836@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK{method}{cseq}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:0312345678@203.0.113.9>;tag=c\r\nTo: <sip:0120339836@203.0.113.1>{tag}\r\n\
         Call-ID: call\r\nCSeq: {cseq} {method}\r\nContact: <sip:c@203.0.113.9>\r\n{}",
        body(sdp)
    )
}

fn body(sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!("{kind}Content-Length: {}\r\n\r\n{sdp}", sdp.len())
}

fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find(|l| l.split_once(':').is_some_and(|(n, _)| n == name));
    line.and_then(|l| l.split_once(':')).map(|(_, value)| value.trim()).expect(name)
}

#[test]
fn a_call_that_is_refused_costs_no_sockets_and_does_not_ring() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call(&SDP.replace("AVP 0", "AVP 18").replace("0 PCMU", "18 G729"));
    assert_eq!(rig.ports, 0);
    assert!(!rig.sent_any("SIP/2.0 180") && rig.sent_any("SIP/2.0 488"));
    assert_eq!(rig.records.len(), 1);
    assert_eq!((rig.engine.call_count(), rig.engine.legs.len()), (0, 0));
}

#[test]
fn audio_of_an_ip_version_that_is_not_spoken_is_refused_and_the_refusal_says_so() {
    let mut rig = rig(japan(10, 0, 0));
    rig.engine.config.audio_over = IpVersions { v4: true, v6: false };
    rig.call(&SDP.replace("c=IN IP4 203.0.113.9", "c=IN IP6 2001:db8::9"));
    let refused = rig.sent.iter().find(|m| m.starts_with("SIP/2.0 488")).expect("a refusal");
    assert!(field(refused, "Warning").starts_with("300 "), "{refused}");
    assert_eq!((rig.ports, rig.ended()), (0, Some(EndCause::NoCommonAddress)));
    rig.receive(CALLER, &other_caller(&request("INVITE", 1, "", SDP)));
    assert!(rig.sent_any("SIP/2.0 200"));
}

#[test]
fn a_desk_is_offered_the_callers_codec_first_and_every_other_behind_it() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call(&SDP.replace("AVP 0", "AVP 8").replace("0 PCMU", "8 PCMA"));
    rig.ack("");
    let offer = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("the seat rings");
    let audio = offer.lines().find(|line| line.starts_with("m=audio")).expect("audio");
    assert!(audio.contains("RTP/AVP 8 0 9 "), "{audio}");
    rig.desk_replies(200, &SDP.replace("AVP 0", "AVP 9").replace("0 PCMU", "9 G722"));
    assert!(rig.media.iter().any(|command| matches!(command, media::Command::Bridge { .. })));
}

#[test]
fn a_caller_whose_ack_brings_no_answer_is_not_left_in_silence() {
    let mut rig = rig(japan(10, 0, 0));
    rig.call("");
    assert_eq!(rig.ended(), None);
    rig.ack("");
    assert_eq!(rig.ended(), Some(EndCause::NoCommonCodec));
    assert!(rig.sent_any("BYE"));
}

#[test]
fn an_answer_that_came_with_the_ringing_counts_where_the_200_has_none() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.desk_replies(183, SDP);
    rig.desk_replies(200, "");
    assert!(rig.journal.iter().any(|w| matches!(w, What::Connected { .. })), "{:?}", rig.journal);
}

fn is_told_of_the_closing(rig: &Rig) -> bool {
    rig.journal
        .iter()
        .any(|w| matches!(w, What::Step { step, event, .. } if &**step == "closed" && event == "enter"))
}

#[test]
fn callers_in_line_at_closing_time_are_told() {
    let mut rig = Rig::in_line(japan(16, 59, 57));
    rig.desk_replies(486, "");
    rig.wait(Duration::from_millis(2_999));
    assert!(!is_told_of_the_closing(&rig));
    assert_eq!(rig.case("queue").as_deref(), Some("q"));
    rig.wait(Duration::from_millis(1));
    assert!(is_told_of_the_closing(&rig));
    assert_eq!(rig.case("queue"), None);
    assert!(rig.engine.lines.is_empty());
}

#[test]
fn a_seat_that_rings_at_closing_time_may_still_answer() {
    let mut rig = Rig::in_line(japan(16, 59, 57));
    rig.wait(Duration::from_secs(8));
    assert!(!is_told_of_the_closing(&rig));
    rig.desk_replies(486, "");
    assert!(is_told_of_the_closing(&rig));
    assert!(rig.engine.lines.is_empty());
}

#[test]
fn a_line_that_refuses_is_not_the_case_s_queue() {
    let rig = Rig::in_line(japan(18, 0, 0));
    assert!(!rig.journal.iter().any(|w| matches!(w, What::Queued { .. })));
    assert_eq!((rig.case("queue"), rig.case("tier")), (None, None));
    assert_eq!(rig.case("desk").as_deref(), Some("japan"));
}

#[test]
fn leaving_the_line_ends_the_ringing_and_the_queue_s_facts() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    rig.desk_replies(180, "");
    assert_eq!(rig.case("tier").as_deref(), Some("1"));
    rig.wait(Duration::from_secs(3));
    let leg = rig.engine.visits.values().next().expect("a visit").call.caller();
    let digit = crate::base::Digit::from_char('1').expect("a key");
    rig.input(Input::Media(media::Event::Digit { leg, digit, source: media::DigitSource::TelephoneEvent }));
    assert!(rig.sent_any("CANCEL"));
    assert_eq!((rig.case("queue"), rig.case("tier")), (None, None));
    let rung = &rig.engine.visits.values().next().expect("a visit").record.rung;
    assert_eq!(rung.len(), 2);
    assert!(rung[0].ended_at.is_some() && rung[1].ended_at.is_none());
}

#[test]
fn desks_rung_in_vain_leave_nothing_behind() {
    let mut rig = Rig::in_line(japan(10, 0, 0));
    for _ in 0..20 {
        rig.desk_replies(486, "");
        rig.wait(Duration::from_secs(6));
    }
    assert!(rig.engine.legs.len() <= 2, "{:?}", rig.engine.legs);
    assert!(rig.engine.visits.values().all(|v| v.audio.len() <= 2));
}

#[test]
fn a_caller_held_by_the_desk_hears_music_until_the_desk_is_back() {
    let mut rig = Rig::talking();
    assert!(!rig.plays_music());
    rig.desk_asks("INVITE", 1, &format!("{SDP}a=inactive\r\n"));
    assert!(rig.plays_music());
    rig.desk_asks("ACK", 1, "");
    rig.desk_asks("INVITE", 2, SDP);
    rig.desk_asks("ACK", 2, "");
    assert!(!rig.plays_music());
    rig.desk_asks("INVITE", 3, &format!("{SDP}a=sendonly\r\n"));
    rig.desk_asks("ACK", 3, "");
    rig.desk_asks("BYE", 4, "");
    assert!(!rig.plays_music(), "the desk hung up on hold: the plan speaks");
    assert!(matches!(
        rig.media.iter().rfind(|c| matches!(c, media::Command::Play { .. })),
        Some(media::Command::Play { repeat: false, .. })
    ));
}

#[test]
fn keys_told_by_signalling_are_pressed_on_the_other_side() {
    let mut rig = Rig::talking();
    let visit = rig.engine.visits.values().next().expect("a visit");
    let (caller, desk) = (visit.call.caller(), visit.call.desk().expect("a desk"));
    let digit = crate::base::Digit::from_char('7').expect("a key");
    for source in [media::DigitSource::Info, media::DigitSource::TelephoneEvent] {
        rig.input(Input::Media(media::Event::Digit { leg: caller, digit, source }));
    }
    let pressed: Vec<_> =
        rig.media.iter().filter(|c| matches!(c, media::Command::PressKeys { .. })).collect();
    assert!(matches!(pressed[..], [media::Command::PressKeys { leg, .. }] if *leg == desk));
}

#[test]
fn a_call_ended_before_its_socket_or_after_it_leaves_nothing() {
    let mut rig = Rig::talking();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    assert_eq!(rig.ended(), Some(EndCause::CallerHungUp));
    rig.desk_replies(200, "");
    assert_eq!((rig.engine.call_count(), rig.engine.legs.len()), (0, 0));
    assert!(rig.engine.lines.is_empty());
    assert_eq!(rig.records[0].cause, Some(EndCause::CallerHungUp));
}

#[test]
fn a_desk_that_resumes_without_an_offer_of_its_own_is_heard_again() {
    let mut rig = Rig::talking();
    rig.desk_asks("INVITE", 1, &format!("{SDP}a=sendonly\r\n"));
    rig.desk_asks("ACK", 1, "");
    assert!(rig.plays_music());
    rig.desk_asks("INVITE", 2, "");
    rig.desk_asks("ACK", 2, SDP);
    assert!(!rig.plays_music());
}

/// A caller in line whose case is not on disk.
fn in_line_without_store() -> Rig {
    let mut rig = rig(japan(10, 0, 0));
    rig.store_works = false;
    rig.call(SDP);
    rig.ack("");
    assert!(!rig.sent_any("INVITE"), "{:?}", rig.sent);
    rig
}

#[test]
fn a_desk_rings_when_the_case_is_on_disk_and_is_told_its_number() {
    let mut rig = in_line_without_store();
    let number = rig.cases.last().expect("a case").number();
    rig.input(Input::Stored(StoreDone::CaseSaved(number)));
    assert!(rig.sent_any("INVITE"));
    let invite = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE");
    assert!(invite.contains(&format!("X-Madoguchi-Case: {number}")), "{invite}");
    rig.wait(Duration::from_secs(5));
    assert_eq!(rig.sent.iter().filter(|m| m.starts_with("INVITE")).count(), 4, "one, sent again and again");
}

#[test]
fn a_store_that_does_not_answer_costs_the_desk_the_number_and_the_caller_two_seconds() {
    let mut rig = in_line_without_store();
    rig.wait(Duration::from_millis(1_999));
    assert!(!rig.sent_any("INVITE"));
    rig.wait(Duration::from_millis(1));
    let invite = rig.sent.iter().rfind(|m| m.starts_with("INVITE")).expect("an INVITE");
    assert!(!invite.contains("X-Madoguchi-Case"), "{invite}");
}

#[test]
fn a_caller_who_leaves_before_the_desk_rings_leaves_nothing() {
    let mut rig = in_line_without_store();
    let tag = rig.our_tag();
    rig.receive(CALLER, &request("BYE", 2, &tag, ""));
    rig.wait(Duration::from_secs(60));
    assert!(!rig.sent_any("INVITE"));
    assert_eq!(rig.ended(), Some(EndCause::CallerHungUp));
    assert!(rig.engine.is_idle());
}

const HANDED_OVER: &str = r#"
start = "partner"
[step.partner]
verb = "transfer"
to = "partner"
failed = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
"#;

#[test]
fn a_place_that_callers_are_handed_to_does_not_send_them_elsewhere() {
    let mut rig = rig_on(HANDED_OVER, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    let invites = |rig: &Rig| rig.sent.iter().filter(|m| m.starts_with("INVITE")).count();
    assert!(rig.sent_any("INVITE sip:partner@desk.example ") && invites(&rig) == 1);
    rig.desk_replies(302, "");
    assert_eq!(invites(&rig), 1, "only the settings say who may be called");
    let unreachable =
        |what: &What| matches!(what, What::Step { verb: "transfer", event, .. } if event == "unreachable");
    assert!(rig.journal.iter().any(unreachable), "{:?}", rig.journal);
}

#[test]
fn a_place_that_took_the_caller_has_the_case() {
    let mut rig = rig_on(HANDED_OVER, japan(10, 0, 0));
    rig.call(SDP);
    rig.ack("");
    rig.desk_replies(200, SDP);
    let case = rig.cases.last().expect("a case");
    let target = "sip:partner@desk.example".to_string();
    let taken = crate::case::Event::Transferred { to: "partner".into(), target };
    assert!(case.timeline().iter().any(|entry| entry.event == taken), "{:?}", case.timeline());
    assert_eq!((case.stage(), rig.case("desk")), (crate::case::Stage::HandedOn, None));
    rig.desk_asks("BYE", 2, "");
    assert_eq!(rig.ended(), Some(EndCause::DeskHungUp));
}

const NEWS: &str = r#"
start = "news"
[step.news]
verb = "play"
prompt = "news"
next = "bye"
[step.bye]
verb = "hangup"
prompt = "bye"
cause = "desk-hung-up"
"#;

fn other_caller(text: &str) -> String {
    text.replace("Call-ID: call", "Call-ID: other").replace("branch=z9hG4bK", "branch=z9hG4bKo")
}
