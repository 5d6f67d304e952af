//! Calls worth walking: the easiest one to each place, and a silent one for every hour.

use super::super::plan::{On, Plan, Step};
use super::super::simulate::Press;
use super::Ground;
use super::reach::{Edge, Reach, Way};
use crate::base::Moment;
use std::sync::Arc;

/// A call to be walked.
#[derive(Clone, Debug)]
pub(in crate::dialplan) struct Tour {
    /// When.
    pub moment: Moment,
    /// Desks closed by hand then.
    pub closed: Vec<Arc<str>>,
    /// What the caller does.
    pub keys: Vec<Press>,
    /// The same as `simulate --keys` takes it.
    pub text: String,
}

impl Tour {
    /// How many keys are pressed.
    pub fn pressed(&self) -> u32 {
        let keys = self.keys.iter().filter(|press| matches!(press, Press::Digit(_)));
        u32::try_from(keys.count()).unwrap_or(u32::MAX)
    }
}

impl Ground<'_> {
    /// The easiest call to each of these steps that a caller's keys alone lead to.
    pub(in crate::dialplan) fn tours(&self, wanted: impl Fn(&Step) -> bool, plan: &Plan) -> Vec<Tour> {
        let reach = Reach::of(self);
        let nodes = reach.nodes().filter(|node| wanted(plan.step(node.step)));
        nodes.filter_map(|node| self.tour(&reach.way_to(node)?)).collect()
    }

    /// A call without any key under each sky.
    pub(in crate::dialplan) fn silent_tours(&self) -> impl Iterator<Item = Tour> {
        (0..self.skies.len()).filter_map(|sky| self.tour(&Way { sky, edges: Vec::new() }))
    }

    fn tour(&self, way: &Way) -> Option<Tour> {
        let sky = &self.skies[way.sky];
        let keys = presses(&way.edges)?;
        Some(Tour {
            moment: sky.moment?,
            closed: sky.by_hand.iter().cloned().collect(),
            text: text(&keys),
            keys,
        })
    }
}

/// Keys that walk the way; silence is a timeout for each attempt. `None` where they alone do not lead there.
pub(super) fn presses(edges: &[Edge]) -> Option<Vec<Press>> {
    let mut presses = Vec::new();
    for edge in edges {
        match edge.exit.on {
            On::Key(digit) => presses.push(Press::Digit(digit)),
            On::Silence(attempts) => presses.extend((0..attempts).map(|_| Press::Timeout)),
            On::Course if !edge.hours_change => {}
            On::Answer | On::Course | On::Others | On::Waited | On::Served => return None,
        }
    }
    Some(presses)
}

/// As `simulate --keys` takes them.
pub(super) fn text(presses: &[Press]) -> String {
    presses.iter().map(ToString::to_string).collect()
}
