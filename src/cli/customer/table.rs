//! Customers as a table: one line a contract, read with every mistake, written so that it reads as the same.
//!
//! A mistake is shown with its line, and a line has PINs: the text that is shown has a star for every digit of theirs, and
//! of every line that cannot be told to have its PINs where they belong.

use super::csv::{self, Cell, Row};
use crate::base::cell::meant;
use crate::base::{EntitlementKind, Product, SupportOption};
use crate::customer::{Contract, CustomerKey, Day, Pin, contract_name};
use crate::diag::{Diagnostic, Diagnostics, Source, Span, suggestion};
use std::collections::{BTreeMap, BTreeSet};

/// The columns, in the order that they are written in.
pub const COLUMNS: [&str; 13] = [
    "contract",
    "customer",
    "option",
    "products",
    "new_pricing",
    "japanese_support",
    "trial",
    "from",
    "until",
    "sites",
    "organizations",
    "messengers",
    "pins",
];
/// What stands in `pins` where a contract is to have none.
const NO_PINS: &str = "none";

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// The contract.
    pub contract: Contract,
    /// Its PINs, each with its place; none: those that it has.
    pub pins: Option<Vec<(Pin, Span)>>,
}

/// Reads a table; the first line names the columns, in any order.
///
/// # Errors
/// Every mistake in it.
pub fn read(name: &str, text: &str) -> Result<Vec<Line>, Vec<Diagnostic>> {
    let mut found = Diagnostics::new();
    let shown = shown(name, text);
    let source = &shown;
    let mut rows = csv::read(text, source).into_iter();
    let columns = match rows.next() {
        Some(Ok(header)) => columns(&header, source, &mut found),
        Some(Err(error)) => {
            found.push(*error);
            None
        }
        None => {
            found
                .push(Diagnostic::error("no-columns", source, 0..0, "the table is empty").help(begin_with()));
            None
        }
    };
    let mut lines = Vec::new();
    if let Some(columns) = columns {
        for row in rows {
            match row {
                Ok(row) => {
                    lines.extend(Reader { source, columns: &columns, row: &row, found: &mut found }.line())
                }
                Err(error) => found.push(*error),
            }
        }
        twice(&lines, source, &mut found);
    }
    found.finish(Some(lines)).map(|(lines, _)| lines.into_iter().map(|(line, _)| line).collect())
}

/// The text as it may be shown.
pub fn shown(name: &str, text: &str) -> Source {
    let stars = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "*");
    let hidden = Source::new(name, &stars(text));
    let mut rows = csv::read(text, &hidden).into_iter();
    let Some(Ok(header)) = rows.next() else { return hidden };
    let Some(columns) = columns(&header, &hidden, &mut Diagnostics::new()) else { return hidden };
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for row in rows.flatten().filter(|row| row.cells.len() == columns.len()) {
        let open = row.cells.iter().zip(&columns).filter(|(_, column)| **column != "pins");
        for Cell { span, .. } in open.map(|(cell, _)| cell) {
            shown += &stars(text.get(at..span.start).unwrap_or_default());
            shown += text.get(span.clone()).unwrap_or_default();
            at = span.end;
        }
    }
    shown += &stars(text.get(at..).unwrap_or_default());
    Source::new(name, &shown)
}

/// Writes contracts as a table, without a PIN of any.
pub fn write<'a>(contracts: impl IntoIterator<Item = &'a Contract>) -> String {
    let mut text = csv::write(&COLUMNS.map(str::to_string));
    for contract in contracts {
        let keys = |kind| {
            let of_kind = contract.keys.iter().filter(|key| key.kind() == kind);
            of_kind.map(|key| key.written().to_string()).collect::<Vec<String>>().join(";")
        };
        let products: Vec<&str> = contract.products.iter().map(|product| product.name()).collect();
        text += &csv::write(&[
            contract.number.clone(),
            contract.customer.clone(),
            contract.option.name().into(),
            products.join(";"),
            yes(contract.new_pricing),
            yes(contract.japanese_support),
            yes(contract.trial),
            contract.from.to_string(),
            contract.until.to_string(),
            keys(EntitlementKind::SiteUrl),
            keys(EntitlementKind::Org),
            keys(EntitlementKind::Messenger),
            String::new(),
        ]);
    }
    text
}

fn yes(is: bool) -> String {
    if is { "yes".into() } else { "no".into() }
}

/// Which column stands where; every column once, and no other.
fn columns(header: &Row, source: &Source, found: &mut Diagnostics) -> Option<Vec<&'static str>> {
    if let Some(error) = no_header(header, source) {
        found.push(error);
        return None;
    }
    let before = found.count();
    let mut columns = Vec::new();
    for cell in &header.cells {
        let Some(known) = column_of(&cell.text) else {
            // What stands there may be no column's name but a line with PINs: it is not said.
            let message = "there is no such column";
            let error = Diagnostic::error("unknown-column", source, cell.span.clone(), message);
            let name = cell.text.trim().to_ascii_lowercase();
            found.push(error.maybe_help(suggestion(&name, COLUMNS)));
            continue;
        };
        if columns.contains(&known) {
            let message = format!("column `{known}` is there twice");
            found.push(Diagnostic::error("column-twice", source, cell.span.clone(), message));
        }
        columns.push(known);
    }
    for missing in COLUMNS.iter().filter(|column| !columns.contains(column)) {
        let message = format!("column `{missing}` is missing");
        found.push(Diagnostic::error("missing-column", source, header.span.clone(), message));
    }
    (found.count() == before).then_some(columns)
}

fn column_of(text: &str) -> Option<&'static str> {
    let name = text.trim().to_ascii_lowercase();
    COLUMNS.into_iter().find(|column| *column == name)
}

/// A first line that names no column at all is one mistake, not one for each column.
fn no_header(header: &Row, source: &Source) -> Option<Diagnostic> {
    let names = |text: &str, sign: char| text.split(sign).filter_map(column_of).count();
    if header.cells.iter().any(|cell| column_of(&cell.text).is_some()) {
        return None;
    }
    let first = header.cells.first().map_or("", |cell| cell.text.as_str());
    let separators = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    let error = |code, message: &str| Diagnostic::error(code, source, header.span.clone(), message);
    Some(match separators.into_iter().find(|(sign, _)| names(first, *sign) > 1) {
        Some((_, what)) => error("separator", &format!("the columns are separated by {what}"))
            .help("separate them by commas: save the table as CSV (comma delimited), RFC 4180"),
        None => error("no-columns", "the first line names no column").help(begin_with()),
    })
}

fn begin_with() -> String {
    format!("begin with the line {}", COLUMNS.join(","))
}

/// Contracts and PINs that are there twice.
fn twice(lines: &[(Line, Span)], source: &Source, found: &mut Diagnostics) {
    let mut numbers: BTreeMap<String, Span> = BTreeMap::new();
    let mut pins: BTreeMap<&Pin, &Span> = BTreeMap::new();
    for (line, span) in lines {
        if let Some(first) = numbers.insert(line.contract.number.to_lowercase(), span.clone()) {
            let message = format!("contract `{}` is there already", line.contract.number);
            let error = Diagnostic::error("contract-twice", source, span.clone(), message);
            found.push(error.second(source.place(first), "here"));
        }
        for (pin, span) in line.pins.iter().flatten() {
            if let Some(first) = pins.insert(pin, span) {
                let error = Diagnostic::error("pin-twice", source, span.clone(), "this PIN is there already");
                found.push(error.second(source.place(first.clone()), "here"));
            }
        }
    }
}

/// One row on its way to a line.
struct Reader<'r> {
    source: &'r Source,
    columns: &'r [&'static str],
    row: &'r Row,
    found: &'r mut Diagnostics,
}

impl Reader<'_> {
    fn line(mut self) -> Option<(Line, Span)> {
        if self.row.cells.len() != self.columns.len() {
            let message =
                format!("this line has {} cells, and {} columns", self.row.cells.len(), self.columns.len());
            let start = self.row.span.start;
            self.wrong("cells", start..start, message);
            return None;
        }
        let number = self.name("contract");
        let customer = self.name("customer");
        let option = self.word("option", SupportOption::from_name, SupportOption::NAMES);
        let products = self.products();
        let new_pricing = self.flag("new_pricing");
        let japanese_support = self.flag("japanese_support");
        let trial = self.flag("trial");
        let days = self.days();
        let keys = [
            self.keys("sites", EntitlementKind::SiteUrl),
            self.keys("organizations", EntitlementKind::Org),
            self.keys("messengers", EntitlementKind::Messenger),
        ];
        let pins = self.pins();
        let [sites, organizations, messengers] = keys;
        let (from, until) = days?;
        let contract = Contract {
            number: number?,
            customer: customer?,
            option: option?,
            products: products?,
            new_pricing: new_pricing?,
            japanese_support: japanese_support?,
            trial: trial?,
            from,
            until,
            keys: sites?.into_iter().chain(organizations?).chain(messengers?).collect(),
        };
        Some((Line { contract, pins: pins? }, self.cell("contract").span))
    }

    fn cell(&self, column: &str) -> Cell {
        let at = self.columns.iter().position(|known| *known == column);
        let cell =
            at.and_then(|at| self.row.cells.get(at)).expect("every column is there, and a cell for each");
        Cell { text: meant(&cell.text).to_string(), span: cell.span.clone() }
    }

    fn wrong(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::error(code, self.source, span, message));
    }

    fn name(&mut self, column: &str) -> Option<String> {
        let cell = self.cell(column);
        contract_name(&cell.text).map_err(|why| self.wrong("bad-name", cell.span, why.to_string())).ok()
    }

    fn word<T>(&mut self, column: &str, of: impl Fn(&str) -> Option<T>, known: &[&'static str]) -> Option<T> {
        let cell = self.cell(column);
        self.one(cell.text.trim(), cell.span, column, of, known)
    }

    fn one<T>(
        &mut self,
        text: &str,
        span: Span,
        column: &str,
        of: impl Fn(&str) -> Option<T>,
        known: &[&'static str],
    ) -> Option<T> {
        let read = of(&text.to_ascii_lowercase());
        if read.is_none() {
            let error =
                Diagnostic::error("bad-value", self.source, span, format!("this is no value of `{column}`"));
            self.found.push(error.help(format!("one of: {}", known.join(", "))));
        }
        read
    }

    fn flag(&mut self, column: &str) -> Option<bool> {
        let of = |text: &str| match text {
            "yes" | "true" | "1" => Some(true),
            "no" | "false" | "0" | "" => Some(false),
            _ => None,
        };
        self.word(column, of, &["yes", "no"])
    }

    fn products(&mut self) -> Option<BTreeSet<Product>> {
        let cell = self.cell("products");
        let mut products = Some(BTreeSet::new());
        for text in listed(&cell.text) {
            let product = self.one(text, cell.span.clone(), "products", Product::from_name, Product::NAMES);
            products = products.zip(product).map(|(mut products, product)| {
                products.insert(product);
                products
            });
        }
        if products.as_ref().is_some_and(BTreeSet::is_empty) {
            self.wrong("bad-value", cell.span, "a contract has at least one product");
            return None;
        }
        products
    }

    fn days(&mut self) -> Option<(Day, Day)> {
        let [from, until] = ["from", "until"].map(|column| {
            let cell = self.cell(column);
            let day = Day::parse(cell.text.trim());
            if day.is_none() {
                self.wrong("bad-day", cell.span, format!("`{column}` is no day: write it as YYYY-MM-DD"));
            }
            day
        });
        let (from, until) = from.zip(until)?;
        if until < from {
            let span = self.cell("until").span;
            self.wrong("bad-day", span, "`until` is before `from`");
            return None;
        }
        Some((from, until))
    }

    fn keys(&mut self, column: &str, kind: EntitlementKind) -> Option<Vec<CustomerKey>> {
        let cell = self.cell(column);
        let mut keys = Vec::new();
        for text in listed(&cell.text) {
            match CustomerKey::parse(kind, text) {
                Ok(key) => keys.push(key),
                Err(why) => {
                    self.wrong("bad-key", cell.span.clone(), why.to_string());
                    return None;
                }
            }
        }
        Some(keys)
    }

    /// `None` where one is wrong; `Some(None)` where nothing is said of them.
    fn pins(&mut self) -> Option<Option<Vec<(Pin, Span)>>> {
        let cell = self.cell("pins");
        match cell.text.trim() {
            "" => return Some(None),
            NO_PINS => return Some(Some(Vec::new())),
            _ => {}
        }
        let read: Result<Vec<Pin>, _> = listed(&cell.text).map(Pin::parse).collect();
        match read {
            Ok(pins) => Some(Some(pins.into_iter().map(|pin| (pin, cell.span.clone())).collect())),
            Err(why) => {
                self.wrong("bad-pin", cell.span, why.to_string());
                None
            }
        }
    }
}

/// The members of a cell that lists several, with `;` between them.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests;
