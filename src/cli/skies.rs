//! What the desks will be like: every combination of open and closed that the coming days bring, once.

use crate::base::{Moment, UnixTime};
use crate::calendar::Calendar;
use crate::dialplan::{Desk, Sky};
use crate::engine::desk_state;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How far ahead plans are proved: a year, and what follows a leap day or a moved holiday.
const DAYS: usize = 400;
/// How long after a change a moment is taken to stand for what follows it, the first that fits: a plain
/// hour of the day reads better than the second of the change.
const AFTER: [Duration; 3] = [Duration::from_secs(10 * 3600), Duration::from_secs(3600), Duration::ZERO];

/// The skies from a moment on, in the order in which they come.
pub fn skies(calendar: &Calendar, now: UnixTime) -> Vec<Sky> {
    let mut changes: Vec<UnixTime> = std::iter::once(now).chain(all_changes(calendar, now)).collect();
    changes.sort();
    changes.dedup();
    let mut seen: BTreeSet<Vec<Desk>> = BTreeSet::new();
    let mut skies = Vec::new();
    for pair in changes.windows(2) {
        let [from, to] = *pair else { continue };
        let after = AFTER.into_iter().map(|after| from + after).find(|at| *at < to).unwrap_or(from);
        let desks: Vec<(&str, Desk)> =
            calendar.desks().map(|(name, _)| (name, desk_state(calendar, name, after))).collect();
        if seen.insert(desks.iter().map(|(_, state)| *state).collect()) {
            skies.push(sky(&desks, after));
        }
    }
    skies
}

fn all_changes(calendar: &Calendar, now: UnixTime) -> impl Iterator<Item = UnixTime> {
    let changes = calendar.desks().flat_map(move |(_, desk)| desk.changes(desk.date_at(now), DAYS));
    changes.filter(move |at| *at > now)
}

fn sky(desks: &[(&str, Desk)], at: UnixTime) -> Sky {
    let desks: BTreeMap<Arc<str>, Desk> =
        desks.iter().map(|(name, state)| (Arc::from(*name), *state)).collect();
    Sky { moment: Some(Moment::japan(at)), desks, by_hand: BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::Settings;

    #[test]
    fn every_kind_of_day_comes_once_with_a_plain_moment() {
        let calendar = Settings::built_in().calendar();
        let skies = skies(&calendar, UnixTime::from_secs(1_770_685_200));
        let japan = |sky: &Sky| sky.desks["japan"];
        let seen: Vec<(Desk, String)> =
            skies.iter().map(|sky| (japan(sky), sky.moment.expect("a moment").to_string())).collect();
        let want = [
            (Desk::Open, "2026-02-10T11:00:00+09:00"),
            (Desk::OutsideHours, "2026-02-10T18:00:00+09:00"),
            (Desk::Holiday, "2026-02-11T10:00:00+09:00"),
            (Desk::Weekend, "2026-02-14T10:00:00+09:00"),
        ];
        assert_eq!(seen, want.map(|(desk, at)| (desk, at.to_owned())));
    }
}
