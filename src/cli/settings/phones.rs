//! `[phones]`: the desk phones that register here, and for how long they may.

use super::reader::{Reader, word};
use super::{Settings, Target, To, written};
use crate::base::Secret;
use crate::diag::{Diagnostic, Diagnostics, Source, Table, suggestion};
use crate::engine::{Encryption, MediaSecurity};
use crate::sip::Algorithm;
use std::collections::BTreeMap;
use std::time::Duration;

/// The digests by their names in settings.
const DIGESTS: [(&str, Algorithm); 2] = [("md5", Algorithm::Md5), ("sha-256", Algorithm::Sha256)];

/// How a phone's audio is secured when it is rung, by name.
pub(super) const MEDIA_SECURITY: [(&str, MediaSecurity); 4] = [
    ("auto", MediaSecurity::Auto),
    ("plain", MediaSecurity::Plain),
    ("sdes", MediaSecurity::Sdes),
    ("dtls", MediaSecurity::Dtls),
];

/// A desk phone that may register.
#[derive(Clone, Debug)]
pub struct Phone {
    /// What it proves itself with.
    pub password: Secret<String>,
    /// How its audio is secured when it is rung.
    pub media_security: MediaSecurity,
}

/// What registrations are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrations {
    /// The shortest one granted.
    pub min: Duration,
    /// The longest one, and what a phone gets that wishes for nothing.
    pub max: Duration,
    /// The digests that phones are challenged with, the most wanted first.
    pub digests: Vec<Algorithm>,
}

impl Default for Registrations {
    fn default() -> Registrations {
        let (min, max) = (Duration::from_secs(60), Duration::from_secs(3_600));
        Registrations { min, max, digests: vec![Algorithm::Md5] }
    }
}

impl Registrations {
    /// Reads their keys of `[sip]` over what is there.
    pub(super) fn lay(&mut self, reader: &mut Reader<'_>, sip: &mut Table<'_>) {
        reader.set(sip, "min_registration", &mut self.min);
        reader.set(sip, "max_registration", &mut self.max);
        let Some(value) = sip.value("phone_digests") else { return };
        let Some(digests) = reader.parse_list(&value, |r, v| r.parse(v, |text| word(text, &DIGESTS))) else {
            return;
        };
        if digests.is_empty() {
            let message = "phones are challenged with nothing: `phone_digests` is empty";
            reader.found.push(sip.error_at("no-digest", value.span(), message));
        }
        self.digests = digests;
    }

    /// The names of the digests.
    pub(super) fn digest_names(&self) -> impl Iterator<Item = &'static str> {
        let named = |digest: &Algorithm| DIGESTS.into_iter().find(|(_, known)| known == digest);
        self.digests.iter().filter_map(named).map(|(name, _)| name)
    }
}

/// Reads `[phones]` over those that are there.
pub(super) fn read_phones(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    phones: &mut BTreeMap<String, Phone>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let mut table = table.value;
        let known = phones.get(&name.value);
        let mut media_security = known.map(|phone| phone.media_security).unwrap_or_default();
        reader.set_word(&mut table, "media_security", &mut media_security, &MEDIA_SECURITY);
        let written = reader.text(&mut table, "password").map(|password| Secret::new(password.value));
        if written.is_none() && known.is_none() && !table.has("password") {
            reader.found.push(table.missing("password"));
        }
        if let Some(password) = written.or_else(|| known.map(|phone| phone.password.clone())) {
            phones.insert(name.value, Phone { password, media_security });
        }
        table.finish(reader.found);
    }
}

/// Every phone that is rung is one that may register.
pub(super) fn check(settings: &Settings, layers: &[Source], found: &mut Diagnostics) {
    for Target { to, place } in settings.rung() {
        let To::Phone(name) = to else { continue };
        if !settings.phones.contains_key(name) {
            let message = format!("phone `{name}` is not in [phones]");
            let error = Diagnostic::error("unknown-phone", &place.source, place.span.clone(), message);
            found.push(error.maybe_help(suggestion(name, settings.phones.keys().map(String::as_str))));
        }
    }
    for (name, phone) in &settings.phones {
        if phone.media_security == MediaSecurity::Dtls && settings.srtp == Encryption::Never {
            let (source, span) = written(layers, &["phones", name, "media_security"]);
            let message = "keys are agreed on by DTLS nowhere: `srtp` of [media] is \"never\"";
            found.push(Diagnostic::error("no-encryption", &source, span, message));
        }
    }
    if settings.registrations.min > settings.registrations.max {
        let (source, span) = written(layers, &["sip", "min_registration"]);
        let message = "`min_registration` is longer than `max_registration`";
        found.push(Diagnostic::error("out-of-range", &source, span, message));
    }
}
