//! What the customers' own system said a while ago.

use super::Contract;
use crate::base::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How much sooner than contracts it is forgotten that there are none: a customer who has just been entered there
/// calls again.
const SOONER: u32 = 10;
/// An answer is remembered where at least so many of its size are: one customer's does not drive out everybody's.
const FAIR_SHARES: usize = 1_000;
/// About what a remembered answer takes beside its contracts and what was asked, in bytes.
const FRAME: usize = 200;

/// How much is remembered at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Answers.
    pub answers: usize,
    /// What they take together, in bytes, about.
    pub bytes: usize,
}

impl Room {
    /// Of a system's answers: some 30 MB hold those of 10 000 customers with several contracts each.
    pub const USUAL: Room = Room { answers: 10_000, bytes: 32 * 1024 * 1024 };

    fn holds(self, answers: usize, bytes: usize) -> bool {
        answers <= self.answers && bytes <= self.bytes
    }
}

/// Answers by what was asked, each until its moment.
#[derive(Debug)]
pub(super) struct Memory {
    kept: Duration,
    room: Room,
    bytes: usize,
    answers: BTreeMap<String, Answer>,
    /// The same by when they are forgotten.
    by_end: BTreeSet<(Instant, String)>,
}

#[derive(Debug)]
struct Answer {
    end: Instant,
    contracts: Vec<Contract>,
    bytes: usize,
}

impl Memory {
    /// Remembers as many answers as there is room for, each for `kept`.
    pub fn new(kept: Duration, room: Room) -> Memory {
        Memory { kept, room, bytes: 0, answers: BTreeMap::new(), by_end: BTreeSet::new() }
    }

    /// The contracts that were named, where that is remembered.
    pub fn recall(&mut self, asked: &str, now: Instant) -> Option<&[Contract]> {
        self.make_room(now, 0, 0);
        self.answers.get(asked).map(|answer| answer.contracts.as_slice())
    }

    /// Remembers contracts in place of what was said before. Where there is no room the answers that would be forgotten
    /// next make it; an answer that takes more than a fair share of it is not remembered.
    pub fn keep(&mut self, asked: String, contracts: Vec<Contract>, now: Instant) {
        self.drop_answer(&asked);
        let kept = if contracts.is_empty() { self.kept / SOONER } else { self.kept };
        let bytes = FRAME + 2 * asked.len() + contracts.iter().map(Contract::bytes).sum::<usize>();
        if kept.is_zero() || bytes > self.room.bytes / FAIR_SHARES {
            return;
        }
        self.make_room(now, 1, bytes);
        let end = now + kept;
        self.bytes += bytes;
        self.by_end.insert((end, asked.clone()));
        self.answers.insert(asked, Answer { end, contracts, bytes });
    }

    /// Forgets what is over, and more until so much more can be remembered.
    fn make_room(&mut self, now: Instant, answers: usize, bytes: usize) {
        while let Some((end, asked)) = self.by_end.first().cloned()
            && (end <= now || !self.room.holds(self.answers.len() + answers, self.bytes + bytes))
        {
            self.drop_answer(&asked);
        }
    }

    fn drop_answer(&mut self, asked: &str) {
        if let Some(answer) = self.answers.remove(asked) {
            self.bytes -= answer.bytes;
            self.by_end.remove(&(answer.end, asked.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Day, LONGEST_NAME};
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

    fn room(answers: usize) -> Room {
        Room { answers, ..Room::USUAL }
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn known(memory: &mut Memory, asked: &str, seconds: u64) -> Option<usize> {
        memory.recall(asked, at(seconds)).map(<[Contract]>::len)
    }

    #[test]
    fn an_answer_is_remembered_for_its_time_and_that_there_is_none_for_a_tenth_of_it() {
        let mut memory = Memory::new(Duration::from_secs(300), room(10));
        memory.keep("a".into(), vec![contract("1")], at(0));
        memory.keep("b".into(), Vec::new(), at(0));
        assert_eq!((known(&mut memory, "a", 299), known(&mut memory, "a", 300)), (Some(1), None));
        memory.keep("b".into(), Vec::new(), at(300));
        assert_eq!((known(&mut memory, "b", 329), known(&mut memory, "b", 330)), (Some(0), None));
        assert!(memory.answers.is_empty() && memory.by_end.is_empty() && memory.bytes == 0);
        let mut none = Memory::new(Duration::ZERO, room(10));
        none.keep("a".into(), vec![contract("1")], at(0));
        assert_eq!(known(&mut none, "a", 0), None);
    }

    #[test]
    fn a_newer_answer_counts_in_place_of_the_older() {
        let mut memory = Memory::new(Duration::from_secs(300), room(10));
        memory.keep("a".into(), Vec::new(), at(0));
        memory.keep("a".into(), vec![contract("1"), contract("2")], at(20));
        assert_eq!((known(&mut memory, "a", 40), memory.by_end.len()), (Some(2), 1));
    }

    #[test]
    fn whoever_tries_many_pins_drives_out_no_customer() {
        let mut memory = Memory::new(Duration::from_secs(300), room(3));
        memory.keep("a".into(), vec![contract("1")], at(0));
        memory.keep("b".into(), vec![contract("2")], at(0));
        for guess in 0..100 {
            memory.keep(guess.to_string(), Vec::new(), at(1));
        }
        assert_eq!((memory.answers.len(), memory.by_end.len()), (3, 3));
        assert_eq!((known(&mut memory, "a", 1), known(&mut memory, "b", 1)), (Some(1), Some(1)));
    }

    /// Contracts with the longest names there may be.
    fn many(count: usize) -> Vec<Contract> {
        vec![Contract { customer: "x".repeat(LONGEST_NAME), ..contract(&"y".repeat(LONGEST_NAME)) }; count]
    }

    #[test]
    fn however_large_answers_are_what_they_take_is_bounded_and_counted() {
        let bytes = 1_000_000;
        let mut memory = Memory::new(Duration::from_secs(300), Room { answers: 10_000, bytes });
        for customer in 0..5_000 {
            memory.keep(customer.to_string(), many(1), at(customer));
            assert!(memory.bytes <= bytes, "{}", memory.bytes);
        }
        let counted: usize = memory.answers.values().map(|answer| answer.bytes).sum();
        assert_eq!((memory.bytes, memory.by_end.len()), (counted, memory.answers.len()));
        assert!(memory.answers.len() >= 300, "{}", memory.answers.len());
        assert_eq!((known(&mut memory, "4999", 4_999), known(&mut memory, "0", 4_999)), (Some(1), None));
    }

    #[test]
    fn an_answer_larger_than_a_fair_share_is_not_remembered_nor_is_what_it_replaces() {
        let mut memory = Memory::new(Duration::from_secs(300), Room::USUAL);
        memory.keep("a".into(), many(20), at(0));
        memory.keep("b".into(), many(1), at(0));
        assert_eq!(known(&mut memory, "a", 1), Some(20));
        memory.keep("a".into(), many(100), at(1));
        assert_eq!((known(&mut memory, "a", 2), known(&mut memory, "b", 2)), (None, Some(1)));
    }
}
