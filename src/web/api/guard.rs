//! What stands before every path: who asks, whether they may, what they sent; and what is written down of it.

use super::table::{Access, Body, Rule};
use super::{Api, attachment, once};
use crate::base::UnixTime;
use crate::store::{Deed, StoreError};
use crate::web::access::{Role, fingerprint, hash, is_foreign, is_own, looks_like_token};
use crate::web::gate::has_json;
use crate::web::listener::Source;
use crate::web::problem::{Kind, Problem};
use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// Largest body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;
/// Largest file, in bytes, and how long it may take to come.
const LARGEST_FILE: usize = 20 * 1024 * 1024;
const FILE_TIME: Duration = Duration::from_secs(120);
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(20);
/// How long an answer may take to begin.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Between two notes of when a token was used.
const USED: Duration = Duration::from_secs(60);
/// The cookie of a login.
pub(super) const COOKIE: &str = "madoguchi_login";

/// The rule of a row, and what it is kept with.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) api: Arc<Api>,
    pub(super) rule: Arc<Rule>,
}

/// Somebody who proved who they are.
#[derive(Clone, Debug)]
pub(in crate::web) struct Visitor {
    /// The login, or the name of the token.
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) proof: Proof,
    /// From when on the proof counts no more.
    pub(super) until: UnixTime,
}

/// By what somebody proved who they are.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// A bearer token, by its hash.
    Token(String),
    /// The cookie of a login, by its hash.
    Login(String),
}

impl Visitor {
    /// Who it is, in the audit log.
    pub(super) fn in_words(&self) -> String {
        match self.proof {
            Proof::Token(_) => format!("token:{}", self.name),
            Proof::Login(_) => format!("login:{}", self.name),
        }
    }
}

/// What an answer is about, for the audit log, where the path does not say.
#[derive(Clone, Debug)]
pub(in crate::web) struct Subject(pub(in crate::web) String);

/// The hash of what a request asks: of what stands after `?`, of what its body is said to be, and of the body.
#[derive(Clone, Debug)]
struct Question(String);

impl Question {
    fn of(parts: &Parts, body: &[u8]) -> Question {
        let query = parts.uri.query().unwrap_or_default();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Question(fingerprint(&format!("{query}\n{}\n{}", kind.unwrap_or_default(), hash(body))))
    }
}

/// Lets a request on to its path, or refuses it, and writes down what is to be.
pub(super) async fn guard(
    State(gate): State<Gate>,
    ConnectInfo(source): ConnectInfo<Source>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_string();
    let visitor = match gate.api.visitor(request.headers()).await {
        Ok(visitor) => visitor,
        Err(error) => return with_habits(Problem::from(error).into_response()),
    };
    // What was begun is done and written down, also where whoever asked has gone.
    let work = tokio::spawn(async move {
        let mut response = match gate.let_in(visitor.as_ref(), request).await {
            Ok(request) => gate.answer(visitor.clone(), source, request, next).await,
            Err(problem) => problem.into_response(),
        };
        if gate.rule.is_audited {
            response =
                gate.api.written_down(visitor.as_ref(), source, (&gate.rule.name, path), response).await;
        }
        response
    });
    with_habits(work.await.unwrap_or_else(|_| broken().into_response()))
}

/// What ended in a panic.
pub(in crate::web) fn broken() -> Problem {
    Problem::new(500, "broken", "The request could not be done", "the log says more")
}

impl Gate {
    /// The request, its body read, where it may go on.
    async fn let_in(&self, visitor: Option<&Visitor>, request: Request) -> Result<Request, Problem> {
        self.rule.allows(visitor)?;
        let by_cookie = visitor.is_some_and(|visitor| matches!(visitor.proof, Proof::Login(_)));
        let by_token = visitor.is_some_and(|visitor| matches!(visitor.proof, Proof::Token(_)));
        let is_foreign = match by_cookie {
            true => !is_own(request.headers()),
            false => !by_token && is_foreign(request.headers()),
        };
        if (self.rule.is_change || self.rule.is_socket) && is_foreign {
            let detail = "a browser says by Origin or Sec-Fetch-Site that a page of this host asks; nothing else \
                changes or follows anything with a login's cookie";
            return Err(Problem::new(403, "foreign-page", "Not from a page of this host", detail));
        }
        match self.rule.body {
            Body::None => Ok(request),
            Body::Json if !has_json(request.headers()) => {
                let detail = "send Content-Type: application/json";
                Err(Problem::new(415, "no-json", "Body is not JSON", detail))
            }
            Body::Json => whole(request, LARGEST_BODY, BODY_TIME).await,
            Body::File => self.file(request).await,
        }
    }

    /// A request with a file; few are taken at once.
    async fn file(&self, request: Request) -> Result<Request, Problem> {
        if attachment::media_type(request.headers()).is_none() {
            let detail = format!("one of {}", attachment::TYPES.join(", "));
            return Err(Problem::new(415, "wrong-type", "No such file may be put to a case", detail));
        }
        let place = Arc::clone(&self.api.uploads).try_acquire_owned().map_err(|_| {
            Problem::new(503, "busy", "Too many files arrive at once", "try again").retry_after(2)
        })?;
        let mut request = whole(request, LARGEST_FILE, FILE_TIME).await?;
        // Given back when the request is done with.
        request.extensions_mut().insert(Arc::new(place));
        Ok(request)
    }

    /// What the path answers, or answered before under the same key.
    async fn answer(
        &self,
        visitor: Option<Visitor>,
        source: Source,
        request: Request,
        next: Next,
    ) -> Response {
        let key = match once::key(request.headers()) {
            Ok(key) => key.filter(|_| self.rule.is_once),
            Err(problem) => return problem.into_response(),
        };
        let Some(key) = key else { return self.run(visitor, request, next).await };
        let begun = if visitor.is_none() { self.api.begin_keyed(source) } else { Ok(()) };
        if let Err(problem) = begun {
            return problem.into_response();
        }
        let who = visitor.as_ref().map_or_else(|| source.network().to_string(), Visitor::in_words);
        let scope = format!("{who} {} {}", self.rule.name, request.uri().path());
        let question = request.extensions().get().map_or("", |Question(hash)| hash.as_str()).to_string();
        let once = self.api.once(&scope, &key, &question, self.run(visitor, request, next)).await;
        once.unwrap_or_else(IntoResponse::into_response)
    }

    async fn run(&self, visitor: Option<Visitor>, mut request: Request, next: Next) -> Response {
        if let Some(visitor) = visitor {
            request.extensions_mut().insert(visitor);
        }
        tokio::time::timeout(ANSWER_TIME, next.run(request)).await.unwrap_or_else(|_| {
            let detail = "nothing is known of what became of the request";
            Problem::new(503, "too-slow", "The answer took too long", detail).retry_after(5).into_response()
        })
    }
}

impl Rule {
    fn allows(&self, visitor: Option<&Visitor>) -> Result<(), Problem> {
        let Access::Roles(roles) = self.access else { return Ok(()) };
        let Some(visitor) = visitor else {
            let detail = "send Authorization: Bearer with a token that counts, or log in at /api/v1/login";
            return Err(Problem::new(401, "no-proof", "Nobody knows who asks", detail));
        };
        if roles.contains(&visitor.role) {
            return Ok(());
        }
        let detail = format!("the role {} may not do this", visitor.role);
        Err(Problem::new(403, "wrong-role", "Not allowed", detail))
    }
}

impl Api {
    /// An answer, once it is in the audit log what was done, or refused: `what` is the name of the operation, and the path
    /// stands for what the answer is about where it does not say. Of refusals of nobody in particular so many are written
    /// down that nobody fills the disk.
    pub(in crate::web) async fn written_down(
        &self,
        visitor: Option<&Visitor>,
        Source(source): Source,
        (what, path): (&str, String),
        mut response: Response,
    ) -> Response {
        let is_done = response.status().is_success() && !once::is_replay(&response);
        if visitor.is_none() && !is_done && !self.may_write_refusal() {
            return response;
        }
        let Subject(subject) = response.extensions_mut().remove().unwrap_or(Subject(path));
        let who = visitor.map_or_else(|| "nobody".to_string(), Visitor::in_words);
        let (source, what, outcome) = (source.to_string(), what.to_string(), outcome(&response));
        let deed = Deed { at: self.now(), who, source, what, subject, outcome };
        match self.store.audit(&deed).await {
            Ok(()) => response,
            Err(error) => Problem::from(error).into_response(),
        }
    }

    /// Who asks, where they prove it. A token that does not count proves nothing.
    async fn visitor(&self, headers: &HeaderMap) -> Result<Option<Visitor>, StoreError> {
        if let Some(token) = bearer(headers) {
            return match looks_like_token(token) {
                true => self.by_token(fingerprint(token)).await,
                false => Ok(None),
            };
        }
        match cookie(headers) {
            Some(cookie) => self.by_login(fingerprint(cookie)).await,
            None => Ok(None),
        }
    }

    /// Whether what somebody proved themselves with still counts, for the same role.
    pub(super) async fn still_counts(&self, visitor: &Visitor) -> Result<bool, StoreError> {
        let found = match &visitor.proof {
            Proof::Token(hash) => self.by_token(hash.clone()).await?,
            Proof::Login(hash) => self.by_login(hash.clone()).await?,
        };
        Ok(found.is_some_and(|found| found.role == visitor.role))
    }

    async fn by_login(&self, hash: String) -> Result<Option<Visitor>, StoreError> {
        let Some(login) = self.store.login(&hash, self.now()).await? else { return Ok(None) };
        // Whoever changed a password wants those out who knew the old one.
        let person = self.people.get(&login.name);
        let person = person.filter(|person| person.password.fingerprint() == login.password);
        Ok(person.map(|person| Visitor {
            name: login.name,
            role: person.role,
            proof: Proof::Login(hash),
            until: login.expires_at,
        }))
    }

    async fn by_token(&self, hash: String) -> Result<Option<Visitor>, StoreError> {
        let now = self.now();
        let found = self.store.token(&hash).await?;
        let Some(token) = found.filter(|token| token.is_good(now)) else { return Ok(None) };
        let Some(role) = Role::from_name(&token.role) else { return Ok(None) };
        if token.last_used_at.is_none_or(|last| last + USED < now) {
            self.note_use(token.id);
        }
        Ok(Some(Visitor { name: token.name, role, proof: Proof::Token(hash), until: token.expires_at }))
    }
}

impl Api {
    /// Notes that a token is used, beside what is asked with it: who reads waits for no write. Where another note is being
    /// written, a later request writes this one.
    fn note_use(&self, id: String) {
        let Ok(turn) = Arc::clone(&self.noting).try_acquire_owned() else { return };
        let (store, now) = (self.store.clone(), self.now());
        tokio::spawn(async move {
            if let Err(error) = store.token_used(&id, now).await {
                tracing::warn!("it is not kept when a token was used: {error}");
            }
            drop(turn);
        });
    }
}

fn outcome(response: &Response) -> String {
    let status = response.status().as_u16();
    match response.extensions().get() {
        Some(Kind(kind)) => format!("{status} {kind}"),
        None => status.to_string(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// The request with its body in memory. One that is announced as too long is refused unread.
async fn whole(request: Request, largest: usize, time: Duration) -> Result<Request, Problem> {
    let too_long = || {
        let detail = format!("a body has at most {largest} bytes");
        Problem::new(413, "too-long", "Body is too long", detail)
    };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.is_some_and(|length| length.parse().unwrap_or(usize::MAX) > largest) {
        return Err(too_long());
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(time, to_bytes(body, largest)).await {
        Ok(Ok(bytes)) => {
            let question = Question::of(&parts, &bytes);
            let mut request = Request::from_parts(parts, HttpBody::from(bytes));
            request.extensions_mut().insert(question);
            Ok(request)
        }
        Ok(Err(_)) => Err(too_long()),
        Err(_) => {
            Err(Problem::new(408, "slow-body", "Body came too slowly", "nothing was done with the request"))
        }
    }
}

/// What holds of every answer: nobody keeps it who does not ask, nobody takes it for something else than it says.
fn with_habits(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
