//! Where each card and each bend stands, in pixels from the top left.

use super::chart::Chart;
use super::columns::{Columns, Line, Reach};

/// The upper part of a card, with name and verb.
pub(super) const HEAD: f64 = 42.0;
/// A way out of a card.
pub(super) const ROW: f64 = 20.0;
/// Between cards, above each other.
const GAP: f64 = 20.0;
/// A line that passes, with the room around it.
const BEND: f64 = 12.0;
/// Between columns: for curves, wider where many lines cross.
const AISLE: f64 = 56.0;
/// Left of the first column, where the mark of the start stands.
const MARGIN: f64 = 90.0;
/// Narrowest and widest card.
const WIDTHS: (f64, f64) = (130.0, 360.0);
/// How often heights are evened out.
const ROUNDS: usize = 24;

/// Where everything stands.
pub(super) struct Places {
    /// Of each item its upper left corner.
    pub at: Vec<(f64, f64)>,
    /// Of each item its width.
    pub width: Vec<f64>,
    /// Of the whole picture.
    pub size: (f64, f64),
}

impl Places {
    /// Places everything, below `top`.
    pub fn of(chart: &Chart, columns: &Columns, top: f64) -> Places {
        let heights = heights(chart, columns);
        let mut tops = stacked(columns, &heights);
        for round in 0..ROUNDS {
            even_out(columns, &heights, &mut tops, round);
        }
        let highest = tops.iter().copied().fold(f64::INFINITY, f64::min);
        tops.iter_mut().for_each(|y| *y += top - highest);
        let bottom = tops.iter().zip(&heights).map(|(y, height)| y + height).fold(top, f64::max);
        let (mut x, mut left, mut width) = (MARGIN, vec![0.0; tops.len()], vec![0.0; tops.len()]);
        for (at, column) in columns.columns.iter().enumerate() {
            let cards = column.iter().filter(|item| !columns.items[**item].is_bend);
            let widest = cards.map(|item| card_width(chart, columns, *item)).fold(0.0, f64::max);
            for item in column {
                (left[*item], width[*item]) = (x, widest);
            }
            x += widest + aisle(columns, at);
        }
        Places { at: left.into_iter().zip(tops).collect(), width, size: (x, bottom) }
    }

    /// Where a line leaves its item.
    pub fn leaves(&self, columns: &Columns, line: Line) -> (f64, f64) {
        let (x, y) = self.at[line.from];
        (x + self.width[line.from], y + out(columns, line))
    }

    /// Where a line comes to its item.
    pub fn arrives(&self, columns: &Columns, line: Line) -> (f64, f64) {
        let (x, y) = self.at[line.to];
        (x, y + into(columns, line))
    }
}

/// The width that a card's text needs.
fn card_width(chart: &Chart, columns: &Columns, at: usize) -> f64 {
    let Some(card) = chart.cards.get(at) else { return 0.0 };
    let rows = card.ways.iter().enumerate().map(|(row, way)| {
        text_width(&way.text()) + named(chart, columns, at, row).map_or(0.0, |name| text_width(&name) + 14.0)
    });
    let most = rows.fold(text_width(&card.name) * 1.1, f64::max).max(text_width(&card.about));
    (most + 30.0).clamp(WIDTHS.0, WIDTHS.1)
}

/// What a row says of where it leads, where its line alone is not enough.
pub(super) fn named(chart: &Chart, columns: &Columns, card: usize, way: usize) -> Option<String> {
    let to = chart.cards.get(card)?.ways.get(way)?.to;
    let name = &chart.cards.get(to)?.name;
    let ahead = columns.items[to].column > columns.items[card].column;
    match columns.reach(card, way) {
        Reach::Near => None,
        Reach::Far | Reach::Named if ahead => Some(format!("→ {name}")),
        Reach::Far | Reach::Named => Some(format!("↩ {name}")),
    }
}

/// The width of a text of 12 pixels, about: East Asian characters are twice as wide.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 12.5 } else { 6.9 }).sum()
}

fn aisle(columns: &Columns, column: usize) -> f64 {
    AISLE + (columns.right_of(column).len() as f64 * 3.0).min(60.0)
}

fn heights(chart: &Chart, columns: &Columns) -> Vec<f64> {
    let height = |at: usize, is_bend: bool| match chart.cards.get(at) {
        Some(card) if !is_bend => HEAD + ROW * card.ways.len() as f64,
        _ => BEND,
    };
    columns.items.iter().enumerate().map(|(at, item)| height(at, item.is_bend)).collect()
}

/// How far below an item's top a line leaves it.
fn out(columns: &Columns, line: Line) -> f64 {
    if columns.items[line.from].is_bend { BEND / 2.0 } else { HEAD + ROW * (line.way as f64 + 0.5) }
}

/// How far below an item's top a line comes to it.
fn into(columns: &Columns, line: Line) -> f64 {
    if columns.items[line.to].is_bend { BEND / 2.0 } else { HEAD / 2.0 }
}

/// Each column from its top, without room to spare.
fn stacked(columns: &Columns, heights: &[f64]) -> Vec<f64> {
    let mut tops = vec![0.0; heights.len()];
    for column in &columns.columns {
        let offsets = offsets(columns, column, heights);
        column.iter().zip(offsets).for_each(|(item, offset)| tops[*item] = offset);
    }
    tops
}

/// Of each item of a column, how far below the first it stands at least.
fn offsets(columns: &Columns, column: &[usize], heights: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::new();
    for (place, item) in column.iter().enumerate() {
        offsets.push(offset);
        let next = column.get(place + 1);
        let both_bend = columns.items[*item].is_bend && next.is_none_or(|next| columns.items[*next].is_bend);
        offset += heights[*item] + if both_bend { 0.0 } else { GAP };
    }
    offsets
}

/// Moves the items of each column towards what they are joined to: on the left, on the right, or both,
/// by turns.
fn even_out(columns: &Columns, heights: &[f64], tops: &mut [f64], round: usize) {
    let (left, right) = [(true, false), (false, true), (true, true)][round % 3];
    let mut wishes = vec![(0.0, 0.0); tops.len()];
    let count = columns.columns.len();
    for step in 0..count {
        let at = if left { step } else { count - 1 - step };
        let column = &columns.columns[at];
        column.iter().for_each(|item| wishes[*item] = (0.0, 0.0));
        for line in columns.left_of(at).iter().filter(|_| left) {
            wish(&mut wishes[line.to], tops[line.from] + apart(columns, *line));
        }
        for line in columns.right_of(at).iter().filter(|_| right) {
            wish(&mut wishes[line.from], tops[line.to] - apart(columns, *line));
        }
        settle(columns, column, heights, &wishes, tops);
    }
}

/// How far the items of a straight line stand apart.
fn apart(columns: &Columns, line: Line) -> f64 {
    out(columns, line) - into(columns, line)
}

/// Adds the top that an item would have if a line of it were straight: sums and numbers make a mean.
fn wish((sum, count): &mut (f64, f64), top: f64) {
    *sum += top;
    *count += 1.0;
}

/// Gives every item of a column the top it wishes, as nearly as order and heights allow: the least sum
/// of squares, by pooling neighbours that would overlap.
fn settle(columns: &Columns, column: &[usize], heights: &[f64], wishes: &[(f64, f64)], tops: &mut [f64]) {
    let offsets = offsets(columns, column, heights);
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (item, offset) in column.iter().zip(&offsets) {
        let (sum, count) = wishes[*item];
        let (wished, weight) = if count > 0.0 { (sum / count, 1.0) } else { (tops[*item], 0.1) };
        let weight = if columns.items[*item].is_bend { weight * 2.0 } else { weight };
        let mut pool = ((wished - offset) * weight, weight, 1);
        while let Some(above) = pools.pop_if(|above| above.0 / above.1 > pool.0 / pool.1) {
            pool = (pool.0 + above.0, pool.1 + above.1, pool.2 + above.2);
        }
        pools.push(pool);
    }
    let settled = pools.iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, *count));
    for ((item, offset), base) in column.iter().zip(&offsets).zip(settled) {
        tops[*item] = base + offset;
    }
}
