//! What the environment overrides: `MADOGUCHI__SECTION__KEY`, as a text of settings of its own.

use crate::diag::Source;
use std::collections::BTreeMap;
use std::fmt::Write;

const PREFIX: &str = "MADOGUCHI__";

/// The variables as one layer; none where no variable is meant for us.
pub(super) fn layer(variables: &BTreeMap<String, String>) -> Option<Source> {
    let mut text = String::new();
    for (name, value) in variables {
        if let Some(path) = name.strip_prefix(PREFIX) {
            let _infallible = writeln!(text, "{} = {} # {name}", key(path), literal(value));
        }
    }
    (!text.is_empty()).then(|| Source::new("environment", &text))
}

/// `DESKS__GLOBAL__DIAL` as `desks.global.dial`; in names `_` stands for `-`.
fn key(path: &str) -> String {
    let parts: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
    let named = matches!(
        parts.first().map(String::as_str),
        Some("desks" | "transfers" | "trunks" | "agents" | "phones" | "webhooks" | "events" | "escalation")
    );
    let of_queue = parts.get(2).is_some_and(|part| part == "queues");
    let part = |(at, part): (usize, &String)| match at {
        1 if named => part.replace('_', "-"),
        3 if named && of_queue => part.replace('_', "-"),
        _ => part.clone(),
    };
    let parts = parts.iter().enumerate().map(part);
    parts.map(|part| if is_bare(&part) { part } else { quoted(&part) }).collect::<Vec<_>>().join(".")
}

fn is_bare(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// What reads as a TOML list, table, number, flag or quoted string is that; all else is a string.
fn literal(value: &str) -> String {
    let one_line = !value.contains(['\n', '\r']);
    let reads_as = value.parse::<toml::Value>();
    let plain = matches!(reads_as, Err(_) | Ok(toml::Value::Datetime(_) | toml::Value::Float(_)));
    if plain || !one_line { quoted(value) } else { value.trim().to_string() }
}

fn quoted(text: &str) -> String {
    // JSON's escapes are a part of TOML's, and keep the text on its line.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_keys_and_values() {
        let variables = [
            ("MADOGUCHI__MEDIA__PORTS", "30000-30999"),
            ("MADOGUCHI__MEDIA__INBAND_TONES", "false"),
            ("MADOGUCHI__DESKS__JAPAN__QUEUES__JAPAN_TECHNICAL__MAX_WAITING", "3"),
            ("MADOGUCHI__DESKS__GLOBAL__DIAL", "[\"sip:a@b\"]"),
            ("MADOGUCHI__STORE__URL", "sqlite:a \"b\".db"),
            ("MADOGUCHI_LOG", "debug"),
            ("HOME", "/root"),
        ];
        let variables = variables.map(|(name, value)| (name.to_string(), value.to_string()));
        let source = layer(&variables.into()).expect("some");
        let want = "\
desks.global.dial = [\"sip:a@b\"] # MADOGUCHI__DESKS__GLOBAL__DIAL
desks.japan.queues.japan-technical.max_waiting = 3 # MADOGUCHI__DESKS__JAPAN__QUEUES__JAPAN_TECHNICAL__MAX_WAITING
media.inband_tones = false # MADOGUCHI__MEDIA__INBAND_TONES
media.ports = \"30000-30999\" # MADOGUCHI__MEDIA__PORTS
store.url = \"sqlite:a \\\"b\\\".db\" # MADOGUCHI__STORE__URL
";
        assert_eq!(source.text(), want);
        assert!(layer(&BTreeMap::new()).is_none());
    }

    #[test]
    fn a_value_cannot_write_keys_of_its_own() {
        assert_eq!(literal("1\n[sip]\nlisten = []"), "\"1\\n[sip]\\nlisten = []\"");
        assert_eq!(literal("1 # x"), "\"1 # x\"");
        assert_eq!(literal("2026-02-10"), "\"2026-02-10\"");
    }
}
