//! Answers that need no decision of the engine: what a request may ask for, and what we can do.

use super::{compose, fields};
use crate::base::UnixTime;
use crate::sip::{Method, Request, Response};

/// The extensions we know.
const KNOWN: [&str; 4] = ["100rel", "timer", "replaces", "norefersub"];

/// What `Allow` says to a peer that may refer its caller elsewhere, or may not.
pub(super) fn allow(may_refer: bool) -> &'static str {
    match may_refer {
        true => "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER",
        false => "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK",
    }
}

/// What `Supported` says to the same.
pub(super) fn supported(may_refer: bool) -> &'static str {
    match may_refer {
        true => "100rel, timer, replaces, norefersub",
        false => "100rel, timer",
    }
}

/// What `Accept` says.
pub(super) const ACCEPT: &str = "application/sdp, multipart/mixed";
/// How long a refused caller should wait when we are full or draining.
pub(super) const RETRY_AFTER_S: &str = "10";

/// Our capabilities (RFC 3261 11.2), with the status an INVITE would get now.
pub(super) fn capabilities(request: &Request, status: u16, may_refer: bool, now: UnixTime) -> Response {
    let mut response = compose::reply(request, status);
    compose::describe(&mut response, may_refer, now);
    response.push("Accept", ACCEPT);
    response.push("Accept-Encoding", "identity");
    response
}

/// 405 to a method of SIP, 501 to one we have never heard of; both say what is allowed.
pub(super) fn unknown_method(request: &Request, may_refer: bool) -> Response {
    let status = if matches!(request.method, Method::Ext(_)) { 501 } else { 405 };
    let mut response = compose::reply(request, status);
    response.push("Allow", allow(may_refer));
    response
}

/// 503 with Retry-After.
pub(super) fn busy(request: &Request) -> Response {
    let mut response = compose::reply(request, 503);
    response.push("Retry-After", RETRY_AFTER_S);
    response
}

/// The refusal that RFC 3261 8.2.2 and 8.2.3 demand before anything is done, if any.
pub(super) fn objection(request: &Request) -> Option<Response> {
    unsupported_scheme(request)
        .or_else(|| unsupported_extension(request))
        .or_else(|| unsupported_content(request))
}

fn unsupported_scheme(request: &Request) -> Option<Response> {
    let known = ["sip", "sips", "tel"].iter().any(|scheme| request.uri.scheme().eq_ignore_ascii_case(scheme));
    (!known).then(|| compose::reply(request, 416))
}

fn unsupported_extension(request: &Request) -> Option<Response> {
    let mut unknown = fields::list(request, "Require");
    unknown.retain(|tag| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(tag)));
    if unknown.is_empty() {
        return None;
    }
    let mut response = compose::reply(request, 420);
    response.push("Unsupported", unknown.join(", "));
    Some(response)
}

/// Bodies are understood where they are SDP; INFO carries anything, other requests nothing we read.
fn unsupported_content(request: &Request) -> Option<Response> {
    let reads_sdp = matches!(request.method, Method::Invite | Method::Update);
    if request.body.is_empty() || !reads_sdp || fields::may_ignore_body(request) {
        return None;
    }
    let encoded =
        !matches!(fields::text(request, "Content-Encoding").to_ascii_lowercase().as_str(), "" | "identity");
    if fields::is_understood(request, &request.body) && !encoded {
        return None;
    }
    let mut response = compose::reply(request, 415);
    response.push("Accept", ACCEPT);
    response.push("Accept-Encoding", "identity");
    Some(response)
}
