//! What of a plan is shown: a card for each step and each place where callers meet a person.

use super::super::plan::{Plan, Step, StepId};
use super::super::verbs::Verb;

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
                card.ways.insert(0, Way { label: "answered".into(), to, by_key: false });
            }
        }
        Chart { title: plan.name().to_string(), numbers: numbers(plan), start: plan.start().0, cards }
    }
}

fn card(step: &Step) -> Card {
    let about = format!("{} {}", step.definition().name, step.verb.subject());
    Card { name: step.name.to_string(), about: about.trim_end().into(), kind: kind(step), ways: ways(step) }
}

fn kind(step: &Step) -> Kind {
    match &step.verb {
        Verb::Menu(_) | Verb::Collect(_) | Verb::Survey(_) | Verb::Callback(_) => Kind::Question,
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
            None => ways.push(Way { label, to: exit.to.0, by_key }),
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
