//! The sentences a voice can say, by the names of the prompts they stand for.

use super::reading::{self, Phrase};
use crate::audio::level::Content;
use crate::base::PromptId;
use std::ops::RangeInclusive;

/// A sentence, or a fragment of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    breaths: Vec<Vec<Phrase>>,
    content: Content,
}

/// A series of prompts: what it is called before the value, the values past its recordings.
struct Series {
    name: &'static str,
    values: RangeInclusive<u32>,
    sentence: fn(u32) -> Sentence,
}

/// The lower ends are where the shipped recordings stop.
const SERIES: [Series; 3] = [
    Series { name: "number-", values: 101..=99_999_999, sentence: number },
    Series { name: "minutes-", values: 61..=999, sentence: minutes },
    Series { name: "queue-position-", values: 21..=999, sentence: place },
];

impl Sentence {
    /// What a prompt says; none where no voice says it.
    pub fn of(id: &PromptId) -> Option<Sentence> {
        let of_series = |series: &Series| {
            let text = id.as_str().strip_prefix(series.name)?;
            let value: u32 = text.parse().ok()?;
            let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
            (is_plain && series.values.contains(&value)).then(|| (series.sentence)(value))
        };
        SERIES.iter().find_map(of_series)
    }

    /// Its phrases, breath by breath.
    pub fn breaths(&self) -> &[Vec<Phrase>] {
        &self.breaths
    }

    /// What it is, as far as its level goes.
    pub fn content(&self) -> Content {
        self.content
    }

    /// How many beats it lasts, without pauses.
    pub fn morae(&self) -> usize {
        self.breaths.iter().flatten().map(Phrase::morae).sum()
    }
}

fn number(value: u32) -> Sentence {
    Sentence { breaths: vec![reading::number(value)], content: Content::Fragment }
}

fn minutes(value: u32) -> Sentence {
    Sentence { breaths: vec![reading::minutes(value)], content: Content::Fragment }
}

/// 現在、{n}番目でお待ちいただいております。
fn place(value: u32) -> Sentence {
    let mut waits = reading::place(value);
    waits
        .extend([("オマチ", 0), ("イタダイテ", 0), ("オリマス’", 3)].map(|(kana, at)| Phrase::new(kana, at)));
    Sentence { breaths: vec![vec![Phrase::new("ゲンザイ", 1)], waits], content: Content::Speech }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phrases apart, `\` where the voice falls.
    fn read(id: &str) -> String {
        let sentence = Sentence::of(&PromptId::new(id)).unwrap_or_else(|| panic!("{id} is not said"));
        let phrases = sentence.breaths.iter().flatten().map(|phrase| {
            let mut morae = 0;
            let mut text = String::new();
            for c in phrase.kana.chars() {
                let starts = Phrase::new(&c.to_string(), 0).morae() == 1;
                if starts && morae == phrase.accent && morae > 0 {
                    text.push('\\');
                }
                morae += usize::from(starts);
                text.push(c);
            }
            text
        });
        phrases.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_and_counters_change_their_sounds() {
        for (id, wanted) in [
            ("number-101", "ヒャク イチ"),
            ("number-110", "ヒャク ジュ\\ー"),
            ("number-300", "サ\\ンビャク"),
            ("number-333", "サ\\ンビャク サ\\ンジュー サン"),
            ("number-600", "ロッピャク"),
            ("number-888", "ハッピャク ハチジュ\\ー ハチ"),
            ("number-1000", "セ\\ン"),
            ("number-1234", "セ\\ン ニヒャク サ\\ンジュー ヨ\\ン"),
            ("number-3000", "サンゼ\\ン"),
            ("number-8000", "ハッセ\\ン"),
            ("number-10000", "イチマ\\ン"),
            ("number-10001", "イチマ\\ン イチ"),
            ("number-100000", "ジューマ\\ン"),
            ("number-365000", "サ\\ンジュー ロクマ\\ン ゴセ\\ン"),
            ("number-3000000", "サンビャクマ\\ン"),
            ("number-10000000", "イッセンマ\\ン"),
            ("number-15000000", "イッセ\\ン ゴヒャクマ\\ン"),
            ("number-80000008", "ハッセンマ\\ン ハチ"),
            ("minutes-61", "ロクジュ\\ー イ\\ップン"),
            ("minutes-63", "ロクジュ\\ー サ\\ンプン"),
            ("minutes-66", "ロクジュ\\ー ロ\\ップン"),
            ("minutes-68", "ロクジュ\\ー ハ\\ップン"),
            ("minutes-70", "ナナジュ\\ップン"),
            ("minutes-75", "ナナ\\ジュー ゴ\\フン"),
            ("minutes-100", "ヒャ\\ップン"),
            ("minutes-110", "ヒャク ジュ\\ップン"),
            ("minutes-300", "サンビャ\\ップン"),
            ("queue-position-31", "ゲ\\ンザイ サ\\ンジュー イチバンメ\\デ オマチ イタダイテ オリマ\\ス’"),
            ("queue-position-100", "ゲ\\ンザイ ヒャクバンメ\\デ オマチ イタダイテ オリマ\\ス’"),
        ] {
            assert_eq!(read(id), wanted, "{id}");
        }
    }

    #[test]
    fn only_what_is_past_the_recordings_is_said() {
        let said = |id: &str| Sentence::of(&PromptId::new(id)).is_some();
        for id in
            ["number-100", "number-100000000", "number-0101", "number-+101", "number-", "number-99999999999"]
        {
            assert!(!said(id), "{id}");
        }
        for id in [
            "minutes-60",
            "minutes-1000",
            "queue-position-20",
            "queue-position-many",
            "welcome",
            "digit-1-mid",
        ] {
            assert!(!said(id), "{id}");
        }
        for value in 101..=10_000 {
            assert!(said(&format!("number-{value}")), "{value}");
        }
    }
}
