//! Route sets, loose and strict routing, and the address a request is sent to (RFC 3261 12.2.1.1, 8.1.2).

use crate::signaling::compose;
use crate::signaling::{Flow, Transport};
use crate::sip::{NameAddr, Uri};
use std::net::{IpAddr, SocketAddr};

/// The proxies between us and the peer, nearest first. It never changes within a dialog.
#[derive(Clone, Debug)]
pub(super) struct RouteSet(Vec<NameAddr>);

/// How a request is addressed.
pub(super) struct Way {
    /// Request-URI.
    pub(super) uri: Uri,
    /// Route header fields.
    pub(super) routes: Vec<NameAddr>,
    /// Whose address the packet gets.
    pub(super) next: Uri,
}

impl RouteSet {
    pub(super) fn of(record_routes: Vec<NameAddr>) -> Self {
        RouteSet(record_routes)
    }

    /// The way to the remote target. A first proxy without `lr` is a strict router: it gets its own URI
    /// as Request-URI, and the target moves to the end of the route.
    pub(super) fn way_to(&self, target: &Uri) -> Way {
        match self.0.split_first() {
            None => Way { uri: target.clone(), routes: Vec::new(), next: target.clone() },
            Some((first, _)) if first.uri.param("lr").is_some() => {
                Way { uri: target.clone(), routes: self.0.clone(), next: first.uri.clone() }
            }
            Some((first, rest)) => {
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(target.clone()));
                Way { uri: first.uri.clone(), routes, next: first.uri.clone() }
            }
        }
    }
}

/// The path to a URI of the peer. Names are not resolved here, and an address of a private network is
/// useless where the peer was seen behind a public one: both go back the way the dialog came. So does
/// everything of a dialog that came over TLS: whatever its Contact says, nothing of it travels in clear text. And
/// nobody is reached over WebSocket but on the connection that they opened.
pub(super) fn next_hop(flow: Flow, uri: &Uri) -> Flow {
    let websocket = flow.transport.is_websocket() || transport_of(uri).is_some_and(Transport::is_websocket);
    if websocket || flow.transport.is_secure() || wants_secure(uri) {
        return flow;
    }
    let Some(ip) = uri.host().and_then(|host| host.ip()) else { return flow };
    let behind_nat = is_private(ip) && !is_private(flow.remote.ip());
    let other_family = ip.is_ipv4() != flow.remote.is_ipv4();
    let transport = transport_of(uri).unwrap_or(flow.transport);
    let same_connection = transport.is_reliable() && flow.transport == transport && ip == flow.remote.ip();
    if behind_nat || other_family || same_connection || ip.is_unspecified() {
        return flow;
    }
    Flow { transport, remote: SocketAddr::new(ip, uri.port().unwrap_or(5060)), ..flow }
}

fn transport_of(uri: &Uri) -> Option<Transport> {
    Transport::named(&uri.param("transport")?)
}

/// Whether a URI asks for TLS.
fn wants_secure(uri: &Uri) -> bool {
    compose::is_secure(uri) || transport_of(uri).is_some_and(Transport::is_secure)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || is_shared(ip.octets()),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// 100.64.0.0/10: carriers' own NAT (RFC 6598).
fn is_shared(octets: [u8; 4]) -> bool {
    octets[0] == 100 && octets[1] & 0xc0 == 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text).unwrap()
    }

    fn hop(remote: &str, to: &str) -> String {
        hop_from(Transport::Udp, remote, to)
    }

    fn hop_from(transport: Transport, remote: &str, to: &str) -> String {
        let flow =
            Flow { transport, local: "192.0.2.1:5060".parse().unwrap(), remote: remote.parse().unwrap() };
        let next = next_hop(flow, &uri(to));
        format!("{:?} {}", next.transport, next.remote)
    }

    #[test]
    fn addresses_are_followed_names_and_private_addresses_behind_nat_are_not() {
        assert_eq!(hop("198.51.100.7:1024", "sip:a@203.0.113.5"), "Udp 203.0.113.5:5060");
        assert_eq!(hop("198.51.100.7:1024", "sip:a@203.0.113.5:5070;transport=tcp"), "Tcp 203.0.113.5:5070");
        assert_eq!(hop("198.51.100.7:1024", "sip:a@phone.example"), "Udp 198.51.100.7:1024");
        assert_eq!(hop("198.51.100.7:1024", "sip:a@192.168.1.5"), "Udp 198.51.100.7:1024");
        assert_eq!(hop("192.168.1.1:1024", "sip:a@192.168.1.5"), "Udp 192.168.1.5:5060");
        assert_eq!(hop("198.51.100.7:1024", "sip:a@[2001:db8::1]"), "Udp 198.51.100.7:1024");
        assert_eq!(hop("198.51.100.7:1024", "tel:+81312345678"), "Udp 198.51.100.7:1024");
    }

    #[test]
    fn a_dialog_over_tls_stays_on_its_connection_and_no_other_moves_to_tls() {
        for contact in ["sip:a@203.0.113.5", "sip:a@203.0.113.5;transport=udp", "sips:a@203.0.113.5:5061"] {
            let next = hop_from(Transport::Tls, "198.51.100.7:1024", contact);
            assert_eq!(next, "Tls 198.51.100.7:1024", "{contact}");
        }
        for contact in ["sips:a@203.0.113.5", "sip:a@203.0.113.5:5061;transport=tls"] {
            assert_eq!(hop("198.51.100.7:1024", contact), "Udp 198.51.100.7:1024", "{contact}");
        }
    }

    #[test]
    fn a_dialog_over_websocket_stays_on_its_connection_and_no_other_moves_to_websocket() {
        for contact in ["sip:a@df7jal23ls0d.invalid;transport=ws", "sip:a@203.0.113.5;transport=tcp"] {
            assert_eq!(hop_from(Transport::Ws, "198.51.100.7:1024", contact), "Ws 198.51.100.7:1024");
        }
        assert_eq!(hop("198.51.100.7:1024", "sip:a@203.0.113.5;transport=ws"), "Udp 198.51.100.7:1024");
    }

    #[test]
    fn loose_routers_keep_the_target_and_strict_ones_take_its_place() {
        let route = |text: &str| NameAddr::parse(text).unwrap();
        let target = uri("sip:callee@u2.example");
        let loose = RouteSet::of(vec![route("<sip:p1;lr>"), route("<sip:p2>")]).way_to(&target);
        assert_eq!((loose.uri, loose.routes.len(), loose.next), (target.clone(), 2, uri("sip:p1;lr")));
        let strict = RouteSet::of(vec![route("<sip:p1>"), route("<sip:p2;lr>")]).way_to(&target);
        let routes: Vec<String> = strict.routes.iter().map(ToString::to_string).collect();
        assert_eq!(
            (strict.uri, routes),
            (uri("sip:p1"), vec!["<sip:p2;lr>".into(), "<sip:callee@u2.example>".into()])
        );
    }
}
