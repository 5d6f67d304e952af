//! Where callers can come, and the easiest way for each place.
//!
//! Dijkstra's search under each sky. Ways are the easier the fewer keys, silences and doings of others
//! they need; a way that needs a desk to open or close during the call is the hardest.

use super::super::contract::Desk;
use super::super::plan::{Exit, On, StepId};
use super::{Ground, Sky};
use crate::base::Language;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A step, and the caller's language in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub step: StepId,
    pub language: Language,
}

/// A way taken.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub from: Node,
    pub exit: Exit,
    pub to: Node,
    /// Whether a desk must open or close during the call for it.
    pub hours_change: bool,
}

/// A call from the start.
pub(super) struct Way {
    /// Which sky it happens under.
    pub sky: usize,
    /// The ways it takes.
    pub edges: Vec<Edge>,
}

/// All places callers can come to.
pub(super) struct Reach {
    /// Under each sky, how each node is reached: its cost, and the last way to it (none at the start).
    under: Vec<BTreeMap<Node, (u64, Option<Edge>)>>,
    /// What each sky costs by itself.
    surcharge: Vec<u64>,
}

/// What a desk that opens or closes during the call costs.
const HOURS_CHANGE: u64 = 100_000;
/// What a sky that somebody must make by hand costs.
const BY_HAND: u64 = 10_000;

impl Reach {
    pub(super) fn of(ground: &Ground<'_>) -> Reach {
        let surcharge = |sky: &Sky| if sky.by_hand.is_empty() { 0 } else { BY_HAND };
        Reach {
            under: ground.skies.iter().map(|sky| search(ground, sky)).collect(),
            surcharge: ground.skies.iter().map(surcharge).collect(),
        }
    }

    /// Every place some caller can come to.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> {
        // The ways that hours forbid are walked under every sky too, as changes during the call.
        self.under.first().into_iter().flat_map(|nodes| nodes.keys().copied())
    }

    /// Places reached under a sky without any change of hours.
    pub(super) fn nodes_under(&self, sky: usize) -> impl Iterator<Item = Node> {
        let nodes = self.under.get(sky).into_iter().flatten();
        nodes.filter(|(_, (cost, _))| *cost < HOURS_CHANGE).map(|(node, _)| *node)
    }

    /// The easiest way to a place.
    pub(super) fn way_to(&self, node: Node) -> Option<Way> {
        let cost = |sky: &usize| Some(self.under.get(*sky)?.get(&node)?.0 + self.surcharge.get(*sky)?);
        let sky = (0..self.under.len()).filter(|sky| cost(sky).is_some()).min_by_key(cost)?;
        self.way_under(sky, node)
    }

    /// The easiest way to a place under a sky.
    pub(super) fn way_under(&self, sky: usize, node: Node) -> Option<Way> {
        let nodes = self.under.get(sky)?;
        let mut edges = Vec::new();
        let mut at = node;
        while let Some(edge) = &nodes.get(&at)?.1 {
            at = edge.from;
            edges.push(edge.clone());
        }
        edges.reverse();
        Some(Way { sky, edges })
    }
}

/// Where an exit leads from a node.
pub(super) fn follow(ground: &Ground<'_>, from: Node, exit: &Exit) -> Node {
    let language = ground.sketch.draft(from.step).sets.unwrap_or(from.language);
    Node { step: exit.to, language }
}

/// Whether a sky lets an exit be taken.
pub(super) fn allows(sky: &Sky, exit: &Exit) -> bool {
    exit.given.as_ref().is_none_or(|(desk, states)| sky.is(desk, states))
}

fn search(ground: &Ground<'_>, sky: &Sky) -> BTreeMap<Node, (u64, Option<Edge>)> {
    let start = Node { step: ground.sketch.start, language: ground.sketch.language };
    let mut best = BTreeMap::from([(start, (0, None))]);
    let mut open = BinaryHeap::from([Reverse((0, start))]);
    while let Some(Reverse((cost, from))) = open.pop() {
        if best.get(&from).is_some_and(|(known, _)| *known < cost) {
            continue;
        }
        for exit in &ground.sketch.draft(from.step).exits {
            let hours_change = !allows(sky, exit);
            let to = follow(ground, from, exit);
            let there = cost + effort(exit) + if hours_change { HOURS_CHANGE } else { 0 };
            if best.get(&to).is_none_or(|(known, _)| there < *known) {
                best.insert(to, (there, Some(Edge { from, exit: exit.clone(), to, hours_change })));
                open.push(Reverse((there, to)));
            }
        }
    }
    best
}

/// How unlikely a way is, in hundredths of a key press. Whoever knows the menu does not wait for its end.
fn effort(exit: &Exit) -> u64 {
    let closing = exit.given.as_ref().is_some_and(|(_, states)| !states.contains(&Desk::Open));
    match exit.on {
        On::Key(_) | On::Answer => 100,
        On::Silence(_) => 1_000,
        On::Course if closing => 2,
        On::Course => 1,
        On::Others => 300,
        On::Waited | On::Served => 400,
    }
}
