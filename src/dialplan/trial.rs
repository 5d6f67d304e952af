//! A plan tried out before a caller comes: the calls its authors expect, and how far it is to every
//! line and desk. Each is walked by the interpreter that live calls run on.

use super::contract::{Desk, Line};
use super::expect::{End, Expect};
use super::plan::{Plan, Step};
use super::prove::{Ground, Sketch, Sky, Tour};
use super::simulate::{Outcome, Press, Walk, WalkWorld, Walked, walk};
use crate::base::{Clip, Coverage, Known, Language, Moment, PromptId, UnixTime};
use crate::diag::{Diagnostic, Diagnostics, Place};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Expectations that do not hold, bounds that are broken, announcements that leave no rest.
    pub found: Vec<Diagnostic>,
    /// What was seen to hold, a line each.
    pub proved: Vec<String>,
}

/// Tries a plan under these skies, its desks and recordings as this world has them.
pub fn try_out(plan: &Arc<Plan>, skies: &[Sky], world: &dyn WalkWorld) -> Trial {
    let mut found = Diagnostics::new();
    let mut proved = Vec::new();
    for expect in &plan.expects {
        found.extend(broken(plan, expect, world));
    }
    if !plan.expects.is_empty() {
        proved.push(format!("{} expected calls end as written", plan.expects.len()));
    }
    let sketch = Sketch::of(plan);
    let ground = Ground::new(&sketch, plan.numbers().next().map(|n| n.national()), skies);
    arrivals(plan, &ground, world, &mut found, &mut proved);
    silence(plan, &ground, world, &mut found, &mut proved);
    for (_, step) in plan.steps() {
        restless(plan, step, world, &mut found);
    }
    Trial { found: found.into_sorted(), proved }
}

/// What is wrong with an expected call, where anything is.
fn broken(plan: &Arc<Plan>, expect: &Expect, world: &dyn WalkWorld) -> Vec<Diagnostic> {
    let walked = walk(
        &Walk { plan: plan.clone(), at: expect.at.at(), from: None, keys: expect.presses.clone(), pin: None },
        world,
    );
    let mut wrong = Vec::new();
    let mut say = |place: &Place, message: String| wrong.push((place.clone(), message));
    if walked.outcome.as_ref().map(End::of) != Some(Some(expect.end.clone())) {
        say(
            &expect.place,
            format!("this call should come to {}, but comes to {}", expect.end.words(), end(&walked)),
        );
    }
    if let Some(language) = expect.language.filter(|l| *l != walked.language) {
        say(&expect.place, format!("this caller should be served in {language}, not in {}", walked.language));
    }
    let interpreter = walked.facts.get("interpreter").is_some_and(|value| value == "true");
    if expect.interpreter.is_some_and(|wanted| wanted != interpreter) {
        let with = if interpreter { "with" } else { "without" };
        say(&expect.place, format!("this caller comes {with} an interpreter"));
    }
    for (step, place) in &expect.passes {
        let name = &plan.step(*step).name;
        if !walked.steps.iter().any(|happening| happening.step == *name) {
            say(place, format!("this call does not pass `{name}`"));
        }
    }
    if let Some(within) = expect.within.filter(|within| walked.duration > *within) {
        say(
            &expect.place,
            format!("this call takes {}, more than {}", seconds(walked.duration), seconds(within)),
        );
    }
    let notes = || {
        vec![
            passed(&walked),
            command(plan, expect.to.as_ref().map(|n| n.national()), expect.at, &expect.keys),
        ]
    };
    wrong
        .into_iter()
        .map(|(place, message)| {
            Diagnostic::error("expectation", &place.source, place.span.clone(), message).notes(notes())
        })
        .collect()
}

/// How many keys and how much time it is to each line and desk, by the easiest way.
fn arrivals(
    plan: &Arc<Plan>,
    ground: &Ground<'_>,
    world: &dyn WalkWorld,
    found: &mut Diagnostics,
    proved: &mut Vec<String>,
) {
    let mut nearest: BTreeMap<String, (Tour, Walked)> = BTreeMap::new();
    for tour in ground.tours(|step| step.definition().arrives && !step.verb.exits().is_empty(), plan) {
        let Some(walked) = follow(plan, &tour, tour.keys.clone(), world) else { continue };
        let place = end(&walked);
        let nearer = nearest.get(&place).is_none_or(|(known, _)| tour.pressed() < known.pressed());
        if nearer && !matches!(walked.outcome, Some(Outcome::Hangup { .. }) | None) {
            nearest.insert(place, (tour, walked));
        }
    }
    for (place, (tour, walked)) in &nearest {
        let listening = tour.keys.iter().flat_map(|press| [Press::Listen, *press]).collect();
        let heard = follow(plan, tour, listening, world).map_or(Duration::ZERO, |walked| walked.duration);
        let keys = match tour.pressed() {
            0 => "no key".to_owned(),
            1 => format!("1 key ({})", tour.text),
            count => format!("{count} keys ({})", tour.text),
        };
        proved.push(format!(
            "{place}: {keys}, {} when pressed at once, {} with every question heard",
            seconds(walked.duration),
            seconds(heard)
        ));
        if let Some((most, at)) = plan.within.keys.as_ref().filter(|(most, _)| tour.pressed() > *most) {
            let message = format!("{place} takes {keys}, more than {most}");
            let notes = vec![command(plan, None, tour.moment, &tour.text)];
            found.push(Diagnostic::error("too-many-keys", &at.source, at.span.clone(), message).notes(notes));
        }
    }
}

/// How long whoever presses nothing takes to a line, a desk or the end, at the worst hour.
fn silence(
    plan: &Arc<Plan>,
    ground: &Ground<'_>,
    world: &dyn WalkWorld,
    found: &mut Diagnostics,
    proved: &mut Vec<String>,
) {
    let calls = ground.silent_tours().filter_map(|tour| {
        let walked = follow(plan, &tour, Vec::new(), world)?;
        Some((tour, walked))
    });
    let Some((tour, worst)) = calls.max_by_key(|(_, walked)| walked.duration) else { return };
    let (length, place) = (seconds(worst.duration), end(&worst));
    proved.push(format!("a caller who presses nothing comes to {place} within {length}"));
    if let Some((most, at)) = plan.within.silence.as_ref().filter(|(most, _)| worst.duration > *most) {
        let most = seconds(*most);
        let message = format!("a caller who presses nothing takes {length} to {place}, more than {most}");
        let notes = vec![passed(&worst), command(plan, None, tour.moment, "")];
        found.push(Diagnostic::error("too-long-silent", &at.source, at.span.clone(), message).notes(notes));
    }
}

/// Warns of words in line that are said again before they are over.
fn restless(plan: &Plan, step: &Step, world: &dyn WalkWorld, found: &mut Diagnostics) {
    for (key, said, every) in step.verb.repeats() {
        let length = |language| said.iter().map(|spoken| spoken.length(language, world)).sum::<Duration>();
        let longest = Language::ALL.into_iter().map(length).max().unwrap_or_default();
        if longest >= every {
            let (longest, every) = (seconds(longest), seconds(every));
            let message =
                format!("`{key}` takes {longest} to say and is said every {every}: no music is heard");
            let source = plan.source();
            found.push(Diagnostic::warning("no-rest", source, step.place.span.clone(), message));
        }
    }
}

/// Walks a tour with these keys, desks closed by hand where its sky says so.
fn follow(plan: &Arc<Plan>, tour: &Tour, keys: Vec<Press>, world: &dyn WalkWorld) -> Option<Walked> {
    let under = Under { world, closed: &tour.closed };
    let walked =
        walk(&Walk { plan: plan.clone(), at: tour.moment.at(), from: None, keys, pin: None }, &under);
    walked.outcome.is_some().then_some(walked)
}

/// A world in which these desks are closed by hand.
struct Under<'w> {
    world: &'w dyn WalkWorld,
    closed: &'w [Arc<str>],
}

impl WalkWorld for Under<'_> {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        match self.closed.iter().any(|closed| **closed == *desk) {
            true => Desk::Emergency,
            false => self.world.desk(desk, at),
        }
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        self.world.has_prompt(prompt, language)
    }

    fn line(&self, queue: &str) -> Line {
        self.world.line(queue)
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        self.world.clip_length(clip)
    }

    fn case_number(&self) -> String {
        self.world.case_number()
    }

    fn takes_pins(&self) -> bool {
        self.world.takes_pins()
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        self.world.coverage(known, language)
    }
}

impl End {
    fn of(outcome: &Outcome) -> Option<End> {
        match outcome {
            Outcome::Queue { queue, .. } => Some(End::Queue(queue.clone())),
            Outcome::Dial { desk } => Some(End::Dial(desk.clone())),
            Outcome::Transfer { to } => Some(End::Transfer(to.clone())),
            Outcome::Hangup { cause } => Some(End::Hangup(*cause)),
        }
    }

    fn words(&self) -> String {
        match self {
            End::Queue(queue) => format!("queue {queue}"),
            End::Dial(desk) => format!("desk {desk}"),
            End::Transfer(to) => format!("transfer {to}"),
            End::Hangup(cause) => format!("the end ({})", cause.name()),
        }
    }
}

/// Where a call comes, in words.
fn end(walked: &Walked) -> String {
    walked.outcome.as_ref().and_then(End::of).map_or("no end".into(), |end| end.words())
}

fn passed(walked: &Walked) -> String {
    let mut names: Vec<&str> = walked.steps.iter().map(|happening| &*happening.step).collect();
    names.dedup();
    format!("it passes {}", names.join(" -> "))
}

fn command(plan: &Plan, to: Option<String>, at: Moment, keys: &str) -> String {
    let number = to.or_else(|| plan.numbers().next().map(|n| n.national())).unwrap_or_else(|| "100".into());
    let keys = if keys.is_empty() { String::new() } else { format!(" --keys {keys}") };
    format!("to walk it: madoguchi simulate --to {number} --at {at}{keys}")
}

fn seconds(length: Duration) -> String {
    format!("{:.1} s", length.as_secs_f64())
}
