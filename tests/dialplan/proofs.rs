//! What `check` proves, and the call it shows where a proof fails.

use crate::library::{names, source};
use madoguchi::base::{Clip, Language, Moment, PromptId, UnixTime};
use madoguchi::diag::{Diagnostic, Source};
use madoguchi::dialplan::simulate::WalkWorld;
use madoguchi::dialplan::{Desk, Names, Plan, Sky, check, try_out};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Tuesday, a working day, and the Wednesday after it, a holiday.
const MOMENTS: [(&str, Desk); 3] = [
    ("2026-02-10T10:00:00+09:00", Desk::Open),
    ("2026-02-10T18:00:00+09:00", Desk::OutsideHours),
    ("2026-02-11T10:00:00+09:00", Desk::Holiday),
];

fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("a moment")
}

/// The desks at each of the moments.
pub fn skies() -> Vec<Sky> {
    let sky = |(at, state): (&str, Desk)| Sky {
        moment: Some(moment(at)),
        desks: [("japan", state), ("sales", state), ("global", Desk::Open)]
            .map(|(desk, state)| (Arc::from(desk), state))
            .into(),
        by_hand: BTreeSet::new(),
    };
    MOMENTS.map(sky).into()
}

fn names_under_skies() -> Names {
    Names { skies: skies(), ..names() }
}

/// Every prompt takes two seconds; desks are as at the latest of the moments.
pub struct TwoSeconds;

impl WalkWorld for TwoSeconds {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        let state = MOMENTS.iter().rev().find(|(text, _)| moment(text).at() <= at).expect("not earlier").1;
        if desk == "global" { Desk::Open } else { state }
    }

    fn has_prompt(&self, _: &PromptId, _: Language) -> bool {
        true
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        match clip {
            Clip::Pause(length) => *length,
            _ => Duration::from_secs(2),
        }
    }

    fn case_number(&self) -> String {
        "600000012".into()
    }
}

fn plan_text(steps: &str) -> String {
    format!(
        "numbers = [\"0120339836\"]\nstart = \"first\"\n{steps}\n[step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n"
    )
}

fn found(steps: &str) -> Vec<Diagnostic> {
    let checked = check(&Source::new("p.toml", &plan_text(steps)), &names_under_skies());
    checked.map_or_else(|found| found, |(_, warnings)| warnings)
}

fn plan(text: &str) -> Arc<Plan> {
    let checked = check(&Source::new("p.toml", text), &names_under_skies());
    Arc::new(checked.expect("a good plan").0)
}

fn only(found: Vec<Diagnostic>) -> Diagnostic {
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().expect("one")
}

const BRANCH: &str = r#"
[step.first]
verb = "menu"
prompt = "menu-language"
keys.1 = "english"
keys.2 = "bye"
otherwise = "bye"
[step.english]
verb = "set"
case.language = "en"
next = "when"
[step.when]
verb = "hours"
desk = "japan"
open = "bye"
closed = "words"
[step.words]
verb = "play"
prompt = "only-japanese"
next = "bye"
"#;

#[test]
fn a_prompt_missing_in_one_branch_is_shown_with_the_keys_and_the_moment_that_lead_there() {
    let mut names = names_under_skies();
    names.prompts.insert((PromptId::new("only-japanese"), Language::Ja));
    let text = plan_text(BRANCH);
    let d = only(check(&Source::new("p.toml", &text), &names).expect_err("English callers come there"));
    assert_eq!((d.code, d.line(), d.column()), ("prompt-language", 21, 10));
    assert_eq!(d.message, "prompt `only-japanese` has no recording in en, in which callers hear it here");
    let want = [
        "they hear it, for example, at 2026-02-10T18:00:00+09:00: first (key 1) -> english -> when (closed)",
        "to walk it: madoguchi simulate --to 0120339836 --at 2026-02-10T18:00:00+09:00 --keys 1",
    ];
    assert_eq!(d.notes, want);
    let japanese_only = text.replace("case.language = \"en\"", "case.has_pin = true");
    assert!(check(&Source::new("p.toml", &japanese_only), &names).is_ok(), "nobody hears it in English");
}

#[test]
fn a_circle_is_shown_with_the_hour_at_which_callers_walk_it() {
    let d = only(found(
        r#"
[step.first]
verb = "menu"
prompt = "menu-pin"
keys.1 = "when"
otherwise = "bye"
[step.when]
verb = "hours"
desk = "japan"
open = "bye"
closed = "bye"
holiday = "again"
[step.again]
verb = "play"
prompt = "please-wait"
next = "when"
"#,
    ));
    assert_eq!((d.code, d.line()), ("endless-loop", 9));
    assert_eq!(d.message, "a caller who presses no key goes round for ever: when -> again -> when");
    let want = [
        "for example at 2026-02-11T10:00:00+09:00: first (key 1) -> then again and again when (holiday) -> again",
        "to walk it: madoguchi simulate --to 0120339836 --at 2026-02-11T10:00:00+09:00 --keys 1",
    ];
    assert_eq!(d.notes, want);
}

#[test]
fn a_way_that_only_closed_and_open_at_once_could_walk_is_no_circle() {
    let queue = r#"
[step.first]
verb = "queue"
queue = "japan-technical"
music = "music-on-hold"
closed = "when"
otherwise = "bye"
after = "bye"
[step.when]
verb = "hours"
desk = "japan"
open = "first"
closed = "bye"
"#;
    assert_eq!(found(queue), []);
    let full = queue.replace("otherwise = \"bye\"", "otherwise = \"when\"");
    let d = only(found(&full));
    assert_eq!(d.message, "a caller who presses no key goes round for ever: first -> when -> first");
    assert_eq!(
        d.notes,
        [
            "for example at 2026-02-10T10:00:00+09:00: then again and again first (full) -> when (open)",
            "to walk it: madoguchi simulate --to 0120339836 --at 2026-02-10T10:00:00+09:00"
        ]
    );
}

#[test]
fn a_menu_without_otherwise_is_shown_with_who_would_be_left_standing() {
    let d = only(found(
        r#"
[step.first]
verb = "menu"
prompt = "menu-pin"
keys.1 = "second"
otherwise = "bye"
[step.second]
verb = "menu"
prompt = "menu-pin"
keys.1 = "bye"
"#,
    ));
    assert_eq!((d.code, d.line()), ("missing-key", 9));
    let want = ["they are left without a way on, for example, at 2026-02-10T10:00:00+09:00: first (key 1)"];
    assert_eq!(d.notes, want, "a plan with mistakes cannot be walked: no command is shown");
}

#[test]
fn the_shipped_plan_is_proved_and_its_expected_calls_are_walked() {
    let checked = check(&source("dialplans/webex-support.toml"), &names_under_skies());
    let (plan, warnings) = checked.expect("a good plan");
    assert_eq!(warnings, []);
    let trial = try_out(&Arc::new(plan), &skies(), &TwoSeconds);
    assert!(trial.found.iter().all(|d| d.code == "expectation"), "{:?}", trial.found);
    for line in
        ["queue japan-technical: 2 keys (22)", "queue japan-sales: 2 keys (23)", "desk global: 2 keys ("]
    {
        assert!(trial.proved.iter().any(|proved| proved.starts_with(line)), "{line}: {:?}", trial.proved);
    }
    assert!(trial.proved.iter().any(|line| line.starts_with("a caller who presses nothing comes to ")));
}

const DIAL: &str = r#"
numbers = ["0120339836"]
start = "first"
[within]
keys = 1
silence = "6s"
[step.first]
verb = "menu"
prompt = "menu-pin"
keys.1 = "second"
first_digit = "5s"
attempts = 1
otherwise = "bye"
[step.second]
verb = "menu"
prompt = "menu-pin"
keys.1 = "global"
otherwise = "bye"
[step.global]
verb = "dial"
desk = "global"
failed = "bye"
after = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
[[expect]]
at = "2026-02-10T10:00+09:00"
keys = "11"
dial = "global"
passes = ["second"]
within = "1s"
[[expect]]
at = "2026-02-10T10:00+09:00"
keys = "1"
dial = "global"
interpreter = true
"#;

#[test]
fn expectations_and_bounds_that_do_not_hold_are_shown_with_the_call() {
    let trial = try_out(&plan(DIAL), &skies(), &TwoSeconds);
    let told: Vec<String> =
        trial.found.iter().map(|d| format!("{}: {} {}", d.line(), d.code, d.message)).collect();
    let want = [
        "5: too-many-keys desk global takes 2 keys (11), more than 1",
        "6: too-long-silent a caller who presses nothing takes 9.0 s to the end (plan-hung-up), more than 6.0 s",
        "33: expectation this call should come to desk global, but comes to the end (plan-hung-up)",
        "33: expectation this caller comes without an interpreter",
    ];
    assert_eq!(told, want);
    assert_eq!(
        trial.found[2].notes[1],
        "to walk it: madoguchi simulate --to 0120339836 --at 2026-02-10T10:00:00+09:00 --keys 1"
    );
}

#[test]
fn words_that_are_said_again_before_they_are_over_are_doubted() {
    let text = plan_text(
        r#"
[step.first]
verb = "queue"
queue = "japan-technical"
music = "music-on-hold"
thanks = { prompt = ["queue-wait-thanks", { pause = "9s" }, "please-wait"], every = "12s" }
otherwise = "bye"
after = "bye"
"#,
    );
    let trial = try_out(&plan(&text), &skies(), &TwoSeconds);
    assert_eq!(
        only(trial.found).message,
        "`thanks` takes 13.0 s to say and is said every 12.0 s: no music is heard"
    );
}

#[test]
fn every_step_of_a_live_walk_is_one_that_the_proofs_know() {
    let plan = plan(source("dialplans/webex-support.toml").text());
    let ways: BTreeMap<&str, BTreeSet<&str>> = plan
        .steps()
        .map(|(_, step)| {
            let to = step.verb.exits().into_iter().map(|exit| &*plan.step(exit.to).name);
            (&*step.name, to.collect())
        })
        .collect();
    for keys in ["21", "22", "23", "11", "12", "13", "2pp1", "ppp", "9999", "2999", "1ppp", ",2,3"] {
        for (at, _) in MOMENTS {
            let presses = madoguchi::dialplan::simulate::parse_keys(keys).expect("keys");
            let walk = madoguchi::dialplan::simulate::Walk {
                plan: plan.clone(),
                at: moment(at).at(),
                from: None,
                keys: presses,
                pin: None,
            };
            let walked = madoguchi::dialplan::simulate::walk(&walk, &TwoSeconds);
            let entered: Vec<&str> =
                walked.steps.iter().filter(|step| step.event == "enter").map(|step| &*step.step).collect();
            for pair in entered.windows(2) {
                assert!(ways[pair[0]].contains(pair[1]), "{keys} at {at}: {} -> {}", pair[0], pair[1]);
            }
        }
    }
}
