//! Keys written twice, with both places: the parser knows the second only.

use super::super::diagnostic::Diagnostic;
use super::super::source::{Source, Span};
use super::tables_in;
use toml::de::DeTable;

/// Most keys for which the first place is looked up: each costs another parse.
const MOST_TWICE: usize = 20;

/// Keys and tables written twice.
#[derive(Default)]
pub(super) struct Twice {
    looked_up: usize,
    /// Up to where what is written belongs to a table reported already.
    covered: usize,
}

impl Twice {
    /// The second place, with the first; `None` where it belongs to a table reported already.
    pub(super) fn report(&mut self, source: &Source, second: Span) -> Option<Diagnostic> {
        if second.start < self.covered {
            return None;
        }
        let text = source.text();
        let is_header = is_header(text, second.start);
        if is_header {
            self.covered = text[second.end..].find("\n[").map_or(text.len(), |at| second.end + at);
        }
        let message = format!("`{}` is written twice", as_written(text, &second));
        let error = Diagnostic::error("written-twice", source, second.clone(), message).help(if is_header {
            "give one of them another name"
        } else {
            "leave out one of them"
        });
        let first = self.first(text, &second);
        Some(match first {
            Some(first) => error.label("again here").second(source.place(first), "first here"),
            None => error,
        })
    }

    /// Something is put under a key that holds a value already.
    pub(super) fn extended(&mut self, source: &Source, key: Span) -> Diagnostic {
        let first = self.first(source.text(), &key);
        let message = format!("`{}` holds a value already", as_written(source.text(), &key));
        let error = Diagnostic::error("syntax", source, key, message)
            .help("write all that belongs to it in one place");
        match first {
            Some(first) => {
                error.label("nothing can lie under it").second(source.place(first), "its value is here")
            }
            None => error,
        }
    }

    fn first(&mut self, text: &str, second: &Span) -> Option<Span> {
        self.looked_up += 1;
        if self.looked_up <= MOST_TWICE { first_of(text, second) } else { None }
    }
}

/// The key with what stands before it on its line, or its whole header: `keys.1`, `[step.hello]`.
fn as_written<'t>(text: &'t str, key: &Span) -> &'t str {
    let line = text[..key.start].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line..key.start].trim_start();
    let begin = key.start - before.len();
    match before.chars().next() {
        Some('[') => &text[begin..text[key.end..].find(']').map_or(key.end, |at| key.end + at + 1)],
        _ if before.contains(['=', '{', ',']) => &text[key.clone()],
        _ => &text[begin..key.end],
    }
}

/// Whether this place is on a line that begins with `[`.
fn is_header(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].trim_start().starts_with('[')
}

/// Where the key was written first that stands again at `second`: with another name in its second
/// place the text is read once more, and the first stands beside that name.
fn first_of(text: &str, second: &Span) -> Option<Span> {
    let stranger = (0..).map(|n| format!("stranger-{n}")).find(|name| !text.contains(name.as_str()))?;
    let renamed = format!("{}{stranger}{}", &text[..second.start], &text[second.end..]);
    let (root, _) = DeTable::parse_recoverable(&renamed);
    let key = text.get(second.clone())?.trim_matches(['"', '\'']);
    let mut tables = vec![root.get_ref()];
    while let Some(table) = tables.pop() {
        if table.contains_key(stranger.as_str()) {
            let (first, _) = table.get_key_value(key)?;
            return Some(first.span()).filter(|first| first.end <= second.start);
        }
        tables.extend(table.values().flat_map(|value| tables_in(value.get_ref())));
    }
    None
}
