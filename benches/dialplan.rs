//! How long a plan takes to check, and a call to take one event.

use divan::{Bencher, black_box};
use madoguchi::base::{Digit, Instant, Language, PromptId};
use madoguchi::dialplan::{Desk, Event, Line, Plan, Run, World, check};
use std::sync::Arc;

#[path = "../tests/dialplan/library.rs"]
#[allow(dead_code)]
mod library;

fn main() {
    divan::main();
}

/// The shipped plan from text to proof.
#[divan::bench]
fn check_the_shipped_plan(bencher: Bencher<'_, '_>) {
    let (source, names) = (library::source("dialplans/webex-support.toml"), library::names());
    bencher.bench(|| check(black_box(&source), black_box(&names)).is_ok());
}

struct AllThere;

impl World for AllThere {
    fn desk(&self, _: &str) -> Desk {
        Desk::Open
    }

    fn line(&self, _: &str) -> Line {
        Line::default()
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
