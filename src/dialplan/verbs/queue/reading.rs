//! How a `queue` step is written.

use super::{Choice, Periodic};
use crate::diag::{Table, Value};
use crate::dialplan::QueueFacts;
use crate::dialplan::say::Family;
use crate::dialplan::syntax::{StepReader, resolve};
use std::time::Duration;

pub(super) fn read_position(step: &mut StepReader<'_, '_>) -> bool {
    let position = step.flag("position");
    if position {
        let span = step.table.key_span("position").unwrap_or(step.table.span());
        step.hears(Family::Place, &span);
        step.hears(Family::Wait, &span);
    }
    position
}

/// Words in line must come before the longest wait is over, and somebody must be able to answer by then.
pub(super) fn check_timers(
    step: &mut StepReader<'_, '_>,
    facts: &QueueFacts,
    max_wait: Duration,
    said: &[(&'static str, &Option<Periodic>)],
) {
    for (key, periodic) in said {
        if periodic.as_ref().is_some_and(|periodic| periodic.after >= max_wait) {
            let span = step.table.key_span(key).unwrap_or_default();
            step.reject(
                "never-said",
                span,
                format!("`{key}` is first said after the longest wait of {max_wait:?}"),
            );
        }
    }
    if facts.ring >= max_wait {
        let (span, ring) = (step.table.key_span("max_wait").unwrap_or(step.table.span()), facts.ring);
        let message =
            format!("a place of this queue may ring for {ring:?}, the longest wait is {max_wait:?}");
        let error = step.table.error_at("wait-too-short", span, message);
        step.found.push(error.help("wait longer than one place rings, so that somebody can answer"));
    }
}

/// `{ prompt, after, every }`; `after` left out is `every`, and the other way round.
pub(super) fn read_periodic<'a>(step: &mut StepReader<'_, 'a>, key: &'static str) -> Option<Periodic> {
    let mut table = step.get::<Table<'a>>(key)?.value;
    table.only(&["prompt", "after", "every"], step.found);
    let before = step.found.count();
    let prompt = table.need::<Value<'a>>("prompt", step.found);
    let said = prompt.and_then(|value| step.clips_of(&value.value));
    let every = table.need::<Duration>("every", step.found);
    let after = table.take::<Duration>("after", step.found);
    step.found.help_since(before, &format!("write {key} = {{ prompt = \"PROMPT\", every = \"45s\" }}"));
    let (every, said) = (every?, said?);
    if every.value < Duration::from_secs(5) {
        let message = "an announcement comes again after 5s at the earliest";
        let error = step.table.error_at("out-of-range", every.span, message);
        step.found.push(error.help("write every = \"45s\""));
    }
    Some(Periodic { said, after: after.map_or(every.value, |a| a.value), every: every.value })
}

pub(super) fn read_choice<'a>(step: &mut StepReader<'_, 'a>, value: &Value<'a>) -> Option<Choice> {
    if value.is_table() {
        let mut table = value.read::<Table<'a>>(step.found)?.value;
        if !table.has("say") {
            let error = table.missing("say");
            step.found.push(error.help("write { say = \"PROMPT\" }, or the name of a step"));
            return None;
        }
        table.only(&["say"], step.found);
        let said = table.need::<Value<'a>>("say", step.found);
        return step.clips_of(&said?.value).map(Choice::Say);
    }
    let name = value.read::<String>(step.found)?;
    resolve(&name, step.steps, &step.table, step.found).map(Choice::Leave)
}
