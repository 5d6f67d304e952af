//! Addresses that may be asked: HTTPS anywhere, plain HTTP on this machine alone.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

/// Where a service is. Prints without what its query holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no URL with a host.
    #[error("is no URL")]
    NoUrl,
    /// It is neither `https` nor `http`.
    #[error("is neither https nor http")]
    Scheme,
    /// It is `http` to another machine: caller and case would be readable on the way.
    #[error("is http to another machine")]
    Readable,
    /// It holds a user or password.
    #[error("holds a user or password")]
    Login,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Why it may not be asked.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        let url = Url::parse(text).map_err(|_| BadAddress::NoUrl)?;
        let host = url.host_str().ok_or(BadAddress::NoUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if is_here(host) => {}
            "http" => return Err(BadAddress::Readable),
            _ => return Err(BadAddress::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::Login);
        }
        Ok(Address(url))
    }

    /// Whether what is sent there cannot be read on the way.
    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        if shown.query().is_some() {
            shown.set_query(Some("***"));
        }
        f.write_str(shown.as_str())
    }
}

fn is_here(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_goes_anywhere_and_http_stays_on_this_machine() {
        for good in ["https://a.example/x", "http://127.0.0.1:8090/x", "http://[::1]/x", "http://localhost/x"]
        {
            assert_eq!(Address::parse(good).map(|a| a.to_string()).as_deref(), Ok(good));
        }
        for (bad, why) in [
            ("orders", BadAddress::NoUrl),
            ("https:", BadAddress::NoUrl),
            ("ftp://a.example/", BadAddress::Scheme),
            ("http://a.example/x", BadAddress::Readable),
            ("http://127.0.0.1.a.example/x", BadAddress::Readable),
            ("https://me:x@a.example/", BadAddress::Login),
        ] {
            assert_eq!(Address::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn what_a_query_holds_is_not_printed() {
        let address = Address::parse("https://a.example/x?key=geheim").expect("an address");
        assert_eq!(address.to_string(), "https://a.example/x?***");
    }
}
