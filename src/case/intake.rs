//! The questions before a case, in the words in which the web form and the desk ask them.

use crate::base::Language;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// In one line.
    Line,
    /// In several lines.
    Lines,
    /// By one of these.
    Choice(&'static [Choice]),
}

/// An answer to choose: the value of the field, and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value, as the field takes it.
    pub value: &'static str,
    ja: &'static str,
    en: &'static str,
}

impl Choice {
    /// Its words.
    pub const fn words(&self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.ja,
            Language::En => self.en,
        }
    }
}

/// A question: the case field that keeps its answer, and its words.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The field.
    pub field: &'static str,
    /// How it is answered.
    pub asks: Asks,
    ja: &'static str,
    en: &'static str,
}

impl Question {
    /// Its words.
    pub const fn words(&self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.ja,
            Language::En => self.en,
        }
    }
}

const fn choice(value: &'static str, ja: &'static str, en: &'static str) -> Choice {
    Choice { value, ja, en }
}

const YES_OR_NO: Asks = Asks::Choice(&[choice("true", "はい", "Yes"), choice("false", "いいえ", "No")]);
const ONE_USER: Asks =
    Asks::Choice(&[choice("one", "一人だけ", "One user"), choice("many", "複数", "Several")]);
const ONE_DEVICE: Asks =
    Asks::Choice(&[choice("one", "一台だけ", "One device"), choice("many", "複数", "Several")]);
const HOW_OFTEN: Asks = Asks::Choice(&[
    choice("always", "毎回再現する", "Every time"),
    choice("sometimes", "ときどき再現する", "Now and then"),
    choice("never", "一度だけ発生した", "It happened once"),
]);
const CABLE_OR_RADIO: Asks =
    Asks::Choice(&[choice("wired", "有線", "Wired"), choice("wireless", "無線", "Wireless")]);
const WHERE: Asks =
    Asks::Choice(&[choice("inside", "社内", "Inside the company"), choice("outside", "社外", "Outside")]);

const fn question(field: &'static str, asks: Asks, ja: &'static str, en: &'static str) -> Question {
    Question { field, asks, ja, en }
}

/// Every question, in the order in which they are asked.
pub const INTAKE: &[Question] = &[
    question(
        "affected",
        Asks::Line,
        "影響を受けている会議番号、SIP アドレス、またはアカウント",
        "Affected meeting number, SIP address or account",
    ),
    question("worked_before", YES_OR_NO, "以前は正常に動作していましたか", "Did it work before?"),
    question("since", Asks::Line, "いつから発生していますか", "Since when does it happen?"),
    question("repeats", HOW_OFTEN, "再現しますか", "Can it be made to happen again?"),
    question("steps", Asks::Lines, "再現手順", "How is it made to happen?"),
    question("error_message", Asks::Lines, "エラーメッセージ", "Error message"),
    question("known_limits", Asks::Lines, "該当しそうな既知の制限事項", "Known limits that may apply"),
    question("users", ONE_USER, "発生しているユーザーは一人ですか、複数ですか", "One user, or several?"),
    question("devices", ONE_DEVICE, "発生している端末は一台ですか、複数ですか", "One device, or several?"),
    question(
        "versions",
        Asks::Line,
        "アプリケーションと OS のバージョン",
        "Versions of the application and the operating system",
    ),
    question("browser", Asks::Line, "ブラウザーとバージョン", "Browser and its version"),
    question("network", CABLE_OR_RADIO, "有線接続ですか、無線接続ですか", "Wired or wireless?"),
    question("network_place", WHERE, "社内からですか、社外からですか", "Inside or outside the company?"),
    question("faq_read", YES_OR_NO, "FAQ は確認しましたか", "Have you read the FAQ?"),
    question("logs_taken", YES_OR_NO, "ログは取得しましたか", "Have you taken logs?"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Field;

    #[test]
    fn every_question_has_its_field() {
        for question in INTAKE {
            let field = Field::named(question.field).expect(question.field);
            let takes = (field.takes)();
            let Asks::Choice(choices) = question.asks else {
                assert_eq!(takes, "a name", "{}", question.field);
                continue;
            };
            let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            assert_eq!(takes.replace(" or ", ", "), values.join(", "), "{}", question.field);
        }
    }
}
