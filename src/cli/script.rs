//! `madoguchi simulate --script`: many calls from a file, each with what is expected of it.

use super::output::{Format, columns, json};
use super::settings::Settings;
use super::simulate::{Ask, SimulateError, Simulated, place_words, simulate};
use super::told::{self, Told};
use super::workplace::{Verifier, Workplace};
use crate::base::{EndCause, Language, Moment, Number, Secret, UnixTime};
use crate::diag::{self, Diagnostic, Diagnostics, Document, Place, Source, Table, suggestion};
use crate::dialplan::simulate::{Outcome, parse_keys};

/// The caller's number where a call names none.
pub const FROM: &str = "0312345678";

/// The keys of a call.
const CALL: [&str; 10] =
    ["to", "from", "at", "keys", "pin", "product", "option", "new_pricing", "japanese_support", "expect"];
/// The keys of `expect`.
const EXPECT: [&str; 5] = ["queue", "dial", "hangup", "language", "interpreter"];

/// A call of a script.
#[derive(Clone, Debug)]
pub struct Call {
    to: String,
    from: String,
    at: Moment,
    keys: String,
    told: Told,
    expect: Option<Expect>,
}

/// Where a call must come.
#[derive(Clone, Debug)]
struct Expect {
    written: Place,
    end: End,
    language: Option<Language>,
    interpreter: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Queue(String),
    Dial(String),
    Transfer(String),
    Hangup(EndCause),
}

/// Reads a script. A call without a moment is at `now`. Mistakes are shown without the digits of PINs.
///
/// # Errors
/// Every mistake in it.
pub fn read(source: &Source, workplace: &Workplace, now: UnixTime) -> Result<Vec<Call>, Vec<Diagnostic>> {
    let mut found = Diagnostics::new();
    let document = Document::parse(source, &mut found);
    let mut root = document.table();
    let tables = root.need::<Vec<diag::At<Table<'_>>>>("call", &mut found);
    root.only(&["call"], &mut found);
    let tables = tables.map(|list| list.value).unwrap_or_default();
    let calls: Vec<Option<Call>> = tables
        .into_iter()
        .map(|table| Reader { table: table.value, workplace, found: &mut found }.call(now))
        .collect();
    let read: Result<(Vec<Call>, _), _> = found.finish(calls.into_iter().collect());
    let shown = Source::new(source.name(), &without_pins(source.text()));
    let (mut calls, _) =
        read.map_err(|found| found.into_iter().map(|wrong| in_source(wrong, &shown)).collect::<Vec<_>>())?;
    for expect in calls.iter_mut().filter_map(|call| call.expect.as_mut()) {
        expect.written.source = shown.clone();
    }
    Ok(calls)
}

fn in_source(mut wrong: Diagnostic, shown: &Source) -> Diagnostic {
    wrong.place.source = shown.clone();
    if let Some((place, _)) = &mut wrong.second {
        place.source = shown.clone();
    }
    wrong
}

/// The same text with a star for every digit of a line that speaks of a PIN, however it is misspelt.
fn without_pins(text: &str) -> String {
    let hidden = |line: &str| match line.to_ascii_lowercase().contains("pin") {
        true => line.replace(|c: char| c.is_ascii_digit(), "*"),
        false => line.to_string(),
    };
    text.split_inclusive('\n').map(hidden).collect()
}

/// Walks every call: what is shown of them, and each that does not come as expected. `verifier` is who says what comes
/// of a call's PIN.
///
/// # Errors
/// A call that [`read`] did not read.
pub fn run(
    calls: &[Call],
    workplace: &mut Workplace,
    verifier: impl Fn(&Told, &Settings, UnixTime) -> Verifier,
    format: Format,
) -> Result<(String, Vec<Diagnostic>), SimulateError> {
    let mut walked = Vec::new();
    for call in calls {
        let Call { to, from, at, keys, told, .. } = call;
        workplace.known = told.known();
        workplace.verifier = verifier(told, &workplace.settings, at.at());
        let ask = Ask { to, from, at: *at, keys, pin: told.pin.as_ref() };
        walked.push((call, simulate(&workplace.plans, &*workplace, &ask)?));
    }
    let unmet = |(call, walked): &(&Call, Simulated<'_>)| call.expect.as_ref()?.unmet(walked);
    let found: Vec<Diagnostic> = walked.iter().filter_map(unmet).collect();
    let shown = match format {
        Format::Json => json(&walked.iter().map(|(_, walked)| walked).collect::<Vec<_>>()),
        Format::Text => columns(&walked.iter().map(|(call, walked)| row(call, walked)).collect::<Vec<_>>()),
    };
    Ok((shown, found))
}

fn row(call: &Call, walked: &Simulated<'_>) -> [String; 5] {
    let verdict = match &call.expect {
        None => "",
        Some(expect) if expect.unmet(walked).is_some() => "not as expected",
        Some(_) => "as expected",
    };
    [verdict.into(), walked.moment(), call.to.clone(), call.keys.clone(), walked.outcome_words()]
}

impl Expect {
    /// What is wrong where the call comes elsewhere.
    fn unmet(&self, walked: &Simulated<'_>) -> Option<Diagnostic> {
        let outcome = walked.walked().outcome.as_ref();
        let wrong = if outcome.map(End::of).as_ref() != Some(&self.end) {
            let comes = outcome.map_or("no end".into(), place_words);
            format!("this call should come to {}, but comes to {comes}", self.end.words())
        } else if let Some(language) = self.language.filter(|wanted| *wanted != walked.walked().language) {
            format!("this caller should be served in {language}, not in {}", walked.walked().language)
        } else if self.interpreter.is_some_and(|wanted| wanted != walked.interpreter()) {
            let with = if walked.interpreter() { "with" } else { "without" };
            format!("this caller comes {with} an interpreter")
        } else {
            return None;
        };
        Some(Diagnostic::error("expectation", &self.written.source, self.written.span.clone(), wrong))
    }
}

impl End {
    fn of(outcome: &Outcome) -> End {
        match outcome {
            Outcome::Queue { queue, .. } => End::Queue(queue.to_string()),
            Outcome::Dial { desk } => End::Dial(desk.to_string()),
            Outcome::Transfer { to } => End::Transfer(to.to_string()),
            Outcome::Hangup { cause } => End::Hangup(*cause),
        }
    }

    fn words(&self) -> String {
        match self {
            End::Queue(queue) => format!("queue {queue}"),
            End::Dial(desk) => format!("dial {desk}"),
            End::Transfer(to) => format!("transfer {to}"),
            End::Hangup(cause) => format!("hang up ({cause})"),
        }
    }
}

/// One `[[call]]`, or its `expect`.
struct Reader<'a, 'f> {
    table: Table<'a>,
    workplace: &'a Workplace,
    found: &'f mut Diagnostics,
}

impl Reader<'_, '_> {
    fn call(mut self, now: UnixTime) -> Option<Call> {
        self.table.only(&CALL, self.found);
        let to = self.table.need::<String>("to", self.found).and_then(|to| self.number(to));
        let from = match self.table.take::<String>("from", self.found) {
            Some(from) => self.number(from),
            None => Some(FROM.to_owned()),
        };
        let at = match self.table.take::<String>("at", self.found) {
            Some(at) => self.moment(&at),
            None => Some(Moment::japan(now)),
        };
        let keys = match self.table.take::<String>("keys", self.found) {
            Some(keys) => self.keys(keys),
            None => Some(String::new()),
        };
        let told = self.told();
        let expect = match self.table.take::<Table<'_>>("expect", self.found) {
            Some(table) => {
                let written = table.span;
                Reader { table: table.value, workplace: self.workplace, found: self.found }
                    .expect(written)
                    .map(Some)
            }
            None => Some(None),
        };
        Some(Call { to: to?, from: from?, at: at?, keys: keys?, told: told?, expect: expect? })
    }

    fn told(&mut self) -> Option<Told> {
        let pin = match self.table.take::<String>("pin", self.found) {
            Some(pin) => Some(Some(Secret::new(pin.value))),
            None => Some(None),
        };
        let product = self.word("product", told::product);
        let option = self.word("option", told::option);
        let mut flag = |key| self.table.take::<bool>(key, self.found).is_some_and(|at| at.value);
        let (new_pricing, japanese_support) = (flag("new_pricing"), flag("japanese_support"));
        Some(Told { pin: pin?, product: product?, option: option?, new_pricing, japanese_support })
    }

    /// What a word means; `Some(None)` where nothing is written.
    fn word<T>(&mut self, key: &str, of: fn(&str) -> Result<T, String>) -> Option<Option<T>> {
        let Some(written) = self.table.take::<String>(key, self.found) else { return Some(None) };
        let read = of(&written.value);
        match read {
            Ok(value) => Some(Some(value)),
            Err(why) => {
                self.wrong("bad-value", written.span, why);
                None
            }
        }
    }

    fn number(&mut self, written: diag::At<String>) -> Option<String> {
        let is_number = Number::parse(&written.value).is_some();
        if !is_number {
            self.wrong("bad-number", written.span, format!("`{}` is no telephone number", written.value));
        }
        is_number.then_some(written.value)
    }

    fn moment(&mut self, written: &diag::At<String>) -> Option<Moment> {
        let moment = Moment::parse(&written.value);
        if let Err(error) = &moment {
            let wrong = self.table.error_at(
                "bad-moment",
                written.span.clone(),
                format!("this is no moment: {error}"),
            );
            self.found.push(wrong.help("write it as \"2026-02-10T10:00+09:00\""));
        }
        moment.ok()
    }

    fn keys(&mut self, written: diag::At<String>) -> Option<String> {
        if let Err(bad) = parse_keys(&written.value) {
            self.wrong("bad-keys", written.span, bad.to_string());
            return None;
        }
        Some(written.value)
    }

    fn expect(mut self, written: diag::Span) -> Option<Expect> {
        self.table.only(&EXPECT, self.found);
        let end = self.end();
        let language = match self.table.take::<String>("language", self.found) {
            Some(tag) => self.language(&tag).map(Some),
            None => Some(None),
        };
        let interpreter = self.table.take::<bool>("interpreter", self.found).map(|at| at.value);
        let written = self.table.source().place(written);
        Some(Expect { written, end: end?, language: language?, interpreter })
    }

    fn end(&mut self) -> Option<End> {
        let mut take = |key| self.table.take::<String>(key, self.found);
        match (take("queue"), take("dial"), take("hangup")) {
            (Some(queue), None, None) => {
                let queues = self.workplace.settings.desks.values().flat_map(|desk| desk.queues.keys());
                let queues: Vec<&str> = queues.map(String::as_str).collect();
                self.known("unknown-queue", "queue", queue, &queues).map(End::Queue)
            }
            (None, Some(desk), None) => {
                let desks: Vec<&str> = self.workplace.settings.desks.keys().map(String::as_str).collect();
                self.known("unknown-desk", "desk", desk, &desks).map(End::Dial)
            }
            (None, None, Some(cause)) => {
                let causes: Vec<&str> = EndCause::ALL.iter().map(|cause| cause.name()).collect();
                let cause = self.known("unknown-cause", "end cause", cause, &causes)?;
                EndCause::from_name(&cause).map(End::Hangup)
            }
            _ => {
                let wrong = self.table.error("bad-expect", "an expected call comes to one place");
                self.found.push(wrong.help("write one of queue = \"…\", dial = \"…\" and hangup = \"…\""));
                None
            }
        }
    }

    fn language(&mut self, tag: &diag::At<String>) -> Option<Language> {
        let language = Language::from_tag(&tag.value);
        if language.is_none() {
            let wrong = format!("`{}` is no language of the prompts", tag.value);
            let wrong = self.table.error_at("unknown-language", tag.span.clone(), wrong);
            self.found.push(wrong.maybe_help(suggestion(&tag.value, Language::ALL.map(Language::tag))));
        }
        language
    }

    fn known(
        &mut self,
        code: &'static str,
        what: &str,
        name: diag::At<String>,
        known: &[&str],
    ) -> Option<String> {
        if known.contains(&name.value.as_str()) {
            return Some(name.value);
        }
        let help = suggestion(&name.value, known.iter().copied());
        let wrong = format!("there is no {what} `{}`", name.value);
        self.found.push(self.table.error_at(code, name.span, wrong).maybe_help(help));
        None
    }

    fn wrong(&mut self, code: &'static str, span: diag::Span, message: String) {
        self.found.push(self.table.error_at(code, span, message));
    }
}

#[cfg(test)]
mod tests {
    use super::without_pins;

    #[test]
    fn digits_of_pins_are_hidden_and_no_place_moves() {
        for (text, shown) in [
            ("to = '100'\npin = '471108'\nkeys = '21'\n", "to = '100'\npin = '******'\nkeys = '21'\n"),
            ("\"pin\"=4711", "\"pin\"=****"),
            ("pins = '4711,08'\nto = '100'\n", "pins = '****,**'\nto = '100'\n"),
            ("PIN = 4711", "PIN = ****"),
            ("call = [{ pin = '12', to = '1' }]", "call = [{ pin = '**', to = '*' }]"),
        ] {
            assert_eq!(without_pins(text), shown);
            assert_eq!(text.len(), shown.len());
        }
    }
}
