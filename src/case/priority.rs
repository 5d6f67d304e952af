//! Whose case comes first.

use super::fields::Case;
use super::values::{Severity, SupportOption};

impl Case {
    /// 1 for what comes first, to 4: by how bad it is, and Enhanced and Premium before Basic. None before a severity
    /// is agreed.
    pub fn priority(&self) -> Option<u8> {
        use SupportOption::{Basic, Enhanced, Premium};
        let option = self.option.unwrap_or(Basic);
        Some(match (self.severity?, option) {
            (Severity::S1, Enhanced | Premium) | (Severity::S2, Premium) => 1,
            (Severity::S1, Basic) | (Severity::S2, Enhanced) | (Severity::S3, Premium) => 2,
            (Severity::S2, Basic) | (Severity::S3, Enhanced) | (Severity::S4, Premium) => 3,
            (Severity::S3, Basic) | (Severity::S4, Basic | Enhanced) => 4,
        })
    }
}
