//! The admin listener: health, readiness, metrics, and what operations do to a running engine.

use super::gate::{Gate, guard};
use super::listener::{CannotListen, Doors};
use super::metrics::{self, Figures};
use super::problem::Problem;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Connections at once.
const CONNECTIONS: usize = 64;
/// Largest body, in bytes.
const BODY: usize = 16 * 1024;
/// Longest name of who asks, in characters.
const LONGEST_NAME: usize = 64;

/// What is behind the paths.
pub trait Operations: Send + Sync + 'static {
    /// Whether new calls are taken, with what there is to say about it, a line each; else why not.
    ///
    /// # Errors
    /// Why not, in one line.
    fn ready(&self) -> Result<String, String>;

    /// The figures now.
    fn figures(&self) -> Figures;

    /// The plans in force, and since when.
    fn plans(&self) -> Value;

    /// How every trunk stands.
    fn trunks(&self) -> Value;

    /// Where every phone is registered.
    fn phones(&self) -> Value;

    /// Reads plans and prompts again.
    fn reload(&self, ask: ReloadAsk) -> impl Future<Output = Result<Value, Problem>> + Send;

    /// Puts an older version of a plan back into its file and in force.
    fn roll_back(&self, ask: RollbackAsk) -> impl Future<Output = Result<Value, Problem>> + Send;
}

/// The body of `POST /reload`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadAsk {
    /// Who asks.
    #[serde(default)]
    pub by: String,
}

/// The body of `POST /plans/rollback`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackAsk {
    /// Who asks.
    #[serde(default)]
    pub by: String,
    /// The version: the beginning of its hash, or `NAME@HASH`.
    pub version: String,
}

/// A socket that is bound; what arrives waits until it is served.
#[derive(Debug)]
pub struct AdminListener {
    doors: Doors,
    address: SocketAddr,
}

impl AdminListener {
    /// Binds the address of `[admin] listen`. Must be awaited in a tokio runtime.
    ///
    /// # Errors
    /// In one line, why it cannot be listened on.
    pub async fn bind(address: SocketAddr) -> Result<AdminListener, CannotListen> {
        let doors = Doors::bind("admin", address, CONNECTIONS).await?;
        let address = doors.address().unwrap_or(address);
        Ok(AdminListener { doors, address })
    }

    /// The address, with the port that the system chose where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// Where the socket cannot be used any more.
    pub async fn serve<O: Operations>(self, operations: Arc<O>) -> io::Result<()> {
        axum::serve(self.doors, router(operations, Gate { address: self.address })).await
    }
}

fn router<O: Operations>(operations: Arc<O>, gate: Gate) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready::<O>))
        .route("/metrics", get(figures::<O>))
        .route("/plans", get(plans::<O>))
        .route("/trunks", get(trunks::<O>))
        .route("/phones", get(phones::<O>))
        .route("/reload", post(reload::<O>))
        .route("/plans/rollback", post(roll_back::<O>))
        .fallback(|| async { Problem::new(404, "no-path", "No such path", "see madoguchi serve --help") })
        .method_not_allowed_fallback(|| async {
            Problem::new(405, "wrong-method", "Method not allowed", "this path takes another method")
        })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(gate, guard))
        .with_state(operations)
}

async fn ready<O: Operations>(State(operations): State<Arc<O>>) -> Result<String, Problem> {
    let not = |why: String| Problem::new(503, "not-ready", "New calls are not taken", why);
    operations.ready().map(|more| format!("ready\n{more}")).map_err(not)
}

async fn figures<O: Operations>(State(operations): State<Arc<O>>) -> Result<Response, Problem> {
    let text = metrics::text(&operations.figures());
    let text = text.map_err(|_| Problem::new(500, "no-figures", "Figures cannot be written", ""))?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response())
}

async fn plans<O: Operations>(State(operations): State<Arc<O>>) -> Response {
    json(operations.plans())
}

async fn trunks<O: Operations>(State(operations): State<Arc<O>>) -> Response {
    json(operations.trunks())
}

async fn phones<O: Operations>(State(operations): State<Arc<O>>) -> Response {
    json(operations.phones())
}

async fn reload<O: Operations>(
    State(operations): State<Arc<O>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let mut ask: ReloadAsk = read(body)?;
    ask.by = shown(&ask.by);
    operations.reload(ask).await.map(json)
}

async fn roll_back<O: Operations>(
    State(operations): State<Arc<O>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let mut ask: RollbackAsk = read(body)?;
    ask.by = shown(&ask.by);
    operations.roll_back(ask).await.map(json)
}

fn json(value: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let bytes = body.map_err(|refused| {
        Problem::new(refused.status().as_u16(), "bad-body", "Body cannot be read", refused.body_text())
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(400, "bad-body", "Body cannot be read", error.to_string()))
}

/// A name as logs and tables can show it.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}
