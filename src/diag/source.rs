//! A text somebody wrote, and places in it.

use super::diagnostic::Diagnostic;
use std::ops::Range;
use std::sync::Arc;

/// What some editors put before a text of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Byte range in a source's text.
pub type Span = Range<usize>;

/// The name and the text of a file; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Where each line begins.
    lines: Arc<[usize]>,
}

impl Source {
    /// A text and the name people know it by, usually a path.
    pub fn new(name: &str, text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Source { name: name.into(), text: text.into(), lines }
    }

    /// A file's bytes as a text. A byte-order mark is left out: columns and spans count from after it.
    ///
    /// # Errors
    /// The first byte that cannot be in a text: no UTF-8, or NUL.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let content = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let skipped = bytes.len() - content.len();
        let text = String::from_utf8_lossy(content);
        let source = Source::new(name, &text);
        let error = |code, at: usize, message: &str| {
            let (byte, count) = (content.get(at).copied().unwrap_or(0), at + skipped + 1);
            let message = format!("byte {count} of the file (0x{byte:02x}) {message}");
            Diagnostic::error(code, &source, at..at + 1, message)
        };
        if let Err(bad) = std::str::from_utf8(content) {
            let wide = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
            let is = if wide { "is of UTF-16, not of UTF-8" } else { "is no UTF-8" };
            let error = error("not-utf8", bad.valid_up_to(), is);
            return Err(error.help("save the file as UTF-8, not as Shift_JIS or UTF-16").into());
        }
        if let Some(at) = content.iter().position(|byte| *byte == 0) {
            let error = error("nul-byte", at, "is NUL, which no text holds");
            return Err(error
                .help("the file was damaged or cut short while it was written: save it again")
                .into());
        }
        Ok(source)
    }

    /// The name, as diagnostics print it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters. An offset past
    /// the end means the end.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = floor(&self.text, offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.line_start(line);
        (line, self.text[start..offset].chars().count() + 1)
    }

    /// A place in this text; the span is cut to what the text holds.
    pub fn place(&self, span: Span) -> Place {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        Place { source: self.clone(), span: start..end }
    }

    /// Where a line begins, counted from 1.
    pub(super) fn line_start(&self, line: usize) -> usize {
        self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// Where a line ends, counted from 1, without its line end.
    pub(super) fn line_end(&self, line: usize) -> usize {
        let (start, next) = (self.line_start(line), self.line_start(line + 1));
        start + self.text[start..next].trim_end_matches(['\n', '\r']).len()
    }
}

/// A span of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text it is in.
    pub source: Source,
    /// Where in the text, in bytes, on character boundaries.
    pub span: Span,
}

impl Place {
    /// Line and column of its first character, both from 1.
    pub fn position(&self) -> (usize, usize) {
        self.source.position(self.span.start)
    }
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_nothing_lies_outside() {
        let source = Source::new("a", "窓口 = 1\nx = 2");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(6), (1, 3));
        assert_eq!(source.position(4), (1, 2));
        assert_eq!(source.position(11), (2, 1));
        assert_eq!(source.position(999), (2, 6));
        assert_eq!(source.place(4..999).span, 3..16);
    }

    #[test]
    fn bytes_are_a_text_or_are_refused_at_the_first_that_is_none() {
        let read = |bytes: &[u8]| match Source::from_bytes("a", bytes) {
            Ok(source) => source.text().to_owned(),
            Err(d) => format!("{} {}:{} {}", d.code, d.line(), d.column(), d.message),
        };
        assert_eq!(read(b"x = 1\r\n"), "x = 1\r\n");
        assert_eq!(read(b"\xef\xbb\xbfx = 1"), "x = 1");
        assert_eq!(read(b""), "");
        assert_eq!(read(b"x\n\xe7\xaa\x93\x83"), "not-utf8 2:2 byte 6 of the file (0x83) is no UTF-8");
        assert_eq!(read(b"\xef\xbb\xbfx\xff"), "not-utf8 1:2 byte 5 of the file (0xff) is no UTF-8");
        assert_eq!(read(b"\xff\xfex\0"), "not-utf8 1:1 byte 1 of the file (0xff) is of UTF-16, not of UTF-8");
        assert_eq!(read(b"x\ny\0"), "nul-byte 2:2 byte 4 of the file (0x00) is NUL, which no text holds");
    }
}
