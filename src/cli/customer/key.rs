//! What PINs are hashed with: the settings' key, or one that is made once and lies beside the store.

use crate::cli::settings::Settings;
use crate::customer::{PinKey, SHORTEST_KEY};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Bytes of a key that is made.
const BYTES: usize = 32;

/// The key of these settings; one that is missing is made.
///
/// # Errors
/// It is too short, or its file cannot be read or made, in words.
pub fn load(settings: &Settings) -> Result<PinKey, String> {
    let written = settings.customers.key.as_ref().map(|key| key.reveal().clone());
    let key = written.map_or_else(|| kept(&file(settings)), Ok)?;
    PinKey::new(key.as_bytes())
        .ok_or_else(|| format!("the key of PINs ([customers] key) has fewer than {SHORTEST_KEY} bytes"))
}

/// Where a key that was made lies: beside the SQLite file, or beside the spool where the store is a server.
fn file(settings: &Settings) -> PathBuf {
    let path = settings.store_url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    match path {
        Some(path) => PathBuf::from(format!("{path}.pin-key")),
        None => settings.spool.with_file_name("madoguchi.pin-key"),
    }
}

/// The key in a file; where there is none it is made, for its owner alone.
fn kept(file: &Path) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("cannot use the key of PINs {}: {error}", file.display());
    match std::fs::read_to_string(file) {
        Ok(key) => return Ok(key.trim().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(wrong(error)),
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut made) => {
            let key = random()?;
            made.write_all(format!("{key}\n").as_bytes()).and_then(|()| made.sync_all()).map_err(wrong)?;
            Ok(key)
        }
        // Somebody else has made it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            std::fs::read_to_string(file).map(|key| key.trim().to_string()).map_err(wrong)
        }
        Err(error) => Err(wrong(error)),
    }
}

fn random() -> Result<String, String> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "this machine has no random numbers".to_string())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/m.db.pin-key");
        let key = kept(&file).expect("a key");
        assert_eq!((key.len(), kept(&file)), (64, Ok(key)));
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_of_the_settings_counts_and_a_short_one_is_refused() {
        let mut settings = Settings::built_in();
        settings.customers.key = Some(crate::base::Secret::new("0123456789abcdef".into()));
        assert!(load(&settings).is_ok());
        settings.customers.key = Some(crate::base::Secret::new("4711".into()));
        let why = load(&settings).expect_err("too short");
        assert!(why.contains("fewer than 16 bytes") && !why.contains("4711"), "{why}");
        settings.store_url = "sqlite:data/m.db".into();
        assert_eq!(file(&settings), Path::new("data/m.db.pin-key"));
        settings.store_url = "postgres://db/m".into();
        assert_eq!(file(&settings), Path::new("data/madoguchi.pin-key"));
    }
}
