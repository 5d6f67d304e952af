//! Questions to a running engine, over the admin listener of its settings.

use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long an engine may take to answer: it decodes prompts.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a connection to it may take.
const CONNECT: Duration = Duration::from_secs(2);

/// An engine's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether it did what it was asked.
    pub good: bool,
    /// What it says; where it did not, a problem detail (RFC 9457).
    pub body: Value,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing listens there.
    #[error("no engine runs: nothing listens on {0}, the [admin] listen of the settings")]
    NobodyThere(SocketAddr),
    /// The engine chose its port itself.
    #[error("the engine cannot be found: [admin] listen has port 0, which the engine chooses anew each time")]
    AnyPort,
    /// Something else went wrong.
    #[error("the engine at {address} gives no answer: {why}")]
    Other {
        /// Where it was asked.
        address: SocketAddr,
        /// Why.
        why: String,
    },
}

/// Asks the engine that listens there.
///
/// # Errors
/// [`NoAnswer`].
pub async fn ask(listen: SocketAddr, path: &str, question: &Value) -> Result<Answer, NoAnswer> {
    send(listen, path, Some(question)).await
}

/// Reads what the engine that listens there shows.
///
/// # Errors
/// [`NoAnswer`].
pub async fn look(listen: SocketAddr, path: &str) -> Result<Answer, NoAnswer> {
    send(listen, path, None).await
}

async fn send(listen: SocketAddr, path: &str, question: Option<&Value>) -> Result<Answer, NoAnswer> {
    if listen.port() == 0 {
        return Err(NoAnswer::AnyPort);
    }
    let address = reachable(listen);
    let other = |why: String| NoAnswer::Other { address, why };
    let (client, url) = (client().map_err(other)?, format!("http://{address}{path}"));
    let request = match question {
        Some(question) => client.post(url).json(question),
        None => client.get(url),
    };
    let answer = request.send().await.map_err(|error| match error.is_connect() && is_refused(&error) {
        true => NoAnswer::NobodyThere(listen),
        false => other(innermost(&error).to_string()),
    })?;
    let good = answer.status().is_success();
    let status = answer.status();
    let body = answer.json().await.map_err(|_| other(format!("{status}, and no JSON: is it madoguchi?")))?;
    Ok(Answer { good, body })
}

/// An address that is listened on everywhere is reached on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// A client for this machine: no proxy, and nobody is trusted for TLS, which is not spoken.
fn client() -> Result<reqwest::Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| error.to_string())?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    client.connect_timeout(CONNECT).timeout(PATIENCE).build().map_err(|error| error.to_string())
}

fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    innermost(error).downcast_ref().is_some_and(refused)
}

/// What is at the bottom of an error.
fn innermost<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// Who asks, for logs and the list of versions.
pub fn asker() -> String {
    ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_there_and_no_fixed_port_are_said() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = taken.local_addr().expect("an address");
        drop(taken);
        let nothing = serde_json::json!({});
        let error = ask(address, "/reload", &nothing).await.expect_err("nobody").to_string();
        assert!(error.starts_with(&format!("no engine runs: nothing listens on {address}")), "{error}");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let error = ask(any, "/reload", &nothing).await.expect_err("no port").to_string();
        assert!(error.contains("port 0"), "{error}");
    }

    #[test]
    fn an_engine_that_listens_everywhere_is_reached_on_loopback() {
        let reached = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(reached("0.0.0.0:8081"), "127.0.0.1:8081");
        assert_eq!(reached("[::]:8081"), "[::1]:8081");
        assert_eq!(reached("192.0.2.1:8081"), "192.0.2.1:8081");
    }
}
