//! Escalation: who is told of a Premium customer's S1 or S2, when, and when again.

use super::reader::{Reader, Wrong};
use crate::case::EscalationStep;
use crate::diag::{Table, parse_duration};
use std::collections::BTreeMap;
use std::time::Duration;

/// When somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How long after the case came to need it; none: never.
    pub after: Option<Duration>,
    /// How long after that again; none: once.
    pub again: Option<Duration>,
}

/// The shortest time between two times that the same person is told.
const SHORTEST_AGAIN: Duration = Duration::from_secs(60);

/// Who is told without any settings.
pub(super) fn usual() -> BTreeMap<String, Told> {
    let told = |after: u64, again: u64| {
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        Told { after: minutes(after), again: minutes(again) }
    };
    let usual = [
        ("incident-manager", told(0, 30)),
        ("duty-manager", told(30, 30)),
        ("head-of-support", told(120, 60)),
    ];
    usual.into_iter().map(|(name, told)| (name.to_string(), told)).collect()
}

/// The steps, the first to be told first.
pub(super) fn steps(escalation: &BTreeMap<String, Told>) -> Vec<EscalationStep> {
    let step = |(name, told): (&String, &Told)| {
        Some(EscalationStep { after: told.after?, to: name.clone(), again: told.again })
    };
    let mut steps: Vec<EscalationStep> = escalation.iter().filter_map(step).collect();
    steps.sort_by_key(|step| step.after);
    steps
}

/// Reads `[escalation]` over those that are there.
pub(super) fn read_escalation(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    escalation: &mut BTreeMap<String, Told>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let mut table = table.value;
        let told = escalation.entry(name.value).or_insert(Told { after: None, again: None });
        reader.set_parsed(&mut table, "after", &mut told.after, time_or_off);
        reader.set_parsed(&mut table, "again", &mut told.again, again);
        table.finish(reader.found);
    }
}

fn time_or_off(text: &str) -> Result<Option<Duration>, Wrong> {
    match (text, parse_duration(text)) {
        ("off", _) => Ok(None),
        (_, Some(time)) => Ok(Some(time)),
        (_, None) => {
            Err(Wrong::new("bad-duration", format!("`{text}` is no duration"), "write `30m`, or `off`"))
        }
    }
}

fn again(text: &str) -> Result<Option<Duration>, Wrong> {
    match time_or_off(text)? {
        Some(time) if time < SHORTEST_AGAIN => Err(Wrong::new(
            "bad-duration",
            format!("`{text}` is shorter than a minute"),
            "write `1m` or more",
        )),
        time => Ok(time),
    }
}
