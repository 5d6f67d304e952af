//! `manifest.toml`: which prompts there are, what they say, where their recordings lie.

use crate::base::{Language, PromptId};
use crate::diag::{At, Diagnostic, Diagnostics, Document, Place, Source, Span, Table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most prompts a series may stand for.
const SERIES: usize = 1_000;

/// What a manifest names.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// In the order written.
    pub prompts: Vec<Prompt>,
}

/// A prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The name dialplans use.
    pub id: PromptId,
    /// Where the id is written.
    pub place: Place,
    /// What there is of it, by language.
    pub recorded: Vec<Recorded>,
}

/// A prompt in one language.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The language.
    pub language: Language,
    /// What is said.
    pub text: String,
    /// The recording, relative to the manifest's folder.
    pub file: PathBuf,
}

impl Manifest {
    /// The prompt of a name.
    pub fn prompt(&self, id: &str) -> Option<&Prompt> {
        self.prompts.iter().find(|prompt| prompt.id.as_str() == id)
    }
}

/// Reads the manifest of a folder.
pub(super) fn read(folder: &Path) -> Result<Manifest, Vec<Diagnostic>> {
    let path = folder.join("manifest.toml");
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let nothing = Source::new(&name, "");
        vec![Diagnostic::error(
            "no-prompts",
            &nothing,
            0..0,
            format!("cannot read the prompts' manifest: {error}"),
        )]
    })?;
    parse(&Source::new(&name, &text))
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
    table.value("voice");
    table.finish(&mut found);
    prompts.sort_by_key(|prompt: &Prompt| prompt.place.span.start);
    report_twice(&prompts, &mut found);
    found.finish(Some(Manifest { prompts })).map(|(manifest, _)| manifest)
}

fn tables<'a>(table: &mut Table<'a>, key: &str, found: &mut Diagnostics) -> Vec<At<Table<'a>>> {
    table.take(key, found).map_or(Vec::new(), |list| list.value)
}

fn read_prompt(mut table: Table<'_>, found: &mut Diagnostics) -> Option<Prompt> {
    let id = table.need::<String>("id", found)?;
    let mut recorded = Vec::new();
    for language in Language::ALL {
        let words = read_words(&mut table, language, found);
        recorded.extend(words.map(|words| words.of_prompt(&id.value, language)));
    }
    Some(Prompt {
        id: checked_id(&id, &id.value, &table, found)?,
        place: table.source().place(id.span),
        recorded,
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

/// What a table says of one language.
#[derive(Default)]
struct Words {
    text: Option<String>,
    file: Option<String>,
    special: BTreeMap<String, Special>,
}

/// What is different for one value of a series.
struct Special {
    text: Option<String>,
    file: Option<String>,
}

impl Words {
    fn of_prompt(self, id: &str, language: Language) -> Recorded {
        let file = self.file.unwrap_or_else(|| usual_file(id, language));
        Recorded { language, text: self.text.unwrap_or_default(), file: file.into() }
    }

    fn of_value(&self, id: &str, value: i64, language: Language) -> Recorded {
        let fill = |template: &String| template.replace("{n}", &value.to_string());
        let special = self.special.get(&value.to_string());
        let text = special.and_then(|s| s.text.as_ref()).or(self.text.as_ref());
        let file = special.and_then(|s| s.file.as_ref()).or(self.file.as_ref());
        let file = file.map_or_else(|| usual_file(id, language), fill);
        Recorded { language, text: text.map(fill).unwrap_or_default(), file: file.into() }
    }
}

fn usual_file(id: &str, language: Language) -> String {
    format!("{language}/{id}.wav")
}

/// The part of a language; keys that only the generator reads are let be. None: not in this language.
fn read_words(table: &mut Table<'_>, language: Language, found: &mut Diagnostics) -> Option<Words> {
    let mut part = table.take::<Table<'_>>(language.tag(), found)?.value;
    let text = part.need::<String>("text", found).map(|text| text.value);
    let file = part.take::<String>("file", found).map(|file| file.value);
    let mut special = BTreeMap::new();
    for (value, table) in part.sub("special", found).entries() {
        if let Some(mut table) = table.read::<Table<'_>>(found).map(|table| table.value) {
            let text = table.take::<String>("text", found).map(|text| text.value);
            let file = table.take::<String>("file", found).map(|file| file.value);
            special.insert(value.value, Special { text, file });
        }
    }
    Some(Words { text, file, special })
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
    let words = Language::ALL.map(|language| (language, read_words(&mut table, language, found)));
    let mut prompts = Vec::new();
    for value in values.value {
        let name = id.value.replace("{n}", &value.value.to_string());
        let Some(checked) = checked_id(&id, &name, &table, found) else { break };
        let recorded = words.iter().filter_map(|(language, words)| {
            words.as_ref().map(|words| words.of_value(&name, value.value, *language))
        });
        let place = table.source().place(value.span);
        prompts.push(Prompt { id: checked, place, recorded: recorded.collect() });
    }
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
