//! Addresses: where we listen, which of ours a peer reaches us at, and names resolved.

use super::NetError;
use crate::signaling::Transport;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

/// Where SIP is listened for: `udp:127.0.0.1:5060`, `tcp:[::1]:5060`, `tls:0.0.0.0:5061`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListenAddr {
    /// What is spoken there.
    pub transport: Transport,
    /// IP and port; port 0 lets the system choose.
    pub address: SocketAddr,
}

impl FromStr for ListenAddr {
    type Err = NetError;

    fn from_str(text: &str) -> Result<ListenAddr, NetError> {
        let unreadable = || NetError::Address(text.to_string());
        let (transport, address) = text.split_once(':').ok_or_else(unreadable)?;
        let transport = Transport::named(transport).ok_or_else(unreadable)?;
        Ok(ListenAddr { transport, address: address.parse().map_err(|_| unreadable())? })
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport.name(), self.address)
    }
}

/// The first address of a host, IPv4 where it has one; the host may be an address itself, in
/// brackets or not.
///
/// # Errors
/// [`NetError::Resolve`] where the name has no address or cannot be asked for.
pub async fn resolve(host: &str, port: u16) -> Result<SocketAddr, NetError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, port));
    }
    let failed = |reason: String| NetError::Resolve { host: host.to_string(), reason };
    let found = tokio::net::lookup_host((host, port)).await.map_err(|e| failed(e.to_string()))?;
    let first = found.min_by_key(SocketAddr::is_ipv6);
    first.ok_or_else(|| failed("the name has no address".to_string()))
}

/// The address of ours from which packets to `remote` leave, as the system routes them now. Nothing
/// is sent.
pub fn source_towards(remote: IpAddr) -> Option<IpAddr> {
    let any = unspecified_like(remote);
    let probe = UdpSocket::bind((any, 0)).ok()?;
    // Any port will do: connecting a datagram socket only looks up the route.
    probe.connect((remote, 9)).ok()?;
    Some(probe.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
}

/// The address of ours from which packets leave where the far side is not known: towards the
/// default route, else loopback.
pub(super) fn usual_source(ipv6: bool) -> IpAddr {
    // Documentation addresses (RFC 5737, RFC 3849) are routed like any far host.
    let far: IpAddr = match ipv6 {
        false => Ipv4Addr::new(192, 0, 2, 1).into(),
        true => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    };
    let loopback = if ipv6 { IpAddr::from(Ipv6Addr::LOCALHOST) } else { Ipv4Addr::LOCALHOST.into() };
    source_towards(far).unwrap_or(loopback)
}

/// Of the addresses we listen on, the one that reaches `remote`, made concrete where it is
/// unspecified. `None`: no address of the same family, or only loopback for a remote elsewhere.
pub fn reaching(ours: impl IntoIterator<Item = SocketAddr>, remote: IpAddr) -> Option<SocketAddr> {
    let family: Vec<SocketAddr> = ours.into_iter().filter(|a| a.is_ipv4() == remote.is_ipv4()).collect();
    let source = match family.as_slice() {
        [] => return None,
        // The only one needs no look at the routes.
        [only] if !only.ip().is_unspecified() => None,
        _ => source_towards(remote),
    };
    let ranked = family.into_iter().filter_map(|a| Some((distance(a.ip(), remote, source)?, a)));
    let (_, best) = ranked.min_by_key(|(distance, _)| *distance)?;
    match best.ip().is_unspecified() {
        true => source.map(|ip| SocketAddr::new(ip, best.port())),
        false => Some(best),
    }
}

fn distance(ours: IpAddr, remote: IpAddr, source: Option<IpAddr>) -> Option<u8> {
    if ours.is_loopback() && !remote.is_loopback() {
        return None;
    }
    Some(match ours {
        ip if Some(ip) == source => 0,
        ip if ip.is_unspecified() => 1,
        ip if ip.is_loopback() == remote.is_loopback() => 2,
        _ => 3,
    })
}

fn unspecified_like(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Peers whose route is remembered.
const ROUTES: usize = 1024;

/// A bound socket's address as its peers see it.
#[derive(Debug)]
pub(super) struct Face {
    bound: SocketAddr,
    routes: BTreeMap<IpAddr, IpAddr>,
}

impl Face {
    pub(super) fn new(bound: SocketAddr) -> Face {
        Face { bound, routes: BTreeMap::new() }
    }

    /// The address that this peer reached: the bound one, or where that is unspecified the one that
    /// packets back to the peer leave from.
    pub(super) fn towards(&mut self, peer: IpAddr) -> SocketAddr {
        if !self.bound.ip().is_unspecified() {
            return self.bound;
        }
        if self.routes.len() >= ROUTES {
            self.routes.clear();
        }
        let found =
            *self.routes.entry(peer).or_insert_with(|| source_towards(peer).unwrap_or(self.bound.ip()));
        SocketAddr::new(found, self.bound.port())
    }
}

/// Whether a flow's local address is this bound socket.
pub(super) fn is_local_of(bound: SocketAddr, local: SocketAddr) -> bool {
    bound == local
        || (bound.ip().is_unspecified() && bound.port() == local.port() && bound.is_ipv4() == local.is_ipv4())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().expect(text)
    }

    #[test]
    fn listening_addresses_read_and_print_the_same() {
        for text in ["udp:127.0.0.1:5060", "tcp:0.0.0.0:5060", "udp:[::1]:5070", "tls:127.0.0.1:5061"] {
            assert_eq!(text.parse::<ListenAddr>().expect(text).to_string(), text);
        }
        for text in ["", "udp", "udp:", "5060", "sctp:127.0.0.1:5060", "udp:127.0.0.1", "udp:::1:x"] {
            let error = text.parse::<ListenAddr>().expect_err(text).to_string();
            assert!(error.contains("udp:127.0.0.1:5060"), "{error}");
        }
    }

    #[test]
    fn the_listening_address_that_reaches_a_peer_is_chosen() {
        let ours = [at("127.0.0.1:5060"), at("[::1]:5060"), at("0.0.0.0:5070")];
        let choose = |remote: &str| reaching(ours, remote.parse().expect("an address"));
        assert_eq!(choose("127.0.0.1"), Some(at("127.0.0.1:5060")));
        assert_eq!(choose("127.0.0.9"), Some(at("127.0.0.1:5060")));
        assert_eq!(choose("::1"), Some(at("[::1]:5060")));
        assert_eq!(reaching([at("127.0.0.1:5060")], "192.0.2.1".parse().expect("an address")), None);
        assert_eq!(reaching([at("0.0.0.0:5060")], Ipv4Addr::LOCALHOST.into()), Some(at("127.0.0.1:5060")));
    }

    #[test]
    fn an_unspecified_socket_shows_each_peer_the_address_it_reached() {
        let mut face = Face::new(at("0.0.0.0:5060"));
        assert_eq!(face.towards(Ipv4Addr::LOCALHOST.into()), at("127.0.0.1:5060"));
        assert!(is_local_of(at("0.0.0.0:5060"), at("127.0.0.1:5060")));
        assert!(!is_local_of(at("0.0.0.0:5060"), at("127.0.0.1:5061")));
        assert!(!is_local_of(at("0.0.0.0:5060"), at("[::1]:5060")));
    }

    #[tokio::test]
    async fn addresses_resolve_to_themselves_and_names_to_ipv4_first() {
        assert_eq!(resolve("127.0.0.1", 5060).await.expect("an address"), at("127.0.0.1:5060"));
        assert_eq!(resolve("[::1]", 5060).await.expect("an address"), at("[::1]:5060"));
        assert_eq!(resolve("localhost", 5060).await.expect("localhost"), at("127.0.0.1:5060"));
        let error = resolve("no such host", 5060).await.expect_err("a name with spaces").to_string();
        assert!(error.starts_with("`no such host` cannot be resolved"), "{error}");
    }
}
