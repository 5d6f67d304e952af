//! How a `queue` step is written.

use super::{Choice, Periodic};
use crate::diag::{Table, Value};
use crate::dialplan::say::Family;
use crate::dialplan::syntax::{StepReader, clips, resolve};
use std::time::Duration;

pub(super) fn read_position(step: &mut StepReader<'_, '_>) -> bool {
    let position = step.flag("position");
    if position {
        let span = step.table.key_span("position").unwrap_or(step.table.span());
        step.needs_prompts(Family::Place, span.clone());
        step.needs_prompts(Family::Wait, span);
    }
    position
}

/// `{ prompt, after, every }`; `after` left out is `every`, and the other way round.
pub(super) fn read_periodic(step: &mut StepReader<'_, '_>, key: &'static str) -> Option<Periodic> {
    let mut table = step.get::<Table<'_>>(key)?.value;
    let prompt = table.need::<Value<'_>>("prompt", step.found);
    let said = prompt.and_then(|value| clips(&value.value, step.names, step.found));
    let every = table.need::<Duration>("every", step.found);
    let after = table.take::<Duration>("after", step.found);
    table.only(&["prompt", "after", "every"], step.found);
    let (every, said) = (every?, said?);
    if every.value < Duration::from_secs(5) {
        step.reject("out-of-range", every.span, "an announcement comes again after 5s at the earliest");
    }
    Some(Periodic { said, after: after.map_or(every.value, |a| a.value), every: every.value })
}

pub(super) fn read_choice(step: &mut StepReader<'_, '_>, value: &Value<'_>) -> Option<Choice> {
    if value.is_table() {
        let mut table = value.read::<Table<'_>>(step.found)?.value;
        let said = table.need::<Value<'_>>("say", step.found);
        table.only(&["say"], step.found);
        return clips(&said?.value, step.names, step.found).map(Choice::Say);
    }
    let name = value.read::<String>(step.found)?;
    resolve(&name, step.steps, &step.table, step.found).map(Choice::Leave)
}
