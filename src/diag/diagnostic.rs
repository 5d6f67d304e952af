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
            message: message.into(),
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
        self.label = label.into();
        self
    }

    /// With another place, in this source or another, and words under it.
    pub fn second(mut self, place: Place, label: impl Into<String>) -> Self {
        self.second = Some((place, label.into()));
        self
    }

    /// With what to type.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With what to type, where it is known.
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
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

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::render::text(self))
    }
}
