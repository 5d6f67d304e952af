//! SIP over streams, TLS or not, WebSocket or not: connections accepted, opened on demand, reused by their flow,
//! all bounded.

mod connection;
mod websocket;

use super::counters::Counters;
use super::inbox::Inbox;
use super::sip_udp::Unsendable;
use super::tls::Tls;
use super::{ListenAddr, NetError, socket};
use crate::base::limits;
use crate::signaling::{Flow, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender, WeakSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a peer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpLimits {
    /// Connections at once, accepted and opened. One address may hold half of them, a stranger its share.
    pub connections: usize,
    /// From a message's first byte to its last; also from connecting to the first message.
    pub message: Duration,
    /// Between messages. A call's BYE may be the next one, so that it is as long as a call.
    pub idle: Duration,
    /// For the peer to take one message.
    pub write: Duration,
    /// For a connection to come up, and for TLS on it.
    pub connect: Duration,
    /// Bytes that wait to be taken by one peer.
    pub pending_bytes: usize,
}

impl Default for TcpLimits {
    fn default() -> TcpLimits {
        TcpLimits {
            connections: 2_000,
            message: Duration::from_secs(32),
            idle: limits::CALL_DURATION,
            write: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            pending_bytes: 4 * limits::SIP_MESSAGE_BYTES,
        }
    }
}

/// Messages that wait to be taken by one peer, beside their bytes.
const PENDING_MESSAGES: usize = 256;
/// Pause after the system refuses to accept (no file descriptor left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// All connections, by flow.
#[derive(Debug)]
pub(super) struct Connections {
    lines: Mutex<BTreeMap<Flow, Line>>,
    next: AtomicU64,
    room: Arc<Semaphore>,
    limits: TcpLimits,
    /// Of pages that may connect over WebSocket.
    origins: Vec<String>,
    tls: Option<Arc<Tls>>,
    inbox: Inbox,
    counters: Arc<Counters>,
}

/// The writing end of a connection.
#[derive(Clone, Debug)]
struct Line {
    number: u64,
    queue: Sender<Vec<u8>>,
    pending: Arc<AtomicUsize>,
}

/// The writing end as its own connection holds it: without keeping the connection open.
#[derive(Clone, Debug)]
struct OwnLine {
    queue: WeakSender<Vec<u8>>,
    pending: Arc<AtomicUsize>,
}

/// What a connection's own task holds.
#[derive(Debug)]
struct Seat {
    flow: Flow,
    number: u64,
    queue: Receiver<Vec<u8>>,
    own: OwnLine,
    _room: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn new(
        (limits, origins): (TcpLimits, Vec<String>),
        tls: Option<Arc<Tls>>,
        inbox: Inbox,
        counters: Arc<Counters>,
    ) -> Arc<Connections> {
        Arc::new(Connections {
            lines: Mutex::default(),
            next: AtomicU64::new(0),
            room: Arc::new(Semaphore::new(limits.connections)),
            limits,
            origins,
            tls,
            inbox,
            counters,
        })
    }

    /// Queues a message on the flow's connection, which is opened where there is none.
    ///
    /// # Errors
    /// [`Unsendable`] where too much waits already, too many connections are open, or there is none that we
    /// could open. That connecting failed comes later, as an input.
    pub(super) fn send(self: &Arc<Self>, flow: Flow, bytes: Vec<u8>) -> Result<(), Unsendable> {
        let line = self.lines().get(&flow).filter(|line| !line.queue.is_closed()).cloned();
        let line = match line {
            Some(line) => line,
            None if flow.transport.is_websocket() => return Err(Unsendable),
            None => self.connect(flow)?,
        };
        line.offer(bytes, self.limits.pending_bytes)
    }

    /// Ends every connection once what waits is written, and waits for that.
    pub(super) async fn close(&self, patience: Duration) {
        self.lines().clear();
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        // Connections that do not come to an end in time are ended by the runtime.
        let _ = tokio::time::timeout(patience, self.room.acquire_many(all)).await;
    }

    fn connect(self: &Arc<Self>, flow: Flow) -> Result<Line, Unsendable> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Unsendable)?;
        let (line, seat) = self.seat(flow, room);
        tokio::spawn(connection::open(Arc::clone(self), seat));
        Ok(line)
    }

    fn accept(self: &Arc<Self>, transport: Transport, stream: TcpStream, remote: SocketAddr) {
        let room = Arc::clone(&self.room).try_acquire_owned();
        let Some(room) = room.ok().filter(|_| self.has_share(remote.ip())) else {
            self.counters.connections_refused.add(1);
            return;
        };
        let Ok(local) = stream.local_addr() else { return };
        let (_, seat) = self.seat(Flow { transport, local, remote }, room);
        tokio::spawn(connection::welcome(Arc::clone(self), seat, stream));
    }

    /// Whether one address holds less than its share, so that it cannot shut out the others.
    fn has_share(&self, peer: IpAddr) -> bool {
        let held = self.lines().keys().filter(|flow| flow.remote.ip() == peer).count();
        held < self.inbox.connections(peer, self.limits.connections)
    }

    /// Enters a new connection in the list.
    fn seat(&self, flow: Flow, room: OwnedSemaphorePermit) -> (Line, Seat) {
        let (sender, queue) = mpsc::channel(PENDING_MESSAGES);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let pending = Arc::new(AtomicUsize::new(0));
        let own = OwnLine { queue: sender.downgrade(), pending: Arc::clone(&pending) };
        let line = Line { number, queue: sender, pending };
        self.lines().insert(flow, line.clone());
        (line, Seat { flow, number, queue, own, _room: room })
    }

    /// Takes a connection off the list, unless a new one has taken its place.
    fn leave(&self, flow: Flow, number: u64) {
        let mut lines = self.lines();
        if lines.get(&flow).is_some_and(|line| line.number == number) {
            lines.remove(&flow);
        }
    }

    /// The list is whole after every change to it: a panic elsewhere cannot have broken it.
    fn lines(&self) -> MutexGuard<'_, BTreeMap<Flow, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn offer(&self, bytes: Vec<u8>, most: usize) -> Result<(), Unsendable> {
        offer(&self.queue, &self.pending, bytes, most)
    }
}

impl OwnLine {
    fn offer(&self, bytes: Vec<u8>, most: usize) -> Result<(), Unsendable> {
        offer(&self.queue.upgrade().ok_or(Unsendable)?, &self.pending, bytes, most)
    }
}

fn offer(
    queue: &Sender<Vec<u8>>,
    pending: &AtomicUsize,
    bytes: Vec<u8>,
    most: usize,
) -> Result<(), Unsendable> {
    let length = bytes.len();
    let waiting = pending.fetch_add(length, Ordering::Relaxed);
    if waiting.saturating_add(length) > most || queue.try_send(bytes).is_err() {
        pending.fetch_sub(length, Ordering::Relaxed);
        return Err(Unsendable);
    }
    Ok(())
}

/// Listens at this address.
pub(super) fn listen(listen: ListenAddr) -> Result<TcpListener, NetError> {
    let open = || TcpListener::from_std(socket::sip_tcp(listen.address)?);
    open().map_err(|e| NetError::listening(listen, e))
}

/// Accepts until the inbox is gone.
pub(super) async fn accept_all(listener: TcpListener, transport: Transport, connections: Arc<Connections>) {
    while !connections.inbox.is_closed() {
        match listener.accept().await {
            Ok((stream, remote)) => connections.accept(transport, stream, remote),
            Err(error) => {
                tracing::warn!("tcp: cannot accept a connection: {error}");
                // Out of file descriptors, most likely: nothing tells when there are some again.
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
