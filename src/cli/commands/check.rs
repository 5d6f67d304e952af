//! `madoguchi check`: every diagnostic of settings, dialplans and prompts, then what was proved.

use super::Status;
use crate::calendar::Schedule;
use crate::cli::check::{Report, run};
use crate::cli::library::{self, Manifest};
use crate::cli::output::{Format, complain, print};
use crate::cli::plans;
use crate::cli::settings::{self, Settings, Surroundings};
use crate::cli::workplace::keep;
use crate::diag::{Diagnostics, Document, Source};
use crate::dialplan::PlanSet;
use std::path::{Path, PathBuf};

/// Sections of a settings file; a dialplan has none of them.
const SECTIONS: [&str; 9] =
    ["sip", "media", "http", "admin", "store", "dialplan", "desks", "trunks", "agents"];

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
            plans: checked.plans.as_ref(),
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
        let Some(settings) = settings else { return };
        let mut manifest = checked.prompts(&settings.prompts, all, found);
        for folder in of(Kind::Prompts) {
            manifest = checked.prompts(folder, true, found).or(manifest);
        }
        let named: Vec<&Path> = if all { vec![&settings.dialplans] } else { of(Kind::Plans).collect() };
        if let Some(manifest) = manifest.filter(|_| !named.is_empty()) {
            checked.plans = keep(plans::load(&named, &plans::names(&settings, &manifest)), found);
        }
    }
}

/// What came out well.
#[derive(Default)]
struct Checked {
    plans: Option<PlanSet>,
    proved: Vec<String>,
}

impl Checked {
    fn settings(&mut self, file: Option<&Path>, found: &mut Diagnostics) -> Option<Settings> {
        let loaded = settings::load(file, &Surroundings::of_process());
        let loaded = keep(loaded.map(|loaded| (loaded.clone(), loaded.warnings)), found)?;
        let from = loaded.file.as_ref().map_or("built-in defaults".into(), |file| file.display().to_string());
        self.proved.push(format!("settings: {from}"));
        self.proved.extend(loaded.settings.desks.iter().map(|(name, desk)| hours(name, &desk.schedule)));
        Some(loaded.settings)
    }

    /// The manifest; with `listen` every recording is decoded too.
    fn prompts(&mut self, folder: &Path, listen: bool, found: &mut Diagnostics) -> Option<Manifest> {
        let manifest = keep(library::load_manifest(folder).map(|m| (m, Vec::new())), found)?;
        if listen {
            let library = keep(library::decode(folder, &manifest).map(|d| (d.library, Vec::new())), found)?;
            let (ids, sounds) = (library.ids().count(), library.sounds().count());
            self.proved
                .push(format!("prompts: {ids} in {}, all {sounds} recordings decoded", folder.display()));
        }
        Some(manifest)
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
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let source = Source::new("", &text);
    let document = Document::parse(&source, &mut Diagnostics::new());
    let table = document.table();
    if SECTIONS.iter().any(|section| table.has(section)) { Kind::Settings } else { Kind::Plans }
}
