//! The case and its fields: one row per field says its type, its name, who may write it, how it reads.

use super::CaseNumber;
use super::timeline::{By, Entry, Event};
use super::values::{
    Channel, Clock, Entitlement, Presentation, Product, Severity, Stage, SupportOption, Tier,
};
use crate::base::{EndCause, Language, Number, UnixTime, nearest};

/// Who may write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The engine and the desk, and a dialplan by its `set` verb.
    Plan,
    /// The engine and the desk only.
    Engine,
}

/// A field's value, in the few shapes that stores and pages need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A name or free text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A small number.
    Number(u64),
    /// A moment.
    Moment(UnixTime),
    /// A right to support.
    Entitlement(Entitlement),
}

/// A row of the table.
pub struct Field {
    /// The name, in JSON, in dialplans and on the command line.
    pub name: &'static str,
    /// What values it takes, in words: `ja or en`.
    pub takes: fn() -> String,
    /// Who may write it.
    pub writer: Writer,
    /// Its value in a case; none: unknown.
    pub read: fn(&Case) -> Option<Value>,
    /// Writes a value given as text; none: unknown. False where the text is no such value.
    write: fn(&mut Case, Option<&str>) -> bool,
}

macro_rules! case_fields {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $writer:ident;)*) => {
        /// A case. The rows of the table are its optional fields.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Case {
            number: CaseNumber,
            opened_at: UnixTime,
            channel: Channel,
            stage: Stage,
            timeline: Vec<Entry>,
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        impl Case {
            fn blank(number: CaseNumber, opened_at: UnixTime, channel: Channel) -> Case {
                Case { number, opened_at, channel, stage: Stage::New, timeline: Vec::new(), $($name: None,)* }
            }
        }

        impl Field {
            /// Every field, in the order pages show them.
            pub const ALL: &'static [Field] = &[$(Field {
                name: stringify!($name),
                takes: <$type as FieldValue>::takes,
                writer: Writer::$writer,
                read: |case| case.$name.as_ref().map(FieldValue::show),
                write: |case, text| match text.map(<$type as FieldValue>::parse) {
                    Some(None) => false,
                    value => { case.$name = value.flatten(); true }
                },
            },)*];
        }
    };
}

case_fields! {
    /// The caller's number; unknown where withheld or unavailable.
    caller: Number, Engine;
    /// Whether the caller's number may be shown.
    caller_presentation: Presentation, Engine;
    /// The number that was called.
    dialed: Number, Engine;
    /// The call the case began with.
    call_id: String, Engine;
    /// The language the caller chose.
    language: Language, Plan;
    /// Whether the caller needs an interpreter.
    interpreter: bool, Plan;
    /// The desk the caller is meant for, or was handed to.
    desk: String, Plan;
    /// The queue the caller is or was in.
    queue: String, Engine;
    /// The tier of the desk, 1 or 2.
    tier: Tier, Plan;
    /// Whether the caller said to have a PIN.
    has_pin: bool, Plan;
    /// The support that was bought.
    option: SupportOption, Plan;
    /// What the question is about.
    product: Product, Plan;
    /// How bad it is.
    severity: Severity, Plan;
    /// The right to support.
    entitlement: Entitlement, Engine;
    /// When the first response is due.
    first_response_due: UnixTime, Engine;
    /// When the next update is due.
    next_update_due: UnixTime, Engine;
    /// Where the service level clock stands.
    clock: Clock, Engine;
    /// The agent who has the case.
    agent: String, Engine;
}

/// What is known of a case when it is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Its number, already reserved.
    pub number: CaseNumber,
    /// When.
    pub at: UnixTime,
    /// How the request came in.
    pub channel: Channel,
    /// The caller's number.
    pub caller: Option<Number>,
    /// Whether that number may be shown; it is kept only where it may.
    pub presentation: Presentation,
    /// The number that was called.
    pub dialed: Option<Number>,
    /// The call.
    pub call_id: Option<String>,
}

impl Case {
    /// Opens a case.
    pub fn open(opening: Opening) -> Case {
        let mut case = Case::blank(opening.number, opening.at, opening.channel);
        case.caller = opening.caller.filter(|_| opening.presentation == Presentation::Allowed);
        case.caller_presentation = Some(opening.presentation);
        case.dialed = opening.dialed;
        case.call_id = opening.call_id;
        case.interpreter = Some(false);
        case.record(opening.at, By::Caller, Event::Opened);
        case
    }

    /// A case as it was kept: what [`Case::open`] and the changes after it had made of it.
    /// Fields follow through [`Case::restore`].
    pub fn kept(
        number: CaseNumber,
        opened_at: UnixTime,
        channel: Channel,
        stage: Stage,
        timeline: Vec<Entry>,
    ) -> Case {
        Case { stage, timeline, ..Case::blank(number, opened_at, channel) }
    }

    /// Puts a kept field value back, without a trace in the timeline.
    ///
    /// # Errors
    /// An unknown field, or a text that is no value of it.
    pub fn restore(&mut self, field: &str, value: &str) -> Result<(), FieldError> {
        let row = Field::named(field)?;
        (row.write)(self, Some(value)).then_some(()).ok_or_else(|| row.bad_value(value))
    }

    /// The number.
    pub fn number(&self) -> CaseNumber {
        self.number
    }

    /// When it was opened.
    pub fn opened_at(&self) -> UnixTime {
        self.opened_at
    }

    /// How it came in.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// What happened so far, oldest first.
    pub fn timeline(&self) -> &[Entry] {
        &self.timeline
    }

    /// Why the call ended, where it has.
    pub fn end_cause(&self) -> Option<EndCause> {
        self.timeline.iter().rev().find_map(|entry| match entry.event {
            Event::Ended { cause } => Some(cause),
            _ => None,
        })
    }

    /// What a dialplan's `set` does: writes a field that plans may write.
    ///
    /// # Errors
    /// An unknown field, one that plans may not write, or a text that is no value of it.
    pub fn set(&mut self, at: UnixTime, field: &str, value: &str) -> Result<(), FieldError> {
        Field::check(field, value)?;
        self.change(at, By::Plan, field, Some(value))
    }

    /// Writes any field, or makes it unknown. The timeline says so where the value is another one.
    ///
    /// # Errors
    /// An unknown field, or a text that is no value of it.
    pub fn change(
        &mut self,
        at: UnixTime,
        by: By,
        field: &str,
        value: Option<&str>,
    ) -> Result<(), FieldError> {
        let row = Field::named(field)?;
        let before = (row.read)(self);
        if !(row.write)(self, value) {
            return Err(row.bad_value(value.unwrap_or_default()));
        }
        let after = (row.read)(self);
        if after != before {
            let value = after.as_ref().map(Value::to_text);
            self.timeline.push(Entry {
                at,
                by,
                event: Event::FieldChanged { field: row.name.into(), value },
            });
        }
        Ok(())
    }

    /// Writes down that something happened; the stage follows.
    pub fn record(&mut self, at: UnixTime, by: By, event: Event) {
        self.stage = self.stage_after(&event);
        match &event {
            Event::QueueEntered { queue, .. } => self.queue = Some(queue.clone()),
            Event::HandedOn { desk, .. } => self.desk = Some(desk.clone()),
            _ => {}
        }
        self.timeline.push(Entry { at, by, event });
    }

    fn stage_after(&self, event: &Event) -> Stage {
        match (event, self.stage) {
            (Event::Closed, _) => Stage::Closed,
            (Event::Answered { .. }, _) => Stage::WithDesk,
            (Event::HandedOn { .. }, _) => Stage::HandedOn,
            (Event::QueueEntered { .. }, _) => Stage::Waiting,
            (Event::QueueLeft { .. }, Stage::Waiting) => Stage::New,
            (Event::Ended { .. }, Stage::New | Stage::Waiting) => Stage::Closed,
            (_, stage) => stage,
        }
    }
}

/// Why a field was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// No field has this name.
    #[error("a case has no field \"{name}\"{}", meant(.did_you_mean))]
    Unknown {
        /// What was written.
        name: String,
        /// What was probably meant.
        did_you_mean: Option<&'static str>,
    },
    /// The engine writes this field itself.
    #[error("a plan cannot set \"{name}\": the engine does")]
    ReadOnly {
        /// The field.
        name: &'static str,
    },
    /// The text is no value of the field.
    #[error("\"{value}\" is no {name}: it takes {takes}{}", meant(.did_you_mean))]
    BadValue {
        /// The field.
        name: &'static str,
        /// What was written.
        value: String,
        /// What can be written.
        takes: String,
        /// What was probably meant.
        did_you_mean: Option<String>,
    },
}

fn meant(name: &Option<impl AsRef<str>>) -> String {
    name.as_ref().map(|name| format!("; did you mean \"{}\"?", name.as_ref())).unwrap_or_default()
}

impl Field {
    /// The field of a name.
    ///
    /// # Errors
    /// There is none: with the name that was probably meant.
    pub fn named(name: &str) -> Result<&'static Field, FieldError> {
        let found = Field::ALL.iter().find(|field| field.name == name);
        found.ok_or_else(|| {
            let did_you_mean = nearest(name, Field::ALL.iter().map(|field| field.name));
            FieldError::Unknown { name: name.to_string(), did_you_mean }
        })
    }

    /// Whether [`Case::set`] would take this field and value; for checking a plan before a call.
    ///
    /// # Errors
    /// As of [`Case::set`].
    pub fn check(name: &str, value: &str) -> Result<(), FieldError> {
        let field = Field::named(name)?;
        if field.writer != Writer::Plan {
            return Err(FieldError::ReadOnly { name: field.name });
        }
        if value.is_empty() || value.len() > LONGEST_TEXT || value.chars().any(char::is_control) {
            return Err(field.bad_value(value));
        }
        let number = CaseNumber::from_sequence(0).expect("zero is a sequence");
        let mut scratch = Case::blank(number, UnixTime::default(), Channel::Phone);
        (field.write)(&mut scratch, Some(value)).then_some(()).ok_or_else(|| field.bad_value(value))
    }

    fn bad_value(&'static self, value: &str) -> FieldError {
        let takes = (self.takes)();
        let did_you_mean = nearest(value, takes.split([',', ' ']).filter(|w| !w.is_empty() && *w != "or"));
        let did_you_mean = did_you_mean.map(str::to_string);
        FieldError::BadValue { name: self.name, value: value.to_string(), takes, did_you_mean }
    }
}

impl Value {
    /// The value as text that [`Case::change`] and [`Case::restore`] read; a moment in milliseconds
    /// since 1970.
    pub fn to_text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Moment(at) => at.as_millis().to_string(),
            Value::Entitlement(entitlement) => entitlement.to_string(),
        }
    }
}

/// What a field's type must be able to do.
trait FieldValue: Sized {
    fn takes() -> String;
    fn parse(text: &str) -> Option<Self>;
    fn show(&self) -> Value;
}

macro_rules! named_values {
    ($($type:ident)*) => {$(
        impl FieldValue for $type {
            fn takes() -> String { listed($type::NAMES) }
            fn parse(text: &str) -> Option<Self> { $type::from_name(text) }
            fn show(&self) -> Value { Value::Text(self.name().to_string()) }
        }
    )*};
}
named_values! { Presentation SupportOption Product Severity Clock }

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

impl FieldValue for Language {
    fn takes() -> String {
        listed(&Language::ALL.map(Language::tag))
    }
    fn parse(text: &str) -> Option<Self> {
        Language::from_tag(text)
    }
    fn show(&self) -> Value {
        Value::Text(self.tag().to_string())
    }
}

impl FieldValue for bool {
    fn takes() -> String {
        listed(&["true", "false"])
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn show(&self) -> Value {
        Value::Flag(*self)
    }
}

impl FieldValue for Tier {
    fn takes() -> String {
        listed(Tier::NAMES)
    }
    fn parse(text: &str) -> Option<Self> {
        Tier::from_name(text)
    }
    fn show(&self) -> Value {
        Value::Number(self.number())
    }
}

/// Any text, since what was kept must come back; what a plan writes is checked by [`Field::check`].
impl FieldValue for String {
    fn takes() -> String {
        "a name".into()
    }
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_string())
    }
    fn show(&self) -> Value {
        Value::Text(self.clone())
    }
}

/// The longest value a plan may write, in bytes.
const LONGEST_TEXT: usize = 512;

impl FieldValue for Number {
    fn takes() -> String {
        "a telephone number".into()
    }
    fn parse(text: &str) -> Option<Self> {
        Number::parse(text)
    }
    fn show(&self) -> Value {
        Value::Text(self.as_str().to_string())
    }
}

impl FieldValue for UnixTime {
    fn takes() -> String {
        "milliseconds since 1970".into()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(UnixTime::from_millis)
    }
    fn show(&self) -> Value {
        Value::Moment(*self)
    }
}

impl FieldValue for Entitlement {
    fn takes() -> String {
        "a kind and a value, as site-url:acme.webex.com".into()
    }
    fn parse(text: &str) -> Option<Self> {
        Entitlement::parse(text)
    }
    fn show(&self) -> Value {
        Value::Entitlement(self.clone())
    }
}

#[cfg(test)]
mod tests;
