//! The head of a message cut into start line and logical header lines, shared by reader, framer and
//! refusals.

use std::borrow::Cow;

use super::error::WireError;
use super::scan::is_token;

/// Largest message, head and body together, in bytes.
pub const MAX_MESSAGE: usize = 65_535;
/// Most header lines of one message.
pub const MAX_HEADERS: usize = 256;
/// Longest header line, folds included, in bytes.
pub const MAX_LINE: usize = 8_192;

/// A line with its continuation lines; `bytes` is without the last line break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) offset: usize,
    pub(super) bytes: &'a [u8],
    folded: bool,
}

/// What comes next in a head.
pub(super) enum Step<'a> {
    Line(Line<'a>),
    /// The empty line; the body begins at this offset.
    End(usize),
    /// The bytes end before the head does.
    Cut(usize),
}

/// Walks the logical lines of a head. Lines end in CRLF; a bare LF is tolerated.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// Starts behind the empty lines that may precede a message (RFC 3261 7.5).
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = bytes.iter().position(|byte| *byte != b'\r' && *byte != b'\n').unwrap_or(bytes.len());
        Self { bytes, at }
    }

    pub(super) fn step(&mut self) -> Step<'a> {
        let offset = self.at;
        let Some((mut end, mut next)) = self.physical(offset) else { return Step::Cut(offset) };
        if end == offset {
            return Step::End(next);
        }
        let mut folded = false;
        while matches!(self.bytes.get(next), Some(b' ' | b'\t')) {
            let Some(more) = self.physical(next) else { return Step::Cut(offset) };
            (end, next) = more;
            folded = true;
        }
        self.at = next;
        Step::Line(Line { offset, bytes: self.bytes.get(offset..end).unwrap_or(&[]), folded })
    }

    /// Where the line at `start` ends and the next begins.
    fn physical(&self, start: usize) -> Option<(usize, usize)> {
        let rest = self.bytes.get(start..)?;
        let feed = rest.iter().position(|byte| *byte == b'\n')?;
        let is_crlf = feed.checked_sub(1).and_then(|at| rest.get(at)) == Some(&b'\r');
        Some((start + feed - usize::from(is_crlf), start + feed + 1))
    }
}

impl<'a> Line<'a> {
    /// Name and value, unfolded and trimmed, with the value's offset in the message. Fails on a name
    /// that is no token, on control characters and on a line that is too long.
    pub(super) fn split(&self) -> Result<(&'a str, Cow<'a, [u8]>, usize), WireError> {
        if self.bytes.len() > MAX_LINE {
            return Err(WireError::at(self.offset, "a header line is too long"));
        }
        let colon = self.bytes.iter().position(|byte| *byte == b':');
        let colon = colon.ok_or(WireError::at(self.offset, "a header line has no ':'"))?;
        let (name, rest) = self.bytes.split_at_checked(colon).unwrap_or((self.bytes, &[]));
        let name = name.trim_ascii_end();
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(WireError::at(self.offset, "a header name must be a token"));
        }
        let name = std::str::from_utf8(name).unwrap_or("");
        let value = rest.get(1..).unwrap_or(&[]);
        let offset = self.offset + colon + 1 + (value.len() - value.trim_ascii_start().len());
        let value = if self.folded { Cow::Owned(unfold(value)) } else { Cow::Borrowed(value.trim_ascii()) };
        match bad_control(&value) {
            Some(at) => Err(WireError::at(offset + at, "a control character in a header value")),
            None => Ok((name, value, offset)),
        }
    }

    pub(super) fn is_folded(&self) -> bool {
        self.folded
    }
}

/// Joins continuation lines: each line break with the white space around it becomes one space.
fn unfold(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii();
        if !out.is_empty() && !line.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(line);
    }
    out
}

/// The first control character that is neither a tab nor escaped by a backslash (`quoted-pair`
/// allows any but CR and LF).
fn bad_control(value: &[u8]) -> Option<usize> {
    let is_control = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f;
    // nearly every value is clean, and a loop without early exit says so many bytes at a time
    if !value.iter().fold(false, |found, byte| found | is_control(*byte)) {
        return None;
    }
    let mut previous = 0;
    value.iter().position(|&byte| {
        let escaped = std::mem::replace(&mut previous, byte) == b'\\' && byte != b'\r';
        is_control(byte) && !escaped
    })
}

/// What Content-Length says; `None` where the header is absent. Fails on two of them, even equal
/// ones, and on anything but digits.
pub(super) fn content_length(lines: Lines<'_>) -> Result<Option<usize>, WireError> {
    let mut lines = lines;
    let mut length = None;
    lines.step();
    while let Step::Line(line) = lines.step() {
        if !may_be_content_length(line.bytes) {
            continue;
        }
        let (name, value, offset) = line.split()?;
        if !(name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l")) {
            continue;
        }
        if length.is_some() {
            return Err(WireError::at(line.offset, "Content-Length stands twice"));
        }
        length = Some(digits(&value).ok_or(WireError::at(offset, "Content-Length must be a number"))?);
    }
    Ok(length)
}

fn may_be_content_length(line: &[u8]) -> bool {
    let starts =
        |prefix: &[u8]| line.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    starts(b"content-length") || matches!(line, [b'l' | b'L', b':' | b' ' | b'\t', ..])
}

/// A decimal number; one too large for `usize` reads as the largest.
pub(super) fn digits(text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_usize, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(number.saturating_mul(10).saturating_add(usize::from(digit)))
    })
}

#[cfg(test)]
mod tests {
    use super::{Lines, Step, content_length, digits};

    fn split(head: &[u8]) -> Vec<(String, Vec<u8>, usize)> {
        let mut lines = Lines::new(head);
        let mut out = Vec::new();
        while let Step::Line(line) = lines.step() {
            let (name, value, offset) = line.split().unwrap();
            out.push((name.to_owned(), value.into_owned(), offset));
        }
        out
    }

    #[test]
    fn folds_become_one_space() {
        let cut = split(b"\r\nTO :\r\n  sip:a@h ;\r\n\t tag =1 \r\nb:x\n\r\n");
        assert_eq!(cut[0], ("TO".into(), b"sip:a@h ; tag =1".to_vec(), 10));
        assert_eq!(cut[1], ("b".into(), b"x".to_vec(), 34));
    }

    #[test]
    fn hostile_lines_are_refused() {
        for bad in [
            &b"no colon\r\n\r\n"[..],
            b": v\r\n\r\n",
            b"a b: v\r\n\r\n",
            b"a: \x00\r\n\r\n",
            b"a: b\rc: d\r\n\r\n",
            b"\x01a: b\r\n\r\n",
        ] {
            let Step::Line(line) = Lines::new(bad).step() else { panic!("{bad:?}") };
            assert!(line.split().is_err(), "{bad:?}");
        }
        assert_eq!(split(b"a: \"\\\x00\"\r\n\r\n")[0].1, b"\"\\\x00\"");
    }

    #[test]
    fn content_length_is_one_plain_number() {
        let length = |head: &[u8]| content_length(Lines::new(head));
        assert_eq!(length(b"X\r\nL : 012\r\n\r\n"), Ok(Some(12)));
        assert_eq!(length(b"X\r\nLanguage: 3\r\n\r\n"), Ok(None));
        for bad in [
            &b"X\r\nl: -1\r\n\r\n"[..],
            b"X\r\nl: 1\r\nContent-Length: 1\r\n\r\n",
            b"X\r\nl: 1, 1\r\n\r\n",
            b"X\r\nl:\r\n\r\n",
        ] {
            assert!(length(bad).is_err(), "{bad:?}");
        }
        assert_eq!(digits(b"99999999999999999999999"), Some(usize::MAX));
    }
}
