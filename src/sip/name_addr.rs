//! Addresses in headers: `"display name" <uri>;params` and the bare `uri;params` form (RFC 3261 20.10).

use std::fmt;

use super::error::WireError;
use super::params::Params;
use super::scan::{Scanner, is_lws, is_token, write_quoted};
use super::uri::Uri;

/// One address of From, To, Contact, Route and their like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name, quotes and escapes resolved.
    pub display: Option<String>,
    /// Where it points.
    pub uri: Uri,
    /// Header parameters: those outside the angle brackets.
    pub params: Params,
}

impl NameAddr {
    /// An address without display name and parameters.
    pub fn new(uri: Uri) -> Self {
        Self { display: None, uri, params: Params::default() }
    }

    /// Reads one address that fills all of `text`.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_lws();
        let (display, uri) = match scanner.peek() {
            Some(b'"') => {
                let display = scanner.quoted()?;
                (Some(display), angle(&mut scanner)?)
            }
            _ => match bare_display(&mut scanner)? {
                Some(display) => (Some(display).filter(|name| !name.is_empty()), angle(&mut scanner)?),
                None => (None, addr_spec(&mut scanner)?),
            },
        };
        let params = Params::scan(&mut scanner)?;
        scanner.finish("only parameters may follow an address")?;
        Ok(Self { display, uri, params })
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The same address with that tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", tag);
        self
    }

    /// The same address with that display name.
    pub fn with_display(mut self, display: &str) -> Self {
        self.display = Some(display.to_owned());
        self
    }
}

/// The words before a `<`; `None` when no angle bracket follows and the address is bare.
fn bare_display(scanner: &mut Scanner<'_>) -> Result<Option<String>, WireError> {
    let Some(words) = scanner.rest().split_once('<').map(|(words, _)| words) else { return Ok(None) };
    // `sip:a@h;x="<"`: the bracket stands in a parameter, the address before it is bare
    if words.contains(['"', ';', ':']) {
        return Ok(None);
    }
    let is_word = |byte: u8| is_token(byte) || is_lws(byte) || byte >= 0x80;
    let taken = scanner.take_while(is_word);
    if taken.len() != words.len() {
        return Err(scanner.fail("a display name with such characters must be quoted"));
    }
    Ok(Some(taken.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")))
}

fn angle(scanner: &mut Scanner<'_>) -> Result<Uri, WireError> {
    scanner.skip_lws();
    if !scanner.eat(b'<') {
        return Err(scanner.fail("an address in angle brackets must follow a display name"));
    }
    let at = scanner.at();
    let text = scanner.take_until(b'>').ok_or(WireError::at(at, "a '<' is not closed"))?;
    Uri::parse(text).map_err(|error| error.shifted(at))
}

/// A bare URI ends where header parameters or white space begin, and may hold neither `?` nor `,`.
fn addr_spec(scanner: &mut Scanner<'_>) -> Result<Uri, WireError> {
    let at = scanner.at();
    let text = scanner.take_while(|byte| byte != b';' && !is_lws(byte));
    if let Some(found) = text.find(['?', ',']) {
        return Err(WireError::at(at + found, "a URI with '?' or ',' must stand in angle brackets"));
    }
    Uri::parse(text).map_err(|error| error.shifted(at))
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write_quoted(f, display)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::NameAddr;

    fn parse(text: &str) -> NameAddr {
        NameAddr::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn display_names_in_every_form() {
        let cases = [
            ("\"Smith, <Al>\" <sip:a@h>", Some("Smith, <Al>")),
            ("\"A <x> \\\"B\\\"\" <sip:a@h>", Some("A <x> \"B\"")),
            ("caller<sip:a@h>;tag=3", Some("caller")),
            ("Mr.  Watson\t<sip:a@h>", Some("Mr. Watson")),
            ("<sip:a@h>", None),
            (" sip:a@h ; tag = x", None),
            ("\"\" <sip:a@h>", Some("")),
            ("窓口 <sip:a@h>", Some("窓口")),
        ];
        for (text, display) in cases {
            let read = parse(text);
            assert_eq!(read.display.as_deref(), display, "{text}");
            assert_eq!(read, parse(&read.to_string()), "{text}");
        }
    }

    #[test]
    fn parameters_outside_brackets_belong_to_the_header() {
        let inside = parse("<sip:a@h;lr>;tag=1");
        assert_eq!((inside.uri.to_string().as_str(), inside.tag()), ("sip:a@h;lr", Some("1")));
        let outside = parse("sip:a@h;lr;tag=1");
        assert_eq!((outside.uri.to_string().as_str(), outside.params.has("lr")), ("sip:a@h", true));
        assert_eq!(parse("sip:a@h;x=\"<\"").params.get("x"), Some("<"));
    }

    #[test]
    fn broken_addresses_are_refused() {
        for bad in [
            "",
            "\"open <sip:a@h>",
            "Bell, Al <sip:a@h>",
            "\"x\" < sip:a@h >",
            "<sip:a@h",
            "\"x\" sip:a@h",
            "sip:a@h?x=y",
            "sip:a@h,sip:b@h",
            "<sip:a@h> junk",
            "<>",
            "a b",
            "\"\" <> ;,",
            "<sip:a@h>;",
        ] {
            assert!(NameAddr::parse(bad).is_err(), "{bad:?}");
        }
    }
}
