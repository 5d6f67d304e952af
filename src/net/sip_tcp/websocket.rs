//! SIP over WebSocket (RFC 7118): one SIP message a WebSocket message, on connections that peers open.
//!
//! A peer that must be a page of ours (`Origin`) is told so before it is anybody's connection; then it is one as
//! any other stream, but that nobody opens it from here, and that its keep-alive is WebSocket's own.

#![expect(clippy::result_large_err, reason = "the handshake wants a refusal whole")]

use super::connection::Halves;
use super::{Connections, Seat};
use crate::base::limits;
use crate::signaling::Flow;
use crate::sip::frame::PONG;
use futures_util::{SinkExt, StreamExt};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Join, join};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// What both sides speak above WebSocket (RFC 7118 4.1).
const SUBPROTOCOL: &str = "sip";
/// How often a peer is asked whether it is there. One that says nothing until it is asked again is gone.
const PING_EVERY: Duration = Duration::from_secs(30);

/// A connection on which messages travel.
pub(super) type Socket =
    WebSocketStream<Join<Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>>>;

/// The handshake with a peer that connected.
///
/// # Errors
/// Where the peer was refused, or speaks something else.
pub(super) async fn shake(all: &Connections, (reader, writer): Halves) -> io::Result<Socket> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits::SIP_MESSAGE_BYTES))
        .max_frame_size(Some(limits::SIP_MESSAGE_BYTES))
        .write_buffer_size(0);
    let decide = |request: &Request, response: Response| decide(&all.origins, request, response);
    let shaken = accept_hdr_async_with_config(join(reader, writer), decide, Some(config)).await;
    shaken.map_err(io::Error::other)
}

fn decide(origins: &[String], request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    if !offers_sip(request) {
        return Err(refusal(StatusCode::BAD_REQUEST, "Sec-WebSocket-Protocol must offer sip"));
    }
    if !may_come(origins, request) {
        return Err(refusal(StatusCode::FORBIDDEN, "pages of this Origin are not served here"));
    }
    let name = HeaderValue::from_static(SUBPROTOCOL);
    response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, name);
    Ok(response)
}

fn refusal(status: StatusCode, why: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(format!("{why}\n")));
    *response.status_mut() = status;
    response
}

fn offers_sip(request: &Request) -> bool {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut names = offered.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    names.any(|name| name.trim().eq_ignore_ascii_case(SUBPROTOCOL))
}

/// Whether a page of this origin may speak to us (RFC 6455 10.2): one of the settings', or where these name none,
/// one from the host that it asks for. What is no browser says no origin.
fn may_come(origins: &[String], request: &Request) -> bool {
    let text = |name| request.headers().get(name).map(|value: &HeaderValue| value.to_str().unwrap_or(""));
    let Some(origin) = text(header::ORIGIN) else { return true };
    if origins.is_empty() {
        let page = origin.split_once("://").map(|(_, authority)| host(authority));
        return page.is_some() && page == text(header::HOST).map(host);
    }
    origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin))
}

/// Without its port.
fn host(authority: &str) -> String {
    let end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    authority.get(..end).unwrap_or(authority).to_ascii_lowercase()
}

/// Serves a connection until either side ends it.
pub(super) async fn run(all: Arc<Connections>, seat: Seat, mut socket: Socket) {
    let Seat { flow, number, mut queue, own, _room } = seat;
    let mut talk = Talk { all: &all, flow, socket: &mut socket };
    let served = talk.serve(&own.pending, &mut queue).await;
    all.leave(flow, number);
    let _ = timeout(all.limits.write, socket.close(None)).await;
    match served {
        Ok(()) if queue.is_empty() => all.inbox.disconnected(flow).await,
        unwritten => {
            tracing::debug!(remote = %flow.remote, "websocket: {unwritten:?}");
            all.inbox.failed(flow).await;
        }
    }
}

/// Both directions of one connection.
struct Talk<'a> {
    all: &'a Connections,
    flow: Flow,
    socket: &'a mut Socket,
}

impl Talk<'_> {
    /// # Errors
    /// Where a message was not taken, or not in time.
    async fn serve(&mut self, pending: &AtomicUsize, queue: &mut Receiver<Vec<u8>>) -> io::Result<()> {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_there = true;
        let mut message_by = Instant::now() + self.all.limits.message;
        loop {
            tokio::select! {
                said = self.socket.next() => {
                    is_there = true;
                    match said {
                        Some(Ok(Message::Text(_) | Message::Binary(_))) if self.all.inbox.is_closed() => return Ok(()),
                        Some(Ok(Message::Text(text))) => self.take(text.as_bytes()).await?,
                        Some(Ok(Message::Binary(bytes))) => self.take(&bytes).await?,
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    }
                    message_by = Instant::now() + self.all.limits.idle;
                }
                queued = queue.recv() => {
                    let Some(bytes) = queued else { return Ok(()) };
                    let length = bytes.len();
                    let written = self.write(message(bytes)).await;
                    pending.fetch_sub(length, Ordering::Relaxed);
                    written?;
                }
                _ = ping.tick() => match std::mem::replace(&mut is_there, false) {
                    true => self.write(Message::Ping(Default::default())).await?,
                    false => return self.cut(),
                },
                () = sleep_until(message_by) => return self.cut(),
            }
        }
    }

    /// Hands on a message. A full inbox makes the peer wait, and so does a stranger's full share.
    async fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            // RFC 5626 3.5.1, which pages that cannot send WebSocket's own pings make do with.
            true if bytes.len() > PONG.len() => self.write(message(PONG.to_vec())).await,
            true => Ok(()),
            false => {
                // A node that is gone needs not hear of it.
                let _ = self.all.inbox.message(self.flow, bytes.to_vec()).await;
                Ok(())
            }
        }
    }

    async fn write(&mut self, message: Message) -> io::Result<()> {
        match timeout(self.all.limits.write, self.socket.send(message)).await {
            Ok(written) => written.map_err(io::Error::other),
            Err(late) => {
                self.all.counters.connections_cut.add(1);
                Err(late.into())
            }
        }
    }

    fn cut(&self) -> io::Result<()> {
        self.all.counters.connections_cut.add(1);
        Ok(())
    }
}

/// As text, which pages read; what is none goes as it is (RFC 7118 5.2).
fn message(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(other) => Message::binary(other.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_come_from(origins: &[&str], origin: Option<&str>, asked: &str) -> bool {
        let mut request = Request::builder().uri("/").header("Host", asked);
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        may_come(&origins, &request.body(()).expect("a request"))
    }

    #[test]
    fn pages_come_from_the_same_host_or_from_one_that_is_named() {
        assert!(may_come_from(&[], None, "desk.example"), "no browser");
        assert!(may_come_from(&[], Some("https://Desk.example"), "desk.example:8443"));
        assert!(may_come_from(&[], Some("http://[::1]:8080"), "[::1]:5066"));
        for other in ["https://evil.example", "https://desk.example.evil", "null", "desk.example", ""] {
            assert!(!may_come_from(&[], Some(other), "desk.example"), "{other}");
        }
        let named = ["https://console.example:8443"];
        assert!(may_come_from(&named, Some("https://console.example:8443"), "desk.example"));
        assert!(
            !may_come_from(&named, Some("https://desk.example"), "desk.example"),
            "the list counts alone"
        );
        assert!(may_come_from(&["*"], Some("https://any.example"), "desk.example"));
    }
}
