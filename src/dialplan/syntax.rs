//! Reads steps: each key as its verb declared it, each name resolved, every mistake reported.

use super::key::{Definition, Holds, Key, Presence};
use super::names::{Names, QueueFacts};
use super::plan::{Heard, StepId};
use super::say::{Family, required_prompts};
use super::speech::Spoken;
use crate::base::limits::CLIPS_PER_PLAY;
use crate::base::{Digit, Language, PromptId};
use crate::diag::{
    At, Diagnostic, Diagnostics, FromToml, Span, Table, Value, parse_duration, suggestion, write_duration,
};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// Steps by name.
pub(super) type StepNames = BTreeMap<String, StepId>;

/// The table of one step, with all names it may use.
pub struct StepReader<'r, 'a> {
    pub(super) table: Table<'a>,
    pub(super) definition: &'static Definition,
    pub(super) names: &'r Names,
    pub(super) steps: &'r StepNames,
    /// The steps that collect digits, and whether these are secret.
    pub(super) collects: &'r BTreeMap<StepId, bool>,
    pub(super) found: &'r mut Diagnostics,
    /// Every prompt that can be heard at this step.
    pub(super) heard: Vec<Heard>,
    /// Where, among all that was found, it is reported that a way out is missing.
    pub(super) dead_ends: &'r mut Vec<usize>,
}

impl<'a> StepReader<'_, 'a> {
    /// A key's value as a type; a missing one is reported where its declaration requires it.
    pub(super) fn get<T: FromToml<'a>>(&mut self, key: &'static str) -> Option<At<T>> {
        let before = self.found.count();
        let read = match self.presence(key) {
            Presence::Required => self.table.need(key, self.found),
            Presence::Optional | Presence::Default(_) => self.table.take(key, self.found),
        };
        self.help_since(before, key);
        read
    }

    /// What was found since then and has no help gets the key as it is written right.
    pub(super) fn help_since(&mut self, before: usize, key: &'static str) {
        if let Some(declared) = self.declared(key).filter(|_| self.found.count() > before) {
            self.found.help_since(before, &format!("write {}", declared.sample()));
        }
    }

    /// A step's name, resolved.
    pub(super) fn target(&mut self, key: &'static str) -> Option<StepId> {
        if self.presence(key) == Presence::Required && !self.table.has(key) {
            self.dead_ends.push(self.found.all().len());
        }
        let name = self.get::<String>(key)?;
        resolve(&name, self.steps, &self.table, self.found)
    }

    /// Prompts: one name, `{ prompt, language }`, `{ pause }`, or a list of these.
    pub(super) fn clips(&mut self, key: &'static str) -> Option<Vec<Spoken>> {
        let value = self.get::<Value<'a>>(key)?.value;
        let before = self.found.count();
        let clips = self.clips_of(&value);
        self.help_since(before, key);
        clips
    }

    /// The prompts of a value within the step.
    pub(super) fn clips_of(&mut self, value: &Value<'a>) -> Option<Vec<Spoken>> {
        clips(value, self.names, &mut self.heard, self.found)
    }

    /// Notes what a family of prompts may have the caller hear; reports what is recorded in no language.
    pub(super) fn hears(&mut self, family: Family, span: &Span) {
        for prompt in required_prompts(family) {
            if !self.names.has_prompt_in_any(&prompt) {
                self.reject(
                    "unknown-prompt",
                    span.clone(),
                    format!("this needs prompt `{prompt}`, which there is not"),
                );
                return;
            }
            self.heard.push(Heard { prompt, language: None, place: self.table.source().place(span.clone()) });
        }
    }

    /// A duration within its declared bounds, or its declared default.
    pub(super) fn duration(&mut self, key: &'static str) -> Duration {
        let Holds::Duration(low, high) = self.holds(key) else { return Duration::ZERO };
        let default = self.default_of(key).and_then(parse_duration).unwrap_or(low);
        let read = self.get::<Duration>(key);
        self.within(key, read, low..=high, |length| format!("\"{}\"", write_duration(length)))
            .unwrap_or(default)
    }

    /// A whole number within its declared bounds, or its declared default.
    pub(super) fn count(&mut self, key: &'static str) -> u32 {
        let default = self.default_of(key).and_then(|d| d.parse().ok()).unwrap_or(0);
        self.number(key).unwrap_or(default)
    }

    /// A whole number within its declared bounds.
    pub(super) fn number(&mut self, key: &'static str) -> Option<u32> {
        let Holds::Number(low, high) = self.holds(key) else { return None };
        let read = self.get::<u32>(key);
        self.within(key, read, low..=high, |number| number.to_string())
    }

    /// The value, where it lies within its bounds; one that does not is reported. `write` writes a value as
    /// a plan does.
    fn within<T: Copy + PartialOrd>(
        &mut self,
        key: &str,
        read: Option<At<T>>,
        bounds: RangeInclusive<T>,
        write: impl Fn(T) -> String,
    ) -> Option<T> {
        let At { value, span } = read?;
        if bounds.contains(&value) {
            return Some(value);
        }
        let (low, high) = (write(*bounds.start()), write(*bounds.end()));
        let message = format!("`{key}` should lie between {low} and {high}");
        let nearest = if value < *bounds.start() { low } else { high };
        let error = self.table.error_at("out-of-range", span, message);
        self.found.push(error.help(format!("write {key} = {nearest}")));
        None
    }

    /// True or false, or its declared default.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let default = self.default_of(key) == Some("true");
        self.get::<bool>(key).map_or(default, |at| at.value)
    }

    /// What each telephone key leads to, read by `each`; at least one key.
    pub(super) fn keys<T>(
        &mut self,
        key: &'static str,
        mut each: impl FnMut(&mut Self, &Value<'a>) -> Option<T>,
    ) -> Option<BTreeMap<Digit, T>> {
        let mut table = self.get::<Table<'a>>(key)?;
        let before = self.found.count();
        let mut keys = BTreeMap::new();
        let mut good = true;
        for (name, value) in table.value.entries() {
            let read = (self.digit(&name), each(self, &value));
            match read {
                (Some(digit), Some(to)) => drop(keys.insert(digit, to)),
                _ => good = false,
            }
        }
        if good && keys.is_empty() {
            self.reject("no-keys", table.span, format!("`{key}` offers no key"));
        }
        self.help_since(before, key);
        (good && !keys.is_empty()).then_some(keys)
    }

    /// A desk's name.
    pub(super) fn desk(&mut self, key: &'static str) -> Option<At<String>> {
        let desk = self.get::<String>(key)?;
        known_desk(desk, self.names, &self.table, self.found)
    }

    /// A transfer's name.
    pub(super) fn transfer(&mut self, key: &'static str) -> Option<At<String>> {
        let transfer = self.get::<String>(key)?;
        known_transfer(transfer, self.names, &self.table, self.found)
    }

    /// A queue's name, with what the settings say of it.
    pub(super) fn queue(&mut self, key: &'static str) -> Option<(Arc<str>, QueueFacts)> {
        let queue = self.get::<String>(key)?;
        let facts = known_queue(&queue, self.names, &self.table, self.found)?.clone();
        Some((queue.value.into(), facts))
    }

    /// Reports a mistake.
    pub(super) fn reject(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.push(self.table.error_at(code, span, message));
    }

    /// One telephone key.
    pub(super) fn digit(&mut self, name: &At<String>) -> Option<Digit> {
        let mut chars = name.value.chars();
        let digit = chars.next().filter(|_| chars.as_str().is_empty()).and_then(Digit::from_char);
        if digit.is_none() {
            let message = format!("`{}` is no telephone key", name.value);
            let error = self.table.error_at("bad-digit", name.span.clone(), message);
            self.found.push(error.help("a key is one of 0 to 9, \"*\" and \"#\""));
        }
        digit
    }

    fn declared(&self, key: &str) -> Option<&'static Key> {
        let declared = self.definition.key(key);
        debug_assert!(declared.is_some(), "verb {} reads `{key}` without declaring it", self.definition.name);
        declared
    }

    fn presence(&self, key: &str) -> Presence {
        self.declared(key).map_or(Presence::Optional, |k| k.presence)
    }

    fn holds(&self, key: &str) -> Holds {
        self.declared(key).map_or(Holds::Flag, |k| k.holds)
    }

    fn default_of(&self, key: &str) -> Option<&'static str> {
        match self.presence(key) {
            Presence::Default(text) => Some(text),
            Presence::Required | Presence::Optional => None,
        }
    }
}

/// A transfer of the settings; another name is reported.
pub(super) fn known_transfer(
    transfer: At<String>,
    names: &Names,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<At<String>> {
    if names.transfers.contains(&transfer.value) {
        return Some(transfer);
    }
    let known = suggestion(&transfer.value, names.transfers.iter().map(String::as_str));
    let help = known.unwrap_or_else(|| "write [transfers.NAME] with its uri into the settings".into());
    let message = format!("there is no transfer `{}` in the settings", transfer.value);
    found.push(table.error_at("unknown-transfer", transfer.span, message).help(help));
    None
}

/// A desk of the settings; another name is reported.
pub(super) fn known_desk(
    desk: At<String>,
    names: &Names,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<At<String>> {
    if names.desks.contains(&desk.value) {
        return Some(desk);
    }
    let help = suggestion(&desk.value, names.desks.iter().map(String::as_str));
    let message = format!("there is no desk `{}` in the settings", desk.value);
    found.push(table.error_at("unknown-desk", desk.span, message).maybe_help(help));
    None
}

/// What the settings say of a queue; an unknown name is reported.
pub(super) fn known_queue<'n>(
    queue: &At<String>,
    names: &'n Names,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<&'n QueueFacts> {
    let facts = names.queues.get(&queue.value);
    if facts.is_none() {
        let help = suggestion(&queue.value, names.queues.keys().map(String::as_str));
        let message = format!("there is no queue `{}` in the settings", queue.value);
        found.push(table.error_at("unknown-queue", queue.span.clone(), message).maybe_help(help));
    }
    facts
}

/// The step of a name; an unknown one is reported.
pub(super) fn resolve(
    name: &At<String>,
    steps: &StepNames,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<StepId> {
    let step = steps.get(&name.value).copied();
    if step.is_none() {
        let help = suggestion(&name.value, steps.keys().map(String::as_str));
        let message = format!("there is no step `{}`", name.value);
        found.push(table.error_at("unknown-step", name.span.clone(), message).maybe_help(help));
    }
    step
}

/// One clip or a list of clips; at least one is to be heard.
pub(super) fn clips(
    value: &Value<'_>,
    names: &Names,
    heard: &mut Vec<Heard>,
    found: &mut Diagnostics,
) -> Option<Vec<Spoken>> {
    let list: Vec<At<Value<'_>>> = match value.is_list() {
        true => value.read::<Vec<At<Value<'_>>>>(found)?.value,
        false => vec![At { value: value.clone(), span: value.span() }],
    };
    let read: Vec<Option<Spoken>> = list.iter().map(|v| clip(&v.value, names, heard, found)).collect();
    if !read.iter().any(|clip| !matches!(clip, Some(Spoken::Pause(_)))) {
        let error = value.error("silent-prompt", format!("`{}` plays nothing", value.path()));
        found.push(error.help("name a prompt: `madoguchi prompts list` shows them"));
        return None;
    }
    if read.len() > CLIPS_PER_PLAY {
        let message =
            format!("{} pieces are more than the {CLIPS_PER_PLAY} that are played at once", read.len());
        found.push(value.error("out-of-range", message).help("play the rest in a step of its own"));
    }
    read.into_iter().collect()
}

fn clip(value: &Value<'_>, names: &Names, heard: &mut Vec<Heard>, found: &mut Diagnostics) -> Option<Spoken> {
    if value.is_string() {
        let id = value.read::<String>(found)?;
        return prompt(value, &id, None, names, heard, found);
    }
    if !value.is_table() {
        return value.wrong_type("a prompt's name, { prompt, language } or { pause }", found);
    }
    let mut table = value.read::<Table<'_>>(found)?.value;
    if table.has("pause") && table.has("prompt") {
        let error = value.error("two-in-one", "a piece is a prompt or a pause, not both");
        found.push(error.help("write a list: [\"PROMPT\", { pause = \"400ms\" }]"));
        return None;
    }
    if table.has("pause") {
        let pause = table.take::<Duration>("pause", found);
        table.finish(found);
        return pause.map(|pause| Spoken::Pause(pause.value));
    }
    table.only(&["prompt", "language", "pause"], found);
    let id = table.need::<String>("prompt", found);
    let language = table.take::<String>("language", found).map(|tag| language(value, &tag, found));
    match language {
        Some(None) => None,
        language => prompt(value, &id?, language.flatten(), names, heard, found),
    }
}

/// A language's tag.
pub(super) fn language(value: &Value<'_>, tag: &At<String>, found: &mut Diagnostics) -> Option<Language> {
    let language = Language::from_tag(&tag.value);
    if language.is_none() {
        let message = format!("`{}` is no language of this desk", tag.value);
        let place = value.source().place(tag.span.clone());
        let error = Diagnostic::error("unknown-language", value.source(), place.span, message);
        found.push(error.maybe_help(suggestion(&tag.value, Language::ALL.map(Language::tag))));
    }
    language
}

/// A prompt that exists: in the language it is fixed to, else in any. Whether it exists in every
/// language it can be heard in is for the proofs, which know who comes here.
fn prompt(
    value: &Value<'_>,
    id: &At<String>,
    language: Option<Language>,
    names: &Names,
    heard: &mut Vec<Heard>,
    found: &mut Diagnostics,
) -> Option<Spoken> {
    let prompt = PromptId::new(&id.value);
    let error = |code, message| Diagnostic::error(code, value.source(), id.span.clone(), message);
    if !names.has_prompt_in_any(&prompt) {
        let error = error("unknown-prompt", format!("there is no prompt `{}`", id.value));
        found.push(error.help(prompt_help(&id.value, names)));
        return None;
    }
    if let Some(fixed) = language.filter(|l| !names.has_prompt(&prompt, *l)) {
        let message = format!("prompt `{}` has no recording in {fixed}", id.value);
        found.push(error("prompt-language", message).help("record it, or name its other language"));
        return None;
    }
    heard.push(Heard { prompt: prompt.clone(), language, place: value.source().place(id.span.clone()) });
    Some(Spoken::Prompt(prompt, language))
}

/// The prompt that was meant, also by the name of its file.
fn prompt_help(written: &str, names: &Names) -> String {
    let file = written.rsplit('/').next().unwrap_or(written);
    let stem = file.split('.').next().unwrap_or(file);
    let near = suggestion(written, names.prompt_ids()).or_else(|| suggestion(stem, names.prompt_ids()));
    near.unwrap_or_else(|| "`madoguchi prompts list` shows which there are".to_owned())
}
