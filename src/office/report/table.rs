//! A report as CSV: a row for each line, of which part it is in the first cell.

use super::{Line, Report};

const HEAD: [&str; 9] = [
    "part",
    "name",
    "cases",
    "met",
    "breached",
    "undecided",
    "updates_missed",
    "answered_after_median_s",
    "answered_after_p90_s",
];

impl Report {
    /// As CSV (RFC 4180). No cell is anybody's free text.
    pub fn to_csv(&self) -> String {
        let one = |line| std::slice::from_ref(line);
        let parts = [
            ("all", one(&self.all)),
            ("unverified", self.unverified.as_slice()),
            ("before", one(&self.before)),
            ("severity", self.severities.as_slice()),
            ("product", self.products.as_slice()),
            ("month", self.months.as_slice()),
        ];
        let rows = parts.into_iter().flat_map(|(part, lines)| lines.iter().map(move |line| row(part, line)));
        std::iter::once(HEAD.join(",")).chain(rows).map(|row| row + "\r\n").collect()
    }
}

fn row(part: &str, line: &Line) -> String {
    let known = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let counts =
        [line.cases, line.met, line.breached, line.undecided, line.updates_missed].map(|n| n.to_string());
    let [median, p90] = [line.answered_after_median, line.answered_after_p90].map(known);
    format!("{part},{},{},{median},{p90}", line.name, counts.join(","))
}
