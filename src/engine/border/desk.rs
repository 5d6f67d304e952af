//! The INVITE that takes a caller to a desk: identity, case, languages, interpreter.

use crate::base::Language;
use crate::call::Purpose;
use crate::engine::visit::{Attempt, Visit};
use crate::engine::{Config, DialTarget, Way};
use crate::signaling::{Invite, Target};
use crate::sip::{Host, NameAddr, Uri};
use std::net::IpAddr;

/// The host that the place which answered signals from, where its audio may come from there too: a carrier's
/// comes from wherever its description says.
pub(in crate::engine) fn signals_from(attempt: &Attempt, answered: IpAddr) -> Option<IpAddr> {
    let is_carrier = |place: &DialTarget| matches!(place.way, Way::By { .. });
    (!attempt.places.iter().any(is_carrier)).then_some(answered)
}

/// Whether nobody on the way to any of these reads the signaling, and whether they are to be reached in no other
/// way: one offer goes to all of them, one after the other.
pub(in crate::engine) fn security(targets: &[Target]) -> (bool, bool) {
    let all = |holds: fn(&Target) -> bool| !targets.is_empty() && targets.iter().all(holds);
    let is_secure = all(|target| target.flow.transport.is_secure());
    (is_secure, is_secure && all(|target| matches!(&target.uri, Uri::Sip(uri) if uri.secure)))
}

/// Whether all of these are pages of browsers, which take audio with keys by DTLS alone; telephones take it with keys
/// in the signaling, and one offer goes to all.
pub(in crate::engine) fn are_browsers(targets: &[Target]) -> bool {
    !targets.is_empty() && targets.iter().all(|target| target.flow.transport.is_websocket())
}

/// The INVITE itself.
pub(in crate::engine) fn invite(
    config: &Config,
    visit: &Visit,
    attempt: &Attempt,
    (targets, trusted): (Vec<Target>, bool),
    offer: Vec<u8>,
) -> Invite {
    Invite {
        leg: attempt.leg,
        targets,
        from: from(config, visit),
        headers: headers(config, visit, attempt, trusted),
        offer,
        ring_timeout: attempt.ring,
        follow_redirects: may_move(attempt.purpose),
        known: if may_move(attempt.purpose) { known(config) } else { Vec::new() },
        may_refer: attempt.at_desk,
    }
}

/// The places that the settings name by their address, but for seats: those are rung by their queue alone, which gives
/// each one caller at a time.
fn known(config: &Config) -> Vec<Target> {
    let dialled = config.desks.values().flat_map(|desk| &desk.dial);
    let places = dialled.chain(config.transfers.values());
    let by_address = |place: &DialTarget| match &place.way {
        Way::To(target) => Some((**target).clone()),
        Way::By { .. } | Way::Phone(_) => None,
    };
    places.filter_map(by_address).collect()
}

/// Whether a place may send its callers on to another address. A desk may have moved; a place outside is
/// the one that the settings allow, and no other.
fn may_move(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Seat | Purpose::Desk => true,
        Purpose::Transfer | Purpose::Referral => false,
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

fn headers(config: &Config, visit: &Visit, attempt: &Attempt, trusted: bool) -> Vec<(String, String)> {
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
    if let Some(replaces) = &attempt.replaces {
        push("Replaces", replaces.to_string());
        push("Require", "replaces".into());
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
