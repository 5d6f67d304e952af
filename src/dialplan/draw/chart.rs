//! What of a plan is shown: a card for each step and each place where callers meet a person.

use super::super::plan::{Plan, Step, StepId};
use super::super::verbs::Verb;
use super::traffic::Traffic;

/// A plan as cards with ways between them.
pub(super) struct Chart {
    /// The plan's name.
    pub title: String,
    /// Which numbers it answers, in words.
    pub numbers: String,
    /// Where a call begins.
    pub start: usize,
    /// Steps in the order of the file, then places.
    pub cards: Vec<Card>,
    /// Calls in all, where they are counted.
    pub calls: Option<u64>,
}

/// A step, or a place.
pub(super) struct Card {
    /// The step's name, or the desk's.
    pub name: String,
    /// The verb and what it is about.
    pub about: String,
    /// What is done there.
    pub kind: Kind,
    /// Where it leads.
    pub ways: Vec<Way>,
}

/// What a card looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The caller is asked.
    Question,
    /// The hour decides.
    Hours,
    /// A line or a dialled desk.
    Waiting,
    /// Something is said or noted.
    Passing,
    /// A desk: a person answers.
    Person,
    /// The call ends.
    End,
}

/// The ways out that lead to the same card, by keys or without.
pub(super) struct Way {
    /// Keys and outcomes: `key 2`, `full`, `no answer`; several with commas.
    pub label: String,
    /// The card it leads to.
    pub to: usize,
    /// Whether the caller's key takes it.
    pub by_key: bool,
    /// How many calls took it, where they are counted.
    pub calls: Option<u64>,
}

impl Chart {
    /// Everything of a plan.
    pub fn of(plan: &Plan) -> Chart {
        let mut cards: Vec<Card> = plan.steps().map(|(_, step)| card(step)).collect();
        let served = plan.steps().filter_map(|(id, step)| Some((id, place(plan, step)?)));
        for (StepId(from), (name, about)) in served {
            let to = cards.len();
            cards.push(Card { name, about, kind: Kind::Person, ways: Vec::new() });
            if let Some(card) = cards.get_mut(from) {
                card.ways.insert(0, Way { label: "answered".into(), to, by_key: false, calls: None });
            }
        }
        Chart {
            title: plan.name().to_string(),
            numbers: numbers(plan),
            start: plan.start().0,
            cards,
            calls: None,
        }
    }

    /// The same with how many calls took each way.
    pub fn with(mut self, plan: &Plan, traffic: &Traffic) -> Chart {
        let steps = plan.steps().count();
        for (from, card) in self.cards.iter_mut().enumerate() {
            for way in &mut card.ways {
                way.calls = Some(match way.to < steps {
                    true => traffic.took(StepId(from), StepId(way.to), way.by_key),
                    false => traffic.answered(StepId(from)),
                });
            }
        }
        self.numbers = format!("{}: {}", self.numbers, traffic.words());
        self.calls = Some(traffic.calls());
        self
    }

    /// How wide a line is that so many calls took, as a factor of `widest` to one that none took.
    pub fn width(&self, calls: Option<u64>, plain: f64, widest: f64) -> f64 {
        let (Some(calls), Some(all)) = (calls, self.calls) else { return plain };
        let share = calls as f64 / all.max(1) as f64;
        plain / 2.0 + (widest - plain / 2.0) * share.min(1.0).sqrt()
    }
}

impl Way {
    /// What takes it, and how many calls took it where they are counted.
    pub fn text(&self) -> String {
        match self.calls {
            Some(calls) => format!("{} ({calls})", self.label),
            None => self.label.clone(),
        }
    }
}

fn card(step: &Step) -> Card {
    let about = format!("{} {}", step.definition().name, step.verb.subject());
    Card { name: step.name.to_string(), about: about.trim_end().into(), kind: kind(step), ways: ways(step) }
}

fn kind(step: &Step) -> Kind {
    match &step.verb {
        Verb::Menu(_) | Verb::Collect(_) | Verb::Pin(_) | Verb::Survey(_) | Verb::Callback(_) => {
            Kind::Question
        }
        Verb::Hours(_) => Kind::Hours,
        Verb::Queue(_) | Verb::Dial(_) | Verb::Transfer(_) => Kind::Waiting,
        _ if step.verb.exits().is_empty() => Kind::End,
        _ => Kind::Passing,
    }
}

fn ways(step: &Step) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for exit in step.verb.exits() {
        let (label, by_key) = (words(&exit.label), exit.on.is_pressed());
        match ways.iter_mut().find(|way| way.to == exit.to.0 && way.by_key == by_key) {
            Some(way) => way.label = format!("{}, {label}", way.label),
            None => ways.push(Way { label, to: exit.to.0, by_key, calls: None }),
        }
    }
    ways
}

/// A way out in words: `keys.2` is `key 2`, `no_answer` is `no answer`.
fn words(label: &str) -> String {
    match label.strip_prefix("keys.") {
        Some(key) => format!("key {key}"),
        None => label.replace('_', " "),
    }
}

/// The desk, or the place outside them, that a step connects to, and how.
fn place(plan: &Plan, step: &Step) -> Option<(String, String)> {
    let subject = step.verb.subject();
    match &step.verb {
        Verb::Queue(_) => {
            let facts = plan.queue(&subject)?;
            Some((format!("desk {}", facts.desk), format!("queue {subject}, tier {}", facts.tier)))
        }
        Verb::Dial(_) => Some((format!("desk {subject}"), "its own number".into())),
        Verb::Transfer(_) => Some((format!("transfer {subject}"), "a place of the settings".into())),
        _ => None,
    }
}

fn numbers(plan: &Plan) -> String {
    let mut numbers: Vec<String> = plan.numbers().map(|number| number.national()).collect();
    if plan.is_default() || numbers.is_empty() {
        numbers.push("every number that no plan names".into());
    }
    format!("answers {}", numbers.join(", "))
}
