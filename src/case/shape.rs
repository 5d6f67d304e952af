//! How each type of field reads as text and shows as one of a few shapes.

use super::CaseNumber;
use super::values::{
    Clock, Dialed, Entitlement, Network, Place, Product, Rating, Repeats, Severity, Spread, SupportOption,
    Tier,
};
use crate::base::{Language, Number, Presentation, UnixTime};

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
pub(super) trait FieldValue: Sized {
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
named_values! { Presentation SupportOption Product Severity Clock Repeats Spread Network Place }

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

impl FieldValue for Rating {
    fn takes() -> String {
        listed(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    }
    fn parse(text: &str) -> Option<Self> {
        Rating::parse(text)
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

impl FieldValue for Dialed {
    fn takes() -> String {
        Number::takes()
    }
    fn parse(text: &str) -> Option<Self> {
        Number::parse(text).map(Dialed)
    }
    fn show(&self) -> Value {
        Value::Text(self.0.national())
    }
}

impl FieldValue for CaseNumber {
    fn takes() -> String {
        "a case number".into()
    }
    fn parse(text: &str) -> Option<Self> {
        CaseNumber::parse(text).ok()
    }
    fn show(&self) -> Value {
        Value::Text(self.to_string())
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
