//! Who calls and which number was dialled, read from an INVITE (RFC 3261, 3323, 3325, 5806, 7044; DNIS order).

use crate::base::{Number, Presentation};
use crate::sip::{Fields, Host, NameAddr, Request, Uri};

/// What is kept of a dialled text, in characters.
const DIALED_CHARS: usize = 64;

/// A place in an INVITE where the number that was called may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberSource {
    /// The Request-URI.
    RequestUri,
    /// P-Called-Party-ID (RFC 7315).
    CalledParty,
    /// To: a home gateway puts its own extension into the Request-URI.
    To,
    /// Diversion (RFC 5806).
    Diversion,
    /// History-Info (RFC 7044).
    History,
}

impl NumberSource {
    /// All, in the usual order.
    pub const ALL: [NumberSource; 5] = [
        NumberSource::RequestUri,
        NumberSource::CalledParty,
        NumberSource::To,
        NumberSource::Diversion,
        NumberSource::History,
    ];

    /// As settings write it.
    pub const fn name(self) -> &'static str {
        match self {
            NumberSource::RequestUri => "request-uri",
            NumberSource::CalledParty => "p-called-party-id",
            NumberSource::To => "to",
            NumberSource::Diversion => "diversion",
            NumberSource::History => "history-info",
        }
    }

    /// Every number there, the most telling first: the newest is first in Diversion, last in History-Info.
    fn read(self, invite: &Request) -> Vec<String> {
        let named: Vec<NameAddr> = match self {
            NumberSource::RequestUri => return user(&invite.uri).into_iter().collect(),
            NumberSource::CalledParty => name_addr(invite, "P-Called-Party-ID").into_iter().collect(),
            NumberSource::To => invite.to().ok().into_iter().collect(),
            NumberSource::Diversion => all(invite, "Diversion"),
            NumberSource::History => all(invite, "History-Info").into_iter().rev().collect(),
        };
        named.into_iter().filter_map(|n| user(&n.uri)).collect()
    }
}

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

impl Identity {
    /// The caller's number where it may be shown.
    pub fn shown(&self) -> Option<&Number> {
        self.caller.as_ref().filter(|_| self.presentation == Presentation::Allowed)
    }
}

/// Reads the identity of an INVITE. `claimed` says whether a number belongs to a plan; `trusted`
/// whether the peer's assertions are believed; `sources` where the called number is looked for.
pub fn read(
    invite: &Request,
    trusted: bool,
    sources: &[NumberSource],
    claimed: impl Fn(&Number) -> bool,
) -> Identity {
    let (dialed, dialed_number) = dialed(invite, sources, claimed);
    let (caller, presentation) = caller(invite, trusted);
    Identity { caller, presentation, dialed, dialed_number }
}

/// The first that is claimed of the numbers in these places; else the first there is. A forwarded call names
/// each number it came by.
fn dialed(
    invite: &Request,
    sources: &[NumberSource],
    claimed: impl Fn(&Number) -> bool,
) -> (String, Option<Number>) {
    let sources: Vec<String> = sources.iter().flat_map(|source| source.read(invite)).collect();
    let number_of = |text: &String| Number::parse(text);
    let found = sources.iter().find(|text| number_of(text).is_some_and(|n| claimed(&n)));
    let dialed = found.or(sources.first()).map(|text| printable(text)).unwrap_or_default();
    let number = Number::parse(&dialed);
    (dialed, number)
}

/// What a peer wrote goes to journals and records: no line breaks that were escaped in a URI, no novels.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(DIALED_CHARS).collect()
}

fn caller(invite: &Request, trusted: bool) -> (Option<Number>, Presentation) {
    if withheld(invite) {
        return (None, Presentation::Withheld);
    }
    let asserted = if trusted { all(invite, "P-Asserted-Identity") } else { Vec::new() };
    let from = invite.from().ok().filter(|_| asserted.is_empty());
    let named: Vec<NameAddr> = asserted.into_iter().chain(from).collect();
    let number = |n: &NameAddr| user(&n.uri).as_deref().and_then(Number::parse);
    match named.iter().find_map(number) {
        Some(number) => (Some(number), Presentation::Allowed),
        None if named.iter().all(|n| is_unknown(&n.uri)) => (None, Presentation::Unavailable),
        None => (None, Presentation::Unparsed),
    }
}

/// What networks write where they know no number: a pay phone, an exchange that passes none on.
fn is_unknown(uri: &Uri) -> bool {
    const WORDS: [&str; 4] = ["", "unavailable", "unknown", "coin"];
    let named = user(uri).unwrap_or_default();
    let nowhere = ["unknown.invalid", "unavailable.invalid"];
    WORDS.iter().any(|word| named.eq_ignore_ascii_case(word)) || is_at(uri, &nowhere)
}

/// Privacy asked for by header (RFC 3323 `id`, `user`, `header`), or a From or assertion that names
/// nobody: a network may assert the number of a caller whose own From is anonymous.
fn withheld(invite: &Request) -> bool {
    let asks = |p: &str| ["id", "user", "header"].iter().any(|asked| p.trim().eq_ignore_ascii_case(asked));
    let asked = invite.headers_named("Privacy").any(|value| value.split([';', ',']).any(asks));
    let named = all(invite, "P-Asserted-Identity").into_iter().chain(invite.from().ok());
    asked || is_private_party(invite) || named.into_iter().any(|n| is_nobody(&n.uri))
}

/// Remote-Party-ID, as gateways still send it from before RFC 3325: `privacy` says what is to be hidden.
fn is_private_party(invite: &Request) -> bool {
    let hides = |value: &str| ["full", "name", "uri"].iter().any(|word| value.eq_ignore_ascii_case(word));
    all(invite, "Remote-Party-ID").iter().any(|party| party.params.get("privacy").is_some_and(hides))
}

fn is_nobody(uri: &Uri) -> bool {
    let words = ["anonymous", "restricted"];
    user(uri).is_some_and(|u| words.iter().any(|word| u.eq_ignore_ascii_case(word)))
        || is_at(uri, &["anonymous.invalid"])
}

fn is_at(uri: &Uri, names: &[&str]) -> bool {
    match uri.host() {
        Some(Host::Name(host)) => names.iter().any(|name| host.eq_ignore_ascii_case(name)),
        _ => false,
    }
}

/// Every address of a header that may name several (RFC 3325 9.1: a SIP URI and a tel number).
fn all(invite: &Request, header: &str) -> Vec<NameAddr> {
    invite.headers_named(header).filter_map(|value| NameAddr::parse(value).ok()).collect()
}

fn name_addr(invite: &Request, header: &str) -> Option<NameAddr> {
    invite.header(header).and_then(|value| NameAddr::parse(value).ok())
}

/// The user part of a SIP URI without what follows a semicolon, or a tel number.
fn user(uri: &Uri) -> Option<String> {
    let user = uri.user()?;
    Some(user.split(';').next().unwrap_or_default().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Message;

    fn invite(uri: &str, from: &str, more: &str) -> Request {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
             To: <sip:0364346780@192.0.2.1>\r\nFrom: {from};tag=1\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{more}\
             Content-Length: 0\r\n\r\n"
        );
        match crate::sip::read(text.as_bytes()).expect(&text) {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a request"),
        }
    }

    fn caller_of(from: &str, more: &str, trusted: bool) -> (Option<String>, Presentation) {
        let identity = read(&invite("sip:1@192.0.2.1", from, more), trusted, &NumberSource::ALL, |_| true);
        (identity.caller.map(|n| n.to_string()), identity.presentation)
    }

    const FROM: &str = "<sip:0312345678@192.0.2.9>";
    const NOBODY: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
    const ASSERTED: &str = "P-Asserted-Identity: <sip:+81398765432@ntt.example>, <tel:+81398765432>\r\n";

    #[test]
    fn assertions_are_believed_from_trusted_hosts_alone() {
        let ours = (Some("+81398765432".to_string()), Presentation::Allowed);
        assert_eq!(caller_of(FROM, ASSERTED, true), ours);
        assert_eq!(caller_of(FROM, ASSERTED, false), (Some("+81312345678".into()), Presentation::Allowed));
        let named = "P-Asserted-Identity: <sip:gateway@ntt.example>, <tel:+81398765432>\r\n";
        assert_eq!(caller_of(FROM, named, true), ours);
    }

    #[test]
    fn a_withheld_number_is_not_read_wherever_it_stands() {
        let withheld = (None, Presentation::Withheld);
        for trusted in [true, false] {
            assert_eq!(caller_of(FROM, "Privacy: id\r\n", trusted), withheld);
            assert_eq!(caller_of(FROM, "Privacy: critical\r\nPrivacy: header;user\r\n", trusted), withheld);
            assert_eq!(caller_of(NOBODY, "", trusted), withheld);
            assert_eq!(caller_of(NOBODY, ASSERTED, trusted), withheld, "asserted without Privacy");
        }
        let party = "Remote-Party-ID: <sip:0312345678@192.0.2.9>;party=calling;privacy=full\r\n";
        assert_eq!(caller_of(FROM, party, true), withheld);
        assert_eq!(caller_of("<sip:Restricted@192.0.2.9>", "", true), withheld);
        for open in
            ["Privacy: none\r\n", "Privacy: history\r\n", "Remote-Party-ID: <sip:1@h>;privacy=off\r\n"]
        {
            assert_eq!(caller_of(FROM, open, true).1, Presentation::Allowed, "{open}");
        }
    }

    #[test]
    fn a_number_nobody_knows_and_one_that_is_none_are_kept_apart() {
        for from in [
            "<sip:unavailable@ntt.example>",
            "\"Coin line/payphone\" <sip:0312345678@unknown.invalid>",
            "<sip:Unknown@192.0.2.9>",
            "<sip:192.0.2.9>",
        ] {
            let expected =
                if from.contains("0312345678") { Presentation::Allowed } else { Presentation::Unavailable };
            assert_eq!(caller_of(from, "", true).1, expected, "{from}");
        }
        for from in ["<sip:pbx@192.0.2.9>", "<sip:reception%20desk@192.0.2.9>", "<sip:++1@192.0.2.9>"] {
            assert_eq!(caller_of(from, "", true), (None, Presentation::Unparsed), "{from}");
        }
    }

    #[test]
    fn the_dialled_number_is_the_first_that_a_plan_claims() {
        let claimed = |n: &Number| n.as_str() == "+81120339836";
        let dialed =
            |uri: &str, more: &str| read(&invite(uri, FROM, more), true, &NumberSource::ALL, claimed).dialed;
        let called = "P-Called-Party-ID: <sip:0120339836@192.0.2.1>\r\n";
        let diverted = "Diversion: <tel:+81-120-339-836>;reason=unconditional\r\n";
        assert_eq!(dialed("sip:0120339836@192.0.2.1", ""), "0120339836");
        assert_eq!(dialed("sip:3@192.0.2.1", called), "0120339836");
        assert_eq!(dialed("sip:3@192.0.2.1", diverted), "+81-120-339-836");
        let twice =
            "Diversion: <tel:+81398765432>;reason=no-answer, <sip:0120339836@192.0.2.1>;reason=unknown\r\n";
        assert_eq!(dialed("sip:3@192.0.2.1", twice), "0120339836", "not the newest");
        let history = "History-Info: <sip:0120339836@192.0.2.1?Privacy=history>;index=1, \
                       <sip:0398765432@192.0.2.1?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1\r\n";
        assert_eq!(dialed("sip:3@192.0.2.1", history), "0120339836");
        assert_eq!(dialed("sip:3@192.0.2.1", ""), "3", "unknown: as received");
    }

    #[test]
    fn a_home_gateway_names_the_called_number_in_to_and_its_own_extension_before_it() {
        let order = [NumberSource::To, NumberSource::RequestUri];
        let read = |sources| read(&invite("sip:3@192.0.2.1", FROM, ""), true, sources, |_| true).dialed;
        assert_eq!(read(&order), "0364346780");
        assert_eq!(
            read(&NumberSource::ALL),
            "3",
            "the usual order takes the extension where a plan claims it"
        );
    }

    #[test]
    fn what_was_dialled_breaks_no_line_of_a_log() {
        let read = |uri: &str| read(&invite(uri, FROM, ""), true, &NumberSource::ALL, |_| false);
        let forged = read("sip:1%0d%0acall%20ended@192.0.2.1");
        assert_eq!(forged.dialed, "1call ended");
        let long = format!("sip:{}@192.0.2.1", "9".repeat(4_000));
        assert_eq!(read(&long).dialed.len(), DIALED_CHARS);
    }
}
