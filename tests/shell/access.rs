//! Tokens, passwords, the audit log and the API of a running engine, by the command line.

use super::serving::{Running, settings};
use super::workplace::{Ran, Workplace, shipped};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// What `madoguchi password` makes of this standard input.
fn password(workplace: &Workplace, text: &str) -> Ran {
    let mut command = workplace.command(&["password"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("sent");
    Ran::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn a_token_opens_the_api_until_it_is_revoked_and_the_log_tells() {
    let workplace = Workplace::new(&settings(""));
    assert!(workplace.bad(&["token", "list"]).contains("there is no store at"));
    let mut engine = Running::start(&workplace, &["serve"]);
    let made =
        workplace.good(&["token", "create", "--name", "reports", "--role", "viewer", "--expires", "90d"]);
    let (token, more) = made.split_once('\n').expect("a token and what it is");
    assert!(token.starts_with("mdg_") && more.contains("for reports, role viewer, until"), "{made}");
    let id = more.trim_start_matches("id ").split(',').next().expect("an id");
    let told = engine.api("GET", "/api/v1/me", token);
    assert!(told.starts_with("HTTP/1.1 200 ") && told.contains("\"role\":\"viewer\""), "{told}");
    let list = workplace.good(&["token", "list"]);
    assert!(list.lines().nth(1).is_some_and(|line| line.contains("viewer  good")), "{list}");
    assert!(!list.contains(token) && !workplace.good(&["token", "list", "--format", "json"]).contains(token));
    assert_eq!(workplace.good(&["token", "revoke", id]), format!("{id} counts no more\n"));
    assert!(workplace.bad(&["token", "revoke", id]).contains("that is not revoked already"));
    assert!(engine.api("GET", "/api/v1/me", token).starts_with("HTTP/1.1 401 "));
    let log = workplace.good(&["audit", "list"]);
    assert!(log.contains("create_token") && log.contains("revoke_token") && !log.contains(token), "{log}");
    assert!(workplace.good(&["audit", "verify"]).starts_with("2 entries, each fits; the last is "));
    assert_eq!(
        workplace.run(&["token", "create", "--name", "x", "--role", "boss", "--expires", "1d"]).status,
        2
    );
}

#[test]
fn a_log_that_was_changed_is_told() {
    let workplace = Workplace::new(&settings(""));
    let engine = Running::start(&workplace, &["serve"]);
    for name in ["one", "two"] {
        workplace.good(&["token", "create", "--name", name, "--role", "agent", "--expires", "1h"]);
    }
    engine.terminate();
    tamper(&workplace, "UPDATE audit SET subject = replace(subject, 'two', 'six')");
    let told = workplace.run(&["audit", "verify"]);
    assert_eq!(told.status, 1, "{}", told.stderr);
    assert!(
        told.stdout.starts_with("entry 2 does not fit: its hash is not that of what it says"),
        "{}",
        told.stdout
    );
}

/// Changes a store by hand.
fn tamper(workplace: &Workplace, statement: &str) {
    let change = format!(
        "import sqlite3; base = sqlite3.connect('data/madoguchi.db'); base.execute(\"{statement}\"); base.commit()"
    );
    let changed = Command::new("python3").args(["-c", &change]).current_dir(workplace.path(".")).status();
    assert!(changed.expect("python3, which tests/run installs").success());
}

#[test]
fn a_backup_brings_no_revoked_token_back_and_what_is_damaged_is_said_in_json_too() {
    let (here, there) = (Workplace::new(&settings("")), Workplace::new(&settings("")));
    let engine = Running::start(&here, &["serve"]);
    let create = ["token", "create", "--name", "reports", "--role", "viewer", "--expires", "90d"];
    let made = here.good(&create);
    let (token, more) = made.split_once('\n').expect("a token and what it is");
    let id = more.trim_start_matches("id ").split(',').next().expect("an id");
    let file = here.path("backup.db").display().to_string();
    here.good(&["backup", &file]);
    here.good(&["token", "revoke", id]);
    assert_eq!(engine.terminate().status, 0);
    assert!(!here.good(&["restore", &file]).contains("tokens that count"), "the store knows of them");
    let mut engine = Running::start(&here, &["serve"]);
    assert!(engine.api("GET", "/api/v1/me", token).starts_with("HTTP/1.1 401 "));
    let log = here.good(&["audit", "list"]);
    assert!(log.contains("restore") && log.contains("done; in place of a log of 2, the last "), "{log}");
    assert!(here.good(&["audit", "verify"]).starts_with("2 entries, each fits"));
    let told = there.good(&["restore", &file]);
    assert!(
        told.contains(
            "\ntokens that count no more, as nobody can tell whether they were revoked since the backup: 1. "
        ),
        "{told}"
    );
    assert!(there.good(&["token", "list"]).contains("revoked"));
    let again = there.good(&["restore", &file, "--keep-tokens", "--format", "json"]);
    assert!(again.contains("\"doubtful_tokens\": 0"), "what is revoked there stays so: {again}");
    assert_eq!(there.good(&["verify"]), "whole: 0 cases, 0 calls\n");
    tamper(&there, "DELETE FROM counters WHERE name = 'case'");
    assert!(there.bad(&["verify"]).contains("the counter of case numbers is missing"));
    let wrong = |args: &[&str]| {
        let ran = there.run(&[args, &["--format", "json"]].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (1, ""), "{}", ran.stdout);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).expect("JSON")["wrong"].clone()
    };
    assert_eq!(wrong(&["verify"]), serde_json::json!(["the counter of case numbers is missing"]));
    there.write(
        "torn.db",
        "no database at all, but long enough to be taken for one by its first hundred bytes …………",
    );
    let torn = wrong(&["verify", &there.path("torn.db").display().to_string()]);
    assert_eq!(torn.as_array().map(Vec::len), Some(1), "{torn}");
}

#[test]
fn a_password_is_hashed_for_the_settings() {
    let workplace = Workplace::new("");
    let hashed = password(&workplace, "geheim\n");
    assert!(
        hashed.stdout.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && hashed.status == 0,
        "{}",
        hashed.stdout
    );
    let used =
        Workplace::new(&format!("[agents.sato]\npassword = '{}'\nrole = 'admin'\n", hashed.stdout.trim()));
    assert!(used.good(&["print-config"]).contains("password = \"***\"\nrole = \"admin\""));
    assert_eq!(password(&workplace, "\n").status, 1);
}

#[test]
fn the_description_of_the_api_is_the_one_in_the_repository() {
    let golden = shipped("madoguchi.openapi.json");
    let said = Workplace::new("").good(&["openapi"]);
    if std::env::var("MADOGUCHI_GOLDEN").is_ok_and(|wish| wish == "write") {
        std::fs::write(&golden, &said).expect("written");
    }
    let kept = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        said == kept,
        "madoguchi.openapi.json is not what `madoguchi openapi` says: MADOGUCHI_GOLDEN=write"
    );
}

#[test]
fn a_log_that_lost_its_end_is_told_by_verify_and_by_a_backup_that_is_made_all_the_same() {
    let workplace = Workplace::new(&settings(""));
    let engine = Running::start(&workplace, &["serve"]);
    for name in ["one", "two"] {
        workplace.good(&["token", "create", "--name", name, "--role", "agent", "--expires", "1h"]);
    }
    engine.terminate();
    assert_eq!(workplace.good(&["verify"]), "whole: 0 cases, 0 calls\n");
    tamper(&workplace, "DELETE FROM audit WHERE seq = 2");
    let misfit = "audit log, entry 2: it is missing";
    assert_eq!(workplace.bad(&["verify"]), format!("madoguchi: {misfit}\n"));
    let ran = workplace.run(&["backup", "backup.db"]);
    assert!(ran.status == 1 && ran.stderr.contains(misfit), "{}", ran.stderr);
    assert!(workplace.path("backup.db").exists() && ran.stdout.contains("saved in backup.db"));
    assert!(workplace.bad(&["verify", "backup.db"]).contains(misfit));
    let ran = workplace.run(&["restore", "backup.db"]);
    assert!(ran.status == 0 && ran.stderr.contains(misfit), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_no_store_is_told_at_once_by_whoever_is_given_it() {
    let workplace = Workplace::new(&settings("[store]\nurl = 'sqlite:table.csv'\n"));
    workplace.write("table.csv", &"contract,customer\n".repeat(100));
    let told = "table.csv is no store of madoguchi and no backup of one: it is no SQLite database";
    for args in [&["verify", "table.csv"][..], &["case", "list"], &["serve"]] {
        let ran = workplace.run(args);
        assert!(ran.status == 1 && ran.stderr.contains(told), "{args:?} {}", ran.stderr);
        assert!(!ran.stderr.contains("timed out"), "{args:?} {}", ran.stderr);
    }
}

/// Everything that the engine and its commands make names people or lets them in.
#[test]
fn what_is_written_is_for_its_owner_alone() {
    let workplace = Workplace::new(&settings("[store]\nspool = 'deep/spool'\n"));
    let engine = Running::start(&workplace, &["serve"]);
    workplace.good(&["token", "create", "--name", "one", "--role", "agent", "--expires", "1h"]);
    workplace.good(&["backup", "backup.db"]);
    let mut made = vec![workplace.path("data"), workplace.path("deep"), workplace.path("backup.db")];
    for folder in ["data", "deep"] {
        let entries = std::fs::read_dir(workplace.path(folder)).expect("a folder");
        made.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    assert!(made.iter().any(|path| path.ends_with("madoguchi.db-wal")), "{made:?}");
    for path in made {
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
    engine.terminate();
}
