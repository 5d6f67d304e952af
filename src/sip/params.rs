//! Ordered `;name=value` parameters, as headers and URIs carry them.

use std::fmt;

use super::error::WireError;
use super::scan::{Scanner, is_value, write_quoted};

/// One parameter. The value is what the quotes held, escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The name as spelled; compares without regard to case.
    pub name: String,
    /// The value; `None` for a bare name such as `lr`.
    pub value: Option<String>,
    quoted: bool,
}

/// Parameters in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Params(Vec<Param>);

impl Params {
    /// The value of the first parameter of that name; `""` where it has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|param| param.value.as_deref().unwrap_or(""))
    }

    /// Whether a parameter of that name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Sets `name=value` in place of an equal name, or at the end; quoted where it must be.
    pub fn set(&mut self, name: &str, value: &str) {
        let quoted = value.is_empty() || !value.bytes().all(is_value);
        self.put(Param { name: name.to_owned(), value: Some(value.to_owned()), quoted });
    }

    /// Sets a bare `name`.
    pub fn set_flag(&mut self, name: &str) {
        self.put(Param { name: name.to_owned(), value: None, quoted: false });
    }

    /// Takes every parameter of that name away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|param| !param.name.eq_ignore_ascii_case(name));
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = &Param> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    fn put(&mut self, param: Param) {
        match self.0.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&param.name)) {
            Some(known) => *known = param,
            None => self.0.push(param),
        }
    }

    pub(super) fn push_raw(&mut self, name: String, value: Option<String>) {
        self.0.push(Param { name, value, quoted: false });
    }

    /// Header parameters from the cursor on, up to what is no `;`.
    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Self, WireError> {
        let mut params = Self::default();
        while scanner.eat_spaced(b';') {
            params.0.push(scan_param(scanner)?);
        }
        Ok(params)
    }
}

fn scan_param(scanner: &mut Scanner<'_>) -> Result<Param, WireError> {
    let name = scanner.token("a parameter needs a name")?.to_owned();
    if !scanner.eat_spaced(b'=') {
        return Ok(Param { name, value: None, quoted: false });
    }
    if scanner.peek() == Some(b'"') {
        return Ok(Param { name, value: Some(scanner.quoted()?), quoted: true });
    }
    match scanner.take_while(is_value) {
        "" => Err(scanner.fail("a parameter has no value after its '='")),
        value => Ok(Param { name, value: Some(value.to_owned()), quoted: false }),
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().filter(|param| !param.name.is_empty()).try_for_each(|param| write!(f, ";{param}"))
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.value {
            None => Ok(()),
            Some(value) if self.quoted => {
                f.write_str("=")?;
                write_quoted(f, value)
            }
            Some(value) => write!(f, "={value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Params, Scanner};

    fn parse(text: &str) -> Params {
        let mut scanner = Scanner::new(text);
        let params = Params::scan(&mut scanner).unwrap();
        assert!(scanner.is_done(), "left over: {}", scanner.rest());
        params
    }

    #[test]
    fn quotes_white_space_and_colons_are_read() {
        let params = parse("; tag = a= ;note=a:b;+sip.instance=\"<urn:x;y>\" ;lr");
        assert_eq!(params.get("TAG"), Some("a="));
        assert_eq!(params.get("note"), Some("a:b"));
        assert_eq!(params.get("+sip.instance"), Some("<urn:x;y>"));
        assert_eq!((params.get("lr"), params.get("x")), (Some(""), None));
        assert_eq!(params.to_string(), ";tag=a=;note=a:b;+sip.instance=\"<urn:x;y>\";lr");
    }

    #[test]
    fn broken_parameters_are_refused() {
        for bad in [";", ";;a", ";a=", ";=b", ";a=\"x"] {
            assert!(Params::scan(&mut Scanner::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn setting_replaces_in_place_and_quotes_at_need() {
        let mut params = parse(";a=1;b=2");
        params.set("A", "two words");
        params.set_flag("rport");
        params.remove("b");
        assert_eq!(params.to_string(), ";A=\"two words\";rport");
    }
}
