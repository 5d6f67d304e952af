//! A version as people name it: the beginning of its hash, or `NAME@HASH`.

use crate::store::{PlanVersion, Store, StoreError};
use std::fmt;
use std::str::FromStr;

/// Which version is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    name: Option<String>,
    hash: String,
}

/// Why no version was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The text names no version.
    #[error("`{0}` is no version: write the beginning of its hash, as 1a2b, or webex-support@1a2b")]
    Unreadable(String),
    /// No such version was kept.
    #[error("no version {0} was kept: see madoguchi plan list")]
    None(Wanted),
    /// Several are meant.
    #[error("{wanted} can be {}: write more of it", .of.join(" or "))]
    Several {
        /// What was written.
        wanted: Wanted,
        /// What it can mean.
        of: Vec<String>,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FromStr for Wanted {
    type Err = FindError;

    fn from_str(text: &str) -> Result<Wanted, FindError> {
        let (name, hash) = match text.rsplit_once('@') {
            Some((name, hash)) => (Some(name.to_string()), hash.to_ascii_lowercase()),
            None => (None, text.to_ascii_lowercase()),
        };
        let good = !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit());
        good.then_some(Wanted { name, hash }).ok_or_else(|| FindError::Unreadable(text.to_string()))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map_or(String::new(), |name| format!("{name}@"));
        write!(f, "{name}{}", self.hash)
    }
}

impl Wanted {
    /// The one version that is meant.
    ///
    /// # Errors
    /// None was kept, several can be meant, or the store does not answer.
    pub async fn find(&self, store: &Store) -> Result<PlanVersion, FindError> {
        let mut found = store.plan_versions_like(self.name.as_deref(), &self.hash).await?;
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(FindError::None(self.clone())),
            (Some(last), false) => {
                let of = found.iter().chain([&last]).map(PlanVersion::version).collect();
                Err(FindError::Several { wanted: self.clone(), of })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_the_beginning_of_its_hash_with_or_without_its_plan() {
        let shown = |text: &str| text.parse::<Wanted>().map(|w| w.to_string()).map_err(|e| e.to_string());
        assert_eq!(shown("1A2b").as_deref(), Ok("1a2b"));
        assert_eq!(shown("webex-support@1a").as_deref(), Ok("webex-support@1a"));
        for text in ["", "desk@", "newest", "1a 2b"] {
            assert!(
                shown(text).is_err_and(|e| e.starts_with(&format!("`{text}` is no version: "))),
                "{text}"
            );
        }
    }
}
