//! Customers by their PINs, at hand without a store: for calls that are walked.

use super::table::Line;
use crate::base::{Secret, UnixTime, Verdict};
use crate::customer::{Contract, Day, Pin, PinHash, PinKey, judge_pin};
use std::collections::BTreeMap;

/// Contracts by the hashes of their PINs.
#[derive(Clone, Debug)]
pub struct Book {
    key: PinKey,
    contracts: BTreeMap<PinHash, Contract>,
}

impl Book {
    /// The customers of a table.
    pub fn of_lines(key: PinKey, lines: Vec<Line>) -> Book {
        let mut contracts = BTreeMap::new();
        for Line { contract, pins } in lines {
            contracts.extend(pins.into_iter().flatten().map(|(pin, _)| (key.hash(&pin), contract.clone())));
        }
        Book { key, contracts }
    }

    /// Whether whoever has this PIN has a right to support.
    pub fn verify(&self, pin: &Secret<String>, at: UnixTime) -> Verdict {
        let Ok(pin) = Pin::parse(pin.reveal()) else { return Verdict::Unknown };
        let found = self.contracts.get(&self.key.hash(&pin));
        judge_pin(found.map(std::slice::from_ref).unwrap_or_default(), Day::in_japan(at))
    }
}
