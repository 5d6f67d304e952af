//! Questions to the customers' own system: what is asked, what is remembered, when it is left alone, and what came of
//! them all. It does not ask itself.

use super::circuit::Circuit;
use super::memory::{Memory, Room};
use super::{Contract, CustomerKey, Day, PinHash, judge, judge_pin};
use crate::base::{Instant, Verdict};
use std::time::Duration;

/// By what contracts are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The keyed hash of a PIN, never its digits.
    Pin(PinHash),
    /// A site, an organisation, a messenger organisation or a contract.
    Key(CustomerKey),
}

impl Asked {
    /// What kind it is, as others are asked: `pin-hmac`, or the kind's name.
    pub fn kind(&self) -> &'static str {
        match self {
            Asked::Pin(_) => "pin-hmac",
            Asked::Key(key) => key.kind().name(),
        }
    }

    /// What is asked for.
    pub fn value(&self) -> &str {
        match self {
            Asked::Pin(hash) => hash.as_str(),
            Asked::Key(key) => key.written(),
        }
    }

    /// Whether whoever named this has a right to support, by the contracts that were found for it.
    pub fn judge(&self, found: &[Contract], today: Day) -> Verdict {
        match self {
            Asked::Pin(_) => judge_pin(found, today),
            Asked::Key(key) => judge(found, key.kind(), key.written(), today),
        }
    }

    /// The same for what differs in capitals alone.
    fn name(&self) -> String {
        let value = match self {
            Asked::Pin(hash) => hash.as_str(),
            Asked::Key(key) => key.folded(),
        };
        format!("{}:{value}", self.kind())
    }
}

/// What is to be done about a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Nothing: these contracts were named a while ago.
    Remembered(Vec<Contract>),
    /// It is to be asked, and [`Lookup::end`] told what came of it.
    Ask,
    /// Nothing: the system does not answer, and is left alone.
    LeftAlone,
}

/// Why a question brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// No answer came in time.
    Late,
    /// No answer came in the time that this question had, which was much less than the system has.
    Hurried,
    /// It could not be reached, or is out of order.
    Broken,
    /// It answered what cannot be read: that is so of this one customer.
    Unreadable,
    /// It was not asked: too many questions are open.
    NotAsked,
}

/// Upper ends of the ranges in which the time of questions is counted, in milliseconds.
pub const TOOK_MS: [u64; 8] = [10, 25, 50, 100, 250, 500, 1_000, 2_500];

/// What came of questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupCounts {
    /// Somebody is known.
    pub found: u64,
    /// Nobody is known.
    pub unknown: u64,
    /// No answer in time.
    pub late: u64,
    /// No answer, or none that can be read.
    pub broken: u64,
    /// It was remembered, and not asked.
    pub remembered: u64,
    /// The system was left alone.
    pub left_alone: u64,
    /// Too many were open.
    pub not_asked: u64,
    /// How long questions took: up to each of [`TOOK_MS`], and the rest. Each is in one.
    pub took: [u64; TOOK_MS.len() + 1],
    /// How long all took together.
    pub took_in_all: Duration,
    /// Whether the system is left alone now.
    pub is_left_alone: bool,
}

impl LookupCounts {
    /// Each count of what came of questions, by name.
    pub fn outcomes(&self) -> [(&'static str, u64); 7] {
        [
            ("found", self.found),
            ("unknown", self.unknown),
            ("late", self.late),
            ("broken", self.broken),
            ("remembered", self.remembered),
            ("left-alone", self.left_alone),
            ("not-asked", self.not_asked),
        ]
    }

    fn note(&mut self, took: Duration) {
        let fits = |end: &u64| took <= Duration::from_millis(*end);
        let range = TOOK_MS.iter().position(fits).unwrap_or(TOOK_MS.len());
        self.took[range] += 1;
        self.took_in_all += took;
    }
}

/// What is known of questions to one system.
#[derive(Debug)]
pub struct Lookup {
    memory: Memory,
    circuit: Circuit,
    counts: LookupCounts,
}

impl Lookup {
    /// Of a system of which nothing is known. What it says of somebody is remembered for `kept`, that it knows nobody
    /// for a tenth of that.
    pub fn new(kept: Duration) -> Lookup {
        Lookup {
            memory: Memory::new(kept, Room::USUAL),
            circuit: Circuit::new(),
            counts: LookupCounts::default(),
        }
    }

    /// What is to be done about a question.
    pub fn begin(&mut self, asked: &Asked, now: Instant) -> Begin {
        if let Some(contracts) = self.memory.recall(&asked.name(), now) {
            self.counts.remembered += 1;
            return Begin::Remembered(contracts.to_vec());
        }
        if self.circuit.admits(now) {
            return Begin::Ask;
        }
        self.counts.left_alone += 1;
        Begin::LeftAlone
    }

    /// What came of a question that was to be asked, and how long that took.
    pub fn end(&mut self, asked: &Asked, now: Instant, took: Duration, came: Result<&[Contract], Missed>) {
        match came {
            Ok(contracts) => {
                self.circuit.answered();
                let count =
                    if contracts.is_empty() { &mut self.counts.unknown } else { &mut self.counts.found };
                *count += 1;
                self.memory.keep(asked.name(), contracts.to_vec(), now);
            }
            // Says nothing of the system.
            Err(Missed::NotAsked) => {
                self.counts.not_asked += 1;
                return;
            }
            Err(Missed::Late) => {
                self.circuit.missed(now);
                self.counts.late += 1;
            }
            // Says nothing of the system either.
            Err(Missed::Hurried) => self.counts.late += 1,
            Err(Missed::Broken) => {
                self.circuit.missed(now);
                self.counts.broken += 1;
            }
            Err(Missed::Unreadable) => {
                self.circuit.answered();
                self.counts.broken += 1;
            }
        }
        self.counts.note(took);
    }

    /// What came of questions so far.
    pub fn counts(&self) -> LookupCounts {
        LookupCounts { is_left_alone: self.circuit.is_open(), ..self.counts.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::circuit::{MISSES, REST};
    use super::*;
    use crate::base::{EntitlementKind, SupportOption};

    fn key(kind: EntitlementKind, text: &str) -> Asked {
        Asked::Key(CustomerKey::parse(kind, text).expect("a key"))
    }

    fn contract() -> Contract {
        let day = |text| Day::parse(text).expect("a day");
        Contract {
            number: "C-1".into(),
            customer: "Acme".into(),
            option: SupportOption::Premium,
            products: Default::default(),
            new_pricing: false,
            japanese_support: false,
            trial: false,
            from: day("2026-01-01"),
            until: day("2026-12-31"),
            keys: Default::default(),
        }
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn lookup() -> Lookup {
        Lookup::new(Duration::from_secs(300))
    }

    const TOOK: Duration = Duration::from_millis(40);

    #[test]
    fn what_was_said_is_remembered_for_the_same_key_however_it_is_written() {
        let mut lookup = lookup();
        let acme = key(EntitlementKind::Org, "Acme");
        assert_eq!(lookup.begin(&acme, at(0)), Begin::Ask);
        lookup.end(&acme, at(0), TOOK, Ok(&[contract()]));
        let again = key(EntitlementKind::Org, " ACME");
        assert_eq!(lookup.begin(&again, at(299)), Begin::Remembered(vec![contract()]));
        assert_eq!(lookup.begin(&key(EntitlementKind::Messenger, "Acme"), at(1)), Begin::Ask);
        assert_eq!(lookup.begin(&acme, at(300)), Begin::Ask);
        let pin = |digit: char| Asked::Pin(PinHash::kept(digit.to_string().repeat(64)));
        lookup.end(&pin('a'), at(300), TOOK, Ok(&[]));
        assert_eq!(lookup.begin(&pin('a'), at(329)), Begin::Remembered(Vec::new()));
        assert_eq!(
            (lookup.begin(&pin('b'), at(329)), lookup.begin(&pin('a'), at(330))),
            (Begin::Ask, Begin::Ask)
        );
    }

    /// The contract of a memory ends as one of the store does.
    #[test]
    fn what_is_remembered_is_judged_by_the_day_on_which_it_is_asked() {
        let asked = key(EntitlementKind::Contract, "C-1");
        let verdict = |day: &str| asked.judge(&[contract()], Day::parse(day).expect("a day")).name();
        assert_eq!((verdict("2026-12-31"), verdict("2027-01-01")), ("verified", "expired"));
        assert_eq!(asked.judge(&[], Day::parse("2026-12-31").expect("a day")), Verdict::Unknown);
    }

    #[test]
    fn a_system_that_does_not_answer_is_left_alone_but_what_it_said_is_still_known() {
        let mut lookup = lookup();
        let (known, other) = (key(EntitlementKind::Org, "Acme"), key(EntitlementKind::Org, "Beta"));
        lookup.end(&known, at(0), TOOK, Ok(&[contract()]));
        for _ in 0..MISSES {
            assert_eq!(lookup.begin(&other, at(1)), Begin::Ask);
            lookup.end(&other, at(1), TOOK, Err(Missed::Late));
        }
        assert_eq!(lookup.begin(&other, at(2)), Begin::LeftAlone);
        assert!(matches!(lookup.begin(&known, at(2)), Begin::Remembered(_)));
        assert!(lookup.counts().is_left_alone);
        let later = at(1) + REST;
        assert_eq!(
            (lookup.begin(&other, later), lookup.begin(&other, later)),
            (Begin::Ask, Begin::LeftAlone)
        );
        lookup.end(&other, later, TOOK, Ok(&[]));
        assert!(!lookup.counts().is_left_alone);
    }

    #[test]
    fn a_question_that_was_not_asked_is_no_miss_of_the_system() {
        let mut lookup = lookup();
        let asked = key(EntitlementKind::Org, "Acme");
        for _ in 0..2 * MISSES {
            assert_eq!(lookup.begin(&asked, at(0)), Begin::Ask);
            lookup.end(&asked, at(0), TOOK, Err(Missed::NotAsked));
        }
        let counts = lookup.counts();
        assert_eq!((counts.not_asked, counts.took.iter().sum::<u64>()), (u64::from(2 * MISSES), 0));
    }

    #[test]
    fn one_customer_s_record_and_one_plan_s_haste_say_nothing_of_the_system() {
        let mut lookup = lookup();
        let asked = key(EntitlementKind::Org, "Acme");
        for missed in [Missed::Unreadable, Missed::Hurried] {
            for _ in 0..2 * MISSES {
                assert_eq!(lookup.begin(&asked, at(0)), Begin::Ask);
                lookup.end(&asked, at(0), TOOK, Err(missed));
            }
        }
        let counts = lookup.counts();
        assert_eq!((counts.broken, counts.late), (u64::from(2 * MISSES), u64::from(2 * MISSES)));
    }

    #[test]
    fn every_question_is_counted_once_with_its_time() {
        let mut lookup = lookup();
        let asked = key(EntitlementKind::Org, "Acme");
        for (took_ms, came) in [
            (10, Ok(&[][..])),
            (11, Err(Missed::Late)),
            (2_500, Err(Missed::Broken)),
            (2_501, Err(Missed::Late)),
        ] {
            lookup.end(&asked, at(0), Duration::from_millis(took_ms), came);
        }
        let counts = lookup.counts();
        assert_eq!(counts.took, [1, 1, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(counts.took_in_all, Duration::from_millis(5_022));
        let outcomes = counts.outcomes().map(|(_, count)| count);
        assert_eq!(outcomes, [0, 1, 2, 1, 0, 0, 0]);
    }
}
