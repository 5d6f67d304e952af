//! A chart as the text of a Mermaid flow chart.

use super::chart::{Card, Chart, Kind};
use std::fmt::Write;

/// The whole chart.
pub(super) fn draw(chart: &Chart) -> String {
    let mut lines = String::from("flowchart LR\n");
    let title = text(&format!("{}: {}", chart.title, chart.numbers));
    let _infallible = writeln!(lines, "  plan[\"{title}\"] ~~~ start");
    let _infallible = writeln!(lines, "  start((start)) --> s{}", chart.start);
    for (at, card) in chart.cards.iter().enumerate() {
        let (open, close) = shape(card);
        let (name, about) = (text(&card.name), text(&card.about));
        let _infallible = writeln!(lines, "  s{at}{open}\"{name}<br/>{about}\"{close}");
    }
    for (at, card) in chart.cards.iter().enumerate() {
        for way in &card.ways {
            let arrow = if way.by_key { "-->" } else { "-.->" };
            let _infallible = writeln!(lines, "  s{at} {arrow}|\"{}\"| s{}", text(&way.label), way.to);
        }
    }
    lines
}

fn shape(card: &Card) -> (&'static str, &'static str) {
    match card.kind {
        Kind::Question => ("{{", "}}"),
        Kind::Hours => ("{", "}"),
        Kind::Waiting | Kind::Passing => ("[", "]"),
        Kind::Person | Kind::End => ("([", "])"),
    }
}

/// Text in which nothing is markup: Mermaid writes characters as `#` and their number.
fn text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                let _infallible = write!(escaped, "#{};", u32::from(c));
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
