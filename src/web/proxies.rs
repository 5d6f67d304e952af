//! Who asks where a proxy stands between: by `X-Forwarded-For`, from peers that are proxies of ours alone.
//!
//! Every proxy in use writes that header, by itself or by one line of its settings; few write `Forwarded` (RFC 7239) unless
//! told to. Reading both would let whoever asks send the one that the proxy passes on as it came, so that one is read.
//!
//! Each proxy appends whom it was asked by, so the list counts from its right: the first address that is no proxy of ours
//! is who asks, and whatever stands left of it anybody may have written.

use super::listener::Source;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Addresses that begin with the same bits: `10.0.0.0/8`, `127.0.0.1`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no network, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNetwork {
    /// No address, or no length.
    #[error("is no address and no network")]
    Unreadable,
    /// Its address is not the network's first.
    #[error("is not the first address of a network; that is {0}")]
    NotFirst(Network),
    /// Everybody's.
    #[error("is everybody, so that anybody could say who they are")]
    Everybody,
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.bits);
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// The network of so many bits in which an address is.
    fn around(address: IpAddr, bits: u8) -> Network {
        let first = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        Network { first, bits }
    }
}

const fn all_bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Network, NoNetwork> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NoNetwork::Unreadable)?;
        let Some(bits) = bits else {
            return Ok(Network::around(address.to_canonical(), all_bits(address.to_canonical())));
        };
        let bits: u8 = bits.parse().map_err(|_| NoNetwork::Unreadable)?;
        match Network::around(address, bits.min(all_bits(address))) {
            _ if bits > all_bits(address) => Err(NoNetwork::Unreadable),
            _ if bits == 0 => Err(NoNetwork::Everybody),
            network if network.first != address => Err(NoNetwork::NotFirst(network)),
            network => Ok(network),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits == all_bits(self.first) {
            true => self.first.fmt(f),
            false => write!(f, "{}/{}", self.first, self.bits),
        }
    }
}

/// The proxies whose word counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// Those in these networks.
    pub fn new(networks: Vec<Network>) -> Proxies {
        Proxies(networks)
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Who asks: the peer, unless it is a proxy that says for whom it does. Where what it says cannot be read, the peer.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.has(peer) {
            return peer;
        }
        let mut client = peer;
        // Several lines are one list (RFC 9110 5.3).
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            for hop in line.to_str().unwrap_or_default().rsplit(',') {
                match address(hop.trim()) {
                    None => return peer,
                    Some(hop) if self.has(hop) => client = hop,
                    Some(hop) => return hop,
                }
            }
        }
        client
    }
}

/// An address, which some proxies write with its port, and IPv6 in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse::<IpAddr>().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Has a request come from who asks, for whatever comes after.
pub(super) async fn see_through(
    State(proxies): State<Arc<Proxies>>,
    ConnectInfo(Source(peer)): ConnectInfo<Source>,
    mut request: Request,
    next: Next,
) -> Response {
    let source = Source(proxies.client(peer, request.headers()));
    request.extensions_mut().insert(ConnectInfo(source));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &[&str]) -> Proxies {
        Proxies(networks.iter().map(|text| text.parse().expect("a network")).collect())
    }

    fn client(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
        let name = axum::http::HeaderName::from_static(FORWARDED_FOR);
        let headers = lines.iter().map(|line| (name.clone(), line.parse().expect("a value"))).collect();
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn who_asks_is_whom_our_proxies_name_and_nobody_else_names_anybody() {
        let ours = proxies(&["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"]);
        for (peer, lines, who) in [
            // Not by a proxy: whatever is said is not read.
            ("198.51.100.7", &["203.0.113.1"][..], "198.51.100.7"),
            ("198.51.100.7", &["127.0.0.1"], "198.51.100.7"),
            ("2001:db8::7", &["203.0.113.1"], "2001:db8::7"),
            ("11.0.0.1", &["203.0.113.1"], "11.0.0.1"),
            ("::ffff:198.51.100.7", &["203.0.113.1"], "198.51.100.7"),
            // By a proxy.
            ("127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("10.255.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("::ffff:127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("fd12::1", &["2001:db8::1"], "2001:db8::1"),
            ("::1", &[" [2001:db8::1]:50123 "], "2001:db8::1"),
            ("::1", &["[2001:db8::1]"], "2001:db8::1"),
            ("::1", &["203.0.113.1:50123"], "203.0.113.1"),
            ("::1", &["::ffff:203.0.113.1"], "203.0.113.1"),
            // Chains: from the right while it is ours; what stands left of who asks is theirs to invent.
            ("127.0.0.1", &["203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            ("127.0.0.1", &["203.0.113.1", "10.0.0.2, 10.0.0.3"], "203.0.113.1"),
            ("127.0.0.1", &["192.0.2.1, 203.0.113.1"], "203.0.113.1"),
            ("127.0.0.1", &["10.0.0.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
            ("127.0.0.1", &["nonsense, 203.0.113.1"], "203.0.113.1"),
            ("127.0.0.1", &["192.0.2.1", "203.0.113.1"], "203.0.113.1"),
            // Somebody within our own networks.
            ("127.0.0.1", &["10.0.0.2"], "10.0.0.2"),
            ("127.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Nothing said, or what cannot be read: the peer.
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1,"], "127.0.0.1"),
            ("127.0.0.1", &["nonsense, 10.0.0.2"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1; drop"], "127.0.0.1"),
            ("127.0.0.1", &["[2001:db8::1"], "127.0.0.1"),
            ("::1", &["fe80::1%eth0"], "::1"),
            ("127.0.0.1", &["203.0.113.1", "\u{e9}"], "127.0.0.1"),
        ] {
            assert_eq!(client(&ours, peer, lines), who, "{peer} {lines:?}");
        }
        let none = Proxies::default();
        assert_eq!(client(&none, "127.0.0.1", &["203.0.113.1"]), "127.0.0.1");
    }

    #[test]
    fn a_network_is_read_as_it_is_written_and_never_as_more_than_was_meant() {
        for text in ["127.0.0.1", "10.0.0.0/8", "192.0.2.128/25", "::1", "fd00::/8", "2001:db8::/33"] {
            assert_eq!(text.parse::<Network>().expect(text).to_string(), text);
        }
        assert_eq!("::ffff:10.0.0.1".parse::<Network>().expect("an address").to_string(), "10.0.0.1");
        assert_eq!("10.0.0.1/32".parse::<Network>().expect("one").to_string(), "10.0.0.1");
        let wrong = |text: &str| text.parse::<Network>().expect_err(text).to_string();
        assert_eq!(wrong("10.1.2.3/8"), "is not the first address of a network; that is 10.0.0.0/8");
        for everybody in ["0.0.0.0/0", "::/0"] {
            assert!(wrong(everybody).starts_with("is everybody"), "{everybody}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0/8",
            "proxy.example",
            "1.2.3.4:80",
        ] {
            assert_eq!(wrong(text), "is no address and no network", "{text}");
        }
        let half = proxies(&["192.0.2.128/25"]);
        assert!(half.has([192, 0, 2, 255].into()) && !half.has([192, 0, 2, 127].into()));
    }
}
