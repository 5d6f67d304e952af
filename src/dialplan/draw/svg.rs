//! A chart as a picture: cards in columns, a row for each way out, lines from rows to cards.

use super::chart::{Card, Chart, Kind, Way};
use super::columns::{Columns, Line};
use super::place::{HEAD, Places, ROW, named, text_width};
use std::fmt::Write;

/// Lines that lead to different cards near each other differ in colour.
const COLOURS: [&str; 8] =
    ["#1d4ed8", "#b45309", "#047857", "#b91c1c", "#6d28d9", "#0e7490", "#a21caf", "#4d7c0f"];
/// How to read the picture.
const LEGEND: &str =
    "Each row of a step is a way out of it. Bold: the caller presses a key. → leads far ahead, ↩ leads back.";
/// Above the cards.
const TOP: f64 = 110.0;

/// The whole picture.
pub(super) fn draw(chart: &Chart) -> String {
    let columns = Columns::of(chart);
    let places = Places::of(chart, &columns, TOP);
    let (width, height) = (places.size.0.max(900.0), places.size.1 + 30.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n"
    );
    svg += "<rect width=\"100%\" height=\"100%\" fill=\"#fcfcfb\"/>\n";
    svg += &head(chart);
    let loads = columns.loads(chart);
    let picture = Picture { shades: columns.shades(), chart, columns, places };
    let lines = picture.columns.lines.iter().zip(loads);
    lines.for_each(|(line, load)| svg += &picture.line(*line, chart.width(load, 1.6, 12.0)));
    svg += &picture.start();
    chart.cards.iter().enumerate().for_each(|(at, card)| svg += &picture.card(at, card));
    svg + "</svg>\n"
}

fn head(chart: &Chart) -> String {
    let (title, numbers) = (escape(&chart.title), escape(&chart.numbers));
    let mut head = format!("<title>{title}</title>\n");
    let _infallible =
        writeln!(head, "<text x=\"24\" y=\"36\" font-size=\"22\" font-weight=\"bold\">{title}</text>");
    let _infallible = writeln!(head, "<text x=\"24\" y=\"58\" font-size=\"14\">{numbers}</text>");
    let _infallible = writeln!(head, "<text x=\"24\" y=\"80\" fill=\"#57534e\">{LEGEND}</text>");
    head
}

/// A chart with the place and colour of everything.
struct Picture<'a> {
    chart: &'a Chart,
    columns: Columns,
    places: Places,
    shades: Vec<usize>,
}

impl Picture<'_> {
    fn start(&self) -> String {
        let Some((x, y)) = self.places.at.get(self.chart.start) else { return String::new() };
        let (left, y) = (x - 72.0, y + HEAD / 2.0);
        format!(
            "<g transform=\"translate({left:.1} {y:.1})\"><rect y=\"-12\" width=\"50\" height=\"24\" rx=\"12\" \
             fill=\"#1c1917\"/><text x=\"25\" y=\"4\" fill=\"#fff\" text-anchor=\"middle\">start</text>\
             <path d=\"M50 0h22\" stroke=\"#1c1917\" stroke-width=\"2\"/></g>\n"
        )
    }

    /// A line between two columns, and across the second where it only passes.
    fn line(&self, line: Line, width: f64) -> String {
        let ((x, y), (to_x, to_y)) =
            (self.places.leaves(&self.columns, line), self.places.arrives(&self.columns, line));
        let to = self.columns.items[line.to];
        let (middle, colour) = (f64::midpoint(x, to_x), self.colour(to.card));
        let mut path = format!("M{x:.1} {y:.1}C{middle:.1} {y:.1} {middle:.1} {to_y:.1} {to_x:.1} {to_y:.1}");
        let mut point = String::new();
        if to.is_bend {
            let _infallible = write!(path, "h{:.1}", self.places.width[line.to]);
        } else {
            point = format!("<path d=\"M{to_x:.1} {to_y:.1}l-8 -4v8z\" fill=\"{colour}\"/>");
        }
        format!("<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width:.1}\"/>{point}\n")
    }

    fn colour(&self, card: usize) -> &'static str {
        COLOURS[self.shades[card] % COLOURS.len()]
    }

    fn card(&self, at: usize, card: &Card) -> String {
        let ((x, y), width) = (self.places.at[at], self.places.width[at]);
        let height = HEAD + ROW * card.ways.len() as f64;
        let (fill, round) = look(card.kind);
        let (full_name, full_about) = (escape(&card.name), escape(&card.about));
        let (name, about) = (shown(&card.name, (width - 20.0) / 1.1), shown(&card.about, width - 20.0));
        let mut svg = format!(
            "<g id=\"c{at}\" transform=\"translate({x:.1} {y:.1})\" stroke=\"none\">\
             <title>{full_name} ({full_about})</title>\
             <rect width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round}\" fill=\"#fff\" stroke=\"#78716c\"/>\
             <rect width=\"{width:.1}\" height=\"{HEAD}\" rx=\"{round}\" fill=\"{fill}\" stroke=\"#78716c\"/>\
             <text x=\"12\" y=\"18\" font-size=\"13\" font-weight=\"bold\">{name}</text>\
             <text x=\"12\" y=\"34\" fill=\"#44403c\">{about}</text>\n"
        );
        (0..card.ways.len()).for_each(|row| svg += &self.row(at, row, width));
        svg + "</g>\n"
    }

    /// A way out: what takes it, and where it leads where no short line says so.
    fn row(&self, at: usize, row: usize, width: f64) -> String {
        let card = &self.chart.cards[at];
        let Way { label, to, by_key, calls } = &card.ways[row];
        let (from, way, name) = (escape(&card.name), escape(label), escape(&self.chart.cards[*to].name));
        let calls = calls.map_or(String::new(), |calls| format!(": {calls} calls"));
        let text = card.ways[row].text();
        let (y, colour) = (HEAD + ROW * (row as f64 + 0.7), self.colour(*to));
        let weight = if *by_key { "bold" } else { "normal" };
        let label = shown(&text, width - 20.0);
        let mut svg = format!(
            "<g fill=\"{colour}\"><title>{from}: {way} → {name}{calls}</title>\
             <text x=\"12\" y=\"{y:.1}\" font-weight=\"{weight}\">{label}</text>"
        );
        if let Some(named) = named(self.chart, &self.columns, at, row) {
            let (right, named) = (width - 8.0, shown(&named, width - 34.0 - text_width(&text)));
            let _infallible = write!(
                svg,
                "<a href=\"#c{to}\"><text x=\"{right:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{named}</text></a>"
            );
        }
        svg + "</g>\n"
    }
}

/// The colour of a card's head, and how round its corners are.
fn look(kind: Kind) -> (&'static str, u32) {
    match kind {
        Kind::Question => ("#dbeafe", 4),
        Kind::Hours => ("#fef3c7", 4),
        Kind::Waiting => ("#dcfce7", 4),
        Kind::Passing => ("#f5f5f4", 4),
        Kind::Person => ("#86efac", 16),
        Kind::End => ("#d6d3d1", 16),
    }
}

/// As much of a text as there is room for.
fn shown(text: &str, room: f64) -> String {
    if text_width(text) <= room {
        return escape(text);
    }
    let mut used = 12.0;
    let fits = text.chars().take_while(|c| {
        used += text_width(c.encode_utf8(&mut [0; 4]));
        used <= room
    });
    format!("{}…", escape(&fits.collect::<String>()))
}

/// Text in which nothing is markup, without characters that XML forbids.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
