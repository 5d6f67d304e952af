//! Every SIP transport that is listened on, as one thing that sends and reads.

use super::counters::Counters;
use super::inbox::Inbox;
use super::sip_tcp::{self, Connections, TcpLimits};
use super::sip_udp::{SipUdp, Unsendable};
use super::tls::Tls;
use super::{ListenAddr, NetError, address};
use crate::signaling::{Flow, Transport};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Bound and reading.
#[derive(Debug)]
pub(super) struct Transports {
    udp: Vec<SipUdp>,
    streams: Vec<ListenAddr>,
    tls: Option<Arc<Tls>>,
    connections: Arc<Connections>,
    counters: Arc<Counters>,
    readers: JoinSet<()>,
}

impl Transports {
    /// Binds every address and begins to read into the inbox.
    pub(super) fn bind(
        listen: &[ListenAddr],
        (limits, origins): (TcpLimits, &[String]),
        tls: Option<Arc<Tls>>,
        inbox: &Inbox,
        counters: &Arc<Counters>,
    ) -> Result<Transports, NetError> {
        let mut bound = Transports {
            udp: Vec::new(),
            streams: Vec::new(),
            connections: Connections::new(
                (limits, origins.to_vec()),
                tls.clone(),
                inbox.clone(),
                Arc::clone(counters),
            ),
            tls,
            counters: Arc::clone(counters),
            readers: JoinSet::new(),
        };
        for listen in listen {
            match listen.transport {
                Transport::Udp => bound.bind_udp(*listen, inbox)?,
                Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                    bound.bind_stream(*listen)?;
                }
            }
        }
        Ok(bound)
    }

    /// What is listened on, with the ports that the system chose where it was to choose.
    pub(super) fn listening(&self) -> impl Iterator<Item = ListenAddr> {
        let udp = self.udp.iter().map(|udp| ListenAddr { transport: Transport::Udp, address: udp.bound });
        udp.chain(self.streams.iter().copied())
    }

    /// The path on which a peer is reached.
    pub(super) fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        let ours = self.listening().filter(|l| l.transport == transport).map(|l| l.address);
        Some(Flow { transport, local: address::reaching(ours, remote.ip())?, remote })
    }

    /// From now on the peer at this address must prove over TLS to be this host.
    pub(super) fn expect_host(&self, remote: SocketAddr, host: &str) -> Result<(), String> {
        let tls = self.tls.as_ref().ok_or("no tls address is listened on")?;
        tls.expect(remote, host)
    }

    /// Datagrams to this host are marked so from now on (DSCP).
    pub(super) fn mark(&self, host: IpAddr, dscp: u8) {
        self.udp.iter().for_each(|udp| udp.mark(host, dscp));
    }

    /// Sends a message, or queues it on a connection.
    pub(super) fn send(&self, flow: Flow, bytes: Vec<u8>) -> Result<(), Unsendable> {
        match flow.transport {
            Transport::Udp => {
                let ours = self.udp.iter().find(|udp| address::is_local_of(udp.bound, flow.local));
                ours.ok_or(Unsendable)?.send(flow.remote, &bytes, &self.counters)
            }
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                let mut ours = self.streams.iter().filter(|ours| ours.transport == flow.transport);
                let ours = ours.any(|ours| address::is_local_of(ours.address, flow.local));
                if ours { self.connections.send(flow, bytes) } else { Err(Unsendable) }
            }
        }
    }

    /// Stops reading, and waits until what is queued is written.
    pub(super) async fn close(mut self, patience: Duration) {
        self.readers.shutdown().await;
        self.connections.close(patience).await;
    }

    fn bind_udp(&mut self, listen: ListenAddr, inbox: &Inbox) -> Result<(), NetError> {
        let udp = SipUdp::bind(listen)?;
        self.readers.spawn(udp.clone().read(inbox.clone()));
        self.udp.push(udp);
        Ok(())
    }

    fn bind_stream(&mut self, listen: ListenAddr) -> Result<(), NetError> {
        let listener = sip_tcp::listen(listen)?;
        let bound = listener.local_addr().map_err(|e| NetError::listening(listen, e))?;
        let connections = Arc::clone(&self.connections);
        self.readers.spawn(sip_tcp::accept_all(listener, listen.transport, connections));
        self.streams.push(ListenAddr { address: bound, ..listen });
        Ok(())
    }
}
