//! How a `queue` step is written.

use super::{Choice, Periodic};
use crate::diag::{Table, Value, suggestion};
use crate::dialplan::say::Family;
use crate::dialplan::syntax::{StepReader, clips, resolve};
use std::sync::Arc;
use std::time::Duration;

pub(super) fn read_queue(step: &mut StepReader<'_, '_>) -> Option<(Arc<str>, String)> {
    let queue = step.get::<String>("queue")?;
    if let Some(facts) = step.names.queues.get(&queue.value) {
        return Some((queue.value.as_str().into(), facts.desk.clone()));
    }
    let help = suggestion(&queue.value, step.names.queues.keys().map(String::as_str));
    let message = format!("there is no queue `{}` in the settings", queue.value);
    step.found.push(step.table.error_at("unknown-queue", queue.span, message).maybe_help(help));
    None
}

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
