//! Tokens, logins and the audit log in either database.

use super::{NOON, folder, open, server, url};
use crate::base::UnixTime;
use crate::store::{AuditVerdict, Deed, Login, Misfit, Store, Token};
use std::path::Path;
use std::time::Duration;

on_both! {
    a_token_is_known_by_its_hash_until_it_is_revoked,
    a_login_ends_by_itself_and_by_hand,
    every_entry_of_the_log_is_bound_to_the_one_before,
    what_is_written_at_once_is_one_chain,
}

const HOUR: Duration = Duration::from_secs(3_600);

fn deed(what: &str, subject: &str) -> Deed {
    Deed {
        at: NOON,
        who: "login:佐藤".into(),
        source: "127.0.0.1".into(),
        what: what.into(),
        subject: subject.into(),
        outcome: "200".into(),
    }
}

fn token(id: &str) -> Token {
    Token {
        id: id.into(),
        name: "reports'; DROP TABLE tokens; --".into(),
        role: "viewer".into(),
        made_at: NOON,
        expires_at: NOON + HOUR,
        revoked_at: None,
        last_used_at: None,
    }
}

async fn a_token_is_known_by_its_hash_until_it_is_revoked(url: &str, _: &Path) {
    let store = open(url).await;
    store.keep_token(&token("1a"), "hash", &deed("create_token", "1a")).await.expect("kept");
    assert_eq!(store.token("hash").await.expect("read"), Some(token("1a")));
    assert_eq!(store.token("hasch").await.expect("read"), None);
    assert!(store.keep_token(&token("1b"), "hash", &deed("create_token", "1b")).await.is_err(), "one a hash");
    store.token_used("1a", NOON + HOUR / 2).await.expect("kept");
    assert!(store.revoke_token("1a", &deed("revoke_token", "1a")).await.expect("revoked"));
    for id in ["1a", "1b"] {
        assert!(!store.revoke_token(id, &deed("revoke_token", id)).await.expect("read"), "{id}");
    }
    let revoked = Token { revoked_at: Some(NOON), last_used_at: Some(NOON + HOUR / 2), ..token("1a") };
    assert_eq!(store.tokens().await.expect("read"), std::slice::from_ref(&revoked));
    assert!(!revoked.is_good(NOON) && token("1a").is_good(NOON) && !token("1a").is_good(NOON + HOUR));
    let what: Vec<String> =
        store.audit_log(9, None).await.expect("read").into_iter().map(|entry| entry.deed.what).collect();
    assert_eq!(what, ["revoke_token", "create_token"], "what was not done is not in the log");
}

async fn a_login_ends_by_itself_and_by_hand(url: &str, _: &Path) {
    let store = open(url).await;
    let login = |began_at: UnixTime| Login {
        name: "sato".into(),
        password: "fingerprint".into(),
        began_at,
        expires_at: began_at + HOUR,
    };
    store.keep_login(&login(NOON), "one").await.expect("kept");
    assert_eq!(store.login("one", NOON).await.expect("read"), Some(login(NOON)));
    assert_eq!(store.login("one", NOON + HOUR).await.expect("read"), None);
    store.keep_login(&login(NOON + HOUR), "two").await.expect("kept");
    assert_eq!(store.login("one", NOON).await.expect("read"), None, "those that are over are forgotten");
    store.end_login("two").await.expect("ended");
    assert_eq!(store.login("two", NOON + HOUR).await.expect("read"), None);
}

async fn changed(url: &str, statement: &'static str) -> AuditVerdict {
    let store = open(url).await;
    for subject in ["one", "two", "three", "four"] {
        store.audit(&deed("edit_case", subject)).await.expect("written");
    }
    assert_eq!(store.verify_audit().await.expect("read").misfit, None);
    sqlx::query(statement).execute(&store.writing).await.expect(statement);
    let verdict = store.verify_audit().await.expect("read");
    sqlx::query("DELETE FROM audit").execute(&store.writing).await.expect("emptied");
    sqlx::query("UPDATE counters SET next = 1 WHERE name = 'audit'")
        .execute(&store.writing)
        .await
        .expect("begun anew");
    verdict
}

async fn every_entry_of_the_log_is_bound_to_the_one_before(url: &str, _: &Path) {
    let again =
        "INSERT INTO audit SELECT seq + 1, at, who, source, what, subject, outcome, hash, before FROM audit
        WHERE seq = 4";
    for (statement, misfit) in [
        ("UPDATE audit SET subject = 'six' WHERE seq = 3", (3, Misfit::Changed)),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", (1, Misfit::Changed)),
        ("DELETE FROM audit WHERE seq = 2", (2, Misfit::Missing)),
        ("DELETE FROM audit WHERE seq = 4", (4, Misfit::Missing)),
        ("DELETE FROM audit WHERE seq = 1", (1, Misfit::Missing)),
        (again, (5, Misfit::Changed)),
    ] {
        let verdict = changed(url, statement).await;
        assert_eq!(verdict.misfit, Some(misfit), "{statement}");
        assert_eq!(verdict.good, misfit.0 - 1);
    }
    let earlier =
        "INSERT INTO audit SELECT -seq, at, who, source, what, subject, outcome, before, hash FROM audit
        WHERE seq = 1";
    assert_eq!(changed(url, earlier).await.misfit, Some((0, Misfit::PutIn)), "before the first");
    let store = open(url).await;
    store.audit(&deed("login", "a\0b\n\u{1b}[2J")).await.expect("written");
    let entries = store.audit_log(9, None).await.expect("read");
    assert_eq!((entries.len(), entries[0].seq, entries[0].before.as_str()), (1, 1, "0".repeat(64).as_str()));
    assert_eq!(entries[0].deed.subject, "a\u{fffd}b\u{fffd}\u{fffd}[2J");
    assert_eq!(store.verify_audit().await.expect("read").last, entries[0].hash);
}

async fn what_is_written_at_once_is_one_chain(url: &str, _: &Path) {
    let (first, second) = (open(url).await, open(url).await);
    let write = async |store: &Store| {
        for _ in 0..25 {
            store.audit(&deed("login", "sato")).await.expect("written");
        }
    };
    tokio::join!(write(&first), write(&second), write(&first));
    let verdict = first.verify_audit().await.expect("read");
    assert_eq!((verdict.good, verdict.misfit), (75, None));
}
