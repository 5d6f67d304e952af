//! `madoguchi check`: every diagnostic of settings, dialplans and prompts, then what was proved.

use super::Status;
use crate::calendar::Schedule;
use crate::cli::check::{Report, run};
use crate::cli::doubts;
use crate::cli::library::{self, Decoded, Manifest};
use crate::cli::output::{Format, complain, print};
use crate::cli::settings::keys::ROOT;
use crate::cli::settings::{self, Loaded, Settings, Surroundings};
use crate::cli::workplace::{Workplace, keep};
use crate::cli::{plans, reading};
use crate::diag::{Diagnostics, Document};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = "Without PATH: the settings, and the dialplans and prompts they name.\n\
    Example: madoguchi check dialplans/webex-support.toml")]
pub(super) struct Args {
    /// Settings files, dialplans or folders of them, folders of prompts
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Settings,
    Prompts,
    Plans,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let mut found = Diagnostics::new();
        let mut checked = Checked::default();
        self.check(config, &mut found, &mut checked);
        let report = Report {
            diagnostics: found.into_sorted(),
            plans: checked.workplace.as_ref().map(|workplace| &*workplace.plans),
            proved: checked.proved,
        };
        let printed = run(&report, self.format);
        complain(&printed.stderr);
        print(&printed.stdout);
        printed.exit
    }

    fn check(&self, config: Option<&Path>, found: &mut Diagnostics, checked: &mut Checked) {
        let all = self.paths.is_empty();
        let kinds: Vec<(Kind, &Path)> = self.paths.iter().map(|path| (kind(path), path.as_path())).collect();
        let of = |wanted: Kind| kinds.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, path)| *path);
        let settings = checked.settings(config, found);
        for file in of(Kind::Settings) {
            checked.settings(Some(file), found);
        }
        let Some(Loaded { settings, layers, .. }) = settings else { return };
        let mut manifest = checked.prompts(&settings.prompts, all, found);
        for folder in of(Kind::Prompts) {
            manifest = checked.prompts(folder, true, found).or(manifest);
        }
        let whole = settings.dialplans.clone();
        let named: Vec<&Path> = if all { vec![&whole] } else { of(Kind::Plans).collect() };
        if let Some(manifest) = manifest.filter(|_| !named.is_empty()) {
            checked.plans(settings, &manifest, &named, found);
        }
        if let Some(workplace) = checked.workplace.as_ref().filter(|_| all) {
            found.extend(doubts::of(workplace, &layers, super::now()));
        }
    }
}

/// What came out well.
#[derive(Default)]
struct Checked {
    decoded: Option<Decoded>,
    workplace: Option<Workplace>,
    proved: Vec<String>,
}

impl Checked {
    fn settings(&mut self, file: Option<&Path>, found: &mut Diagnostics) -> Option<Loaded> {
        let loaded = settings::load(file, &Surroundings::of_process());
        let loaded = keep(loaded.map(|loaded| (loaded.clone(), loaded.warnings)), found)?;
        let from = loaded.file.as_ref().map_or("built-in defaults".into(), |file| file.display().to_string());
        self.proved.push(format!("settings: {from}"));
        self.proved.extend(loaded.settings.desks.iter().map(|(name, desk)| hours(name, &desk.schedule)));
        Some(loaded)
    }

    /// The manifest; with `listen` every recording is decoded too.
    fn prompts(&mut self, folder: &Path, listen: bool, found: &mut Diagnostics) -> Option<Manifest> {
        let manifest = keep(library::load_manifest(folder).map(|m| (m, Vec::new())), found)?;
        let heard = || library::decode(folder, &manifest).map(|d| (d, Vec::new()));
        if let Some(decoded) = listen.then(heard).and_then(|heard| keep(heard, found)) {
            let library = &decoded.library;
            let (ids, sounds) = (library.ids().count(), library.sounds().count());
            self.proved
                .push(format!("prompts: {ids} in {}, all {sounds} recordings decoded", folder.display()));
            self.decoded = Some(decoded);
        }
        Some(manifest)
    }

    /// Plans, read and proved, then tried out with the recordings callers will hear.
    fn plans(&mut self, settings: Settings, manifest: &Manifest, named: &[&Path], found: &mut Diagnostics) {
        let names = plans::names(&settings, manifest, super::now());
        let Some(set) = keep(plans::load(named, &names), found) else { return };
        let decode = || library::decode(&settings.prompts, manifest).map(|decoded| (decoded, Vec::new()));
        let Some(decoded) = self.decoded.take().or_else(|| keep(decode(), found)) else { return };
        let workplace = Workplace::of(settings, set, decoded);
        let trial = workplace.try_out(super::now());
        found.extend(trial.found);
        self.proved.extend(trial.proved);
        self.workplace = Some(workplace);
    }
}

fn hours(name: &str, schedule: &Schedule) -> String {
    let known = schedule.holidays_known_until();
    let holidays = known.map_or(String::new(), |day| format!(", public holidays known until {day}"));
    format!("hours of desk {name}: zone {}{holidays}", schedule.time_zone())
}

fn kind(path: &Path) -> Kind {
    if path.join("manifest.toml").is_file() || path.file_name().is_some_and(|name| name == "manifest.toml") {
        return Kind::Prompts;
    }
    let Ok(source) = reading::read(path, "it") else { return Kind::Plans };
    let document = Document::parse(&source, &mut Diagnostics::new());
    let table = document.table();
    let is_settings = ROOT.keys.iter().any(|section| table.has(section.name));
    if is_settings { Kind::Settings } else { Kind::Plans }
}
