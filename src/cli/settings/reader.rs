//! What one layer of settings is read with: the place for mistakes, and where secrets come from.

use crate::diag::{At, Diagnostic, Diagnostics, FromToml, Source, Span, Table, Value, suggestion};
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::DeValue;

/// What surrounds the process and a settings file may ask for.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of this process. Variables that are no Unicode are left out.
    pub fn of_process() -> Surroundings {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Surroundings { variables: std::env::vars_os().filter_map(unicode).collect() }
    }

    /// The text with every `${env:…}`, `${file:…}` and `${cred:…}` put in.
    fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once("${") {
            let (place, after) = tail.split_once('}').ok_or("`${` is never closed by `}`")?;
            filled.push_str(before);
            filled.push_str(&self.look_up(place)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn look_up(&self, place: &str) -> Result<String, String> {
        match place.split_once(':') {
            Some(("env", name)) => self
                .variables
                .get(name)
                .cloned()
                .ok_or_else(|| format!("environment variable `{name}` is not set")),
            Some(("file", path)) => read_secret(Path::new(path)),
            Some(("cred", name)) => {
                let folder = self.variables.get("CREDENTIALS_DIRECTORY");
                let folder = folder.ok_or("no systemd credentials: $CREDENTIALS_DIRECTORY is not set")?;
                read_secret(&Path::new(folder).join(name))
            }
            _ => Err(format!("`${{{place}}}` is none of ${{env:NAME}}, ${{file:PATH}}, ${{cred:NAME}}")),
        }
    }
}

/// A file's text without the line end that editors put after it.
fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_string())
}

/// Reads one layer.
pub(super) struct Reader<'r> {
    pub(super) found: &'r mut Diagnostics,
    pub(super) surroundings: &'r Surroundings,
}

impl Reader<'_> {
    pub(super) fn take<'a, T: FromToml<'a>>(&mut self, table: &mut Table<'a>, key: &str) -> Option<At<T>> {
        table.take(key, self.found)
    }

    /// Puts a key's value in place of what is there, where it is written and fits.
    pub(super) fn set<'a, T: FromToml<'a>>(&mut self, table: &mut Table<'a>, key: &str, into: &mut T) {
        if let Some(value) = table.take::<T>(key, self.found) {
            *into = value.value;
        }
    }

    /// A string with its secrets put in.
    pub(super) fn text(&mut self, table: &mut Table<'_>, key: &str) -> Option<At<String>> {
        let value = table.value(key)?;
        self.text_of(&value)
    }

    /// The same of a value.
    pub(super) fn text_of(&mut self, value: &Value<'_>) -> Option<At<String>> {
        let written = value.read::<String>(self.found)?;
        match self.surroundings.fill(&written.value) {
            Ok(text) => Some(At { value: text, span: written.span }),
            Err(why) => {
                self.found.push(value.error("bad-placeholder", why));
                None
            }
        }
    }

    /// Puts in place of what is there what a string means.
    pub(super) fn set_parsed<T>(
        &mut self,
        table: &mut Table<'_>,
        key: &str,
        into: &mut T,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) {
        let Some(value) = table.value(key) else { return };
        if let Some(parsed) = self.parse(&value, parse) {
            *into = parsed;
        }
    }

    /// What a string means.
    pub(super) fn parse<T>(
        &mut self,
        value: &Value<'_>,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let text = self.text_of(value)?;
        match parse(&text.value) {
            Ok(parsed) => Some(parsed),
            Err(wrong) => {
                self.found.push(wrong.at(value));
                None
            }
        }
    }

    /// The same of a string that nobody may read: what is wrong with it is told without it.
    pub(super) fn parse_secret<T>(
        &mut self,
        value: &Value<'_>,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let text = self.text_of(value)?;
        let parsed = parse(&text.value).map_err(|Wrong { code, why, help }| {
            let (source, span) = hidden(value);
            Diagnostic::error(code, &source, span, why).maybe_help(help)
        });
        parsed.map_err(|error| self.found.push(error)).ok()
    }

    /// What a list of strings means; one string is a list of one.
    pub(super) fn parse_list<T>(
        &mut self,
        value: &Value<'_>,
        parse: impl Fn(&mut Self, &Value<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match value.raw() {
            DeValue::Array(_) => value.read::<Vec<At<Value<'_>>>>(self.found)?.value,
            _ => vec![At { value: value.clone(), span: value.span() }],
        };
        let count = items.len();
        let good: Vec<T> = items.iter().filter_map(|item| parse(self, &item.value)).collect();
        (good.len() == count).then_some(good)
    }

    /// One of a few words.
    pub(super) fn set_word<T: Clone>(
        &mut self,
        table: &mut Table<'_>,
        key: &str,
        into: &mut T,
        words: &[(&str, T)],
    ) {
        self.set_parsed(table, key, into, |text| word(text, words));
    }
}

/// The text that a value stands in, with a star for every letter of the value, and where the stars are.
fn hidden(value: &Value<'_>) -> (Source, Span) {
    let (text, span) = (value.source().text(), value.span());
    let part = |range: Span| text.get(range).unwrap_or_default();
    let star = |c: char| if "\"'\r\n".contains(c) { c } else { '*' };
    let stars: String = part(span.clone()).chars().map(star).collect();
    let shown = format!("{}{stars}{}", part(0..span.start), part(span.end..text.len()));
    (Source::new(value.source().name(), &shown), span.start..span.start + stars.len())
}

/// One of a few words.
pub(super) fn word<T: Clone>(text: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    let known = words.iter().find(|(name, _)| *name == text).map(|(_, value)| value.clone());
    let help = || suggestion(text, words.iter().map(|(name, _)| *name));
    known.ok_or_else(|| Wrong {
        code: "unknown-word",
        why: format!("`{text}` is not known here"),
        help: help(),
    })
}

/// Why a string means nothing where it stands.
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) why: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    pub(super) fn new(code: &'static str, why: impl Into<String>, help: &str) -> Wrong {
        Wrong { code, why: why.into(), help: Some(help.to_string()) }
    }

    fn at(self, value: &Value<'_>) -> Diagnostic {
        value.error(self.code, self.why).maybe_help(self.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_from_where_the_placeholder_says() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ntt"), "s3cret\n").expect("written");
        let folder = folder.path().display().to_string();
        let variables = [("USER_NAME", "sato"), ("CREDENTIALS_DIRECTORY", folder.as_str())];
        let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
        let around = Surroundings { variables: variables.into() };
        assert_eq!(around.fill("${env:USER_NAME}:${cred:ntt}@x").as_deref(), Ok("sato:s3cret@x"));
        assert_eq!(around.fill(&format!("${{file:{folder}/ntt}}")).as_deref(), Ok("s3cret"));
        assert_eq!(around.fill("plain $5 {x}").as_deref(), Ok("plain $5 {x}"));
    }

    #[test]
    fn a_placeholder_that_leads_nowhere_is_said() {
        let around = Surroundings::default();
        for (text, why) in [
            ("${env:NONE}", "environment variable `NONE` is not set"),
            ("${cred:x}", "no systemd credentials"),
            ("${file:/no/such/file}", "cannot read /no/such/file"),
            ("${vault:x}", "is none of"),
            ("${env:X", "never closed"),
        ] {
            let error = around.fill(text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
    }
}
