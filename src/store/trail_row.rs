//! The mirror of a call's trail. Moments are milliseconds from the plan's first step.

use crate::base::{Digit, EndCause, Language};
use crate::dialplan::trail::{Arrival, Bounded, Entered, Key, Meeting, Met, Outcome, Press, Trail};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a key is written that nobody may know: a digit, and any other key.
const HIDDEN: [(&str, Key); 2] = [("hidden", Key::Hidden), ("hidden-sign", Key::HiddenSign)];

/// `trail` of a call's row. What found no room is counted under `more`, where anything did not.
#[derive(Serialize, Deserialize)]
pub struct TrailRow {
    lasted_ms: u64,
    presses: Vec<PressRow>,
    path: Vec<EnteredRow>,
    met: Vec<MeetingRow>,
    playouts_ms: Vec<u64>,
    arrivals: Vec<ArrivalRow>,
    #[serde(default, skip_serializing_if = "MoreRow::is_nothing")]
    more: MoreRow,
}

#[derive(Serialize, Deserialize)]
struct PressRow {
    at_ms: u64,
    key: String,
}

#[derive(Serialize, Deserialize)]
struct EnteredRow {
    at_ms: u64,
    step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct MeetingRow {
    at_ms: u64,
    whom: String,
    what: String,
}

#[derive(Serialize, Deserialize)]
struct ArrivalRow {
    at_ms: u64,
    #[serde(flatten)]
    outcome: OutcomeRow,
    language: String,
    interpreter: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum OutcomeRow {
    Queue { queue: String, desk: String, tier: u8 },
    Dial { desk: String },
    Transfer { to: String },
    Hangup { cause: String },
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct MoreRow {
    presses: u32,
    path: u32,
    met: u32,
    playouts: u32,
    arrivals: u32,
}

impl TrailRow {
    /// The row of a trail.
    pub fn of(trail: &Trail) -> TrailRow {
        TrailRow {
            lasted_ms: ms(trail.lasted),
            presses: trail.presses.kept().iter().map(PressRow::of).collect(),
            path: trail.path.kept().iter().map(EnteredRow::of).collect(),
            met: trail.met.kept().iter().map(MeetingRow::of).collect(),
            playouts_ms: trail.playouts.kept().iter().copied().map(ms).collect(),
            arrivals: trail.arrivals.kept().iter().map(ArrivalRow::of).collect(),
            more: MoreRow::of(trail),
        }
    }

    /// Puts the trail together; what is wrong, where something is.
    pub(super) fn trail(self) -> Result<Trail, String> {
        let more = self.more;
        Ok(Trail {
            presses: Bounded::new(all(self.presses, PressRow::press)?, more.presses),
            path: Bounded::new(self.path.into_iter().map(EnteredRow::entered), more.path),
            met: Bounded::new(all(self.met, MeetingRow::meeting)?, more.met),
            playouts: Bounded::new(self.playouts_ms.into_iter().map(Duration::from_millis), more.playouts),
            arrivals: Bounded::new(all(self.arrivals, ArrivalRow::arrival)?, more.arrivals),
            lasted: Duration::from_millis(self.lasted_ms),
        })
    }
}

fn all<R, T>(rows: Vec<R>, read: impl Fn(R) -> Result<T, String>) -> Result<Vec<T>, String> {
    rows.into_iter().map(read).collect()
}

fn ms(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

impl MoreRow {
    fn of(trail: &Trail) -> MoreRow {
        MoreRow {
            presses: trail.presses.more(),
            path: trail.path.more(),
            met: trail.met.more(),
            playouts: trail.playouts.more(),
            arrivals: trail.arrivals.more(),
        }
    }

    fn is_nothing(&self) -> bool {
        *self == MoreRow::default()
    }
}

impl PressRow {
    fn of(press: &Press) -> PressRow {
        let hidden = HIDDEN.iter().find(|(_, key)| *key == press.key).map(|(name, _)| (*name).to_owned());
        let key = match press.key {
            Key::Shown(digit) => digit.to_string(),
            Key::Hidden | Key::HiddenSign => hidden.expect("both are in the table"),
        };
        PressRow { at_ms: ms(press.at), key }
    }

    fn press(self) -> Result<Press, String> {
        let hidden = HIDDEN.iter().find(|(name, _)| *name == self.key).map(|(_, key)| *key);
        let shown = || Digit::from_char(self.key.chars().next()?).map(Key::Shown);
        let key = hidden.or_else(shown).ok_or_else(|| format!("key `{}`", self.key))?;
        Ok(Press { at: Duration::from_millis(self.at_ms), key })
    }
}

impl EnteredRow {
    fn of(entered: &Entered) -> EnteredRow {
        EnteredRow { at_ms: ms(entered.at), step: entered.step.to_string(), why: entered.why.clone() }
    }

    fn entered(self) -> Entered {
        Entered { at: Duration::from_millis(self.at_ms), step: self.step.into(), why: self.why }
    }
}

impl MeetingRow {
    fn of(meeting: &Meeting) -> MeetingRow {
        let Meeting { at, whom, what } = meeting;
        MeetingRow { at_ms: ms(*at), whom: whom.to_string(), what: what.name().to_owned() }
    }

    fn meeting(self) -> Result<Meeting, String> {
        let what = Met::from_name(&self.what).ok_or_else(|| format!("met `{}`", self.what))?;
        Ok(Meeting { at: Duration::from_millis(self.at_ms), whom: self.whom.into(), what })
    }
}

impl ArrivalRow {
    fn of(arrival: &Arrival) -> ArrivalRow {
        ArrivalRow {
            at_ms: ms(arrival.at),
            outcome: OutcomeRow::of(&arrival.outcome),
            language: arrival.language.tag().to_owned(),
            interpreter: arrival.interpreter,
        }
    }

    fn arrival(self) -> Result<Arrival, String> {
        let language =
            Language::from_tag(&self.language).ok_or_else(|| format!("language `{}`", self.language))?;
        Ok(Arrival {
            at: Duration::from_millis(self.at_ms),
            outcome: self.outcome.outcome()?,
            language,
            interpreter: self.interpreter,
        })
    }
}

impl OutcomeRow {
    fn of(outcome: &Outcome) -> OutcomeRow {
        match outcome {
            Outcome::Queue { queue, desk, tier } => {
                OutcomeRow::Queue { queue: queue.to_string(), desk: desk.clone(), tier: *tier }
            }
            Outcome::Transfer { to } => OutcomeRow::Transfer { to: to.to_string() },
            Outcome::Dial { desk } => OutcomeRow::Dial { desk: desk.to_string() },
            Outcome::Hangup { cause } => OutcomeRow::Hangup { cause: cause.name().to_owned() },
        }
    }

    fn outcome(self) -> Result<Outcome, String> {
        Ok(match self {
            OutcomeRow::Queue { queue, desk, tier } => Outcome::Queue { queue: queue.into(), desk, tier },
            OutcomeRow::Transfer { to } => Outcome::Transfer { to: to.into() },
            OutcomeRow::Dial { desk } => Outcome::Dial { desk: desk.into() },
            OutcomeRow::Hangup { cause } => {
                let cause = EndCause::from_name(&cause).ok_or_else(|| format!("cause `{cause}`"))?;
                Outcome::Hangup { cause }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::QueueRefusal;

    fn trail() -> Trail {
        let at = Duration::from_millis;
        let key = |c| Key::Shown(Digit::from_char(c).expect("a key"));
        let keys = [(120, key('2')), (900, Key::Hidden), (1_000, Key::HiddenSign), (1_500, key('#'))];
        let met = [
            (100, "japan", Met::Hours(crate::dialplan::Desk::Open)),
            (101, "q", Met::Refused(QueueRefusal::Full)),
        ];
        let arrival =
            |ms, outcome| Arrival { at: at(ms), outcome, language: Language::En, interpreter: true };
        Trail {
            presses: Bounded::new(keys.map(|(ms, key)| Press { at: at(ms), key }), 3),
            path: Bounded::new(
                [
                    Entered { at: at(0), step: "language".into(), why: None },
                    Entered { at: at(120), step: "topic".into(), why: Some("digit 2".into()) },
                ],
                0,
            ),
            met: Bounded::new(met.map(|(ms, whom, what)| Meeting { at: at(ms), whom: whom.into(), what }), 0),
            playouts: Bounded::new([at(77)], 0),
            arrivals: Bounded::new(
                [
                    arrival(1, Outcome::Queue { queue: "q".into(), desk: "japan".into(), tier: 2 }),
                    arrival(2, Outcome::Dial { desk: "global".into() }),
                    arrival(3, Outcome::Hangup { cause: EndCause::PlanHungUp }),
                ],
                0,
            ),
            lasted: at(5_000),
        }
    }

    #[test]
    fn a_trail_comes_back_as_it_was_and_hidden_keys_stay_hidden() {
        let json = serde_json::to_value(TrailRow::of(&trail())).expect("JSON");
        assert_eq!(json["presses"][1], serde_json::json!({"at_ms": 900, "key": "hidden"}));
        assert_eq!(json["more"]["presses"], 3);
        assert_eq!(json["path"][1], serde_json::json!({"at_ms": 120, "step": "topic", "why": "digit 2"}));
        assert_eq!(json["met"][1], serde_json::json!({"at_ms": 101, "whom": "q", "what": "full"}));
        let row: TrailRow = serde_json::from_value(json).expect("a row");
        assert_eq!(row.trail(), Ok(trail()));
    }

    #[test]
    fn what_no_program_has_written_is_said() {
        let mut json = serde_json::to_value(TrailRow::of(&trail())).expect("JSON");
        json["met"][0]["what"] = "away".into();
        let row: TrailRow = serde_json::from_value(json).expect("a row");
        assert_eq!(row.trail(), Err("met `away`".into()));
    }
}
