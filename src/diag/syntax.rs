//! What the TOML parser objects to, said to whoever wrote the file: one mistake, one diagnostic.
//!
//! The parser goes on after a mistake, and objects again to what follows from it: a list that is never
//! closed swallows the lines after it, a table written twice repeats every key. What follows is left out.

mod twice;
mod words;

use super::diagnostic::Diagnostic;
use super::source::{Source, Span};
use toml::de::{DeTable, DeValue};
use twice::Twice;
use words::WORDS;

/// Most objections that are told: a file with more is none that somebody wrote.
const MOST: usize = 1_000;

/// What was found in a text, and whether what was read is all there was to read.
pub(super) struct Objections {
    /// In the order of the text.
    pub(super) found: Vec<Diagnostic>,
    /// Whether every line was read as what it is: not so after a list or header that is never closed.
    pub(super) whole: bool,
}

/// The parser's objections as diagnostics, one a line.
pub(super) fn objections(source: &Source, root: &DeTable<'_>, errors: &[toml::de::Error]) -> Objections {
    let mut raw: Vec<Raw<'_>> = errors.iter().map(|error| Raw::new(error, source.text())).collect();
    raw.sort_by_key(|raw| raw.span.start);
    let mut found = Vec::new();
    let only_twice = raw.iter().all(|raw| raw.is("duplicate key"));
    let breaks_off = raw.iter().any(|raw| raw.breaks_off(source.text()));
    let mut whole = only_twice || !breaks_off && has_all_headers(source.text(), root);
    let open = if only_twice { None } else { never_closed(source.text(), root, &raw) };
    if let Some(open) = open {
        whole = false;
        let noticed = raw.iter().find(|raw| raw.span.start > open.start).map(|raw| raw.span.start);
        raw.retain(|raw| raw.span.start < open.start);
        found.push(unclosed(source, open, noticed));
    }
    let mut twice = Twice::default();
    for raw in &raw {
        match (raw.is("duplicate key"), raw.is("cannot extend value")) {
            (true, _) => found.extend(twice.report(source, raw.span.clone())),
            (_, true) => found.push(twice.extended(source, raw.span.clone())),
            _ => found.push(raw.diagnostic(source)),
        }
    }
    found.sort_by_key(|d| d.place.span.start);
    found.dedup_by_key(|d| d.line());
    found.truncate(MOST);
    Objections { found, whole }
}

/// Whether each line that looks like a header was read as one.
fn has_all_headers(text: &str, root: &DeTable<'_>) -> bool {
    let mut starts = Vec::new();
    let mut tables = vec![root];
    while let Some(table) = tables.pop() {
        starts.extend(table.keys().map(|key| key.span().start));
        tables.extend(table.values().flat_map(|value| tables_in(value.get_ref())));
    }
    starts.sort_unstable();
    let mut line_start = 0;
    text.split_inclusive('\n').all(|line| {
        let (start, end) = (line_start, line_start + line.len());
        line_start = end;
        let first = starts.partition_point(|at| *at < start);
        !line.starts_with('[') || starts.get(first).is_some_and(|at| *at < end)
    })
}

/// An objection as the parser makes it.
struct Raw<'a> {
    message: &'a str,
    span: Span,
}

impl<'a> Raw<'a> {
    fn new(error: &'a toml::de::Error, text: &str) -> Raw<'a> {
        let span = error.span().unwrap_or(0..0);
        let start = span.start.min(text.len());
        Raw { message: error.message(), span: start..span.end.clamp(start, text.len()) }
    }

    fn is(&self, beginning: &str) -> bool {
        self.message.starts_with(beginning)
    }

    /// Whether what follows was not read as what it is.
    fn breaks_off(&self, text: &str) -> bool {
        let ends_in_text = self.is("invalid basic string") && self.span.end >= text.trim_end().len();
        self.is("unclosed") || self.is("invalid multi-line") || ends_in_text
    }

    fn diagnostic(&self, source: &Source) -> Diagnostic {
        let written = source.text().get(self.span.clone()).unwrap_or("");
        let after = source.text().get(self.span.start..).unwrap_or("").trim_start();
        let known = WORDS.iter().find(|words| self.is(words.begins) && (words.fits)(written, after));
        let error = |message: &str| Diagnostic::error("syntax", source, self.span.clone(), message);
        match known {
            Some(words) => error(words.message).help(words.help),
            None => error(&self.message.lines().map(str::trim).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Where the innermost list or inline table begins that the text never closes, or closes lines later
/// with the bracket of something else.
fn never_closed(text: &str, root: &DeTable<'_>, raw: &[Raw<'_>]) -> Option<Span> {
    let swallowed = ["unexpected `=` in array", "missing key for inline table"];
    let swallows = |span: &Span| {
        let within = |raw: &&Raw<'_>| span.contains(&raw.span.start.saturating_sub(1));
        raw.iter().filter(within).any(|raw| swallowed.iter().any(|beginning| raw.is(beginning)))
    };
    let mut innermost: Option<usize> = None;
    let mut values: Vec<_> = root.values().collect();
    while let Some(value) = values.pop() {
        let close = match value.get_ref() {
            DeValue::Array(array) => {
                values.extend(array.iter());
                ('[', ']')
            }
            DeValue::Table(table) => {
                values.extend(table.values());
                ('{', '}')
            }
            _ => continue,
        };
        let (span, written) = (value.span(), text.get(value.span()).unwrap_or_default());
        if written.starts_with(close.0) && (!written.ends_with(close.1) || swallows(&span)) {
            innermost = innermost.max(Some(span.start));
        }
    }
    innermost.map(|start| start..start + 1)
}

fn unclosed(source: &Source, open: Span, noticed: Option<usize>) -> Diagnostic {
    let is_list = source.text().get(open.clone()) == Some("[");
    let (what, bracket) = if is_list { ("list", "]") } else { ("table", "}") };
    let error = Diagnostic::error("syntax", source, open, format!("this {what} is not closed"))
        .help(format!("write `{bracket}` at its end"));
    match noticed.filter(|at| *at < source.text().trim_end().len()) {
        Some(at) => error.label("begins here").second(source.place(at..at + 1), "this cannot lie in it"),
        None => error.label("begins here, and the file ends within it"),
    }
}

/// The tables directly in a value.
fn tables_in<'v, 'a>(value: &'v DeValue<'a>) -> Vec<&'v DeTable<'a>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(list) => list.iter().flat_map(|value| tables_in(value.get_ref())).collect(),
        _ => Vec::new(),
    }
}
