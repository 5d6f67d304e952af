//! The Replaces header: the dialog that a call takes the place of (RFC 3891 6.1).

use std::fmt;

use super::error::WireError;
use super::params::Params;
use super::percent;
use super::scan::Scanner;
use super::uri::SipUri;

/// A dialog as whoever is asked to give it up knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: String,
    /// The tag of the side that is asked.
    pub to_tag: String,
    /// The tag of that side's peer.
    pub from_tag: String,
    /// Whether it is meant only where nobody has answered it.
    pub early_only: bool,
}

impl Replaces {
    /// Reads a Replaces that fills all of `text`.
    ///
    /// # Errors
    /// The Call-ID or one of the tags is missing, or the parameters are broken.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        let call_id = scanner.take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b','));
        let params = Params::scan(&mut scanner)?;
        scanner.finish("nothing may follow the parameters")?;
        let tag = |name| params.get(name).filter(|tag| !tag.is_empty()).map(str::to_string);
        let (Some(to_tag), Some(from_tag)) = (tag("to-tag"), tag("from-tag")) else {
            return Err(WireError::at(0, "a dialog is named by both its tags"));
        };
        if call_id.is_empty() {
            return Err(WireError::at(0, "a dialog is named by its Call-ID"));
        }
        let early_only = params.has("early-only");
        Ok(Self { call_id: call_id.to_string(), to_tag, from_tag, early_only })
    }

    /// The one that a URI asks for in its `?Replaces=` header (RFC 3261 19.1.1, RFC 3515 2.1).
    ///
    /// # Errors
    /// There are two, or what is there names no dialog.
    pub fn of_uri(uri: &SipUri) -> Result<Option<Self>, WireError> {
        let mut named = uri.headers().iter().filter(|(name, _)| name.eq_ignore_ascii_case("Replaces"));
        let Some((_, value)) = named.next() else { return Ok(None) };
        if named.next().is_some() {
            return Err(WireError::at(0, "a call replaces one dialog"));
        }
        Self::parse(&String::from_utf8_lossy(&percent::decode(value))).map(Some)
    }

    /// As a URI carries it, escaped.
    pub fn in_uri(&self) -> String {
        format!("Replaces={}", percent::encode(&self.to_string(), b""))
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call_id, to_tag, from_tag, early_only } = self;
        write!(f, "{call_id};to-tag={to_tag};from-tag={from_tag}")?;
        if *early_only { f.write_str(";early-only") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Uri;

    #[test]
    fn a_dialog_is_named_by_call_id_and_both_tags() {
        let read = Replaces::parse(" 98asjd8@10.0.0.1 ; from-tag=1 ;to-tag=7743;early-only").expect("good");
        assert_eq!(read.to_string(), "98asjd8@10.0.0.1;to-tag=7743;from-tag=1;early-only");
        for bad in
            ["", ";to-tag=1;from-tag=2", "a", "a;to-tag=1", "a;to-tag=1;from-tag=", "a;to-tag=1;from-tag=2,b"]
        {
            assert!(Replaces::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_uri_carries_it_escaped_and_once() {
        let of = |text: &str| match Uri::parse(text).expect(text) {
            Uri::Sip(uri) => Replaces::of_uri(&uri),
            _ => panic!("sip"),
        };
        let found =
            of("sip:b@10.0.0.2?Replaces=c%40h%3Bto-tag%3D1%3Bfrom-tag%3D2").expect("good").expect("one");
        assert_eq!(
            (found.call_id.as_str(), found.to_tag.as_str(), found.from_tag.as_str()),
            ("c@h", "1", "2")
        );
        assert_eq!(of(&format!("sip:b@10.0.0.2?{}", found.in_uri())).expect("good"), Some(found));
        assert_eq!(of("sip:b@10.0.0.2?Subject=x").expect("good"), None);
        assert!(of("sip:b@10.0.0.2?Replaces=c").is_err());
        assert!(
            of("sip:b@h?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2")
                .is_err()
        );
    }
}
