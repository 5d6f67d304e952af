//! Contracts on SQLite and PostgreSQL: found by every key, kept together or not at all.

use super::open;
use crate::base::{EntitlementKind, Product, SupportOption};
use crate::customer::{Contract, CustomerKey, Day, Pin, PinHash, PinKey};
use crate::store::{Brought, ContractChange, KeptContract};
use std::path::Path;

fn key(kind: EntitlementKind, text: &str) -> CustomerKey {
    CustomerKey::parse(kind, text).expect("a key")
}

fn contract(number: &str) -> Contract {
    let day = |text| Day::parse(text).expect("a date");
    Contract {
        number: number.into(),
        customer: format!("Robert'); DROP TABLE contracts;-- {number} 東京"),
        option: SupportOption::Premium,
        products: [Product::Meetings, Product::ContactCenter].into(),
        new_pricing: false,
        japanese_support: true,
        trial: false,
        from: day("2025-04-01"),
        until: day("2026-03-31"),
        keys: [
            key(EntitlementKind::SiteUrl, &format!("{number}.webex.com")),
            key(EntitlementKind::Org, "Ünited \"Org\""),
            key(EntitlementKind::Messenger, "im-7"),
        ]
        .into(),
    }
}

fn hash(digits: &str) -> PinHash {
    let key = PinKey::new(&[7; 32]).expect("long enough");
    key.hash(&Pin::parse(digits).expect("a PIN"))
}

fn change(contract: Contract, pins: Option<&[&str]>) -> ContractChange {
    ContractChange { contract, pins: pins.map(|pins| pins.iter().map(|digits| hash(digits)).collect()) }
}

fn bare(contract: Contract) -> Contract {
    Contract { keys: [].into(), ..contract }
}

pub(super) async fn contracts_are_found_by_every_key_and_by_the_hash_of_a_pin(url: &str, _: &Path) {
    let store = open(url).await;
    let changes = [change(contract("c-1"), Some(&["471108", "471109"])), change(contract("c-2"), None)];
    assert_eq!(store.keep_contracts(&changes, false).await.expect("kept"), Brought::Kept { contracts: 2 });
    for digits in ["471108", "471109"] {
        let found = store.contract_of_pin(&hash(digits)).await.expect("read");
        assert_eq!(found, Some(bare(contract("c-1"))));
    }
    assert_eq!(store.contract_of_pin(&hash("471100")).await.expect("read"), None);
    for (kind, text, numbers) in [
        (EntitlementKind::SiteUrl, "https://C-2.webex.com/", &["c-2"][..]),
        (EntitlementKind::Org, "ünited \"org\"", &["c-1", "c-2"]),
        (EntitlementKind::Messenger, "IM-7", &["c-1", "c-2"]),
        (EntitlementKind::Contract, "C-1", &["c-1"]),
        (EntitlementKind::Org, "im-7", &[]),
        (EntitlementKind::Org, "' OR 1=1 --", &[]),
    ] {
        let found = store.contracts_of(&key(kind, text)).await.expect("read");
        let found: Vec<&str> = found.iter().map(|contract| contract.number.as_str()).collect();
        assert_eq!(found, numbers, "{kind} {text}");
    }
    let all = store.contracts().await.expect("read");
    let kept = |number, pins| KeptContract { contract: contract(number), pins };
    assert_eq!(all, [kept("c-1", 2), kept("c-2", 0)]);
}

pub(super) async fn contracts_are_kept_all_or_none(url: &str, _: &Path) {
    let store = open(url).await;
    let first = [change(contract("c-1"), Some(&["471108"]))];
    store.keep_contracts(&first, false).await.expect("kept");
    let changes = [change(contract("c-2"), Some(&["111111"])), change(contract("c-3"), Some(&["471108"]))];
    let brought = store.keep_contracts(&changes, false).await.expect("an answer");
    assert_eq!(brought, Brought::PinsTaken([(hash("471108"), "c-1".to_string())].into()));
    assert_eq!(store.contracts().await.expect("read").len(), 1, "nothing of it was kept");
    assert_eq!(store.contract_of_pin(&hash("111111")).await.expect("read"), None);
}

pub(super) async fn a_contract_takes_the_place_of_the_one_before(url: &str, _: &Path) {
    let store = open(url).await;
    let first = [change(contract("c-1"), Some(&["471108"])), change(contract("c-2"), Some(&["222222"]))];
    store.keep_contracts(&first, false).await.expect("kept");
    let moved = Contract { keys: [key(EntitlementKind::Org, "New")].into(), ..contract("c-1") };
    store.keep_contracts(&[change(moved.clone(), None)], false).await.expect("kept");
    let old = store.contracts_of(&key(EntitlementKind::SiteUrl, "c-1.webex.com")).await.expect("read");
    assert_eq!(old, [], "its old site is nobody's");
    let found = store.contract_of_pin(&hash("471108")).await.expect("read");
    assert_eq!(found, Some(bare(moved.clone())), "nothing was said of its PIN, which stays");
    let swapped = [change(moved.clone(), Some(&["222222"])), change(contract("c-2"), Some(&["471108"]))];
    let brought = store.keep_contracts(&swapped, false).await.expect("kept");
    assert_eq!(brought, Brought::Kept { contracts: 2 }, "two may change PINs with each other");
    let alone = store.keep_contracts(&[change(moved.clone(), Some(&[]))], true).await.expect("kept");
    assert_eq!(alone, Brought::Kept { contracts: 1 });
    for digits in ["222222", "471108"] {
        assert_eq!(store.contract_of_pin(&hash(digits)).await.expect("read"), None);
    }
    store.close().await;
}
