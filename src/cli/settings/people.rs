//! Trunks and agents: read and checked; what of them is served is said in `madoguchi.toml`.

use super::reader::{Reader, word};
use crate::audio::Codec;
use crate::base::{Language, Secret};
use crate::diag::Table;
use crate::signaling::Transport;
use std::collections::BTreeMap;

/// A carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Trunk {
    /// Its address or name.
    pub host: String,
    /// How SIP travels to it.
    pub transport: Transport,
    /// Whether it wants a registration.
    pub register: bool,
    /// Who we are there.
    pub user: Option<String>,
    /// Our password there.
    pub password: Option<Secret<String>>,
    /// Its habits.
    pub profile: Profile,
    /// The codecs it takes, best first.
    pub codecs: Vec<Codec>,
    /// How many calls it carries at once; none: no limit.
    pub max_calls: Option<u32>,
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
pub(super) const TRANSPORTS: [(&str, Transport); 3] = Transport::NAMED;

impl Profile {
    /// Each with its name.
    pub const NAMED: [(&'static str, Profile); 2] =
        [("generic", Profile::Generic), ("ntt-hikari", Profile::NttHikari)];
}

/// A person at a desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// The name people know.
    pub name: String,
    /// What the console asks for.
    pub password: Option<Secret<String>>,
    /// What the person knows about.
    pub skills: Vec<String>,
    /// What the person speaks.
    pub languages: Vec<Language>,
    /// 1 or 2.
    pub tier: u8,
    /// The desks the person sits at.
    pub desks: Vec<String>,
    /// Whether several sessions may be held at once.
    pub multi_session: bool,
}

/// Reads `[trunks]` over those that are there.
pub(super) fn read_trunks(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    trunks: &mut BTreeMap<String, Trunk>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let new = Trunk {
            host: String::new(),
            transport: Transport::Udp,
            register: false,
            user: None,
            password: None,
            profile: Profile::Generic,
            codecs: Codec::ALL.to_vec(),
            max_calls: None,
        };
        let trunk = trunks.entry(name.value).or_insert(new);
        read_trunk(reader, table.value, trunk);
    }
}

fn read_trunk(reader: &mut Reader<'_>, mut table: Table<'_>, trunk: &mut Trunk) {
    match reader.text(&mut table, "host") {
        Some(host) => trunk.host = host.value,
        None if trunk.host.is_empty() && !table.has("host") => reader.found.push(table.missing("host")),
        None => {}
    }
    reader.set_word(&mut table, "transport", &mut trunk.transport, &TRANSPORTS);
    reader.set(&mut table, "register", &mut trunk.register);
    if let Some(user) = reader.text(&mut table, "user") {
        trunk.user = Some(user.value);
    }
    set_password(reader, &mut table, &mut trunk.password);
    reader.set_word(&mut table, "profile", &mut trunk.profile, &Profile::NAMED);
    let codecs = Codec::ALL.map(|codec| (codec_name(codec), codec));
    let list = table.value("codecs");
    if let Some(list) =
        list.and_then(|list| reader.parse_list(&list, |r, v| r.parse(v, |text| word(text, &codecs))))
    {
        trunk.codecs = list;
    }
    if let Some(calls) = reader.take(&mut table, "max_calls") {
        trunk.max_calls = Some(calls.value);
    }
    table.finish(reader.found);
}

/// A codec as settings write it.
pub(super) fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "pcmu",
        Codec::Pcma => "pcma",
        Codec::G722 => "g722",
    }
}

fn set_password(reader: &mut Reader<'_>, table: &mut Table<'_>, into: &mut Option<Secret<String>>) {
    if let Some(password) = reader.text(table, "password") {
        *into = Some(Secret::new(password.value));
    }
}

/// Reads `[agents]` over those that are there.
pub(super) fn read_agents(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    agents: &mut BTreeMap<String, Agent>,
) {
    for (name, value) in table.entries() {
        let Some(table) = value.read::<Table<'_>>(reader.found) else { continue };
        let new = Agent {
            name: name.value.clone(),
            password: None,
            skills: Vec::new(),
            languages: Vec::new(),
            tier: 1,
            desks: Vec::new(),
            multi_session: false,
        };
        let agent = agents.entry(name.value).or_insert(new);
        read_agent(reader, table.value, agent);
    }
}

fn read_agent(reader: &mut Reader<'_>, mut table: Table<'_>, agent: &mut Agent) {
    if let Some(name) = reader.text(&mut table, "name") {
        agent.name = name.value;
    }
    set_password(reader, &mut table, &mut agent.password);
    let words = |reader: &mut Reader<'_>, table: &mut Table<'_>, key: &str| {
        let list = table.value(key)?;
        let read = reader.parse_list(&list, |reader, item| reader.text_of(item))?;
        Some(read.into_iter().map(|word| word.value).collect())
    };
    agent.skills = words(reader, &mut table, "skills").unwrap_or_else(|| agent.skills.clone());
    agent.desks = words(reader, &mut table, "desks").unwrap_or_else(|| agent.desks.clone());
    let tags = Language::ALL.map(|l| (l.tag(), l));
    let list = table.value("languages");
    if let Some(list) =
        list.and_then(|list| reader.parse_list(&list, |r, v| r.parse(v, |text| word(text, &tags))))
    {
        agent.languages = list;
    }
    reader.set_word(&mut table, "sessions", &mut agent.multi_session, &[("single", false), ("multi", true)]);
    match reader.take::<u8>(&mut table, "tier") {
        Some(tier) if (1..=2).contains(&tier.value) => agent.tier = tier.value,
        Some(tier) => reader.found.push(table.error_at("out-of-range", tier.span, "a tier is 1 or 2")),
        None => {}
    }
    table.finish(reader.found);
}
