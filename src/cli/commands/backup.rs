//! `madoguchi backup`, `restore` and `verify`: the whole store in one file, and whether it is whole.

use super::{BAD, GOOD, Status, carried_out, settings};
use crate::cli::archive::{Told, backed_up, restored, verified};
use crate::cli::output::{Format, complain_line, print};
use crate::store::Wish;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// The file to make; it must not be there
    file: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The file that `madoguchi backup` made
    file: PathBuf,
    /// Throw away what the store has
    #[arg(long)]
    replace: bool,
    /// Let tokens count that may have been revoked since the backup: where the store of the settings knows nothing of them,
    /// they count no more otherwise
    #[arg(long)]
    keep_tokens: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A file that `madoguchi backup` made; without it the store of the settings
    file: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Backup {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let loaded = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        answer(backed_up(&loaded.store_url, &self.file, self.format), BAD)
    }
}

impl Restore {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let loaded = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let wish = Wish { replace: self.replace, keep_tokens: self.keep_tokens };
        answer(restored(&loaded.store_url, loaded.admin, &self.file, wish, self.format), GOOD)
    }
}

impl Verify {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let url = match &self.file {
            Some(file) => format!("sqlite:{}", file.display()),
            None => match settings(config) {
                Ok(loaded) => loaded.settings.store_url,
                Err(status) => return status,
            },
        };
        carried_out(async {
            let (found, is_whole) = verified(&url, self.format).await?;
            print(&found);
            Ok(if is_whole { GOOD } else { BAD })
        })
    }
}

/// Says what was copied; a log that does not fit is complained of, and the command ends with the status given for it.
fn answer(work: impl Future<Output = Result<Told, String>>, misfit: Status) -> Status {
    carried_out(async {
        let (text, audit) = work.await?;
        print(&text);
        if let Some(misfit) = &audit {
            complain_line(format!("the audit log does not fit, and was copied as it is: {misfit}"));
        }
        Ok(if audit.is_some() { misfit } else { GOOD })
    })
}
