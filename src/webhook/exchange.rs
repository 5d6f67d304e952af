//! One question by HTTP and its answer, whatever they say: signed, bounded in time, size and number.

use super::{MOST_BYTES, MOST_OPEN, Webhook, client, signature};
use crate::base::UnixTime;
use crate::dialplan::NoAnswer;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A client, and how many of its questions are open.
#[derive(Debug)]
pub(super) struct Exchange {
    client: Client,
    pub(super) open: Semaphore,
    refused: AtomicU64,
}

impl Exchange {
    /// Makes ready to ask these services. The one client keeps connections open between questions.
    pub fn new<'w>(services: impl Iterator<Item = &'w Webhook>) -> Result<Exchange, reqwest::Error> {
        let client = client::reaching(services.map(|service| &service.address))?;
        Ok(Exchange { client, open: Semaphore::new(MOST_OPEN), refused: AtomicU64::new(0) })
    }

    /// Asks with this body, and waits until the deadline for status and body of an answer. The body is read where
    /// `is_answer` takes the status, else the status is no answer.
    pub async fn post(
        &self,
        (name, service): (&str, &Webhook),
        body: Vec<u8>,
        at: UnixTime,
        deadline: Duration,
        is_answer: impl Fn(StatusCode) -> bool,
    ) -> Result<(StatusCode, Vec<u8>), NoAnswer> {
        let Ok(_open) = self.open.try_acquire() else { return Err(self.refuse()) };
        let exchange = async {
            let response = self.request(service, body, at).send().await.map_err(|error| {
                tracing::debug!(webhook = name, "no answer: {}", error.without_url());
                NoAnswer::Unreachable
            })?;
            let status = response.status();
            if !is_answer(status) {
                return Err(NoAnswer::Status(status.as_u16()));
            }
            Ok((status, read(response).await?))
        };
        tokio::time::timeout(deadline, exchange).await.unwrap_or(Err(NoAnswer::Late))
    }

    fn refuse(&self) -> NoAnswer {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(refused, "a question was not asked: {MOST_OPEN} are open");
        NoAnswer::TooMany
    }

    fn request(&self, service: &Webhook, body: Vec<u8>, at: UnixTime) -> RequestBuilder {
        let timestamp = (at.as_millis() / 1_000).to_string();
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
