//! Typed reading of headers, the same for requests, responses and messages.

use rsip::{Header, Headers};

use super::cseq::CSeq;
use super::error::WireError;
use super::field::{long_name, name_of, value_of};
use super::message::{Message, Request, Response};
use super::name_addr::NameAddr;
use super::scan::split_list;
use super::via::Via;

/// What the headers of a message say. A header that is missing or broken is an error that names it;
/// a message that came through [`read`](super::read()) has the mandatory ones in order.
pub trait Fields {
    /// The headers.
    fn fields(&self) -> &Headers;

    /// The first value of that header; names in any spelling.
    fn header(&self, name: &str) -> Option<&str> {
        let long = long_name(name);
        self.fields().iter().find(|header| name_of(header).eq_ignore_ascii_case(long)).map(value_of)
    }

    /// Every value of that header, top to bottom.
    fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let long = long_name(name);
        self.fields().iter().filter(move |header| name_of(header).eq_ignore_ascii_case(long)).map(value_of)
    }

    /// The topmost Via.
    fn via_top(&self) -> Result<Via, WireError> {
        Via::parse(self.must("Via")?).map_err(|error| error.inside("Via"))
    }

    /// Every Via, topmost first.
    fn vias(&self) -> Result<Vec<Via>, WireError> {
        self.headers_named("Via")
            .map(|value| Via::parse(value).map_err(|error| error.inside("Via")))
            .collect()
    }

    /// Who asks.
    fn from(&self) -> Result<NameAddr, WireError> {
        self.address("From")
    }

    /// Who is asked.
    fn to(&self) -> Result<NameAddr, WireError> {
        self.address("To")
    }

    /// The Call-ID.
    fn call_id(&self) -> Result<&str, WireError> {
        self.must("Call-ID")
    }

    /// The sequence number with its method.
    fn cseq(&self) -> Result<CSeq, WireError> {
        CSeq::parse(self.must("CSeq")?).map_err(|error| error.inside("CSeq"))
    }

    /// Every Contact that is an address; `*` is none, see [`is_contact_star`](Self::is_contact_star).
    fn contacts(&self) -> Result<Vec<NameAddr>, WireError> {
        self.headers_named("Contact")
            .filter(|value| *value != "*")
            .map(|value| address("Contact", value))
            .collect()
    }

    /// Whether the only Contact is `*` (RFC 3261 10.2.2).
    fn is_contact_star(&self) -> bool {
        self.headers_named("Contact").eq(["*"])
    }

    /// Every Route, topmost first.
    fn routes(&self) -> Result<Vec<NameAddr>, WireError> {
        self.addresses("Route")
    }

    /// Every Record-Route, topmost first.
    fn record_routes(&self) -> Result<Vec<NameAddr>, WireError> {
        self.addresses("Record-Route")
    }

    /// Every address of a header such as P-Asserted-Identity or Diversion.
    fn addresses(&self, name: &str) -> Result<Vec<NameAddr>, WireError> {
        self.headers_named(name).map(|value| address(long_name(name), value)).collect()
    }

    /// The media type of the body, parameters and all.
    fn content_type(&self) -> Option<&str> {
        self.header("Content-Type")
    }

    /// Whether the body is of that media type, whatever its parameters.
    fn has_content_type(&self, media_type: &str) -> bool {
        let bare = |text: &str| text.split(';').next().unwrap_or("").replace([' ', '\t'], "");
        self.content_type().is_some_and(|text| bare(text).eq_ignore_ascii_case(media_type))
    }

    /// The elements of a comma-separated header in all its lines, empty ones left out.
    fn list<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        self.headers_named(name)
            .flat_map(split_list)
            .map(|(_, element)| element)
            .filter(|element| !element.is_empty())
            .collect()
    }

    /// Option tags the peer insists on.
    fn require(&self) -> Vec<&str> {
        self.list("Require")
    }

    /// Option tags the peer understands.
    fn supported(&self) -> Vec<&str> {
        self.list("Supported")
    }

    /// Methods the peer understands.
    fn allow(&self) -> Vec<&str> {
        self.list("Allow")
    }

    /// Whether the peer understands or insists on an option.
    fn has_option(&self, tag: &str) -> bool {
        let named = |list: Vec<&str>| list.iter().any(|option| option.eq_ignore_ascii_case(tag));
        named(self.supported()) || named(self.require())
    }

    /// Expires in seconds; a value that is malformed or above 2^32-1 counts as absent.
    fn expires(&self) -> Option<u32> {
        number(self.header("Expires")?)
    }

    /// Max-Forwards; a value above 255 counts as absent (RFC 4475 3.1.2.4).
    fn max_forwards(&self) -> Option<u8> {
        number(self.header("Max-Forwards")?).and_then(|number| u8::try_from(number).ok())
    }

    /// The value of a header that must be there.
    fn must(&self, name: &'static str) -> Result<&str, WireError> {
        self.header(name).ok_or_else(|| WireError::at(0, format!("{name} is missing")))
    }

    /// The one address of a header that must be there.
    fn address(&self, name: &'static str) -> Result<NameAddr, WireError> {
        address(name, self.must(name)?)
    }
}

impl Fields for Request {
    fn fields(&self) -> &Headers {
        &self.headers
    }
}

impl Fields for Response {
    fn fields(&self) -> &Headers {
        &self.headers
    }
}

impl Fields for Message {
    fn fields(&self) -> &Headers {
        self.headers()
    }
}

impl Fields for Headers {
    fn fields(&self) -> &Headers {
        self
    }
}

/// Long name and value of every header in order.
pub fn pairs(headers: &Headers) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|header: &Header| (name_of(header), value_of(header)))
}

fn address(name: &str, value: &str) -> Result<NameAddr, WireError> {
    NameAddr::parse(value).map_err(|error| error.inside(name))
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Fields as _, Request};
    use crate::sip::{Method, Uri};

    fn request() -> Request {
        Request::new(Method::Register, Uri::parse("sip:h").unwrap())
    }

    #[test]
    fn lists_are_gathered_over_lines() {
        let mut request = request();
        request
            .push("k", "timer, 100rel")
            .push("Supported", "")
            .push("Supported", "replaces")
            .push("Require", "foo");
        assert_eq!(request.supported(), ["timer", "100rel", "replaces"]);
        assert!(request.has_option("100REL") && request.has_option("foo") && !request.has_option("path"));
    }

    #[test]
    fn numbers_out_of_range_count_as_absent() {
        let mut request = request();
        assert_eq!((request.max_forwards(), request.expires()), (None, None));
        request.push("Max-Forwards", "0068").push("Expires", "4294967295");
        assert_eq!((request.max_forwards(), request.expires()), (Some(68), Some(u32::MAX)));
        request.set("Max-Forwards", "300").set("Expires", "4294967296");
        assert_eq!((request.max_forwards(), request.expires()), (None, None));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(request().call_id().unwrap_err().what, "Call-ID is missing");
        let mut broken = request();
        broken.push("To", "\"open <sip:a@h>");
        assert_eq!(broken.to().unwrap_err().what, "To: a quoted string is not closed");
    }

    #[test]
    fn a_star_is_no_address() {
        let mut request = request();
        request.push("m", "*");
        assert!(request.is_contact_star() && request.contacts().unwrap().is_empty());
        request.set_body("application/SDP ; charset=utf-8", "v=0");
        assert!(request.has_content_type("application/sdp"));
    }
}
