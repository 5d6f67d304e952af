//! Questions to services outside, and events for them, over HTTP.
//!
//! Owns: which address may be asked, what a question looks like on the wire, its signature, what
//! counts as an answer; that an event was taken, or when it may be sent again. Does not know: why a plan asks, where an
//! answer leads, who waits for it; what an event says, in which order events go, how often one is tried.
//!
//! ```text
//! POST URL                                        200
//! X-Madoguchi-Timestamp: 1770685200               {"answer": "yes"}
//! X-Madoguchi-Signature: sha256=HEX
//! {"call_id": …, "case": …, "caller": …, "dialed": …, "language": …, "plan": …, "step": …, "facts": {…}}
//! ```
//!
//! The signature is HMAC-SHA256 (RFC 2104), keyed with the webhook's secret, of the timestamp, a full
//! stop and the body; without a secret there is none. A service that checks both headers knows who
//! asks, and takes no question a second time that somebody kept. Events are signed alike, at each attempt anew, and carry
//! their id as `Idempotency-Key`.
//!
//! Invariants: one answer or one reason within the question's deadline; at most [`MOST_OPEN`] questions
//! are open at once; of an answer at most [`MOST_BYTES`] are read; no redirect is followed, so that a
//! question or event goes nowhere but to the address of the settings.
//!
//! To add a field to questions: a field of `node::Question` and its mirror in `body.rs`.

mod address;
mod body;
mod client;
mod event;
mod signature;

pub use address::{Address, BadAddress};
pub use event::{Messenger, Receiver, Sent};

use crate::base::Secret;
use crate::dialplan::NoAnswer;
use crate::node::Question;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Questions open at once; one more is not asked.
pub const MOST_OPEN: usize = 64;
/// Bytes of an answer's body that are read.
pub const MOST_BYTES: usize = 64 * 1024;

/// A service, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where it is.
    pub address: Address,
    /// What questions to it are signed with.
    pub secret: Option<Secret<String>>,
}

/// Asks the services of the settings.
#[derive(Debug)]
pub struct Webhooks {
    services: BTreeMap<String, Webhook>,
    client: Client,
    open: Semaphore,
    refused: AtomicU64,
}

impl Webhooks {
    /// Makes ready to ask these services. The one client keeps connections open between questions.
    ///
    /// # Errors
    /// HTTPS is wanted, and this machine has no certificates to trust.
    pub fn new(services: BTreeMap<String, Webhook>) -> Result<Webhooks, reqwest::Error> {
        let client = client::reaching(services.values().map(|service| &service.address))?;
        Ok(Webhooks { services, client, open: Semaphore::new(MOST_OPEN), refused: AtomicU64::new(0) })
    }

    /// Asks, and waits for the answer until the question's deadline.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&self, question: &Question) -> Result<Arc<str>, NoAnswer> {
        let Ok(_open) = self.open.try_acquire() else { return Err(self.refuse()) };
        let service = self.services.get(&*question.webhook).ok_or(NoAnswer::Unreachable)?;
        let answered = tokio::time::timeout(question.deadline, self.exchange(service, question)).await;
        answered.unwrap_or(Err(NoAnswer::Late))
    }

    fn refuse(&self) -> NoAnswer {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(refused, "a question was not asked: {MOST_OPEN} are open");
        NoAnswer::TooMany
    }

    async fn exchange(&self, service: &Webhook, question: &Question) -> Result<Arc<str>, NoAnswer> {
        let broken = |error: reqwest::Error| {
            tracing::debug!(webhook = %question.webhook, "no answer: {}", error.without_url());
            NoAnswer::Unreachable
        };
        let response = self.request(service, question).send().await.map_err(broken)?;
        if response.status() != StatusCode::OK {
            return Err(NoAnswer::Status(response.status().as_u16()));
        }
        body::answer(&read(response).await?).ok_or(NoAnswer::NotUnderstood)
    }

    fn request(&self, service: &Webhook, question: &Question) -> RequestBuilder {
        let body = body::of(question);
        let timestamp = (question.at.as_millis() / 1_000).to_string();
        let mut request = self.client.post(service.address.url().clone());
        if let Some(secret) = &service.secret {
            let signature = signature::of(secret, &timestamp, &body);
            request = request.header(signature::HEADER, signature);
        }
        request.header(signature::TIMESTAMP, timestamp).header(CONTENT_TYPE, "application/json").body(body)
    }
}

/// The whole body, where it is short enough.
async fn read(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer::Unreachable)? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(NoAnswer::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
