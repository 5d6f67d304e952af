//! Backups: made and restored on either database; what is torn is found.

use super::{NOON, call, case, folder, number, open, rich_case, server, version};
use crate::case::{By, Case, Event};
use crate::store::{CallRecord, Deed, Filter, Login, PlanVersion, Restored, Store, Token, Wish, Write};
use std::path::Path;
use std::time::Duration;

async fn everything(store: &Store) -> (Vec<Case>, Vec<CallRecord>, Vec<PlanVersion>) {
    let cases = store.list(&Filter::default(), 500, None).await.expect("a page").cases;
    let calls = store.calls(500).await.expect("calls");
    (cases, calls, store.plan_versions().await.expect("versions"))
}

pub(super) async fn a_backup_restores_everything_into_either_database_and_no_number_comes_again(
    url: &str,
    _: &Path,
) {
    let folder = folder();
    let store = open(url).await;
    let given = store.reserve_numbers(700).await.expect("numbers");
    let mut writes: Vec<Write> = (1..=600).map(|n| Write::SaveCase(Box::new(case(n)))).collect();
    writes.extend([rich_case(601), rich_case(602)].map(|case| Write::SaveCase(Box::new(case))));
    writes.extend([Write::SaveCall(Box::new(call("a"))), Write::KeepPlan(version("1", Some(NOON), "start"))]);
    store.apply(&writes).await.expect("written");
    let note = |case: &mut Case| {
        case.record(
            NOON,
            By::Engine,
            Event::Noted { text: "'; DROP TABLE cases; --\n\u{1F4DE}".into(), public: true },
        );
        Ok::<(), std::convert::Infallible>(())
    };
    store.edit(number(601), None, note).await.expect("amended");
    let file = folder.path().join("backup.db");
    let counted = store.back_up(&file).await.expect("a backup").rows;
    assert_eq!((counted["cases"], counted["calls"], counted["plan_versions"]), (602, 1, 1));
    let again = store.back_up(&file).await.expect_err("it is there").to_string();
    assert!(again.ends_with("is there already: name another file"), "{again}");
    let backup = std::fs::read(&file).expect("a file");
    let full = store.restore(&file, Wish::default(), restoring()).await.expect_err("full").to_string();
    assert!(full.contains("has 602 cases and 1 calls: restore with --replace"), "{full}");
    let whole = everything(&store).await;
    let others = [
        format!("sqlite:{}", folder.path().join("other.db").display()),
        server::database().await,
        url.to_string(),
    ];
    store.close().await;
    for other in others {
        let target = open(&other).await;
        let taken = target.reserve_numbers(3).await.expect("numbers");
        let wish = Wish { replace: other == url, ..Wish::default() };
        let restored = target.restore(&file, wish, restoring()).await.expect("restored");
        assert_eq!(restored, Restored { rows: counted.clone(), doubtful_tokens: 0, audit: None });
        assert_eq!(everything(&target).await, whole);
        assert_eq!(target.verify().await.expect("read").wrong, [""; 0]);
        let next = target.reserve_numbers(1).await.expect("numbers").start;
        assert!(next > given.end.max(taken.end) + 90_000, "{next}");
        let edited = target.edit(number(601), None, note).await.expect("amended again");
        assert_eq!(edited.case.timeline().len(), rich_case(601).timeline().len() + 2);
        target.close().await;
    }
    assert_eq!(std::fs::read(&file).expect("a file"), backup, "the backup is as it was");
}

/// Who restores.
pub(super) fn restoring() -> Deed {
    let [who, source, what, subject] = ["shell:root", "shell", "restore", "backup.db"].map(str::to_string);
    Deed { at: NOON, who, source, what, subject, outcome: String::new() }
}

async fn make_token(store: &Store, id: &str) {
    let token = Token {
        id: id.into(),
        name: "reports".into(),
        role: "viewer".into(),
        made_at: NOON,
        expires_at: NOON + Duration::from_secs(3_600),
        revoked_at: None,
        last_used_at: None,
    };
    store
        .keep_token(&token, &format!("hash of {id}"), &Deed { what: "create_token".into(), ..restoring() })
        .await
        .expect("kept");
}

/// The tokens that count.
async fn good_tokens(store: &Store) -> Vec<String> {
    let tokens = store.tokens().await.expect("read");
    tokens.into_iter().filter(|token| token.is_good(NOON)).map(|token| token.id).collect()
}

pub(super) async fn what_was_revoked_since_a_backup_stays_so_and_the_log_says_that_it_was_restored(
    url: &str,
    _: &Path,
) {
    let folder = folder();
    let store = open(url).await;
    for id in ["kept", "revoked"] {
        make_token(&store, id).await;
    }
    let login = Login {
        name: "sato".into(),
        password: "fingerprint".into(),
        began_at: NOON,
        expires_at: NOON + Duration::from_secs(60),
    };
    store.keep_login(&login, "cookie").await.expect("kept");
    let file = folder.path().join("backup.db");
    store.back_up(&file).await.expect("a backup");
    make_token(&store, "new").await;
    store.revoke_token("revoked", &restoring()).await.expect("revoked");
    let last = store.audit_log(1, None).await.expect("read").remove(0);
    let wish = Wish { replace: true, keep_tokens: false };
    let restored = store.restore(&file, wish, restoring()).await.expect("restored");
    assert_eq!((restored.doubtful_tokens, good_tokens(&store).await), (0, vec!["kept".to_string()]));
    assert_eq!(store.login("cookie", NOON).await.expect("read"), None);
    let entry = store.audit_log(1, None).await.expect("read").remove(0);
    let outcome = format!("done; in place of a log of 4, the last {}", last.hash);
    assert_eq!((entry.seq, entry.deed), (3, Deed { outcome, ..restoring() }));
    assert_eq!(store.verify_audit().await.expect("read").misfit, None);
    store.close().await;
    let others = [server::database().await, format!("sqlite:{}", folder.path().join("other.db").display())];
    for (other, keep_tokens) in others.iter().zip([false, true]) {
        let target = open(other).await;
        let wish = Wish { keep_tokens, ..Wish::default() };
        let restored = target.restore(&file, wish, restoring()).await.expect("restored");
        let (good, what) = match keep_tokens {
            false => (0, "tokens revoked: 2"),
            true => (2, "tokens that count though they may have been revoked: 2"),
        };
        assert_eq!((restored.doubtful_tokens, good_tokens(&target).await.len()), (2, good));
        let entry = target.audit_log(1, None).await.expect("read").remove(0);
        assert_eq!(entry.deed.outcome, format!("done; {what}"));
        target.close().await;
    }
}

pub(super) async fn what_is_torn_or_missing_is_found(url: &str, _: &Path) {
    let store = open(url).await;
    store.reserve_numbers(10).await.expect("numbers");
    let writes = (1..=5).map(|n| Write::SaveCase(Box::new(rich_case(n))));
    let writes: Vec<Write> = writes.chain([Write::SaveCall(Box::new(call("a")))]).collect();
    store.apply(&writes).await.expect("written");
    let sound = store.verify().await.expect("read");
    assert_eq!((sound.cases, sound.calls, sound.wrong), (5, 1, Vec::new()));
    let case = |n: u64| number(n).as_u32();
    for harm in [
        format!("DELETE FROM timeline WHERE case_number = {} AND position = 3", case(2)),
        format!("DELETE FROM timeline WHERE case_number = {} AND position = 0", case(3)),
        format!("UPDATE cases SET stage = 'lost' WHERE number = {}", case(4)),
        format!("DELETE FROM cases WHERE number = {}", case(1)),
        "DELETE FROM facets".to_string(),
        "UPDATE calls SET record = '{}'".to_string(),
        "UPDATE counters SET next = 2".to_string(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(harm)).execute(&store.writing).await.expect("harmed");
    }
    let found = store.verify().await.expect("read").wrong.join("\n");
    for wanted in [
        format!("case {}: its timeline has a hole", case(2)),
        format!("case {}: its timeline does not begin with its opening", case(3)),
        format!("case {}: the store has a row that cannot be read: case {}: lost", case(4), case(4)),
        format!("case {}: has a timeline, and no case", case(1)),
        format!("case {}: has a call, and no case", case(1)),
        format!("case {}: is not in the lists it belongs to", case(5)),
        "call a: the store has a row that cannot be read".to_string(),
        format!("the counter of case numbers is behind case {}", number(5)),
    ] {
        assert!(found.contains(&wanted), "{wanted}\nnot in\n{found}");
    }
}

pub(super) async fn a_log_that_does_not_fit_is_found_and_keeps_nobody_from_a_backup(url: &str, _: &Path) {
    let folder = folder();
    let store = open(url).await;
    for _ in 0..3 {
        store.audit(&restoring()).await.expect("written");
    }
    assert_eq!(store.verify().await.expect("read").all_wrong(), [""; 0]);
    sqlx::query("DELETE FROM audit WHERE seq = 3").execute(&store.writing).await.expect("harmed");
    let misfit = "audit log, entry 3: it is missing";
    assert_eq!(store.verify().await.expect("read").all_wrong(), [misfit]);
    let file = folder.path().join("backup.db");
    assert_eq!(store.back_up(&file).await.expect("a backup").audit.as_deref(), Some(misfit));
    store.close().await;
    let target = open(&format!("sqlite:{}", folder.path().join("other.db").display())).await;
    let restored = target.restore(&file, Wish::default(), restoring()).await.expect("restored");
    assert_eq!(restored.audit.as_deref(), Some(misfit));
}

/// What is wrong with a file is told of that file, and no pool waits for it to get better.
#[tokio::test]
async fn what_is_no_backup_is_told_at_once_and_changes_nothing() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let sqlite = |name: &str| format!("sqlite:{}", path(name).display());
    let store = open(&sqlite("store.db")).await;
    store.reserve_numbers(10).await.expect("numbers");
    store.apply(&[Write::SaveCase(Box::new(rich_case(1)))]).await.expect("written");
    let good = path("good.db");
    store.back_up(&good).await.expect("a backup");
    let whole = std::fs::read(&good).expect("a backup");
    let foreign = sqlx::AnyPool::connect(&format!("{}?mode=rwc", sqlite("foreign.db"))).await.expect("made");
    sqlx::query("CREATE TABLE theirs (x)").execute(&foreign).await.expect("made");
    foreign.close().await;
    std::fs::write(path("table.csv"), "contract,customer\n".repeat(100)).expect("written");
    std::fs::write(path("cut.db"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(path("empty.db"), "").expect("written");
    for (name, why) in [
        ("table.csv", "is no store of madoguchi and no backup of one: it is no SQLite database"),
        ("cut.db", "is damaged or cut off: "),
        ("empty.db", "is no store of madoguchi and no backup of one: it is empty"),
        ("foreign.db", "is no store of madoguchi and no backup of one: it is another program's database"),
    ] {
        let before = std::fs::read(path(name)).expect("a file");
        let wanted = format!("{} {why}", path(name).display());
        let wish = Wish { replace: true, ..Wish::default() };
        let restored = store.restore(&path(name), wish, restoring()).await.expect_err(name).to_string();
        assert!(restored.starts_with(&wanted), "{restored}");
        let opened = Store::open_existing(&sqlite(name)).await.expect_err(name).to_string();
        assert!(opened.starts_with(&wanted), "{opened}");
        if name != "empty.db" {
            let served = Store::open(&sqlite(name)).await.expect_err(name).to_string();
            assert!(served.starts_with(&wanted), "{served}");
        }
        assert_eq!(std::fs::read(path(name)).expect("a file"), before, "{name}");
    }
    assert_eq!(everything(&store).await.0.len(), 1, "nothing was thrown away");
}
