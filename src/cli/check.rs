//! `madoguchi check`: every diagnostic, then what was proved.

use super::output::{Format, json};
use crate::diag::{Diagnostic, Place, Severity};
use crate::dialplan::PlanSet;
use serde::Serialize;

/// What was checked, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Report<'a> {
    /// Everything found, in settings, dialplans and prompts.
    pub diagnostics: Vec<Diagnostic>,
    /// The plans, where they are good.
    pub plans: Option<&'a PlanSet>,
    /// What else was proved, a line each: prompts, hours.
    pub proved: Vec<String>,
}

/// What the command prints and how it exits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// 0 = good, 1 = errors were found.
    pub exit: u8,
}

/// The report: as text the diagnostics go to standard error, as JSON all goes to standard output.
pub fn run(report: &Report<'_>, format: Format) -> Printed {
    let errors = count(report, Severity::Error);
    let exit = u8::from(errors > 0);
    let stderr: String = report.diagnostics.iter().map(|d| format!("{d}\n\n")).collect();
    let stdout = match format {
        Format::Json => json(&ReportJson::of(report, errors == 0)),
        Format::Text if errors == 0 => proved(report).iter().map(|line| format!("{line}\n")).collect(),
        Format::Text => String::new(),
    };
    let found = match (errors, count(report, Severity::Warning)) {
        (0, 0) => String::new(),
        (errors, warnings) => summary(errors, warnings),
    };
    Printed { stdout, stderr: stderr + &found, exit }
}

/// The line after the diagnostics.
pub fn summary(errors: usize, warnings: usize) -> String {
    format!("{}, {}\n", plural(errors, "error"), plural(warnings, "warning"))
}

fn count(report: &Report<'_>, severity: Severity) -> usize {
    report.diagnostics.iter().filter(|d| d.severity == severity).count()
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// What holds for every plan that was not refused.
const PROVED: [&str; 4] = [
    "every name exists; every prompt is recorded in every language it is heard in",
    "whatever is pressed or not, at any hour, a call comes to a person, a line or an announced end",
    "nobody goes round for ever without pressing keys",
    "every answered call has a case: it is opened before the first step",
];

/// What holds for these plans, in words.
fn proved(report: &Report<'_>) -> Vec<String> {
    let Some(set) = report.plans else { return report.proved.clone() };
    let mut lines = Vec::new();
    for plan in set.plans() {
        let numbers: Vec<String> = plan.numbers().map(|n| n.national()).collect();
        let steps = plural(plan.steps().count(), "step");
        let answers = if numbers.is_empty() { "no number".into() } else { numbers.join(", ") };
        lines.push(format!("{} ({}): {steps}, answers {answers}", plan.name(), plan.content_hash()));
        lines.extend(PROVED.map(|line| format!("  {line}")));
    }
    lines.push(format!("every other number: {}", set.default_plan().name()));
    lines.extend(report.proved.iter().cloned());
    lines
}

#[derive(Serialize)]
struct ReportJson<'a> {
    ok: bool,
    diagnostics: Vec<DiagnosticJson<'a>>,
    plans: Vec<PlanJson<'a>>,
    proved: Vec<String>,
}

/// A plan as programs read it.
#[derive(Serialize)]
pub struct PlanJson<'a> {
    name: &'a str,
    hash: &'a str,
    numbers: Vec<String>,
    default: bool,
    steps: usize,
}

/// A diagnostic as programs read it.
#[derive(Serialize)]
pub struct DiagnosticJson<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: PlaceJson<'a>,
    label: &'a str,
    second: Option<SecondJson<'a>>,
    help: Option<&'a str>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    span: [usize; 2],
}

#[derive(Serialize)]
struct SecondJson<'a> {
    #[serde(flatten)]
    place: PlaceJson<'a>,
    label: &'a str,
}

impl<'a> ReportJson<'a> {
    fn of(report: &'a Report<'_>, ok: bool) -> Self {
        ReportJson {
            ok,
            diagnostics: report.diagnostics.iter().map(DiagnosticJson::of).collect(),
            plans: report.plans.map_or(Vec::new(), PlanJson::all_of),
            proved: if ok { proved(report) } else { Vec::new() },
        }
    }
}

impl<'a> PlanJson<'a> {
    /// The mirrors of all plans.
    pub fn all_of(set: &'a PlanSet) -> Vec<Self> {
        let plan = |plan: &'a std::sync::Arc<crate::dialplan::Plan>| PlanJson {
            name: plan.name(),
            hash: plan.content_hash(),
            numbers: plan.numbers().map(ToString::to_string).collect(),
            default: plan.name() == set.default_plan().name(),
            steps: plan.steps().count(),
        };
        set.plans().iter().map(plan).collect()
    }
}

impl<'a> DiagnosticJson<'a> {
    /// The mirror of a diagnostic.
    pub fn of(diagnostic: &'a Diagnostic) -> Self {
        let second = |(place, label): &'a (Place, String)| SecondJson { place: PlaceJson::of(place), label };
        DiagnosticJson {
            code: diagnostic.code,
            severity: diagnostic.severity.name(),
            message: &diagnostic.message,
            place: PlaceJson::of(&diagnostic.place),
            label: &diagnostic.label,
            second: diagnostic.second.as_ref().map(second),
            help: diagnostic.help.as_deref(),
            notes: &diagnostic.notes,
        }
    }
}

impl<'a> PlaceJson<'a> {
    fn of(place: &'a Place) -> Self {
        let (line, column) = place.position();
        PlaceJson { file: place.source.name(), line, column, span: [place.span.start, place.span.end] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn report(severity: Severity) -> Report<'static> {
        let source = Source::new("a.toml", "x = 1\n");
        let found = Diagnostic::error("unknown-key", &source, 0..1, "unknown key `x`").help("write `y`");
        Report { diagnostics: vec![Diagnostic { severity, ..found }], ..Report::default() }
    }

    #[test]
    fn errors_go_to_standard_error_with_their_place_and_exit_1() {
        let printed = run(&report(Severity::Error), Format::Text);
        assert_eq!((printed.exit, printed.stdout.as_str()), (1, ""));
        assert!(printed.stderr.contains("a.toml:1:1"), "{}", printed.stderr);
        assert!(printed.stderr.ends_with("1 error, 0 warnings\n"), "{}", printed.stderr);
        assert_eq!(run(&report(Severity::Warning), Format::Text).exit, 0);
    }

    #[test]
    fn the_same_as_json() {
        let printed = run(&report(Severity::Error), Format::Json);
        let value: serde_json::Value = serde_json::from_str(&printed.stdout).expect("JSON");
        let want = serde_json::json!({"ok": false, "plans": [], "proved": [], "diagnostics": [
            {"code": "unknown-key", "severity": "error", "message": "unknown key `x`", "file": "a.toml",
             "line": 1, "column": 1, "span": [0, 1], "label": "", "second": null, "help": "write `y`", "notes": []}]});
        assert_eq!(value, want);
    }
}
