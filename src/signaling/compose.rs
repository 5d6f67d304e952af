//! Writing the messages signaling sends.

use super::answers::{allow, supported};
use super::command::{Config, Invite, Target};
use super::fields;
use super::invite::ask_for_interval;
use super::transport::{Flow, Transport};
use crate::base::UnixTime;
use crate::sip::{
    self, Date, Fields, Host, MAGIC_COOKIE, Message, Method, NameAddr, Request, Response, Status, Uri, Via,
};

const MAX_FORWARDS: u32 = 70;

/// The INVITE to one target, without Via.
pub(super) fn invite(
    invite: &Invite,
    target: &Target,
    config: &Config,
    call_id: &str,
    tag: &str,
    cseq: u32,
) -> Request {
    let mut request = Request::new(Method::Invite, target.uri.clone());
    for route in &target.routes {
        request.push("Route", route);
    }
    let from = target.trunk.as_deref().map_or(&invite.from, |trunk| &trunk.own);
    request
        .push("Max-Forwards", MAX_FORWARDS)
        .push("From", from.clone().with_tag(tag))
        .push("To", NameAddr::new(without_port(&target.uri)))
        .push("Call-ID", call_id)
        .push("CSeq", format_args!("{cseq} INVITE"))
        .push("Contact", contact(config, target.flow, is_secure(&target.uri)))
        .push("Allow", allow(invite.may_refer))
        .push("Supported", supported(invite.may_refer));
    for (name, value) in &invite.headers {
        request.push(name, value);
    }
    if let Some(by) = &target.diverted_by {
        note_diversion(&mut request, &by.0, by.1);
    }
    ask_for_interval(&mut request, &config.timer);
    if !invite.offer.is_empty() {
        request.set_body(SDP, invite.offer.clone());
    }
    request
}

/// Who sent the call here (RFC 5806 9, RFC 7044 10).
fn note_diversion(request: &mut Request, from: &Uri, status: u16) {
    let to = request.uri.clone();
    let from = without_port(from);
    request
        .push("Diversion", format_args!("<{from}>;reason=deflection;counter=1"))
        .push("History-Info", format_args!("<{from}?Reason=SIP%3Bcause%3D{status}>;index=1"))
        .push("History-Info", format_args!("<{to}>;index=1.1;mp=1"));
}

/// To names a user and no place: it has no port (RFC 3261 19.1.1, table 1).
fn without_port(uri: &Uri) -> Uri {
    let mut uri = uri.clone();
    if let Some(sip) = uri.as_sip_mut() {
        sip.port = None;
    }
    uri
}

/// What a dialog knows about its next request.
pub(super) struct InDialog<'a> {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) routes: Vec<NameAddr>,
    pub(super) local: &'a str,
    pub(super) remote: &'a str,
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
}

/// A request within a dialog, without Via (RFC 3261 12.2.1.1).
pub(super) fn in_dialog(parts: InDialog<'_>) -> Request {
    let cseq = format!("{} {}", parts.cseq, parts.method);
    let mut request = Request::new(parts.method, parts.uri);
    for route in parts.routes {
        request.push("Route", route);
    }
    request
        .push("Max-Forwards", MAX_FORWARDS)
        .push("From", parts.local)
        .push("To", parts.remote)
        .push("Call-ID", parts.call_id)
        .push("CSeq", cseq);
    request
}

/// The ACK of a 300-699, which belongs to the INVITE's transaction (RFC 3261 17.1.1.3).
pub(super) fn ack_of_refusal(invite: &Request, response: &Response) -> Request {
    let mut ack = like_invite(invite, Method::Ack);
    ack.set("To", fields::text(response, "To"));
    copy(invite, &mut ack, "Authorization");
    copy(invite, &mut ack, "Proxy-Authorization");
    ack
}

/// The CANCEL of an INVITE (RFC 3261 9.1).
pub(super) fn cancel(invite: &Request, q850: Option<u8>) -> Request {
    let mut cancel = like_invite(invite, Method::Cancel);
    if let Some(cause) = q850 {
        cancel.push("Reason", reason(cause));
    }
    cancel
}

/// Same Request-URI, topmost Via, Route, From, To, Call-ID and CSeq number.
fn like_invite(invite: &Request, method: Method) -> Request {
    let cseq = format!("{} {method}", fields::cseq_number(invite));
    let mut request = Request::new(method, invite.uri.clone());
    request.push("Via", fields::text(invite, "Via"));
    for route in invite.headers_named("Route") {
        request.push("Route", route);
    }
    request.push("Max-Forwards", MAX_FORWARDS);
    for name in ["From", "To", "Call-ID"] {
        copy(invite, &mut request, name);
    }
    request.push("CSeq", cseq);
    request
}

/// Copies the first header field of that name, where there is one.
pub(super) fn copy(from: &Request, to: &mut Request, name: &str) {
    if let Some(value) = from.header(name) {
        to.push(name, value);
    }
}

/// Puts our Via with a new branch in the place of any other.
pub(super) fn stamp(request: &mut Request, config: &Config, flow: Flow, branch: &str) {
    let branch = format!("{MAGIC_COOKIE}{branch}");
    let via = Via::new(flow.transport.via_name(), host(config, flow), Some(flow.local.port()), &branch);
    request.remove("Via").push_front("Via", via).set("User-Agent", &config.product);
}

/// A response with nothing of its own yet.
pub(super) fn reply(request: &Request, status: u16) -> Response {
    Response::reply_to(request, Status::new(status).unwrap_or(Status::SERVER_INTERNAL_ERROR))
}

/// A response with our tag in To.
pub(super) fn reply_with_tag(request: &Request, status: u16, tag: &str) -> Response {
    let mut response = reply(request, status);
    ensure_tag(&mut response, tag);
    response
}

/// 100 carries no tag of ours.
pub(super) fn trying(request: &Request) -> Response {
    reply(request, 100)
}

/// Adds our tag to To, unless it has one.
pub(super) fn ensure_tag(response: &mut Response, tag: &str) {
    // To was well-formed in the request that was read; a broken one is answered as it came.
    let _ = response.set_to_tag(tag);
}

/// 500 to the request that was last answered with these bytes.
pub(super) fn failed_after(last: &[u8]) -> Option<Response> {
    let Ok(Message::Response(last)) = sip::read(last) else { return None };
    let mut response = Response::new(Status::SERVER_INTERNAL_ERROR);
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        for value in last.headers_named(name) {
            response.push(name, value);
        }
    }
    ensure_tag(&mut response, "broken");
    Some(response)
}

/// Says who answers.
pub(super) fn sign(response: &mut Response, config: &Config) {
    response.set("Server", &config.product);
}

/// Allow, Supported and Date.
pub(super) fn describe(response: &mut Response, may_refer: bool, now: UnixTime) {
    response.set("Allow", allow(may_refer)).set("Supported", supported(may_refer)).set("Date", Date(now));
}

/// Allow and Supported of a request within a dialog.
pub(super) fn describe_request(request: &mut Request, may_refer: bool) {
    request.push("Allow", allow(may_refer)).push("Supported", supported(may_refer));
}

/// `Reason` with a Q.850 cause and, for the causes of everyday, its name (RFC 3326).
pub(super) fn reason(cause: u8) -> String {
    let name = match cause {
        1 => "Unallocated number",
        16 => "Normal call clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "No answer from user",
        // RFC 3326 1: a phone that reads this counts no call as missed.
        26 => return "SIP;cause=200;text=\"Call completed elsewhere\"".to_string(),
        21 => "Call rejected",
        27 => "Destination out of order",
        28 => "Invalid number format",
        31 => "Normal, unspecified",
        34 => "No circuit available",
        38 => "Network out of order",
        41 => "Temporary failure",
        42 => "Switching equipment congestion",
        88 => "Incompatible destination",
        102 => "Recovery on timer expiry",
        127 => "Interworking, unspecified",
        _ => return format!("Q.850;cause={cause}"),
    };
    format!("Q.850;cause={cause};text=\"{name}\"")
}

/// Content-Type of SDP.
pub(super) const SDP: &str = "application/sdp";

/// Our Contact on this path. It is a `sips:` URI in a dialog that must be (RFC 3261 12.1.1).
pub(super) fn contact(config: &Config, flow: Flow, secure: bool) -> String {
    let scheme = if secure { "sips" } else { "sip" };
    let transport = match flow.transport {
        Transport::Udp => String::new(),
        // RFC 5630 3.1.4: a sips URI says what it travels on below TLS.
        Transport::Tls if secure => ";transport=tcp".to_string(),
        other => format!(";transport={}", other.uri_name()),
    };
    format!("<{scheme}:{}@{}:{}{transport}>", config.user, host(config, flow), flow.local.port())
}

/// Whether this is a `sips:` URI.
pub(super) fn is_secure(uri: &Uri) -> bool {
    matches!(uri, Uri::Sip(uri) if uri.secure)
}

fn host(config: &Config, flow: Flow) -> Host {
    Host::from(config.advertise.unwrap_or(flow.local.ip()))
}

/// Where responses to a request go (RFC 3261 18.2.2, RFC 3581 4): back over its connection; to the port
/// it came from where the sender asked for that; else to the port in its Via. The address is always the
/// one it really came from.
pub(super) fn way_back(request: &Request, flow: Flow) -> Flow {
    let via = request.via_top().ok().filter(|_| flow.transport == Transport::Udp);
    let port = match &via {
        Some(via) if !via.params.has("rport") => via.port.unwrap_or(5060),
        _ => flow.remote.port(),
    };
    Flow { remote: (flow.remote.ip(), port).into(), ..flow }
}
