//! A diagnostic as text: `file:line:column`, the source line, carets, and what to type.

use super::diagnostic::{Diagnostic, Severity};
use super::source::Place;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

/// The text of one diagnostic, without colours, without a final line end.
pub(super) fn text(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code).element(
        snippet(&diagnostic.place)
            .annotation(mark(AnnotationKind::Primary, &diagnostic.place, &diagnostic.label))
            .annotations(second_here(diagnostic)),
    );
    group = second_elsewhere(diagnostic, group);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    Renderer::plain().render(&[group])
}

fn snippet(place: &Place) -> Snippet<'_, Annotation<'_>> {
    Snippet::source(place.source.text()).path(place.source.name())
}

fn mark<'a>(kind: AnnotationKind, place: &Place, label: &'a str) -> Annotation<'a> {
    let mark = kind.span(place.span.clone());
    if label.is_empty() { mark } else { mark.label(label) }
}

/// The second label, where it is in the same file.
fn second_here(diagnostic: &Diagnostic) -> Option<Annotation<'_>> {
    let (place, label) = diagnostic.second.as_ref()?;
    let here = place.source == diagnostic.place.source;
    here.then(|| mark(AnnotationKind::Context, place, label))
}

/// The second label, where it is in another file.
fn second_elsewhere<'a>(diagnostic: &'a Diagnostic, group: Group<'a>) -> Group<'a> {
    match &diagnostic.second {
        Some((place, label)) if place.source != diagnostic.place.source => {
            group.element(snippet(place).annotation(mark(AnnotationKind::Context, place, label)))
        }
        _ => group,
    }
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
}
