//! The Via header: the way a response goes back (RFC 3261 20.42, RFC 3581).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::error::WireError;
use super::host::{Host, parse_port};
use super::params::Params;
use super::scan::{Scanner, is_lws};

/// What every branch made by RFC 3261 begins with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The transport as spelled: `UDP`, `TCP`, `TLS`, `WS`, `WSS` or any other token.
    pub transport: String,
    /// Who sent it, by its own account.
    pub host: Host,
    /// The port it named, if any.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` and the rest.
    pub params: Params,
}

impl Via {
    /// A Via to put on an own request, asking for `rport`.
    pub fn new(transport: &str, host: Host, port: Option<u16>, branch: &str) -> Self {
        let mut params = Params::default();
        params.set("branch", branch);
        params.set_flag("rport");
        Self { transport: transport.to_owned(), host, port, params }
    }

    /// Reads one Via that fills all of `text`.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        let transport = sent_protocol(&mut scanner)?;
        let (host, port) = sent_by(&mut scanner)?;
        let params = Params::scan(&mut scanner)?;
        scanner.finish("only parameters may follow the sender")?;
        Ok(Self { transport, host, port, params })
    }

    /// The branch; empty when there is none.
    pub fn branch(&self) -> &str {
        self.params.get("branch").unwrap_or("")
    }

    /// Whether the branch alone identifies the transaction: the cookie and something behind it.
    pub fn has_rfc3261_branch(&self) -> bool {
        self.branch().strip_prefix(MAGIC_COOKIE).is_some_and(|rest| !rest.is_empty())
    }

    /// The address the request came from, as the next hop saw it; brackets or none (RFC 5118 4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.get("received")?;
        text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).parse().ok()
    }

    /// The port the request came from; `None` when not filled in.
    pub fn rport(&self) -> Option<u16> {
        parse_port(self.params.get("rport")?)
    }

    /// Fills in where the request really came from: `received` when the sender's own account differs
    /// or `rport` was asked for, and `rport` when it was asked for.
    pub fn stamp(&mut self, source: SocketAddr) {
        let asked = self.params.has("rport");
        if asked || self.host.ip() != Some(source.ip()) {
            self.params.set("received", &source.ip().to_string());
        }
        if asked {
            self.params.set("rport", &source.port().to_string());
        }
    }
}

fn sent_protocol(scanner: &mut Scanner<'_>) -> Result<String, WireError> {
    for expected in ["SIP", "2.0"] {
        let at = scanner.at();
        if !scanner.token("a Via begins with SIP/2.0")?.eq_ignore_ascii_case(expected) {
            return Err(WireError::at(at, "a Via begins with SIP/2.0"));
        }
        if !scanner.eat_spaced(b'/') {
            return Err(scanner.fail("a '/' is missing in a Via"));
        }
    }
    let transport = scanner.token("a Via names no transport")?.to_owned();
    if !scanner.peek().is_some_and(is_lws) {
        return Err(scanner.fail("a space must follow a Via's transport"));
    }
    scanner.skip_lws();
    Ok(transport)
}

fn sent_by(scanner: &mut Scanner<'_>) -> Result<(Host, Option<u16>), WireError> {
    let at = scanner.at();
    let text = if scanner.peek() == Some(b'[') {
        format!("{}]", scanner.take_until(b']').ok_or(WireError::at(at, "an IPv6 address lacks its ']'"))?)
    } else {
        scanner.take_while(|byte| byte != b':' && byte != b';' && !is_lws(byte)).to_owned()
    };
    let host = Host::parse(&text).map_err(|error| error.shifted(at))?;
    if !scanner.eat_spaced(b':') {
        return Ok((host, None));
    }
    let at = scanner.at();
    let port = parse_port(scanner.take_while(|byte| byte.is_ascii_digit()));
    port.map(|port| (host, Some(port))).ok_or(WireError::at(at, "not a port number"))
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        self.port.iter().try_for_each(|port| write!(f, ":{port}"))?;
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, Via};

    fn parse(text: &str) -> Via {
        Via::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn white_space_is_read_wherever_the_grammar_has_it() {
        let via = parse("SIP / 2.0 / UDP first.example: 4000 ;ttl=16 ; maddr=224.2.0.1 ;branch=z9hG4bKa7");
        assert_eq!((via.transport.as_str(), via.port, via.branch()), ("UDP", Some(4000), "z9hG4bKa7"));
        assert_eq!(via.to_string(), "SIP/2.0/UDP first.example:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7");
    }

    #[test]
    fn ipv6_and_received_in_both_spellings() {
        let via = parse("SIP/2.0/UDP [2001:db8::9:1]:5070;received=[2001:db8::9:255];branch=z9hG4bKas3");
        assert_eq!((via.host.clone(), via.port), (Host::parse("[2001:db8::9:1]").unwrap(), Some(5070)));
        let bare = parse("SIP/2.0/UDP h;received=2001:db8::9:255");
        assert_eq!(via.received(), bare.received());
        assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()));
    }

    #[test]
    fn a_stamp_says_where_it_came_from() {
        let mut via = parse("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKa");
        via.stamp("192.0.2.9:61000".parse().unwrap());
        assert_eq!((via.received(), via.rport()), (Some([192, 0, 2, 9].into()), Some(61000)));
        let mut honest = parse("SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa");
        honest.stamp("192.0.2.9:5060".parse().unwrap());
        assert_eq!(honest.to_string(), "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa");
    }

    #[test]
    fn a_bare_cookie_is_no_transaction_id() {
        assert!(!parse("SIP/2.0/UDP h;branch=z9hG4bK").has_rfc3261_branch());
        assert!(parse("SIP/2.0/UDP h;branch=z9hG4bK1").has_rfc3261_branch());
        assert!(!parse("SIP/2.0/UDP h").has_rfc3261_branch());
    }

    #[test]
    fn broken_vias_are_refused() {
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0 UDP h",
            "SIP/3.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/UDP h;;",
            "SIP/2.0/UDP h:",
            "SIP/2.0/UDP h:99999",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP h x",
            "SIP/2.0/ h",
            "SIP/2.0/UDP 2001:db8::1",
        ] {
            assert!(Via::parse(bad).is_err(), "{bad:?}");
        }
    }
}
