//! One thing that is wrong, or doubtful, in a text.

use super::source::{Place, Source, Span};
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The text cannot be used.
    Error,
    /// The text can be used, but probably does not say what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// What is wrong, where, and what to type. Prints as text with the source line and carets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name of the kind of mistake: `unknown-key`, `missing-key`, …
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One lower-case line: what is wrong here.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words shown under the span; may be empty.
    pub label: String,
    /// The other place, where there is one, with a few words.
    pub second: Option<(Place, String)>,
    /// What to type, where it is known.
    pub help: Option<String>,
    /// What shows that it is so, a line each: the call for which it goes wrong, …
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error at a span of a source.
    pub fn error(code: &'static str, source: &Source, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: one_line(&message.into()),
            place: source.place(span),
            label: String::new(),
            second: None,
            help: None,
            notes: Vec::new(),
        }
    }

    /// A warning at a span of a source.
    pub fn warning(code: &'static str, source: &Source, span: Span, message: impl Into<String>) -> Self {
        Diagnostic::error(code, source, span, message).as_warning()
    }

    /// With words under the span.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = one_line(&label.into());
        self
    }

    /// With another place, in this source or another, and words under it.
    pub fn second(mut self, place: Place, label: impl Into<String>) -> Self {
        self.second = Some((place, one_line(&label.into())));
        self
    }

    /// With what to type.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(one_line(&help.into()));
        self
    }

    /// With what to type, where it is known.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.as_deref().map(one_line);
        self
    }

    /// With what shows that it is so, a line each.
    pub fn notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// The same as a warning.
    pub fn as_warning(self) -> Self {
        Diagnostic { severity: Severity::Warning, ..self }
    }

    /// Whether this need not be so once a syntax error is mended: it is on the same line, or misses
    /// something in the table where that line is.
    pub(super) fn follows_from(&self, syntax: &Diagnostic) -> bool {
        let (start, at) = (self.place.span.start, syntax.place.span.start);
        let rest = self.place.source.text().get(start..).unwrap_or_default();
        let table = start..start + rest.find("\n[").unwrap_or(rest.len()) + 1;
        self.line() == syntax.line() || self.code == "missing-key" && table.contains(&at)
    }

    /// Name of the file it is in.
    pub fn file(&self) -> &str {
        self.place.source.name()
    }

    /// Byte range in the file.
    pub fn span(&self) -> Span {
        self.place.span.clone()
    }

    /// Line, from 1.
    pub fn line(&self) -> usize {
        self.place.position().0
    }

    /// Column in characters, from 1.
    pub fn column(&self) -> usize {
        self.place.position().1
    }
}

/// Longest message, in characters: a name in it may be as long as a file.
const LONGEST_MESSAGE: usize = 300;

/// Names from a file may hold line ends, terminal codes or a million letters: shown as `\u{1b}`, and cut.
fn one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len().min(LONGEST_MESSAGE));
    for (count, c) in message.chars().enumerate() {
        match c {
            _ if count == LONGEST_MESSAGE => return line + "…",
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::render::text(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_short_line_whatever_the_file_holds() {
        let message = |text: &str| Diagnostic::error("x", &Source::new("a", ""), 0..0, text).message;
        assert_eq!(message("no `a\n\u{1b}[31m`"), "no `a\\n\\u{1b}[31m`");
        assert_eq!(message(&"窓".repeat(1_000)).chars().count(), 301);
    }
}
