//! `check`: what is good, what is wrong and where.

use super::workplace::{Workplace, shipped};

#[test]
fn the_shipped_settings_plans_and_prompts_are_good_and_said_to_be() {
    let workplace = Workplace::new("");
    let ran = workplace.run(&["check"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for said in
        ["answers 0120339836, 0364346780", "settings: madoguchi.toml", "hours of desk japan: zone Asia/Tokyo"]
    {
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("recordings decoded"), "{}", ran.stdout);
}

#[test]
fn a_bad_plan_is_told_as_its_golden_says() {
    let workplace = Workplace::new("");
    for name in
        ["unknown-key.toml", "step-twice.toml", "syntax-list.toml", "number-beside-a-mistake", "two-defaults"]
    {
        let plan = format!("dialplans/bad/{name}");
        workplace.copy(&plan);
        let golden = shipped(&plan).with_extension("stderr");
        let golden = std::fs::read_to_string(golden).expect("a golden");
        assert_eq!(workplace.bad(&["check", &plan]), golden);
    }
}

#[test]
fn mistakes_of_all_files_are_reported_in_one_run_also_as_json() {
    let workplace = Workplace::new("");
    workplace
        .write("a.toml", "start = 'bye'\n[step.bye]\nverb = 'hangup'\nprompt = 'technical-difficultie'\n");
    workplace
        .write("b.toml", "start = 'bye'\n[step.bye]\nverb = 'hangupp'\nprompt = 'technical-difficulty'\n");
    let told = workplace.bad(&["check", "a.toml", "b.toml"]);
    assert!(told.contains("a.toml:4:10") && told.contains("did you mean `technical-difficulty`?"), "{told}");
    assert!(told.contains("b.toml:3:8") && told.contains("did you mean `hangup`?"), "{told}");
    let ran = workplace.run(&["check", "a.toml", "b.toml", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.status, &value["ok"]), (1, &false.into()));
    let found = value["diagnostics"].as_array().expect("a list");
    let places: Vec<_> =
        found.iter().map(|d| (d["file"].as_str(), d["line"].as_u64(), d["column"].as_u64())).collect();
    let place = |file, line, column| (Some(file), Some(line), Some(column));
    assert_eq!(places, [place("a.toml", 1, 1), place("a.toml", 4, 10), place("b.toml", 3, 8)]);
}

#[test]
fn a_plan_that_names_a_queue_the_settings_lack_is_refused() {
    let workplace = Workplace::new("");
    let plan = std::fs::read_to_string(shipped("dialplans/webex-support.toml")).expect("the plan");
    workplace.write("plans/support.toml", &plan.replace("\"japan-technical\"", "\"japan-tecnical\""));
    let told = workplace.bad(&["check", "plans"]);
    assert!(
        told.contains("plans/support.toml:") && told.contains("did you mean `japan-technical`?"),
        "{told}"
    );
}

#[test]
fn a_settings_file_and_a_folder_of_prompts_can_be_checked_alone() {
    let workplace = Workplace::new("");
    workplace.write("other.toml", "[media]\nports = '1-2'\n");
    assert!(workplace.bad(&["check", "other.toml"]).contains("other.toml:2:9"));
    workplace.write("words/manifest.toml", "[[prompt]]\nid = 'hello'\nja.text = 'x'\nen.text = 'x'\n");
    let told = workplace.bad(&["check", "words"]);
    assert!(told.contains("manifest.toml:2:6") && told.contains("prompt `hello` (ja)"), "{told}");
}

#[test]
fn what_serve_would_refuse_and_what_is_doubtful_is_told_at_its_line() {
    let workplace = Workplace::new("[store]\nurl = 'mysql://x'\n[customers]\nkey = 'short'\n");
    let line = |key: &str| {
        let text = std::fs::read_to_string(workplace.path("madoguchi.toml")).expect("settings");
        format!("madoguchi.toml:{}:", text.lines().position(|line| line.starts_with(key)).expect(key) + 1)
    };
    let told = workplace.bad(&["check"]);
    assert!(told.contains(&line("url = ")) && told.contains(&line("key = ")), "{told}");
    assert!(told.contains("5 of at least 16 bytes") && !told.contains("short'"), "{told}");
    let doubtful = Workplace::new("[desks.night]\ndial = 'sip:a@192.0.2.1'\nhours = 'always'\n");
    let ran = doubtful.run(&["check"]);
    let text = std::fs::read_to_string(doubtful.path("madoguchi.toml")).expect("settings");
    let line = text.lines().position(|line| line == "[desks.night]").expect("a desk") + 1;
    assert!(ran.stderr.contains(&format!("madoguchi.toml:{line}:")), "{}", ran.stderr);
    assert!(ran.status == 0 && ran.stderr.contains("no plan leads to desk `night`"), "{}", ran.stderr);
}
