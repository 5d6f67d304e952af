//! Which card stands in which column, and in which order: a line leads to the right, always.
//!
//! Each card stands one column right of the last card that leads to it. Lines that pass a column bend
//! through it between the cards; all lines to one card share their bends. Ways that lead back, and ways
//! over more than [`FARTHEST`] columns, are not lines: the card names where they lead.

use super::chart::Chart;
use std::collections::BTreeMap;

/// Most columns that a line leads over.
const FARTHEST: usize = 16;
/// How often the order is improved, there and back.
const SWEEPS: usize = 12;

/// Cards and bends in columns.
pub(super) struct Columns {
    /// Cards first, with the chart's numbers; then bends.
    pub items: Vec<Item>,
    /// Lines between neighbouring columns, from the left.
    pub lines: Vec<Line>,
    /// Items of each column, from the top.
    pub columns: Vec<Vec<usize>>,
}

/// A card, or a place where a line passes a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// Its column, 0 = leftmost.
    pub column: usize,
    /// The card it is, or leads to.
    pub card: usize,
    /// Whether it is a bend.
    pub is_bend: bool,
}

/// A line from one column to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// From this item …
    pub from: usize,
    /// … and of its ways, by number, this one; 0 of a bend.
    pub way: usize,
    /// To this item.
    pub to: usize,
}

/// How the picture says where a way leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// By a line to the next column.
    Near,
    /// By a line over several columns, and by name.
    Far,
    /// By name alone.
    Named,
}

impl Columns {
    /// Finds a column and a place in it for every card.
    pub fn of(chart: &Chart) -> Columns {
        let mut columns = Columns::unordered(chart);
        for _ in 0..SWEEPS {
            columns.sweep(chart, true);
            columns.sweep(chart, false);
        }
        columns
    }

    /// How the picture says where a way leads, by the number of its card and its own.
    pub fn reach(&self, from: usize, way: usize) -> Reach {
        let column = self.items.get(from).map_or(0, |item| item.column);
        let line = self.right_of(column).iter().find(|line| line.from == from && line.way == way);
        match line.and_then(|line| self.items.get(line.to)) {
            Some(to) if to.is_bend => Reach::Far,
            Some(_) => Reach::Near,
            None => Reach::Named,
        }
    }

    /// The lines that leave a column.
    pub fn right_of(&self, column: usize) -> &[Line] {
        let before = |column| self.lines.partition_point(|line| self.items[line.from].column < column);
        &self.lines[before(column)..before(column + 1)]
    }

    /// The lines that come to a column.
    pub fn left_of(&self, column: usize) -> &[Line] {
        column.checked_sub(1).map_or(&[], |before| self.right_of(before))
    }

    /// How many calls went along each line, where they are counted: lines to one card share their bends.
    pub fn loads(&self, chart: &Chart) -> Vec<Option<u64>> {
        let mut through: BTreeMap<usize, u64> = BTreeMap::new();
        let load = |line: &Line| {
            let calls = match self.items[line.from].is_bend {
                true => through.get(&line.from).copied(),
                false => chart.cards.get(line.from)?.ways.get(line.way)?.calls,
            };
            *through.entry(line.to).or_default() += calls?;
            calls
        };
        self.lines.iter().map(load).collect()
    }

    /// A number for each card that differs from its neighbours' in its column.
    pub fn shades(&self) -> Vec<usize> {
        let mut shades = vec![0; self.items.len()];
        for (at, column) in self.columns.iter().enumerate() {
            let cards = column.iter().filter(|item| !self.items[**item].is_bend);
            cards.enumerate().for_each(|(place, card)| shades[*card] = place + 3 * at);
        }
        shades
    }

    fn unordered(chart: &Chart) -> Columns {
        let walk = Walk::through(chart);
        let column_of = walk.columns(chart);
        let items = column_of.iter().enumerate();
        let items = items.map(|(card, column)| Item { column: *column, card, is_bend: false }).collect();
        let mut all = Columns { items, lines: Vec::new(), columns: Vec::new() };
        let mut bends = BTreeMap::new();
        for (from, card) in chart.cards.iter().enumerate() {
            for (way, to) in card.ways.iter().map(|way| way.to).enumerate() {
                all.lead(Line { from, way, to }, &mut bends);
            }
        }
        all.fill(&walk.rank);
        let items = &all.items;
        all.lines.sort_by_key(|line| (items.get(line.from).map(|item| item.column), *line));
        all
    }

    /// Leads a line to a card, over bends where it passes columns.
    fn lead(&mut self, line: Line, bends: &mut BTreeMap<(usize, usize), usize>) {
        let (Some(from), Some(to)) = (self.items.get(line.from), self.items.get(line.to)) else { return };
        let (first, last) = (from.column + 1, to.column);
        if first > last || last - first >= FARTHEST {
            return;
        }
        let mut from = line;
        for column in first..last {
            if let Some(bend) = bends.get(&(line.to, column)) {
                self.lines.push(Line { to: *bend, ..from });
                return;
            }
            let bend = self.items.len();
            self.items.push(Item { column, card: line.to, is_bend: true });
            bends.insert((line.to, column), bend);
            self.lines.push(Line { to: bend, ..from });
            from = Line { from: bend, way: 0, to: line.to };
        }
        self.lines.push(from);
    }

    /// Puts the items into their columns, cards in the order of the walk.
    fn fill(&mut self, rank: &[usize]) {
        let count = self.items.iter().map(|item| item.column + 1).max().unwrap_or(0);
        self.columns = vec![Vec::new(); count];
        for (at, item) in self.items.iter().enumerate() {
            if let Some(column) = self.columns.get_mut(item.column) {
                column.push(at);
            }
        }
        for column in &mut self.columns {
            column.sort_by_key(|at| self.items.get(*at).and_then(|item| rank.get(item.card)));
        }
    }

    /// Orders each column by the middle of what its items are joined to, on the left or on the right.
    fn sweep(&mut self, chart: &Chart, rightwards: bool) {
        let mut height = vec![0.0; self.items.len()];
        let count = self.columns.len();
        for step in 0..count {
            let column = if rightwards { step } else { count - 1 - step };
            let middles = self.middles(chart, column, rightwards, &height);
            let Some(order) = self.columns.get_mut(column) else { continue };
            let key = |at: &usize| middles.get(at).copied().unwrap_or_default();
            order.sort_by(|a, b| key(a).total_cmp(&key(b)));
            let size = order.len() as f64;
            for (place, at) in order.iter().enumerate() {
                height[*at] = (place as f64 + 0.5) / size;
            }
        }
    }

    /// Where the items of a column want to be; those joined to nothing stay where they are.
    fn middles(&self, chart: &Chart, column: usize, left: bool, height: &[f64]) -> BTreeMap<usize, f64> {
        let order = self.columns.get(column).map(Vec::as_slice).unwrap_or_default();
        let mut sums: BTreeMap<usize, (f64, f64)> = order.iter().map(|at| (*at, (0.0, 0.0))).collect();
        for line in if left { self.left_of(column) } else { self.right_of(column) } {
            let (own, other) = if left { (line.to, line.from) } else { (line.from, line.to) };
            if let (Some((sum, count)), Some(height)) = (sums.get_mut(&own), height.get(other)) {
                let ways = chart.cards.get(line.from).map_or(1, |card| card.ways.len());
                let share = if left { (line.way as f64 + 0.5) / ways as f64 - 0.5 } else { 0.0 };
                *sum += height + share * 0.05;
                *count += 1.0;
            }
        }
        let places = order.iter().enumerate();
        let stay = |place: usize| (place as f64 + 0.5) / order.len() as f64;
        places
            .map(|(place, at)| match sums.get(at) {
                Some((sum, count)) if *count > 0.0 => (*at, sum / count),
                _ => (*at, stay(place)),
            })
            .collect()
    }
}

/// A walk through the chart from its start, every way of a card before the card is left for good.
struct Walk {
    /// Cards, each before all it leads to, but for ways back.
    order: Vec<usize>,
    /// When each card was first met.
    rank: Vec<usize>,
    /// The place of each card in `order`.
    place: Vec<usize>,
}

impl Walk {
    fn through(chart: &Chart) -> Walk {
        let count = chart.cards.len();
        let mut rank = vec![usize::MAX; count];
        let (mut left, mut met) = (Vec::new(), 0);
        for root in std::iter::once(chart.start).chain(0..count) {
            let mut open = vec![(root, 0)];
            while let Some((card, way)) = open.pop() {
                if way == 0 {
                    if rank[card] != usize::MAX {
                        continue;
                    }
                    (rank[card], met) = (met, met + 1);
                }
                match chart.cards.get(card).and_then(|card| card.ways.get(way)) {
                    Some(next) => open.extend([(card, way + 1), (next.to, 0)]),
                    None => left.push(card),
                }
            }
        }
        let order: Vec<usize> = left.into_iter().rev().collect();
        let mut place = vec![0; count];
        order.iter().enumerate().for_each(|(at, card)| place[*card] = at);
        Walk { order, rank, place }
    }

    /// The column of each card: one right of the last card that leads to it.
    fn columns(&self, chart: &Chart) -> Vec<usize> {
        let mut columns = vec![0; chart.cards.len()];
        for card in &self.order {
            let next = columns[*card] + 1;
            for way in chart.cards.get(*card).iter().flat_map(|card| &card.ways) {
                if self.place[way.to] > self.place[*card] {
                    columns[way.to] = next.max(columns[way.to]);
                }
            }
        }
        columns
    }
}
