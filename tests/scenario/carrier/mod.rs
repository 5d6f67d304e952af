//! The carrier's side of an NTT Hikari line, in virtual time: what its network was seen to do, one call a quirk.
//!
//! The engine has the settings of such a line (`profile = "ntt-hikari"`, read as any settings are) and talks to
//! [`exchange::Exchange`], which refuses, cuts and waits as the network does. Beside each call that goes well
//! stands one that does not: the same exchange with a peer, or a profile, that does not know the quirk.

mod exchange;
mod line;

use exchange::{End, Exchange, header};
use line::{Line, OURS};
use madoguchi::signaling::RegistrationStanding;
use std::time::Duration;

const NTT: &str = "host = '192.0.2.1'\nport = 5060\ndomain = 'ntt-east.ne.jp'\nprofile = 'ntt-hikari'\nuser = '0312345678'\n";
const GENERIC: &str =
    "host = '192.0.2.1'\nport = 5060\ndomain = 'ntt-east.ne.jp'\nuser = '0312345678'\nkeep_alive = '0s'\n";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A call of a mobile that comes in and is answered.
fn answered(settings: &str) -> Line {
    let mut line = Line::waiting(settings);
    line.exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.run(seconds(2));
    line
}

/// A call that goes out by the line.
fn dialled(settings: &str) -> Line {
    let mut line = Line::dialling(settings);
    line.exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.run(seconds(5));
    line
}

/// What a callee says to an INVITE.
type Says<'a> = &'a dyn Fn(&str) -> String;

/// What an exchange does with a callee that answers its INVITE with these responses, each after so long.
fn with_callee(responses: &[(Duration, Says<'_>)]) -> Option<End> {
    let mut exchange = Exchange::new();
    exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    let invite = exchange.send_due(Duration::ZERO).pop().expect("an INVITE");
    for (at, response) in responses {
        exchange.receive(*at, OURS, &response(&invite));
    }
    // A session that is refreshed for ever has no last moment: half an hour is enough to judge it.
    while let Some(at) = exchange.deadline().filter(|at| *at < seconds(1_800)) {
        exchange.send_due(at);
    }
    exchange.end()
}

/// A response to an INVITE as a careful callee gives it.
fn response(invite: &str, status: &str, tag: &str, more: &str, sdp: &str) -> String {
    let copy = |name: &str| format!("{name}: {}\r\n", header(invite, name));
    format!(
        "SIP/2.0 {status}\r\n{}{}To: {};tag={tag}\r\n{}{}Contact: <sip:us@192.0.2.2>\r\n{more}Content-Length: {}\r\n\r\n{sdp}",
        copy("Via"),
        copy("From"),
        header(invite, "To"),
        copy("Call-ID"),
        copy("CSeq"),
        sdp.len(),
    )
}

const TIMED: &str = "Session-Expires: 300;refresher=uac\r\nRequire: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n\
                     Supported: timer\r\nDate: Fri, 27 Nov 2026 02:00:00 GMT\r\nContent-Type: application/sdp\r\n";
const PCMU: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\na=ptime:20\r\n";

fn ringing(tag: &'static str) -> impl Fn(&str) -> String {
    move |invite| response(invite, "180 Ringing", tag, "", "")
}

fn answering(tag: &'static str, more: &'static str, sdp: &'static str) -> impl Fn(&str) -> String {
    move |invite| response(invite, "200 OK", tag, more, sdp)
}

#[test]
fn a_careful_callee_is_let_be() {
    assert_eq!(with_callee(&[(ms(10), &ringing("a")), (ms(900), &answering("a", TIMED, PCMU))]), None);
}

#[test]
fn late_180_gets_bye() {
    let line = answered(NTT);
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    let rang = line.exchange.rang_after().expect("180");
    assert!(rang <= ms(20), "180 after {rang:?}");
    let silent = with_callee(&[(ms(4_100), &answering("a", TIMED, PCMU))]);
    assert_eq!(silent, Some(End { after: ms(28), why: "no 180 before the answer" }));
}

#[test]
fn another_tag_in_the_answer_than_in_180_gets_bye() {
    assert_eq!(answered(NTT).exchange.end(), None);
    let other = with_callee(&[(ms(10), &ringing("a")), (ms(900), &answering("b", TIMED, PCMU))]);
    assert_eq!(other.map(|end| end.why), Some("the answer has another tag than the 180"));
}

#[test]
fn a_missing_session_timer_gets_bye_after_ack() {
    let mut line = answered(NTT);
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    line.run(seconds(330));
    assert!(
        line.exchange.refreshed() >= 2,
        "it is refreshed by whom the carrier names: {}",
        line.exchange.log()
    );
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    for missing in ["Session-Expires", "Require", "Allow", "Supported", "Date"] {
        let kept: String =
            TIMED.lines().filter(|l| !l.starts_with(missing)).map(|l| format!("{l}\r\n")).collect();
        let answer = |invite: &str| response(invite, "200 OK", "a", &kept, PCMU);
        let cut = with_callee(&[(ms(10), &ringing("a")), (ms(900), &answer)]).expect(missing);
        assert_eq!(
            (cut.after, cut.why),
            (ms(4), "the answer does not carry what the line wants"),
            "{missing}"
        );
    }
}

#[test]
fn an_answer_that_is_not_pcmu_of_20_ms_gets_bye() {
    assert_eq!(answered(NTT).exchange.end(), None);
    for bad in [
        PCMU.replace("RTP/AVP 0", "RTP/AVP 8"),
        PCMU.replace("RTP/AVP 0", "RTP/AVP 0 9"),
        PCMU.replace("a=ptime:20", "a=ptime:30"),
        PCMU.replace("c=IN IP4 192.0.2.2", "c=IN IP4 192.168.1.5"),
    ] {
        let answer = |invite: &str| response(invite, "200 OK", "a", TIMED, &bad);
        let cut = with_callee(&[(ms(10), &ringing("a")), (ms(900), &answer)]);
        assert_eq!(cut.map(|end| end.why), Some("the audio is not what the line carries"), "{bad}");
    }
}

#[test]
fn a_line_registers_without_credentials() {
    let mut line = Line::waiting(&format!("{NTT}register = true\n"));
    line.run(seconds(1));
    let granted = seconds(3600);
    assert_eq!(line.registration(), RegistrationStanding::Standing { granted });
    assert_eq!(line.exchange.requests("Authorization"), 0);
    line.run(seconds(3_300));
    assert_eq!(line.exchange.registers(), 2, "refreshed in time");
    line.drain();
    line.run(seconds(1));
    assert_eq!(line.registration(), RegistrationStanding::TakenBack);
}

#[test]
fn a_wrong_source_port_gets_403() {
    let mut line = Line::waiting_at(5070, &format!("{NTT}register = true\n"));
    line.run(seconds(1));
    assert_eq!(line.registration(), RegistrationStanding::Failing { status: Some(403) });
    assert!(line.exchange.to_5060() > 0, "its 100 goes to port 5060, whatever a request came from");
}

#[test]
fn a_call_to_the_domain_gets_403() {
    let line = dialled(NTT);
    assert!(line.connected(), "{}", line.exchange.log());
    let line = dialled(GENERIC);
    assert!(!line.connected());
    assert!(line.exchange.log().contains("403"), "{}", line.exchange.log());
}

#[test]
fn an_offer_of_more_than_pcmu_gets_488() {
    let line = dialled(NTT);
    assert!(line.connected(), "{}", line.exchange.log());
    let line = dialled(&format!("{NTT}codecs = ['pcmu', 'pcma']\n"));
    assert!(!line.connected());
    assert!(line.exchange.log().contains("488"), "{}", line.exchange.log());
}

#[test]
fn a_new_call_that_counts_on_is_taken_for_a_retry() {
    let mut line = dialled(NTT);
    assert!(line.connected(), "{}", line.exchange.log());
    line.exchange.hang_up();
    line.run(seconds(1));
    line.exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.run(seconds(5));
    assert_eq!(line.exchange.dialled(), ["1 INVITE", "1 INVITE"], "each new call begins at 1");
}

#[test]
fn a_home_gateway_names_its_extension_in_the_request_uri() {
    let mut line = Line::waiting(&format!("{NTT}number_from = ['to', 'request-uri']\n"));
    line.exchange.ring("sip:3@192.0.2.2:5060", "sip:0120339836@ntt-east.ne.jp");
    line.run(seconds(2));
    assert_eq!(line.dialed(), Some("0120339836".to_string()));
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
}

#[test]
fn a_forwarded_call_with_a_number_nobody_knows_is_taken() {
    let mut line = Line::waiting(NTT);
    line.exchange.ring("sip:0272038027@192.0.2.2:5060", "sip:0272038027@ntt-east.ne.jp");
    line.run(seconds(2));
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    assert!(line.exchange.rang_after().is_some());
}

#[test]
fn a_full_line_is_503_and_says_when_to_come_again() {
    let mut line = Line::waiting(&format!("{NTT}max_calls = 0\n"));
    line.exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.run(seconds(2));
    assert!(line.exchange.log().contains("503"), "{}", line.exchange.log());
    assert!(line.exchange.last().contains("Retry-After: 10\r\n"), "{}", line.exchange.last());
}

/// What an exchange says to an INVITE of a caller that knows PRACK, and sends none.
fn without_prack() -> Vec<String> {
    let mut exchange = Exchange::new();
    let invite = format!(
        "INVITE sip:0398765432@192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKout\r\n\
         Max-Forwards: 70\r\nFrom: <sip:0312345678@ntt-east.ne.jp>;tag=us\r\nTo: <sip:0398765432@192.0.2.1>\r\n\
         Call-ID: out\r\nCSeq: 1 INVITE\r\nContact: <sip:us@192.0.2.2>\r\nSupported: 100rel, timer\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{PCMU}",
        PCMU.len()
    );
    exchange.receive(Duration::ZERO, OURS, &invite);
    let mut said = Vec::new();
    while let Some(at) = exchange.deadline() {
        said.extend(exchange.send_due(at).iter().map(|text| format!("{at:?} {}", &text[8..11])));
    }
    said
}

#[test]
fn a_reliable_180_without_prack_gets_408() {
    let line = dialled(NTT);
    assert!(line.connected(), "{}", line.exchange.log());
    assert_eq!(line.exchange.requests("<- PRACK"), 1, "{}", line.exchange.log());
    assert_eq!(without_prack(), ["0ns 100", "200ms 180", "32s 408"]);
}

#[test]
fn a_prack_that_is_answered_408_ends_no_call() {
    let mut line = Line::dialling(NTT);
    line.exchange.lose_pracks();
    line.exchange.ring("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.run(seconds(5));
    assert!(line.exchange.log().contains("408"), "{}", line.exchange.log());
    assert!(line.connected(), "{}", line.exchange.log());
}

#[test]
fn a_180_that_is_not_reliable_though_both_sides_can_gets_bye() {
    let line = answered(NTT);
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    assert!(line.exchange.log().contains("-> PRACK"), "{}", line.exchange.log());
    let line = answered(GENERIC);
    let cut = line.exchange.end().map(|end| end.why);
    assert_eq!(cut, Some("the 180 was not reliable, though both sides can"), "{}", line.exchange.log());
}

#[test]
fn an_unknown_require_gets_420_and_the_call_comes_again_without_it() {
    let mut line = Line::waiting(NTT);
    let (uri, to) = ("sip:0312345678@192.0.2.2:5060", "sip:0312345678@ntt-east.ne.jp");
    line.exchange.ring_requiring(Some("precondition"), uri, to);
    line.run(seconds(2));
    assert!(line.exchange.log().contains("420"), "{}", line.exchange.log());
    assert_eq!(line.exchange.end(), None, "{}", line.exchange.log());
    assert!(line.dialed().is_some(), "the second time");
    let mut exchange = Exchange::new();
    exchange.ring_requiring(Some("precondition"), uri, to);
    let invite = exchange.send_due(Duration::ZERO).pop().expect("an INVITE");
    exchange.receive(ms(10), OURS, &ringing("a")(&invite));
    exchange.receive(ms(900), OURS, &answering("a", TIMED, PCMU)(&invite));
    let cut = exchange.end().map(|end| end.why);
    assert_eq!(cut, Some("it was answered by who cannot know what it requires"));
}
