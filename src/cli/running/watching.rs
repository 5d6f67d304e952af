//! Changed files: dialplans and prompts watched, and read again once nothing has changed for a while.

use super::reloading::{Reloader, Unanswered};
use crate::cli::settings::Settings;
use crate::cli::versions::By;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tracing::warn;

/// How long nothing may have changed before files are read: an editor's writes are one.
const QUIET: Duration = Duration::from_millis(500);
/// How long that may be waited for where something changes all the time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Watches where plans and prompts are.
pub struct Watching {
    /// Plans, then prompts.
    places: [PathBuf; 2],
    changed: Arc<Notify>,
    /// Watches as long as it is kept.
    watcher: Option<RecommendedWatcher>,
}

impl Watching {
    /// Watches from now on. What cannot be watched is warned of.
    pub fn start(settings: &Settings) -> Watching {
        let places = [settings.dialplans.clone(), settings.prompts.clone()];
        let mut watching = Watching { places, changed: Arc::default(), watcher: None };
        watching.watch_anew();
        watching
    }

    /// Reloads when something has changed, until the engine has ended.
    pub async fn obey(mut self, reloader: Reloader) {
        loop {
            self.changed.notified().await;
            self.until_quiet().await;
            self.watch_anew();
            match reloader.reload(By::FileChange).await {
                Err(Unanswered::Ended) => return,
                Err(Unanswered::Busy) | Ok(_) => {}
            }
        }
    }

    async fn until_quiet(&self) {
        // An editor writes a file in several steps: quiet is the one sign that it is done, and there is a longest wait.
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(QUIET) => return,
                () = &mut patience => return,
            }
        }
    }

    /// Watches what is there now, before anything is read: folders and links come and go, and a watch
    /// goes with what it was on.
    fn watch_anew(&mut self) {
        let guards: Vec<Guard> = self.places.iter().flat_map(|place| guards(place)).collect();
        let mut folders: BTreeMap<PathBuf, RecursiveMode> = BTreeMap::new();
        for guard in &guards {
            let mode = folders.entry(guard.folder.clone()).or_insert(RecursiveMode::NonRecursive);
            if guard.only.is_none() {
                *mode = RecursiveMode::Recursive;
            }
        }
        let changed = self.changed.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.map_or(true, |event| concerns(&guards, &event)) {
                changed.notify_one();
            }
        });
        self.watcher = watcher.map_err(|error| cannot_watch(&self.places[0], &error)).ok();
        for (folder, mode) in folders {
            if let Some(Err(error)) = self.watcher.as_mut().map(|watcher| watcher.watch(&folder, mode)) {
                cannot_watch(&folder, &error);
            }
        }
    }
}

fn cannot_watch(place: &Path, error: &notify::Error) {
    let place = place.display();
    warn!("{place} is not watched ({error}): changes there come into force with madoguchi reload or SIGHUP");
}

/// A folder, and what in it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Guard {
    folder: PathBuf,
    /// One name; none: everything in it, at any depth.
    only: Option<OsString>,
}

/// What is to be watched for a place: the folder itself; and where the place is a file, is a link, lies
/// behind links, or is not there, the entry that would change or come.
fn guards(place: &Path) -> Vec<Guard> {
    let Ok(place) = std::path::absolute(place) else { return Vec::new() };
    let mut guards = Vec::new();
    let mut ancestors: Vec<&Path> = place.ancestors().collect();
    ancestors.reverse();
    for path in ancestors {
        let seen = path.symlink_metadata();
        if path == place || seen.as_ref().map_or(true, |seen| seen.is_symlink()) {
            guards.extend(entry(path));
        }
        if seen.is_err() {
            return guards;
        }
    }
    match place.canonicalize() {
        Ok(folder) if folder.is_dir() => {
            guards.extend(linked_files(&folder));
            guards.push(Guard { folder, only: None });
        }
        Ok(file) => guards.extend(entry(&file)),
        Err(_) => {}
    }
    guards
}

/// An entry of its folder.
fn entry(path: &Path) -> Option<Guard> {
    Some(Guard { folder: path.parent()?.to_path_buf(), only: Some(path.file_name()?.to_os_string()) })
}

/// Files that links of a folder lead to.
fn linked_files(folder: &Path) -> Vec<Guard> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let targets = links.filter_map(|link| link.path().canonicalize().ok());
    targets.filter(|target| target.is_file()).filter_map(|target| entry(&target)).collect()
}

/// Whether an event is a change of what is guarded. Opening and reading is none: we do that ourselves.
fn concerns(guards: &[Guard], event: &Event) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let is_ours = |path: &PathBuf| {
        guards.iter().any(|guard| match &guard.only {
            Some(name) => path.strip_prefix(&guard.folder).is_ok_and(|rest| rest == Path::new(name)),
            None => path.starts_with(&guard.folder),
        })
    };
    is_change && (event.paths.is_empty() || event.paths.iter().any(is_ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().canonicalize().expect("a path");
        (folder, path)
    }

    fn guard(folder: &Path, only: Option<&str>) -> Guard {
        Guard { folder: folder.to_path_buf(), only: only.map(OsString::from) }
    }

    #[test]
    fn a_folder_is_watched_with_its_entry_and_a_missing_one_where_it_would_come() {
        let (_kept, root) = folder();
        std::fs::create_dir(root.join("plans")).expect("made");
        assert_eq!(
            guards(&root.join("plans")),
            [guard(&root, Some("plans")), guard(&root.join("plans"), None)]
        );
        assert_eq!(guards(&root.join("gone/plans")), [guard(&root, Some("gone"))]);
        std::fs::write(root.join("desk.toml"), "").expect("written");
        let twice = guard(&root, Some("desk.toml"));
        assert_eq!(guards(&root.join("desk.toml")), [twice.clone(), twice]);
    }

    #[test]
    fn links_on_the_way_and_in_the_folder_are_watched_and_what_they_lead_to() {
        let (_kept, root) = folder();
        std::fs::create_dir_all(root.join("v1/plans")).expect("made");
        std::fs::create_dir(root.join("shared")).expect("made");
        std::fs::write(root.join("shared/desk.toml"), "").expect("written");
        symlink(root.join("v1"), root.join("current")).expect("a link");
        symlink(root.join("shared/desk.toml"), root.join("v1/plans/desk.toml")).expect("a link");
        let want = [
            guard(&root, Some("current")),
            guard(&root.join("current"), Some("plans")),
            guard(&root.join("shared"), Some("desk.toml")),
            guard(&root.join("v1/plans"), None),
        ];
        assert_eq!(guards(&root.join("current/plans")), want);
    }

    #[test]
    fn only_changes_of_what_is_guarded_concern_us() {
        let plans = Path::new("/srv/plans");
        let guards = [guard(Path::new("/srv"), Some("plans")), guard(plans, None)];
        let event = |kind, path: &str| Event::new(kind).add_path(path.into());
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let read = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(concerns(&guards, &event(written, "/srv/plans/desk.toml")));
        assert!(concerns(
            &guards,
            &event(EventKind::Remove(notify::event::RemoveKind::Folder), "/srv/plans")
        ));
        assert!(concerns(&guards, &Event::new(EventKind::Other)), "events were lost");
        assert!(!concerns(&guards, &event(read, "/srv/plans/desk.toml")));
        assert!(!concerns(&guards, &event(written, "/srv/data.db")));
    }
}
