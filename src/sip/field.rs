//! Header names: long, compact and any case, and rsip's closed list of them.

use rsip::Header;
use rsip::headers::UntypedHeader as _;

/// Longer names are nobody's standard name; they are kept as spelled.
const LONGEST_KNOWN: usize = 24;

macro_rules! fields {
    ($($variant:ident $long:literal $($lower:literal)|+,)*) => {
        /// A header of rsip's vocabulary, by any spelling of its name.
        pub(super) fn build(name: &str, value: String) -> Header {
            match lower(name, &mut [0; LONGEST_KNOWN]) {
                $($($lower)|+ => Header::$variant(rsip::headers::$variant::new(value)),)*
                lower => Header::Other(extension_name(lower).unwrap_or(name).to_owned(), value),
            }
        }

        /// The long name of a header.
        pub(super) fn name_of(header: &Header) -> &str {
            match header {
                $(Header::$variant(_) => $long,)*
                Header::Other(name, _) => name,
            }
        }

        /// The long name for any spelling of a known name; other names stay as they are.
        pub(super) fn long_name(name: &str) -> &str {
            match lower(name, &mut [0; LONGEST_KNOWN]) {
                $($($lower)|+ => $long,)*
                lower => extension_name(lower).unwrap_or(name),
            }
        }

        /// The value of a header.
        pub(super) fn value_of(header: &Header) -> &str {
            match header {
                $(Header::$variant(inner) => inner.value(),)*
                Header::Other(_, value) => value,
            }
        }
    };
}

fields! {
    Accept "Accept" b"accept",
    AcceptEncoding "Accept-Encoding" b"accept-encoding",
    AcceptLanguage "Accept-Language" b"accept-language",
    AlertInfo "Alert-Info" b"alert-info",
    Allow "Allow" b"allow",
    AuthenticationInfo "Authentication-Info" b"authentication-info",
    Authorization "Authorization" b"authorization",
    CSeq "CSeq" b"cseq",
    CallId "Call-ID" b"call-id" | b"i",
    CallInfo "Call-Info" b"call-info",
    Contact "Contact" b"contact" | b"m",
    ContentDisposition "Content-Disposition" b"content-disposition",
    ContentEncoding "Content-Encoding" b"content-encoding" | b"e",
    ContentLanguage "Content-Language" b"content-language",
    ContentLength "Content-Length" b"content-length" | b"l",
    ContentType "Content-Type" b"content-type" | b"c",
    Date "Date" b"date",
    ErrorInfo "Error-Info" b"error-info",
    Event "Event" b"event" | b"o",
    Expires "Expires" b"expires",
    From "From" b"from" | b"f",
    InReplyTo "In-Reply-To" b"in-reply-to",
    MaxForwards "Max-Forwards" b"max-forwards",
    MimeVersion "MIME-Version" b"mime-version",
    MinExpires "Min-Expires" b"min-expires",
    Organization "Organization" b"organization",
    Priority "Priority" b"priority",
    ProxyAuthenticate "Proxy-Authenticate" b"proxy-authenticate",
    ProxyAuthorization "Proxy-Authorization" b"proxy-authorization",
    ProxyRequire "Proxy-Require" b"proxy-require",
    RecordRoute "Record-Route" b"record-route",
    ReplyTo "Reply-To" b"reply-to",
    Require "Require" b"require",
    RetryAfter "Retry-After" b"retry-after",
    Route "Route" b"route",
    Server "Server" b"server",
    SubscriptionState "Subscription-State" b"subscription-state",
    Subject "Subject" b"subject" | b"s",
    Supported "Supported" b"supported" | b"k",
    Timestamp "Timestamp" b"timestamp",
    To "To" b"to" | b"t",
    Unsupported "Unsupported" b"unsupported",
    UserAgent "User-Agent" b"user-agent",
    Via "Via" b"via" | b"v",
    Warning "Warning" b"warning",
    WwwAuthenticate "WWW-Authenticate" b"www-authenticate",
}

/// Compact names that rsip has no header for, and the long names they stand for.
fn extension_name(lower: &[u8]) -> Option<&'static str> {
    Some(match lower {
        b"a" | b"accept-contact" => "Accept-Contact",
        b"b" | b"referred-by" => "Referred-By",
        b"d" | b"request-disposition" => "Request-Disposition",
        b"j" | b"reject-contact" => "Reject-Contact",
        b"n" | b"identity-info" => "Identity-Info",
        b"r" | b"refer-to" => "Refer-To",
        b"u" | b"allow-events" => "Allow-Events",
        b"x" | b"session-expires" => "Session-Expires",
        b"y" | b"identity" => "Identity",
        _ => return None,
    })
}

/// Whether a header's comma-separated values are kept apart, one header each (RFC 3261 7.3.1).
pub(super) fn is_split(header: &Header) -> bool {
    match header {
        Header::Via(_)
        | Header::Contact(_)
        | Header::Route(_)
        | Header::RecordRoute(_)
        | Header::CallInfo(_)
        | Header::AlertInfo(_)
        | Header::ErrorInfo(_)
        | Header::Warning(_) => true,
        Header::Other(name, _) => SPLIT_EXTENSIONS.iter().any(|split| name.eq_ignore_ascii_case(split)),
        _ => false,
    }
}

const SPLIT_EXTENSIONS: [&str; 7] = [
    "Path",
    "Service-Route",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "P-Associated-URI",
    "Diversion",
    "History-Info",
];

fn lower<'a>(name: &str, buffer: &'a mut [u8; LONGEST_KNOWN]) -> &'a [u8] {
    let Some(target) = buffer.get_mut(..name.len()) else { return b"" };
    target.copy_from_slice(name.as_bytes());
    target.make_ascii_lowercase();
    target
}

#[cfg(test)]
mod tests {
    use super::{build, long_name, name_of, value_of};

    #[test]
    fn every_spelling_finds_its_header() {
        for (spelled, long) in [
            ("v", "Via"),
            ("CALL-id", "Call-ID"),
            ("www-AUTHENTICATE", "WWW-Authenticate"),
            ("mime-version", "MIME-Version"),
            ("X", "Session-Expires"),
            ("x-Own", "x-Own"),
            ("a-very-long-name-that-nobody-has-registered", "a-very-long-name-that-nobody-has-registered"),
        ] {
            let header = build(spelled, "1".into());
            assert_eq!((name_of(&header), value_of(&header), long_name(spelled)), (long, "1", long));
        }
    }
}
