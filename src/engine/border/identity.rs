//! Who calls and which number was dialled, read from an INVITE (RFC 3261, 3325, 5806; DNIS order).

use crate::base::Number;
use crate::case::Presentation;
use crate::sip::{Fields, Host, NameAddr, Request, Uri};

/// Caller and dialled number of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The caller's number, where the network gave one and it may be known.
    pub caller: Option<Number>,
    /// Whether it may be shown.
    pub presentation: Presentation,
    /// The dialled number as received: the first source that a plan claims, else the Request-URI's.
    pub dialed: String,
    /// The same as a number, where it is one.
    pub dialed_number: Option<Number>,
}

/// Reads the identity of an INVITE. `claimed` says whether a number belongs to a plan; `trusted`
/// whether the peer's assertions are believed.
pub fn read(invite: &Request, trusted: bool, claimed: impl Fn(&Number) -> bool) -> Identity {
    let (dialed, dialed_number) = dialed(invite, claimed);
    let (caller, presentation) = caller(invite, trusted);
    Identity { caller, presentation, dialed, dialed_number }
}

/// Request-URI, P-Called-Party-ID (RFC 7315), To, Diversion (RFC 5806): the first that is claimed.
fn dialed(invite: &Request, claimed: impl Fn(&Number) -> bool) -> (String, Option<Number>) {
    let called_party = name_addr(invite, "P-Called-Party-ID");
    let to = invite.to().ok();
    let diversion = name_addr(invite, "Diversion");
    let named = [called_party, to, diversion].into_iter().flatten().filter_map(|n| user(&n.uri));
    let sources: Vec<String> = user(&invite.uri).into_iter().chain(named).collect();
    let number_of = |text: &String| Number::parse(text);
    let found = sources.iter().find(|text| number_of(text).is_some_and(|n| claimed(&n)));
    let dialed = found.or(sources.first()).cloned().unwrap_or_default();
    let number = Number::parse(&dialed);
    (dialed, number)
}

fn caller(invite: &Request, trusted: bool) -> (Option<Number>, Presentation) {
    let asserted = if trusted { name_addr(invite, "P-Asserted-Identity") } else { None };
    let from = asserted.or_else(|| invite.from().ok());
    let Some(from) = from else { return (None, Presentation::Unavailable) };
    if withheld(invite, &from) {
        return (None, Presentation::Withheld);
    }
    match user(&from.uri).as_deref().and_then(Number::parse) {
        Some(number) => (Some(number), Presentation::Allowed),
        None => (None, Presentation::Unavailable),
    }
}

/// Privacy asked for by header (RFC 3323 `id`, `user`, `header`), or an anonymous From.
fn withheld(invite: &Request, from: &NameAddr) -> bool {
    let asked = invite.header("Privacy").is_some_and(|value| {
        value
            .split([';', ','])
            .any(|p| matches!(p.trim().to_ascii_lowercase().as_str(), "id" | "user" | "header"))
    });
    let anonymous = user(&from.uri).is_some_and(|u| u.eq_ignore_ascii_case("anonymous"))
        || from.uri.host().is_some_and(is_nowhere);
    asked || anonymous
}

fn is_nowhere(host: &Host) -> bool {
    matches!(host, Host::Name(name) if name.eq_ignore_ascii_case("anonymous.invalid"))
}

fn name_addr(invite: &Request, header: &str) -> Option<NameAddr> {
    invite.header(header).and_then(|value| NameAddr::parse(value).ok())
}

/// The user part of a SIP URI without what follows a semicolon, or a tel number.
fn user(uri: &Uri) -> Option<String> {
    let user = uri.user()?;
    Some(user.split(';').next().unwrap_or_default().to_string())
}
