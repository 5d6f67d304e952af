//! The example of every verb, as the manual shows it: a plan that passes every check and uses the verb.

use crate::library::{names, path, source};
use crate::proofs::{TwoSeconds, skies};
use madoguchi::base::Number;
use madoguchi::diag::Diagnostic;
use madoguchi::dialplan::{Plan, check, try_out, verbs::DEFINITIONS};
use std::collections::BTreeSet;
use std::sync::Arc;

fn example(verb: &str) -> (String, Plan) {
    let source = source(&format!("dialplans/examples/{verb}.toml"));
    let printed = |found: Vec<Diagnostic>| found.iter().map(|d| format!("{d}\n")).collect::<String>();
    let (plan, warnings) = check(&source, &names()).map_err(printed).expect(verb);
    assert_eq!(warnings, [], "{verb}");
    (source.text().to_owned(), plan)
}

#[test]
fn every_verb_has_an_example_that_uses_it_and_passes_every_check() {
    for definition in DEFINITIONS {
        let (text, plan) = example(definition.name);
        assert_eq!(definition.example, text, "{}", definition.name);
        assert!(text.starts_with(&format!("# `{}`: ", definition.name)), "{text}");
        let used = plan.steps().any(|(_, step)| step.definition().name == definition.name);
        assert!(used, "the example of `{}` has no such step", definition.name);
    }
}

#[test]
fn an_example_expects_calls_that_come_where_it_says() {
    for definition in DEFINITIONS {
        let (text, plan) = example(definition.name);
        assert!(text.contains("[[expect]]"), "the example of `{}` expects nothing", definition.name);
        let trial = try_out(&Arc::new(plan), &skies(), &TwoSeconds);
        let told: String = trial.found.iter().map(|d| format!("{d}\n")).collect();
        assert!(told.is_empty(), "{told}");
    }
}

#[test]
fn an_example_shows_every_key_of_its_verb_or_names_it_as_left_out() {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for definition in DEFINITIONS {
        let words: BTreeSet<&str> = definition.example.split(|c| !is_word(c)).collect();
        for key in definition.key_names() {
            assert!(words.contains(key), "the example of `{}` says nothing of `{key}`", definition.name);
        }
    }
}

#[test]
fn there_is_no_example_of_anything_else_and_no_number_is_in_two() {
    let entries = std::fs::read_dir(path("dialplans/examples")).expect("the folder is in the repository");
    let mut numbers: BTreeSet<Number> = BTreeSet::new();
    for entry in entries {
        let file = entry.expect("an entry").file_name().into_string().expect("a UTF-8 name");
        let verb = file.strip_suffix(".toml").expect("a plan");
        assert!(DEFINITIONS.iter().any(|d| d.name == verb), "{file} is the example of no verb");
        for number in example(verb).1.numbers() {
            assert!(numbers.insert(number.clone()), "{file}: {number}");
        }
    }
}
