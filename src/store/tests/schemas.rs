//! Databases of other versions, and places that are no database.

use super::{NOON, folder, number, open, url};
use crate::case::{By, Case, Event};
use crate::store::{Filter, Store, StoreError};
use std::path::Path;

pub(super) async fn a_newer_schema_is_refused_and_left_alone(url: &str, _: &Path) {
    let store = open(url).await;
    let future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 99, 'future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(future).execute(&store.writing).await.expect("a future");
    store.close().await;
    for result in [Store::open(url).await, Store::open_existing(url).await] {
        let error = result.expect_err("newer").to_string();
        assert!(error.contains("has schema 99, this program knows "), "{error}");
        assert!(error.contains(": use the newer program"), "{error}");
        assert!(!error.contains('\n') && !error.contains("unasked"), "{error}");
    }
}

#[tokio::test]
async fn an_empty_file_is_no_store_to_read_and_one_to_begin() {
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(empty.path().join("data/deep")).expect("a folder");
    std::fs::write(empty.path().join("data/deep/madoguchi.db"), "").expect("a file");
    let none = Store::open_existing(&url(empty.path())).await.expect_err("none");
    assert!(matches!(none, StoreError::NotOurs { .. }), "{none}");
    open(&url(empty.path())).await.close().await;
    assert!(Store::open_existing(&url(empty.path())).await.is_ok());
}

#[tokio::test]
async fn a_store_that_cannot_be_is_one_clear_line() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a database, but long enough to be taken for one by a careless reader")
        .expect("a file");
    let missing = Store::open_existing(&url(folder.path())).await;
    let under_a_file = Store::open(&format!("sqlite:{}/x/y.db", file.display())).await;
    let no_database = Store::open(&format!("sqlite:{}", file.display())).await;
    let a_folder = Store::open(&format!("sqlite:{}", folder.path().display())).await;
    let cases = [
        (missing, "there is no store at"),
        (under_a_file, "cannot make the store's folder"),
        (no_database, "is no store of madoguchi and no backup of one: it is no SQLite database"),
        (a_folder, "cannot use the store"),
        (Store::open("mysql://u:secret@db/x").await, "\"mysql://u:***@db/x\" is not supported"),
        (
            Store::open("postgres://u:secret@127.0.0.1:1/x").await,
            "cannot use the store postgres://u:***@127.0.0.1:1/x",
        ),
        (Store::open("sqlite::memory:").await, "is not supported"),
        (Store::open("sqlite:").await, "is not supported"),
    ];
    for (result, want) in cases {
        let error = result.expect_err(want).to_string();
        assert!(
            error.contains(want) && !error.contains('\n') && !error.contains("secret"),
            "{error} lacks {want}"
        );
    }
}

pub(super) async fn cases_of_an_older_schema_are_listed_and_amended(url: &str, _: &Path) {
    Store::open_as_of(url, 2).await.close().await;
    let older = Store::open_as_of(url, 2).await;
    let insert = "INSERT INTO cases (number, opened_at, channel, stage, fields)
        VALUES (600000012, 1770692400000, 'phone', 'waiting', '{\"desk\": \"japan\"}')";
    sqlx::query(insert).execute(&older.writing).await.expect("an old case");
    older.close().await;
    let store = open(url).await;
    let filter = Filter { desk: Some("japan".into()), ..Filter::default() };
    assert_eq!(store.list(&filter, 10, None).await.expect("a page").cases.len(), 1);
    let note = |case: &mut Case| {
        case.record(NOON, By::Agent("sato".into()), Event::Noted { text: "old".into(), public: false });
        Ok::<(), std::convert::Infallible>(())
    };
    let edited = store.edit(number(1), Some(&[1]), note).await.expect("amended");
    assert_eq!((edited.version, edited.case.timeline().len()), (2, 1));
    assert_eq!(store.versioned(number(1)).await.expect("read"), Some((edited.case, 2)));
}
