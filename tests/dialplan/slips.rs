//! Every slip of the shipped plan is caught at its line: each key misspelt, each step renamed, each prompt lost.

use crate::library::{names, source};
use madoguchi::base::{Language, PromptId};
use madoguchi::diag::{Severity, Source};
use madoguchi::dialplan::verbs::DEFINITIONS;
use madoguchi::dialplan::{Holds, Key, Names, PLAN_KEYS, check};
use std::collections::BTreeSet;
use std::ops::Range;

const PLAN: &str = "dialplans/webex-support.toml";

/// A key with its value, as the shipped plan writes them: no `=` and no `#` stands in its texts.
struct Assignment {
    line: usize,
    /// Where each part of the key is written: `keys.1` has two.
    parts: Vec<Range<usize>>,
    /// What the key that its line begins with holds, by the verb or table it stands in.
    holds: Option<Holds>,
    /// Whether it stands within the value of that key.
    inner: bool,
    /// The texts of the value, where it is on the same line.
    texts: Vec<String>,
}

impl Assignment {
    fn names_step(&self, step: &str) -> bool {
        let holds_steps = matches!(
            self.holds,
            Some(Holds::Step | Holds::KeysToSteps | Holds::KeysInLine | Holds::StepList | Holds::CollectStep)
        );
        holds_steps && !self.inner && self.texts.iter().any(|text| text == step)
    }

    fn plays(&self, prompt: &str) -> bool {
        let holds_prompts = match self.holds {
            Some(Holds::Prompts) => true,
            Some(Holds::KeysInLine | Holds::Again) => self.inner,
            _ => false,
        };
        holds_prompts && self.texts.iter().any(|text| text == prompt)
    }
}

/// What a key holds, by the table it stands in: a step of this verb, `[[expect]]`, `[within]`, or the plan.
fn holds(keys: &[Key], name: &str) -> Option<Holds> {
    keys.iter().find(|key| key.name == name).map(|key| key.holds)
}

/// The keys of the table that begins at this line.
fn keys_of(header: &str, rest: &str) -> &'static [Key] {
    let named = |name: &str| holds(PLAN_KEYS, name);
    match header.trim_matches(['[', ']']).split('.').next() {
        Some("step") => {
            let verb = rest.lines().find_map(|line| line.strip_prefix("verb = \"")).expect("a verb");
            let verb = verb.split('"').next().unwrap_or_default();
            DEFINITIONS.iter().find(|d| d.name == verb).map_or(&[], |d| d.keys)
        }
        Some(name) => match named(name) {
            Some(Holds::Table(keys) | Holds::Tables(keys)) => keys,
            _ => &[],
        },
        None => &[],
    }
}

fn assignments(text: &str) -> Vec<Assignment> {
    let mut all = Vec::new();
    let (mut start, mut keys, mut head) = (0, PLAN_KEYS, None);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        if code.starts_with('[') {
            keys = keys_of(code.trim(), &text[start..]);
        }
        let equals: Vec<usize> = code.match_indices('=').map(|(at, _)| at).collect();
        for (nth, equal) in equals.iter().enumerate() {
            let end = equals.get(nth + 1).copied().unwrap_or(code.len());
            let texts = code[*equal..end].split('"').skip(1).step_by(2).map(str::to_owned);
            let parts = key_before(code, *equal);
            let inner = nth > 0 || code.starts_with(' ');
            if !inner {
                head = holds(keys, &code[parts[0].clone()]);
            }
            let parts = parts.into_iter().map(|part| start + part.start..start + part.end).collect();
            all.push(Assignment { line: at + 1, parts, holds: head, inner, texts: texts.collect() });
        }
        start += line.len();
    }
    all
}

/// The parts of the key that ends before this `=`, without quotes.
fn key_before(code: &str, equal: usize) -> Vec<Range<usize>> {
    let end = code[..equal].trim_end().len();
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.*\"".contains(c);
    let begin = code[..end].rfind(|c| !is_key(c)).map_or(0, |at| at + 1);
    let mut parts = Vec::new();
    let mut at = begin;
    for part in code[begin..end].split('.') {
        let quotes = usize::from(part.starts_with('"'));
        parts.push(at + quotes..at + part.len() - quotes);
        at += part.len() + 1;
    }
    parts
}

/// The lines that `check` finds errors in.
fn wrong_lines(text: &str, names: &Names) -> BTreeSet<usize> {
    let found = check(&Source::new(PLAN, text), names).err().unwrap_or_default();
    found.iter().filter(|d| d.severity == Severity::Error).map(|d| d.line()).collect()
}

/// The ways a hand slips on a word: none is a word of the plan language.
fn slips(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let Some((last, rest)) = letters.split_last() else { return Vec::new() };
    if rest.is_empty() {
        return vec!["x".into(), format!("{word}0")];
    }
    let text = |letters: &[char]| letters.iter().collect::<String>();
    let mut swapped = letters.clone();
    swapped.swap(letters.len() - 2, letters.len() - 1);
    let mut all = vec![text(rest), format!("{word}{last}"), format!("{}q", text(rest)), text(&swapped)];
    all.push(word.to_uppercase());
    all.retain(|slip| slip != word);
    all
}

#[test]
fn every_misspelt_key_is_an_error_at_its_line() {
    let (plan, names) = (source(PLAN), names());
    let mut count = 0;
    for Assignment { line, parts, .. } in assignments(plan.text()) {
        for part in parts {
            let nth = count;
            count += 1;
            let word = &plan.text()[part.clone()];
            let all = slips(word);
            let slip = &all[nth % all.len()];
            let text = format!("{}{slip}{}", &plan.text()[..part.start], &plan.text()[part.end..]);
            let lines = wrong_lines(&text, &names);
            assert!(lines.contains(&line), "line {line}: `{word}` written `{slip}`, errors in {lines:?}");
        }
    }
    assert!(count > 350, "{count} keys");
}

#[test]
fn every_kind_of_slip_of_every_different_key_is_an_error_at_its_line() {
    let (plan, names) = (source(PLAN), names());
    let mut seen = BTreeSet::new();
    for Assignment { line, parts, .. } in assignments(plan.text()) {
        let key: Vec<&str> = parts.iter().map(|part| &plan.text()[part.clone()]).collect();
        if !seen.insert(key.join(".")) {
            continue;
        }
        for part in parts {
            for slip in slips(&plan.text()[part.clone()]) {
                let text = format!("{}{slip}{}", &plan.text()[..part.start], &plan.text()[part.end..]);
                let lines = wrong_lines(&text, &names);
                assert!(lines.contains(&line), "line {line}: {key:?} with `{slip}`, errors in {lines:?}");
            }
        }
    }
    assert!(seen.len() > 35, "{seen:?}");
}

/// The lines of which this is so.
fn lines(text: &str, is_so: impl Fn(&Assignment) -> bool) -> BTreeSet<usize> {
    assignments(text)
        .iter()
        .filter(|assignment| is_so(assignment))
        .map(|assignment| assignment.line)
        .collect()
}

#[test]
fn every_renamed_step_is_an_error_at_every_line_that_names_it() {
    let (plan, names) = (source(PLAN), names());
    let headers = plan.text().lines().filter_map(|line| line.strip_prefix("[step.")?.strip_suffix(']'));
    let steps: Vec<&str> = headers.collect();
    assert!(steps.len() > 40, "{steps:?}");
    for step in steps {
        let text = plan.text().replace(&format!("[step.{step}]"), &format!("[step.{step}-x]"));
        let named = lines(plan.text(), |assignment| assignment.names_step(step));
        assert!(!named.is_empty(), "no line names {step}");
        assert_eq!(wrong_lines(&text, &names), named, "{step}");
    }
}

/// The lines that have callers hear a prompt.
fn lines_playing(text: &str, prompt: &str) -> BTreeSet<usize> {
    let mut playing = lines(text, |assignment| assignment.plays(prompt));
    playing.extend(lines_of_families(text, prompt));
    playing
}

fn without(names: &Names, prompt: &str, languages: &[Language]) -> Names {
    let mut fewer = names.clone();
    for language in languages {
        fewer.prompts.remove(&(PromptId::new(prompt), *language));
    }
    fewer
}

#[test]
fn every_lost_prompt_is_an_error_at_every_line_that_plays_it() {
    let (plan, names) = (source(PLAN), names());
    let mut count = 0;
    for prompt in names.prompt_ids() {
        let playing = lines_playing(plan.text(), prompt);
        let fewer = without(&names, prompt, &Language::ALL);
        assert_eq!(wrong_lines(plan.text(), &fewer), playing, "{prompt}");
        count += usize::from(!playing.is_empty());
    }
    assert!(count > 60, "{count} prompts are used");
}

#[test]
fn every_prompt_lost_in_one_language_is_an_error_where_it_is_heard_in_it() {
    let (plan, names) = (source(PLAN), names());
    let mut unheard = Vec::new();
    for prompt in names.prompt_ids() {
        let playing = lines_playing(plan.text(), prompt);
        for language in Language::ALL.into_iter().filter(|_| !playing.is_empty()) {
            let lines = wrong_lines(plan.text(), &without(&names, prompt, &[language]));
            assert!(lines.is_subset(&playing), "{prompt} in {language}: {lines:?}, played in {playing:?}");
            if lines.is_empty() {
                unheard.push(format!("{prompt} {language}"));
            }
        }
    }
    assert_eq!(unheard, ONE_LANGUAGE, "prompts that callers of one language alone can hear");
}

/// Heard by callers of the other language alone.
const ONE_LANGUAGE: [&str; 12] = [
    "busy-web-form en",
    "closed-company-day en",
    "closed-emergency en",
    "closed-holiday en",
    "closed-ja en",
    "connecting-japan en",
    "english-only en",
    "interpreter-arranged en",
    "please-wait en",
    "purchase-closed en",
    "queue-full en",
    "queue-timeout en",
];

/// The lines of steps that put something together of which this prompt is a piece.
fn lines_of_families(text: &str, prompt: &str) -> BTreeSet<usize> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| prompt.starts_with(beginning));
    let told_in_line = begins(&["queue-position-", "wait-minutes-"]);
    let case_number = begins(&["digit-", "case-number-intro", "case-number-outro"]);
    let mut lines = BTreeSet::new();
    let mut header = 0;
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("[step.") {
            header = at + 1;
        }
        if told_in_line && line == "verb = \"queue\"" {
            lines.insert(header);
        }
        if case_number && line == "what = \"case-number\"" {
            lines.insert(at + 1);
        }
    }
    lines
}
