//! SIP over datagrams: one socket, read in batches, written without waiting.

use super::address::Face;
use super::counters::Counters;
use super::inbox::Inbox;
use super::{ListenAddr, NetError, socket};
use crate::signaling::{Flow, Transport};
use socket2::SockRef;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::UdpSocket;

/// Datagrams read before other tasks get their turn.
const BATCH: usize = 64;
/// The largest datagram there is.
const DATAGRAM_BYTES: usize = 65_536;

/// A datagram socket.
#[derive(Clone, Debug)]
pub(super) struct SipUdp {
    socket: Arc<UdpSocket>,
    marks: Arc<Mutex<Marks>>,
    pub(super) bound: SocketAddr,
}

/// How datagrams are marked for routers, and how the last one was.
#[derive(Debug, Default)]
struct Marks {
    by_host: BTreeMap<IpAddr, u8>,
    /// None: as signaling usually is.
    last: Option<u8>,
}

/// Nothing can be sent on this path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsendable;

impl SipUdp {
    pub(super) fn bind(listen: ListenAddr) -> Result<SipUdp, NetError> {
        let open = || {
            let socket = UdpSocket::from_std(socket::sip_udp(listen.address)?)?;
            Ok(SipUdp { bound: socket.local_addr()?, socket: Arc::new(socket), marks: Arc::default() })
        };
        open().map_err(|e| NetError::listening(listen, e))
    }

    /// Sends now or never: a full send buffer drops the datagram, as any router on the way might.
    ///
    /// # Errors
    /// [`Unsendable`] where the system says that the peer cannot be reached from here.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8], counters: &Counters) -> Result<(), Unsendable> {
        self.mark_for(to.ip());
        match self.socket.try_send_to(bytes, to) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                counters.sip_unsent.add(1);
                Ok(())
            }
            Err(e) => {
                tracing::debug!(%to, "udp: {e}");
                Err(Unsendable)
            }
        }
    }

    /// What is sent to this host is marked so from now on.
    pub(super) fn mark(&self, host: IpAddr, dscp: u8) {
        self.marks().by_host.insert(host, dscp);
    }

    /// Marks the next datagram. The socket keeps its mark: mostly there is nothing to do.
    fn mark_for(&self, host: IpAddr) {
        let mut marks = self.marks();
        let wanted = marks.by_host.get(&host).copied();
        if wanted != marks.last {
            socket::mark(
                &SockRef::from(&*self.socket),
                self.bound,
                wanted.map_or(socket::SIGNALING, socket::class),
            );
            marks.last = wanted;
        }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until the inbox is gone. A full inbox drops datagrams: the peers send them again.
    pub(super) async fn read(self, inbox: Inbox) {
        let mut face = Face::new(self.bound);
        let mut buffer = vec![0; DATAGRAM_BYTES];
        while !inbox.is_closed() && self.socket.readable().await.is_ok() {
            for _ in 0..BATCH {
                let Ok((length, remote)) = self.socket.try_recv_from(&mut buffer) else { break };
                let Some(bytes) = buffer.get(..length).filter(|b| !is_keep_alive(b)) else { continue };
                let flow = Flow { transport: Transport::Udp, local: face.towards(remote.ip()), remote };
                inbox.datagram(flow, bytes);
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Phones behind NAT send line ends, spaces or NULs to keep their binding: nothing to answer.
fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | b' ' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn datagrams_to_a_carrier_are_marked_as_it_wants_and_all_others_as_signaling() {
        let udp = SipUdp::bind("udp:127.0.0.1:0".parse().expect("an address")).expect("a socket");
        let counters = Counters::default();
        let [carrier, phone] = [[127, 0, 0, 2], [127, 0, 0, 3]].map(|ip| SocketAddr::from((ip, 9)));
        udp.mark(carrier.ip(), 32);
        let sent_as = |to: SocketAddr| {
            let _ = udp.send(to, b"OPTIONS", &counters);
            SockRef::from(&*udp.socket).tos_v4().expect("readable")
        };
        assert_eq!([carrier, phone, phone, carrier].map(sent_as), [0x80, 0x60, 0x60, 0x80]);
        udp.mark(phone.ip(), 46);
        assert_eq!([phone, carrier].map(sent_as), [0xb8, 0x80]);
    }
}
