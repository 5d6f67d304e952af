//! A counter-example in words: the moment, the keys, the steps, and the command that walks it.

use super::Ground;
use super::reach::{Edge, Way};
use super::tour::{presses, text};
use crate::dialplan::plan::On;

/// A call that shows something.
pub(super) struct Story {
    /// When, in words.
    when: String,
    /// The steps on the way, with what leads on from each.
    steps: String,
    /// The keys, as `simulate` takes them; `None` where others decide too.
    keys: Option<String>,
    /// What `simulate` needs to know besides.
    call: Option<String>,
}

impl Story {
    pub(super) fn of(ground: &Ground<'_>, way: &Way) -> Story {
        let sky = &ground.skies[way.sky];
        let steps: Vec<String> = way.edges.iter().map(|edge| passed(ground, edge)).collect();
        let moment = sky.moment.as_ref().filter(|_| sky.by_hand.is_empty());
        let call = moment.zip(ground.number.as_ref());
        Story {
            when: sky.words(),
            steps: steps.concat(),
            keys: presses(&way.edges).map(|presses| text(&presses)),
            call: call.map(|(moment, number)| format!("--to {number} --at {moment}")),
        }
    }

    /// `for example at … : language, key 2 -> japanese -> …`, and how to try it.
    pub(super) fn lines(self, what: &str) -> Vec<String> {
        let steps = if self.steps.is_empty() { "at once".to_owned() } else { self.steps.clone() };
        self.told(format!("{what}, for example, {}: {steps}", self.when))
    }

    /// The same for callers who go round.
    pub(super) fn round(self, ground: &Ground<'_>, circle: &[Edge]) -> Vec<String> {
        let round: Vec<String> = circle.iter().map(|edge| passed(ground, edge)).collect();
        let round = round.concat();
        self.told(format!("for example {}: {}then again and again {round}", self.when, self.steps))
    }

    fn told(&self, example: String) -> Vec<String> {
        let command = self.call.as_ref().zip(self.keys.as_ref());
        let command = command.map(|(call, keys)| {
            let keys = if keys.is_empty() { String::new() } else { format!(" --keys {keys}") };
            format!("to walk it: madoguchi simulate {call}{keys}")
        });
        [example.trim_end_matches("-> ").trim_end().to_owned()].into_iter().chain(command).collect()
    }
}

/// A step and what leads on from it: `language (key 2) -> `.
fn passed(ground: &Ground<'_>, edge: &Edge) -> String {
    let name = &ground.sketch.draft(edge.from.step).name;
    let label = edge.exit.label.replace('_', " ");
    let change = if edge.hours_change { " as the hours change" } else { "" };
    match edge.exit.on {
        On::Key(digit) => format!("{name} (key {digit}{change}) -> "),
        On::Answer => format!("{name} (an answer{change}) -> "),
        On::Silence(_) => format!("{name} (no key) -> "),
        On::Course if edge.exit.given.is_none() => format!("{name} -> "),
        On::Course | On::Others | On::Waited | On::Served => format!("{name} ({label}{change}) -> "),
    }
}
