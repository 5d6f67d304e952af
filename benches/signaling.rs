//! What one call costs in signaling: INVITE, 100, 180, 200, ACK, BYE, 200 through the callee's endpoint,
//! from bytes to bytes, timers run out included.

use divan::{Bencher, black_box};
use madoguchi::base::{Deadline, Instant, LegKey, Now, Rng, UnixTime};
use madoguchi::signaling::{Command, Config, Counts, Endpoint, Event, Flow, Output, SessionTimer, Transport};

fn main() {
    divan::main();
}

fn endpoint() -> Endpoint {
    let config = Config {
        product: "madoguchi".to_string(),
        user: "desk".to_string(),
        max_legs: 4_000,
        max_legs_of_stranger: usize::MAX,
        known: Default::default(),
        max_transactions: 20_000,
        advertise: None,
        timer: SessionTimer::default(),
    };
    Endpoint::new(config, Rng::from_seed(7))
}

fn flow() -> Flow {
    let addr = |text: &str| text.parse().expect("a literal address");
    Flow { transport: Transport::Udp, local: addr("10.0.0.2:5060"), remote: addr("10.0.0.1:5060") }
}

fn request(method: &str, n: u64, cseq: u32, tag: &str, body: &str) -> Vec<u8> {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    format!(
        "{method} sip:0120339836@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK{n}{method}\r\n\
         Max-Forwards: 70\r\nFrom: \"Caller\" <sip:+81312345678@10.0.0.1>;tag={n}\r\nTo: <sip:0120339836@10.0.0.2>{tag}\r\n\
         Call-ID: {n}@10.0.0.1\r\nCSeq: {cseq} {method}\r\nContact: <sip:+81312345678@10.0.0.1>\r\n\
         Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nUser-Agent: bench\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n";

/// Drains the outputs: the leg of a new call, and the last message sent.
fn drain(endpoint: &mut Endpoint) -> (Option<LegKey>, Vec<u8>) {
    let (mut leg, mut last) = (None, Vec::new());
    while let Some(output) = endpoint.poll_output() {
        match output {
            Output::Event(Event::Incoming { leg: new, .. }) => leg = Some(new),
            Output::Event(_) | Output::Resolve(_) => {}
            Output::Transmit { bytes, .. } => last = bytes,
        }
    }
    (leg, last)
}

fn to_tag(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let to = text.lines().find(|line| line.starts_with("To:")).unwrap_or_default();
    to.rsplit("tag=").next().unwrap_or_default().to_string()
}

/// One call from its INVITE to the 200 of its BYE.
fn one_call(endpoint: &mut Endpoint, now: Now, n: u64) {
    endpoint.handle_message(now, flow(), &request("INVITE", n, 1, "", SDP));
    let leg = drain(endpoint).0.expect("a new call");
    endpoint.handle_command(now, Command::Ring { leg, sdp: None, reliable: false });
    drain(endpoint);
    endpoint.handle_command(now, Command::Answer { leg, sdp: SDP.as_bytes().to_vec(), headers: Vec::new() });
    let tag = to_tag(&drain(endpoint).1);
    endpoint.handle_message(now, flow(), &request("ACK", n, 1, &tag, ""));
    endpoint.handle_message(now, flow(), &request("BYE", n, 2, &tag, ""));
    black_box(drain(endpoint));
}

fn at(ms: u64) -> Now {
    Now { mono: Instant::from_millis(ms), wall: UnixTime::from_millis(ms as i64) }
}

/// Lets every timer run out.
fn run_out(endpoint: &mut Endpoint) {
    while let Some(Deadline { at, .. }) = endpoint.poll_deadline() {
        endpoint.handle_deadline(Now { mono: at, wall: UnixTime::default() });
        drain(endpoint);
    }
    assert_eq!(endpoint.counts(), Counts::default(), "a call left something over");
}

/// Calls one after the other, on an endpoint that holds nothing else.
#[divan::bench]
fn set_up_and_tear_down(bencher: Bencher) {
    let mut n = 0;
    let mut endpoint = endpoint();
    bencher.bench_local(|| {
        n += 1;
        one_call(&mut endpoint, at(0), n);
        run_out(&mut endpoint);
    });
}

/// The same while 1,000 calls before it still wait for their timers.
#[divan::bench]
fn set_up_and_tear_down_among_a_thousand(bencher: Bencher) {
    let mut n = 0;
    let mut endpoint = endpoint();
    bencher.bench_local(|| {
        n += 1;
        let now = at(n * 32);
        one_call(&mut endpoint, now, n);
        endpoint.handle_deadline(now);
    });
    run_out(&mut endpoint);
}

/// An OPTIONS ping.
#[divan::bench]
fn options(bencher: Bencher) {
    let mut n = 0;
    let mut endpoint = endpoint();
    bencher.bench_local(|| {
        n += 1;
        endpoint.handle_message(at(0), flow(), &request("OPTIONS", n, 1, "", ""));
        black_box(drain(&mut endpoint));
        run_out(&mut endpoint);
    });
}
