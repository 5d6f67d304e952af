//! `madoguchi sim`: random callers over the shipped plan in virtual time, or one scenario.

use super::output::{complain_line, print};
use crate::sim::campaign::{self, CALLERS_PER_WORLD, Campaign};
use crate::sim::checks::{self, Breach};
use crate::sim::scenario::Scenario;
use crate::sim::shipped::Shipped;
use crate::sim::{Counts, callers};
use std::collections::BTreeMap;
use std::path::Path;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// How many people call.
    pub calls: u64,
    /// Where all chance comes from.
    pub seed: u64,
    /// A scenario's file, in place of random callers.
    pub scenario: Option<&'a Path>,
    /// Whether the ladder of the (first) world is printed.
    pub ladder: bool,
}

/// Simulates and prints. True: every rule held; false: one was broken, or there is nothing to run.
pub fn run(ask: &Ask<'_>) -> bool {
    let shipped = match Shipped::load() {
        Ok(shipped) => shipped,
        Err(error) => return failed(&error.to_string()),
    };
    match ask.scenario {
        Some(path) => scenario(path, &shipped),
        None if ask.ladder => world(ask, &shipped),
        None => random(ask, &shipped),
    }
}

fn failed(why: &str) -> bool {
    complain_line(why);
    false
}

fn scenario(path: &Path, shipped: &Shipped) -> bool {
    let read = std::fs::read_to_string(path).map_err(|e| e.to_string());
    let read = read.and_then(|text| Scenario::read(&text));
    let (scenario, stage) = match read.and_then(|s| s.stage(path, shipped).map(|stage| (s, stage))) {
        Ok(read) => read,
        Err(why) => return failed(&format!("{}: {why}", path.display())),
    };
    let run = scenario.cast.run(&stage);
    print(&format!("{}\n\n{}", scenario.about, run.ladder()));
    let mut wrong = scenario.unmet(&run);
    wrong.extend(checks::check(&run.evidence()).iter().map(Breach::to_string));
    wrong.iter().for_each(complain_line);
    wrong.is_empty()
}

/// One random world with its ladder.
fn world(ask: &Ask<'_>, shipped: &Shipped) -> bool {
    let run = callers::cast(ask.seed, ask.calls.min(CALLERS_PER_WORLD)).run(shipped);
    print(&run.ladder());
    let breaches = checks::check(&run.evidence());
    breaches.iter().for_each(complain_line);
    breaches.is_empty()
}

fn random(ask: &Ask<'_>, shipped: &Shipped) -> bool {
    let campaign = campaign::run(shipped, ask.calls, ask.seed);
    print(&text(&campaign));
    for broken in &campaign.breaches {
        let campaign::Broken { seed, callers, breach } = broken;
        complain_line(format!("{breach}\n    again: madoguchi sim --calls {callers} --seed {seed} --ladder"));
    }
    campaign.breaches.is_empty()
}

fn text(campaign: &Campaign) -> String {
    let Counts { calls, digits, messages, packets, time, causes, desks } = &campaign.counts;
    let hours = time.as_secs_f64() / 3600.0;
    let mut lines = vec![
        format!("{} people called, {calls} calls came in", campaign.callers),
        format!("{} worlds, {hours:.1} hours of virtual time", campaign.worlds),
        format!("{digits} keys, {messages} SIP messages, {packets} RTP packets from the engine"),
        format!("ended: {}", listed(causes)),
        format!("taken: {}", listed(desks)),
    ];
    lines.push(format!("journals: {}", campaign.hash));
    lines.push(match campaign.breaches.len() {
        0 => "no rule broken".into(),
        count => format!("{count} breaches"),
    });
    lines.join("\n") + "\n"
}

fn listed<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> String {
    let word = |name: &str| if name == "-" { "by nobody".to_string() } else { name.to_string() };
    let parts: Vec<String> = counts.iter().map(|(name, n)| format!("{} {n}", word(name.as_ref()))).collect();
    parts.join(", ")
}
