//! `hangup`: an announcement, heard to its end, and the end of the call.

use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::Exit;
use super::super::scene::{Flow, Scene, guard};
use super::super::speech::Spoken;
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{Deadline, EndCause, Instant};
use crate::diag::{At, Diagnostics, Table, suggestion};

/// The last words and the cause.
#[derive(Clone, Debug)]
pub struct Hangup {
    prompt: Vec<Spoken>,
    cause: EndCause,
}

/// The last words are being said.
#[derive(Clone, Debug)]
pub struct Saying {
    guard: Instant,
}

/// The causes a plan may give; the others say what happened to a call from outside.
const CAUSES: [EndCause; 4] =
    [EndCause::PlanHungUp, EndCause::CallerSilent, EndCause::DeskHungUp, EndCause::DeskUnreachable];
/// Their names.
pub(in crate::dialplan) const CAUSE_NAMES: &[&str] =
    &[CAUSES[0].name(), CAUSES[1].name(), CAUSES[2].name(), CAUSES[3].name()];

impl Behaviour for Hangup {
    const DEFINITION: Definition = Definition {
        name: "hangup",
        about: "says why, and ends the call",
        keys: &[
            Key::required("prompt", Holds::Prompts, "the last words: no call ends in silence"),
            Key::with_default(
                "cause",
                Holds::Word(CAUSE_NAMES),
                "plan-hung-up",
                "why the call ended, in its record and in reports",
            ),
        ],
        arrives: true,
        example: include_str!("../../../dialplans/examples/hangup.toml"),
    };
    type State = Saying;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let prompt = step.clips("prompt");
        let cause = read_cause(step);
        Some(Hangup { prompt: prompt?, cause: cause? })
    }

    fn exits(&self) -> Vec<Exit> {
        Vec::new()
    }

    fn subject(&self) -> String {
        self.cause.name().to_owned()
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Saying> {
        match scene.play(&self.prompt) {
            true => Flow::Stay(Saying { guard: scene.playout_guard() }),
            false => Flow::End(self.cause),
        }
    }

    fn handle(&self, state: Saying, event: Event, _: &mut Scene<'_>) -> Flow<Saying> {
        match event {
            Event::PlayDone => Flow::End(self.cause),
            _ => Flow::Stay(state),
        }
    }

    fn expire(&self, _: Saying, _: &mut Scene<'_>) -> Flow<Saying> {
        Flow::End(self.cause)
    }

    fn deadline(&self, state: &Saying) -> Option<Deadline> {
        guard(state.guard)
    }
}

fn read_cause(step: &mut StepReader<'_, '_>) -> Option<EndCause> {
    match step.get::<String>("cause") {
        Some(name) => end_cause(&name, &step.table, step.found),
        None => (!step.table.has("cause")).then_some(EndCause::PlanHungUp),
    }
}

/// The cause of a name that a plan can give; another is reported.
pub(in crate::dialplan) fn end_cause(
    name: &At<String>,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<EndCause> {
    let cause = CAUSES.into_iter().find(|c| c.name() == name.value);
    if cause.is_none() {
        let message = format!("`{}` is no cause that a plan can give", name.value);
        let help = suggestion(&name.value, CAUSE_NAMES.iter().copied());
        found.push(table.error_at("unknown-cause", name.span.clone(), message).maybe_help(help));
    }
    cause
}
