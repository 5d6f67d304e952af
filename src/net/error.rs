//! What keeps the network shell from starting: one clear line each.

use super::{ListenAddr, TlsError};
use std::io;

/// Why the shell cannot start.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The port is taken.
    #[error("{0} is in use: another program listens there; stop it, or listen on another port")]
    InUse(ListenAddr),
    /// The port is below 1024 and the process may not bind it.
    #[error("{0} may not be used by this user: choose a port above 1023, or grant CAP_NET_BIND_SERVICE")]
    NotAllowed(ListenAddr),
    /// The address belongs to no interface of this machine.
    #[error("{0} is no address of this machine: listen on one of its own, or on 0.0.0.0")]
    NotOurs(ListenAddr),
    /// Listening failed for another reason.
    #[error("cannot listen on {listen}: {reason}")]
    Listen {
        /// Where.
        listen: ListenAddr,
        /// Why.
        reason: io::Error,
    },
    /// Not written as `udp:IP:PORT`, `tcp:IP:PORT` or `tls:IP:PORT`.
    #[error("`{0}` is no listening address: write udp:127.0.0.1:5060, tcp:0.0.0.0:5060 or tls:[::1]:5061")]
    Address(String),
    /// A name without an address.
    #[error("`{host}` cannot be resolved: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// Why.
        reason: String,
    },
    /// The range has no pair of an even port and its next.
    #[error("RTP ports {0}-{1} hold no even port followed by another: widen [media] ports")]
    Ports(u16, u16),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No certificate for encrypted audio.
    #[error("no certificate for encrypted audio can be made: {0}")]
    Certificate(String),
    /// A media thread could not start.
    #[error("a media worker cannot start: {0}")]
    Worker(io::Error),
}

impl NetError {
    /// Says what went wrong when this address was bound.
    pub(super) fn listening(listen: ListenAddr, reason: io::Error) -> NetError {
        match reason.kind() {
            io::ErrorKind::AddrInUse => NetError::InUse(listen),
            io::ErrorKind::PermissionDenied => NetError::NotAllowed(listen),
            io::ErrorKind::AddrNotAvailable => NetError::NotOurs(listen),
            _ => NetError::Listen { listen, reason },
        }
    }
}
