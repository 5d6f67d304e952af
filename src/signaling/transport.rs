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
    /// Messages of WebSocket, on connections that peers open (RFC 7118).
    Ws,
    /// The same over TLS.
    Wss,
}

impl Transport {
    /// Every transport with its name in settings and in URIs; first those on which we reach others.
    pub const NAMED: [(&'static str, Transport); 5] = [
        ("udp", Transport::Udp),
        ("tcp", Transport::Tcp),
        ("tls", Transport::Tls),
        ("ws", Transport::Ws),
        ("wss", Transport::Wss),
    ];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// Its name in URIs (RFC 7118 5.4: WebSocket has one, over TLS or not).
    pub fn uri_name(self) -> &'static str {
        if self.is_websocket() { "ws" } else { self.name() }
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
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// Whether messages are not lost on the way, so that nothing is sent twice (RFC 3261 17).
    pub fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => true,
        }
    }

    /// Whether nobody on the way reads or changes what it carries.
    pub fn is_secure(self) -> bool {
        match self {
            Transport::Udp | Transport::Tcp | Transport::Ws => false,
            Transport::Tls | Transport::Wss => true,
        }
    }

    /// Whether it is WebSocket: a connection that only the peer can open.
    pub fn is_websocket(self) -> bool {
        match self {
            Transport::Udp | Transport::Tcp | Transport::Tls => false,
            Transport::Ws | Transport::Wss => true,
        }
    }

    /// The port where a URI names none (RFC 3261 19.1.2, RFC 7118 5.4).
    pub fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }
}

/// The path between a local and a remote address. On a stream it names a connection; the shell opens one
/// where there is none yet, but for WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// What it travels on.
    pub transport: Transport,
    /// Our listening address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
}
