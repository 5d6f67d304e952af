//! Questions to the customers' own system: whose key is this, and what did they buy?
//!
//! ```text
//! POST URL                                        200
//! X-Madoguchi-Timestamp, X-Madoguchi-Signature    {"contracts": [{"contract": "C-1", "customer": "Acme",
//! {"kind": "site-url", "value": …}                  "option": "premium", "products": ["meetings"], "from": …}]}
//!                                                 404, or no contracts: nobody is known by this
//! ```
//!
//! Asking changes nothing over there: the same may be asked again. A PIN is asked for by its keyed hash; no digit of one
//! leaves this process.

use super::exchange::Exchange;
use super::{Webhook, contracts};
use crate::base::UnixTime;
use crate::customer::{Asked, Contract};
use crate::dialplan::NoAnswer;
use reqwest::StatusCode;
use serde::Serialize;
use std::time::Duration;

/// The mirror of a question.
#[derive(Serialize)]
struct AskedBody<'a> {
    kind: &'static str,
    value: &'a str,
}

/// Asks the customers' own system.
#[derive(Debug)]
pub struct Directory {
    service: Webhook,
    exchange: Exchange,
}

impl Directory {
    /// Makes ready to ask this service.
    ///
    /// # Errors
    /// HTTPS is wanted, and this machine has no certificates to trust.
    pub fn new(service: Webhook) -> Result<Directory, reqwest::Error> {
        Ok(Directory { exchange: Exchange::new([&service].into_iter())?, service })
    }

    /// The contracts of whoever is asked for, without their keys; none where nobody is known.
    ///
    /// # Errors
    /// Why there is no answer. What cannot be read of one is logged by its field, without what stands there.
    pub async fn ask(
        &self,
        asked: &Asked,
        at: UnixTime,
        deadline: Duration,
    ) -> Result<Vec<Contract>, NoAnswer> {
        let body = AskedBody { kind: asked.kind(), value: asked.value() };
        let body = serde_json::to_vec(&body).expect("two texts in a struct are JSON");
        let is_answer = |status| status == StatusCode::OK || status == StatusCode::NOT_FOUND;
        let service = ("customers", &self.service);
        let (status, body) = self.exchange.post(service, body, at, deadline, is_answer).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        contracts::read(&body).map_err(|wrong| {
            tracing::warn!("the customers' own system said what cannot be read: {wrong}");
            NoAnswer::NotUnderstood
        })
    }
}
