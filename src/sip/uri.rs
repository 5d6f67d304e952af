//! URIs: sip, sips and tel understood, every other scheme carried whole (RFC 3261 19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;

use super::error::WireError;
use super::host::{Host, parse_port};
use super::params::Params;
use super::percent;

const USER: &[u8] = b"&=+$,;?/";
const PASSWORD: &[u8] = b"&=+$,";
const PARAM: &[u8] = b"[]/:&+$";
const HEADER: &[u8] = b"[]/?:+$";
/// Parameters that, standing in one URI only, make two URIs differ (RFC 3261 19.1.4).
const TELLING: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// A URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uri {
    /// `sip:` and `sips:`.
    Sip(SipUri),
    /// `tel:`.
    Tel(TelUri),
    /// Any other scheme; nothing behind the colon is interpreted.
    Other {
        /// The scheme as spelled.
        scheme: String,
        /// Everything behind the colon.
        opaque: String,
    },
}

/// A `sip:` or `sips:` URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipUri {
    /// Whether the scheme is `sips`.
    pub secure: bool,
    user: Option<String>,
    password: Option<String>,
    /// Where it points.
    pub host: Host,
    /// The port, if one is written; the default is not filled in.
    pub port: Option<u16>,
    /// URI parameters; names and values still escaped.
    pub params: Params,
    headers: Vec<(String, String)>,
}

/// A `tel:` URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelUri {
    number: String,
    /// Parameters such as `phone-context`.
    pub params: Params,
}

impl Uri {
    /// Reads a URI that fills all of `text`.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let (scheme, rest) =
            text.split_once(':').ok_or(WireError::at(0, "a URI needs a scheme and a colon"))?;
        if !is_scheme(scheme) {
            return Err(WireError::at(0, "not a URI scheme"));
        }
        let parsed = match () {
            () if scheme.eq_ignore_ascii_case("sip") => SipUri::parse_rest(rest, false).map(Self::Sip),
            () if scheme.eq_ignore_ascii_case("sips") => SipUri::parse_rest(rest, true).map(Self::Sip),
            () if scheme.eq_ignore_ascii_case("tel") => TelUri::parse_rest(rest).map(Self::Tel),
            () => opaque(scheme, rest),
        };
        parsed.map_err(|error| error.shifted(scheme.len() + 1))
    }

    /// A `sip:` URI; `user` is plain text, escaped where it must be.
    pub fn sip(user: Option<&str>, host: Host, port: Option<u16>) -> Self {
        Self::Sip(SipUri::new(user, host, port))
    }

    /// The scheme as it is written.
    pub fn scheme(&self) -> &str {
        match self {
            Self::Sip(uri) => uri.scheme(),
            Self::Tel(_) => "tel",
            Self::Other { scheme, .. } => scheme,
        }
    }

    /// The `sip:` or `sips:` URI, if it is one.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Self::Sip(uri) => Some(uri),
            Self::Tel(_) | Self::Other { .. } => None,
        }
    }

    /// Like [`as_sip`](Self::as_sip), to be changed.
    pub fn as_sip_mut(&mut self) -> Option<&mut SipUri> {
        match self {
            Self::Sip(uri) => Some(uri),
            Self::Tel(_) | Self::Other { .. } => None,
        }
    }

    /// The user part without escapes, or the telephone number of a `tel:` URI.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Sip(uri) => uri.user(),
            Self::Tel(uri) => Some(Cow::Borrowed(uri.number())),
            Self::Other { .. } => None,
        }
    }

    /// The host of a SIP URI.
    pub fn host(&self) -> Option<&Host> {
        self.as_sip().map(|uri| &uri.host)
    }

    /// The port written in a SIP URI.
    pub fn port(&self) -> Option<u16> {
        self.as_sip().and_then(|uri| uri.port)
    }

    /// The parameters of a SIP or tel URI.
    pub fn params(&self) -> Option<&Params> {
        match self {
            Self::Sip(uri) => Some(&uri.params),
            Self::Tel(uri) => Some(&uri.params),
            Self::Other { .. } => None,
        }
    }

    /// A parameter's value without escapes; `""` for a bare name such as `lr`.
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params()?
            .iter()
            .find(|param| same_text(&param.name, name))
            .map(|param| param.value.as_deref().map_or(Cow::Borrowed(""), plain))
    }

    /// Equality by the rules of RFC 3261 19.1.4 and RFC 3966 4.
    pub fn equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sip(a), Self::Sip(b)) => a.equivalent(b),
            (Self::Tel(a), Self::Tel(b)) => a.equivalent(b),
            (Self::Other { scheme: a, opaque: x }, Self::Other { scheme: b, opaque: y }) => {
                a.eq_ignore_ascii_case(b) && x == y
            }
            _ => false,
        }
    }
}

impl SipUri {
    /// A plain URI; `user` is plain text, escaped where it must be.
    pub fn new(user: Option<&str>, host: Host, port: Option<u16>) -> Self {
        let user = user.map(|user| percent::encode(user, USER));
        Self {
            secure: false,
            user,
            password: None,
            host,
            port,
            params: Params::default(),
            headers: Vec::new(),
        }
    }

    /// `sip` or `sips`.
    pub fn scheme(&self) -> &'static str {
        if self.secure { "sips" } else { "sip" }
    }

    /// The user part without escapes; bytes that are not UTF-8 show as replacement characters.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.user.as_deref().map(plain)
    }

    /// The user part as it is written.
    pub fn user_raw(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password without escapes.
    pub fn password(&self) -> Option<Cow<'_, str>> {
        self.password.as_deref().map(plain)
    }

    /// Replaces the user part by plain text and drops the password.
    pub fn set_user(&mut self, user: Option<&str>) {
        self.user = user.map(|user| percent::encode(user, USER));
        self.password = None;
    }

    /// The `?name=value` headers, still escaped.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Takes the `?name=value` headers away, as a Request-URI must have none.
    pub fn clear_headers(&mut self) {
        self.headers.clear();
    }

    fn parse_rest(text: &str, secure: bool) -> Result<Self, WireError> {
        let (userinfo, rest) = match text.split_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, text),
        };
        let at = text.len() - rest.len();
        let (user, password) = userinfo.map(parse_userinfo).transpose()?.unzip();
        let host_end = host_len(rest);
        let (host_port, tail) = rest.split_at_checked(host_end).unwrap_or((rest, ""));
        let (host, port) = parse_host_port(host_port).map_err(|error| error.shifted(at))?;
        let (params, headers) = match tail.split_once('?') {
            Some((params, headers)) => (params, Some(headers)),
            None => (tail, None),
        };
        let at = at + host_end;
        Ok(Self {
            secure,
            user,
            password: password.flatten(),
            host,
            port,
            params: parse_params(params, PARAM).map_err(|error| error.shifted(at))?,
            headers: headers.map_or(Ok(Vec::new()), |text| {
                parse_headers(text).map_err(|error| error.shifted(at + params.len() + 1))
            })?,
        })
    }

    fn equivalent(&self, other: &Self) -> bool {
        let text = |text: &Option<String>| text.as_deref().map(percent::normal);
        self.secure == other.secure
            && text(&self.user) == text(&other.user)
            && text(&self.password) == text(&other.password)
            && self.host.same(&other.host)
            && self.port == other.port
            && same_params(&self.params, &other.params)
            && same_headers(&self.headers, &other.headers)
    }
}

impl TelUri {
    /// The number as written, visual separators and all.
    pub fn number(&self) -> &str {
        &self.number
    }

    fn parse_rest(text: &str) -> Result<Self, WireError> {
        let end = text.find(';').unwrap_or(text.len());
        let (number, params) = text.split_at_checked(end).unwrap_or((text, ""));
        let digits = |byte: u8| byte.is_ascii_hexdigit() || b"*#-.()".contains(&byte);
        let plain = number.strip_prefix('+').unwrap_or(number);
        if plain.is_empty() || !plain.bytes().all(digits) {
            return Err(WireError::at(0, "not a telephone number"));
        }
        let params = parse_params(params, PARAM).map_err(|error| error.shifted(end))?;
        Ok(Self { number: number.to_owned(), params })
    }

    fn equivalent(&self, other: &Self) -> bool {
        let digits = |text: &str| text.replace(['-', '.', '(', ')'], "").to_ascii_lowercase();
        digits(&self.number) == digits(&other.number)
            && self.params.len() == other.params.len()
            && self.params.iter().all(|param| {
                other
                    .params
                    .get(&param.name)
                    .is_some_and(|value| same_text(value, param.value.as_deref().unwrap_or("")))
            })
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn opaque(scheme: &str, rest: &str) -> Result<Uri, WireError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
    match rest.bytes().position(|byte| !allowed(byte)) {
        _ if rest.is_empty() => Err(WireError::at(0, "nothing behind the scheme")),
        Some(at) => Err(WireError::at(at, "a character that no URI contains")),
        None => Ok(Uri::Other { scheme: scheme.to_owned(), opaque: rest.to_owned() }),
    }
}

/// `user[:password]`, both kept as written; only a raw `#`, which keypads send and the grammar
/// forbids, is escaped.
fn parse_userinfo(text: &str) -> Result<(String, Option<String>), WireError> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let user = if user.contains('#') { user.replace('#', "%23") } else { user.to_owned() };
    if user.is_empty() || !percent::is_escaped_text(&user, USER) {
        return Err(WireError::at(0, "not a user part"));
    }
    if password.is_some_and(|password| !percent::is_escaped_text(password, PASSWORD)) {
        return Err(WireError::at(user.len() + 1, "not a password"));
    }
    Ok((user, password.map(str::to_owned)))
}

/// Where the host and port end: at the first `;` or `?`.
fn host_len(text: &str) -> usize {
    text.bytes().position(|byte| byte == b';' || byte == b'?').unwrap_or(text.len())
}

fn parse_host_port(text: &str) -> Result<(Host, Option<u16>), WireError> {
    let host_end = match text.rfind(']') {
        Some(bracket) => bracket + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(host_end).unwrap_or((text, ""));
    let host = Host::parse(host)?;
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, None)),
        None => Err(WireError::at(host_end, "only a port may follow the host")),
        Some(port) => match parse_port(port) {
            Some(port) => Ok((host, Some(port))),
            None => Err(WireError::at(host_end + 1, "not a port number")),
        },
    }
}

fn parse_params(text: &str, allowed: &[u8]) -> Result<Params, WireError> {
    let mut params = Params::default();
    let mut at = 1;
    for part in text.split(';').skip(1) {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        };
        let good = |text: &str| !text.is_empty() && percent::is_escaped_text(text, allowed);
        if !good(name) || !value.is_none_or(good) {
            return Err(WireError::at(at, "not a URI parameter"));
        }
        params.push_raw(name.to_owned(), value.map(str::to_owned));
        at += part.len() + 1;
    }
    Ok(params)
}

fn parse_headers(text: &str) -> Result<Vec<(String, String)>, WireError> {
    text.split('&')
        .map(|part| {
            let (name, value) = part.split_once('=').ok_or(WireError::at(0, "a URI header needs a '='"))?;
            if name.is_empty()
                || !percent::is_escaped_text(name, HEADER)
                || !percent::is_escaped_text(value, HEADER)
            {
                return Err(WireError::at(0, "not a URI header"));
            }
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&percent::decode(text)).into_owned())
}

fn same_text(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || percent::normal(a).eq_ignore_ascii_case(&percent::normal(b))
}

fn same_params(a: &Params, b: &Params) -> bool {
    let find = |params: &Params, name: &str| {
        params
            .iter()
            .find(|param| same_text(&param.name, name))
            .map(|param| param.value.clone().unwrap_or_default())
    };
    let common = a.iter().all(|param| {
        find(b, &param.name).is_none_or(|value| same_text(&value, param.value.as_deref().unwrap_or("")))
    });
    common && TELLING.iter().all(|name| find(a, name).is_some() == find(b, name).is_some())
}

fn same_headers(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let normal = |headers: &[(String, String)]| {
        let mut pairs: Vec<_> = headers
            .iter()
            .map(|(name, value)| (percent::normal(name).to_ascii_lowercase(), percent::normal(value)))
            .collect();
        pairs.sort();
        pairs
    };
    a.len() == b.len() && normal(a) == normal(b)
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => uri.fmt(f),
            Self::Tel(uri) => write!(f, "tel:{}{}", uri.number, uri.params),
            Self::Other { scheme, opaque } => write!(f, "{scheme}:{opaque}"),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme())?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            self.password.iter().try_for_each(|password| write!(f, ":{password}"))?;
            f.write_str("@")?;
        }
        self.host.fmt(f)?;
        self.port.iter().try_for_each(|port| write!(f, ":{port}"))?;
        self.params.fmt(f)?;
        let mut mark = '?';
        for (name, value) in &self.headers {
            write!(f, "{mark}{name}={value}")?;
            mark = '&';
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
