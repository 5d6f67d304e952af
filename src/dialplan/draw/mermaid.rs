//! A chart as the text of a Mermaid flow chart.

use super::chart::{Card, Chart, Kind, Way};
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
            let _infallible = writeln!(lines, "  s{at} {arrow}|\"{}\"| s{}", text(&way.text()), way.to);
        }
    }
    lines + &widths(chart)
}

/// The lines that calls took, by their number: two lines lead to the start.
fn widths(chart: &Chart) -> String {
    let ways = chart.cards.iter().flat_map(|card| &card.ways);
    let taken = ways.zip(2..).filter(|(way, _)| way.calls.is_some_and(|calls| calls > 0));
    let style = |(way, line): (&Way, u32)| {
        format!("  linkStyle {line} stroke-width:{:.1}px\n", chart.width(way.calls, 2.0, 10.0))
    };
    taken.map(style).collect()
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
