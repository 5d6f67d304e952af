//! The way of an older version back into its file.

use super::{By, FindError, Wanted, file_of};
use crate::base::UnixTime;
use crate::cli::library::Decoded;
use crate::cli::plans;
use crate::cli::settings::Settings;
use crate::cli::workplace::new_mistakes;
use crate::diag::Diagnostic;
use crate::dialplan::content_hash;
use crate::store::{PlanVersion, Store, StoreError, Write};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// An older version is its file's text again.
#[derive(Clone, Debug)]
pub struct PutBack {
    /// The version.
    pub version: PlanVersion,
    /// The file.
    pub file: PathBuf,
    /// The version of the text that lay there; none: no text did.
    pub instead_of: Option<String>,
}

/// Why nothing was put back.
#[derive(Debug, thiserror::Error)]
pub enum NotPutBack {
    /// Which version is meant is not clear.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The settings have one file, of another plan.
    #[error("{version} has no file: [dialplan] path is {}, another plan", .dialplans.display())]
    NoFile {
        /// The version.
        version: String,
        /// The file of the settings.
        dialplans: PathBuf,
    },
    /// The text does not fit today's settings and prompts, or what lies there cannot be read.
    #[error("the version does not fit today's settings, prompts and other plans")]
    Wrong(Vec<Diagnostic>),
    /// The text that lies there could not be kept.
    #[error("nothing was changed, because what is in the file could not be kept: {0}")]
    NotKept(StoreError),
    /// The file could not be written.
    #[error("cannot write {}: {error}", .file.display())]
    NotWritten {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The work ended early.
    #[error("the check itself failed: {0}")]
    Broken(String),
}

/// Checks a version against today's settings and prompts, keeps what lies in its file, and writes it there.
/// `decoded`: prompts whose files need not be decoded again where they did not change.
///
/// # Errors
/// Nothing was written: [`NotPutBack`] says why.
pub async fn put_back(
    store: &Store,
    settings: &Settings,
    decoded: &Decoded,
    wanted: &Wanted,
    by: &By,
    at: UnixTime,
) -> Result<PutBack, NotPutBack> {
    let version = wanted.find(store).await?;
    let no_file = || NotPutBack::NoFile { version: version.version(), dialplans: settings.dialplans.clone() };
    let file = file_of(&settings.dialplans, &version.name).ok_or_else(no_file)?;
    let instead_of = text_of(&file)?;
    if instead_of.as_deref() != Some(&version.text) {
        let (today, decoded) = (settings.clone(), decoded.clone());
        let (place, text) = (file.clone(), version.text.clone());
        let check = move || new_mistakes(&today, &decoded, &place, &text);
        let mistakes = tokio::task::spawn_blocking(check).await;
        let mistakes = mistakes.map_err(|error| NotPutBack::Broken(error.to_string()))?;
        if !mistakes.is_empty() {
            return Err(NotPutBack::Wrong(mistakes));
        }
        if let Some(text) = &instead_of {
            let replaced = replaced(&version.name, text, by, at);
            store.apply(&[Write::KeepPlan(replaced)]).await.map_err(NotPutBack::NotKept)?;
        }
        write_whole(&file, &version.text)
            .map_err(|error| NotPutBack::NotWritten { file: file.clone(), error })?;
    }
    let instead_of = instead_of.map(|text| format!("{}@{}", version.name, content_hash(&text)));
    Ok(PutBack { version, file, instead_of })
}

/// The text of a file; none where there is no file.
fn text_of(file: &Path) -> Result<Option<String>, NotPutBack> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => plans::read(file).map(|source| Some(source.text().to_string())).map_err(NotPutBack::Wrong),
    }
}

fn replaced(name: &str, text: &str, by: &By, at: UnixTime) -> PlanVersion {
    PlanVersion {
        name: name.to_string(),
        hash: content_hash(text),
        text: text.to_string(),
        kept_at: at,
        first_in_force_at: None,
        by: by.to_string(),
    }
}

/// Puts a text in place of a file's, so that whoever reads has the old one or the new one, also after
/// a power cut. A link stays one: what it points at is replaced.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write_beside(&beside, text, &file).and_then(|()| std::fs::rename(&beside, &file));
    if written.is_err() {
        let _not_there = std::fs::remove_file(&beside);
    }
    written?;
    std::fs::File::open(folder)?.sync_all()
}

fn write_beside(beside: &Path, text: &str, file: &Path) -> io::Result<()> {
    let mut new = std::fs::File::create(beside)?;
    new.write_all(text.as_bytes())?;
    if let Ok(old) = file.metadata() {
        new.set_permissions(old.permissions())?;
    }
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_is_replaced_whole_keeps_its_mode_and_a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("new/a.toml"), folder.path().join("link.toml"));
        write_whole(&file, "one").expect("written, folder made");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).expect("a mode");
        symlink(&file, &link).expect("a link");
        write_whole(&link, "two").expect("written");
        assert_eq!(std::fs::read_to_string(&file).expect("a text"), "two");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o640);
        let left: Vec<_> = std::fs::read_dir(folder.path().join("new")).expect("a folder").collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(write_whole(&folder.path().join("link.toml/x"), "no").is_err());
    }
}
