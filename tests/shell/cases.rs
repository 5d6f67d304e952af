//! `case list` and `case show` over a store that an engine left behind.

use super::workplace::Workplace;
use madoguchi::base::{Number, UnixTime};
use madoguchi::case::{Case, CaseNumber, Channel, Opening, Presentation};
use madoguchi::store::{Store, Write};

/// A store with one case of the Japan desk.
fn store(workplace: &Workplace) {
    let url = format!("sqlite:{}", workplace.path("data/madoguchi.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&url).await.expect("a store");
        store.apply(&[Write::SaveCase(Box::new(case()))]).await.expect("written");
        store.close().await;
    });
}

fn case() -> Case {
    let at = UnixTime::from_secs(1_770_685_200);
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(1).expect("a number"),
        at,
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: Number::parse("0120339836"),
        call_id: Some("abc".into()),
        dialplan: Some("webex-support@0123456789ab".into()),
    });
    case.set(at, "desk", "japan").expect("a field");
    case
}

#[test]
fn cases_are_listed_filtered_and_shown() {
    let workplace = Workplace::new("");
    store(&workplace);
    let list = workplace.good(&["case", "list"]);
    assert!(list.lines().nth(1).is_some_and(|line| line.starts_with("600000012  new")), "{list}");
    assert_eq!(workplace.good(&["case", "list", "--desk", "global"]), "no cases\n");
    let value: serde_json::Value = serde_json::from_str(&workplace.good(&[
        "case",
        "list",
        "--caller",
        "03-1234-5678",
        "--format",
        "json",
    ]))
    .expect("JSON");
    assert_eq!(value["cases"][0]["number"], "600000012");
    assert!(workplace.good(&["case", "show", "600-000-012"]).contains("desk                 japan"));
}

#[test]
fn a_wrong_digit_no_store_and_a_bad_filter_are_said() {
    let workplace = Workplace::new("");
    assert_eq!(
        workplace.bad(&["case", "list"]),
        "madoguchi: there is no store at data/madoguchi.db: an engine that runs makes it\n"
    );
    store(&workplace);
    assert!(workplace.bad(&["case", "show", "600000013"]).contains("the check digit does not fit"));
    assert_eq!(workplace.run(&["case", "list", "--severity", "S9"]).status, 2);
}
