//! What is wrong with the settings, the machine and the lines to carriers, and what to do.
//!
//! Owns: the checks, each a line with its remedy. Does not know: how a line is asked (the trunk machines
//! of signaling do that, in the engine that runs, or in [`probe`] where none does).
//!
//! To add a check: a function that gives [`Check`]s, called in [`examine`].

mod machine;
mod probe;
mod seen;
mod trunk;

pub use seen::Seen;

use super::remote::{NoAnswer, look};
use super::settings::Settings;
use serde::Serialize;
use std::fmt::Write;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The trunk it is about; none: the machine.
    trunk: Option<String>,
    good: bool,
    /// What was found.
    what: String,
    /// What to do, where it is not good.
    help: Option<String>,
}

/// Everything that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub good: bool,
    /// Whether an engine runs with these settings.
    engine_runs: bool,
    checks: Vec<Check>,
}

impl Check {
    fn good(trunk: Option<&str>, what: impl Into<String>) -> Check {
        Check { trunk: trunk.map(str::to_string), good: true, what: what.into(), help: None }
    }

    fn wrong(trunk: Option<&str>, what: impl Into<String>, help: impl Into<String>) -> Check {
        Check { good: false, help: Some(help.into()), ..Check::good(trunk, what) }
    }
}

impl Report {
    fn new(engine_runs: bool, checks: Vec<Check>) -> Report {
        Report { good: checks.iter().all(|check| check.good), engine_runs, checks }
    }

    /// For people: what is wrong has its remedy under it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let state = if check.good { "ok   " } else { "wrong" };
            let of = check.trunk.as_ref().map_or(String::new(), |trunk| format!("trunk {trunk}: "));
            let _infallible = writeln!(text, "{state}  {of}{}", check.what);
            if let Some(help) = &check.help {
                let _infallible = writeln!(text, "       {help}");
            }
        }
        text
    }
}

/// Looks at everything, or at one trunk.
///
/// # Errors
/// In one line, why nothing can be looked at: no such trunk, no socket.
pub async fn examine(settings: &Settings, only: Option<&str>) -> Result<Report, String> {
    if let Some(name) = only.filter(|name| !settings.trunks.contains_key(*name)) {
        let names: Vec<&str> = settings.trunks.keys().map(String::as_str).collect();
        let there = if names.is_empty() { "none".to_string() } else { names.join(", ") };
        return Err(format!("there is no trunk `{name}` in the settings: there is {there}"));
    }
    let mut checks = if only.is_none() { machine::checks(settings) } else { Vec::new() };
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let (engine_runs, seen) = standings(settings, &wanted).await?;
    for (name, trunk) in settings.trunks.iter().filter(|(name, _)| wanted(name)) {
        let standing = seen.iter().find(|seen| seen.trunk == *name);
        checks.extend(trunk::checks(name, trunk, settings, standing));
    }
    Ok(Report::new(engine_runs, checks))
}

/// How the trunks stand: in the engine that runs, else as they are found now.
async fn standings(settings: &Settings, wanted: &impl Fn(&str) -> bool) -> Result<(bool, Vec<Seen>), String> {
    match look(settings.admin, "/trunks").await {
        Ok(answer) => seen::read(&answer.body).map(|seen| (true, seen)),
        Err(NoAnswer::NobodyThere(_) | NoAnswer::AnyPort) => {
            let any = settings.trunks.keys().any(|name| wanted(name));
            let found = if any { probe::ask(settings, wanted).await? } else { Vec::new() };
            Ok((false, found.iter().map(Seen::of).collect()))
        }
        Err(other @ NoAnswer::Other { .. }) => Err(other.to_string()),
    }
}
