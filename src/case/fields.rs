//! The table of fields: one row says a field's name, its type, who may write it and what it means.

use super::CaseNumber;
use super::shape::{FieldValue, Value};
use super::timeline::Entry;
use super::values::{
    Channel, Clock, Dialed, Entitlement, Network, Place, Product, Rating, Repeats, Severity, Spread, Stage,
    SupportOption, Tier,
};
use crate::base::{Language, Number, Presentation, UnixTime};
use crate::diag;

/// Who may write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The desk, the engine, and a dialplan by its `set` verb.
    Plan,
    /// The desk and the engine.
    Desk,
    /// The engine alone.
    Engine,
}

impl Writer {
    const fn in_words(self) -> &'static str {
        match self {
            Writer::Plan | Writer::Engine => "the engine does",
            Writer::Desk => "the desk does",
        }
    }
}

/// The longest value a plan may write, in bytes.
const LONGEST_TEXT: usize = 512;

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
    pub(super) write: fn(&mut Case, Option<&str>) -> bool,
}

macro_rules! case_fields {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $writer:ident;)*) => {
        /// A case. The rows of the table are its optional fields.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Case {
            pub(super) number: CaseNumber,
            pub(super) opened_at: UnixTime,
            pub(super) channel: Channel,
            pub(super) stage: Stage,
            pub(super) timeline: Vec<Entry>,
            pub(super) look_at: Option<UnixTime>,
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        impl Case {
            pub(super) fn blank(number: CaseNumber, opened_at: UnixTime, channel: Channel) -> Case {
                Case {
                    number, opened_at, channel, stage: Stage::New, timeline: Vec::new(), look_at: None,
                    $($name: None,)*
                }
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
    dialed: Dialed, Engine;
    /// The call the case began with.
    call_id: String, Engine;
    /// The dialplan that ran and its version, as `webex-support@1a2b3c4d5e6f`.
    dialplan: String, Engine;
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
    /// How satisfied the caller said to be.
    satisfaction: Rating, Plan;
    /// The number to call back; unknown where no call back is owed.
    callback: Number, Engine;
    /// The right to support.
    entitlement: Entitlement, Desk;
    /// When the first response is due.
    first_response_due: UnixTime, Engine;
    /// When the next update is due.
    next_update_due: UnixTime, Engine;
    /// Where the service level clock stands.
    clock: Clock, Engine;
    /// The agent who has the case.
    agent: String, Desk;
    /// Who the customer is, by the name or account that the desk knows.
    customer: String, Desk;
    /// Whom to speak with.
    contact: String, Desk;
    /// Where the contact is called.
    contact_number: Number, Desk;
    /// Where the contact is written to.
    contact_email: String, Desk;
    /// Where somebody can be called day and night; S1 needs it.
    contact_24h: Number, Desk;
    /// The question in one line.
    summary: String, Desk;
    /// The question.
    description: String, Desk;
    /// What is affected: a meeting number, a SIP address, an account.
    affected: String, Desk;
    /// Whether it worked before.
    worked_before: bool, Desk;
    /// Since when it does not.
    since: String, Desk;
    /// Whether it can be made to happen again.
    repeats: Repeats, Desk;
    /// How it is made to happen.
    steps: String, Desk;
    /// The words of the error.
    error_message: String, Desk;
    /// Limits that are known to apply.
    known_limits: String, Desk;
    /// How many people see it.
    users: Spread, Desk;
    /// On how many machines.
    devices: Spread, Desk;
    /// Versions of the application and of the system.
    versions: String, Desk;
    /// The browser and its version.
    browser: String, Desk;
    /// How the machine is connected.
    network: Network, Desk;
    /// Where it is.
    network_place: Place, Desk;
    /// Whether the questions that are often asked were read.
    faq_read: bool, Desk;
    /// Whether logs were taken.
    logs_taken: bool, Desk;
    /// The case that this one is a part of.
    parent: CaseNumber, Desk;
    /// The case that asks the same.
    duplicate_of: CaseNumber, Desk;
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
    /// Others write this field.
    #[error("a plan cannot set \"{name}\": {}", .writer.in_words())]
    NotForPlans {
        /// The field.
        name: &'static str,
        /// Who writes it.
        writer: Writer,
    },
    /// The engine writes this field itself.
    #[error("\"{name}\" is written by the engine alone")]
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
            let did_you_mean = diag::did_you_mean(name, Field::ALL.iter().map(|field| field.name));
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
            return Err(FieldError::NotForPlans { name: field.name, writer: field.writer });
        }
        if value.is_empty() || value.len() > LONGEST_TEXT || value.chars().any(char::is_control) {
            return Err(field.bad_value(value));
        }
        let number = CaseNumber::from_sequence(0).expect("zero is a sequence");
        let mut scratch = Case::blank(number, UnixTime::default(), Channel::Phone);
        (field.write)(&mut scratch, Some(value)).then_some(()).ok_or_else(|| field.bad_value(value))
    }

    pub(super) fn bad_value(&'static self, value: &str) -> FieldError {
        let takes = (self.takes)();
        let did_you_mean =
            diag::did_you_mean(value, takes.split([',', ' ']).filter(|w| !w.is_empty() && *w != "or"));
        let did_you_mean = did_you_mean.map(str::to_string);
        FieldError::BadValue { name: self.name, value: value.to_string(), takes, did_you_mean }
    }
}
