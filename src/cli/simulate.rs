//! `madoguchi simulate`: walks one call without network, as a table or as JSON.

use super::output::{Format, columns, json};
use crate::base::{Coverage, Moment, Number, Secret};
use crate::dialplan::PlanSet;
use crate::dialplan::simulate::{Happening, Outcome, Walk, WalkWorld, Walked, parse_keys, walk};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The call to walk, as written on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The number dialled.
    pub to: &'a str,
    /// The caller's number.
    pub from: &'a str,
    /// When.
    pub at: Moment,
    /// What the caller does.
    pub keys: &'a str,
    /// What the caller types where a PIN is asked for.
    pub pin: Option<&'a Secret<String>>,
}

/// Why there is nothing to walk: wrong usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {what}")]
pub struct SimulateError {
    /// The option of the command line.
    pub option: &'static str,
    /// What is wrong with it.
    pub what: String,
}

/// What the settings say of desks, beside what a walk looks up.
pub trait Settings: WalkWorld {
    /// The first URI at which a desk is dialled.
    fn dial_target(&self, desk: &str) -> Option<String>;
    /// The URI of a transfer.
    fn transfer_target(&self, name: &str) -> Option<String>;
}

/// A call that was walked.
#[derive(Clone, Debug)]
pub struct Simulated<'a> {
    ask: Ask<'a>,
    from: Number,
    plan: String,
    target: Option<String>,
    walked: Walked,
}

/// Walks the call and shows it.
///
/// # Errors
/// As [`simulate`].
pub fn run(
    plans: &PlanSet,
    settings: &impl Settings,
    ask: &Ask<'_>,
    format: Format,
) -> Result<String, SimulateError> {
    let call = simulate(plans, settings, ask)?;
    Ok(match format {
        Format::Json => json(&call),
        Format::Text => text(&CallJson::of(&call), &call.walked),
    })
}

/// Walks the call.
///
/// # Errors
/// A number or keys that cannot be read.
pub fn simulate<'a>(
    plans: &PlanSet,
    settings: &impl Settings,
    ask: &Ask<'a>,
) -> Result<Simulated<'a>, SimulateError> {
    let wrong = |option, what: String| SimulateError { option, what };
    let to = Number::parse(ask.to).ok_or_else(|| wrong("--to", format!("`{}` is no number", ask.to)))?;
    let from =
        Number::parse(ask.from).ok_or_else(|| wrong("--from", format!("`{}` is no number", ask.from)))?;
    let keys = parse_keys(ask.keys).map_err(|bad| wrong("--keys", bad.to_string()))?;
    let plan = plans.route(&to);
    let walked = walk(
        &Walk { plan: plan.clone(), at: ask.at.at(), from: Some(from.clone()), keys, pin: ask.pin.cloned() },
        settings,
    );
    let target = match &walked.outcome {
        Some(Outcome::Dial { desk }) => settings.dial_target(desk),
        Some(Outcome::Transfer { to }) => settings.transfer_target(to),
        _ => None,
    };
    Ok(Simulated { ask: *ask, from, plan: plan.name().to_string(), target, walked })
}

impl Simulated<'_> {
    /// Where it came, and how.
    pub fn walked(&self) -> &Walked {
        &self.walked
    }

    /// Whether the caller needs an interpreter there.
    pub fn interpreter(&self) -> bool {
        flag(&self.walked.facts, "interpreter").unwrap_or(false)
    }

    /// When it was, as written.
    pub fn moment(&self) -> String {
        self.ask.at.to_string()
    }

    /// Where it came, in words.
    pub fn outcome_words(&self) -> String {
        outcome_words(&CallJson::of(self))
    }
}

impl Serialize for Simulated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CallJson::of(self).serialize(serializer)
    }
}

fn text(call: &CallJson<'_>, walked: &Walked) -> String {
    let mut text = format!("{} calls {} at {}: plan {}\n", call.from, call.to, call.at, call.dialplan);
    let row = |s: &Happening| [s.at.to_string(), s.step.to_string(), s.verb.to_owned(), s.event.clone()];
    let rows: Vec<[String; 4]> = walked.steps.iter().map(row).collect();
    for line in columns(&rows).lines() {
        let _infallible = writeln!(text, "  {line}");
    }
    if let Some(routing) =
        call.routing.as_ref().filter(|routing| routing.product.or(routing.option).is_some())
    {
        let _infallible = writeln!(text, "{}", routing.words);
    }
    if let Some(entitlement) = walked.facts.get("entitlement") {
        let customer = walked.facts.get("customer").map_or("", String::as_str);
        let _infallible = writeln!(text, "{customer}, {entitlement}");
    }
    let _infallible = writeln!(text, "=> {}", outcome_words(call));
    if walked.not_done > 0 {
        let _infallible = writeln!(text, "the last {} of the keys came after that", walked.not_done);
    }
    text
}

/// A place where a call arrives, in words.
pub fn place_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Queue { queue, desk, tier } => format!("queue {queue} (desk {desk}, tier {tier})"),
        Outcome::Dial { desk } => format!("dial {desk}"),
        Outcome::Transfer { to } => format!("transfer {to}"),
        Outcome::Hangup { cause } => format!("hang up ({cause})"),
    }
}

fn outcome_words(call: &CallJson<'_>) -> String {
    let outcome = &call.outcome;
    let desk = outcome.desk.as_deref().unwrap_or("-");
    let tier = outcome.tier.map_or(String::new(), |tier| format!(", tier {tier}"));
    let end = match outcome.kind {
        Some("queue") => format!("queue {} (desk {desk}{tier})", outcome.queue.as_deref().unwrap_or("-")),
        Some("dial") => format!("dial {desk} ({}{tier})", outcome.target.as_deref().unwrap_or("no target")),
        Some(_) => format!("hang up ({})", outcome.cause.unwrap_or("-")),
        None => "no end".into(),
    };
    let interpreter = if outcome.interpreter { ", with interpreter" } else { "" };
    format!("{end}, language {}{interpreter}", outcome.language)
}

#[derive(Serialize)]
struct CallJson<'a> {
    to: &'a str,
    from: &'a str,
    at: String,
    dialplan: &'a str,
    steps: Vec<StepJson<'a>>,
    outcome: OutcomeJson,
    routing: Option<RoutingJson<'a>>,
    case: CaseJson,
    duration_ms: u64,
    digits_pressed: u32,
}

#[derive(Serialize)]
struct StepJson<'a> {
    step: &'a str,
    verb: &'a str,
    at_ms: u64,
    event: &'a str,
}

#[derive(Serialize)]
struct OutcomeJson {
    kind: Option<&'static str>,
    queue: Option<String>,
    desk: Option<String>,
    tier: Option<u8>,
    language: &'static str,
    interpreter: bool,
    target: Option<String>,
    cause: Option<&'static str>,
}

/// Who answers, as the plan has found it by product and option.
#[derive(Serialize)]
struct RoutingJson<'a> {
    product: Option<&'a str>,
    option: Option<&'a str>,
    entitlement: Option<&'a str>,
    by: &'static str,
    tier: Option<u8>,
    priority: bool,
    interpreter: bool,
    words: &'a str,
}

impl<'a> RoutingJson<'a> {
    fn of(walked: &'a Walked) -> Option<Self> {
        let fact = |field| walked.facts.get(field).map(String::as_str);
        let Coverage { by, tier, priority, interpreter, words } = walked.coverage.as_ref()?;
        Some(RoutingJson {
            product: fact("product"),
            option: fact("option"),
            entitlement: fact("entitlement"),
            by: by.name(),
            tier: *tier,
            priority: *priority,
            interpreter: *interpreter,
            words,
        })
    }
}

#[derive(Serialize)]
struct CaseJson {
    channel: &'static str,
    language: Option<String>,
    interpreter: bool,
    desk: Option<String>,
    has_pin: Option<bool>,
    option: Option<String>,
    severity: Option<String>,
}

impl<'a> CallJson<'a> {
    fn of(call: &'a Simulated<'_>) -> CallJson<'a> {
        let Simulated { ask, from, plan, target, walked } = call;
        CallJson {
            to: ask.to,
            from: from.as_str(),
            at: ask.at.to_string(),
            dialplan: plan,
            steps: walked.steps.iter().map(StepJson::of).collect(),
            outcome: OutcomeJson::of(walked, target.clone()),
            routing: RoutingJson::of(walked),
            case: CaseJson::of(&walked.facts),
            duration_ms: millis(walked.duration),
            digits_pressed: walked.digits_pressed,
        }
    }
}

impl<'a> StepJson<'a> {
    fn of(step: &'a Happening) -> Self {
        let at_ms = millis(step.at.since_start());
        StepJson { step: &step.step, verb: step.verb, at_ms, event: &step.event }
    }
}

impl OutcomeJson {
    fn of(walked: &Walked, target: Option<String>) -> Self {
        let nothing = OutcomeJson {
            kind: None,
            queue: None,
            desk: None,
            tier: None,
            language: walked.language.tag(),
            interpreter: flag(&walked.facts, "interpreter").unwrap_or(false),
            target: None,
            cause: None,
        };
        match &walked.outcome {
            Some(Outcome::Queue { queue, desk, tier }) => OutcomeJson {
                kind: Some("queue"),
                queue: Some(queue.to_string()),
                desk: Some(desk.clone()),
                tier: Some(*tier),
                ..nothing
            },
            Some(Outcome::Dial { desk }) => {
                let tier = walked.coverage.as_ref().and_then(|coverage| coverage.tier);
                OutcomeJson { kind: Some("dial"), desk: Some(desk.to_string()), tier, target, ..nothing }
            }
            Some(Outcome::Transfer { .. }) => OutcomeJson { kind: Some("dial"), target, ..nothing },
            Some(Outcome::Hangup { cause }) => {
                OutcomeJson { kind: Some("hangup"), cause: Some(cause.name()), ..nothing }
            }
            None => nothing,
        }
    }
}

impl CaseJson {
    fn of(facts: &BTreeMap<String, String>) -> Self {
        let text = |field: &str| facts.get(field).cloned();
        CaseJson {
            channel: "phone",
            language: text("language"),
            interpreter: flag(facts, "interpreter").unwrap_or(false),
            desk: text("desk"),
            has_pin: flag(facts, "has_pin"),
            option: text("option"),
            severity: text("severity"),
        }
    }
}

fn flag(facts: &BTreeMap<String, String>, field: &str) -> Option<bool> {
    facts.get(field).map(|value| value == "true")
}

fn millis(length: std::time::Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
