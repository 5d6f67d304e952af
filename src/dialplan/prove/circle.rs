//! Ways that lead round.

use super::Ground;
use super::reach::{Edge, Node, Reach, allows, follow};
use std::collections::BTreeSet;

/// A circle that callers walk without their doing while no desk opens or closes: under which sky, and
/// the ways of the circle.
pub(super) fn find(ground: &Ground<'_>, reach: &Reach) -> Option<(usize, Vec<Edge>)> {
    let under = |sky: usize| {
        let mut done = BTreeSet::new();
        let round = reach.nodes_under(sky).find_map(|node| walk(ground, sky, node, &mut done));
        round.map(|circle| (sky, circle))
    };
    (0..ground.skies.len()).find_map(under)
}

/// Depth first without recursion: a plan may be as deep as it has steps.
fn walk(ground: &Ground<'_>, sky: usize, start: Node, done: &mut BTreeSet<Node>) -> Option<Vec<Edge>> {
    let mut path: Vec<(Node, std::vec::IntoIter<Edge>)> = vec![(start, ways(ground, sky, start))];
    let mut taken: Vec<Edge> = Vec::new();
    while let Some((node, rest)) = path.last_mut() {
        let Some(edge) = rest.next() else {
            done.insert(*node);
            path.pop();
            taken.pop();
            continue;
        };
        if let Some(at) = path.iter().position(|(node, _)| *node == edge.to) {
            taken.push(edge);
            return Some(taken.split_off(at));
        }
        if !done.contains(&edge.to) {
            path.push((edge.to, ways(ground, sky, edge.to)));
            taken.push(edge);
        }
    }
    None
}

/// The ways on that need nobody's hand at the telephone.
fn ways(ground: &Ground<'_>, sky: usize, from: Node) -> std::vec::IntoIter<Edge> {
    let exits = ground.sketch.draft(from.step).exits.iter();
    let open = exits.filter(|exit| exit.on.is_course() && allows(&ground.skies[sky], exit));
    let edge = |exit: &super::super::plan::Exit| Edge {
        from,
        exit: exit.clone(),
        to: follow(ground, from, exit),
        hours_change: false,
    };
    open.map(edge).collect::<Vec<_>>().into_iter()
}
