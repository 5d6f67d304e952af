//! Every SIP transport that is listened on, as one thing that sends and reads.

use super::counters::Counters;
use super::sip_tcp::{self, Connections, TcpLimits};
use super::sip_udp::{SipUdp, Unsendable};
use super::{ListenAddr, NetError, address};
use crate::node::Input;
use crate::signaling::{Flow, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// Bound and reading.
#[derive(Debug)]
pub(super) struct Transports {
    udp: Vec<SipUdp>,
    tcp: Vec<SocketAddr>,
    connections: Arc<Connections>,
    counters: Arc<Counters>,
    readers: JoinSet<()>,
}

impl Transports {
    /// Binds every address and begins to read into the inbox.
    pub(super) fn bind(
        listen: &[ListenAddr],
        limits: TcpLimits,
        inbox: &Sender<Input>,
        counters: &Arc<Counters>,
    ) -> Result<Transports, NetError> {
        let mut bound = Transports {
            udp: Vec::new(),
            tcp: Vec::new(),
            connections: Connections::new(limits, inbox.clone(), Arc::clone(counters)),
            counters: Arc::clone(counters),
            readers: JoinSet::new(),
        };
        for listen in listen {
            match listen.transport {
                Transport::Udp => bound.bind_udp(*listen, inbox)?,
                Transport::Tcp => bound.bind_tcp(*listen)?,
            }
        }
        Ok(bound)
    }

    /// What is listened on, with the ports that the system chose where it was to choose.
    pub(super) fn listening(&self) -> impl Iterator<Item = ListenAddr> {
        let udp = self.udp.iter().map(|udp| ListenAddr { transport: Transport::Udp, address: udp.bound });
        udp.chain(self.tcp.iter().map(|tcp| ListenAddr { transport: Transport::Tcp, address: *tcp }))
    }

    /// The path on which a peer is reached.
    pub(super) fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        let ours = self.listening().filter(|l| l.transport == transport).map(|l| l.address);
        Some(Flow { transport, local: address::reaching(ours, remote.ip())?, remote })
    }

    /// Sends a message, or queues it on a connection.
    pub(super) fn send(&self, flow: Flow, bytes: Vec<u8>) -> Result<(), Unsendable> {
        match flow.transport {
            Transport::Udp => {
                let ours = self.udp.iter().find(|udp| address::is_local_of(udp.bound, flow.local));
                ours.ok_or(Unsendable)?.send(flow.remote, &bytes, &self.counters)
            }
            Transport::Tcp => {
                let ours = self.tcp.iter().any(|tcp| address::is_local_of(*tcp, flow.local));
                if ours { self.connections.send(flow, bytes) } else { Err(Unsendable) }
            }
        }
    }

    /// Stops reading, and waits until what is queued is written.
    pub(super) async fn close(mut self, patience: Duration) {
        self.readers.shutdown().await;
        self.connections.close(patience).await;
    }

    fn bind_udp(&mut self, listen: ListenAddr, inbox: &Sender<Input>) -> Result<(), NetError> {
        let udp = SipUdp::bind(listen)?;
        self.readers.spawn(udp.clone().read(inbox.clone(), Arc::clone(&self.counters)));
        self.udp.push(udp);
        Ok(())
    }

    fn bind_tcp(&mut self, listen: ListenAddr) -> Result<(), NetError> {
        let listener = sip_tcp::listen(listen)?;
        let bound = listener.local_addr().map_err(|e| NetError::listening(listen, e))?;
        self.readers.spawn(sip_tcp::accept_all(listener, Arc::clone(&self.connections)));
        self.tcp.push(bound);
        Ok(())
    }
}
