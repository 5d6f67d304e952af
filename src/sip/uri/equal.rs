//! When two URIs are the same (RFC 3261 19.1.4, RFC 3966 4).

use super::super::params::Params;
use super::super::percent;
use super::{SipUri, TelUri, Uri};

/// Parameters that, standing in one URI only, make two URIs differ (RFC 3261 19.1.4).
const TELLING: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

impl Uri {
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

pub(super) fn same_text(a: &str, b: &str) -> bool {
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
