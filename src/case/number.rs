//! Case numbers: nine digits that can be read over the phone and verified.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

/// The digit every case number begins with.
const LEADING: u64 = 6;
/// Sequence numbers have seven digits.
const SEQUENCES: u64 = 10_000_000;

/// `6`, seven digits of sequence, and a Luhn check digit (ISO/IEC 7812-1 annex B), which finds any
/// one wrong digit and nearly every swap of neighbours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber(u32);

/// Why a text is no case number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseNumberError {
    /// Not nine digits.
    #[error("a case number has nine digits")]
    Length,
    /// A first digit other than 6.
    #[error("a case number begins with 6")]
    Leading,
    /// A digit was misheard or mistyped.
    #[error("the check digit does not fit: a digit is wrong")]
    CheckDigit,
}

impl CaseNumber {
    /// The last sequence that has a number.
    pub const LAST_SEQUENCE: u64 = SEQUENCES - 1;

    /// The number of a sequence; none beyond [`CaseNumber::LAST_SEQUENCE`].
    pub fn from_sequence(sequence: u64) -> Option<CaseNumber> {
        let body = (sequence < SEQUENCES).then_some(LEADING * SEQUENCES + sequence)?;
        u32::try_from(body * 10 + check_digit(body)).ok().map(CaseNumber)
    }

    /// The sequence the number was made from.
    pub fn sequence(self) -> u64 {
        u64::from(self.0) / 10 % SEQUENCES
    }

    /// The number as a value: nine decimal digits.
    pub fn as_u32(self) -> u32 {
        self.0
    }

    /// Reads and verifies nine digits; spaces and hyphens between them do not matter.
    ///
    /// # Errors
    /// What does not fit, the first of length, leading digit and check digit.
    pub fn parse(text: &str) -> Result<CaseNumber, CaseNumberError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if digits.len() != 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CaseNumberError::Length);
        }
        let value: u64 = digits.parse().map_err(|_| CaseNumberError::Length)?;
        let body = value / 10;
        match CaseNumber::from_sequence(body % SEQUENCES) {
            _ if body / SEQUENCES != LEADING => Err(CaseNumberError::Leading),
            Some(number) if u64::from(number.0) == value => Ok(number),
            _ => Err(CaseNumberError::CheckDigit),
        }
    }
}

/// Numbers taken from the store in blocks, given out one by one: a call need not wait for the disk
/// to get a number that nobody else has.
#[derive(Clone, Debug, Default)]
pub struct ReservedNumbers {
    blocks: VecDeque<Range<u64>>,
}

impl ReservedNumbers {
    /// Adds a block of sequences that the store has reserved.
    pub fn add(&mut self, block: Range<u64>) {
        self.blocks.push_back(block);
    }

    /// The next number; none until the next block comes.
    pub fn take(&mut self) -> Option<CaseNumber> {
        loop {
            match self.blocks.front_mut()?.next() {
                Some(sequence) => return CaseNumber::from_sequence(sequence),
                None => drop(self.blocks.pop_front()),
            }
        }
    }

    /// How many are left; the engine asks for a block before that is none.
    pub fn left(&self) -> u64 {
        self.blocks.iter().map(|block| block.end.saturating_sub(block.start)).sum()
    }
}

/// Luhn: every second digit from the right, beginning with the last of `body`, counts double.
fn check_digit(body: u64) -> u64 {
    let (mut rest, mut sum, mut double) = (body, 0, true);
    while rest > 0 {
        let digit = rest % 10;
        sum += if double { digit * 2 / 10 + digit * 2 % 10 } else { digit };
        (rest, double) = (rest / 10, !double);
    }
    (10 - sum % 10) % 10
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_luhn_number_checks() {
        assert_eq!(check_digit(7_992_739_871), 3);
        assert_eq!(CaseNumber::from_sequence(0).map(|n| n.to_string()), Some("600000004".into()));
        assert_eq!(CaseNumber::from_sequence(1).map(|n| n.to_string()), Some("600000012".into()));
    }

    #[test]
    fn numbers_survive_text_and_the_sequence_ends() {
        for sequence in [0, 1, 17, 4_711, 9_999_999] {
            let number = CaseNumber::from_sequence(sequence).expect("in range");
            assert_eq!(CaseNumber::parse(&number.to_string()), Ok(number));
            assert_eq!(number.sequence(), sequence);
            assert_eq!(number.to_string().len(), 9);
        }
        assert_eq!(CaseNumber::from_sequence(10_000_000), None);
        assert_eq!(CaseNumber::parse("600-000 004").map(CaseNumber::sequence), Ok(0));
    }

    #[test]
    fn reserved_numbers_come_once_and_in_order() {
        let mut numbers = ReservedNumbers::default();
        assert_eq!(numbers.take(), None);
        numbers.add(5..7);
        numbers.add(9..10);
        assert_eq!(numbers.left(), 3);
        let taken: Vec<u64> = std::iter::from_fn(|| numbers.take()).map(CaseNumber::sequence).collect();
        assert_eq!(taken, [5, 6, 9]);
        assert_eq!(numbers.left(), 0);
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let right = CaseNumber::from_sequence(1_234_567).expect("in range").to_string();
        for at in 1..9 {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = right.chars().collect();
                wrong[at] = digit;
                let wrong: String = wrong.into_iter().collect();
                assert_eq!(CaseNumber::parse(&wrong).is_ok(), wrong == right, "{wrong}");
            }
        }
        assert_eq!(CaseNumber::parse("500000004"), Err(CaseNumberError::Leading));
        assert_eq!(CaseNumber::parse("60000000"), Err(CaseNumberError::Length));
        assert_eq!(CaseNumber::parse("６00000004"), Err(CaseNumberError::Length));
        assert_eq!(CaseNumber::parse("600000017"), Err(CaseNumberError::CheckDigit));
    }
}
