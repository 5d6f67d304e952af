//! Scenarios: every world of this folder is run twice, checked from outside, and its ladder compared
//! with the golden beside it. `MADOGUCHI_GOLDEN=write` writes the ladders anew.

mod carrier;
mod walked;

use madoguchi::sim::campaign;
use madoguchi::sim::checks::{self, Breach};
use madoguchi::sim::scenario::Scenario;
use madoguchi::sim::shipped::Shipped;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario")
}

fn scenarios() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).expect("the folder of scenarios");
    let mut files: Vec<PathBuf> = files.map(|f| f.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    // Its phones speak what the program is built without.
    files.retain(|path| cfg!(feature = "opus") || !path.ends_with("opus.toml"));
    files.sort();
    files
}

/// Seeds of random worlds, with their callers: worlds that once broke a rule, and a few that never did.
fn seeds() -> Vec<(u64, u64)> {
    let text = fs::read_to_string(folder().join("seeds.txt")).expect("the list of seeds");
    let lines =
        text.lines().map(|l| l.split('#').next().unwrap_or_default().trim()).filter(|l| !l.is_empty());
    let number = |word: Option<&str>| word.and_then(|w| w.parse().ok()).expect("a line is `seed callers`");
    lines
        .map(|line| line.split_whitespace())
        .map(|mut words| (number(words.next()), number(words.next())))
        .collect()
}

/// Everything wrong with one scenario.
fn wrong(path: &Path, shipped: &Shipped) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a scenario");
    let read = Scenario::read(&text).and_then(|s| s.stage(path, shipped).map(|stage| (s, stage)));
    let (scenario, stage) = match read {
        Ok(read) => read,
        Err(error) => return vec![error],
    };
    let run = scenario.cast.run(&stage);
    let mut wrong = scenario.unmet(&run);
    wrong.extend(checks::check(&run.evidence()).iter().map(Breach::to_string));
    if scenario.cast.run(&stage).hash() != run.hash() {
        wrong.push("the same seed gave another journal".into());
    }
    wrong.extend(compare(&path.with_extension("ladder"), &format!("{}\n\n{}", scenario.about, run.ladder())));
    wrong
}

/// The first line that differs from the golden.
fn compare(golden: &Path, ladder: &str) -> Option<String> {
    if std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|v| v == "write") {
        fs::write(golden, ladder).expect("a writable folder");
        return None;
    }
    let kept = fs::read_to_string(golden).unwrap_or_default();
    let (mut old, mut new) = (kept.lines(), ladder.lines());
    let first =
        (1..).map(|at| (at, old.next(), new.next())).find(|(_, old, new)| old.is_none() || old != new);
    first
        .filter(|_| kept != ladder)
        .map(|(at, old, new)| format!("ladder line {at}: {new:?}, golden {old:?}"))
}

#[test]
fn every_scenario_goes_as_its_ladder_says() {
    let shipped = Shipped::load().expect("the shipped plan");
    let files = scenarios();
    assert!(files.len() >= 25, "scenarios are missing");
    let only = std::env::var("MADOGUCHI_SCENARIO").unwrap_or_default();
    let mut failed = String::new();
    for path in files.iter().filter(|p| p.to_string_lossy().contains(&only)) {
        for what in wrong(path, &shipped) {
            failed += &format!("{}: {what}\n", path.file_name().unwrap_or_default().to_string_lossy());
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn random_worlds_of_the_past_break_no_rule_and_repeat() {
    let shipped = Shipped::load().expect("the shipped plan");
    let mut failed = String::new();
    for (seed, callers) in seeds() {
        let once = campaign::run(&shipped, callers, seed);
        for broken in &once.breaches {
            failed +=
                &format!("{}\n    again: madoguchi sim --calls {callers} --seed {seed}\n", broken.breach);
        }
        if campaign::run(&shipped, callers, seed).hash != once.hash {
            failed += &format!("seed {seed}: the same seed gave another journal\n");
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}
