//! The CSeq header: number and method (RFC 3261 20.16).

use std::fmt;

use super::error::WireError;
use super::method::Method;
use super::scan::{Scanner, is_token};

/// A sequence number with its method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31 (RFC 3261 8.1.1.5).
    pub number: u32,
    /// The method of the request it belongs to.
    pub method: Method,
}

impl CSeq {
    /// A sequence number with its method.
    pub fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }

    /// Reads a CSeq that fills all of `text`.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        let digits = scanner.take_while(|byte| byte.is_ascii_digit());
        let number = digits.parse::<u32>().ok().filter(|number| *number < 1 << 31);
        let number = number.ok_or(WireError::at(0, "a sequence number must be below 2^31"))?;
        let after = scanner.at();
        scanner.skip_lws();
        if scanner.at() == after {
            return Err(scanner.fail("a space must follow the sequence number"));
        }
        let method = Method::parse(scanner.take_while(is_token)).map_err(|error| error.shifted(after + 1))?;
        scanner.finish("nothing may follow the method")?;
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::{CSeq, Method};

    #[test]
    fn leading_zeros_and_spaces_are_read() {
        assert_eq!(CSeq::parse("0009   INVITE"), Ok(CSeq::new(9, Method::Invite)));
        assert_eq!(CSeq::parse("2147483647 x").unwrap().to_string(), "2147483647 x");
    }

    #[test]
    fn broken_sequence_numbers_are_refused() {
        for bad in [
            "",
            "1",
            "INVITE",
            "1INVITE",
            "2147483648 INVITE",
            "36893488147419103232 A",
            "-1 A",
            "+1 A",
            "1 A B",
            "1 A/",
        ] {
            assert!(CSeq::parse(bad).is_err(), "{bad:?}");
        }
    }
}
