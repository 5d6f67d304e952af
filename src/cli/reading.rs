//! A file somebody wrote, read whole or refused: never more than a bound, never half a text.

use crate::diag::{Diagnostic, Source};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest file of settings, plans or prompts' texts, in bytes: ten times the longest that is of use.
pub const MOST_BYTES: u64 = 1024 * 1024;

/// Reads a file of text; `what` names it in messages: "the dialplan".
///
/// # Errors
/// What keeps it from being read, at the byte where there is one.
pub fn read(path: &Path, what: &str) -> Result<Source, Box<Diagnostic>> {
    let unreadable =
        |error: std::io::Error| Box::new(refusal(path, "no-file", format!("cannot read {what}: {error}")));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        let message = format!("{what} is longer than {} MB", MOST_BYTES >> 20);
        return Err(refusal(path, "too-long", message)
            .help("nothing of it was read: is this the file that was meant?")
            .into());
    }
    Source::from_bytes(&path.display().to_string(), &bytes)
}

/// An error about a file as a whole.
pub fn refusal(path: &Path, code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, &Source::new(&path.display().to_string(), ""), 0..0, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_bound_and_refused_past_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.toml");
        let read_of = |length: u64| {
            std::fs::write(&path, vec![b'#'; usize::try_from(length).expect("small")]).expect("written");
            read(&path, "the dialplan").map(|source| source.text().len()).map_err(|d| d.message)
        };
        assert_eq!(read_of(MOST_BYTES), Ok(1_048_576));
        assert_eq!(read_of(MOST_BYTES + 1), Err("the dialplan is longer than 1 MB".into()));
    }

    #[test]
    fn a_file_that_never_ends_is_not_read_to_its_end() {
        let error = read(Path::new("/dev/zero"), "the dialplan").expect_err("no end");
        assert_eq!(error.code, "too-long");
    }
}
