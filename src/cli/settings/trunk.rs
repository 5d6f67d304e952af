//! Trunks: the carriers, as settings write them.

use super::reader::{Reader, Wrong, word};
use crate::audio::Codec;
use crate::base::Secret;
use crate::diag::{Span, Table};
use crate::engine::NumberSource;
use crate::signaling::Transport;
use crate::sip::Host;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// What a registration asks for where nothing is said (RFC 3261 10.2.1.1: a suggestion of the registrar's to change).
const EXPIRES: Duration = Duration::from_secs(3600);
/// How often a carrier is asked whether it answers.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What NTT's network wants on SIP and RTP.
const NTT_DSCP: u8 = 32;
/// Six bits.
const MOST_DSCP: u8 = 63;

/// A carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Trunk {
    /// Its address or name.
    pub host: String,
    /// Its port; none: what the name service says, else 5060.
    pub port: Option<u16>,
    /// How SIP travels to it.
    pub transport: Transport,
    /// The domain of our address there; none: the host.
    pub domain: Option<Host>,
    /// Whether it wants a registration.
    pub register: bool,
    /// How long a registration is asked to last.
    pub expires: Duration,
    /// Who we are there.
    pub user: Option<String>,
    /// The name its challenges are answered with; none: the user.
    pub auth_user: Option<String>,
    /// Our password there.
    pub password: Option<Secret<String>>,
    /// How often it is asked whether it answers; zero: never.
    pub keep_alive: Duration,
    /// Its habits.
    pub profile: Profile,
    /// The codecs it takes, best first.
    pub codecs: Vec<Codec>,
    /// How many calls it carries at once; none: no limit.
    pub max_calls: Option<u32>,
    /// How many new calls it carries in a second; none: no limit.
    pub calls_per_second: Option<u32>,
    /// Beginnings of the numbers that may be dialled by it; empty: all.
    pub prefixes: Vec<String>,
    /// Where the number that was called is looked for in its calls, in order.
    pub number_from: Vec<NumberSource>,
    /// How packets to it are marked for routers (DSCP); none: as usual.
    pub dscp: Option<u8>,
}

/// The habits of a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// None in particular.
    Generic,
    /// NTT's Hikari telephone lines.
    NttHikari,
}

/// How SIP travels, by name.
pub(super) const TRANSPORTS: [(&str, Transport); 3] =
    [Transport::NAMED[0], Transport::NAMED[1], Transport::NAMED[2]];

impl Profile {
    /// Each with its name.
    pub const NAMED: [(&'static str, Profile); 2] =
        [("generic", Profile::Generic), ("ntt-hikari", Profile::NttHikari)];
}

impl Trunk {
    /// What is known of a carrier of which only the host is.
    fn unwritten() -> Trunk {
        Trunk {
            host: String::new(),
            port: None,
            transport: Transport::Udp,
            domain: None,
            register: false,
            expires: EXPIRES,
            user: None,
            auth_user: None,
            password: None,
            keep_alive: KEEP_ALIVE,
            profile: Profile::Generic,
            codecs: Codec::ALL.to_vec(),
            max_calls: None,
            calls_per_second: None,
            prefixes: Vec::new(),
            number_from: NumberSource::ALL.to_vec(),
            dscp: None,
        }
    }

    /// Takes on the habits of its carrier; what is written beside them counts more.
    fn take_on(&mut self, profile: Profile) {
        self.profile = profile;
        match profile {
            Profile::Generic => {}
            Profile::NttHikari => {
                self.codecs = vec![Codec::Pcmu];
                self.dscp = Some(NTT_DSCP);
                self.keep_alive = Duration::ZERO;
            }
        }
    }
}

/// Reads `[trunks]` over those that are there.
pub(super) fn read_trunks(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    trunks: &mut BTreeMap<String, Trunk>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let trunk = trunks.entry(name.value).or_insert_with(Trunk::unwritten);
        read_trunk(reader, table.value, name.span, trunk);
    }
}

fn read_trunk(reader: &mut Reader<'_>, mut table: Table<'_>, name: Span, trunk: &mut Trunk) {
    let optional = |reader: &mut Reader<'_>, table: &mut Table<'_>, key: &str, into: &mut Option<String>| {
        if let Some(text) = reader.text(table, key) {
            *into = Some(text.value);
        }
    };
    let mut profile = trunk.profile;
    reader.set_word(&mut table, "profile", &mut profile, &Profile::NAMED);
    if profile != trunk.profile {
        trunk.take_on(profile);
    }
    read_host(reader, &mut table, trunk);
    reader.set_word(&mut table, "transport", &mut trunk.transport, &TRANSPORTS);
    if let Some(domain) = table.value("domain").and_then(|value| reader.parse(&value, host)) {
        trunk.domain = Some(domain);
    }
    reader.set(&mut table, "register", &mut trunk.register);
    reader.set(&mut table, "expires", &mut trunk.expires);
    optional(reader, &mut table, "user", &mut trunk.user);
    optional(reader, &mut table, "auth_user", &mut trunk.auth_user);
    if let Some(password) = reader.text(&mut table, "password") {
        trunk.password = Some(Secret::new(password.value));
    }
    reader.set(&mut table, "keep_alive", &mut trunk.keep_alive);
    read_calls(reader, &mut table, trunk);
    if trunk.register && trunk.user.is_none() && !table.has("user") {
        let error = table.error_at("missing-key", name, format!("`{}` registers as nobody", table.path()));
        reader.found.push(error.help("write user = \"…\": the number or name of the line"));
    }
    table.finish(reader.found);
}

/// What its calls are like, and how many it carries.
fn read_calls(reader: &mut Reader<'_>, table: &mut Table<'_>, trunk: &mut Trunk) {
    read_codecs(reader, table, &mut trunk.codecs);
    for (key, into) in
        [("max_calls", &mut trunk.max_calls), ("calls_per_second", &mut trunk.calls_per_second)]
    {
        if let Some(most) = reader.take(table, key) {
            *into = Some(most.value);
        }
    }
    let prefixes = table.value("prefixes");
    if let Some(list) = prefixes.and_then(|list| reader.parse_list(&list, |r, v| r.parse(v, dialled))) {
        trunk.prefixes = list;
    }
    let sources = NumberSource::ALL.map(|source| (source.name(), source));
    let list = table.value("number_from");
    if let Some(list) =
        list.and_then(|list| reader.parse_list(&list, |r, v| r.parse(v, |text| word(text, &sources))))
    {
        trunk.number_from = list;
    }
    match reader.take::<u8>(table, "dscp") {
        Some(dscp) if dscp.value > MOST_DSCP => {
            reader.found.push(table.error_at("out-of-range", dscp.span, "a DSCP is 0 to 63"));
        }
        Some(dscp) => trunk.dscp = Some(dscp.value),
        None => {}
    }
}

/// Codecs, best first. One that this program is built without is none of them.
pub(super) fn read_codecs(reader: &mut Reader<'_>, table: &mut Table<'_>, into: &mut Vec<Codec>) {
    let mut codecs: Vec<(&str, Option<Codec>)> =
        Codec::ALL.into_iter().map(|codec| (codec_name(codec), Some(codec))).collect();
    if !cfg!(feature = "opus") {
        codecs.push(("opus", None));
    }
    let list = table.value("codecs");
    let list = list.and_then(|list| reader.parse_list(&list, |r, v| r.parse(v, |text| word(text, &codecs))));
    if let Some(list) = list {
        *into = list.into_iter().flatten().collect();
    }
}

/// Digits as they are dialled: `0312345678`, `+81312345678`.
pub(super) fn dialled(text: &str) -> Result<String, Wrong> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    match !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#')) {
        true => Ok(text.to_string()),
        false => {
            let why = format!("`{text}` is nothing that can be dialled");
            Err(Wrong::new("bad-number", why, "write digits alone: \"0312345678\""))
        }
    }
}

fn read_host(reader: &mut Reader<'_>, table: &mut Table<'_>, trunk: &mut Trunk) {
    match table.value("host") {
        Some(value) => {
            if let Some(host) = reader.parse(&value, |text| host(text).map(|_| text.to_string())) {
                trunk.host = host;
            }
        }
        None if trunk.host.is_empty() => reader.found.push(table.missing("host")),
        None => {}
    }
    match reader.take::<u16>(table, "port") {
        Some(port) if port.value == 0 => {
            reader.found.push(table.error_at("out-of-range", port.span, "a port is 1 to 65535"));
        }
        Some(port) => trunk.port = Some(port.value),
        None => {}
    }
}

/// A name or an address; an IPv6 address with or without brackets.
fn host(text: &str) -> Result<Host, Wrong> {
    let wrong = |_| {
        let why = format!("`{text}` is no host");
        Wrong::new("bad-host", why, "write a name or an address; the port is a key of its own: port = 5060")
    };
    text.parse::<IpAddr>().map(Host::from).or_else(|_| Host::parse(text)).map_err(wrong)
}

/// The host of a trunk as a URI has it.
pub fn host_of(trunk: &Trunk) -> Host {
    let read = trunk.domain.clone().or_else(|| host(&trunk.host).ok());
    read.unwrap_or_else(|| Host::Name(trunk.host.clone()))
}

/// A codec as settings write it.
pub(super) fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "pcmu",
        Codec::Pcma => "pcma",
        Codec::G722 => "g722",
        #[cfg(feature = "opus")]
        Codec::Opus => "opus",
    }
}
