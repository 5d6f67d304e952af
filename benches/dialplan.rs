//! How long a plan takes to check, and a call to take one event.

use divan::{Bencher, black_box};
use madoguchi::base::{Digit, Instant, Language, Number, PromptId, UnixTime};
use madoguchi::cli::settings::Settings;
use madoguchi::cli::skies::skies;
use madoguchi::diag::Source;
use madoguchi::dialplan::{Desk, Event, Line, Names, Plan, Run, World, check, try_out};
use std::sync::Arc;

#[path = "../tests/dialplan/library.rs"]
#[allow(dead_code)]
mod library;

fn main() {
    divan::main();
}

/// The shipped plan from text to proof, under the hours of the 400 days to come.
#[divan::bench]
fn check_the_shipped_plan(bencher: Bencher<'_, '_>) {
    let (source, names) = (library::source("dialplans/webex-support.toml"), names());
    bencher.bench(|| check(black_box(&source), black_box(&names)).is_ok());
}

/// The shipped plan's expected calls, and the nearest call to each line and desk, walked.
#[divan::bench]
fn try_out_the_shipped_plan(bencher: Bencher<'_, '_>) {
    let (plan, skies, world) = (library::shipped(), names().skies, library::TestWorld::desks(Desk::Open));
    bencher.bench(|| try_out(black_box(&plan), black_box(&skies), black_box(&world)).proved.len());
}

/// What desks will be like in the next 400 days, from their hours.
#[divan::bench]
fn look_ahead_at_the_hours(bencher: Bencher<'_, '_>) {
    let calendar = Settings::built_in().calendar();
    bencher.bench(|| skies(black_box(&calendar), NOW).len());
}

/// A plan of a thousand steps: menus that lead on and back, hours, lines and words, all reached.
#[divan::bench(sample_count = 10)]
fn check_a_thousand_steps(bencher: Bencher<'_, '_>) {
    let (source, names) = (Source::new("large.toml", &large()), names());
    if let Err(found) = check(&source, &names) {
        found.iter().take(3).for_each(|d| eprintln!("{d}"));
    }
    bencher.bench(|| check(black_box(&source), black_box(&names)).is_ok());
}

/// A Tuesday.
const NOW: UnixTime = UnixTime::from_secs(1_770_685_200);

fn names() -> Names {
    Names { skies: skies(&Settings::built_in().calendar(), NOW), ..library::names() }
}

fn large() -> String {
    let mut text = String::from("numbers = [\"0120339836\"]\nstart = \"menu-0\"\n");
    for at in 0..199 {
        let next = if at == 198 { "bye".to_owned() } else { format!("menu-{}", at + 1) };
        text += &format!(
            "[step.menu-{at}]\nverb = \"menu\"\nprompt = \"menu-pin\"\nkeys.1 = \"{next}\"\nkeys.2 = \"line-{at}\"\n\
             keys.3 = \"english-{at}\"\nkeys.\"*\" = \"menu-{at}\"\notherwise = \"hours-{at}\"\n\
             [step.english-{at}]\nverb = \"set\"\ncase.language = \"en\"\nnext = \"{next}\"\n\
             [step.hours-{at}]\nverb = \"hours\"\ndesk = \"japan\"\nopen = \"line-{at}\"\nclosed = \"words-{at}\"\n\
             [step.line-{at}]\nverb = \"queue\"\nqueue = \"japan-technical\"\nmusic = \"music-on-hold\"\n\
             otherwise = \"words-{at}\"\nafter = \"bye\"\n\
             [step.words-{at}]\nverb = \"play\"\nprompt = \"please-wait\"\nnext = \"bye\"\n"
        );
    }
    text + "[step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n"
}

struct AllThere;

impl World for AllThere {
    fn desk(&self, _: &str) -> Desk {
        Desk::Open
    }

    fn line(&self, _: &str) -> Line {
        Line::default()
    }

    fn caller_number(&self) -> Option<Number> {
        None
    }

    fn case_number(&self) -> Option<String> {
        None
    }

    fn has_prompt(&self, _: &PromptId, _: Language) -> bool {
        true
    }
}

fn drained(plan: &Arc<Plan>) -> Run {
    let mut run = Run::start(plan.clone(), Instant::ZERO, &AllThere);
    while run.poll_output().is_some() {}
    run
}

/// A key at the first menu: stop, two steps, the next prompt.
#[divan::bench]
fn one_key(bencher: Bencher<'_, '_>) {
    let plan = library::shipped();
    let key = Digit::from_char('2').expect("a key");
    bencher.with_inputs(|| drained(&plan)).bench_values(|mut run| {
        run.handle_event(Instant::from_millis(100), &AllThere, Event::Digit(key));
        while let Some(action) = run.poll_output() {
            black_box(action);
        }
        run
    });
}
