//! A TOML document read key by key: every mistake is reported, every span kept.

use super::collector::Diagnostics;
use super::diagnostic::Diagnostic;
use super::source::{Source, Span};
use super::suggest::{did_you_mean, suggestion};
use super::syntax::{Objections, objections};
use super::value::{At, FromToml, Value};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed text. What could not be parsed was reported; the rest can still be read.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    source: &'a Source,
    root: Spanned<DeTable<'a>>,
    whole: bool,
}

impl<'a> Document<'a> {
    /// Parses; each syntax error becomes a diagnostic `syntax`, a key or table written twice one of
    /// `written-twice`.
    pub fn parse(source: &'a Source, found: &mut Diagnostics) -> Self {
        let (root, errors) = DeTable::parse_recoverable(source.text());
        let Objections { found: objections, whole } = objections(source, root.get_ref(), &errors);
        found.extend(objections);
        Document { source, root, whole }
    }

    /// Whether every line could be read as what it is. Where a list or a header is never closed the
    /// lines after it are not: what seems to be missing or unknown then may be neither.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The outermost table.
    pub fn table(&'a self) -> Table<'a> {
        Table::new(self.source, self.root.get_ref(), 0..0, "")
    }
}

struct Entry<'a> {
    key_span: Span,
    value: &'a Spanned<DeValue<'a>>,
}

/// A TOML table of which each key is asked for once; [`Table::finish`] reports the keys nobody
/// asked for.
pub struct Table<'a> {
    source: &'a Source,
    span: Span,
    path: String,
    entries: BTreeMap<&'a str, Entry<'a>>,
    asked: Vec<String>,
    /// Keys that are not written, but were meant by others that were reported.
    meant: Vec<String>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: &'a Source, table: &'a DeTable<'a>, span: Span, path: &str) -> Self {
        let entry = |(key, value): (&'a Spanned<_>, _)| {
            let key: &'a Spanned<std::borrow::Cow<'a, str>> = key;
            (key.get_ref().as_ref(), Entry { key_span: key.span(), value })
        };
        let entries = table.iter().map(entry).collect();
        Table { source, span, path: path.to_owned(), entries, asked: Vec::new(), meant: Vec::new() }
    }

    /// The text this table stands in.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// Where it stands: its header, or the whole of an inline table.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// The keys that lead to it, empty for the outermost: `step.language`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of a key in this table.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Whether the key is written (whether or not it was taken).
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where the key itself is written.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.get(key).map(|e| e.key_span.clone())
    }

    /// Reads a key; `None` where it is absent, or does not fit (which is reported).
    pub fn take<T: FromToml<'a>>(&mut self, key: &str, found: &mut Diagnostics) -> Option<At<T>> {
        self.value(key)?.read(found)
    }

    /// Reads a key that must be there; reports `missing-key` where it is not, unless [`Table::only`] has
    /// reported another key that it took for this one.
    pub fn need<T: FromToml<'a>>(&mut self, key: &str, found: &mut Diagnostics) -> Option<At<T>> {
        if !self.has(key) {
            self.asked.push(key.to_owned());
            if !self.meant.iter().any(|meant| meant == key) {
                found.push(self.missing(key));
            }
            return None;
        }
        self.take(key, found)
    }

    /// Reads a key, or uses a default where it is absent or does not fit (which is reported).
    pub fn take_or<T: FromToml<'a>>(&mut self, key: &str, default: T, found: &mut Diagnostics) -> T {
        self.take(key, found).map_or(default, |at| at.value)
    }

    /// Reads a table within; an absent one reads as empty, standing where this one stands.
    pub fn sub(&mut self, key: &str, found: &mut Diagnostics) -> Table<'a> {
        match self.take::<Table<'a>>(key, found) {
            Some(table) => table.value,
            None => self.empty(key),
        }
    }

    /// The raw value of a key, which counts as asked for.
    pub fn value(&mut self, key: &str) -> Option<Value<'a>> {
        self.asked.push(key.to_owned());
        let entry = self.entries.get(key)?;
        Some(Value::new(self.source, entry.value, self.path_of(key)))
    }

    /// Every key with its place and value, in the order written; all count as asked for. For tables
    /// whose keys are names.
    pub fn entries(&mut self) -> Vec<(At<String>, Value<'a>)> {
        let mut all: Vec<_> = self.entries.iter().collect();
        all.sort_by_key(|(_, entry)| entry.key_span.start);
        let read = |(key, entry): (&&'a str, &Entry<'a>)| {
            let name = At { value: (*key).to_owned(), span: entry.key_span.clone() };
            (name, Value::new(self.source, entry.value, self.path_of(key)))
        };
        let read: Vec<_> = all.into_iter().map(read).collect();
        self.asked.extend(read.iter().map(|(name, _)| name.value.clone()));
        read
    }

    /// Reports every key that nobody asked for, with a suggestion from those asked for.
    pub fn finish(mut self, found: &mut Diagnostics) {
        let asked = std::mem::take(&mut self.asked);
        let known: Vec<&str> = asked.iter().map(String::as_str).collect();
        self.only(&known, found);
    }

    /// Reports every key that is not among `known`, with a suggestion.
    pub fn only(&mut self, known: &[&str], found: &mut Diagnostics) {
        let place = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        let left_by_recovery = |key: &str| key.is_empty();
        let unknown = self.entries.iter().filter(|(key, _)| !left_by_recovery(key) && !known.contains(key));
        let mut meant = Vec::new();
        for (key, entry) in unknown {
            let near = did_you_mean(key, known.iter().copied().filter(|k| !self.has(k)));
            meant.extend(near.map(str::to_owned));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            found.push(
                self.error_at("unknown-key", entry.key_span.clone(), format!("unknown key `{key}`{place}"))
                    .maybe_help(help.or_else(|| suggestion(key, known.iter().copied()))),
            );
        }
        self.meant.extend(meant);
    }

    /// Reports a key that there is not, in words of its own, and takes it out.
    pub fn refuse(
        &mut self,
        key: &str,
        code: &'static str,
        message: &str,
        help: &str,
        found: &mut Diagnostics,
    ) {
        if let Some(entry) = self.entries.remove(key) {
            found.push(self.error_at(code, entry.key_span, message).help(help));
        }
    }

    /// An error at this table's header.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        self.error_at(code, self.span(), message)
    }

    /// An error anywhere in this table's text.
    pub fn error_at(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source, span, message)
    }

    /// The diagnostic for a key that must be there and is not.
    pub fn missing(&self, key: &str) -> Diagnostic {
        let place = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        self.error("missing-key", format!("`{key}` is missing{place}"))
    }

    fn empty(&self, key: &str) -> Table<'a> {
        Table {
            source: self.source,
            span: self.span(),
            path: self.path_of(key),
            entries: BTreeMap::new(),
            asked: Vec::new(),
            meant: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(text: &str, reader: impl FnOnce(&mut Table<'_>, &mut Diagnostics)) -> Vec<String> {
        let source = Source::new("t", text);
        let mut found = Diagnostics::new();
        let document = Document::parse(&source, &mut found);
        let mut table = document.table();
        reader(&mut table, &mut found);
        table.finish(&mut found);
        found
            .into_sorted()
            .iter()
            .map(|d| format!("{} {}:{} {}", d.code, d.line(), d.column(), d.message))
            .collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_in_one_run() {
        let text = "a = 1\nb = \"x\"\nc = \"5x\"\nd = 300\ne = [\"x\", 2]\n[sub]\nz = 1\n";
        let found = read(text, |t, found| {
            assert!(t.take::<String>("a", found).is_none());
            assert!(t.take::<bool>("b", found).is_none());
            assert!(t.take::<Duration>("c", found).is_none());
            assert!(t.take::<u8>("d", found).is_none());
            assert!(t.take::<Vec<At<String>>>("e", found).is_none());
            let mut sub = t.sub("sub", found);
            assert!(sub.need::<String>("y", found).is_none());
            sub.finish(found);
        });
        assert_eq!(
            found,
            [
                "wrong-type 1:5 `a` should be a string, not an integer",
                "wrong-type 2:5 `b` should be true or false, not a string",
                "bad-duration 3:5 `5x` is no duration",
                "out-of-range 4:5 `d` should lie between 0 and 255",
                "wrong-type 5:11 `e[1]` should be a string, not an integer",
                "missing-key 6:1 `y` is missing in `sub`",
                "unknown-key 7:1 unknown key `z` in `sub`",
            ]
        );
    }

    #[test]
    fn syntax_errors_are_diagnostics_and_the_rest_is_still_read() {
        let found = read("a = \nb = 2\n= 3\n", |t, found| {
            assert_eq!(t.take::<u32>("b", found).map(|b| b.value), Some(2));
            t.value("a");
        });
        assert!(found.len() >= 2 && found.iter().all(|f| f.starts_with("syntax ")), "{found:?}");
    }

    #[test]
    fn entries_come_in_the_order_written() {
        read("z = 1\na = 2\n", |t, _| {
            let names: Vec<String> = t.entries().into_iter().map(|(name, _)| name.value).collect();
            assert_eq!(names, ["z", "a"]);
        });
    }
}
