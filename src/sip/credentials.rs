//! Digest credentials: Authorization and Proxy-Authorization (RFC 7616 3.4).

use std::fmt;

use super::challenge::{Algorithm, Fields, Qop};
use super::error::WireError;
use super::method::Method;
use super::scan::write_quoted;

/// The answer to a digest challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Who answers, or the hash of it.
    pub username: String,
    /// Whether `username` is a hash.
    pub userhash: bool,
    /// The challenge's realm.
    pub realm: String,
    /// The challenge's nonce.
    pub nonce: String,
    /// The URI that was hashed.
    pub uri: String,
    /// The digest, in hex digits.
    pub response: String,
    /// The algorithm named; `None` means MD5.
    pub algorithm: Option<Algorithm>,
    /// The challenge's opaque text.
    pub opaque: Option<String>,
    /// What the digest covers; `None` for the old form of RFC 2069.
    pub qop: Option<Qop>,
    /// The answering side's nonce.
    pub cnonce: Option<String>,
    /// How many requests have used this nonce; eight hex digits on the wire.
    pub nc: Option<u32>,
}

impl Credentials {
    /// Reads credentials. Fails on another scheme, an unknown algorithm or qop, a missing or broken part.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut fields = Fields::parse(text)?;
        let qop = fields
            .take("qop")
            .map(|name| Qop::parse(&name).ok_or(WireError::at(0, "not a known quality of protection")));
        let nc = fields
            .take("nc")
            .map(|count| parse_count(&count).ok_or(WireError::at(0, "nc must be eight hex digits")));
        Ok(Self {
            username: fields.must("username")?,
            userhash: fields.take("userhash").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            realm: fields.must("realm")?,
            nonce: fields.must("nonce")?,
            uri: fields.must("uri")?,
            response: fields.must("response")?,
            algorithm: fields.take("algorithm").map(|name| Algorithm::parse(&name)).transpose()?,
            opaque: fields.take("opaque"),
            qop: qop.transpose()?,
            cnonce: fields.take("cnonce"),
            nc: nc.transpose()?,
        })
    }

    /// Whether these credentials prove that their sender, called `user`, knows `password`. Whether nonce,
    /// count and URI are acceptable is for the caller to say.
    pub fn proves(&self, user: &str, password: &str, method: &Method, body: &[u8]) -> bool {
        let algorithm = self.algorithm.unwrap_or(Algorithm::Md5);
        let name = if self.userhash {
            algorithm.hash(&[user.as_bytes(), self.realm.as_bytes()])
        } else {
            user.to_owned()
        };
        let expected = self.digest(user, password, method, body);
        name == self.username
            && same_in_constant_time(expected.as_bytes(), self.response.to_ascii_lowercase().as_bytes())
    }

    pub(super) fn digest(&self, user: &str, password: &str, method: &Method, body: &[u8]) -> String {
        let algorithm = self.algorithm.unwrap_or(Algorithm::Md5);
        let hash = |parts: &[&str]| {
            let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
            algorithm.hash(&parts)
        };
        let cnonce = self.cnonce.as_deref().unwrap_or("");
        let mut a1 = hash(&[user, &self.realm, password]);
        if algorithm.is_session() {
            a1 = hash(&[&a1, &self.nonce, cnonce]);
        }
        let a2 = match self.qop {
            Some(Qop::AuthInt) => hash(&[method.as_str(), &self.uri, &algorithm.hash(&[body])]),
            Some(Qop::Auth) | None => hash(&[method.as_str(), &self.uri]),
        };
        match self.qop {
            None => hash(&[&a1, &self.nonce, &a2]),
            Some(qop) => hash(&[&a1, &self.nonce, &count(self.nc.unwrap_or(0)), cnonce, qop.as_str(), &a2]),
        }
    }
}

fn count(nc: u32) -> String {
    format!("{nc:08x}")
}

fn parse_count(text: &str) -> Option<u32> {
    let is_count = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_count.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

fn same_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest username=")?;
        write_quoted(f, &self.username)?;
        for (name, value) in
            [("realm", &self.realm), ("nonce", &self.nonce), ("uri", &self.uri), ("response", &self.response)]
        {
            write!(f, ", {name}=")?;
            write_quoted(f, value)?;
        }
        self.algorithm.iter().try_for_each(|algorithm| write!(f, ", algorithm={}", algorithm.as_str()))?;
        for (name, value) in [("cnonce", &self.cnonce), ("opaque", &self.opaque)] {
            if let Some(value) = value {
                write!(f, ", {name}=")?;
                write_quoted(f, value)?;
            }
        }
        self.qop.iter().try_for_each(|qop| write!(f, ", qop={}", qop.as_str()))?;
        self.nc.iter().try_for_each(|nc| write!(f, ", nc={}", count(*nc)))?;
        if self.userhash { f.write_str(", userhash=true") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Method};
    use crate::sip::{Challenge, Uri};

    fn answer(challenge: &str, nc: u32) -> Credentials {
        let uri = Uri::parse("sip:bob@biloxi.example").unwrap();
        Challenge::parse(challenge).unwrap().answer(
            "bob",
            "zanzibar",
            &Method::Invite,
            &uri,
            b"v=0\r\n",
            "0a4f113b",
            nc,
        )
    }

    /// The values are those that Python's hashlib gives for the formulas of RFC 7616 3.4.
    #[test]
    fn digests_agree_with_independent_tools() {
        for (tail, expected) in EXPECTED {
            let challenge = format!("Digest realm=\"biloxi.example\", nonce=\"dcd98b\"{tail}");
            assert_eq!(answer(&challenge, 10).response, expected, "{tail}");
        }
    }

    const EXPECTED: [(&str, &str); 7] = [
        ("", "3a493afcbe17f67c4e145dfc44e896b6"),
        (", qop=\"auth\"", "415810bb2d7430042f5c9cfca04f1e1e"),
        (", qop=\"auth-int\"", "9a52191b425f42be31562d5ff8745425"),
        (", algorithm=MD5-sess, qop=\"auth\"", "6e359f652d85c536cc9fb6836d8b97a9"),
        (
            ", algorithm=SHA-256, qop=\"auth,auth-int\"",
            "b4255662c77576692c0adc2e9d19f5b26da96843c0ab62bd0abadb3643037125",
        ),
        (
            ", algorithm=SHA-256-sess, qop=\"auth\"",
            "3000506dce4652bcc77cdc17306468ffcd3a1f1a121523eaf74d328ff29ba0b0",
        ),
        (
            ", algorithm=SHA-256-sess, qop=\"auth-int\"",
            "64083c12575339b6358e2a4d70b0606beb4219cbda300b2a6ee89f643e8a9fae",
        ),
    ];

    #[test]
    fn the_count_is_hex_and_only_strings_are_quoted() {
        let text =
            answer("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256, opaque=\"\"", 10)
                .to_string();
        assert!(
            text.contains(", nc=0000000a")
                && text.contains(", qop=auth,")
                && text.contains(", algorithm=SHA-256,"),
            "{text}"
        );
        assert!(
            text.contains(", opaque=\"\"") && text.contains(", uri=\"sip:bob@biloxi.example\""),
            "{text}"
        );
        let old = answer("Digest realm=\"r\", nonce=\"n\"", 1).to_string();
        assert!(!old.contains("cnonce") && !old.contains("nc=") && !old.contains("algorithm"), "{old}");
    }

    #[test]
    fn credentials_prove_themselves() {
        for tail in [
            "",
            ", qop=\"auth\"",
            ", qop=\"auth-int\", userhash=true",
            ", algorithm=SHA-256-sess, qop=\"auth\"",
        ] {
            let sent = answer(&format!("Digest realm=\"r\", nonce=\"n\"{tail}"), 0x0a0b_0c0d);
            let read = Credentials::parse(&sent.to_string()).unwrap();
            assert_eq!(read, sent);
            assert!(read.proves("bob", "zanzibar", &Method::Invite, b"v=0\r\n"));
            assert!(!read.proves("bob", "Zanzibar", &Method::Invite, b"v=0\r\n"));
            assert!(!read.proves("rob", "zanzibar", &Method::Invite, b"v=0\r\n"));
            assert!(!read.proves("bob", "zanzibar", &Method::Bye, b"v=0\r\n"));
        }
    }

    #[test]
    fn a_broken_count_is_refused() {
        for nc in ["1", "0000000g", "+000000a", "000000001"] {
            let text = format!(
                "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"x\", qop=auth, nc={nc}"
            );
            assert!(Credentials::parse(&text).is_err(), "{nc}");
        }
    }
}
