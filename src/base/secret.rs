//! Values that must not be printed, logged, journalled or sent.

use std::fmt;

/// Holds a password or PIN. Prints as `***`; the value is reached through [`Secret::reveal`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Secret(value)
    }

    /// The value, for the one place that needs it (a digest, a comparison).
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars() {
        let pin = Secret::new("4711".to_string());
        assert_eq!(format!("{pin} {pin:?}"), "*** ***");
        assert_eq!(pin.reveal(), "4711");
    }
}
