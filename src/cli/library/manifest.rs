//! `manifest.toml`: which prompts there are, what they say, where their recordings lie.

use super::words::Words;
use crate::audio::level::Content;
use crate::base::{Language, PromptId};
use crate::cli::reading;
use crate::diag::{At, Diagnostic, Diagnostics, Document, Place, Source, Span, Table, Value, suggestion};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most prompts a series may stand for.
const SERIES: usize = 1_000;
/// The words for what is recorded.
const KINDS: [(&str, Content); 3] =
    [("speech", Content::Speech), ("fragment", Content::Fragment), ("music", Content::Music)];

/// What a manifest names.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// In the order written.
    pub prompts: Vec<Prompt>,
    /// How each language is spoken where nobody recorded it.
    pub voices: BTreeMap<Language, Voice>,
    /// Where it begins.
    pub place: Place,
}

/// The settings of a synthesiser and of its tone filter.
#[derive(Clone, Debug)]
pub struct Voice {
    /// Where they are written.
    pub place: Place,
    /// Each by name, as text.
    pub settings: BTreeMap<String, String>,
}

/// A prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The name dialplans use.
    pub id: PromptId,
    /// Where the id is written.
    pub place: Place,
    /// Speech, a piece of it, or music.
    pub content: Content,
    /// What there is of it, by language.
    pub recorded: Vec<Recorded>,
}

/// A prompt in one language.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The language.
    pub language: Language,
    /// What is said, as people read it.
    pub text: String,
    /// What is said, as the generator is told.
    pub say: String,
    /// Which piece of it is cut out, counted from 0.
    pub take: Option<u32>,
    /// What the generator is to understand.
    pub reading: Option<String>,
    /// The recording, relative to the manifest's folder.
    pub file: PathBuf,
}

impl Manifest {
    /// The prompt of a name.
    pub fn prompt(&self, id: &str) -> Option<&Prompt> {
        self.prompts.iter().find(|prompt| prompt.id.as_str() == id)
    }

    /// Every recording with its prompt, in the order written.
    pub fn recordings(&self) -> impl Iterator<Item = (&Prompt, &Recorded)> {
        self.prompts.iter().flat_map(|prompt| prompt.recorded.iter().map(move |recorded| (prompt, recorded)))
    }
}

/// What a manifest calls this kind of recording.
pub(super) fn kind_of(content: Content) -> &'static str {
    KINDS.iter().find(|(_, kind)| *kind == content).map_or("", |(word, _)| *word)
}

/// Reads the manifest of a folder.
pub(super) fn read(folder: &Path) -> Result<Manifest, Vec<Diagnostic>> {
    let source = reading::read(&folder.join("manifest.toml"), "the prompts' manifest");
    parse(&source.map_err(|error| vec![*error])?)
}

pub(super) fn parse(source: &Source) -> Result<Manifest, Vec<Diagnostic>> {
    let mut found = Diagnostics::new();
    let document = Document::parse(source, &mut found);
    let mut table = document.table();
    let mut prompts = Vec::new();
    for entry in tables(&mut table, "prompt", &mut found) {
        prompts.extend(read_prompt(entry.value, &mut found));
    }
    for entry in tables(&mut table, "series", &mut found) {
        prompts.extend(read_series(entry.value, &mut found));
    }
    let voices = read_voices(&mut table, &mut found);
    table.finish(&mut found);
    prompts.sort_by_key(|prompt: &Prompt| prompt.place.span.start);
    report_twice(&prompts, &mut found);
    let manifest = Manifest { prompts, voices, place: source.place(0..0) };
    found.finish(Some(manifest)).map(|(manifest, _)| manifest)
}

fn tables<'a>(table: &mut Table<'a>, key: &str, found: &mut Diagnostics) -> Vec<At<Table<'a>>> {
    table.take(key, found).map_or(Vec::new(), |list| list.value)
}

fn read_voices(table: &mut Table<'_>, found: &mut Diagnostics) -> BTreeMap<Language, Voice> {
    let mut voices = table.sub("voice", found);
    let mut read = BTreeMap::new();
    for language in Language::ALL {
        let Some(mut voice) = voices.take::<Table<'_>>(language.tag(), found) else { continue };
        let settings = voice.value.entries().into_iter();
        let settings = settings.map(|(name, value)| (name.value, setting(&value, found))).collect();
        read.insert(language, Voice { place: table.source().place(voice.span), settings });
    }
    voices.finish(found);
    read
}

/// As the generator writes it: numbers with the fewest digits.
fn setting(value: &Value<'_>, found: &mut Diagnostics) -> String {
    let float = |found: &mut Diagnostics| value.read::<f64>(found).map(|at| format!("{:?}", at.value));
    value.scalar().or_else(|| float(found)).unwrap_or_default()
}

fn read_prompt(mut table: Table<'_>, found: &mut Diagnostics) -> Option<Prompt> {
    let id = table.need::<String>("id", found)?;
    let content = read_kind(&mut table, found);
    let words = Language::ALL.map(|language| Words::read(&mut table, language, found));
    let prompt = Prompt {
        id: checked_id(&id, &id.value, &table, found)?,
        place: table.source().place(id.span),
        content,
        recorded: words.into_iter().flatten().map(|words| words.of_prompt(&id.value)).collect(),
    };
    table.finish(found);
    Some(prompt)
}

fn read_kind(table: &mut Table<'_>, found: &mut Diagnostics) -> Content {
    let Some(word) = table.take::<String>("kind", found) else { return Content::default() };
    let known = KINDS.iter().find(|(name, _)| *name == word.value);
    known.map(|(_, content)| *content).unwrap_or_else(|| {
        let message = format!("`{}` is no kind of prompt", word.value);
        let help = suggestion(&word.value, KINDS.map(|(name, _)| name));
        found.push(table.error_at("unknown-word", word.span, message).maybe_help(help));
        Content::default()
    })
}

/// Small letters, digits and hyphens: what dialplans can name without thinking.
fn checked_id(
    written: &At<String>,
    id: &str,
    table: &Table<'_>,
    found: &mut Diagnostics,
) -> Option<PromptId> {
    let good =
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        let message = format!("`{id}` is no name of a prompt");
        let error = table.error_at("bad-prompt-id", written.span.clone(), message);
        found.push(error.help("small letters, digits and hyphens"));
    }
    good.then(|| PromptId::new(id))
}

fn read_series(mut table: Table<'_>, found: &mut Diagnostics) -> Vec<Prompt> {
    let id = table.need::<String>("id", found);
    let values = table.need::<Vec<At<i64>>>("values", found);
    let (Some(id), Some(values)) = (id, values) else { return Vec::new() };
    if !id.value.contains("{n}") {
        let message = format!("`{}` has no place for the value", id.value);
        found.push(table.error_at("bad-series", id.span, message).help("write {n} where the value goes"));
        return Vec::new();
    }
    if values.value.len() > SERIES {
        let message = format!("a series has at most {SERIES} values");
        found.push(table.error_at("bad-series", values.span, message));
        return Vec::new();
    }
    let content = read_kind(&mut table, found);
    let words = Language::ALL.map(|language| Words::read(&mut table, language, found));
    let words: Vec<Words> = words.into_iter().flatten().collect();
    let count = values.value.len();
    let mut prompts = Vec::new();
    for (at, value) in values.value.into_iter().enumerate() {
        let name = id.value.replace("{n}", &value.value.to_string());
        let Some(checked) = checked_id(&id, &name, &table, found) else { break };
        let recorded = words.iter().map(|words| words.of_value(&name, value.value, at, count)).collect();
        let place = table.source().place(value.span);
        prompts.push(Prompt { id: checked, place, content, recorded });
    }
    table.finish(found);
    prompts
}

fn report_twice(prompts: &[Prompt], found: &mut Diagnostics) {
    let mut first: BTreeMap<&PromptId, &Place> = BTreeMap::new();
    for prompt in prompts {
        if let Some(other) = first.insert(&prompt.id, &prompt.place) {
            let span: Span = prompt.place.span.clone();
            let message = format!("prompt `{}` is named twice", prompt.id);
            let error = Diagnostic::error("prompt-twice", &prompt.place.source, span, message);
            found.push(error.second(other.clone(), "first here"));
        }
    }
}
