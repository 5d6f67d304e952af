//! Plans and prompts changed under a running `serve`: by SIGHUP, by `reload`, by file change, by rollback.
//! Good ones come into force, bad ones change nothing.

use super::serving::Running;
use super::workplace::{Ran, Workplace, shipped};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;

/// Settings over plans at this path, with an admin port that commands find.
fn settings(plans: &str, watch: bool) -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    format!(
        "[sip]\nlisten = ['udp:127.0.0.1:0']\n[media]\nports = '22000-22999'\n[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '{free}'\n\
         [dialplan]\npath = '{plans}'\nprompts = 'prompts'\nwatch = {watch}\n"
    )
}

/// A plan that plays one prompt and hangs up.
fn plan(prompt: &str) -> String {
    format!("start = 'only'\n[step.only]\nverb = 'hangup'\nprompt = '{prompt}'\ncause = 'plan-hung-up'\n")
}

/// Noise, the same at every run: nothing else that is played resembles it.
fn record_news(workplace: &Workplace) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(workplace.path("prompts/news.wav"), spec).expect("a recording");
    let mut state = 7_u32;
    for _ in 0..8_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        wav.write_sample((state >> 18) as i16 - 8_192).expect("written");
    }
    wav.finalize().expect("whole");
}

/// A few of the shipped prompts, and a plan that plays one of them.
fn workplace(watch: bool) -> Workplace {
    let workplace = Workplace::new("");
    workplace.write("madoguchi.toml", &settings("plans", watch));
    workplace.write("plans/desk.toml", &plan("invalid-key"));
    let prompt = |id| format!("[[prompt]]\nid = '{id}'\nja.text = 'x'\nen.text = 'x'\n");
    let manifest = ["invalid-key", "goodbye", "no-input", "technical-difficulty"].map(prompt).concat();
    workplace.write("prompts/manifest.toml", &manifest);
    for name in ["ja", "en"] {
        let place = workplace.path(&format!("prompts/{name}"));
        symlink(shipped(&format!("prompts/{name}")), place).expect("linked");
    }
    workplace
}

/// What a caller hears now.
fn heard(workplace: &Workplace, engine: &Running) -> String {
    workplace.good(&["call", &format!("sip:100@{}", engine.address()), "--for", "8"])
}

/// Runs a command as a person of this name.
fn as_sato(workplace: &Workplace, args: &[&str]) -> Ran {
    let mut command = workplace.command(args);
    Ran::of(command.env_remove("SUDO_USER").env("USER", "sato").output().expect("the command starts"))
}

/// The version that the log says is in force.
fn version_in(log: &str) -> String {
    let version = log.lines().find_map(|line| line.split_once("in force for new calls: "));
    version.expect(log).1.to_string()
}

/// The version of a text, as the engine names it.
fn version_of(text: &str) -> String {
    format!("desk@{}", madoguchi::dialplan::content_hash(text))
}

fn gauge(engine: &mut Running, line: &str) {
    let figures = engine.get("/metrics");
    assert!(figures.lines().any(|found| found == line), "{line} is not in\n{figures}");
}

#[test]
fn a_good_plan_with_a_new_prompt_comes_into_force_and_a_broken_one_changes_nothing() {
    let workplace = workplace(false);
    let mut engine = Running::start(&workplace, &["serve"]);
    assert!(heard(&workplace, &engine).contains("invalid-key"));

    record_news(&workplace);
    let manifest = fs::read_to_string(workplace.path("prompts/manifest.toml")).expect("the manifest");
    let more = "\n[[prompt]]\nid = 'news'\nja.text = 'x'\nen.text = 'x'\nja.file = 'news.wav'\nen.file = 'news.wav'\n";
    workplace.write("prompts/manifest.toml", &(manifest + more));
    workplace.write("plans/desk.toml", &plan("news"));
    let log = engine.logs_after("-HUP", "SIGHUP: in force");
    assert_eq!(version_in(&log), version_of(&plan("news")));

    workplace.write("plans/desk.toml", &plan("newt").replace("cause", "case"));
    let log = engine.logs_after("-HUP", "SIGHUP: not reloaded");
    assert!(log.contains(&format!("that stay in force: {}", version_of(&plan("news")))), "{log}");
    assert!(log.contains("plans/desk.toml:4:10: ") && log.contains("plans/desk.toml:5:1: "), "{log}");

    let heard = heard(&workplace, &engine);
    assert!(heard.contains("news") && !heard.contains("invalid-key"), "{heard}");
    let ended = engine.terminate();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let cases: serde_json::Value =
        serde_json::from_str(&workplace.good(&["case", "list", "--format", "json"])).expect("JSON");
    let ran_on = [1, 0].map(|at| cases["cases"][at]["dialplan"].as_str().unwrap_or_default().to_string());
    assert_eq!(ran_on, [version_of(&plan("invalid-key")), version_of(&plan("news"))]);
}

#[test]
fn the_case_form_shows_the_numbers_of_the_plans_in_force() {
    let workplace = workplace(false);
    let answering = |number: &str| format!("numbers = ['{number}']\n{}", plan("goodbye"));
    workplace.write("plans/desk.toml", &answering("0355500001"));
    let mut engine = Running::start(&workplace, &["serve"]);
    let form = engine.api("GET", "/case", "");
    assert!(form.contains("tel:0355500001") && form.contains("日本 Cloud TAC"), "{form}");
    workplace.write("plans/desk.toml", &answering("0355500002"));
    engine.logs_after("-HUP", "SIGHUP: in force");
    let form = engine.api("GET", "/case", "");
    assert!(form.contains("tel:0355500002") && !form.contains("0355500001"), "{form}");
    assert_eq!(engine.terminate().status, 0);
}

#[test]
fn reload_prints_what_check_prints_and_says_what_is_in_force() {
    let workplace = workplace(false);
    let without = workplace.bad(&["reload"]);
    assert!(without.starts_with("madoguchi: no engine runs: nothing listens on 127.0.0.1:"), "{without}");

    let mut engine = Running::start(&workplace, &["serve"]);
    let first = version_of(&plan("invalid-key"));
    assert_eq!(workplace.good(&["reload"]), format!("nothing changed, in force: {first}\n"));
    workplace.write("plans/desk.toml", &plan("goodbye"));
    let second = version_of(&plan("goodbye"));
    assert_eq!(workplace.good(&["reload"]), format!("in force for new calls: {second}\n"));
    gauge(&mut engine, "madoguchi_dialplan_reload_refused 0");

    workplace.write("plans/desk.toml", &plan("godbye").replace("cause", "case"));
    let refused = workplace.bad(&["reload"]);
    assert!(
        refused.contains("did you mean `goodbye`?") && refused.ends_with("2 errors, 0 warnings\n"),
        "{refused}"
    );
    assert_eq!(refused, workplace.bad(&["check"]));
    gauge(&mut engine, "madoguchi_dialplan_reload_refused 1");
    gauge(&mut engine, "madoguchi_dialplan_reloads_total{result=\"refused\"} 1");
    let hash = second.trim_start_matches("desk@");
    gauge(&mut engine, &format!("madoguchi_dialplan_info{{plan=\"desk\",hash=\"{hash}\"}} 1"));
    let plans = engine.get("/plans");
    assert!(plans.contains(hash) && plans.contains("\"reload_refused\":true"), "{plans}");

    let json = workplace.run(&["reload", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(
        (json.status, &told["result"], &told["plans"][0]["hash"]),
        (1, &"refused".into(), &hash.into())
    );
    assert_eq!(told["diagnostics"][0]["line"], 4);
}

#[test]
fn changed_files_come_into_force_when_they_are_whole() {
    let workplace = workplace(true);
    let mut engine = Running::start(&workplace, &["serve"]);
    let whole = plan("goodbye");
    workplace.write("plans/desk.toml", &whole[..whole.len() / 2]);
    engine.logs_until("file change: not reloaded");
    gauge(&mut engine, "madoguchi_dialplan_reload_refused 1");
    workplace.write("plans/desk.toml", &whole);
    assert_eq!(version_in(&engine.logs_until("file change: in force")), version_of(&whole));
    gauge(&mut engine, "madoguchi_dialplan_reload_refused 0");

    fs::remove_dir_all(workplace.path("plans")).expect("removed");
    let log = engine.logs_until("file change: not reloaded");
    assert!(log.contains("cannot read the dialplan"), "{log}");
    workplace.write("plans/desk.toml", &plan("no-input"));
    assert_eq!(version_in(&engine.logs_until("file change: in force")), version_of(&plan("no-input")));

    fs::remove_file(workplace.path("plans/desk.toml")).expect("removed");
    fs::create_dir(workplace.path("plans/desk.toml")).expect("a folder in its place");
    engine.logs_until("file change: not reloaded");
    fs::remove_dir(workplace.path("plans/desk.toml")).expect("removed");
    workplace.write("plans/desk.toml", &plan("goodbye"));
    engine.logs_until("file change: in force");
    assert!(heard(&workplace, &engine).contains("goodbye"));
}

#[test]
fn a_link_that_leads_elsewhere_is_a_change_and_a_dangling_one_changes_nothing() {
    let workplace = workplace(true);
    workplace.write("madoguchi.toml", &settings("current/plans", true));
    workplace.write("v1/plans/desk.toml", &plan("invalid-key"));
    workplace.write("v2/plans/desk.toml", &plan("goodbye"));
    let lead_to = |version: &str| {
        symlink(version, workplace.path("next")).expect("a link");
        fs::rename(workplace.path("next"), workplace.path("current")).expect("in its place");
    };
    lead_to("v1");
    let mut engine = Running::start(&workplace, &["serve"]);
    lead_to("v2");
    assert_eq!(version_in(&engine.logs_until("file change: in force")), version_of(&plan("goodbye")));
    lead_to("v3");
    engine.logs_until("file change: not reloaded");
    workplace.write("v3/plans/desk.toml", &plan("no-input"));
    lead_to("v3");
    assert_eq!(version_in(&engine.logs_until("file change: in force")), version_of(&plan("no-input")));
}

#[test]
fn an_older_version_comes_back_into_its_file_and_in_force_and_nothing_is_lost() {
    let workplace = workplace(false);
    let (first, second, third) = (plan("invalid-key"), plan("goodbye"), plan("no-such-prompt"));
    let file = || fs::read_to_string(workplace.path("plans/desk.toml")).expect("a plan");
    let mut engine = Running::start(&workplace, &["serve"]);
    workplace.write("plans/desk.toml", &second);
    assert_eq!(as_sato(&workplace, &["reload"]).status, 0);
    let hash = version_of(&first).trim_start_matches("desk@").to_string();
    let diff = workplace.good(&["plan", "diff", &hash[..6]]);
    assert!(diff.starts_with(&format!("--- desk@{hash}\n+++ plans/desk.toml\n")), "{diff}");
    assert!(diff.contains("\n-prompt = 'invalid-key'\n+prompt = 'goodbye'\n"), "{diff}");

    workplace.write("plans/desk.toml", &third);
    let back = as_sato(&workplace, &["plan", "rollback", &format!("desk@{}", &hash[..8])]);
    assert_eq!(back.stdout, format!("in force for new calls: desk@{hash}\n"), "{}", back.stderr);
    assert_eq!(file(), first);
    engine.logs_until("rollback sato: in force");
    let versions: serde_json::Value =
        serde_json::from_str(&workplace.good(&["plan", "list", "--format", "json"])).expect("JSON");
    let row = |at: usize| {
        let version = &versions["versions"][at];
        let in_force = version["first_in_force_at"].is_string();
        (version["hash"].clone(), in_force, version["by"].clone(), version["in_file"].clone())
    };
    let hash_of = |text: &str| serde_json::Value::from(madoguchi::dialplan::content_hash(text));
    assert_eq!(row(0), (hash_of(&third), false, "rollback sato".into(), false.into()));
    assert_eq!(row(1), (hash_of(&second), true, "reload sato".into(), false.into()));
    assert_eq!(row(2), (hash_of(&first), true, "start".into(), true.into()));

    let misfit = workplace.bad(&["plan", "rollback", &version_of(&third)]);
    assert!(misfit.contains("plans/desk.toml:4:10") && misfit.contains("no-such-prompt"), "{misfit}");
    assert_eq!(file(), first, "nothing was written");
    assert!(workplace.bad(&["plan", "rollback", "ffff"]).contains("no version ffff was kept"));
    assert!(workplace.bad(&["plan", "rollback", "newest"]).contains("`newest` is no version"));
    assert_eq!(engine.terminate().status, 0);
}

#[test]
fn without_an_engine_a_version_comes_back_into_its_file_even_where_that_is_gone() {
    let workplace = workplace(false);
    assert!(workplace.bad(&["plan", "list"]).contains("there is no store"));
    let engine = Running::start(&workplace, &["serve"]);
    assert_eq!(engine.terminate().status, 0);
    fs::remove_dir_all(workplace.path("plans")).expect("removed");
    let version = version_of(&plan("invalid-key"));
    let told = workplace.good(&["plan", "rollback", &version]);
    assert!(told.starts_with(&format!("{version} is in plans/desk.toml again; no engine runs")), "{told}");
    let again = workplace.good(&["plan", "rollback", &version, "--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!((&again["result"], &again["instead_of"]), (&"in-file".into(), &version.as_str().into()));
    assert_eq!(fs::read_to_string(workplace.path("plans/desk.toml")).expect("a plan"), plan("invalid-key"));
    assert!(workplace.good(&["plan", "list"]).contains("in file  start"));
}

#[test]
fn a_store_that_fails_makes_an_engine_unready_and_loses_no_version() {
    let workplace = workplace(false);
    let mut engine = Running::start(&workplace, &["serve"]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let path = workplace.path("data/madoguchi.db").display().to_string();
    let lock = runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut lock = sqlx::ConnectOptions::connect(&options).await.expect("connected");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.expect("locked");
        lock
    });
    workplace.write("plans/desk.toml", &plan("goodbye"));
    workplace.good(&["reload"]);
    engine.logs_until("the store fails");
    let not_ready = engine.get("/readyz");
    assert!(not_ready.starts_with("HTTP/1.1 503 ") && not_ready.contains("the store fails"), "{not_ready}");
    gauge(&mut engine, "madoguchi_store_failing 1");
    runtime.block_on(sqlx::Connection::close(lock)).expect("unlocked");
    engine.logs_until("the store works again");
    assert!(engine.get("/readyz").starts_with("HTTP/1.1 200 "));
    assert!(workplace.good(&["plan", "list"]).contains(&version_of(&plan("goodbye"))));
}
