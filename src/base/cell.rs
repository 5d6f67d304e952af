//! Cells of tables for spreadsheets (CSV, RFC 4180), and what a spreadsheet would take for a formula.

use std::borrow::Cow;

/// What a cell begins with, spaces apart, that spreadsheets take for a formula; and the sign that says it is none.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\''];

/// A text that no spreadsheet takes for a formula: such a one gets a `'` before it, which [`meant`] takes off.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What a text that [`harmless`] made means.
pub fn meant(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// A text as a cell: in quotes where it holds what ends cells and rows.
pub fn quoted(text: &str) -> Cow<'_, str> {
    match text.contains(['"', ',', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches(' ').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_formula_is_left_and_each_text_is_had_back() {
        for (text, want) in [
            ("plain", "plain"),
            ("=HYPERLINK(\"http://evil\")", "'=HYPERLINK(\"http://evil\")"),
            ("+81312345678", "'+81312345678"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("\n=1", "'\n=1"),
            ("＝1", "'＝1"),
            ("'quoted", "''quoted"),
            ("''", "'''"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), want);
            assert_eq!(meant(&harmless(text)), text);
        }
        assert_eq!((meant("'x"), meant("'")), ("'x", "'"), "a name may begin with an apostrophe");
    }

    #[test]
    fn what_ends_cells_and_rows_is_quoted() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"\nthere", "\"say \"\"hi\"\"\nthere\""),
            ("", ""),
        ];
        for (text, want) in cases {
            assert_eq!(quoted(text), want);
        }
    }
}
