//! URIs: sip, sips and tel understood, every other scheme carried whole (RFC 3261 19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;

use super::host::Host;
use super::params::Params;
use super::percent;
use equal::same_text;

mod equal;
mod parse;

const USER: &[u8] = b"&=+$,;?/";
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
}

impl TelUri {
    /// The number as written, visual separators and all.
    pub fn number(&self) -> &str {
        &self.number
    }
}

fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&percent::decode(text)).into_owned())
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
