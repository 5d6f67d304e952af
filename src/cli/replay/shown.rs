//! What a replay shows: a table of routes, and the calls that would have come elsewhere.

use super::{Ask, Difference, Report};
use crate::base::Number;
use crate::cli::output::{Format, columns, json};
use crate::cli::simulate::place_words;
use crate::dialplan::replay::{Parting, Place, Route, RouteEnd};
use crate::dialplan::trail::Outcome;
use crate::store::json::rfc3339;
use serde::Serialize;
use std::fmt::Write;

/// The report as text or JSON; callers' numbers only where `numbers`.
pub fn shown(report: &Report, ask: &Ask<'_>, numbers: bool, format: Format) -> String {
    match format {
        Format::Text => text(report, ask, numbers),
        Format::Json => json(&ReportJson::of(report, ask, numbers)),
    }
}

fn text(report: &Report, ask: &Ask<'_>, numbers: bool) -> String {
    let (walked, different) = (report.walked(), report.different());
    let (from, until) = (rfc3339(ask.range.start), rfc3339(ask.range.end));
    let mut text = format!("{walked} calls from {from} until {until} walked through {}\n", versions(ask));
    text += &columns(&routes(report));
    let _infallible = writeln!(text, "{different} would have come elsewhere");
    text += &columns(&report.differences.iter().map(|d| row(d, numbers)).collect::<Vec<_>>());
    for (count, what) in [
        (report.more_differences, "more of them are not listed"),
        (report.other_steps, "come where they came, by other steps"),
    ] {
        if count > 0 {
            let _infallible = writeln!(text, "{count} {what}");
        }
    }
    for (why, count) in &report.left_out {
        let _infallible = writeln!(text, "not walked: {count} that {}", why.words());
    }
    text
}

fn versions(ask: &Ask<'_>) -> String {
    ask.workplace.plans.versions()
}

/// Changes first, each with the most calls first.
fn routes(report: &Report) -> Vec<[String; 4]> {
    let mut routes: Vec<_> = report.routes.iter().collect();
    routes.sort_by_key(|((old, new), calls)| (old == new, std::cmp::Reverse(**calls)));
    let row = |((old, new), calls): (&(Route, Route), &u64)| {
        let arrow = if old == new { "==" } else { "->" };
        let new = if old == new { String::new() } else { words(new) };
        [format!("  {calls}"), words(old), arrow.into(), new]
    };
    routes.into_iter().map(row).collect()
}

fn row(difference: &Difference, numbers: bool) -> [String; 6] {
    let Difference { call, old, new, parting } = difference;
    [
        format!("  {}", call.id),
        rfc3339(call.started_at),
        caller(call.from.as_ref(), numbers).unwrap_or_else(|| "-".into()),
        words(old),
        format!("-> {}", words(new)),
        parting.as_ref().map(parted).unwrap_or_default(),
    ]
}

fn caller(number: Option<&Number>, shown: bool) -> Option<String> {
    number.map(|number| if shown { number.to_string() } else { number.redacted() })
}

/// Where a call came, in words.
fn words(route: &Route) -> String {
    let mut words: Vec<String> = route.places.iter().map(place).collect();
    match &route.end {
        RouteEnd::There if words.is_empty() => words.push("nowhere".into()),
        RouteEnd::There => {}
        RouteEnd::Gone(step) => words.push(format!("abandoned at {step}")),
        RouteEnd::HiddenKey(step) => words.push(format!("unknown: a hidden key is read after {step}")),
    }
    words.join(", then ")
}

fn place(place: &Place) -> String {
    let interpreter = if place.interpreter { " with interpreter" } else { "" };
    format!("{} {}{interpreter}", place_words(&place.outcome), place.language)
}

fn parted(parting: &Parting) -> String {
    let step = |step: &Option<std::sync::Arc<str>>| step.as_deref().unwrap_or("-").to_owned();
    let (old, new) = (step(&parting.old), step(&parting.new));
    match &parting.after {
        Some(after) => format!("after {after}: {old} -> {new}"),
        None => format!("from the first step: {old} -> {new}"),
    }
}

#[derive(Serialize)]
struct ReportJson {
    from: String,
    until: String,
    plans: Vec<PlanJson>,
    walked: u64,
    different: u64,
    other_steps: u64,
    left_out: Vec<LeftOutJson>,
    routes: Vec<RoutesJson>,
    differences: Vec<DifferenceJson>,
    more_differences: u64,
}

#[derive(Serialize)]
struct PlanJson {
    name: String,
    version: String,
}

#[derive(Serialize)]
struct LeftOutJson {
    why: &'static str,
    calls: u64,
}

#[derive(Serialize)]
struct RoutesJson {
    old: RouteJson,
    new: RouteJson,
    same: bool,
    calls: u64,
}

#[derive(Serialize)]
struct DifferenceJson {
    id: String,
    started_at: String,
    caller: Option<String>,
    old: RouteJson,
    new: RouteJson,
    after: Option<String>,
    old_step: Option<String>,
    new_step: Option<String>,
}

#[derive(Serialize)]
struct RouteJson {
    places: Vec<PlaceJson>,
    abandoned_at: Option<String>,
    hidden_key_after: Option<String>,
}

#[derive(Serialize)]
struct PlaceJson {
    kind: &'static str,
    queue: Option<String>,
    desk: Option<String>,
    tier: Option<u8>,
    transfer: Option<String>,
    cause: Option<&'static str>,
    language: &'static str,
    interpreter: bool,
}

impl ReportJson {
    fn of(report: &Report, ask: &Ask<'_>, numbers: bool) -> ReportJson {
        let plan = |plan: &std::sync::Arc<crate::dialplan::Plan>| PlanJson {
            name: plan.name().to_string(),
            version: plan.content_hash().to_owned(),
        };
        let routes = |((old, new), calls): (&(Route, Route), &u64)| RoutesJson {
            old: RouteJson::of(old),
            new: RouteJson::of(new),
            same: old == new,
            calls: *calls,
        };
        ReportJson {
            from: rfc3339(ask.range.start),
            until: rfc3339(ask.range.end),
            plans: ask.workplace.plans.plans().iter().map(plan).collect(),
            walked: report.walked(),
            different: report.different(),
            other_steps: report.other_steps,
            left_out: report
                .left_out
                .iter()
                .map(|(why, calls)| LeftOutJson { why: why.name(), calls: *calls })
                .collect(),
            routes: report.routes.iter().map(routes).collect(),
            differences: report.differences.iter().map(|d| DifferenceJson::of(d, numbers)).collect(),
            more_differences: report.more_differences,
        }
    }
}

impl DifferenceJson {
    fn of(difference: &Difference, numbers: bool) -> DifferenceJson {
        let Difference { call, old, new, parting } = difference;
        let step = |of: fn(&Parting) -> &Option<std::sync::Arc<str>>| {
            parting.as_ref().and_then(|parting| of(parting).as_deref()).map(str::to_owned)
        };
        DifferenceJson {
            id: call.id.clone(),
            started_at: rfc3339(call.started_at),
            caller: caller(call.from.as_ref(), numbers),
            old: RouteJson::of(old),
            new: RouteJson::of(new),
            after: step(|parting| &parting.after),
            old_step: step(|parting| &parting.old),
            new_step: step(|parting| &parting.new),
        }
    }
}

impl RouteJson {
    fn of(route: &Route) -> RouteJson {
        let (abandoned_at, hidden_key_after) = match &route.end {
            RouteEnd::There => (None, None),
            RouteEnd::Gone(step) => (Some(step.to_string()), None),
            RouteEnd::HiddenKey(step) => (None, Some(step.to_string())),
        };
        RouteJson { places: route.places.iter().map(PlaceJson::of).collect(), abandoned_at, hidden_key_after }
    }
}

impl PlaceJson {
    fn of(place: &Place) -> PlaceJson {
        let nothing = PlaceJson {
            kind: "hangup",
            queue: None,
            desk: None,
            tier: None,
            transfer: None,
            cause: None,
            language: place.language.tag(),
            interpreter: place.interpreter,
        };
        match &place.outcome {
            Outcome::Queue { queue, desk, tier } => PlaceJson {
                kind: "queue",
                queue: Some(queue.to_string()),
                desk: Some(desk.clone()),
                tier: Some(*tier),
                ..nothing
            },
            Outcome::Dial { desk } => PlaceJson { kind: "dial", desk: Some(desk.to_string()), ..nothing },
            Outcome::Transfer { to } => PlaceJson { kind: "dial", transfer: Some(to.to_string()), ..nothing },
            Outcome::Hangup { cause } => PlaceJson { cause: Some(cause.name()), ..nothing },
        }
    }
}
