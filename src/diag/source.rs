//! A text somebody wrote, and places in it.

use std::ops::Range;
use std::sync::Arc;

/// Byte range in a source's text.
pub type Span = Range<usize>;

/// The name and the text of a file; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

impl Source {
    /// A text and the name people know it by, usually a path.
    pub fn new(name: &str, text: &str) -> Self {
        Source { name: name.into(), text: text.into() }
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
        let before = &self.text[..floor(&self.text, offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    /// A place in this text; the span is cut to what the text holds.
    pub fn place(&self, span: Span) -> Place {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        Place { source: self.clone(), span: start..end }
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
}
