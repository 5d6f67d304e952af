//! Who may speak to a listener that asks for no password: programs of this machine, not pages in its browsers.
//!
//! A page of any site can have a browser send requests to loopback. Such a request has an `Origin`; or
//! after the site's name was pointed at loopback (DNS rebinding), a `Host` that is that name; and
//! without the listener's consent, which it never gives, it cannot have a JSON body.

use super::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};

/// What a listener lets in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    /// The address listened on.
    pub(super) address: SocketAddr,
}

/// Lets a request on to its path, or refuses it.
pub(super) async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.refusal(&request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

impl Gate {
    fn refusal(self, request: &Request) -> Option<Problem> {
        let headers = request.headers();
        if headers.contains_key(header::ORIGIN) {
            let detail = "requests of web pages (they have an Origin) are not served here";
            return Some(Problem::new(403, "web-page", "Not for web pages", detail));
        }
        if !self.is_named_rightly(request) {
            let detail = format!("write the listener's address, {}, or localhost", self.address);
            return Some(Problem::new(421, "wrong-host", "Host is not this listener", detail));
        }
        if request.method() == Method::POST && !has_json(headers) {
            let detail = "send Content-Type: application/json";
            return Some(Problem::new(415, "no-json", "Body is not JSON", detail));
        }
        None
    }

    /// The authority of the request's target counts in place of `Host` (RFC 9112 3.2.2); here both must fit.
    fn is_named_rightly(self, request: &Request) -> bool {
        let target = request.uri().authority().map(|authority| self.is_ours(authority.as_str()));
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok()).is_some_and(|host| self.is_ours(host));
        host && hosts.next().is_none() && target != Some(false)
    }

    /// A port may be another where it is forwarded; a name that is not ours may be anybody's.
    fn is_ours(self, authority: &str) -> bool {
        let host = without_port(authority);
        let own = self.address.ip();
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(ip) => ip == own || own.is_unspecified() || (ip.is_loopback() && own.is_loopback()),
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// `127.0.0.1:8081`, `[::1]:8081`, `localhost` without the port.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

pub(super) fn has_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_listener_and_localhost_are_ours_and_no_other_name() {
        let ours =
            |listen: &str, host: &str| Gate { address: listen.parse().expect("an address") }.is_ours(host);
        for host in ["127.0.0.1:8081", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8081"] {
            assert!(ours("127.0.0.1:8081", host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:8081", "192.0.2.1:8081", "", "127.0.0.1.nip.io", ":80"]
        {
            assert!(!ours("127.0.0.1:8081", host), "{host}");
        }
        assert!(ours("192.0.2.1:8081", "192.0.2.1:8081") && !ours("192.0.2.1:8081", "127.0.0.1:8081"));
        assert!(ours("0.0.0.0:8081", "192.0.2.7:8081") && !ours("0.0.0.0:8081", "evil.example:8081"));
        assert!(ours("[::1]:8081", "[::1]:8081") && ours("[::]:8081", "[2001:db8::1]"));
    }
}
