//! A chart as the text of a Graphviz graph.

use super::chart::{Card, Chart, Kind};
use std::fmt::Write;

/// The whole graph.
pub(super) fn draw(chart: &Chart) -> String {
    let title = text(&format!("{}\n{}", chart.title, chart.numbers));
    let mut dot = format!("digraph dialplan {{\n  graph [rankdir=LR, labelloc=t, label={title}]\n");
    dot += "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]\n";
    dot += "  edge [fontname=\"sans-serif\", fontsize=10]\n  start [shape=circle, label=start]\n";
    let _infallible = writeln!(dot, "  start -> s{}", chart.start);
    for (at, card) in chart.cards.iter().enumerate() {
        let label = text(&format!("{}\n{}", card.name, card.about));
        let _infallible = writeln!(dot, "  s{at} [label={label}{}]", look(card));
    }
    for (at, card) in chart.cards.iter().enumerate() {
        for way in &card.ways {
            let style = if way.by_key { "" } else { ", style=dashed" };
            let width = match way.calls {
                Some(_) => format!(", penwidth={:.1}", chart.width(way.calls, 1.0, 8.0)),
                None => String::new(),
            };
            let label = text(&way.text());
            let _infallible = writeln!(dot, "  s{at} -> s{} [label={label}{style}{width}]", way.to);
        }
    }
    dot + "}\n"
}

fn look(card: &Card) -> &'static str {
    match card.kind {
        Kind::Question => ", fillcolor=\"#dbeafe\"",
        Kind::Hours => ", fillcolor=\"#fef3c7\"",
        Kind::Waiting => ", fillcolor=\"#dcfce7\"",
        Kind::Passing => "",
        Kind::Person => ", shape=oval, style=filled, fillcolor=\"#86efac\"",
        Kind::End => ", shape=oval, style=filled, fillcolor=\"#e5e7eb\"",
    }
}

/// A quoted string.
fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
