//! Versions of dialplans: which there were, how they differ, how an older one comes back into its file.
//!
//! Owns: what a version is called, who may have put it in force, the way of an old text into a plan's
//! file. Does not know: what a plan means, how a running engine takes a changed file.
//!
//! Invariants: the file stays the truth: a version comes into force by being its file's text; a text
//! is in the store before another takes its place; a file has the old text or the new one, whole.

mod put_back;
mod show;
mod wanted;

pub use put_back::{NotPutBack, PutBack, put_back};
pub use show::{diff, list};
pub use wanted::{FindError, Wanted};

use crate::base::UnixTime;
use crate::dialplan::PlanSet;
use crate::store::PlanVersion;
use std::fmt;
use std::path::{Path, PathBuf};

/// Who had plans come into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The engine's start.
    Start,
    /// A SIGHUP.
    Sighup,
    /// `madoguchi reload`, or a request, by this person.
    Reload(String),
    /// A file that changed.
    FileChange,
    /// `madoguchi plan rollback`, by this person.
    Rollback(String),
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, who) = match self {
            By::Start => ("start", ""),
            By::Sighup => ("SIGHUP", ""),
            By::FileChange => ("file change", ""),
            By::Reload(who) => ("reload", who.as_str()),
            By::Rollback(who) => ("rollback", who.as_str()),
        };
        write!(f, "{what}{}{who}", if who.is_empty() { "" } else { " " })
    }
}

/// Plans that come into force, as versions to keep.
pub fn in_force(plans: &PlanSet, by: &By, at: UnixTime) -> Vec<PlanVersion> {
    let version = |plan: &std::sync::Arc<crate::dialplan::Plan>| PlanVersion {
        name: plan.name().to_string(),
        hash: plan.content_hash().to_string(),
        text: plan.source().text().to_string(),
        kept_at: at,
        first_in_force_at: Some(at),
        by: by.to_string(),
    };
    plans.plans().iter().map(version).collect()
}

/// The file of a plan where the settings say that plans are; none: that is one file, of another plan.
pub fn file_of(dialplans: &Path, name: &str) -> Option<PathBuf> {
    let is_file = dialplans.extension().is_some_and(|extension| extension == "toml") && !dialplans.is_dir();
    match is_file {
        false => Some(dialplans.join(format!("{name}.toml"))),
        true => dialplans.file_stem().is_some_and(|stem| stem == name).then(|| dialplans.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_is_said_with_the_name_where_there_is_one() {
        let said = [
            By::Start,
            By::Sighup,
            By::Reload("sato".into()),
            By::Reload(String::new()),
            By::Rollback("sato".into()),
        ]
        .map(|by| by.to_string());
        assert_eq!(said, ["start", "SIGHUP", "reload sato", "reload", "rollback sato"]);
    }

    #[test]
    fn a_plan_has_a_file_in_the_folder_or_is_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |path: &Path, name| file_of(path, name);
        assert_eq!(file(folder.path(), "desk"), Some(folder.path().join("desk.toml")));
        assert_eq!(file(Path::new("no/such"), "desk"), Some("no/such/desk.toml".into()));
        assert_eq!(file(Path::new("no/desk.toml"), "desk"), Some("no/desk.toml".into()));
        assert_eq!(file(Path::new("no/desk.toml"), "other"), None);
    }
}
