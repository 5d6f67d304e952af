//! From a SIP URI to the path its messages take.

use crate::net::{Bound, resolve};
use crate::signaling::{Target, Transport};
use crate::sip::{SipUri, Uri};

/// The port of SIP where a URI names none (RFC 3261 19.1.2).
const SIP_PORT: u16 = 5060;

/// Where this URI is reached from the addresses listened on.
///
/// # Errors
/// In one line: a transport not spoken, a name without address, no address of ours that reaches it.
pub async fn reach(uri: &SipUri, bound: &Bound) -> Result<Target, String> {
    let transport = match uri.params.get("transport").map(str::to_ascii_lowercase).as_deref() {
        None | Some("udp") => Transport::Udp,
        Some("tcp") => Transport::Tcp,
        Some(other) => return Err(format!("transport `{other}` is not spoken")),
    };
    let port = uri.port.unwrap_or(SIP_PORT);
    let remote = resolve(&uri.host.to_string(), port).await.map_err(|error| error.to_string())?;
    let flow = bound.flow_to(transport, remote).ok_or_else(|| {
        let name = if transport == Transport::Udp { "udp" } else { "tcp" };
        format!("{remote} cannot be reached: no {name} address that is listened on reaches it")
    })?;
    Ok(Target { uri: Uri::Sip(uri.clone()), flow, credentials: None })
}
