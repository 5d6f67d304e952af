//! A shell whose sockets are bound and whose node does not exist yet: nodes want to know their addresses.

use super::asking::Asking;
use super::handle::{self, ShellHandle};
use super::log::Log;
use super::{Hooks, Inputs, Patience, Shell, ShellConfig};
use crate::audio::Library;
use crate::base::limits;
use crate::media;
use crate::net::admission::Admission;
use crate::net::counters::Counters;
use crate::net::inbox::Inbox;
use crate::net::ports::Ports;
use crate::net::tls::Tls;
use crate::net::transports::Transports;
use crate::net::workers::{RtpConfig, Workers};
use crate::net::{Clock, ListenAddr, Names, NetError, certificate, descriptors};
use crate::node::{Input, Node};
use crate::sdp::Fingerprint;
use crate::signaling::{Flow, Transport};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver};

/// SIP messages that wait for the node, at most 64 KiB each.
const WIRE: usize = 1_024;
/// Reports of media workers that wait for the node.
const MEDIA: usize = 4_096;

/// Listening already; what arrives waits for the node.
#[derive(Debug)]
pub struct Bound {
    config: ShellConfig,
    clock: Clock,
    ports: Ports,
    transports: Transports,
    wire: Receiver<Input>,
    admission: Arc<Admission>,
    counters: Arc<Counters>,
    identity: Arc<media::Identity>,
}

impl Bound {
    /// Binds every listening address. Must be awaited in a tokio runtime.
    ///
    /// # Errors
    /// [`NetError`] for the first address or port range that cannot be used.
    pub async fn bind(mut config: ShellConfig) -> Result<Bound, NetError> {
        let ports = Ports::new(&config.rtp_ports, config.port_rest);
        if ports.pairs() == 0 {
            return Err(NetError::Ports(*config.rtp_ports.start(), *config.rtp_ports.end()));
        }
        config.tcp.connections = config.tcp.connections.min(descriptors::available() / 4).max(1);
        let counters: Arc<Counters> = Arc::default();
        let (queue, wire) = mpsc::channel(WIRE);
        let admission = Arc::new(Admission::new(config.strangers, Arc::clone(&counters)));
        let inbox = Inbox::new(queue, Arc::clone(&admission), Arc::clone(&counters));
        let clock = config.wall.map_or_else(Clock::start, Clock::showing);
        let speaks_tls = config.sip_listen.iter().any(|listen| listen.transport.is_secure());
        let tls = speaks_tls.then(|| Tls::new(&config.tls, clock)).transpose()?.map(Arc::new);
        let transports =
            Transports::bind(&config.sip_listen, (config.tcp, &config.origins), tls, &inbox, &counters)?;
        let identity = Arc::new(certificate::fresh(clock)?);
        Ok(Bound { config, clock, ports, transports, wire, admission, counters, identity })
    }

    /// What is listened on, with the ports that the system chose where port 0 was asked for.
    pub fn listening(&self) -> Vec<ListenAddr> {
        self.transports.listening().collect()
    }

    /// The path on which a peer is reached; `None`: we listen on no such transport, or on no
    /// address that reaches it.
    pub fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        self.transports.flow_to(transport, remote)
    }

    /// From now on a connection to this address over TLS is one to this host, or none.
    ///
    /// # Errors
    /// In one line: TLS is spoken nowhere, or no certificate can bear the host.
    pub fn expect_host(&self, remote: SocketAddr, host: &str) -> Result<(), String> {
        self.transports.expect_host(remote, host)
    }

    /// These hosts are no strangers: trunks, desks. What they send is taken, and counted where it is much.
    pub fn exempt(&self, peers: impl IntoIterator<Item = IpAddr>) {
        self.admission.exempt(peers);
    }

    /// Calls of two legs each that ports, file descriptors and [`limits::CALLS`] allow at once.
    pub fn max_calls(&self) -> usize {
        let by_descriptors = descriptors::available() / 4;
        (self.ports.pairs() / 2).min(by_descriptors).clamp(1, limits::CALLS)
    }

    /// Where audio is listened for.
    pub fn media_ips(&self) -> Vec<IpAddr> {
        self.config.media_ips()
    }

    /// What descriptions name the certificate by, where keys are agreed on by DTLS.
    pub fn fingerprint(&self) -> Fingerprint {
        self.identity.fingerprint()
    }

    /// The clock that the node's inputs will carry.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Starts the media workers and puts the node in its place.
    ///
    /// # Errors
    /// [`NetError::Worker`] where a thread cannot start.
    pub fn start<N: Node>(self, node: N, library: Arc<Library>) -> Result<Shell<N>, NetError> {
        let (tell, media) = mpsc::channel(MEDIA);
        let Bound { config, clock, ports, transports, wire, admission, counters, identity } = self;
        let rtp = RtpConfig {
            ips: config.media_ips(),
            advertise: config.advertise,
            workers: config.workers,
            keeper: config.recordings.clone(),
            identity,
        };
        let names = Asking::new(Names::new(config.nameserver), config.rng.fork("names"));
        let workers = Workers::start(rtp, ports, &library, clock, &config.rng, &tell, &counters)?;
        let (handle, control, wanted): (ShellHandle, _, _) = handle::pair(counters);
        Ok(Shell {
            node,
            clock,
            inputs: Inputs { wire, media, control },
            wanted,
            handle,
            transports,
            admission,
            names,
            marks: config.marks,
            workers,
            hooks: Hooks {
                store: None,
                ask: None,
                verify: None,
                speak: None,
                journal: None,
                tap: None,
                log: Log::new(config.show_numbers),
            },
            followups: VecDeque::new(),
            patience: Patience { drain: config.drain_timeout, stop: config.stop_timeout },
        })
    }
}
