//! Questions and answers as JSON: mirrors of what services outside read and write.

use crate::base::limits;
use crate::node::Question;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize)]
struct QuestionBody<'a> {
    call_id: &'a str,
    case: Option<&'a str>,
    caller: Option<&'a str>,
    dialed: &'a str,
    language: &'static str,
    plan: &'a str,
    step: &'a str,
    facts: &'a BTreeMap<String, String>,
}

/// Further fields are for the service's own use.
#[derive(Deserialize)]
struct AnswerBody {
    answer: String,
}

/// What is sent.
pub(super) fn of(question: &Question) -> Vec<u8> {
    let body = QuestionBody {
        call_id: &question.call_id,
        case: question.case.as_deref(),
        caller: question.caller.as_deref(),
        dialed: &question.dialed,
        language: question.language.tag(),
        plan: &question.plan,
        step: &question.step,
        facts: &question.facts,
    };
    serde_json::to_vec(&body).expect("texts in a struct are JSON")
}

/// The word of an answer; `None` where the body is none.
pub(super) fn answer(body: &[u8]) -> Option<Arc<str>> {
    let AnswerBody { answer } = serde_json::from_slice(body).ok()?;
    limits::is_answer(&answer).then(|| answer.into())
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn an_answer_is_one_short_word_in_an_object() {
        assert_eq!(answer(br#"{"answer": "yes", "since": 2019}"#).as_deref(), Some("yes"));
        assert_eq!(answer("{\"answer\": \"はい\"}".as_bytes()).as_deref(), Some("はい"));
        let long = format!(r#"{{"answer": "{}"}}"#, "x".repeat(65));
        let deep = "[".repeat(60_000);
        for bad in [
            "",
            "yes",
            "\"yes\"",
            "{}",
            r#"{"answer": 1}"#,
            r#"{"answer": ""}"#,
            r#"{"answer": "a\nb"}"#,
            &long,
            &deep,
        ] {
            assert_eq!(answer(bad.as_bytes()), None, "{bad:.40}");
        }
        assert_eq!(answer(b"{\"answer\": \"\xff\"}"), None);
    }
}
