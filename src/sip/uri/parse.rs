//! URIs from text: nothing is decoded, everything is checked (RFC 3261 25.1, RFC 3966 3).

use super::super::error::WireError;
use super::super::host::{Host, parse_port};
use super::super::params::Params;
use super::super::percent;
use super::{SipUri, TelUri, USER, Uri};

const PASSWORD: &[u8] = b"&=+$,";
const PARAM: &[u8] = b"[]/:&+$";
const HEADER: &[u8] = b"[]/?:+$";
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
}

impl SipUri {
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
}

impl TelUri {
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
