//! Questions to services outside, and events for them, over HTTP.
//!
//! Owns: which address may be asked, what a question looks like on the wire, its signature, what
//! counts as an answer, the questions of plans and those to the customers' own system; that an event was taken, or when
//! it may be sent again. Does not know: why a plan asks, where an answer leads, who waits for it, for how long it counts;
//! what an event says, in which order events go, how often one is tried.
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
//! of plans are open at once, and as many to the customers' own system; of an answer at most [`MOST_BYTES`] are read; no
//! redirect is followed, so that a question or event goes nowhere but to the address of the settings.
//!
//! To add a field to questions: a field of `node::Question` and its mirror in `body.rs`. To add what is known of a
//! contract: its field in `contracts.rs`.

mod address;
mod body;
mod client;
mod contracts;
mod event;
mod exchange;
mod lookup;
mod signature;

pub use address::{Address, BadAddress};
pub use contracts::MOST_CONTRACTS;
pub use event::{Messenger, Receiver, Sent};
pub use lookup::Directory;

use crate::base::Secret;
use crate::dialplan::NoAnswer;
use crate::node::Question;
use exchange::Exchange;
use reqwest::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    exchange: Exchange,
}

impl Webhooks {
    /// Makes ready to ask these services.
    ///
    /// # Errors
    /// HTTPS is wanted, and this machine has no certificates to trust.
    pub fn new(services: BTreeMap<String, Webhook>) -> Result<Webhooks, reqwest::Error> {
        Ok(Webhooks { exchange: Exchange::new(services.values())?, services })
    }

    /// Asks, and waits for the answer until the question's deadline.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&self, question: &Question) -> Result<Arc<str>, NoAnswer> {
        let service = self.services.get(&*question.webhook).ok_or(NoAnswer::Unreachable)?;
        let (name, body) = (&*question.webhook, body::of(question));
        let is_answer = |status| status == StatusCode::OK;
        let answered =
            self.exchange.post((name, service), body, question.at, question.deadline, is_answer).await;
        let (_, answer) = answered?;
        body::answer(&answer).ok_or(NoAnswer::NotUnderstood)
    }
}

#[cfg(test)]
mod tests;
