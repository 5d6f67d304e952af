//! Versions as a table or JSON, and the difference of two.

use super::file_of;
use crate::cli::output::{Format, columns, json};
use crate::cli::plans;
use crate::dialplan::content_hash;
use crate::store::PlanVersion;
use crate::store::json::rfc3339;
use serde::Serialize;
use similar::TextDiff;
use std::path::Path;

#[derive(Serialize)]
struct VersionsJson<'a> {
    versions: Vec<VersionJson<'a>>,
}

#[derive(Serialize)]
struct VersionJson<'a> {
    name: &'a str,
    hash: &'a str,
    kept_at: String,
    first_in_force_at: Option<String>,
    by: &'a str,
    in_file: bool,
}

/// The versions, newest first; which are the text of their file now is marked.
pub fn list(versions: &[PlanVersion], dialplans: &Path, format: Format) -> String {
    let in_file = |version: &PlanVersion| {
        let source = file_of(dialplans, &version.name).and_then(|file| plans::read(&file).ok());
        source.is_some_and(|source| content_hash(source.text()) == version.hash)
    };
    match format {
        Format::Json => {
            let versions = versions.iter().map(|version| VersionJson::of(version, in_file(version)));
            json(&VersionsJson { versions: versions.collect() })
        }
        Format::Text if versions.is_empty() => {
            "no versions: an engine keeps them when it starts\n".to_string()
        }
        Format::Text => {
            let head = ["VERSION", "FIRST IN FORCE", "NOW", "BY"].map(str::to_string);
            let rows = versions.iter().map(|version| row(version, in_file(version)));
            columns(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
        }
    }
}

fn row(version: &PlanVersion, in_file: bool) -> [String; 4] {
    let first = version.first_in_force_at.map_or_else(|| "never".to_string(), rfc3339);
    let now = if in_file { "in file" } else { "" };
    [version.version(), first, now.to_string(), version.by.clone()]
}

impl<'a> VersionJson<'a> {
    fn of(version: &'a PlanVersion, in_file: bool) -> Self {
        VersionJson {
            name: &version.name,
            hash: &version.hash,
            kept_at: rfc3339(version.kept_at),
            first_in_force_at: version.first_in_force_at.map(rfc3339),
            by: &version.by,
            in_file,
        }
    }
}

/// What leads from one text to the other, as a unified diff; empty where they are the same.
pub fn diff(from: (&str, &str), to: (&str, &str)) -> String {
    TextDiff::from_lines(from.1, to.1).unified_diff().header(from.0, to.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UnixTime;

    const AT: UnixTime = UnixTime::from_secs(1_770_685_200);

    fn version(name: &str, text: &str, in_force: bool) -> PlanVersion {
        PlanVersion {
            name: name.into(),
            hash: content_hash(text),
            text: text.into(),
            kept_at: AT,
            first_in_force_at: in_force.then_some(AT),
            by: "rollback sato".into(),
        }
    }

    #[test]
    fn a_list_says_when_by_whom_and_which_is_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("desk.toml"), "b\n").expect("written");
        let versions = [version("desk", "b\n", true), version("desk", "a\n", false)];
        let text = list(&versions, folder.path(), Format::Text);
        let want = "\
VERSION            FIRST IN FORCE        NOW      BY
desk@0263829989b6  2026-02-10T01:00:00Z  in file  rollback sato
desk@87428fc52280  never                          rollback sato
";
        assert_eq!(text, want);
        let text = list(&versions, folder.path(), Format::Json);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let flags: Vec<_> = (0..2).map(|at| value["versions"][at]["in_file"].as_bool()).collect();
        assert_eq!(flags, [Some(true), Some(false)]);
        assert_eq!(value["versions"][1]["first_in_force_at"], serde_json::Value::Null);
        assert!(list(&[], folder.path(), Format::Text).starts_with("no versions"));
    }

    #[test]
    fn a_difference_is_a_unified_diff_with_both_names() {
        let text = diff(("desk@00", "a\nb\n"), ("desk.toml", "a\nc\n"));
        assert_eq!(text, "--- desk@00\n+++ desk.toml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert_eq!(diff(("x", "a\n"), ("y", "a\n")), "");
    }
}
