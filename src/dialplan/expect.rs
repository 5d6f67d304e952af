//! What a plan's authors expect of it: `[[expect]]` and `[within]`, written in the plan's own file.
//!
//! ```toml
//! [[expect]]
//! at = "2026-09-22T10:00+09:00"     # a moment; without offset: Japan's time
//! keys = "21"                       # as `simulate --keys`; left out: the caller presses nothing
//! dial = "global"                   # or queue = "…", transfer = "…", or hangup = "end cause"
//! language = "ja"
//! interpreter = true
//! passes = ["closed"]               # steps on the way
//! within = "60s"                    # from the answer to there
//!
//! [within]
//! keys = 2                          # no line and no desk needs more keys than this
//! silence = "90s"                   # whoever presses nothing is somewhere by then
//! ```

use super::check::LANGUAGES;
use super::key::{Holds, Key, names_of};
use super::names::Names;
use super::plan::StepId;
use super::simulate::{Press, parse_keys};
use super::syntax::{StepNames, known_desk, known_queue, known_transfer, language, resolve};
use super::verbs::{CAUSE_NAMES, end_cause};
use crate::base::{EndCause, Language, Moment, Number};
use crate::diag::{At, Diagnostics, Place, Table};
use std::sync::Arc;
use std::time::Duration;

/// One call that must end as written.
#[derive(Clone, Debug)]
pub struct Expect {
    /// Where it is written.
    pub(super) place: Place,
    /// The number called; `None`: whichever the plan answers.
    pub(super) to: Option<Number>,
    /// When.
    pub(super) at: Moment,
    /// What the caller presses, as written.
    pub(super) keys: String,
    /// The same, read.
    pub(super) presses: Vec<Press>,
    /// Where the call must come.
    pub(super) end: End,
    /// In which language.
    pub(super) language: Option<Language>,
    /// With or without interpreter.
    pub(super) interpreter: Option<bool>,
    /// Steps it must pass.
    pub(super) passes: Vec<(StepId, Place)>,
    /// How long that may take.
    pub(super) within: Option<Duration>,
}

/// Where an expected call comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Into this line.
    Queue(Arc<str>),
    /// To this desk's own number.
    Dial(Arc<str>),
    /// To this place outside the desks.
    Transfer(Arc<str>),
    /// To its end, for this reason.
    Hangup(EndCause),
}

/// Bounds that every caller's way must keep.
#[derive(Clone, Debug, Default)]
pub struct Within {
    /// Most keys to any line or desk.
    pub(super) keys: Option<(u32, Place)>,
    /// Longest time of a silent caller to a line, a desk or the end.
    pub(super) silence: Option<(Duration, Place)>,
}

/// Any length of time.
const ANY_TIME: Holds = Holds::seconds(0, 36_000_000);
/// The keys of `[[expect]]`.
pub(super) const EXPECT_KEYS: &[Key] = &[
    Key::optional("to", Holds::Text, "the number called; left out: one that the plan answers"),
    Key::required("at", Holds::Text, "when: \"2026-02-10T10:00+09:00\""),
    Key::optional("keys", Holds::Text, "what the caller presses, as `simulate --keys`"),
    Key::optional("queue", Holds::Queue, "the line it comes to"),
    Key::optional("dial", Holds::Desk, "the desk whose own number it comes to"),
    Key::optional("transfer", Holds::Transfer, "the place it is handed to"),
    Key::optional("hangup", Holds::Word(CAUSE_NAMES), "why it ends"),
    Key::optional("language", Holds::Word(LANGUAGES), "in which language"),
    Key::optional("interpreter", Holds::Flag, "with or without interpreter"),
    Key::optional("passes", Holds::StepList, "steps on the way"),
    Key::optional("within", ANY_TIME, "how long that may take"),
];
/// The keys of `[within]`.
pub(super) const WITHIN_KEYS: &[Key] = &[
    Key::optional("keys", Holds::Number(0, u32::MAX), "most keys to any line or desk"),
    Key::optional("silence", ANY_TIME, "longest time of a silent caller to a line, a desk or the end"),
];

/// Reads `[[expect]]`.
pub(super) fn read_expects(
    table: &mut Table<'_>,
    names: &Names,
    steps: &StepNames,
    found: &mut Diagnostics,
) -> Vec<Expect> {
    let written = table.take::<Vec<At<Table<'_>>>>("expect", found).map_or(Vec::new(), |list| list.value);
    written.into_iter().filter_map(|at| read_expect(at.value, names, steps, found)).collect()
}

fn read_expect(
    mut table: Table<'_>,
    names: &Names,
    steps: &StepNames,
    found: &mut Diagnostics,
) -> Option<Expect> {
    table.only(&names_of(EXPECT_KEYS), found);
    let at = read_moment(&mut table, found);
    let keys = table.take::<String>("keys", found);
    let presses = keys.as_ref().map_or(Some(Vec::new()), |keys| read_keys(keys, &table, found));
    let to = read_number(&mut table, found);
    let end = read_end(&mut table, names, found);
    let language = table.value("language").map(|value| {
        let tag = value.read::<String>(found)?;
        language(&value, &tag, found)
    });
    let passes = read_passes(&mut table, steps, found);
    Some(Expect {
        place: table.source().place(table.span()),
        interpreter: table.take::<bool>("interpreter", found).map(|at| at.value),
        within: table.take::<Duration>("within", found).map(|at| at.value),
        keys: keys.map(|keys| keys.value).unwrap_or_default(),
        to: to?,
        at: at?,
        presses: presses?,
        end: end?,
        language: language.map_or(Some(None), |read| read.map(Some))?,
        passes,
    })
}

fn read_moment(table: &mut Table<'_>, found: &mut Diagnostics) -> Option<Moment> {
    let text = table.need::<String>("at", found)?;
    let moment = Moment::parse(&text.value);
    if let Err(why) = &moment {
        let error = table.error_at("bad-moment", text.span, format!("this is no moment: {why}"));
        found.push(error.help("write it as \"2026-02-10T10:00+09:00\""));
    }
    moment.ok()
}

fn read_keys(keys: &At<String>, table: &Table<'_>, found: &mut Diagnostics) -> Option<Vec<Press>> {
    let presses = parse_keys(&keys.value);
    if let Err(bad) = &presses {
        found.push(table.error_at("bad-keys", keys.span.clone(), bad.to_string()));
    }
    presses.ok()
}

/// `None` where it is wrong; `Some(None)` where it is left out.
fn read_number(table: &mut Table<'_>, found: &mut Diagnostics) -> Option<Option<Number>> {
    let Some(text) = table.take::<String>("to", found) else { return (!table.has("to")).then_some(None) };
    let number = Number::parse(&text.value);
    if number.is_none() {
        let message = format!("`{}` is no telephone number", text.value);
        found.push(table.error_at("bad-number", text.span, message));
    }
    number.map(Some)
}

fn read_end(table: &mut Table<'_>, names: &Names, found: &mut Diagnostics) -> Option<End> {
    let queue = table.take::<String>("queue", found);
    let desk = table.take::<String>("dial", found);
    let transfer = table.take::<String>("transfer", found);
    let cause = table.take::<String>("hangup", found);
    match (queue, desk, transfer, cause) {
        (Some(queue), None, None, None) => {
            known_queue(&queue, names, table, found)?;
            Some(End::Queue(queue.value.into()))
        }
        (None, Some(desk), None, None) => {
            Some(End::Dial(known_desk(desk, names, table, found)?.value.into()))
        }
        (None, None, Some(to), None) => {
            Some(End::Transfer(known_transfer(to, names, table, found)?.value.into()))
        }
        (None, None, None, Some(cause)) => end_cause(&cause, table, found).map(End::Hangup),
        _ => {
            let error = table.error("bad-expect", "an expected call comes to one place");
            let help = "write one of queue = \"…\", dial = \"…\", transfer = \"…\" and hangup = \"…\"";
            found.push(error.help(help));
            None
        }
    }
}

fn read_passes(table: &mut Table<'_>, steps: &StepNames, found: &mut Diagnostics) -> Vec<(StepId, Place)> {
    let names = table.take::<Vec<At<String>>>("passes", found).map_or(Vec::new(), |list| list.value);
    let mut passes = Vec::new();
    for name in names {
        let place = table.source().place(name.span.clone());
        passes.extend(resolve(&name, steps, table, found).map(|step| (step, place)));
    }
    passes
}

/// Reads `[within]`.
pub(super) fn read_within(table: &mut Table<'_>, found: &mut Diagnostics) -> Within {
    let mut within = table.sub("within", found);
    let keys = within.take::<u32>("keys", found);
    let silence = within.take::<Duration>("silence", found);
    within.only(&names_of(WITHIN_KEYS), found);
    let place = |span| within.source().place(span);
    Within {
        keys: keys.map(|at| (at.value, place(at.span))),
        silence: silence.map(|at| (at.value, place(at.span))),
    }
}
