//! One mistake per file in `dialplans/bad`, with the whole text that `madoguchi check` prints for it beside
//! it: `<name>.toml` and `<name>.stderr`. Mistakes that need two files have a folder and `<folder>.stderr`.
//!
//! `MADOGUCHI_GOLDEN=write cargo test --test dialplan bad_plans` writes the texts anew: read each as the
//! person would who made the mistake.

use crate::library::{names, path, source};
use madoguchi::base::{Language, PromptId};
use madoguchi::cli::check::{Report, run};
use madoguchi::cli::output::Format;
use madoguchi::cli::plans;
use madoguchi::diag::{Diagnostic, Source};
use madoguchi::dialplan::{Names, PlanSet, check};
use std::path::Path;

/// The shipped names, and one prompt that lacks a language.
fn names_with_a_gap() -> Names {
    let mut names = names();
    names.prompts.insert((PromptId::new("only-japanese"), Language::Ja));
    names
}

/// Every bad plan and every folder of them, relative to the repository.
fn bad_plans() -> Vec<String> {
    let entries = std::fs::read_dir(path("dialplans/bad")).expect("the folder is in the repository");
    let file_name = |e: std::io::Result<std::fs::DirEntry>| e.expect("an entry").file_name().into_string();
    let names = entries.map(|e| file_name(e).expect("a UTF-8 name"));
    let mut names: Vec<String> =
        names.filter(|name| !name.ends_with(".stderr")).map(|name| format!("dialplans/bad/{name}")).collect();
    names.sort();
    names
}

fn found(plan: &str) -> Vec<Diagnostic> {
    match plans::load(&[Path::new(plan)], &names_with_a_gap()) {
        Ok((_, warnings)) => warnings,
        Err(found) => found,
    }
}

/// What the command prints: text to standard error, JSON to standard output.
fn printed(plan: &str, format: Format) -> String {
    let printed = run(&Report { diagnostics: found(plan), ..Report::default() }, format);
    match format {
        Format::Text => printed.stderr,
        Format::Json => printed.stdout,
    }
}

#[test]
fn every_mistake_is_told_as_its_golden_says() {
    let rewrite = std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|v| v == "write");
    let all = bad_plans();
    assert!(all.len() >= 100, "{} mistakes", all.len());
    let mut wrong = String::new();
    for plan in &all {
        let (told, golden) = (printed(plan, Format::Text), path(plan).with_extension("stderr"));
        if rewrite {
            std::fs::write(&golden, &told).expect("a writable folder");
        }
        let kept = std::fs::read_to_string(&golden).unwrap_or_default();
        if told != kept || told.is_empty() {
            wrong += &format!("{plan}\n--- golden\n{kept}--- now\n{told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_golden_has_its_plan() {
    for entry in std::fs::read_dir(path("dialplans/bad")).expect("the folder is in the repository") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "stderr") {
            let (file, folder) = (path.with_extension("toml"), path.with_extension(""));
            assert!(file.is_file() || folder.is_dir(), "{} is of no plan", path.display());
        }
    }
}

#[test]
fn a_file_has_one_mistake_and_a_line_that_says_which() {
    let told_twice = ["several", "dial-again-for-ever", "misspelt-table"];
    for plan in bad_plans().iter().filter(|plan| plan.ends_with(".toml")) {
        assert!(source(plan).text().starts_with("# "), "{plan} begins without a word");
        let name = plan.trim_start_matches("dialplans/bad/").trim_end_matches(".toml");
        let count = found(plan).len();
        assert_eq!(count > 1, told_twice.contains(&name), "{}", printed(plan, Format::Text));
    }
}

#[test]
fn the_same_as_json_with_every_place_in_its_file() {
    for plan in bad_plans() {
        let json: serde_json::Value =
            serde_json::from_str(&printed(&plan, Format::Json)[..]).unwrap_or_default();
        let all = json["diagnostics"].as_array().unwrap_or_else(|| panic!("{plan}: {json}"));
        assert_eq!(all.len(), found(&plan).len(), "{plan}");
        for one in all {
            hold(&plan, one);
            if !one["second"].is_null() {
                assert!(
                    one["second"]["label"].as_str().is_some_and(|label| !label.is_empty()),
                    "{plan}: {one}"
                );
                place(&plan, &one["second"]);
            }
        }
    }
}

fn hold(plan: &str, one: &serde_json::Value) {
    let code = one["code"].as_str().expect("a code");
    assert!(
        code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "{plan}: {code}"
    );
    assert!(matches!(one["severity"].as_str(), Some("error" | "warning")), "{plan}: {one}");
    let message = one["message"].as_str().expect("a message");
    assert!(!message.starts_with(char::is_uppercase) && !message.contains('\n'), "{plan}: {message}");
    assert!(one["label"].is_string() && (one["help"].is_string() || one["help"].is_null()), "{plan}: {one}");
    place(plan, one);
}

fn place(plan: &str, at: &serde_json::Value) {
    let file = at["file"].as_str().expect("a file");
    assert!(file.starts_with(plan), "{plan}: {at}");
    let text = std::fs::read_to_string(path(file)).unwrap_or_default();
    let number =
        |value: &serde_json::Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).expect("a number");
    let (line, column) = (number(&at["line"]), number(&at["column"]));
    let (start, end) = (number(&at["span"][0]), number(&at["span"][1]));
    assert!(start <= end && end <= text.len(), "{plan}: {at}");
    assert_eq!(text[..start].matches('\n').count() + 1, line, "{plan}: {at}");
    assert_eq!(
        text[..start].rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1,
        column,
        "{plan}: {at}"
    );
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    for (file, help) in [
        ("unknown-key", "did you mean `prompt`?"),
        ("unknown-verb", "did you mean `menu`?"),
        ("unknown-prompt", "did you mean `menu-pin`?"),
        ("unknown-step", "did you mean `bye`?"),
        ("unknown-queue", "did you mean `japan-technical`?"),
        ("unknown-desk", "did you mean `japan`?"),
        ("unknown-webhook", "did you mean `contracts`?"),
        ("unknown-field", "did you mean `has_pin`?"),
        ("transfer-unknown", "did you mean `partner`?"),
    ] {
        let all = found(&format!("dialplans/bad/{file}.toml"));
        assert!(all.iter().any(|d| d.help.as_deref() == Some(help)), "{file}: {all:?}");
    }
}

fn plan_text(extra: &str) -> String {
    format!("{extra}\nstart = \"bye\"\n[step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n")
}

fn set_of(texts: &[&str]) -> Vec<String> {
    let files = texts.iter().enumerate();
    let sources: Vec<Source> =
        files.map(|(at, text)| Source::new(&format!("{at}.toml"), &plan_text(text))).collect();
    let all = PlanSet::check(&sources, &names()).err().unwrap_or_default();
    all.iter().map(|d| format!("{}:{}:{} {}", d.file(), d.line(), d.column(), d.code)).collect()
}

#[test]
fn plans_that_contradict_each_other_are_reported() {
    let number = "numbers = [\"0312345678\"]";
    assert_eq!(set_of(&["default = true", number]), [""; 0]);
    assert_eq!(set_of(&[&format!("default = true\n{number}"), number]), ["1.toml:1:12 number-conflict"]);
    assert_eq!(set_of(&["default = true", "default = true"]), ["1.toml:1:11 two-defaults"]);
    assert_eq!(set_of(&["", ""]), ["0.toml:1:1 no-default-plan"]);
    assert_eq!(set_of(&[]), ["dialplans:1:1 no-default-plan"]);
    assert_eq!(set_of(&[""]), [""; 0]);
}

#[test]
fn any_text_at_all_is_answered_without_panic() {
    let good = source("dialplans/webex-support.toml");
    let names = names();
    for cut in (0..good.text().len()).step_by(97).filter(|at| good.text().is_char_boundary(*at)) {
        let cut = Source::new("cut.toml", &good.text()[..cut]);
        for diagnostic in check(&cut, &names).err().unwrap_or_default() {
            assert!(!diagnostic.to_string().is_empty());
        }
    }
}

#[test]
fn deep_nesting_and_thousands_of_steps_are_refused_not_followed() {
    let deep = Source::new("deep.toml", &format!("start = {}", "[".repeat(50_000)));
    assert!(check(&deep, &names()).is_err());
    let chain = |n: usize| format!("[step.s{n}]\nverb = \"goto\"\nnext = \"s{}\"\n", n + 1);
    let many: String = std::iter::once("start = \"s0\"\n".to_owned()).chain((0..1_001).map(chain)).collect();
    let all = check(&Source::new("many.toml", &many), &names()).err().unwrap_or_default();
    assert!(all.iter().any(|d| d.code == "too-many-steps"));
}
