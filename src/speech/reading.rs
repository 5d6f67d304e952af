//! Numbers and counters as they are read, each accent phrase by itself.

/// What is said in one breath with one fall of the voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Its sound in katakana; `ー` lengthens, `’` after a sound leaves its vowel unvoiced.
    pub kana: String,
    /// The mora after which the voice falls, from 1; 0 where it does not fall.
    pub accent: usize,
}

impl Phrase {
    pub(super) fn new(kana: &str, accent: usize) -> Phrase {
        Phrase { kana: kana.into(), accent }
    }

    /// How many beats it lasts.
    pub fn morae(&self) -> usize {
        self.kana.chars().filter(|c| !"ァィゥェォャュョ’".contains(*c)).count()
    }

    /// The phrase with a word after it on which the voice falls, after this many of the word's morae.
    fn and(mut self, word: &str, accent: usize) -> Phrase {
        self.accent = self.morae() + accent;
        self.kana += word;
        self
    }
}

/// A digit's reading at one place of a number, with its accent.
type Reading = (&'static str, usize);

const ONES: [Reading; 9] = [
    ("イチ", 2),
    ("ニ", 1),
    ("サン", 0),
    ("ヨン", 1),
    ("ゴ", 1),
    ("ロク", 2),
    ("ナナ", 1),
    ("ハチ", 2),
    ("キュー", 1),
];
const TENS: [Reading; 9] = [
    ("ジュー", 1),
    ("ニジュー", 1),
    ("サンジュー", 1),
    ("ヨンジュー", 1),
    ("ゴジュー", 2),
    ("ロクジュー", 3),
    ("ナナジュー", 2),
    ("ハチジュー", 3),
    ("キュージュー", 1),
];
const HUNDREDS: [Reading; 9] = [
    ("ヒャク", 2),
    ("ニヒャク", 3),
    ("サンビャク", 1),
    ("ヨンヒャク", 1),
    ("ゴヒャク", 3),
    ("ロッピャク", 4),
    ("ナナヒャク", 2),
    ("ハッピャク", 4),
    ("キューヒャク", 1),
];
const THOUSANDS: [Reading; 9] = [
    ("セン", 1),
    ("ニセン", 2),
    ("サンゼン", 3),
    ("ヨンセン", 3),
    ("ゴセン", 2),
    ("ロクセン", 3),
    ("ナナセン", 3),
    ("ハッセン", 3),
    ("キューセン", 3),
];
/// 分 after the last digit.
const MINUTES: [Reading; 9] = [
    ("イップン", 1),
    ("ニフン", 1),
    ("サンプン", 1),
    ("ヨンプン", 1),
    ("ゴフン", 1),
    ("ロップン", 1),
    ("ナナフン", 2),
    ("ハップン", 1),
    ("キューフン", 1),
];

/// Up to 99,999,999; nothing for 0.
pub(super) fn number(value: u32) -> Vec<Phrase> {
    let (myriads, rest) = (value / 10_000, value % 10_000);
    let mut phrases = below_myriad(myriads);
    if (1_000..2_000).contains(&myriads) {
        phrases[0] = Phrase::new("イッセン", 3);
    }
    if let Some(last) = phrases.pop() {
        phrases.push(last.and("マン", 1));
    }
    phrases.extend(below_myriad(rest));
    phrases
}

/// Minutes, up to 999.
pub(super) fn minutes(value: u32) -> Vec<Phrase> {
    let mut phrases = number(value);
    let Some(last) = phrases.pop() else { return phrases };
    phrases.push(match digit(value, 1) {
        Some(ones) => reading(&MINUTES, ones),
        None => before_minutes(&last),
    });
    phrases
}

/// ジュー and ヒャク are cut short before 分.
fn before_minutes(tens: &Phrase) -> Phrase {
    let stem = tens.kana.trim_end_matches(['ー', 'ク']);
    let stem = Phrase::new(stem, 0);
    let accent = stem.morae();
    Phrase { accent, ..stem.and("ップン", 0) }
}

/// A place in line.
pub(super) fn place(value: u32) -> Vec<Phrase> {
    let mut phrases = number(value);
    if let Some(last) = phrases.pop() {
        phrases.push(last.and("バンメデ", 3));
    }
    phrases
}

fn below_myriad(value: u32) -> Vec<Phrase> {
    let places = [(1_000, &THOUSANDS), (100, &HUNDREDS), (10, &TENS), (1, &ONES)];
    let phrase = |(place, readings)| Some(reading(readings, digit(value, place)?));
    places.into_iter().filter_map(phrase).collect()
}

/// The digit at a place, as an index of readings; none for 0.
fn digit(value: u32, place: u32) -> Option<usize> {
    (value / place % 10).checked_sub(1).map(|index| index as usize)
}

fn reading(readings: &[Reading; 9], index: usize) -> Phrase {
    let (kana, accent) = readings[index];
    Phrase::new(kana, accent)
}
