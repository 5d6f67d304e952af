//! `set`: records facts of the case; setting `language` also changes what the caller hears.

use super::super::contract::Event;
use super::super::key::{Definition, Holds, Key};
use super::super::plan::{Exit, StepId};
use super::super::scene::{Flow, Scene};
use super::super::syntax::StepReader;
use super::Behaviour;
use crate::base::{Deadline, Language};
use crate::diag::{At, Table, Value, suggestion};
use std::convert::Infallible;

/// Facts, in the order written.
#[derive(Clone, Debug)]
pub struct Set {
    facts: Vec<(String, String)>,
    next: StepId,
}

impl Behaviour for Set {
    const DEFINITION: Definition = Definition {
        name: "set",
        about: "records facts of the case",
        keys: &[
            Key::required("case", Holds::CaseFacts, "case.FIELD = value"),
            Key::required("next", Holds::Step, "where to go then"),
        ],
        arrives: false,
        example: include_str!("../../../dialplans/examples/set.toml"),
    };
    type State = Infallible;

    fn read(step: &mut StepReader<'_, '_>) -> Option<Self> {
        let facts = read_facts(step);
        let next = step.target("next");
        Some(Set { facts: facts?, next: next? })
    }

    fn exits(&self) -> Vec<Exit> {
        vec![Exit::course("next", self.next)]
    }

    fn sets_language(&self) -> Option<Language> {
        let written = self.facts.iter().rev().find(|(field, _)| field == "language");
        written.and_then(|(_, tag)| Language::from_tag(tag))
    }

    fn subject(&self) -> String {
        let facts: Vec<String> =
            self.facts.iter().map(|(field, value)| format!("{field} = {value}")).collect();
        facts.join(", ")
    }

    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Infallible> {
        for (field, value) in &self.facts {
            scene.trace(format!("{field} = {value}"));
            scene.set(field, value);
            if field == "language" {
                scene.caller.language = Language::from_tag(value).unwrap_or(scene.caller.language);
            }
        }
        Flow::Go(self.next)
    }

    fn handle(&self, state: Infallible, _: Event, _: &mut Scene<'_>) -> Flow<Infallible> {
        match state {}
    }

    fn expire(&self, state: Infallible, _: &mut Scene<'_>) -> Flow<Infallible> {
        match state {}
    }

    fn deadline(&self, state: &Infallible) -> Option<Deadline> {
        match *state {}
    }
}

fn read_facts(step: &mut StepReader<'_, '_>) -> Option<Vec<(String, String)>> {
    let mut table = step.get::<Table<'_>>("case")?;
    let before = step.found.count();
    let entries = table.value.entries();
    if entries.is_empty() {
        step.reject("no-fields", table.span, "`case` sets no field");
    }
    let facts: Vec<Option<(String, String)>> =
        entries.iter().map(|(field, value)| read_fact(field, value, step)).collect();
    step.help_since(before, "case");
    facts.into_iter().collect()
}

fn read_fact(
    field: &At<String>,
    value: &Value<'_>,
    step: &mut StepReader<'_, '_>,
) -> Option<(String, String)> {
    let Some(allowed) = step.names.case_fields.get(&field.value) else {
        let help = suggestion(&field.value, step.names.case_fields.keys().map(String::as_str));
        let message = format!("a case has no field `{}`", field.value);
        step.found.push(step.table.error_at("unknown-field", field.span.clone(), message).maybe_help(help));
        return None;
    };
    let Some(text) = value.scalar() else {
        return value.wrong_type("a string, true or false, or a whole number", step.found);
    };
    if !allowed.is_empty() && !allowed.contains(&text) {
        let help = suggestion(&text, allowed.iter().map(String::as_str));
        let message = format!("case field `{}` cannot be `{text}`", field.value);
        step.found.push(value.error("bad-value", message).maybe_help(help));
        return None;
    }
    Some((field.value.clone(), text))
}
