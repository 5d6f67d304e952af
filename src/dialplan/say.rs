//! Numbers put together from recorded pieces, in both languages; past them whole, where a voice can say them.

use super::speech::Spoken;
use crate::base::PromptId;

/// Largest number with a recording of its own (`number-100`).
const LARGEST_NUMBER: u32 = 100;
/// Most minutes with a recording of their own (`minutes-60`).
const MOST_MINUTES: u32 = 60;
/// Last place in line with a recording of its own (`queue-position-20`).
const LAST_PLACE: u32 = 20;
/// What the prompts of whole numbers, minutes and places in line are called before their value.
const NUMBER: &str = "number-";
const MINUTES: &str = "minutes-";
const PLACE: &str = "queue-position-";
/// The waits that are recorded; another is rounded up to the next.
const WAITS: [u32; 17] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60];

/// A kind of thing that is put together from recorded pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Digits one by one.
    Digits,
    /// A case number between its intro and outro.
    CaseNumber,
    /// A whole number.
    Number,
    /// Minutes.
    Minutes,
    /// A place in line.
    Place,
    /// An expected wait.
    Wait,
}

/// Every recording a family may need. A number past the recorded ones is said digit by digit where no voice
/// can say it.
pub fn required_prompts(family: Family) -> Vec<PromptId> {
    let numbered = |name: &'static str, from: u32, to: u32| (from..=to).map(move |n| format!("{name}-{n}"));
    let digits =
        || ["mid", "end"].into_iter().flat_map(|tail| (0..=9).map(move |n| format!("digit-{n}-{tail}")));
    let keys = || ["star", "pound"].into_iter().map(str::to_owned);
    let names: Vec<String> = match family {
        Family::Digits => digits().chain(keys()).collect(),
        Family::CaseNumber => {
            digits().chain(["case-number-intro".into(), "case-number-outro".into()]).collect()
        }
        Family::Number => numbered("number", 0, LARGEST_NUMBER).chain(digits()).collect(),
        Family::Minutes => numbered("minutes", 1, MOST_MINUTES).collect(),
        Family::Place => {
            numbered("queue-position", 1, LAST_PLACE).chain(["queue-position-many".into()]).collect()
        }
        Family::Wait => WAITS.iter().map(|n| format!("wait-minutes-{n}")).collect(),
    };
    names.iter().map(|n| PromptId::new(n)).collect()
}

/// Digits one by one, the last with falling tone; `*` and `#` by name, anything else left out.
pub fn digits(text: &str) -> Vec<Spoken> {
    let said: Vec<char> = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#')).collect();
    let last = said.len().saturating_sub(1);
    let piece = |(at, c): (usize, &char)| match c {
        '*' => Spoken::prompt("star"),
        '#' => Spoken::prompt("pound"),
        digit if at == last => Spoken::prompt(&format!("digit-{digit}-end")),
        digit => Spoken::prompt(&format!("digit-{digit}-mid")),
    };
    said.iter().enumerate().map(piece).collect()
}

/// "Your case number is …".
pub fn case_number(number: &str) -> Vec<Spoken> {
    let mut clips = vec![Spoken::prompt("case-number-intro")];
    clips.extend(digits(number));
    clips.push(Spoken::prompt("case-number-outro"));
    clips
}

/// A whole number; past the recorded ones digit by digit, unless it can be heard whole.
pub fn number(value: u32, is_heard: impl Fn(&PromptId) -> bool) -> Vec<Spoken> {
    let pieces = || digits(&value.to_string());
    whole(NUMBER, value, value <= LARGEST_NUMBER, is_heard).unwrap_or_else(pieces)
}

/// Minutes; nothing is said as 1, and what is past 60 as 60, unless it can be heard.
pub fn minutes(value: u32, is_heard: impl Fn(&PromptId) -> bool) -> Vec<Spoken> {
    let most = || vec![Spoken::prompt(&format!("{MINUTES}{MOST_MINUTES}"))];
    whole(MINUTES, value.max(1), value <= MOST_MINUTES, is_heard).unwrap_or_else(most)
}

/// A place in line, 1 = next; past the recorded ones "many", unless it can be heard.
pub fn place(place: u32, is_heard: impl Fn(&PromptId) -> bool) -> Vec<Spoken> {
    let many = || vec![Spoken::prompt("queue-position-many")];
    match place {
        0 => Vec::new(),
        _ => whole(PLACE, place, place <= LAST_PLACE, is_heard).unwrap_or_else(many),
    }
}

/// The one prompt that says a value, where it is recorded or can be heard all the same.
fn whole(
    series: &str,
    value: u32,
    is_recorded: bool,
    is_heard: impl Fn(&PromptId) -> bool,
) -> Option<Vec<Spoken>> {
    let id = PromptId::new(&format!("{series}{value}"));
    (is_recorded || is_heard(&id)).then(|| vec![Spoken::Prompt(id, None)])
}

/// What is recorded to be heard in place of a prompt that only a voice can say; nothing for any other.
pub fn instead_of(id: &PromptId) -> Vec<PromptId> {
    let value = |series: &str| id.as_str().strip_prefix(series).and_then(|value| value.parse().ok());
    let recorded_only = |_: &PromptId| false;
    let spoken = match (value(NUMBER), value(MINUTES), value(PLACE)) {
        (Some(n), _, _) => number(n, recorded_only),
        (_, Some(n), _) => minutes(n, recorded_only),
        (_, _, Some(n)) => place(n, recorded_only),
        (None, None, None) => Vec::new(),
    };
    let id = |spoken| match spoken {
        Spoken::Prompt(id, _) => Some(id),
        Spoken::Pause(_) | Spoken::Beep => None,
    };
    spoken.into_iter().filter_map(id).collect()
}

/// An expected wait, rounded up; nothing past an hour, where no number helps.
pub fn wait(minutes: u32) -> Vec<Spoken> {
    let rounded = WAITS.iter().find(|w| **w >= minutes);
    rounded.map(|w| Spoken::prompt(&format!("wait-minutes-{w}"))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(clips: Vec<Spoken>) -> Vec<String> {
        let id = |clip| match clip {
            Spoken::Prompt(id, None) => id.to_string(),
            other => format!("{other:?}"),
        };
        clips.into_iter().map(id).collect()
    }

    fn unspoken(_: &PromptId) -> bool {
        false
    }

    #[test]
    fn what_a_voice_can_say_is_said_whole_and_has_pieces_to_fall_back_on() {
        let spoken = |id: &PromptId| !id.as_str().ends_with('7');
        assert_eq!(ids(number(1_234, spoken)), ["number-1234"]);
        assert_eq!(ids(number(107, spoken)), ["digit-1-mid", "digit-0-mid", "digit-7-end"]);
        assert_eq!(ids(minutes(75, spoken)), ["minutes-75"]);
        assert_eq!(ids(place(31, spoken)), ["queue-position-31"]);
        let instead = |id| instead_of(&PromptId::new(id)).iter().map(PromptId::to_string).collect::<Vec<_>>();
        assert_eq!(instead("number-101"), ["digit-1-mid", "digit-0-mid", "digit-1-end"]);
        assert_eq!(instead("minutes-75"), ["minutes-60"]);
        assert_eq!(instead("queue-position-31"), ["queue-position-many"]);
        assert!(instead("queue-position-many").is_empty() && instead("welcome").is_empty());
    }

    #[test]
    fn pieces_are_joined_as_people_say_them() {
        assert_eq!(ids(digits("60-2#")), ["digit-6-mid", "digit-0-mid", "digit-2-mid", "pound"]);
        assert_eq!(ids(number(7, unspoken)), ["number-7"]);
        assert_eq!(ids(number(101, unspoken)), ["digit-1-mid", "digit-0-mid", "digit-1-end"]);
        assert_eq!(ids(minutes(90, unspoken)), ["minutes-60"]);
        assert_eq!(ids(place(21, unspoken)), ["queue-position-many"]);
        assert_eq!(ids(wait(11)), ["wait-minutes-15"]);
        assert!(wait(61).is_empty() && place(0, unspoken).is_empty());
        assert_eq!(
            ids(case_number("61")),
            ["case-number-intro", "digit-6-mid", "digit-1-end", "case-number-outro"]
        );
    }

    #[test]
    fn whatever_is_said_is_among_the_required_prompts() {
        let all = |family| ids(required_prompts(family).iter().map(|p| Spoken::prompt(p.as_str())).collect());
        for n in 0..130 {
            assert!(ids(number(n, unspoken)).iter().all(|id| all(Family::Number).contains(id)), "{n}");
            assert!(ids(minutes(n, unspoken)).iter().all(|id| all(Family::Minutes).contains(id)), "{n}");
            assert!(ids(place(n, unspoken)).iter().all(|id| all(Family::Place).contains(id)), "{n}");
            assert!(ids(wait(n)).iter().all(|id| all(Family::Wait).contains(id)), "{n}");
        }
    }
}
