//! Twenty thousand changed plans: whatever is written, the answer is a plan or places, never a panic.
//!
//! The changes follow from one seed: a mutant that fails fails again. `MADOGUCHI_MUTANTS=1000000` makes as many; the
//! fuzz target in `tests/fuzz` goes on from here without end, led by what of the code is reached.

use crate::library::{names, source};
use madoguchi::base::Rng;
use madoguchi::cli::schema;
use madoguchi::diag::{Diagnostic, Source};
use madoguchi::dialplan::{Names, check, verbs::DEFINITIONS};

/// How many, where the environment does not say.
const MUTANTS: usize = 20_000;

fn mutants() -> usize {
    let said = std::env::var("MADOGUCHI_MUTANTS").ok();
    said.map_or(MUTANTS, |count| count.parse().expect("MADOGUCHI_MUTANTS is a number"))
}

/// What mutants are made of beside the examples' own lines.
fn words() -> Vec<String> {
    let keys = DEFINITIONS.iter().flat_map(|d| d.key_names()).map(str::to_owned);
    let verbs = DEFINITIONS.iter().map(|d| format!("verb = \"{}\"\n", d.name));
    let marks = [
        "\"",
        "'",
        "\"\"\"",
        "[",
        "]",
        "{",
        "}",
        "[[",
        "]]",
        "=",
        ".",
        ",",
        "#",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\\u0000",
        "\u{0}",
        "\u{feff}",
        "\u{1b}",
        "窓口",
        "-",
        "0",
        "1",
        "9",
        "99999999999999999999",
        "1e400",
        "nan",
        "true",
        "false",
        "\"5s\"",
        "\"bye\"",
        "[step.x]\n",
        "[step.bye]\n",
        "keys.1 = \"bye\"\n",
        "keys.\"*\" = \"bye\"\n",
        "numbers = [\"117\"]\n",
        "default = true\n",
        "start = \"bye\"\n",
        "language = \"en\"\n",
        "case.language = \"ja\"\n",
    ];
    keys.chain(verbs).chain(marks.map(str::to_owned)).collect()
}

fn mutant(rng: &mut Rng, seeds: &[Vec<u8>], words: &[String]) -> Vec<u8> {
    let mut bytes = pick(rng, seeds).clone();
    for _ in 0..=rng.below(3) {
        change(rng, &mut bytes, seeds, words);
    }
    bytes
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[String]) {
    let (from, to) = range(rng, bytes.len());
    match rng.below(8) {
        0 => drop(bytes.drain(from..to)),
        1 => bytes.truncate(from),
        2 => drop(bytes.splice(from..from, bytes[from..to].to_vec())),
        3 => drop(bytes.splice(from..to, pick(rng, words).bytes())),
        4 | 5 => drop(bytes.splice(from..from, pick(rng, words).bytes())),
        6 => {
            let other = pick(rng, seeds);
            let (start, end) = range(rng, other.len());
            bytes.splice(from..from, other[start..end].iter().copied());
        }
        _ => bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1 << rng.below(8)),
    }
}

/// A short piece, or now and then a long one.
fn range(rng: &mut Rng, length: usize) -> (usize, usize) {
    let from = below(rng, length + 1);
    let most = if rng.below(4) == 0 { length - from } else { (length - from).min(12) };
    (from, from + below(rng, most + 1))
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[below(rng, from.len())]
}

fn below(rng: &mut Rng, bound: usize) -> usize {
    usize::try_from(rng.below(bound as u64)).expect("below a usize")
}

/// What is found lies in the text, and can be shown.
fn hold(found: &[Diagnostic], source: &Source, show: bool) {
    for one in found {
        let span = one.span();
        assert!(
            source.text().get(span.clone()).is_some(),
            "{span:?} of {}: {}",
            source.text().len(),
            one.message
        );
        assert!(one.line() > 0 && one.column() > 0 && !one.message.is_empty());
        assert!(!show || one.to_string().contains(one.code), "{}", one.code);
    }
}

fn examples() -> Vec<Vec<u8>> {
    DEFINITIONS.iter().map(|d| d.example.as_bytes().to_vec()).collect()
}

/// The shipped names, but few prompts: what is unknown is compared with each.
fn few_names() -> Names {
    let mut names = names();
    let all = examples().concat();
    let texts = String::from_utf8(all).expect("examples are text");
    let is_piece = |id: &str| {
        ["digit-", "minutes-", "queue-position-", "wait-minutes-", "case-number-", "technical-"]
            .iter()
            .any(|p| id.starts_with(p))
    };
    names.prompts.retain(|(id, _)| is_piece(id.as_str()) || texts.contains(&format!("\"{id}\"")));
    names
}

#[test]
fn twenty_thousand_mutants_are_answered() {
    let (seeds, words, names) = (examples(), words(), few_names());
    let validator = jsonschema::draft202012::new(&schema::dialplan()).expect("a schema");
    let mut rng = Rng::from_seed(20_000);
    let (mut plans, mut refused, mut no_text) = (0, 0, 0);
    for count in 0..mutants() {
        let bytes = mutant(&mut rng, &seeds, &words);
        let source = match Source::from_bytes("mutant.toml", &bytes) {
            Ok(source) => source,
            Err(error) => {
                hold(&[*error.clone()], &error.place.source, true);
                no_text += 1;
                continue;
            }
        };
        match check(&source, &names) {
            Ok((_, warnings)) => {
                hold(&warnings, &source, true);
                let instance: serde_json::Value = toml::from_str(source.text()).expect("a plan is TOML");
                assert!(validator.is_valid(&instance), "a plan, but not by the schema:\n{}", source.text());
                plans += 1;
            }
            Err(found) => {
                hold(&found, &source, count % 16 == 0);
                refused += 1;
            }
        }
    }
    assert!(plans > 500 && refused > 10_000 && no_text > 100, "{plans} {refused} {no_text}");
}

#[test]
fn the_shipped_plan_with_changes_is_answered() {
    let (plan, names) = (source("dialplans/webex-support.toml"), names());
    let seeds = [plan.text().as_bytes().to_vec()];
    let (words, mut rng) = (words(), Rng::from_seed(7));
    for _ in 0..200 {
        let bytes = mutant(&mut rng, &seeds, &words);
        let Ok(source) = Source::from_bytes("mutant.toml", &bytes) else { continue };
        hold(&check(&source, &names).err().unwrap_or_default(), &source, true);
    }
}
