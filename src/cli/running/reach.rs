//! From a SIP URI to the path its messages take.

use crate::net::{Bound, resolve};
use crate::signaling::{Target, Transport};
use crate::sip::{SipUri, Uri};

/// Where this URI is reached from the addresses listened on.
///
/// # Errors
/// In one line: a transport not spoken, a name without address, no address of ours that reaches it.
pub async fn reach(uri: &SipUri, bound: &Bound) -> Result<Target, String> {
    let transport = transport_of(uri)?;
    let port = uri.port.unwrap_or(transport.default_port());
    let host = uri.host.to_string();
    let remote = resolve(&host, port).await.map_err(|error| error.to_string())?;
    let flow = bound.flow_to(transport, remote).ok_or_else(|| {
        let name = transport.name();
        format!("{remote} cannot be reached: no {name} address that is listened on reaches it")
    })?;
    if transport.is_secure() {
        bound.expect_host(remote, &host)?;
    }
    Ok(Target::new(Uri::Sip(uri.clone()), flow))
}

/// What a URI is reached on (RFC 3263 4.1 without NAPTR; RFC 5630 3.1.4: `sips` is TLS, whatever it names below).
///
/// # Errors
/// In one line: it is not spoken, or would not be secure.
pub fn transport_of(uri: &SipUri) -> Result<Transport, String> {
    let named = uri.params.get("transport");
    let transport =
        named.map(|name| Transport::named(name).ok_or(format!("transport `{name}` is not spoken")));
    match transport.transpose()? {
        Some(Transport::Udp) if uri.secure => Err("`sips:` is never reached over udp".to_string()),
        Some(Transport::Ws | Transport::Wss) => {
            Err("over WebSocket only phones that registered are reached: \"phone:NAME\"".to_string())
        }
        _ if uri.secure => Ok(Transport::Tls),
        named => Ok(named.unwrap_or(Transport::Udp)),
    }
}
