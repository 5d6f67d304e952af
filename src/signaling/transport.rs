//! What SIP travels on, and the path between two addresses.

use std::net::SocketAddr;

/// The transport a message travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// Streams.
    Tcp,
    /// Streams that nobody on the way reads or changes (RFC 3261 26.3.1, RFC 5630).
    Tls,
}

impl Transport {
    /// Every transport with its name in settings and in URIs.
    pub const NAMED: [(&'static str, Transport); 3] =
        [("udp", Transport::Udp), ("tcp", Transport::Tcp), ("tls", Transport::Tls)];

    /// Its name in settings and in URIs.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }

    /// The transport of this name, in whatever case.
    pub fn named(name: &str) -> Option<Transport> {
        let found = Transport::NAMED.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        found.map(|(_, transport)| transport)
    }

    /// Its name in Via (RFC 3261 20.42).
    pub fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// Whether messages are not lost on the way, so that nothing is sent twice (RFC 3261 17).
    pub fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls => true,
        }
    }

    /// Whether nobody on the way reads or changes what it carries.
    pub fn is_secure(self) -> bool {
        match self {
            Transport::Udp | Transport::Tcp => false,
            Transport::Tls => true,
        }
    }

    /// The port where a URI names none (RFC 3261 19.1.2).
    pub fn default_port(self) -> u16 {
        if self.is_secure() { 5061 } else { 5060 }
    }
}

/// The path between a local and a remote address. On a stream it names a connection; the shell opens one
/// where there is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// What it travels on.
    pub transport: Transport,
    /// Our listening address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
}
