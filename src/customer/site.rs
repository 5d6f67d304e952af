//! The address of a customer's site.

use std::fmt;

/// Longest name before `.webex.com`, as of any label of a host's name (RFC 1035 2.3.4).
const LONGEST: usize = 63;
/// What every site ends with.
const DOMAIN: &str = ".webex.com";

/// Why something names no customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing is written.
    #[error("a name has at least one letter")]
    Empty,
    /// It is longer than any name.
    #[error("a name has at most {} bytes", super::LONGEST_NAME)]
    TooLong,
    /// It holds a control character, or `;` which separates names.
    #[error("a name has no control characters and no `;`")]
    BadLetter,
    /// It is no site.
    #[error("a site is written as \"acme.webex.com\"")]
    NoSite,
}

/// A site, as `acme.webex.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site(String);

impl Site {
    /// Reads a site; what a browser shows around it is taken off: `https://acme.webex.com/webappng` is the same site.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Site, KeyError> {
        let host = text.trim().to_ascii_lowercase();
        let host = host.strip_prefix("https://").or(host.strip_prefix("http://")).unwrap_or(&host);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host.strip_suffix(DOMAIN).ok_or(KeyError::NoSite)?;
        let is_label = !name.is_empty()
            && name.len() <= LONGEST
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_label { Ok(Site(host.to_string())) } else { Err(KeyError::NoSite) }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_one_however_its_address_was_copied() {
        for text in [
            "acme.webex.com",
            " ACME.webex.com ",
            "https://acme.webex.com/webappng/sites/acme",
            "http://acme.webex.com",
        ] {
            assert_eq!(Site::parse(text).map(|site| site.to_string()), Ok("acme.webex.com".into()), "{text}");
        }
        let long = format!("{}.webex.com", "a".repeat(64));
        for text in [
            "",
            "acme",
            ".webex.com",
            "acme.webex.com.evil.example",
            "a.b.webex.com",
            "-a.webex.com",
            "a b.webex.com",
            &long,
        ] {
            assert_eq!(Site::parse(text), Err(KeyError::NoSite), "{text}");
        }
    }
}
