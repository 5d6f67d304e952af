//! Ladders: a call flow as lines that a telephone engineer can read.
//!
//! ```text
//!   0.000  caller -> engine  INVITE 0120339836     PCMU telephone-event
//!   0.005  engine -> caller  200 INVITE            PCMU
//!   0.012  engine            play menu-language:ja
//! ```
//!
//! Takes messages from any tap, the simulator's or that of real sockets.

use super::sight::Sight;
use crate::base::{CallKey, Instant};
use crate::media::DigitSource;
use crate::node::journal::{Entry, What};
use std::collections::BTreeSet;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// When.
    pub at: Instant,
    /// Who sends, or acts.
    pub from: String,
    /// To whom; `None` for an act.
    pub to: Option<String>,
    /// What.
    pub what: String,
    /// Codecs, or which call.
    pub note: String,
}

/// What a SIP message says, in one line: `INVITE 0120339836  PCMU telephone-event`, `200 INVITE  PCMU`.
pub fn summary(bytes: &[u8]) -> String {
    let (what, audio) = words(bytes);
    if audio.is_empty() { what } else { format!("{what}  {audio}") }
}

fn words(bytes: &[u8]) -> (String, String) {
    let Some(seen) = Sight::read(bytes) else {
        return (format!("{} bytes that are no SIP", bytes.len()), String::new());
    };
    let what = match (seen.request(), seen.status()) {
        (Some(("INVITE", _)), _) if seen.begins_call() => format!("INVITE {}", seen.called().unwrap_or("?")),
        (Some(("INFO", _)), _) => format!("INFO {}", seen.body().lines().next().unwrap_or_default()),
        (Some((method, _)), _) => method.to_string(),
        (None, Some(status)) => format!("{status} {}", seen.cseq().map_or("?", |(_, method)| method)),
        (None, None) => "?".to_string(),
    };
    (what, seen.audio())
}

impl Rung {
    /// A message.
    pub fn message(at: Instant, from: &str, to: &str, bytes: &[u8]) -> Rung {
        let (what, note) = words(bytes);
        Rung { at, from: from.into(), to: Some(to.into()), what, note }
    }

    /// Something a party does by itself.
    pub fn act(at: Instant, who: &str, what: impl Into<String>) -> Rung {
        Rung { at, from: who.into(), to: None, what: what.into(), note: String::new() }
    }

    /// What a party's journal says; `None` for entries that messages show already.
    pub fn entry(who: &str, entry: &Entry) -> Option<Rung> {
        act(&entry.what).map(|what| Rung::act(entry.at.mono, who, what))
    }

    /// The same line, said to belong to a call.
    pub fn of_call(mut self, call: Option<CallKey>) -> Rung {
        if let Some(call) = call {
            self.note = call.to_string();
        }
        self
    }

    /// Whether it is a message.
    pub fn is_message(&self) -> bool {
        self.to.is_some()
    }
}

/// Messages as rungs, each in its first transmission only.
pub fn messages<'a>(tap: impl IntoIterator<Item = (Instant, &'a str, &'a str, &'a [u8])>) -> Vec<Rung> {
    let mut sent = BTreeSet::new();
    let first = tap.into_iter().filter(|(_, from, to, bytes)| sent.insert((*from, *to, *bytes)));
    first.map(|(at, from, to, bytes)| Rung::message(at, from, to, bytes)).collect()
}

/// The ladder: one line a rung, in columns.
pub fn draw(rungs: &[Rung]) -> String {
    let names = rungs.iter().flat_map(|r| [Some(&r.from), r.to.as_ref()]).flatten();
    let widest = names.map(|n| n.chars().count()).max().unwrap_or(0);
    let what = rungs.iter().filter(|r| !r.note.is_empty()).map(|r| r.what.chars().count()).max().unwrap_or(0);
    rungs.iter().map(|rung| line(rung, widest, what.min(40))).collect()
}

/// One line of a ladder, for ladders drawn as they happen: names are padded to `names` characters, what is
/// said to `what`.
pub fn line(rung: &Rung, names: usize, what: usize) -> String {
    let Rung { at, from, note, .. } = rung;
    let at = at.to_string();
    let text = match &rung.to {
        Some(to) => format!("{at:>8}  {from:<names$} -> {to:<names$}  {:<what$}  {note}", rung.what),
        None => format!("{at:>8}  {from:<names$}    {:<names$}  {:<what$}  {note}", "", rung.what),
    };
    format!("{}\n", text.trim_end())
}

fn act(what: &What) -> Option<String> {
    Some(match what {
        What::CaseOpened { number } => format!("case {number}"),
        What::Digit { digit, source } => {
            let key = digit.map_or('?', |d| d.as_char());
            format!("key {key} by {}", source_word(*source))
        }
        What::Step { step, event, .. } if is_told(event) => format!("{step}: {event}"),
        What::Plays { clips } => format!("play {}", clips.join(" ")),
        What::PlayStopped => "stop".into(),
        What::Fact { field, value } => format!("set {field} = {value}"),
        What::Queued { queue, again: false } => format!("queue {queue}"),
        What::Queued { queue, again: true } => format!("queue {queue} at the old place"),
        What::Referred { desk, target } => format!("refer to {desk} {target}"),
        What::NotTaken { target, why } => format!("not taken: {why} {target}"),
        What::Connected { desk, target } => format!("connect {desk} {target}"),
        What::Hold { held, .. } => if *held { "held" } else { "resumed" }.into(),
        What::Recorded { seconds, .. } => format!("message of {seconds} s"),
        What::DeskLeft => "desk left".into(),
        What::CallEnded { cause } => format!("end {cause}"),
        What::Note { text } => text.clone(),
        What::PlansReplaced { plans } => format!("plans {plans}"),
        What::Trouble { text } => format!("trouble: {text}"),
        What::Trunk { standing, news } if !news.is_empty() => {
            format!("trunk {}: {}", standing.trunk, news.join("; "))
        }
        What::Phone { standing, news } if !news.is_empty() => {
            format!("phone {}: {}", standing.phone, news.join("; "))
        }
        What::Step { .. }
        | What::CallStarted { .. }
        | What::Leg { .. }
        | What::Answered
        | What::Trunk { .. }
        | What::Phone { .. }
        | What::Offered { .. }
        | What::Stream { .. }
        | What::CallGone => return None,
    })
}

/// Steps tell of keys that were wrong or missing, hours, refusals, and who verified a caller; the rest shows by itself.
fn is_told(event: &str) -> bool {
    [
        "no-input",
        "invalid",
        "last attempt",
        "hours",
        "queue ",
        "too many",
        "type-ahead",
        "waits",
        "asks",
        "answer ",
        "unanswered",
        "verified by",
        "unknown to",
        "no answer:",
        "record",
        "nothing recorded",
    ]
    .iter()
    .any(|word| event.starts_with(word))
}

fn source_word(source: DigitSource) -> &'static str {
    match source {
        DigitSource::TelephoneEvent => "event",
        DigitSource::Info => "info",
        DigitSource::Inband => "tone",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYE: &[u8] = b"BYE sip:a@b SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n";
    const OK: &[u8] = b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\nm=audio 9 RTP/AVP 0\r\n";

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(summary(OK), "200 INVITE  PCMU");
        assert_eq!(summary(BYE), "BYE");
        assert_eq!(summary(b"\x00"), "1 bytes that are no SIP");
    }

    #[test]
    fn a_ladder_shows_each_message_once_in_columns() {
        let ms = Instant::from_millis;
        let tap = [
            (ms(5), "engine", "caller", OK),
            (ms(505), "engine", "caller", OK),
            (ms(900), "caller", "engine", BYE),
        ];
        let mut rungs = messages(tap);
        rungs.insert(1, Rung::act(ms(6), "engine", "play menu"));
        let expected = "   0.005  engine -> caller  200 INVITE  PCMU\n   0.006  engine            play menu\n   0.900  caller -> engine  BYE\n";
        assert_eq!(draw(&rungs), expected);
    }
}
