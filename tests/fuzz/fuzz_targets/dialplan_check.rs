//! Any bytes as a dialplan, and any changes of the examples: no panic, every place within the text, the same
//! answer twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use madoguchi::base::{Language, PromptId};
use madoguchi::diag::{Diagnostic, Source};
use madoguchi::dialplan::verbs::DEFINITIONS;
use madoguchi::dialplan::{Names, QueueFacts, check};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

// A control character in front: the rest changes an example. Else it is a plan.
fuzz_target!(|input: &[u8]| match input {
    [first @ ..0x20, rest @ ..] => {
        answer(&changed(DEFINITIONS[usize::from(*first) % DEFINITIONS.len()].example.as_bytes(), rest));
    }
    plan => answer(plan),
});

fn answer(bytes: &[u8]) {
    match Source::from_bytes("fuzz.toml", bytes) {
        Ok(source) => {
            let once = check(&source, &NAMES);
            if bytes.len() % 16 == 0 {
                assert_eq!(once.as_ref().err(), check(&source, &NAMES).as_ref().err());
            }
            hold(once.map(|(_, warnings)| warnings).unwrap_or_else(|found| found).as_slice());
        }
        Err(error) => hold(&[*error]),
    }
}

fn hold(found: &[Diagnostic]) {
    for one in found {
        assert!(one.place.source.text().get(one.span()).is_some());
        assert!(one.line() > 0 && one.column() > 0 && !one.message.contains('\n'));
    }
    found.iter().take(3).for_each(|one| assert!(one.to_string().contains(one.code)));
}

/// The bytes as a script of changes, three for each: where, what, how much.
fn changed(text: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for step in script.chunks_exact(3) {
        let from = usize::from(step[0]) * bytes.len() / 256;
        let to = (from + usize::from(step[2] % 32)).min(bytes.len());
        match step[1] % 4 {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, bytes[from..to].to_vec())),
            2 => drop(bytes.splice(from..from, [step[2]])),
            _ => {
                let keys = DEFINITIONS[usize::from(step[2]) % DEFINITIONS.len()].keys;
                let key = keys[usize::from(step[1] / 4) % keys.len()].name;
                bytes.splice(from..to, key.bytes());
            }
        }
    }
    bytes
}

static NAMES: LazyLock<Names> = LazyLock::new(names);

/// What the examples name.
fn names() -> Names {
    let texts: String = DEFINITIONS.iter().map(|d| d.example).collect();
    let quoted = texts.split('"').skip(1).step_by(2).map(str::to_owned);
    let pieces = [
        "digit-{n}-mid",
        "digit-{n}-end",
        "minutes-{n}",
        "number-{n}",
        "queue-position-{n}",
        "wait-minutes-{n}",
    ];
    let pieces = pieces.into_iter().flat_map(|id| (0..=100).map(move |n| id.replace("{n}", &n.to_string())));
    let others = [
        "star",
        "pound",
        "case-number-intro",
        "case-number-outro",
        "queue-position-many",
        "technical-difficulty",
    ];
    let ids = quoted.chain(pieces).chain(others.map(str::to_owned));
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    Names {
        queues: BTreeMap::from([(
            "japan-technical".into(),
            QueueFacts { desk: "japan".into(), tier: 1, ring: Duration::from_secs(20) },
        )]),
        desks: BTreeSet::from(["japan".into(), "global".into()]),
        transfers: BTreeSet::from(["partner".into()]),
        webhooks: BTreeSet::from(["contracts".into()]),
        prompts: ids.flat_map(|id| Language::ALL.map(|language| (PromptId::new(&id), language))).collect(),
        case_fields: BTreeMap::from([
            ("language".into(), words(&["ja", "en"])),
            ("has_pin".into(), words(&["true", "false"])),
            ("interpreter".into(), words(&["true", "false"])),
            ("entitlement".into(), Vec::new()),
        ]),
        skies: Vec::new(),
    }
}
