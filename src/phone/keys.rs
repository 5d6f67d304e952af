//! Keys as SIP INFO bodies.

use crate::base::Digit;
use std::time::Duration;

/// How long a key is held.
pub(super) const HOLD: Duration = Duration::from_millis(100);

/// Content type and body of one key.
pub(super) fn info(digit: Digit) -> (String, Vec<u8>) {
    let body = format!("Signal={digit}\r\nDuration={}\r\n", HOLD.as_millis());
    ("application/dtmf-relay".into(), body.into_bytes())
}
