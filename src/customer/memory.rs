//! What the customers' own system said a while ago.

use super::Contract;
use crate::base::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Answers that are remembered at most.
pub const MOST_REMEMBERED: usize = 10_000;
/// How much sooner than contracts it is forgotten that there are none: a customer who has just been entered there
/// calls again.
const SOONER: u32 = 10;

/// Answers by what was asked, each until its moment.
#[derive(Debug)]
pub(super) struct Memory {
    kept: Duration,
    most: usize,
    answers: BTreeMap<String, (Instant, Vec<Contract>)>,
    /// The same by when they are forgotten.
    by_end: BTreeSet<(Instant, String)>,
}

impl Memory {
    /// Remembers `most` answers, each for `kept`.
    pub fn new(kept: Duration, most: usize) -> Memory {
        Memory { kept, most, answers: BTreeMap::new(), by_end: BTreeSet::new() }
    }

    /// The contracts that were named, where that is remembered.
    pub fn recall(&mut self, asked: &str, now: Instant) -> Option<&[Contract]> {
        self.forget(now);
        self.answers.get(asked).map(|(_, contracts)| contracts.as_slice())
    }

    /// Remembers contracts. Where there is no room the answer that would be forgotten next makes it.
    pub fn keep(&mut self, asked: String, contracts: Vec<Contract>, now: Instant) {
        self.forget(now);
        let kept = if contracts.is_empty() { self.kept / SOONER } else { self.kept };
        if kept.is_zero() {
            return;
        }
        if let Some((end, _)) = self.answers.remove(&asked) {
            self.by_end.remove(&(end, asked.clone()));
        }
        if self.answers.len() >= self.most
            && let Some((_, next)) = self.by_end.pop_first()
        {
            self.answers.remove(&next);
        }
        self.by_end.insert((now + kept, asked.clone()));
        self.answers.insert(asked, (now + kept, contracts));
    }

    fn forget(&mut self, now: Instant) {
        while self.by_end.first().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, asked)) = self.by_end.pop_first() {
                self.answers.remove(&asked);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Day;
    use super::*;
    use crate::base::SupportOption;

    fn contract(number: &str) -> Contract {
        let day = Day::parse("2026-04-01").expect("a day");
        Contract {
            number: number.into(),
            customer: "Acme".into(),
            option: SupportOption::Basic,
            products: BTreeSet::new(),
            new_pricing: false,
            japanese_support: false,
            trial: false,
            from: day,
            until: day,
            keys: BTreeSet::new(),
        }
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn known(memory: &mut Memory, asked: &str, seconds: u64) -> Option<usize> {
        memory.recall(asked, at(seconds)).map(<[Contract]>::len)
    }

    #[test]
    fn an_answer_is_remembered_for_its_time_and_that_there_is_none_for_a_tenth_of_it() {
        let mut memory = Memory::new(Duration::from_secs(300), 10);
        memory.keep("a".into(), vec![contract("1")], at(0));
        memory.keep("b".into(), Vec::new(), at(0));
        assert_eq!((known(&mut memory, "a", 299), known(&mut memory, "a", 300)), (Some(1), None));
        memory.keep("b".into(), Vec::new(), at(300));
        assert_eq!((known(&mut memory, "b", 329), known(&mut memory, "b", 330)), (Some(0), None));
        assert!(memory.answers.is_empty() && memory.by_end.is_empty());
        let mut none = Memory::new(Duration::ZERO, 10);
        none.keep("a".into(), vec![contract("1")], at(0));
        assert_eq!(known(&mut none, "a", 0), None);
    }

    #[test]
    fn a_newer_answer_counts_in_place_of_the_older() {
        let mut memory = Memory::new(Duration::from_secs(300), 10);
        memory.keep("a".into(), Vec::new(), at(0));
        memory.keep("a".into(), vec![contract("1"), contract("2")], at(20));
        assert_eq!((known(&mut memory, "a", 40), memory.by_end.len()), (Some(2), 1));
    }

    #[test]
    fn whoever_tries_many_pins_drives_out_no_customer() {
        let mut memory = Memory::new(Duration::from_secs(300), 3);
        memory.keep("a".into(), vec![contract("1")], at(0));
        memory.keep("b".into(), vec![contract("2")], at(0));
        for guess in 0..100 {
            memory.keep(guess.to_string(), Vec::new(), at(1));
        }
        assert_eq!((memory.answers.len(), memory.by_end.len()), (3, 3));
        assert_eq!((known(&mut memory, "a", 1), known(&mut memory, "b", 1)), (Some(1), Some(1)));
    }
}
