//! How commands print: data in two forms to standard output, everything else to standard error.

use crate::diag::Diagnostic;
use serde::Serialize;
use std::io::Write;

/// `--format text|json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: the names are a promise.
    Json,
}

/// A value as indented JSON with a line end.
pub fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("mirrors have string keys only");
    format!("{text}\n")
}

/// Prints to standard output. Whoever reads it may stop early: then nobody wants the rest.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _unread = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to standard error.
pub fn complain(text: &str) {
    let _unread = std::io::stderr().lock().write_all(text.as_bytes());
}

/// One clear line on standard error.
pub fn complain_line(text: impl std::fmt::Display) {
    complain(&format!("madoguchi: {text}\n"));
}

/// Prints diagnostics to standard error, each with its source line.
pub fn complain_of(diagnostics: &[Diagnostic]) {
    let text: String = diagnostics.iter().map(|d| format!("{d}\n\n")).collect();
    complain(&text);
}

/// Rows as columns of their widest cell, two spaces apart; the last column is not padded. Cells but
/// the last are expected to be of half-width characters. What a terminal would act on is left out:
/// some of the text comes from peers.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(widest).collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> =
        cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    let line: String = padded.join("  ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_clean() {
        let rows = [["a", "bb", "c\u{1b}[2J\nd"], ["aaa", "b", ""]].map(|row| row.map(str::to_string));
        assert_eq!(columns(&rows), "a    bb  c [2J d\naaa  b\n");
    }
}
