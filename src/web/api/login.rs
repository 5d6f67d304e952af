//! Login at the console, its end, and who one is.

use super::change::bad_value;
use super::guard::{COOKIE, Proof, Subject, Visitor};
use super::sent::Sent;
use super::{Api, openapi};
use crate::base::Secret;
use crate::store::Login;
use crate::store::json::rfc3339;
use crate::web::access::Fresh;
use crate::web::listener::Source;
use crate::web::problem::Problem;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a login lasts.
const LOGIN: Duration = Duration::from_secs(12 * 3600);
/// How long a password waits for its turn to be checked.
const TURN: Duration = Duration::from_secs(5);
/// The longest password, in bytes.
const LONGEST: usize = 1_024;
/// The longest name, in bytes: tries are remembered by it.
const LONGEST_NAME: usize = 128;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoginAsk)]
pub(super) struct Ask {
    /// The person's name in the settings.
    #[schema(max_length = 128)]
    name: String,
    password: String,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The login, or the name of the token.
    name: String,
    /// The name people know.
    display_name: Option<String>,
    /// `viewer`, `agent`, `supervisor`, `admin` or `auditor`.
    role: &'static str,
    /// `login` or `token`.
    by: &'static str,
    /// From when on login or token count no more.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Log in at the console.
///
/// The answer sets the cookie `madoguchi_login` (HttpOnly, SameSite=Strict) for twelve hours.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "access", request_body = Ask,
    responses(
        (status = 200, description = "logged in", body = Me),
        (status = 401, description = "name and password do not belong together", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
        (status = 429, description = "too many tries: wait", body = openapi::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn login(
    State(api): State<Arc<Api>>,
    ConnectInfo(source): ConnectInfo<Source>,
    Sent(Ask { name, password }): Sent<Ask>,
) -> Response {
    if name.len() > LONGEST_NAME {
        return bad_value("name", format!("a name has at most {LONGEST_NAME} bytes")).into_response();
    }
    let subject = Extension(Subject(name.clone()));
    match api.log_in(source, name, Secret::new(password)).await {
        Ok(response) => (subject, response).into_response(),
        Err(problem) => (subject, problem).into_response(),
    }
}

/// End the login.
///
/// Of a token, nothing: revoke it by `madoguchi token revoke`.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "access",
    responses((status = 204, description = "the login is over"))
)]
pub(super) async fn logout(
    State(api): State<Arc<Api>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Problem> {
    if let Proof::Login(hash) = &visitor.proof {
        api.store.end_login(hash).await?;
    }
    let gone = api.cookie("", Duration::ZERO);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// Who asks.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "access",
    responses((status = 200, description = "who asks", body = Me))
)]
pub(super) async fn me(State(api): State<Arc<Api>>, Extension(visitor): Extension<Visitor>) -> Json<Me> {
    Json(api.me(&visitor))
}

impl Api {
    async fn log_in(
        &self,
        source: Source,
        name: String,
        password: Secret<String>,
    ) -> Result<Response, Problem> {
        if let Some(pause) = self.begin_try(&name, source) {
            let detail = "wait before the next try";
            let problem = Problem::new(429, "too-many-tries", "Too many tries", detail);
            return Err(problem.retry_after(pause.as_secs() + 1));
        }
        if !self.is_password(&name, password).await? {
            return Err(wrong_login());
        }
        self.end_try(&name, source);
        self.logged_in(name).await
    }

    /// Whether name and password belong together, found out on a thread of its own.
    async fn is_password(&self, name: &str, password: Secret<String>) -> Result<bool, Problem> {
        if password.reveal().len() > LONGEST {
            return Ok(false);
        }
        let busy = || Problem::new(503, "busy", "Too many log in at once", "try again").retry_after(1);
        let turn = tokio::time::timeout(TURN, self.hashing.acquire()).await;
        let _turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let (people, name) = (self.people.clone(), name.to_string());
        let checked = tokio::task::spawn_blocking(move || people.is(&name, &password)).await;
        checked.map_err(|_| Problem::new(500, "broken", "The password was not checked", "see the log"))
    }

    async fn logged_in(&self, name: String) -> Result<Response, Problem> {
        let person = self.people.get(&name).ok_or_else(wrong_login)?;
        let (fresh, began_at) = (Fresh::make(""), self.now());
        let (password, expires_at) = (person.password.fingerprint(), began_at + LOGIN);
        let login = Login { name, password, began_at, expires_at };
        self.store.keep_login(&login, &fresh.hash).await?;
        let cookie = self.cookie(fresh.secret.reveal(), LOGIN);
        let proof = Proof::Login(fresh.hash);
        let me = self.me(&Visitor { name: login.name, role: person.role, proof, until: login.expires_at });
        Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
    }

    fn me(&self, visitor: &Visitor) -> Me {
        let (by, person) = match visitor.proof {
            Proof::Token(_) => ("token", None),
            Proof::Login(_) => ("login", self.people.get(&visitor.name)),
        };
        Me {
            name: visitor.name.clone(),
            display_name: person.map(|person| person.name.clone()),
            role: visitor.role.name(),
            by,
            expires_at: rfc3339(visitor.until),
        }
    }

    fn cookie(&self, value: &str, lasts: Duration) -> HeaderValue {
        let secure = if self.secure_cookies { "; Secure" } else { "" };
        let seconds = lasts.as_secs();
        let cookie =
            format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&cookie).expect("base64 and words are a header")
    }
}

fn wrong_login() -> Problem {
    Problem::new(401, "wrong-login", "Not logged in", "name and password do not belong together")
}
