//! Hosts in URIs and Via: a name, an IPv4 address or an IPv6 reference in brackets.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::WireError;

/// A host. Names compare without regard to case; see [`Host::same`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A domain name, spelled as it came.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; brackets on the wire.
    V6(Ipv6Addr),
}

impl Host {
    /// Reads a host; IPv6 must be in brackets. Fails on an empty name, on characters no name has,
    /// and on digits and dots that are no IPv4 address.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner =
                inner.strip_suffix(']').ok_or(WireError::at(text.len(), "an IPv6 address lacks its ']'"))?;
            return parse_v6(inner).map(Self::V6).ok_or(WireError::at(1, "not an IPv6 address"));
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::V4(address));
        }
        if !is_name(text) {
            return Err(WireError::at(0, "not a host name or address"));
        }
        Ok(Self::Name(text.to_owned()))
    }

    /// The address, when the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Equality as RFC 3261 19.1.4 sees it: names without regard to case.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            _ => self == other,
        }
    }
}

/// Underscores are no part of the grammar but of many a private network. A name made of digits and
/// dots only would be a broken IPv4 address.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let numeric = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let label = |label: &str| !label.is_empty();
    text.bytes().all(known)
        && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
        && !(text.contains('.') && text.bytes().all(numeric))
}

/// RFC 5118 4.10: the grammar of RFC 3261 lets a third colon slip in before an embedded IPv4 address;
/// it is read, and written with two.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (prefix, v4) = text.split_once(":::")?;
    let v4: Ipv4Addr = v4.parse().ok()?;
    format!("{prefix}::{v4}").parse().ok()
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// A port: decimal digits, 0 to 65535.
pub(super) fn parse_port(digits: &str) -> Option<u16> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Host, parse_port};

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(Host::parse("192.0.2.7").unwrap(), Host::V4([192, 0, 2, 7].into()));
        assert_eq!(Host::parse("pbx_1.example.").unwrap(), Host::Name("pbx_1.example.".into()));
        assert_eq!(Host::parse("[2001:DB8::1]").unwrap().to_string(), "[2001:db8::1]");
    }

    #[test]
    fn three_colons_before_ipv4_read_as_two() {
        assert_eq!(Host::parse("[2001:db8:::192.0.2.1]"), Host::parse("[2001:db8::192.0.2.1]"));
        assert!(Host::parse("[2001:db8:::1]").is_err());
        assert!(Host::parse("[2001::db8:::192.0.2.1]").is_err());
    }

    #[test]
    fn broken_hosts_are_refused() {
        for bad in
            ["", "a b", "256.1.1.1", "1.2.3", "a..b", ".a", "[::1", "[fe80::1%eth0]", "2001:db8::1", "h\0"]
        {
            assert!(Host::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ports_are_plain_digits() {
        assert_eq!(parse_port("05060"), Some(5060));
        for bad in ["", "+1", "65536", "-1", "5060x"] {
            assert_eq!(parse_port(bad), None, "{bad:?}");
        }
    }
}
