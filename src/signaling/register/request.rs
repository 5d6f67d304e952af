//! The requests a trunk is sent outside calls.

use super::config::TrunkConfig;
use crate::signaling::Flow;
use crate::signaling::answers::{ACCEPT, allow};
use crate::signaling::command::Config;
use crate::sip::{Host, Method, NameAddr, Request, Uri};
use std::time::Duration;

/// What stays the same through a registration's requests (RFC 3261 10.2).
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) call_id: String,
    pub(super) tag: String,
}

/// Our Contact at a trunk: the user that calls come for.
pub(super) fn contact(config: &Config, trunk: &TrunkConfig, flow: Flow) -> NameAddr {
    let host = Host::from(config.advertise.unwrap_or(flow.local.ip()));
    let mut uri = Uri::sip(Some(&trunk.user), host, Some(flow.local.port()));
    if let (true, Some(uri)) = (flow.transport.is_reliable(), uri.as_sip_mut()) {
        uri.params.set("transport", flow.transport.name());
    }
    NameAddr::new(uri)
}

/// A REGISTER without Via. No time asked for takes the binding back.
pub(super) fn register(
    config: &Config,
    trunk: &TrunkConfig,
    flow: Flow,
    identity: &Identity,
    cseq: u32,
    expires: Duration,
) -> Request {
    let own = trunk.own_address();
    let mut request = Request::new(Method::Register, Uri::sip(None, trunk.domain.clone(), None));
    request
        .push("Max-Forwards", 70)
        .push("From", own.clone().with_tag(&identity.tag))
        .push("To", own)
        .push("Call-ID", &identity.call_id)
        .push("CSeq", format_args!("{cseq} REGISTER"))
        .push("Contact", contact(config, trunk, flow))
        .push("Expires", expires.as_secs())
        .push("Allow", allow(false))
        // Proxies between us and the registrar may add Path only where this is said (RFC 3327 5.1).
        .push("Supported", "path");
    request
}

/// An OPTIONS without Via.
pub(super) fn options(
    config: &Config,
    trunk: &TrunkConfig,
    flow: Flow,
    call_id: &str,
    tag: &str,
    routes: &[NameAddr],
) -> Request {
    let mut request = Request::new(Method::Options, Uri::sip(None, trunk.domain.clone(), None));
    for route in routes {
        request.push("Route", route);
    }
    request
        .push("Max-Forwards", 70)
        .push("From", trunk.own_address().with_tag(tag))
        .push("To", NameAddr::new(Uri::sip(None, trunk.domain.clone(), None)))
        .push("Call-ID", call_id)
        .push("CSeq", "1 OPTIONS")
        .push("Contact", contact(config, trunk, flow))
        .push("Accept", ACCEPT);
    request
}
