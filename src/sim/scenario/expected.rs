//! What is expected of the calls of a scenario, and what of it did not happen.

use crate::base::Number;
use crate::case::Field;
use crate::node::StoreWrite;
use crate::node::journal::What;
use crate::sim::cast::Run;
use crate::sim::network::Seen;
use crate::sim::sight::Sight;
use crate::sim::world::Noted;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is expected of a call; what is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Expect {
    /// The end cause.
    cause: Option<String>,
    /// The keys counted.
    digits: Option<String>,
    /// The desk that took the call last; "" = none.
    desk: Option<String>,
    /// The final status of its first INVITE.
    status: Option<u16>,
    /// Header fields of an INVITE to a desk.
    headers: Vec<String>,
    /// Lines, of header or body, in a final response to an INVITE of this number.
    answers: Vec<String>,
    /// Prompts heard, in this order, others in between.
    plays: Vec<String>,
    /// Fields of the case as it was stored last.
    facts: BTreeMap<String, String>,
    /// How many calls began; 1 unless said.
    calls: Option<usize>,
}

/// What happened to the calls of one number.
pub(super) struct Happened<'a> {
    run: &'a Run,
    from: &'a str,
    entries: Vec<&'a Noted>,
}

impl<'a> Happened<'a> {
    pub(super) fn of(run: &'a Run, from: &'a str) -> Self {
        let number = Number::parse(from).map(|n| n.to_string());
        let engine = |n: &&Noted| n.host == run.engine;
        let is_start =
            |n: &&Noted| matches!(&n.entry.what, What::CallStarted { caller, .. } if *caller == number);
        let calls: Vec<_> =
            run.world.journal.iter().filter(engine).filter(is_start).map(|n| n.entry.call).collect();
        let mine = |n: &&Noted| n.entry.call.is_some() && calls.contains(&n.entry.call);
        Happened { run, from, entries: run.world.journal.iter().filter(engine).filter(mine).collect() }
    }

    fn all(&self, pick: impl Fn(&'a What) -> Option<String>) -> Vec<String> {
        self.entries.iter().filter_map(|n| pick(&n.entry.what)).collect()
    }

    /// What was expected and did not happen.
    pub(super) fn compare(&self, expect: &Expect) -> Vec<String> {
        let mut unmet = Vec::new();
        let mut same = |what: &str, wanted: Option<&str>, found: String| {
            if wanted.is_some_and(|wanted| wanted != found) {
                unmet.push(format!("{what} {found:?}, not {:?}", wanted.unwrap_or_default()));
            }
        };
        same("cause", expect.cause.as_deref(), self.causes());
        same("digits", expect.digits.as_deref(), self.digits());
        same("desk", expect.desk.as_deref(), self.desks().pop().unwrap_or_default());
        let (status, calls) = (expect.status.map(|s| s.to_string()), expect.calls.map(|c| c.to_string()));
        same("status", status.as_deref(), self.status());
        same("calls", calls.as_deref(), self.calls().to_string());
        for (field, value) in &expect.facts {
            same(field, Some(value), self.fact(field));
        }
        unmet.extend(self.missing_headers(expect));
        unmet.extend(self.missing_answers(expect));
        unmet.extend(self.missing_plays(expect));
        unmet
    }

    fn causes(&self) -> String {
        let causes = self.all(|w| match w {
            What::CallEnded { cause } => Some(cause.to_string()),
            _ => None,
        });
        causes.join(" ")
    }

    fn digits(&self) -> String {
        let digits = self.all(|w| match w {
            What::Digit { digit, .. } => Some(digit.map_or('?', |d| d.as_char()).to_string()),
            _ => None,
        });
        digits.concat()
    }

    fn desks(&self) -> Vec<String> {
        self.all(|w| match w {
            What::Connected { desk, .. } => Some(desk.to_string()),
            _ => None,
        })
    }

    fn calls(&self) -> usize {
        self.all(|w| matches!(w, What::CallStarted { .. }).then(String::new)).len()
    }

    fn fact(&self, name: &str) -> String {
        let number = self.all(|w| match w {
            What::CaseOpened { number } => Some(number.clone()),
            _ => None,
        });
        let cases = self.run.world.stored.iter().filter_map(|write| match write {
            StoreWrite::SaveCase(case) => Some(case),
            StoreWrite::SaveCall(_) | StoreWrite::ReserveNumbers { .. } => None,
        });
        let case = cases.rev().find(|c| number.last() == Some(&c.number().to_string()));
        let field = Field::ALL.iter().find(|field| field.name == name);
        let value = case.zip(field).and_then(|(case, field)| (field.read)(case));
        value.map(|value| value.to_text()).unwrap_or_default()
    }

    /// The first final response to an INVITE of this number.
    fn status(&self) -> String {
        let sights = self.run.world.seen.iter().filter_map(|s| Sight::read(&s.bytes));
        let mut mine = sights.filter(|s| s.caller() == Some(self.from));
        let last = mine
            .find_map(|s| s.status().filter(|c| *c >= 200 && s.cseq().is_some_and(|(_, m)| m == "INVITE")));
        last.map(|s| s.to_string()).unwrap_or_default()
    }

    fn missing_headers(&self, expect: &Expect) -> Vec<String> {
        let invites: Vec<&str> =
            self.run.world.seen.iter().filter_map(|s| std::str::from_utf8(&s.bytes).ok()).collect();
        let has =
            |line: &str| invites.iter().any(|i| i.starts_with("INVITE ") && i.lines().any(|l| l == line));
        expect
            .headers
            .iter()
            .filter(|line| !has(line))
            .map(|line| format!("no INVITE with {line:?}"))
            .collect()
    }

    fn missing_answers(&self, expect: &Expect) -> Vec<String> {
        let is_mine = |seen: &&Seen| {
            Sight::read(&seen.bytes).is_some_and(|s| s.status() >= Some(200) && s.caller() == Some(self.from))
        };
        let answers: Vec<String> = (self.run.world.seen.iter().filter(is_mine))
            .map(|seen| String::from_utf8_lossy(&seen.bytes).into_owned())
            .collect();
        let has =
            |line: &str| answers.iter().any(|a| a.contains("INVITE\r\n") && a.lines().any(|l| l == line));
        let missing = expect.answers.iter().filter(|line| !has(line));
        missing.map(|line| format!("no final response with {line:?}")).collect()
    }

    fn missing_plays(&self, expect: &Expect) -> Option<String> {
        let heard = self.all(|w| match w {
            What::Plays { clips } => Some(clips.join(" ")),
            _ => None,
        });
        let mut heard = heard.iter();
        let missing =
            expect.plays.iter().find(|wanted| !heard.any(|clips| clips.split(' ').any(|c| c == *wanted)));
        missing.map(|wanted| format!("{wanted} was not played, or not in this order"))
    }
}
