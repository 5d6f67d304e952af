//! Dialplans read from a folder or a file, checked against what the settings and prompts name.

use super::library::{Manifest, Usage};
use super::reading::{self, refusal};
use super::settings::Settings;
use super::skies::skies;
use super::workplace::keep;
use crate::base::{PromptId, UnixTime};
use crate::case::{Field, Writer};
use crate::diag::{Diagnostic, Diagnostics, Source};
use crate::dialplan::{Names, PlanSet, QueueFacts};
use crate::engine::HOLD_MUSIC;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything a plan may name, and what its desks will be like from a moment on.
pub fn names(settings: &Settings, manifest: &Manifest, now: UnixTime) -> Names {
    let queues = settings.desks.iter().flat_map(|(desk, of)| {
        of.queues.iter().map(move |(name, queue)| {
            let ring = queue.ring.unwrap_or(of.ring);
            (name.clone(), QueueFacts { desk: desk.clone(), tier: queue.tier, ring })
        })
    });
    let prompts = manifest.prompts.iter().flat_map(|prompt| {
        prompt.recorded.iter().map(move |recorded| (prompt.id.clone(), recorded.language))
    });
    Names {
        queues: queues.collect(),
        desks: settings.desks.keys().cloned().collect(),
        transfers: settings.transfers.keys().cloned().collect(),
        webhooks: settings.webhooks.keys().cloned().collect(),
        prompts: prompts.collect(),
        case_fields: case_fields(settings),
        skies: skies(&settings.calendar(), now),
    }
}

/// The fields a plan may set, with their values where these can be listed.
fn case_fields(settings: &Settings) -> BTreeMap<String, Vec<String>> {
    let fields = Field::ALL.iter().filter(|field| field.writer == Writer::Plan);
    let values = |field: &Field| match field.name {
        "desk" => settings.desks.keys().cloned().collect(),
        name => {
            let words = (field.takes)();
            let words = words.split([',', ' ']).filter(|word| Field::check(name, word).is_ok());
            words.map(str::to_string).collect()
        }
    };
    fields.map(|field| (field.name.to_string(), values(field))).collect()
}

/// Reads and checks the plans of these folders (every `*.toml` in them) and files.
///
/// # Errors
/// Everything found in all of them, where anything found is an error.
pub fn load(paths: &[&Path], names: &Names) -> Result<(PlanSet, Vec<Diagnostic>), Vec<Diagnostic>> {
    load_with(paths, names, None)
}

/// The same, as if one of the files, which may be missing, had this text.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    paths: &[&Path],
    names: &Names,
    instead: Option<(&Path, &str)>,
) -> Result<(PlanSet, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut found = Diagnostics::new();
    let mut files: Vec<PathBuf> = paths.iter().flat_map(|path| files_of(path, &mut found)).collect();
    if let Some((file, _)) = instead.filter(|(file, _)| !files.iter().any(|other| other == file)) {
        files.push(file.to_path_buf());
    }
    let mut sources = Vec::new();
    for file in files {
        let source = match instead.filter(|(other, _)| *other == file) {
            Some((_, text)) => Ok(Source::new(&file.display().to_string(), text)),
            None => read(&file),
        };
        match source {
            Ok(source) => sources.push(source),
            Err(errors) => found.extend(errors),
        }
    }
    let complete = found.all().is_empty();
    if sources.is_empty() && complete {
        let path = paths.first().copied().unwrap_or(Path::new("."));
        let error = refusal(path, "no-default-plan", "there is no dialplan here");
        found.push(error.help("put a file NAME.toml into this folder"));
    }
    if sources.is_empty() {
        return Err(found.into_sorted());
    }
    let checked = PlanSet::check(&sources, names);
    let may_be_in_an_unread_file = |d: &Diagnostic| !complete && d.code == "no-default-plan";
    let checked = checked.map_err(|mut all| {
        all.retain(|d| !may_be_in_an_unread_file(d));
        all
    });
    let set = keep(checked, &mut found);
    found.finish(set)
}

/// Where each prompt can be heard: at which steps of which plans, and on hold.
pub fn usage(plans: &PlanSet) -> Usage {
    let mut usage = Usage::from([(PromptId::new(HOLD_MUSIC), vec!["hold".to_owned()])]);
    for plan in plans.plans() {
        for (step, prompt) in plan.heard() {
            let steps = usage.entry(prompt.clone()).or_default();
            let step = format!("{}/{step}", plan.name());
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    usage
}

/// The plans of a folder in the order of their names; a file is itself. Names that begin with a dot
/// belong to editors and to whoever puts the folder there.
fn files_of(path: &Path, found: &mut Diagnostics) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let entries = entries.unwrap_or_else(|error| {
        found.push(refusal(path, "no-file", format!("cannot read the folder of dialplans: {error}")));
        Vec::new()
    });
    let is_hidden =
        |file: &Path| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let is_plan = |file: &PathBuf| file.extension().is_some_and(|e| e == "toml") && !is_hidden(file);
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_plan).collect();
    files.sort();
    files.retain(|file| match refuse(path, file) {
        Some(error) => {
            found.push(error);
            false
        }
        None => true,
    });
    files
}

/// Why what lies in the folder under this name is no plan of it.
fn refuse(folder: &Path, file: &Path) -> Option<Diagnostic> {
    let refused = |message: String, help: &str| Some(refusal(file, "not-a-plan", message).help(help));
    let real = match folder.canonicalize().and_then(|folder| Ok((folder, file.canonicalize()?))) {
        Ok((folder, real)) if real.starts_with(&folder) => real,
        Ok((_, real)) => {
            let message = format!("this link leads out of the folder, to {}", real.display());
            return refused(message, "put the file itself into the folder");
        }
        Err(error) => return refused(format!("this leads nowhere: {error}"), "remove the link, or mend it"),
    };
    match real.metadata() {
        Ok(what) if what.is_file() => None,
        Ok(what) if what.is_dir() => {
            refused("this is a folder".into(), "plans lie directly in the folder of dialplans")
        }
        Ok(_) => refused("this is no regular file".into(), "put a file of text here"),
        Err(error) => refused(format!("cannot read the dialplan: {error}"), "put a file of text here"),
    }
}

/// The text of a plan's file.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> Result<Source, Vec<Diagnostic>> {
    reading::read(file, "the dialplan").map_err(|error| vec![*error])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::library;

    fn root(relative: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
    }

    fn shipped() -> Names {
        let manifest = library::load_manifest(&root("prompts")).expect("the shipped manifest");
        names(&Settings::built_in(), &manifest, UnixTime::from_secs(1_770_685_200))
    }

    #[test]
    fn the_shipped_plans_fit_the_shipped_settings_and_prompts() {
        let (set, warnings) = load(&[&root("dialplans")], &shipped()).expect("good plans");
        assert_eq!(warnings, []);
        assert_eq!(&**set.default_plan().name(), "webex-support");
    }

    #[test]
    fn where_a_prompt_is_heard_is_known_also_where_numbers_and_places_are_said() {
        let (set, _) = load(&[&root("dialplans")], &shipped()).expect("good plans");
        let usage = usage(&set);
        let used = |id: &str| usage.get(&PromptId::new(id)).map(|steps| steps.join(" "));
        assert_eq!(used("menu-pin").as_deref(), Some("webex-support/topic webex-support/topic-english"));
        assert_eq!(used("music-on-hold").map(|steps| steps.starts_with("hold ")), Some(true));
        for id in [
            "queue-position-20",
            "wait-minutes-60",
            "digit-7-end",
            "case-number-intro",
            "technical-difficulty",
        ] {
            assert!(used(id).is_some(), "{id}");
        }
        assert_eq!(used("no-such-prompt"), None);
    }

    #[test]
    fn a_plan_may_set_what_a_case_takes_from_plans() {
        let fields = shipped().case_fields;
        assert_eq!(fields["language"], ["ja", "en"]);
        assert_eq!(fields["severity"], ["S1", "S2", "S3", "S4"]);
        assert_eq!(fields["desk"], ["global", "japan", "sales"]);
        assert_eq!(fields["has_pin"].len(), 2);
        assert!(!fields.contains_key("caller"), "the engine's own");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let found = load(&[Path::new("/no/such/plan.toml")], &shipped()).expect_err("no file");
        assert!(found[0].message.starts_with("cannot read the dialplan: No such file"), "{}", found[0]);
        let empty = tempfile::tempdir().expect("a folder");
        let found = load(&[empty.path()], &shipped()).expect_err("no plans");
        assert_eq!(found[0].message, "there is no dialplan here");
    }
}
