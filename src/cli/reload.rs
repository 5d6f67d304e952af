//! What an engine tells of its plans and of a reload, and how `reload` and `plan rollback` print it.

use super::check::{DiagnosticJson, PlanJson, Printed, summary};
use super::output::{Format, json};
use super::running::{Came, Standing};
use crate::diag::Diagnostic;
use crate::dialplan::PlanSet;
use crate::store::json::rfc3339;
use serde::Serialize;
use serde_json::{Value, json};

/// A diagnostic with the text that `check` prints, for whoever has not the file.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    diagnostic: DiagnosticJson<'a>,
    text: String,
}

/// Diagnostics as an engine tells them.
pub fn diagnostics(found: &[Diagnostic]) -> Value {
    let told = |diagnostic| Told { diagnostic: DiagnosticJson::of(diagnostic), text: diagnostic.to_string() };
    json!(found.iter().map(told).collect::<Vec<_>>())
}

/// What came of a reload: result, plans in force, everything found.
pub fn told(came: Came, found: &[Diagnostic], plans: &PlanSet) -> Value {
    json!({
        "result": came.name(),
        "plans": PlanJson::all_of(plans),
        "diagnostics": diagnostics(found),
    })
}

/// The plans in force, since when and by whom, and whether a later reload was refused.
pub fn plans_json(standing: &Standing) -> Value {
    json!({
        "plans": PlanJson::all_of(&standing.plans),
        "since": rfc3339(standing.since),
        "by": standing.by.to_string(),
        "reload_refused": standing.refused,
    })
}

/// An engine's answer: the diagnostics as `check` prints them; the versions in force where they are good.
pub fn printed(good: bool, answer: &Value, format: Format) -> Printed {
    let exit = u8::from(!good);
    if format == Format::Json {
        return Printed { stdout: json(answer), stderr: String::new(), exit };
    }
    let found = answer["diagnostics"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut stderr: String = found.iter().map(|d| format!("{}\n\n", words(&d["text"]))).collect();
    let count = |severity: &str| found.iter().filter(|d| d["severity"] == severity).count();
    match (good, found.is_empty()) {
        (_, false) => stderr += &summary(count("error"), count("warning")),
        (false, true) => stderr += &format!("madoguchi: {}\n", words(&answer["detail"])),
        (true, true) => {}
    }
    let stdout = if good { in_force(answer) } else { String::new() };
    Printed { stdout, stderr, exit }
}

fn in_force(answer: &Value) -> String {
    let plans = answer["plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let versions: Vec<String> =
        plans.iter().map(|plan| format!("{}@{}", words(&plan["name"]), words(&plan["hash"]))).collect();
    let what = match words(&answer["result"]) {
        "unchanged" => "nothing changed, in force",
        _ => "in force for new calls",
    };
    format!("{what}: {}\n", versions.join(", "))
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    #[test]
    fn a_refusal_is_printed_as_check_prints_it_and_a_problem_as_one_line() {
        let source = Source::new("a.toml", "x = 1\n");
        let found = Diagnostic::error("unknown-key", &source, 0..1, "unknown key `x`").help("write `y`");
        let answer = json!({ "result": "refused", "diagnostics": diagnostics(std::slice::from_ref(&found)) });
        let refused = printed(false, &answer, Format::Text);
        assert_eq!(refused.stderr, format!("{found}\n\n1 error, 0 warnings\n"));
        assert!(refused.stdout.is_empty() && refused.exit == 1);
        let problem = json!({ "detail": "too many reloads wait already" });
        assert_eq!(
            printed(false, &problem, Format::Text).stderr,
            "madoguchi: too many reloads wait already\n"
        );
        let same =
            json!({ "result": "unchanged", "plans": [{"name": "desk", "hash": "00ff"}], "diagnostics": [] });
        let same = printed(true, &same, Format::Text);
        assert_eq!(
            (same.stdout.as_str(), same.stderr.as_str()),
            ("nothing changed, in force: desk@00ff\n", "")
        );
        assert_eq!(printed(false, &answer, Format::Json).stdout, json(&answer));
    }
}
