//! The Session-Expires header: how long a session lives unless refreshed, and who refreshes (RFC 4028 4).

use std::fmt;

use super::error::WireError;
use super::params::Params;
use super::scan::Scanner;

/// The side that refreshes, seen from the transaction the header stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Whoever sent the request.
    Uac,
    /// Whoever answers it.
    Uas,
}

/// A session interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The interval in seconds.
    pub seconds: u32,
    /// Who refreshes, where it is said.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads a Session-Expires that fills all of `text`. A refresher nobody knows is none.
    ///
    /// # Errors
    /// The interval is no number of seconds, or the parameters are broken.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        let digits = scanner.take_while(|byte| byte.is_ascii_digit());
        let seconds = digits.parse().map_err(|_| WireError::at(0, "an interval is a number of seconds"))?;
        let params = Params::scan(&mut scanner)?;
        scanner.finish("nothing may follow the parameters")?;
        let refresher = match params.get("refresher") {
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        Ok(Self { seconds, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refresher {
            Some(Refresher::Uac) => write!(f, "{};refresher=uac", self.seconds),
            Some(Refresher::Uas) => write!(f, "{};refresher=uas", self.seconds),
            None => write!(f, "{}", self.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Refresher, SessionExpires};

    #[test]
    fn interval_and_refresher_are_read_as_carriers_write_them() {
        for (text, seconds, refresher) in [
            ("300;refresher=uac", 300, Some(Refresher::Uac)),
            (" 1800 ; refresher=UAS;x=y", 1800, Some(Refresher::Uas)),
            ("90", 90, None),
            ("90;refresher=proxy", 90, None),
        ] {
            assert_eq!(SessionExpires::parse(text), Ok(SessionExpires { seconds, refresher }), "{text}");
        }
        for bad in ["", "x", "-1", "4294967296", "90 uac", ";refresher=uac"] {
            assert!(SessionExpires::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        for text in ["300;refresher=uac", "300;refresher=uas", "300"] {
            assert_eq!(SessionExpires::parse(text).expect(text).to_string(), text);
        }
    }
}
