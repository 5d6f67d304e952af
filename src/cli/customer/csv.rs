//! CSV as RFC 4180 has it, read with the place of every cell.

use crate::base::cell::{harmless, quoted};
use crate::diag::{Diagnostic, Source, Span};

/// Longest cell, in bytes: ten times the longest that is of use.
pub const LONGEST_CELL: usize = 16 * 1024;

/// A cell: what it says, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text, quotes taken off.
    pub text: String,
    /// Its place in the file.
    pub span: Span,
}

/// A row that has cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// The whole row.
    pub span: Span,
}

/// Reads every row; empty lines are none. What is wrong of a row is told at its place in `shown`, which is the same
/// text as far as its lines and columns go.
pub fn read(text: &str, shown: &Source) -> Vec<Result<Row, Box<Diagnostic>>> {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { source: shown, text, at: mark };
    std::iter::from_fn(|| scanner.row()).collect()
}

struct Scanner<'a> {
    source: &'a Source,
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// The next row; `None` at the end of the file.
    fn row(&mut self) -> Option<Result<Row, Box<Diagnostic>>> {
        while self.rest().starts_with(['\n', '\r']) {
            self.at += 1;
        }
        if self.rest().is_empty() {
            return None;
        }
        let start = self.at;
        let mut cells = Vec::new();
        let mut wrong = None;
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(error) => {
                    wrong.get_or_insert(error);
                }
            }
            if !self.eat(',') {
                break;
            }
        }
        let span = start..self.at;
        Some(wrong.map_or(Ok(Row { cells, span }), Err))
    }

    fn cell(&mut self) -> Result<Cell, Box<Diagnostic>> {
        let start = self.at;
        let text = if self.eat('"') { self.quoted(start)? } else { self.plain() };
        let span = start..self.at;
        if text.len() > LONGEST_CELL {
            let message = format!("a cell has at most {LONGEST_CELL} bytes, this one has {}", text.len());
            // Of a line this long no more is shown than leads there.
            let begins = Source::new(self.source.name(), self.source.text().get(..start).unwrap_or_default());
            return Err(Diagnostic::error("too-long", &begins, start..start, message).into());
        }
        Ok(Cell { text, span })
    }

    /// Up to the next comma or the end of the line.
    fn plain(&mut self) -> String {
        let rest = self.rest();
        let text = rest.split([',', '\n', '\r']).next().unwrap_or_default().to_string();
        self.at += text.len();
        text
    }

    /// Up to the closing quote; two are one that is meant.
    fn quoted(&mut self, start: usize) -> Result<String, Box<Diagnostic>> {
        let mut text = String::new();
        loop {
            let Some((before, _)) = self.rest().split_once('"') else {
                self.at = self.text.len();
                return Err(self.error("open-quote", start..start + 1, "this quote is never closed"));
            };
            text.push_str(before);
            self.at += before.len() + 1;
            if !self.eat('"') {
                break;
            }
            text.push('"');
        }
        if self.rest().is_empty() || self.rest().starts_with([',', '\n', '\r']) {
            return Ok(text);
        }
        let at = self.at;
        self.plain();
        Err(self.error(
            "after-quote",
            at..at + 1,
            "after the closing quote comes a comma or the end of the line",
        ))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, sign: char) -> bool {
        let is = self.rest().starts_with(sign);
        self.at += if is { sign.len_utf8() } else { 0 };
        is
    }

    fn error(&self, code: &'static str, span: Span, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(code, self.source, span, message).into()
    }
}

/// Writes a row, with no cell that a spreadsheet would take for a formula.
pub fn write(row: &[String]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| quoted(&harmless(cell)).into_owned()).collect();
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cell::meant;

    /// Its cells, or where the mistake is and which.
    type Told = Result<Vec<String>, (usize, usize, &'static str)>;

    fn rows(text: &str) -> Vec<Told> {
        let source = Source::new("a.csv", text);
        let cells = |row: Row| row.cells.into_iter().map(|cell| cell.text).collect();
        let place = |error: Box<Diagnostic>| (error.line(), error.column(), error.code);
        read(text, &source).into_iter().map(|row| row.map(cells).map_err(place)).collect()
    }

    fn good(cells: &[&str]) -> Told {
        Ok(cells.iter().map(|cell| (*cell).to_string()).collect())
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        let text = "\u{feff}a,b\r\n\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n,\n東京,";
        let want =
            [good(&["a", "b"]), good(&["x, \"y\"", "two\nlines"]), good(&["", ""]), good(&["東京", ""])];
        assert_eq!(rows(text), want);
        assert_eq!(rows(""), []);
    }

    #[test]
    fn what_is_wrong_of_a_row_is_told_at_its_place_and_the_next_is_read() {
        let long = "x".repeat(LONGEST_CELL + 1);
        assert_eq!(rows(&format!("a,{long},b\nc")), [Err((1, 3, "too-long")), good(&["c"])]);
        assert_eq!(rows("\"a\"b,c\nd"), [Err((1, 4, "after-quote")), good(&["d"])]);
        assert_eq!(rows("a\nb,\"c\nd"), [good(&["a"]), Err((2, 3, "open-quote"))]);
    }

    #[test]
    fn what_is_written_is_read_again_and_no_spreadsheet_calculates_it() {
        for cell in
            ["=1+1", "+81", "-1", "@SUM(A1)", "\tx", "'quoted", "''", "plain", "a,b", "\"", "", "東京\n"]
        {
            let line = write(&[cell.to_string(), "end".into()]);
            assert!(!line.trim_start_matches('"').starts_with(['=', '+', '-', '@', '\t']), "{line}");
            let source = Source::new("a.csv", &line);
            let row = read(&line, &source).remove(0).expect("a row");
            assert_eq!(meant(&row.cells[0].text), cell, "{line}");
            assert_eq!(row.cells[1].text, "end");
        }
    }
}
