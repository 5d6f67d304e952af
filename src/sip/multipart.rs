//! Bodies of several parts (RFC 2046 5.1, RFC 5621).

use super::params::Params;
use super::scan::Scanner;

/// Parts looked at; what comes after is not read.
const MAX_PARTS: usize = 16;

/// One part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its Content-Type; `text/plain` where it says none (RFC 2046 5.1).
    pub content_type: &'a str,
    /// Whether whoever cannot read it must refuse the whole (RFC 3261 20.11).
    pub is_required: bool,
    /// Its own body.
    pub body: &'a [u8],
}

/// The parts of a body whose Content-Type is multipart, in order; none where it is not, or names no boundary.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Vec<Part<'a>> {
    let Some(boundary) = boundary(content_type) else { return Vec::new() };
    let delimiter = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let mut rest = after_delimiter(body, &delimiter).map(|(_, after)| after);
    while let Some(from) = rest.filter(|rest| !rest.starts_with(b"--") && parts.len() < MAX_PARTS) {
        let (inside, after) = match after_delimiter(from, &delimiter) {
            Some((inside, after)) => (inside, Some(after)),
            None => (from, None),
        };
        parts.extend(part(inside));
        rest = after;
    }
    parts
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, params) = content_type.split_at(content_type.find(';')?);
    let is_multipart = kind.trim().to_ascii_lowercase().starts_with("multipart/");
    let params = Params::scan(&mut Scanner::new(params)).ok()?;
    params.get("boundary").filter(|boundary| is_multipart && !boundary.is_empty()).map(str::to_owned)
}

/// What stands before the next delimiter, without the line end that belongs to it, and what after.
fn after_delimiter<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let begins_line = |at: &usize| *at == 0 || bytes.get(at - 1) == Some(&b'\n');
    let mut found = bytes.windows(delimiter.len()).enumerate().filter(|(_, window)| *window == delimiter);
    let at = found.find_map(|(at, _)| begins_line(&at).then_some(at))?;
    let (before, after) = bytes.split_at(at);
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    Some((before.strip_suffix(b"\r").unwrap_or(before), after.get(delimiter.len()..)?))
}

/// A part from the rest of its delimiter's line on: headers, an empty line, the body.
fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let mut part = Part { content_type: "text/plain", is_required: false, body: b"" };
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut read = lines.next()?.len();
    for line in lines {
        read += line.len();
        let line = std::str::from_utf8(line).unwrap_or_default().trim();
        match line.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("Content-Type") => {
                part.content_type = value.trim()
            }
            Some((name, value)) if name.trim().eq_ignore_ascii_case("Content-Disposition") => {
                part.is_required = value.to_ascii_lowercase().replace(' ', "").contains("handling=required");
            }
            None if line.is_empty() => {
                part.body = bytes.get(read..)?;
                return Some(part);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    const TYPE: &str = "multipart/mixed;boundary=\"unique 1\"";
    const BODY: &[u8] = b"preamble\r\n--unique 1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=--unique 1\r\n\r\n\
        --unique 1\r\ncontent-type:application/isup;version=x\r\nContent-Disposition: signal; handling = required\r\n\
        \r\n\x01\xff\r\n--unique 1--\r\nepilogue\r\n--unique 1\r\n\r\nnot read";

    #[test]
    fn parts_are_found_between_their_boundaries() {
        let sdp =
            Part { content_type: "application/sdp", is_required: false, body: b"v=0\r\ns=--unique 1\r\n" };
        let isup = Part { content_type: "application/isup;version=x", is_required: true, body: b"\x01\xff" };
        assert_eq!(parts(TYPE, BODY), [sdp, isup]);
    }

    #[test]
    fn bare_line_feeds_and_a_missing_end_are_read() {
        let body = b"--b\nContent-Type: application/sdp\n\nv=0\n";
        assert_eq!(parts("Multipart/Mixed; boundary=b", body)[0].body, b"v=0\n");
        assert_eq!(
            parts("multipart/mixed;boundary=b", b"--b\r\n\r\nplain\r\n--b--")[0].content_type,
            "text/plain"
        );
    }

    #[test]
    fn what_has_no_boundary_has_no_parts() {
        for kind in [
            "application/sdp",
            "multipart/mixed",
            "multipart/mixed;boundary=\"\"",
            "text/plain;boundary=b",
            "",
        ] {
            assert!(parts(kind, b"--b\r\n\r\nx\r\n--b--").is_empty(), "{kind}");
        }
        for body in [&b""[..], b"--b", b"--b--", b"--b\r\n", b"--b\r\nno end of headers", b"x--b\r\n\r\n"] {
            assert!(parts("multipart/mixed;boundary=b", body).is_empty(), "{body:?}");
        }
        let many = "--b\r\n\r\nx\r\n".repeat(1_000);
        assert_eq!(parts("multipart/mixed;boundary=b", many.as_bytes()).len(), super::MAX_PARTS);
    }
}
