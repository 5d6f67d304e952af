//! SIP requests and responses as values, and how to build them.

use std::fmt::Display;
use std::net::SocketAddr;

use rsip::{Header, Headers};

use super::error::{WireError, stamp_top_via};
use super::field::{build, long_name, name_of};
use super::fields::Fields;
use super::method::Method;
use super::scan::is_token_text;
use super::status::Status;
use super::uri::Uri;

/// A SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

/// A SIP request.
///
/// Headers read from the wire have long names, no folds, and one value each where the header is a
/// list of addresses or hops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// Of whom.
    pub uri: Uri,
    /// All headers in order.
    pub headers: Headers,
    /// The body, untouched.
    pub body: Vec<u8>,
}

/// A SIP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The code.
    pub status: Status,
    /// The phrase as it came, or the standard one.
    pub reason: String,
    /// All headers in order; see [`Request`].
    pub headers: Headers,
    /// The body, untouched.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: Headers::default(), body: Vec::new() }
    }

    /// Fills `received` and `rport` of the top Via in, for a request that came from `source`.
    pub fn stamp_source(&mut self, source: SocketAddr) {
        stamp_top_via(&mut self.headers, source);
    }
}

impl Response {
    /// A response without headers, with the standard phrase.
    pub fn new(status: Status) -> Self {
        let reason = status.reason_phrase().to_owned();
        Self { status, reason, headers: Headers::default(), body: Vec::new() }
    }

    /// The beginning of an answer: every Via, From, To, Call-ID and CSeq of `request`, and its
    /// Timestamp in a 100 (RFC 3261 8.2.6). The To tag is the caller's to add: [`set_to_tag`](Self::set_to_tag).
    pub fn reply_to(request: &Request, status: Status) -> Self {
        let mut response = Self::new(status);
        let copied = |header: &&Header| match header {
            Header::Via(_) | Header::From(_) | Header::To(_) | Header::CallId(_) | Header::CSeq(_) => true,
            Header::Timestamp(_) => status == Status::TRYING,
            _ => false,
        };
        request.headers.iter().filter(copied).for_each(|header| response.headers.push(header.clone()));
        response
    }

    /// Copies the Record-Route headers, as a response that makes a dialog must have them.
    pub fn copy_record_routes(&mut self, request: &Request) {
        let routes = request.headers.iter().filter(|header| matches!(header, Header::RecordRoute(_)));
        routes.for_each(|header| self.headers.push(header.clone()));
    }

    /// Gives To a tag unless it has one. Fails where To is missing or broken.
    pub fn set_to_tag(&mut self, tag: &str) -> Result<(), WireError> {
        let to = self.to()?;
        if to.tag().is_none() {
            self.set("To", to.with_tag(tag));
        }
        Ok(())
    }
}

impl Message {
    /// The request, if it is one.
    pub fn as_request(&self) -> Option<&Request> {
        match self {
            Self::Request(request) => Some(request),
            Self::Response(_) => None,
        }
    }

    /// The response, if it is one.
    pub fn as_response(&self) -> Option<&Response> {
        match self {
            Self::Request(_) => None,
            Self::Response(response) => Some(response),
        }
    }

    /// The headers of either.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The body of either.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }
}

macro_rules! building {
    ($($message:ident)+) => {$(
        impl $message {
            /// Adds a header at the end. A name that is no token is not added; line breaks and other
            /// control characters in a value become spaces when it is written.
            pub fn push(&mut self, name: &str, value: impl Display) -> &mut Self {
                if is_token_text(name) {
                    self.headers.push(build(name, value.to_string()));
                }
                self
            }

            /// Adds a header in front of all others, as a Via goes on.
            pub fn push_front(&mut self, name: &str, value: impl Display) -> &mut Self {
                if is_token_text(name) {
                    let mut headers = Vec::from(std::mem::take(&mut self.headers));
                    headers.insert(0, build(name, value.to_string()));
                    self.headers = headers.into();
                }
                self
            }

            /// Puts a header where the first of its name stands and takes the others away; at the end
            /// where there was none.
            pub fn set(&mut self, name: &str, value: impl Display) -> &mut Self {
                if is_token_text(name) {
                    put(&mut self.headers, build(name, value.to_string()));
                }
                self
            }

            /// Takes every header of that name away.
            pub fn remove(&mut self, name: &str) -> &mut Self {
                let long = long_name(name).to_owned();
                self.headers.retain(|header| !name_of(header).eq_ignore_ascii_case(&long));
                self
            }

            /// Takes the topmost header of that name away and gives its value back.
            pub fn pop_front(&mut self, name: &str) -> Option<String> {
                let value = self.header(name)?.to_owned();
                let long = long_name(name).to_owned();
                let mut found = false;
                self.headers.retain(|header| {
                    let first = !found && name_of(header).eq_ignore_ascii_case(&long);
                    found |= first;
                    !first
                });
                Some(value)
            }

            /// Sets the body and says what it is; Content-Length is computed when it is written.
            pub fn set_body(&mut self, content_type: &str, body: impl Into<Vec<u8>>) -> &mut Self {
                self.body = body.into();
                self.set("Content-Type", content_type)
            }

            /// The bytes to send; see [`write`](super::write()).
            pub fn to_bytes(&self) -> Vec<u8> {
                self.written()
            }
        }
    )+};
}

building! { Request Response }

impl Request {
    fn written(&self) -> Vec<u8> {
        super::write::write_request(self)
    }
}

impl Response {
    fn written(&self) -> Vec<u8> {
        super::write::write_response(self)
    }
}

fn put(headers: &mut Headers, header: Header) {
    let name = name_of(&header).to_owned();
    let mut all = Vec::from(std::mem::take(headers));
    let is_same = |other: &Header| name_of(other).eq_ignore_ascii_case(&name);
    let at = all.iter().position(is_same).unwrap_or(all.len());
    all.retain(|other| !is_same(other));
    all.insert(at, header);
    *headers = all.into();
}

#[cfg(test)]
mod tests {
    use super::{Fields as _, Method, Request, Response, Status, Uri};

    fn invite() -> Request {
        let mut request = Request::new(Method::Invite, Uri::parse("sip:desk@h").unwrap());
        request.push("v", "SIP/2.0/UDP a;branch=z9hG4bK1").push("Via", "SIP/2.0/UDP b;branch=z9hG4bK2");
        request
            .push("f", "<sip:c@h>;tag=1")
            .push("t", "<sip:desk@h>")
            .push("i", "x")
            .push("CSeq", "1 INVITE");
        request.push("Record-Route", "<sip:p;lr>").push("Timestamp", "7");
        request
    }

    #[test]
    fn a_reply_copies_what_identifies_the_request() {
        let mut ringing = Response::reply_to(&invite(), Status::RINGING);
        assert_eq!(ringing.headers_named("via").count(), 2);
        assert_eq!((ringing.header("Timestamp"), ringing.header("Record-Route")), (None, None));
        ringing.copy_record_routes(&invite());
        ringing.set_to_tag("t1").unwrap();
        ringing.set_to_tag("t2").unwrap();
        assert_eq!(ringing.to().unwrap().tag(), Some("t1"));
        assert_eq!(ringing.header("record-route"), Some("<sip:p;lr>"));
        assert_eq!(Response::reply_to(&invite(), Status::TRYING).header("Timestamp"), Some("7"));
    }

    #[test]
    fn setting_keeps_the_place_and_leaves_one() {
        let mut request = invite();
        request.set("VIA", "SIP/2.0/UDP c;branch=z9hG4bK3").set("X-New", 5).remove("i");
        assert_eq!(request.headers_named("Via").collect::<Vec<_>>(), ["SIP/2.0/UDP c;branch=z9hG4bK3"]);
        assert_eq!((request.header("x-new"), request.header("Call-ID")), (Some("5"), None));
        request.push_front("Via", "SIP/2.0/UDP d");
        assert_eq!(request.pop_front("v").as_deref(), Some("SIP/2.0/UDP d"));
        assert_eq!(request.headers_named("Via").count(), 1);
    }

    #[test]
    fn a_name_that_is_no_token_is_not_added() {
        let mut request = invite();
        let before = request.clone();
        request.push("X\r\nEvil", "1").set("a b", "1").push_front("", "1");
        assert_eq!(request, before);
    }
}
