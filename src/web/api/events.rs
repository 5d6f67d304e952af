//! Live updates: a WebSocket (RFC 6455) for each console that follows.

use super::guard::Visitor;
use super::telling::lagged;
use super::{Api, openapi};
use crate::base::Instant;
use crate::web::floor::{Follower, NoPlace};
use crate::web::problem::Problem;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch::Receiver;
use tokio::time::{interval, timeout};

/// How often a follower is asked whether it is there. One that says nothing until it is asked again is gone.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How often it is seen whether its token or login still counts.
const PROOF_EVERY: Duration = Duration::from_secs(2);
/// How long the store may take to say so: nothing is passed on meanwhile.
const ANSWER: Duration = Duration::from_millis(500);
/// How long it follows on while the store does not say.
const UNPROVED: Duration = Duration::from_secs(60);
/// How long it may take to take a message.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it may take to close.
const FAREWELL: Duration = Duration::from_secs(1);
/// The longest message of a follower, in bytes; none means anything.
const HEARD: usize = 4 * 1024;
/// The first message.
const READY: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"ready"}"#);

/// Why a follower is sent away (RFC 6455 7.4): a code, and the reason in words.
type Farewell = (u16, &'static str);

const DRAINS: Farewell = (1001, "the engine drains");
const UNSURE: Farewell = (1013, "the store does not say whether the token or login still counts");
const NO_PROOF: Farewell = (4401, "the token or login counts no more");

/// Follow what happens (WebSocket).
///
/// Each text message is a JSON object. The first is `{"type":"ready"}`: what happens from then on is told, so read the
/// lists after it. Events are CloudEvents 1.0: `case.*` as webhooks get them (`data.case` as it is now, `data.entry`),
/// `call.ended` with the call's record, `queue.changed` with the queue as `/api/v1/queues` has it. Of cases and calls that
/// other engines on the same PostgreSQL write nothing is told. Whoever is slow to read is told
/// `{"type":"lagged","missed":N}` in the place of what is missing: read the lists again. Messages to the server mean
/// nothing. It closes with 1001 when the engine drains, with 4401 within seconds when token or login counts no more, with
/// 1013 when that cannot be known. Browsers send the cookie of a login; only pages of this host may follow with it.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "floor",
    responses(
        (status = 101, description = "what follows is a WebSocket"),
        (status = 426, description = "this is no WebSocket handshake (RFC 6455)", body = openapi::ProblemBody,
            content_type = "application/problem+json", headers(("Upgrade" = String))),
        (status = 429, description = "this login or token follows too often already", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "too many follow, or the engine drains", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn follow_events(
    State(api): State<Arc<Api>>,
    Extension(visitor): Extension<Visitor>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(why) => return Ok(no_handshake(&why)),
    };
    let follower = api.floor.follow(visitor.in_words())?;
    // What is sent is on its way at once, and no more than one message waits here.
    let upgrade = upgrade.write_buffer_size(0).max_message_size(HEARD).max_frame_size(HEARD);
    Ok(upgrade.on_upgrade(move |socket| Talk::begin(api, visitor, socket).go(follower)))
}

/// RFC 9110 15.5.22, RFC 6455 4.2.2.
fn no_handshake(why: &WebSocketUpgradeRejection) -> Response {
    let problem = Problem::new(426, "no-websocket", "This path is a WebSocket", why.to_string());
    let mut response = problem.into_response();
    for (name, value) in [
        (header::UPGRADE, "websocket"),
        (header::CONNECTION, "upgrade"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl From<NoPlace> for Problem {
    fn from(why: NoPlace) -> Problem {
        let (status, kind, title, detail) = match why {
            NoPlace::Closing => (503, "draining", "The engine drains", "follow another one"),
            NoPlace::Full => (503, "busy", "Too many follow", "try again"),
            NoPlace::TooOften => (429, "too-many-sockets", "Too many sockets", "close one that is open"),
        };
        Problem::new(status, kind, title, detail).retry_after(5)
    }
}

/// A socket while it is open.
struct Talk {
    api: Arc<Api>,
    visitor: Visitor,
    socket: WebSocket,
    /// Whether the far side said anything since it was last asked.
    is_heard: bool,
    /// When it was last seen that the proof counts.
    proved_at: Instant,
}

async fn told_to_go(is_closing: &mut Receiver<bool>) {
    let _closing = is_closing.wait_for(|is_closing| *is_closing).await;
}

/// How a talk ends.
enum End {
    /// The far side is gone, or takes nothing.
    Gone,
    /// We send it away.
    Away(Farewell),
}

impl Talk {
    fn begin(api: Arc<Api>, visitor: Visitor, socket: WebSocket) -> Talk {
        let proved_at = api.clock.instant();
        Talk { api, visitor, socket, is_heard: true, proved_at }
    }

    async fn go(mut self, mut follower: Follower) {
        let Err(end) = self.serve(&mut follower).await;
        if let End::Away(farewell) = end {
            // Who does not hear it finds the connection closed.
            let _unheard = timeout(FAREWELL, self.send_away(farewell)).await;
        }
    }

    async fn serve(&mut self, follower: &mut Follower) -> Result<std::convert::Infallible, End> {
        let (mut pings, mut proofs) = (interval(PING_EVERY), interval(PROOF_EVERY));
        self.say(Message::Text(READY)).await?;
        loop {
            tokio::select! {
                news = follower.news.recv() => self.pass_on(news).await?,
                heard = self.socket.recv() => self.hear(heard)?,
                () = told_to_go(&mut follower.is_closing) => return Err(End::Away(DRAINS)),
                _ = pings.tick() => self.ping().await?,
                _ = proofs.tick() => self.prove().await?,
            }
        }
    }

    async fn pass_on(&mut self, news: Result<Utf8Bytes, RecvError>) -> Result<(), End> {
        match news {
            Ok(news) => self.say(Message::Text(news)).await,
            Err(RecvError::Lagged(missed)) => self.say(Message::Text(lagged(missed).into())).await,
            // The floor has the other end, and this API the floor.
            Err(RecvError::Closed) => Err(End::Away(DRAINS)),
        }
    }

    fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.is_heard = true;
        match heard {
            Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        match std::mem::take(&mut self.is_heard) {
            true => self.say(Message::Ping(Bytes::new())).await,
            false => Err(End::Gone),
        }
    }

    async fn prove(&mut self) -> Result<(), End> {
        let now = self.api.clock.instant();
        let said = timeout(ANSWER, self.api.still_counts(&self.visitor)).await;
        match said {
            Ok(Ok(true)) => self.proved_at = now,
            Ok(Ok(false)) => return Err(End::Away(NO_PROOF)),
            Ok(Err(_)) | Err(_) if now.saturating_since(self.proved_at) > UNPROVED => {
                return Err(End::Away(UNSURE));
            }
            // Calls go on while the store is away, and so does watching them.
            Ok(Err(_)) | Err(_) => {}
        }
        Ok(())
    }

    async fn say(&mut self, message: Message) -> Result<(), End> {
        let sent = timeout(PATIENCE, self.socket.send(message)).await;
        sent.map_err(|_| End::Gone)?.map_err(|_| End::Gone)
    }

    /// Says goodbye, and waits for the answer: a connection that is closed on unread messages may lose the last one.
    async fn send_away(&mut self, (code, reason): Farewell) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }
}
