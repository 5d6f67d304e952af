//! Journal entries as log lines: one a milestone, the call's id in the span, numbers redacted.

use crate::base::{CallKey, EndCause, Number};
use crate::node::journal::{Entry, What};
use std::borrow::Cow;
use std::collections::BTreeMap;
use tracing::{Span, debug, info, info_span, warn};

/// Digits in a row that may be a telephone number.
const NUMBER_DIGITS: usize = 6;

/// Writes log lines; holds a span for each call in progress.
#[derive(Debug)]
pub(super) struct Log {
    show_numbers: bool,
    spans: BTreeMap<CallKey, Span>,
}

impl Log {
    pub(super) fn new(show_numbers: bool) -> Log {
        Log { show_numbers, spans: BTreeMap::new() }
    }

    pub(super) fn write(&mut self, entry: &Entry) {
        let span = entry.call.map_or_else(Span::none, |call| self.span(call, &entry.what));
        span.in_scope(|| self.milestone(&entry.what));
        if let (Some(call), What::CallGone) = (entry.call, &entry.what) {
            self.spans.remove(&call);
        }
    }

    /// The call's span; its start says which id to show.
    fn span(&mut self, call: CallKey, what: &What) -> Span {
        if let What::CallStarted { call_id, .. } = what {
            self.spans.insert(call, info_span!("call", id = %call_id));
        }
        self.spans.get(&call).cloned().unwrap_or_else(Span::none)
    }

    fn milestone(&self, what: &What) {
        match what {
            What::CallStarted { caller, presentation, dialed, .. } => {
                let caller = caller.as_deref().map_or(Cow::Borrowed(presentation.name()), |c| self.shown(c));
                info!(%caller, dialed = %self.shown(dialed), "call started");
            }
            What::Answered => info!("answered"),
            What::CaseOpened { number } => info!(%number, "case opened"),
            What::Queued { queue, .. } => info!(%queue, "waits in line"),
            What::Offered { desk, target } => info!(%desk, target = %self.shown(target), "desk called"),
            What::NotTaken { target, why } => info!(target = %self.shown(target), why, "not taken"),
            What::Referred { desk, target } => info!(%desk, target = %self.shown(target), "referred"),
            What::Connected { desk, target } => info!(%desk, target = %self.shown(target), "connected"),
            What::Recorded { file, seconds } => info!(%file, seconds, "message left"),
            What::DeskLeft => info!("desk left"),
            What::CallEnded { cause } => ended(*cause),
            What::Trunk { standing, news } => {
                news.iter().for_each(|line| info!(trunk = %standing.trunk, "{}", self.shown(line)));
            }
            What::Phone { standing, news } => {
                news.iter().for_each(|line| info!(phone = %standing.phone, "{}", self.shown(line)));
            }
            What::Trouble { text } => warn!("{text}"),
            detail => self.detail(detail),
        }
    }

    fn detail(&self, what: &What) {
        match what {
            What::Digit { digit: Some(digit), source } => debug!(%digit, ?source, "key"),
            What::Digit { digit: None, source } => debug!(?source, "secret key"),
            What::Step { step, verb, event } => debug!(%step, verb, event = %self.shown(event), "step"),
            What::PlansReplaced { plans } => debug!("plans in force for new calls: {plans}"),
            What::Fact { field, value } => debug!(field, value = %self.shown(value), "fact"),
            other => debug!("{}", self.shown(&format!("{other:?}"))),
        }
    }

    fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.show_numbers { Cow::Borrowed(text) } else { redacted(text) }
    }
}

fn ended(cause: EndCause) {
    info!(%cause, "call ended: {}", cause.text());
}

/// A number, or every run of digits long enough to be one, but for its last two digits.
fn redacted(text: &str) -> Cow<'_, str> {
    if let Some(number) = Number::parse(text) {
        return Cow::Owned(number.redacted());
    }
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        let hidden = if run.len() < NUMBER_DIGITS { 0 } else { run.len() - 2 };
        shown.extend(run.drain(..).enumerate().map(|(at, d)| if at < hidden { 'x' } else { d }));
        shown.push(c);
    }
    shown.pop();
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Now, Presentation};
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(show_numbers: bool, whats: Vec<What>) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let mut log = Log::new(show_numbers);
            for what in whats {
                log.write(&Entry { at: Now::default(), call: Some(CallKey(1)), what });
            }
            assert!(log.spans.is_empty(), "a call that is gone leaves no span");
        });
        String::from_utf8(lines.0.lock().expect("unpoisoned").clone()).expect("text")
    }

    fn a_call() -> Vec<What> {
        let target = "sip:+81312345678@192.0.2.1:5060".to_string();
        let caller = Some("+81398765432".to_string());
        vec![
            What::CallStarted {
                call_id: "abc@host".into(),
                caller,
                presentation: Presentation::Allowed,
                dialed: "0120339836".to_string(),
            },
            What::CaseOpened { number: "600000012".to_string() },
            What::Digit { digit: None, source: crate::media::DigitSource::Info },
            What::Offered { desk: "japan".into(), target },
            What::CallEnded { cause: EndCause::CallerHungUp },
            What::CallGone,
        ]
    }

    #[test]
    fn milestones_are_one_line_each_with_the_call_id_and_no_number() {
        let text = logged(false, a_call());
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.lines().all(|line| line.contains("call{id=abc@host}")), "{text}");
        assert!(text.contains("caller=+xxxxxxxxx32 dialed=+xxxxxxxxx36"), "{text}");
        assert!(text.contains("target=sip:+xxxxxxxxx78@192.0.2.1:5060"), "{text}");
        assert!(text.contains("number=600000012") && text.contains("cause=caller-hung-up"), "{text}");
    }

    #[test]
    fn numbers_are_shown_where_asked_for() {
        assert!(logged(true, a_call()).contains("caller=+81398765432 dialed=0120339836"));
    }
}
