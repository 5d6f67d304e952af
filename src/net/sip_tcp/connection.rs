//! One connection: messages framed as they come in, a queue written as the peer takes it.

use super::{Connections, OwnLine, Seat, websocket};
use crate::signaling::Flow;
use crate::sip::WireError;
use crate::sip::frame::{Frame, Framer, PONG};
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout, timeout_at};

const READ_BYTES: usize = 16 * 1024;

/// Opens a connection and serves it.
pub(super) async fn open(all: Arc<Connections>, mut seat: Seat) {
    match timeout(all.limits.connect, connect(&all, seat.flow)).await {
        Ok(Ok(halves)) => run(all, seat, halves).await,
        failed => {
            let why = failed.map_or_else(|late| late.to_string(), |failed| format!("{:?}", failed.err()));
            tracing::debug!(remote = %seat.flow.remote, "tcp: cannot connect: {why}");
            all.leave(seat.flow, seat.number);
            seat.queue.close();
            // What waits is lost even where nothing does: somebody asked for this connection.
            all.inbox.failed(seat.flow).await;
        }
    }
}

/// Serves a connection that a peer opened.
pub(super) async fn welcome(all: Arc<Connections>, seat: Seat, stream: TcpStream) {
    match timeout(all.limits.connect, welcomed(&all, seat.flow, stream)).await {
        Ok(Ok(Spoken::Stream(halves))) => run(all, seat, halves).await,
        Ok(Ok(Spoken::Messages(socket))) => websocket::run(all, seat, *socket).await,
        Ok(Err(why)) => {
            tracing::debug!(remote = %seat.flow.remote, "{}: {why}", seat.flow.transport.name());
            all.leave(seat.flow, seat.number);
        }
        Err(_) => all.leave(seat.flow, seat.number),
    }
}

/// What a peer speaks on a connection that is ready.
enum Spoken {
    /// Messages one behind the other.
    Stream(Halves),
    /// Messages of WebSocket.
    Messages(Box<websocket::Socket>),
}

async fn welcomed(all: &Connections, flow: Flow, stream: TcpStream) -> io::Result<Spoken> {
    let halves = secured(all, flow, Side::Accepted, stream).await?;
    match flow.transport.is_websocket() {
        true => Ok(Spoken::Messages(Box::new(websocket::shake(all, halves).await?))),
        false => Ok(Spoken::Stream(halves)),
    }
}

/// The two ends of a stream.
pub(super) type Halves = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

/// Which side opened a connection.
#[derive(Clone, Copy)]
enum Side {
    Accepted,
    Opened,
}

/// Serves a connection until either side ends it.
async fn run(all: Arc<Connections>, seat: Seat, (reader, writer): Halves) {
    let Seat { flow, number, mut queue, own, _room } = seat;
    let reading = Reading::new(&all, flow, own.clone());
    let mut writing = pin!(write_all(&all, &own.pending, &mut queue, writer));
    let written = tokio::select! {
        () = reading.run(reader) => {
            // Off the list nothing more is queued, and writing ends with what is.
            all.leave(flow, number);
            timeout(all.limits.write, writing).await.unwrap_or_else(|late| Err(late.into()))
        }
        written = &mut writing => written,
    };
    all.leave(flow, number);
    match written {
        Ok(()) => all.inbox.disconnected(flow).await,
        Err(error) => {
            tracing::debug!(remote = %flow.remote, "tcp: {error}");
            all.inbox.failed(flow).await;
        }
    }
}

/// Connects from the flow's local address, any port.
async fn connect(all: &Connections, flow: Flow) -> io::Result<Halves> {
    let socket = match flow.remote {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(flow.local.ip(), 0))?;
    secured(all, flow, Side::Opened, socket.connect(flow.remote).await?).await
}

/// The stream as the flow's transport wants it: with TLS where it is that, or not at all.
async fn secured(all: &Connections, flow: Flow, side: Side, stream: TcpStream) -> io::Result<Halves> {
    let options = SockRef::from(&stream);
    // A peer that vanished is noticed by probes (RFC 9293 3.8.4); small messages leave at once.
    let _ = options.set_keepalive(true).and(options.set_tcp_nodelay(true));
    if !flow.transport.is_secure() {
        let (reader, writer) = stream.into_split();
        return Ok((Box::new(reader), Box::new(writer)));
    }
    let tls = all.tls.as_ref().ok_or(io::ErrorKind::Unsupported)?;
    let shaken = match side {
        Side::Accepted => tls.accept(flow, stream).await,
        Side::Opened => tls.connect(flow.remote, stream).await,
    };
    let (reader, writer) = tokio::io::split(shaken.inspect_err(|_| all.counters.tls_failed.add(1))?);
    Ok((Box::new(reader), Box::new(writer)))
}

/// Writes until the list has forgotten the connection and nothing waits.
///
/// # Errors
/// Where a message was not taken, or not in time.
async fn write_all(
    all: &Connections,
    pending: &AtomicUsize,
    queue: &mut Receiver<Vec<u8>>,
    mut writer: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    while let Some(bytes) = queue.recv().await {
        let taken = timeout(all.limits.write, writer.write_all(&bytes)).await;
        pending.fetch_sub(bytes.len(), Ordering::Relaxed);
        if taken.is_err() {
            all.counters.connections_cut.add(1);
        }
        taken??;
    }
    // The peer may have left first.
    let _ = writer.shutdown().await;
    Ok(())
}

/// The reading half.
struct Reading<'a> {
    all: &'a Connections,
    flow: Flow,
    line: OwnLine,
    framer: Framer,
    /// Since when a message has been on its way; `None` between messages.
    begun: Option<Instant>,
}

/// The connection is over.
struct Over;

impl<'a> Reading<'a> {
    fn new(all: &'a Connections, flow: Flow, line: OwnLine) -> Reading<'a> {
        // The first message is on its way from the start.
        Reading { all, flow, line, framer: Framer::new(), begun: Some(Instant::now()) }
    }

    async fn run(mut self, mut reader: impl AsyncRead + Unpin) {
        let mut buffer = Vec::with_capacity(READ_BYTES);
        loop {
            buffer.clear();
            match timeout_at(self.patience(), reader.read_buf(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => return,
                Ok(Ok(_)) => {}
                Err(_) => return self.all.counters.connections_cut.add(1),
            }
            if self.take(&buffer).await.is_err() {
                return;
            }
        }
    }

    fn patience(&self) -> Instant {
        match self.begun {
            Some(begun) => begun + self.all.limits.message,
            None => Instant::now() + self.all.limits.idle,
        }
    }

    /// Hands on what is complete. A full inbox makes the peer wait, and so does a stranger's full share.
    async fn take(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.framer.push(bytes);
        let mut whole = false;
        while let Some(frame) = self.framer.next() {
            whole = true;
            match frame {
                Ok(Frame::Message(bytes)) => {
                    self.all.inbox.message(self.flow, bytes).await.map_err(|_| Over)?;
                }
                Ok(Frame::Ping) => self.write(PONG.to_vec()),
                Ok(Frame::Pong) => {}
                Err(error) => return Err(self.refuse(&error)),
            }
        }
        self.note_progress(whole);
        Ok(())
    }

    fn note_progress(&mut self, whole: bool) {
        if self.framer.is_between_frames() {
            self.begun = None;
        } else if whole || self.begun.is_none() {
            self.begun = Some(Instant::now());
        }
    }

    /// Tells the peer what it did wrong, where RFC 3261 wants it told.
    fn refuse(&self, error: &WireError) -> Over {
        tracing::debug!(remote = %self.flow.remote, "tcp: {error}");
        self.all.counters.connections_cut.add(1);
        if let Some(reply) = error.response_to(self.flow.remote) {
            self.write(reply);
        }
        Over
    }

    /// Where the queue is full the peer takes nothing anyway.
    fn write(&self, bytes: Vec<u8>) {
        let _ = self.line.offer(bytes, self.all.limits.pending_bytes);
    }
}
