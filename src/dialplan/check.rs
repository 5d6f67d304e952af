//! From the text of a plan to a [`Plan`], or to everything that is wrong with it.

use super::expect::{read_expects, read_within};
use super::key::Definition;
use super::names::Names;
use super::plan::{Heard, Plan, Step, StepId};
use super::prove::{self, Draft, Ground, Sketch};
use super::speech::Spoken;
use super::syntax::{StepNames, StepReader, clips, language, resolve};
use super::verbs::{DEFINITIONS, Verb};
use crate::base::{Language, Number};
use crate::diag::{At, Diagnostic, Diagnostics, Document, Place, Source, Table, Value, suggestion};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The outermost keys of a plan.
const PLAN_KEYS: [&str; 8] =
    ["numbers", "default", "language", "start", "trouble", "step", "expect", "within"];
/// Most steps of one plan.
const MOST_STEPS: usize = 1_000;
/// What a caller hears where the step budget is spent and the plan does not say.
const TROUBLE: &str = "technical-difficulty";

/// Reads a plan and checks everything that can be checked; the name is the source's file name without
/// folder and `.toml`.
///
/// # Errors
/// Everything found, sorted by place, where anything found is an error.
pub fn check(source: &Source, names: &Names) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut found = Diagnostics::new();
    let document = Document::parse(source, &mut found);
    let Read { plan, sketch } = read_plan(source, document.table(), names, &mut found);
    let plan = plan.filter(|_| !found.has_errors());
    if let Some(sketch) = sketch {
        prove(plan.as_ref(), &sketch, names, &mut found);
    }
    found.finish(plan)
}

/// Proves what must hold of a good plan; of a bad one, shows who would be left without a way on.
fn prove(plan: Option<&Plan>, sketch: &Sketch, names: &Names, found: &mut Diagnostics) {
    let number = plan.and_then(|plan| plan.numbers().next()).map(Number::national);
    let ground = Ground::new(sketch, number, &names.skies);
    match plan {
        Some(plan) => prove::prove(plan, &ground, names, found),
        None => prove::show_dead_ends(&ground, found),
    }
}

/// What could be read of a plan.
struct Read {
    /// The plan, where every part of it could be read.
    plan: Option<Plan>,
    /// Its steps as far as they are known; `None` where nobody knows where calls begin.
    sketch: Option<Sketch>,
}

fn read_plan(source: &Source, mut table: Table<'_>, names: &Names, found: &mut Diagnostics) -> Read {
    let numbers = read_numbers(&mut table, found);
    let is_default = table.take::<bool>("default", found).filter(|d| d.value).map(|d| source.place(d.span));
    let language = read_language(&mut table, found);
    let trouble = read_trouble(&mut table, names, found);
    let start = table.need::<String>("start", found);
    let steps = table.sub("step", found);
    let all = read_steps(steps, names, found);
    let start = start.and_then(|name| resolve(&name, &all.names, &table, found));
    let expects = read_expects(&mut table, names, &all.names, found);
    let within = read_within(&mut table, found);
    table.only(&PLAN_KEYS, found);
    let sketch = start.filter(|_| !all.drafts.is_empty()).map(|start| Sketch {
        start,
        language: language.unwrap_or(Language::Ja),
        drafts: all.drafts,
    });
    let whole = || {
        Some(Plan {
            name: stem(source.name()).into(),
            content_hash: content_hash(source.text()),
            numbers,
            is_default,
            language: language?,
            trouble: trouble?,
            start: start?,
            steps: all.steps?,
            queues: names.queues.clone(),
            expects,
            within,
            source: source.clone(),
        })
    };
    Read { plan: whole(), sketch }
}

fn read_numbers(table: &mut Table<'_>, found: &mut Diagnostics) -> Vec<(Number, Place)> {
    let written = table.take::<Vec<At<String>>>("numbers", found).map_or(Vec::new(), |list| list.value);
    let mut numbers: Vec<(Number, Place)> = Vec::new();
    for text in written {
        let place = table.source().place(text.span.clone());
        let Some(number) = Number::parse(&text.value) else {
            let message = format!("`{}` is no telephone number", text.value);
            found.push(
                table
                    .error_at("bad-number", text.span, message)
                    .help("write it as \"0312345678\" or \"+81312345678\""),
            );
            continue;
        };
        if let Some((_, first)) = numbers.iter().find(|(n, _)| *n == number) {
            let error =
                table.error_at("number-twice", text.span, format!("`{}` is written twice", text.value));
            found.push(error.second(first.clone(), "first here"));
            continue;
        }
        numbers.push((number, place));
    }
    numbers
}

fn read_language(table: &mut Table<'_>, found: &mut Diagnostics) -> Option<Language> {
    let Some(value) = table.value("language") else { return Some(Language::Ja) };
    let tag = value.read::<String>(found)?;
    language(&value, &tag, found)
}

fn read_trouble(table: &mut Table<'_>, names: &Names, found: &mut Diagnostics) -> Option<Vec<Spoken>> {
    if let Some(value) = table.value("trouble") {
        let mut heard = Vec::new();
        let said = clips(&value, names, &mut heard, found);
        heard.iter().for_each(|heard| in_all_languages(heard, names, found));
        return said;
    }
    let said = Spoken::prompt(TROUBLE);
    let recorded =
        matches!(&said, Spoken::Prompt(id, _) if Language::ALL.iter().all(|l| names.has_prompt(id, *l)));
    if !recorded {
        let message = format!("prompt `{TROUBLE}` is not recorded: name another as `trouble`");
        found.push(table.error("unknown-prompt", message));
        return None;
    }
    Some(vec![said])
}

/// These words may be said to any caller.
fn in_all_languages(heard: &Heard, names: &Names, found: &mut Diagnostics) {
    let missing = |l: &Language| heard.language.is_none() && !names.has_prompt(&heard.prompt, *l);
    if let Some(language) = Language::ALL.into_iter().find(missing) {
        let message = format!("prompt `{}` has no recording in {language}", heard.prompt);
        let place = &heard.place;
        found.push(Diagnostic::error("prompt-language", &place.source, place.span.clone(), message));
    }
}

struct Steps {
    names: StepNames,
    /// `None` where any step is wrong.
    steps: Option<Vec<Step>>,
    /// Every step, as far as it is known.
    drafts: Vec<Draft>,
}

fn read_steps(mut table: Table<'_>, names: &Names, found: &mut Diagnostics) -> Steps {
    let entries = table.entries();
    if entries.is_empty() {
        found.push(
            table
                .error("no-steps", "a plan has at least one step")
                .help("write [step.NAME] and verb = \"…\""),
        );
    }
    if entries.len() > MOST_STEPS {
        found.push(table.error("too-many-steps", format!("a plan has at most {MOST_STEPS} steps")));
        return Steps { names: StepNames::new(), steps: None, drafts: Vec::new() };
    }
    let step_names: StepNames =
        entries.iter().enumerate().map(|(at, (name, _))| (name.value.clone(), StepId(at))).collect();
    let collects = find_collects(&entries);
    let within = In { names, steps: &step_names, collects: &collects };
    let mut steps = Some(Vec::new());
    let mut drafts = Vec::new();
    for (name, value) in &entries {
        let mut dead_ends = Vec::new();
        let step = read_step(name, value, &within, &mut dead_ends, found);
        drafts.push(match &step {
            Some(step) => Draft::of(step),
            None => Draft::guess(&name.value, value, &step_names, dead_ends),
        });
        match (step, &mut steps) {
            (Some(step), Some(steps)) => steps.push(step),
            _ => steps = None,
        }
    }
    Steps { names: step_names, steps, drafts }
}

/// What the steps of a plan may name.
struct In<'r> {
    names: &'r Names,
    steps: &'r StepNames,
    collects: &'r BTreeMap<StepId, bool>,
}

fn read_step(
    name: &At<String>,
    value: &Value<'_>,
    within: &In<'_>,
    dead_ends: &mut Vec<usize>,
    found: &mut Diagnostics,
) -> Option<Step> {
    let mut table = value.read::<Table<'_>>(found)?.value;
    let definition = read_verb(&mut table, found)?;
    let known: Vec<&str> = ["verb"].into_iter().chain(definition.key_names()).collect();
    table.only(&known, found);
    let In { names, steps, collects } = *within;
    let heard = Vec::new();
    let mut reader = StepReader { table, definition, names, steps, collects, found, heard, dead_ends };
    let verb = Verb::read(&mut reader)?;
    let place = value.source().place(name.span.clone());
    Some(Step { name: name.value.as_str().into(), verb, place, heard: reader.heard })
}

fn read_verb(table: &mut Table<'_>, found: &mut Diagnostics) -> Option<&'static Definition> {
    let verb = table.need::<String>("verb", found)?;
    let definition = DEFINITIONS.iter().find(|d| d.name == verb.value);
    if definition.is_none() {
        let help = suggestion(&verb.value, DEFINITIONS.iter().map(|d| d.name));
        let message = format!("there is no verb `{}`", verb.value);
        found.push(table.error_at("unknown-verb", verb.span, message).maybe_help(help));
    }
    definition
}

/// The steps that collect digits, and whether these are secret.
fn find_collects(entries: &[(At<String>, Value<'_>)]) -> BTreeMap<StepId, bool> {
    let collect = |(at, (_, value)): (usize, &(At<String>, Value<'_>))| {
        let is_collect = value.field("verb")?.scalar().as_deref() == Some("collect");
        let secret = value.field("secret").is_some_and(|s| s.scalar().as_deref() != Some("false"));
        is_collect.then_some((StepId(at), secret))
    };
    entries.iter().enumerate().filter_map(collect).collect()
}

fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".toml").unwrap_or(file)
}

/// The first 12 hexadecimal digits of the SHA-256 of a text: which version of a plan it is.
pub fn content_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
