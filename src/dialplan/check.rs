//! From the text of a plan to a [`Plan`], or to everything that is wrong with it.

use super::expect::{EXPECT_KEYS, WITHIN_KEYS, read_expects, read_within};
use super::key::{Definition, Holds, Key, names_of};
use super::names::Names;
use super::plan::{Claims, Heard, Plan, Step, StepId};
use super::prove::{self, Draft, Ground, Sketch};
use super::speech::Spoken;
use super::syntax::{StepNames, StepReader, clips, language, resolve};
use super::verbs::{DEFINITIONS, Verb};
use crate::base::{Language, Number};
use crate::diag::{At, Diagnostic, Diagnostics, Document, Place, Source, Table, Value, suggestion};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The outermost keys of a plan.
pub const PLAN_KEYS: &[Key] = &[
    Key::optional("numbers", Holds::Telephones, "the numbers it answers, in any spelling"),
    Key::with_default("default", Holds::Flag, "false", "whether it answers the numbers that no plan names"),
    Key::with_default("language", Holds::Word(LANGUAGES), "ja", "until the caller chooses"),
    Key::required("start", Holds::Step, "where a call begins"),
    Key::with_default("trouble", Holds::Prompts, TROUBLE, "said before a call ends that ran too many steps"),
    Key::required("step", Holds::Steps, "[step.NAME] with `verb` and the verb's keys"),
    Key::optional("expect", Holds::Tables(EXPECT_KEYS), "a call, and where it must come: `check` walks it"),
    Key::optional("within", Holds::Table(WITHIN_KEYS), "bounds that every caller's way keeps"),
];
pub(super) const LANGUAGES: &[&str] = &[Language::ALL[0].tag(), Language::ALL[1].tag()];
const HOW_NUMBERS_ARE_WRITTEN: &str = "write it in quotes, as \"0312345678\" or \"+81312345678\"";
const HOW_STEPS_ARE_WRITTEN: &str = "write [step.NAME], and under it verb = \"…\"";
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
    let (_, plan) = examine(source, names, &mut found);
    found.finish(plan)
}

/// The same, with what the file claims among other plans, which is known where its steps are wrong:
/// `None` where the text could not be read to its end.
pub(super) fn examine(
    source: &Source,
    names: &Names,
    found: &mut Diagnostics,
) -> (Option<Claims>, Option<Plan>) {
    let mut of_this = Diagnostics::new();
    let document = Document::parse(source, &mut of_this);
    if !document.is_whole() {
        found.extend(of_this.into_sorted());
        return (None, None);
    }
    let mut table = document.table();
    refuse_inclusion(&mut table, &mut of_this);
    table.only(&names_of(PLAN_KEYS), &mut of_this);
    let claims = read_claims(source, &mut table, &mut of_this);
    let Read { plan, sketch } = read_plan(claims.clone(), table, names, &mut of_this);
    let plan = plan.filter(|_| !of_this.has_errors());
    if let Some(sketch) = sketch {
        prove(plan.as_ref(), &sketch, names, &mut of_this);
    }
    of_this.leave_out_what_follows();
    let plan = plan.filter(|_| !of_this.has_errors());
    found.extend(of_this.into_sorted());
    (Some(claims), plan)
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

fn refuse_inclusion(table: &mut Table<'_>, found: &mut Diagnostics) {
    for key in ["include", "includes", "import", "extends"] {
        let message = format!("a plan has no key `{key}`");
        table.refuse(
            key,
            "no-inclusion",
            &message,
            "one file is one plan: write its steps into this file",
            found,
        );
    }
}

fn read_claims(source: &Source, table: &mut Table<'_>, found: &mut Diagnostics) -> Claims {
    Claims {
        name: stem(source.name()).into(),
        numbers: read_numbers(table, found),
        is_default: table.take::<bool>("default", found).filter(|d| d.value).map(|d| source.place(d.span)),
        source: source.clone(),
    }
}

fn read_plan(claims: Claims, mut table: Table<'_>, names: &Names, found: &mut Diagnostics) -> Read {
    let language = read_language(&mut table, found);
    let trouble = read_trouble(&mut table, names, found);
    let before = found.count();
    let start = table.need::<String>("start", found);
    found.help_since(before, "write start = \"STEP\" above the first step");
    let steps = table.take::<Table<'_>>("step", found);
    found.help_since(before, HOW_STEPS_ARE_WRITTEN);
    let steps = match steps {
        Some(steps) => steps.value,
        None if table.has("step") => return Read { plan: None, sketch: None },
        None => table.sub("step", found),
    };
    let all = read_steps(steps, names, found);
    let start = start.filter(|_| !all.names.is_empty());
    let start = start.and_then(|name| resolve(&name, &all.names, &table, found));
    let expects = read_expects(&mut table, names, &all.names, found);
    let within = read_within(&mut table, found);
    let sketch = start.filter(|_| !all.drafts.is_empty()).map(|start| Sketch {
        start,
        language: language.unwrap_or(Language::Ja),
        drafts: all.drafts,
    });
    let whole = || {
        Some(Plan {
            content_hash: content_hash(claims.source.text()),
            claims,
            language: language?,
            trouble: trouble?,
            start: start?,
            steps: all.steps?,
            queues: names.queues.clone(),
            expects,
            within,
        })
    };
    Read { plan: whole(), sketch }
}

fn read_numbers(table: &mut Table<'_>, found: &mut Diagnostics) -> Vec<(Number, Place)> {
    let written = table.take::<Vec<At<Value<'_>>>>("numbers", found).map_or(Vec::new(), |list| list.value);
    let mut numbers: Vec<(Number, Place)> = Vec::new();
    for value in written {
        let value = value.value;
        if !value.is_string() {
            let help = Some(HOW_NUMBERS_ARE_WRITTEN.to_owned());
            let _reported: Option<()> = value.wrong_type_for("a telephone number in quotes", help, found);
            continue;
        }
        let Some(text) = value.read::<String>(found) else { continue };
        let place = table.source().place(text.span.clone());
        let Some(number) = Number::parse(&text.value) else {
            let message = format!("`{}` is no telephone number", text.value);
            found.push(table.error_at("bad-number", text.span, message).help(HOW_NUMBERS_ARE_WRITTEN));
            continue;
        };
        if let Some((_, first)) = numbers.iter().find(|(n, _)| *n == number) {
            let error =
                table.error_at("number-twice", text.span, format!("`{}` is written twice", text.value));
            found.push(error.second(first.clone(), "first here").help("leave out one of them"));
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
        found.push(table.error("no-steps", "a plan has at least one step").help(HOW_STEPS_ARE_WRITTEN));
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
    let before = found.count();
    let table = value.read::<Table<'_>>(found);
    found.help_since(before, HOW_STEPS_ARE_WRITTEN);
    let mut table = table?.value;
    if !table.has("verb") {
        let of_any = DEFINITIONS.iter().flat_map(Definition::key_names);
        table.only(&["verb"].into_iter().chain(of_any).collect::<Vec<_>>(), found);
    }
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
    let before = found.count();
    let verb = table.need::<String>("verb", found);
    let all: Vec<&str> = DEFINITIONS.iter().map(|d| d.name).collect();
    found.help_since(before, &format!("write verb = \"…\", one of: {}", all.join(", ")));
    let verb = verb?;
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
