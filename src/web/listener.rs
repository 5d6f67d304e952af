//! Connections of a listener: so many at once, each closed when nothing has come or gone for a while.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long a connection may be silent. Longer than an answer takes: a reload may decode every prompt.
const SILENCE: Duration = Duration::from_secs(180);

/// Why an address cannot be listened on, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{section} {address} {why}")]
pub struct CannotListen {
    section: &'static str,
    address: SocketAddr,
    why: String,
}

impl CannotListen {
    fn new(section: &'static str, address: SocketAddr, error: &io::Error) -> CannotListen {
        let why = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("is in use: another program listens there; stop it, or set [{section}] listen")
            }
            io::ErrorKind::PermissionDenied => {
                format!("may not be used by this user: set [{section}] listen to a port above 1023")
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("is no address of this machine: set [{section}] listen to one of its own")
            }
            _ => format!("cannot be listened on: {error}"),
        };
        CannotListen { section, address, why }
    }
}

/// A bound socket whose connections are bounded.
#[derive(Debug)]
pub(super) struct Doors {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

impl Doors {
    /// Binds an address of a section of the settings. So many connections at once; more wait until one ends.
    pub(super) async fn bind(
        section: &'static str,
        address: SocketAddr,
        connections: usize,
    ) -> Result<Doors, CannotListen> {
        let bound = TcpListener::bind(address).await;
        let listener = bound.map_err(|error| CannotListen::new(section, address, &error))?;
        Ok(Doors { listener, free: Arc::new(Semaphore::new(connections)) })
    }

    /// The address, with the port that the system chose where port 0 was asked for.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Listener for Doors {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        let place = Semaphore::acquire_owned(Arc::clone(&self.free)).await;
        let place = place.expect("the semaphore is never closed");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // A guest that is silent for so long is shown out: the timer is put back with every byte.
        (Guest { stream, until: Box::pin(tokio::time::sleep(SILENCE)), _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address()
    }
}

/// Who asks: the peer of the connection, or whom that says it asks for, where it is a proxy of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source(pub(super) IpAddr);

impl Connected<IncomingStream<'_, Doors>> for Source {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Source {
        Source(stream.remote_addr().ip())
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Guest {
    stream: TcpStream,
    until: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    fn stir(&mut self) {
        self.until.as_mut().reset(Instant::now() + SILENCE);
    }

    /// Ready with an error where the silence has lasted too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.until.as_mut().poll(context));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "silent for too long"))
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.poll_silence(context).map(Err),
            ready => {
                self.stir();
                ready
            }
        }
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.poll_silence(context).map(Err),
            ready => {
                self.stir();
                ready
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
