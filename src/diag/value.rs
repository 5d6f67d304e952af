//! TOML values read into Rust types, with a diagnostic where they do not fit.

use super::collector::Diagnostics;
use super::diagnostic::Diagnostic;
use super::source::{Source, Span};
use super::table::Table;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// A TOML value not yet read, with its place and the path of keys that leads to it.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    source: &'a Source,
    inner: &'a Spanned<DeValue<'a>>,
    path: String,
}

impl<'a> Value<'a> {
    pub(super) fn new(source: &'a Source, inner: &'a Spanned<DeValue<'a>>, path: String) -> Self {
        Value { source, inner, path }
    }

    /// The text this value stands in.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.inner.span()
    }

    /// The keys that lead to it: `step.language.keys`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The raw value.
    pub fn raw(&self) -> &'a DeValue<'a> {
        self.inner.get_ref()
    }

    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        self.raw().is_str()
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.raw().is_table()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.raw().is_array()
    }

    /// A string, a whole number or true and false as text; `None` for anything else.
    pub fn scalar(&self) -> Option<String> {
        match self.raw() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Boolean(yes) => Some(yes.to_string()),
            DeValue::Integer(number) => integer(number).map(|n| n.to_string()),
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
        }
    }

    /// A field of a table, without counting it as asked for; `None` where there is none.
    pub fn field(&self, key: &str) -> Option<Value<'a>> {
        let value = self.raw().as_table()?.get(key)?;
        Some(Value::new(self.source, value, format!("{}.{key}", self.path)))
    }

    /// Every field of a table, without counting any as asked for; none where it is no table.
    pub fn fields(&self) -> Vec<(String, Value<'a>)> {
        let fields = self.raw().as_table().into_iter().flat_map(|table| table.keys());
        fields.filter_map(|key| Some((key.get_ref().to_string(), self.field(key.get_ref())?))).collect()
    }

    /// Reads it as a type; reports what does not fit.
    pub fn read<T: FromToml<'a>>(&self, found: &mut Diagnostics) -> Option<At<T>> {
        let value = T::from_toml(self, found)?;
        Some(At { value, span: self.span() })
    }

    /// An error at this value.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.source, self.span(), message)
    }

    /// Reports that this value is of the wrong type.
    pub fn wrong_type<T>(&self, wanted: &str, found: &mut Diagnostics) -> Option<T> {
        self.wrong_type_for(wanted, None, found)
    }

    /// The same, with what to type where it can be told.
    pub fn wrong_type_for<T>(
        &self,
        wanted: &str,
        help: Option<String>,
        found: &mut Diagnostics,
    ) -> Option<T> {
        let is = article(self.raw().type_str());
        let error = self.error("wrong-type", format!("`{}` should be {wanted}, not {is}", self.path));
        found.push(error.label(format!("this is {is}")).maybe_help(help));
        None
    }
}

fn article(type_name: &str) -> String {
    let vowel = type_name.starts_with(['a', 'i']);
    format!("{} {type_name}", if vowel { "an" } else { "a" })
}

/// A type that a TOML value can be read into.
pub trait FromToml<'a>: Sized {
    /// Reads the value; where it does not fit, reports why and gives `None`.
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self>;
}

impl<'a> FromToml<'a> for Value<'a> {
    fn from_toml(value: &Value<'a>, _: &mut Diagnostics) -> Option<Self> {
        Some(value.clone())
    }
}

impl<'a> FromToml<'a> for Table<'a> {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        match value.raw() {
            DeValue::Table(table) => Some(Table::new(value.source, table, value.span(), &value.path)),
            _ => value.wrong_type("a table", found),
        }
    }
}

impl<'a> FromToml<'a> for String {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        match value.raw() {
            DeValue::String(text) => Some(text.to_string()),
            _ => value.wrong_type("a string", found),
        }
    }
}

impl<'a> FromToml<'a> for bool {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        match value.raw().as_bool() {
            Some(yes) => Some(yes),
            None => {
                let word = value.raw().as_str().unwrap_or_default().to_ascii_lowercase();
                let meant = match word.as_str() {
                    "true" | "yes" | "on" => Some("write true, without quotes".to_owned()),
                    "false" | "no" | "off" => Some("write false, without quotes".to_owned()),
                    _ => None,
                };
                value.wrong_type_for("true or false", meant, found)
            }
        }
    }
}

impl<'a> FromToml<'a> for f64 {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        let parsed = match value.raw() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) => integer(number).map(|n| n as f64),
            _ => None,
        };
        match parsed.filter(|n: &f64| n.is_finite()) {
            Some(number) => Some(number),
            None => value.wrong_type("a number", found),
        }
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl<'a> FromToml<'a> for $type {
            fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
                let DeValue::Integer(number) = value.raw() else {
                    let number = value.raw().as_str().and_then(|text| text.trim().parse::<i64>().ok());
                    let bare = number.map(|number| format!("write {number}, without quotes"));
                    return value.wrong_type_for("a whole number", bare, found);
                };
                let fits = integer(number).and_then(|n| <$type>::try_from(n).ok());
                if fits.is_none() {
                    let (low, high) = (<$type>::MIN, <$type>::MAX);
                    let message = format!("`{}` should lie between {low} and {high}", value.path());
                    found.push(value.error("out-of-range", message));
                }
                fits
            }
        }
    )*};
}

integers! { i64 u64 u32 u16 u8 usize }

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// `"500ms"`, `"5s"`, `"2m"`, `"1h"`, `"1m30s"`.
impl<'a> FromToml<'a> for Duration {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        let DeValue::String(text) = value.raw() else {
            let help = match value.raw() {
                DeValue::Integer(number) => integer(number).map(|n| format!("write \"{n}s\" for seconds")),
                _ => None,
            };
            return value.wrong_type_for("a duration like \"5s\", \"500ms\" or \"2m\"", help, found);
        };
        let parsed = parse_duration(text);
        if parsed.is_none() {
            let message = format!("`{text}` is no duration");
            found
                .push(value.error("bad-duration", message).help("write \"500ms\", \"5s\", \"2m\" or \"1h\""));
        }
        parsed
    }
}

impl<'a, T: FromToml<'a>> FromToml<'a> for Vec<At<T>> {
    fn from_toml(value: &Value<'a>, found: &mut Diagnostics) -> Option<Self> {
        let DeValue::Array(array) = value.raw() else {
            let text = value.raw().as_str().map(|text| format!("write [\"{text}\"]"));
            return value.wrong_type_for("a list", text, found);
        };
        let mut good = Vec::with_capacity(array.len());
        let mut all_good = true;
        for (index, item) in array.iter().enumerate() {
            let item = Value::new(value.source, item, format!("{}[{index}]", value.path));
            match item.read(found) {
                Some(read) => good.push(read),
                None => all_good = false,
            }
        }
        all_good.then_some(good)
    }
}

/// A duration as people write it: numbers with units `ms`, `s`, `m`, `h`, one after another. `None`
/// for anything else, and past 10,000 hours.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        total = total
            .checked_add(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis(unit)?)?))?;
        rest = tail.trim_start();
    }
    (total <= Duration::from_secs(36_000_000)).then_some(total)
}

/// A duration as people write it: a number with the largest unit that leaves no rest.
pub fn write_duration(length: Duration) -> String {
    let ms = length.as_millis();
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let unit = units.into_iter().find(|(_, of)| ms > 0 && ms.is_multiple_of(*of));
    let (unit, of) = unit.unwrap_or(("ms", 1));
    format!("{}{unit}", ms / of)
}

fn millis(unit: &str) -> Option<u64> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, ms) in
            [("500ms", 500), ("5s", 5_000), ("2m", 120_000), ("1m30s", 90_000), ("1h 5s", 3_605_000)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["500ms", "1s", "90s", "2m", "20m", "2h", "0ms"] {
            assert_eq!(parse_duration(text).map(write_duration).as_deref(), Some(text));
        }
        for text in ["", "5", "s", "5 s", "-5s", "5x", "1.5s", "99999999999999999999s", "20000000h", "五s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
