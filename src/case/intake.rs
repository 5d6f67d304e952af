//! The questions before a case, in the words in which the web form and the desk ask them.

use crate::base::Language;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// In one line.
    Line,
    /// In several lines.
    Lines,
    /// By one of the names that the field takes.
    Choice,
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
    question("worked_before", Asks::Choice, "以前は正常に動作していましたか", "Did it work before?"),
    question("since", Asks::Line, "いつから発生していますか", "Since when does it happen?"),
    question("repeats", Asks::Choice, "再現しますか", "Can it be made to happen again?"),
    question("steps", Asks::Lines, "再現手順", "How is it made to happen?"),
    question("error_message", Asks::Lines, "エラーメッセージ", "Error message"),
    question("known_limits", Asks::Lines, "該当しそうな既知の制限事項", "Known limits that may apply"),
    question("users", Asks::Choice, "発生しているユーザーは一人ですか、複数ですか", "One user, or many?"),
    question("devices", Asks::Choice, "発生している端末は一台ですか、複数ですか", "One device, or many?"),
    question(
        "versions",
        Asks::Line,
        "アプリケーションと OS のバージョン",
        "Versions of the application and the operating system",
    ),
    question("browser", Asks::Line, "ブラウザーとバージョン", "Browser and its version"),
    question("network", Asks::Choice, "有線接続ですか、無線接続ですか", "Wired or wireless?"),
    question(
        "network_place",
        Asks::Choice,
        "社内からですか、社外からですか",
        "Inside or outside the company?",
    ),
    question("faq_read", Asks::Choice, "FAQ は確認しましたか", "Have you read the FAQ?"),
    question("logs_taken", Asks::Choice, "ログは取得しましたか", "Have you taken logs?"),
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
            assert_eq!(question.asks == Asks::Choice, takes != "a name", "{}: {takes}", question.field);
        }
    }
}
