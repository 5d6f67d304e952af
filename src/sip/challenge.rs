//! Digest challenges: WWW-Authenticate and Proxy-Authenticate (RFC 7616, RFC 8760).

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256};

use super::credentials::Credentials;
use super::error::WireError;
use super::method::Method;
use super::scan::{Scanner, is_value, write_quoted};
use super::uri::Uri;

/// How digests are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `MD5`, also where none is named.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
}

/// What a digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// Method, URI and body.
    AuthInt,
}

/// A digest challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Whose users are asked for.
    pub realm: String,
    /// To be given back, and never reused with the same count.
    pub nonce: String,
    /// To be given back unchanged.
    pub opaque: Option<String>,
    /// Whether only the nonce was too old.
    pub stale: bool,
    /// The algorithm named; `None` means MD5 and stays unnamed in the answer.
    pub algorithm: Option<Algorithm>,
    /// What is offered; empty for the old form of RFC 2069.
    pub qop: Vec<Qop>,
    /// Whether the user name must be hashed.
    pub userhash: bool,
}

impl Challenge {
    /// Reads a challenge. Fails on a scheme other than Digest, on an algorithm that is not known, and
    /// where `qop` offers nothing that is: another challenge of the same response may do.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut fields = Fields::parse(text)?;
        let algorithm = fields.take("algorithm").map(|name| Algorithm::parse(&name)).transpose()?;
        let qop = fields.take("qop");
        let known: Vec<_> =
            qop.iter().flat_map(|list| list.split(',')).filter_map(|name| Qop::parse(name.trim())).collect();
        if qop.is_some() && known.is_empty() {
            return Err(WireError::at(0, "no known quality of protection"));
        }
        let is_true = |value: Option<String>| value.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Ok(Self {
            realm: fields.must("realm")?,
            nonce: fields.must("nonce")?,
            opaque: fields.take("opaque"),
            stale: is_true(fields.take("stale")),
            algorithm,
            qop: known,
            userhash: is_true(fields.take("userhash")),
        })
    }

    /// The answer for one request. `cnonce` must be fresh for each nonce; `nc` counts the requests
    /// answered under this nonce, from 1. `auth` is preferred to `auth-int` where both are offered.
    #[expect(clippy::too_many_arguments, reason = "RFC 7616 3.4 hashes exactly these")]
    pub fn answer(
        &self,
        user: &str,
        password: &str,
        method: &Method,
        uri: &Uri,
        body: &[u8],
        cnonce: &str,
        nc: u32,
    ) -> Credentials {
        let qop = match self.qop.as_slice() {
            [] => None,
            offered if offered.contains(&Qop::Auth) => Some(Qop::Auth),
            _ => Some(Qop::AuthInt),
        };
        let algorithm = self.algorithm.unwrap_or(Algorithm::Md5);
        let needs_cnonce = qop.is_some() || algorithm.is_session();
        let username = if self.userhash {
            algorithm.hash(&[user.as_bytes(), self.realm.as_bytes()])
        } else {
            user.to_owned()
        };
        let mut answer = Credentials {
            username,
            userhash: self.userhash,
            realm: self.realm.clone(),
            nonce: self.nonce.clone(),
            uri: uri.to_string(),
            response: String::new(),
            algorithm: self.algorithm,
            opaque: self.opaque.clone(),
            qop,
            cnonce: needs_cnonce.then(|| cnonce.to_owned()),
            nc: qop.map(|_| nc),
        };
        answer.response = answer.digest(user, password, method, body);
        answer
    }
}

impl Algorithm {
    /// Reads the RFC's token, in any case.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .ok_or(WireError::at(0, "not a known digest algorithm"))
    }

    /// The RFC's token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    /// Whether the first hash is bound to nonce and cnonce.
    pub fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess)
    }

    /// Hex digits of the hash of `parts` with colons between them.
    pub(super) fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 | Self::Md5Sess => hash_with::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => hash_with::<Sha256>(parts),
        }
    }
}

fn hash_with<H: Digest>(parts: &[&[u8]]) -> String {
    let mut hasher = H::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Qop {
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text))
    }

    /// The RFC's token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// The `name=value` list behind `Digest`.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(text: &str) -> Result<Self, WireError> {
        // Quoted pairs reach every character but these (RFC 3261 25.1); written back they would end the line.
        if let Some(at) = text.find(['\r', '\n']) {
            return Err(WireError::at(at, "a line end inside"));
        }
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        if !scanner.token("an authentication scheme is missing")?.eq_ignore_ascii_case("Digest") {
            return Err(WireError::at(0, "not a Digest scheme"));
        }
        let mut fields = Vec::new();
        loop {
            scanner.skip_lws();
            let name = scanner.token("an authentication parameter needs a name")?.to_owned();
            if !scanner.eat_spaced(b'=') {
                return Err(scanner.fail("an authentication parameter needs a value"));
            }
            let value = if scanner.peek() == Some(b'"') {
                scanner.quoted()?
            } else {
                scanner.take_while(is_value).to_owned()
            };
            fields.push((name, value));
            if !scanner.eat_spaced(b',') {
                break;
            }
        }
        scanner.finish("a comma is missing between authentication parameters")?;
        Ok(Self(fields))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn must(&mut self, name: &'static str) -> Result<String, WireError> {
        self.take(name).ok_or_else(|| WireError::at(0, format!("{name} is missing")))
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        write_quoted(f, &self.realm)?;
        f.write_str(", nonce=")?;
        write_quoted(f, &self.nonce)?;
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            write_quoted(f, opaque)?;
        }
        self.algorithm.iter().try_for_each(|algorithm| write!(f, ", algorithm={}", algorithm.as_str()))?;
        if !self.qop.is_empty() {
            let names: Vec<_> = self.qop.iter().map(|qop| qop.as_str()).collect();
            write!(f, ", qop=\"{}\"", names.join(","))?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        if self.userhash {
            f.write_str(", userhash=true")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Challenge, Qop};

    #[test]
    fn a_quoted_line_end_is_no_challenge() {
        for text in ["Digest realm=\"a\", nonce=\"x\\\ny\"", "Digest realm=\"a\\\rb\", nonce=\"x\""] {
            assert_eq!(Challenge::parse(text).expect_err("refused").what, "a line end inside");
        }
    }

    #[test]
    fn challenges_are_read_and_written() {
        let text = "Digest realm=\"a \\\"b\\\"\", nonce=\"n=/+\", opaque=\"\", algorithm=SHA-256, qop=\"auth,auth-int\", stale=true";
        let read = Challenge::parse(text).unwrap();
        assert_eq!(
            (read.realm.as_str(), read.algorithm, read.stale),
            ("a \"b\"", Some(Algorithm::Sha256), true)
        );
        assert_eq!(read.qop, [Qop::Auth, Qop::AuthInt]);
        assert_eq!(read.to_string(), text);
    }

    #[test]
    fn odd_spelling_is_read() {
        let read = Challenge::parse("digest  nonce=abc== ,REALM = asterisk, algorithm=\"md5\",qop=auth, x=y")
            .unwrap();
        assert_eq!(
            (read.nonce.as_str(), read.realm.as_str(), read.algorithm),
            ("abc==", "asterisk", Some(Algorithm::Md5))
        );
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        for bad in [
            "",
            "Basic realm=\"x\"",
            "Digest",
            "Digest realm=\"x\"",
            "Digest realm=\"x\", nonce=\"y",
            "Digest realm=\"x\" nonce=\"y\"",
            "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512",
            "Digest realm=\"x\", nonce=\"y\", qop=\"token\"",
            "Digest realm",
        ] {
            assert!(Challenge::parse(bad).is_err(), "{bad:?}");
        }
    }
}
