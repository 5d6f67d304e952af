//! A diagnostic as text: `file:line:column`, the source line, carets, and what to type.

use super::diagnostic::{Diagnostic, Severity};
use super::source::{Place, Span};
use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};

/// A place that runs over more lines is marked on its first one only.
const MOST_LINES: usize = 8;
/// Two places further apart are shown apart, each with its file and line.
const NEAR_LINES: usize = 100;

/// The text of one diagnostic, without colours, without a final line end.
pub(super) fn text(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let first = Mark::of(AnnotationKind::Primary, &diagnostic.place, &diagnostic.label);
    let second =
        diagnostic.second.as_ref().map(|(place, label)| Mark::of(AnnotationKind::Context, place, label));
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = match second {
        Some(second) if first.is_near(&second) => title.element(snippet(&[first, second])),
        Some(second) => title.element(snippet(&[first])).element(snippet(&[second])),
        None => title.element(snippet(&[first])),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    Renderer::plain().render(&[group])
}

/// A place to be marked, with its words.
#[derive(Clone)]
struct Mark<'a> {
    kind: AnnotationKind,
    place: &'a Place,
    /// The part that is marked.
    span: Span,
    /// The first and the last line it is on.
    lines: (usize, usize),
    label: &'a str,
}

impl<'a> Mark<'a> {
    fn of(kind: AnnotationKind, place: &'a Place, label: &'a str) -> Mark<'a> {
        let line = |at| place.source.position(at).0;
        let Span { start, end } = place.span.clone();
        let (first, last) = (line(start), line(end));
        let (last, end) = match last - first {
            0..MOST_LINES => (last, end),
            _ => (first, place.source.line_end(first)),
        };
        Mark { kind, place, span: start..end, lines: (first, last), label }
    }

    fn is_near(&self, other: &Mark<'_>) -> bool {
        self.place.source == other.place.source && self.lines.0.abs_diff(other.lines.0) < NEAR_LINES
    }
}

/// The lines of the marks and those between, cut out of their source: a file may be long.
fn snippet<'a>(marks: &[Mark<'a>]) -> Snippet<'a, Annotation<'a>> {
    let source = &marks[0].place.source;
    let first = marks.iter().map(|mark| mark.lines.0).min().unwrap_or(1);
    let last = marks.iter().map(|mark| mark.lines.1).max().unwrap_or(1);
    let (start, end) = (source.line_start(first), source.line_end(last));
    let annotation = |mark: &Mark<'a>| {
        let span = mark.span.start.saturating_sub(start)..mark.span.end.saturating_sub(start);
        let annotation = mark.kind.span(span);
        if mark.label.is_empty() { annotation } else { annotation.label(mark.label) }
    };
    Snippet::source(&source.text()[start..end])
        .path(source.name())
        .line_start(first)
        .annotations(marks.iter().map(annotation))
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    #[test]
    fn text_shows_the_line_the_caret_and_the_help() {
        let source = Source::new("a.toml", "x = 1\nmenue = 2\n");
        let text = Diagnostic::error("unknown-key", &source, 6..11, "unknown key `menue`")
            .label("not a key here")
            .help("did you mean `menu`?")
            .to_string();
        let wanted = "\
error[unknown-key]: unknown key `menue`
 --> a.toml:2:1
  |
2 | menue = 2
  | ^^^^^ not a key here
  |
  = help: did you mean `menu`?";
        assert_eq!(text, wanted);
    }

    #[test]
    fn an_empty_text_and_a_place_in_another_file_render() {
        let empty = Source::new("gone.toml", "");
        let other = Source::new("b.toml", "number = 7");
        let text = Diagnostic::error("file", &empty, 0..0, "cannot read")
            .second(other.place(9..10), "named here")
            .to_string();
        assert!(text.contains("gone.toml:1:1"), "{text}");
        assert!(text.contains("b.toml:1:10") && text.contains("named here"), "{text}");
    }

    #[test]
    fn places_far_apart_in_one_file_are_shown_apart_and_long_ones_by_their_first_line() {
        let long = Source::new(
            "a.toml",
            &format!("x = 1\n{}x = [\n{}]\n", "#\n".repeat(9_998), "1,\n".repeat(9_998)),
        );
        let at = long.text().find("x = [").expect("the list");
        let text = Diagnostic::error("twice", &long, at..long.text().len(), "twice")
            .second(long.place(0..1), "first here")
            .to_string();
        let wanted = "\
error[twice]: twice
     --> a.toml:10000:1
      |
10000 | x = [
      | ^^^^^
      |
     ::: a.toml:1:1
      |
    1 | x = 1
      | - first here";
        assert_eq!(text, wanted);
    }
}
