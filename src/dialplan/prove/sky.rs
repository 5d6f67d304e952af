//! The states of all desks at a moment.

use super::super::contract::Desk;
use crate::base::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What all desks are like at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sky {
    /// A moment when it is so; `None` where no hours say when.
    pub moment: Option<Moment>,
    /// Each desk's state.
    pub desks: BTreeMap<Arc<str>, Desk>,
    /// The desks that somebody closed by hand.
    pub by_hand: BTreeSet<Arc<str>>,
}

impl Sky {
    /// Whether a desk is in one of these states; a desk that nothing is said of is open.
    pub(super) fn is(&self, desk: &str, states: &[Desk]) -> bool {
        states.contains(self.desks.get(desk).unwrap_or(&Desk::Open))
    }

    /// The same with these desks closed by hand.
    fn closed_by_hand(&self, desks: &[&Arc<str>]) -> Sky {
        let mut sky = self.clone();
        for desk in desks {
            sky.desks.insert(Arc::clone(desk), Desk::Emergency);
            sky.by_hand.insert(Arc::clone(desk));
        }
        sky
    }

    /// When it is so, in words.
    pub(super) fn words(&self) -> String {
        let hand: Vec<&str> = self.by_hand.iter().map(|desk| &**desk).collect();
        let by_hand = match hand.as_slice() {
            [] => String::new(),
            desks => format!("desk {} closed by hand", desks.join(" and desk ")),
        };
        match &self.moment {
            Some(moment) if by_hand.is_empty() => format!("at {moment}"),
            Some(moment) => format!("at {moment} with {by_hand}"),
            None => format!("while {}", self.states()),
        }
    }

    fn states(&self) -> String {
        let states = self.desks.iter().map(|(desk, state)| format!("desk {desk} is {}", words(*state)));
        let states: Vec<String> = states.collect();
        if states.is_empty() { "any hour is".into() } else { states.join(", ") }
    }
}

fn words(state: Desk) -> &'static str {
    match state {
        Desk::Open => "open",
        Desk::OutsideHours => "outside its hours",
        Desk::Weekend => "on its weekend",
        Desk::Holiday => "on a public holiday",
        Desk::CompanyDay => "on a company day",
        Desk::Emergency => "closed by hand",
    }
}

/// The skies to prove under: those that are known to come, then each with desks closed by hand, for
/// that can be done at any moment. Where none is known, every state that one desk can be in while the
/// others share one, or are open.
pub(super) fn complete(known: &[Sky], desks: &BTreeSet<Arc<str>>) -> Vec<Sky> {
    let mut skies: Vec<Sky> = if known.is_empty() { imagined(desks) } else { known.to_vec() };
    let all: Vec<&Arc<str>> = desks.iter().collect();
    let open = |desk: &Arc<str>| known.iter().find(move |sky| sky.is(desk, &[Desk::Open]));
    let one_closed =
        all.iter().filter_map(|desk| Some(open(desk).or(known.first())?.closed_by_hand(&[*desk])));
    let all_closed = known.first().map(|sky| sky.closed_by_hand(&all));
    let by_hand: Vec<Sky> = one_closed.chain(all_closed.filter(|_| all.len() > 1)).collect();
    skies.extend(by_hand);
    skies
}

fn imagined(desks: &BTreeSet<Arc<str>>) -> Vec<Sky> {
    let sky = |state: &dyn Fn(&Arc<str>) -> Desk| Sky {
        moment: None,
        desks: desks.iter().map(|desk| (desk.clone(), state(desk))).collect(),
        by_hand: BTreeSet::new(),
    };
    let mut skies = vec![sky(&|_| Desk::Open)];
    for state in Desk::CLOSED {
        skies.push(sky(&|_| state));
        skies.extend(desks.iter().map(|one| sky(&|desk| if desk == one { state } else { Desk::Open })));
    }
    skies
}
