//! The INVITE that takes a caller to a desk: identity, case, languages, interpreter.

use crate::base::{Language, LegKey};
use crate::call::Purpose;
use crate::engine::visit::{Attempt, Visit};
use crate::engine::{Config, DialTarget, Way};
use crate::signaling::{Invite, Target};
use crate::sip::{Host, NameAddr, Uri};
use std::net::IpAddr;
use std::time::Duration;

/// The places an attempt rings, first to last: one seat, the desk's own numbers, or the transfer's place.
pub(in crate::engine) fn targets(config: &Config, attempt: &Attempt) -> Vec<DialTarget> {
    match attempt.purpose {
        Purpose::Seat => {
            let seat =
                attempt.seat.as_ref().and_then(|(queue, seat)| config.queues.get(queue)?.seats.get(*seat));
            seat.map(|s| s.target.clone()).into_iter().collect()
        }
        Purpose::Desk => config.desks.get(&attempt.desk).map(|d| d.dial.clone()).unwrap_or_default(),
        Purpose::Transfer => config.transfers.get(&attempt.desk).cloned().into_iter().collect(),
    }
}

/// The host that the rung place signals from; unknown where it was reached by a redirect.
pub(in crate::engine) fn signals_from(config: &Config, attempt: &Attempt) -> Option<IpAddr> {
    let rung = targets(config, attempt).into_iter().find(|t| t.way.name() == attempt.target);
    match rung?.way {
        Way::To(target) => Some(target.flow.remote.ip()),
        // A carrier's audio comes from wherever its description says.
        Way::By { .. } => None,
    }
}

/// Whether nobody on the way to any of these reads the signaling, and whether they are to be reached in no other
/// way: one offer goes to all of them, one after the other.
pub(in crate::engine) fn security(targets: &[Target]) -> (bool, bool) {
    let all = |holds: fn(&Target) -> bool| !targets.is_empty() && targets.iter().all(holds);
    let is_secure = all(|target| target.flow.transport.is_secure());
    (is_secure, is_secure && all(|target| matches!(&target.uri, Uri::Sip(uri) if uri.secure)))
}

/// How long one target may ring.
pub(in crate::engine) fn ring_timeout(config: &Config, attempt: &Attempt, dial_seconds: u32) -> Duration {
    let queue = attempt.seat.as_ref().and_then(|(queue, _)| config.queues.get(queue));
    queue.map_or(Duration::from_secs(u64::from(dial_seconds)), |q| q.ring)
}

/// The INVITE itself.
pub(in crate::engine) fn invite(
    config: &Config,
    visit: &Visit,
    leg: LegKey,
    (targets, trusted): (Vec<Target>, bool),
    offer: Vec<u8>,
    ring_timeout: Duration,
) -> Invite {
    Invite {
        leg,
        targets,
        from: from(config, visit),
        headers: headers(config, visit, trusted),
        offer,
        ring_timeout,
        follow_redirects: visit.attempt.as_ref().is_some_and(|attempt| may_move(attempt.purpose)),
    }
}

/// Whether a place may send its callers on to another address. A desk may have moved; a place outside is
/// the one that the settings allow, and no other.
fn may_move(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Seat | Purpose::Desk => true,
        Purpose::Transfer => false,
    }
}

/// The caller's number where it may be shown, else nobody (RFC 3323 4.1.1.3).
fn from(config: &Config, visit: &Visit) -> NameAddr {
    match shown_number(visit) {
        Some(number) => NameAddr::new(Uri::sip(Some(&number), config.host.clone(), None)),
        None => {
            let nobody = Host::Name("anonymous.invalid".into());
            NameAddr::new(Uri::sip(Some("anonymous"), nobody, None)).with_display("Anonymous")
        }
    }
}

fn shown_number(visit: &Visit) -> Option<String> {
    visit.identity.shown().map(ToString::to_string)
}

fn headers(config: &Config, visit: &Visit, trusted: bool) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut push = |name: &str, value: String| headers.push((name.to_string(), value));
    // Nobody is told a number that the store could still lose.
    if let Some(case) = visit.case.as_ref().filter(|_| visit.case_is_durable) {
        let number = case.number().to_string();
        let hex: String = number.bytes().map(|b| format!("{b:02x}")).collect();
        push("X-Madoguchi-Case", number);
        // RFC 7433: octets in hexadecimal.
        push("User-to-User", format!("{hex};encoding=hex"));
    }
    if visit.needs_interpreter() {
        push("X-Madoguchi-Interpreter", "ja".into());
    }
    let languages = match visit.language() {
        Language::Ja => "ja, en",
        Language::En => "en",
    };
    push("Accept-Language", languages.into());
    match shown_number(visit) {
        Some(_) if trusted => push("P-Asserted-Identity", from(config, visit).to_string()),
        Some(_) => {}
        None => push("Privacy", "id".into()),
    }
    headers
}
