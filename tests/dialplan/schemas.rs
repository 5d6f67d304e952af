//! The schemas in the repository are those the readers declare, and take what `check` takes.
//!
//! `MADOGUCHI_GOLDEN=write cargo test --test dialplan schemas` writes them anew.

use crate::library::{path, source};
use jsonschema::Validator;
use madoguchi::cli::schema;
use serde_json::Value;

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("a schema of draft 2020-12")
}

fn instance(text: &str) -> Value {
    toml::from_str(text).expect("TOML without mistakes")
}

fn wrong(validator: &Validator, text: &str) -> Vec<String> {
    let instance = instance(text);
    validator.iter_errors(&instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schemas_kept_are_the_schemas_made() {
    for (file, made) in [
        ("dialplans/dialplan.schema.json", schema::dialplan()),
        ("madoguchi.schema.json", schema::settings()),
    ] {
        assert!(jsonschema::draft202012::meta::is_valid(&made), "{file}");
        if std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|v| v == "write") {
            let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
            std::fs::write(path(file), text).expect("a writable folder");
        }
        let kept: Value = serde_json::from_str(source(file).text()).expect("JSON");
        assert_eq!(kept, made, "{file}: MADOGUCHI_GOLDEN=write writes it anew");
    }
}

#[test]
fn every_shipped_plan_and_example_is_valid() {
    let validator = validator(&schema::dialplan());
    for folder in ["dialplans", "dialplans/examples"] {
        for entry in std::fs::read_dir(path(folder)).expect("the folder is in the repository") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "toml") {
                let text = std::fs::read_to_string(&path).expect("a text");
                assert_eq!(wrong(&validator, &text), [""; 0], "{}", path.display());
            }
        }
    }
}

#[test]
fn slips_that_need_no_names_are_seen_by_an_editor() {
    let validator = validator(&schema::dialplan());
    for name in [
        "attempts",
        "attempts-fraction",
        "bad-digit",
        "bad-duration",
        "clip-key",
        "clip-language",
        "collect-too-many",
        "collect-without-max",
        "default-is-text",
        "dial-ring",
        "dial-without-after",
        "duration-number",
        "duration-without-unit",
        "flag-is-text",
        "hangup-cause",
        "hangup-in-silence",
        "hours-in-plan",
        "hours-reason",
        "hours-without-closed",
        "include",
        "key-of-another-verb",
        "key-to-number",
        "keys-are-list",
        "language",
        "misspelt-table",
        "misspelt-verb-key",
        "no-fields",
        "no-keys",
        "no-otherwise",
        "no-start",
        "no-verb",
        "number-is-number",
        "numbers-are-text",
        "prompt-empty-list",
        "prompt-is-number",
        "prompt-long-list",
        "prompt-pause-and-prompt",
        "queue-key-table",
        "queue-offer",
        "queue-thanks-key",
        "say-word",
        "set-list",
        "step-is-text",
        "steps-are-list",
        "unknown-key",
        "unknown-plan-key",
        "unknown-verb",
        "verb-is-number",
        "wrong-type",
    ] {
        let text = source(&format!("dialplans/bad/{name}.toml"));
        assert!(!wrong(&validator, text.text()).is_empty(), "{name}");
    }
}

#[test]
fn the_commented_settings_are_valid_with_and_without_their_comments() {
    let validator = validator(&schema::settings());
    let text = source("madoguchi.toml").text().to_owned();
    assert_eq!(wrong(&validator, &text), [""; 0]);
    let (_, samples) = text.split_once("# [trunks.").expect("a sample");
    let keys = format!("# [trunks.{samples}");
    let keys = keys.lines().filter(|line| line.contains(" = ") || line.starts_with("# ["));
    let keys: String = keys.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    assert!(keys.contains("[agents.") && keys.contains("max_calls"), "{keys}");
    assert_eq!(wrong(&validator, &keys), [""; 0]);
}

#[test]
fn slips_in_settings_are_seen_by_an_editor() {
    let validator = validator(&schema::settings());
    for good in [
        "[sip]\nlisten = \"udp:127.0.0.1:5060\"",
        "[desks.x]\nhours = \"always\"\nlanguage = \"${env:LANGUAGE}\"\nring = \"20s\"",
        "[desks.x]\nhours = { zone = \"Asia/Tokyo\", weekly = { mon-fri = [\"09:00-12:00\", \"13:00-17:00\"] } }",
        "[desks.x.queues.y]\nseats = [\"sip:a@b\", { uri = \"sip:c@d\", calls_at_once = 4 }]",
    ] {
        assert_eq!(wrong(&validator, good), [""; 0], "{good}");
    }
    for bad in [
        "[spi]\nlisten = []",
        "[sip]\nadvertize = \"auto\"",
        "[media]\ninband_tones = \"yes\"",
        "[desks.x]\nlanguage = \"fr\"",
        "[desks.x]\nring = 20",
        "[desks.x]\nhours = { zone = \"Asia/Tokyo\" }",
        "[desks.x.queues.y]\ntier = 3",
        "[desks.x.queues.y]\nseats = [{ url = \"sip:a@b\" }]",
        "[trunks.x]\ntransport = \"udp\"",
        "[agents.x]\nsessions = \"many\"",
    ] {
        assert!(!wrong(&validator, bad).is_empty(), "{bad}");
    }
}
