//! What PINs are hashed with: the settings' key, or one that is made once and lies beside the store.

use crate::cli::settings::Settings;
use crate::customer::{PinKey, SHORTEST_KEY};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Bytes of a key that is made.
const BYTES: usize = 32;

/// The key of these settings, for who only looks: none is made.
///
/// # Errors
/// There is none, it is too short, or its file cannot be read, in words.
pub fn find(settings: &Settings) -> Result<PinKey, String> {
    key(settings, |file| {
        read(file)?
            .ok_or_else(|| format!("there is no key of PINs: neither [customers] key nor {}", file.display()))
    })
}

/// The key of these settings; one that is missing is made.
///
/// # Errors
/// It is too short, or its file cannot be read or made, in words.
pub fn find_or_make(settings: &Settings) -> Result<PinKey, String> {
    key(settings, |file| match read(file)? {
        Some(key) => Ok(key),
        None => make(file),
    })
}

fn key(settings: &Settings, of: impl FnOnce(&Path) -> Result<String, String>) -> Result<PinKey, String> {
    let (written, place) = match &settings.customers.key {
        Some(key) => (key.reveal().clone(), "[customers] key".to_string()),
        None => {
            let file = file(settings);
            (of(&file)?, file.display().to_string())
        }
    };
    let short = || format!("the key of PINs in {place} has {} bytes; {SHORTEST_KEY} is least", written.len());
    PinKey::new(written.as_bytes()).ok_or_else(short)
}

/// Where a key that was made lies: beside the SQLite file, or beside the spool where the store is a server.
fn file(settings: &Settings) -> PathBuf {
    let path = settings.store_url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    match path {
        Some(path) => PathBuf::from(format!("{path}.pin-key")),
        None => settings.spool.with_file_name("madoguchi.pin-key"),
    }
}

fn read(file: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(file) {
        Ok(key) => Ok(Some(key.trim().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(file, &error)),
    }
}

/// Makes a key in a file for its owner alone. It is there whole or not at all: written beside it, then given its name,
/// which nobody else has taken meanwhile.
fn make(file: &Path) -> Result<String, String> {
    let key = random()?;
    let beside = file.with_extension(format!("{}.new", random()?));
    let made = write(file, &beside, &key);
    let _gone_already = std::fs::remove_file(&beside);
    match made {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(file)?.ok_or_else(|| unusable(file, &error))
        }
        Err(error) => Err(unusable(file, &error)),
    }
}

fn write(file: &Path, beside: &Path, key: &str) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    new.write_all(format!("{key}\n").as_bytes())?;
    new.sync_all()?;
    std::fs::hard_link(beside, file)?;
    File::open(folder)?.sync_all()
}

fn unusable(file: &Path, error: &std::io::Error) -> String {
    format!("cannot use the key of PINs {}: {error}", file.display())
}

fn random() -> Result<String, String> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "this machine has no random numbers".to_string())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;
    use std::os::unix::fs::PermissionsExt;

    fn in_folder(folder: &Path) -> (Settings, PathBuf) {
        let mut settings = Settings::built_in();
        settings.store_url = format!("sqlite:{}", folder.join("deep/m.db").display());
        (settings, folder.join("deep/m.db.pin-key"))
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (settings, file) = in_folder(folder.path());
        assert!(find_or_make(&settings).is_ok());
        let key = std::fs::read_to_string(&file).expect("a key");
        assert_eq!(key.trim().len(), 2 * BYTES);
        assert!(find(&settings).is_ok() && find_or_make(&settings).is_ok());
        assert_eq!(std::fs::read_to_string(&file).expect("a key"), key);
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).expect("a folder").count(), 1);
    }

    #[test]
    fn who_only_looks_makes_no_key_and_is_told_where_it_would_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let (settings, file) = in_folder(folder.path());
        let why = find(&settings).expect_err("there is none");
        assert!(why.contains(&file.display().to_string()), "{why}");
        assert!(!folder.path().join("deep").exists());
    }

    #[test]
    fn who_makes_a_key_at_the_same_time_takes_the_one_that_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("m.db.pin-key");
        let first = make(&file).expect("made");
        assert_eq!(make(&file), Ok(first));
    }

    #[test]
    fn a_key_of_the_settings_counts_and_a_short_one_is_refused_where_it_stands() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut settings, file) = in_folder(folder.path());
        find_or_make(&settings).expect("made");
        std::fs::write(&file, "4711\n").expect("written");
        let why = find_or_make(&settings).expect_err("too short");
        assert!(why.contains(&format!("{} has 4 bytes; 16 is least", file.display())), "{why}");
        settings.customers.key = Some(Secret::new("0123456789abcdef".into()));
        assert!(find(&settings).is_ok());
        settings.customers.key = Some(Secret::new("4711".into()));
        let why = find(&settings).expect_err("too short");
        assert!(why.contains("[customers] key has 4 bytes") && !why.contains("4711"), "{why}");
        settings.store_url = "postgres://db/m".into();
        assert_eq!(super::file(&settings), Path::new("data/madoguchi.pin-key"));
    }
}
