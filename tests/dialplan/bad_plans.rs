//! One mistake per file in `dialplans/bad`: each must be reported with its code, line and column.
//!
//! A file's first lines, `# expect: CODE LINE:COLUMN`, are everything that `check` is to find in it.

use crate::library::{names, path, source};
use madoguchi::base::{Language, PromptId, Rng};
use madoguchi::diag::{Diagnostic, Source};
use madoguchi::dialplan::{Names, PlanSet, check};

/// The shipped names, and one prompt that lacks a language.
fn names_with_a_gap() -> Names {
    let mut names = names();
    names.prompts.insert((PromptId::new("only-japanese"), Language::Ja));
    names
}

fn bad_plans() -> Vec<String> {
    let entries = std::fs::read_dir(path("dialplans/bad")).expect("the folder is in the repository");
    let file_name = |e: std::io::Result<std::fs::DirEntry>| e.expect("an entry").file_name().into_string();
    let mut names: Vec<String> = entries.map(|e| file_name(e).expect("a UTF-8 name")).collect();
    names.sort();
    names
}

fn expected(source: &Source) -> Vec<String> {
    let lines = source.text().lines().map_while(|line| line.strip_prefix("# expect: "));
    lines.map(str::to_owned).collect()
}

fn found(source: &Source) -> Vec<Diagnostic> {
    check(source, &names_with_a_gap()).err().unwrap_or_default()
}

#[test]
fn every_mistake_is_reported_where_it_is() {
    let files = bad_plans();
    assert!(files.len() >= 45, "{} files", files.len());
    let mut wrong = String::new();
    for file in files {
        let source = source(&format!("dialplans/bad/{file}"));
        let all = found(&source);
        let got: Vec<String> =
            all.iter().map(|d| format!("{} {}:{}", d.code, d.line(), d.column())).collect();
        let want = expected(&source);
        if got != want || want.is_empty() {
            wrong += &format!("{file}: expected {want:?}, found {got:?}\n");
            all.iter().for_each(|d| wrong += &format!("{d}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn messages_are_one_lower_case_line() {
    for file in bad_plans() {
        for d in found(&source(&format!("dialplans/bad/{file}"))) {
            let first = d.message.chars().next().expect("a message");
            assert!(!first.is_uppercase() && !d.message.contains('\n'), "{file}: {}", d.message);
        }
    }
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
        let all = found(&source(&format!("dialplans/bad/{file}.toml")));
        assert!(all.iter().any(|d| d.help.as_deref() == Some(help)), "{file}: {all:?}");
    }
}

#[test]
fn text_shows_the_place_and_the_line() {
    let all = found(&source("dialplans/bad/unknown-verb.toml"));
    let want = "\
error[unknown-verb]: there is no verb `menue`
 --> dialplans/bad/unknown-verb.toml:4:8
  |
4 | verb = \"menue\"
  |        ^^^^^^^
  |
  = help: did you mean `menu`?";
    assert_eq!(all.first().map(ToString::to_string).as_deref(), Some(want));
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
fn a_plan_with_random_changes_is_answered_without_panic() {
    let good = source("dialplans/webex-support.toml");
    let (names, mut rng) = (names(), Rng::from_seed(2));
    let letters: Vec<char> = "\"'[]{}=.,#\n\\ a19-_窓\u{0}".chars().collect();
    let mut refused = 0;
    for _ in 0..150 {
        let mut text: Vec<char> = good.text().chars().collect();
        for _ in 0..=rng.below(4) {
            let at = rng.below(text.len() as u64) as usize;
            text[at] = letters[rng.below(letters.len() as u64) as usize];
        }
        let changed = Source::new("changed.toml", &text.iter().collect::<String>());
        let all = check(&changed, &names).err().unwrap_or_default();
        refused += usize::from(!all.is_empty());
        assert!(all.iter().all(|d| !d.to_string().is_empty()));
    }
    assert!(refused > 50, "{refused} of 150 changes were noticed");
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
