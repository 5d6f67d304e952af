//! `[sip]`: the certificate shown over TLS, and whose certificates are believed; `[media]`: where audio is encrypted.

use super::reader::Reader;
use super::{Settings, written};
use crate::diag::{Diagnostic, Diagnostics, Source, Table};
use crate::engine::Encryption;
use crate::net::{Identity, TlsConfig};
use std::path::PathBuf;
use std::sync::Arc;

/// Where audio is encrypted, by name.
pub(super) const SRTP: [(&str, Encryption); 3] =
    [("never", Encryption::Never), ("tls", Encryption::OverTls), ("always", Encryption::Always)];

/// TLS as settings write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Our chain of certificates, our own first (PEM).
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// Who must have issued the certificates of those who connect; none: they need none.
    pub client_ca: Option<PathBuf>,
    /// Who may have issued the certificates of those we connect to; none: the system's roots.
    pub ca: Option<PathBuf>,
    /// Protocol names.
    pub alpn: Vec<String>,
}

impl Tls {
    /// Reads its keys of `[sip]` over what is there.
    pub(super) fn lay(&mut self, reader: &mut Reader<'_>, sip: &mut Table<'_>) {
        let path = |text: &str| Ok(Some(PathBuf::from(text)).filter(|_| !text.is_empty()));
        reader.set_parsed(sip, "certificate", &mut self.certificate, path);
        reader.set_parsed(sip, "key", &mut self.key, path);
        reader.set_parsed(sip, "client_ca", &mut self.client_ca, path);
        reader.set_parsed(sip, "ca", &mut self.ca, path);
        let alpn = sip.value("alpn").and_then(|v| reader.parse_list(&v, |r, v| r.text_of(v)));
        if let Some(alpn) = alpn {
            self.alpn = alpn.into_iter().map(|name| name.value).filter(|name| !name.is_empty()).collect();
        }
    }

    /// With its certificate read, where there is one.
    ///
    /// # Errors
    /// In one line: a file that cannot be used.
    pub fn config(&self) -> Result<TlsConfig, String> {
        let pair = self.certificate.as_ref().zip(self.key.as_ref());
        let identity = pair.map(|(certificate, key)| Identity::read(certificate, key)).transpose();
        Ok(TlsConfig {
            identity: identity.map_err(|error| error.to_string())?.map(Arc::new),
            client_ca: self.client_ca.clone(),
            ca: self.ca.clone(),
            alpn: self.alpn.clone(),
        })
    }
}

/// TLS is listened for with a certificate, and its files can be used.
pub(super) fn check(settings: &Settings, layers: &[Source], found: &mut Diagnostics) {
    let tls = &settings.tls;
    let mut wrong = |key: &str, code: &'static str, message: String| {
        let (source, span) = written(layers, &["sip", key]);
        found.push(Diagnostic::error(code, &source, span, message));
    };
    let missing = match (&tls.certificate, &tls.key) {
        (None, None) => {
            settings.listen.iter().find(|l| l.transport.is_secure()).map(|l| ("listen", l.to_string()))
        }
        (Some(_), None) => Some(("certificate", "a certificate".to_string())),
        (None, Some(_)) => Some(("key", "a key".to_string())),
        (Some(_), Some(_)) => None,
    };
    if let Some((key, what)) = missing {
        wrong(key, "no-certificate", format!("{what} wants both `certificate` and `key` in [sip]"));
    }
    if let Err(why) = tls.config() {
        wrong("certificate", "bad-certificate", why);
    }
}
