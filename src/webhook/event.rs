//! An event on its way to who wants to know: one attempt, and what came of it.

use super::{Address, client, signature};
use crate::base::{Secret, UnixTime};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use std::time::Duration;

/// The media type of an event (CloudEvents 1.0, JSON format).
const MEDIA_TYPE: &str = "application/cloudevents+json";
/// The header with the event's id: who keeps these takes each event once.
const KEY: &str = "Idempotency-Key";

/// Who is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Where it listens.
    pub address: Address,
    /// What events to it are signed with.
    pub secret: Secret<String>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The receiver has it.
    Taken,
    /// The receiver will never take it.
    Refused {
        /// What it answered.
        status: u16,
    },
    /// It may take it another time.
    NotNow {
        /// Why it has not.
        why: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
}

/// Sends events. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Messenger {
    client: Client,
}

impl Messenger {
    /// Makes ready to send to these.
    ///
    /// # Errors
    /// HTTPS is wanted, and this machine has no certificates to trust.
    pub fn new<'a>(receivers: impl Iterator<Item = &'a Receiver>) -> Result<Messenger, reqwest::Error> {
        Ok(Messenger { client: client::reaching(receivers.map(|receiver| &receiver.address))? })
    }

    /// Sends once: whatever comes of it comes within the deadline.
    pub async fn send(
        &self,
        to: &Receiver,
        (id, event): (&str, Vec<u8>),
        at: UnixTime,
        deadline: Duration,
    ) -> Sent {
        let timestamp = (at.as_millis() / 1_000).to_string();
        let request = self.client.post(to.address.url().clone()).timeout(deadline);
        let request = request
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .header(KEY, id)
            .header(signature::HEADER, signature::of(&to.secret, &timestamp, &event))
            .header(signature::TIMESTAMP, timestamp);
        match request.body(event).send().await {
            // What it says beside its status is not read.
            Ok(response) => judged(response.status(), response.headers()),
            Err(error) => Sent::NotNow { why: unanswered(&error).to_string(), after: None },
        }
    }
}

fn unanswered(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        _ => "no answer",
    }
}

/// What a status says. A receiver that moved, forgot who may speak to it or is out of order may be set right; one that
/// says that the event itself is wrong, or unwanted for ever, says so the next time too.
fn judged(status: StatusCode, headers: &HeaderMap) -> Sent {
    match status.as_u16() {
        200..=299 => Sent::Taken,
        status @ (400 | 410 | 413 | 415 | 422) => Sent::Refused { status },
        status => Sent::NotNow { why: format!("it answered {status}"), after: after(headers) },
    }
}

/// `Retry-After` in seconds (RFC 9110 10.2.3); a date is not read.
fn after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u32>().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn a_status_says_whether_an_event_was_taken_and_whether_it_ever_will_be() {
        let asks = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("120"))]);
        let judge = |status: u16| judged(StatusCode::from_u16(status).expect("a status"), &asks);
        for taken in [200, 202, 204] {
            assert_eq!(judge(taken), Sent::Taken);
        }
        for status in [400, 410, 413, 415, 422] {
            assert_eq!(judge(status), Sent::Refused { status });
        }
        for status in [301, 307, 401, 403, 404, 408, 409, 425, 429, 500, 503] {
            let after = Some(Duration::from_secs(120));
            assert_eq!(judge(status), Sent::NotNow { why: format!("it answered {status}"), after });
        }
    }

    #[test]
    fn a_retry_after_that_is_no_number_is_none() {
        for text in ["", "-1", "99999999999", "Fri, 27 Nov 2026 12:00:00 GMT", "1.5"] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(after(&headers), None, "{text}");
        }
    }
}
