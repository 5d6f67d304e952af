//! Agents: read and checked; what of them is served is said in `madoguchi.toml`.

use super::Settings;
use super::desk::{Seat, Target, target};
use super::reader::{Reader, Wrong, word};
use crate::base::{Language, Secret};
use crate::diag::{Diagnostic, Diagnostics, Table, suggestion};
use crate::web::{Password, Role};
use std::collections::{BTreeMap, BTreeSet};

/// A person at a desk.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The name people know.
    pub name: String,
    /// What the console asks for; none: the person cannot log in.
    pub password: Option<Secret<String>>,
    /// What the person may do by the console and the API.
    pub role: Role,
    /// Which of the queues' seats is theirs.
    pub seat: Option<Target>,
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

fn set_password(reader: &mut Reader<'_>, table: &mut Table<'_>, into: &mut Option<Secret<String>>) {
    let Some(value) = table.value("password") else { return };
    let password = reader.parse(&value, |text| {
        let password = Secret::new(text.to_string());
        let help = "make one by `madoguchi password`";
        Password::check(&password).map_err(|bad| Wrong::new("bad-password", bad.to_string(), help))?;
        // An empty one is none: nobody logs in without.
        Ok((!text.is_empty()).then_some(password))
    });
    if let Some(password) = password {
        *into = password;
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
            role: Role::default(),
            seat: None,
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
    let roles: Vec<(&str, Role)> = Role::ALL.iter().map(|role| (role.name(), *role)).collect();
    reader.set_word(&mut table, "role", &mut agent.role, &roles);
    if let Some(seat) = table.value("seat").and_then(|value| target(reader, &value)) {
        agent.seat = Some(seat);
    }
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

/// Whether each agent's seat is one of a queue's, and theirs alone.
pub(super) fn check_seats(settings: &Settings, found: &mut Diagnostics) {
    let of_queues =
        || settings.desks.values().flat_map(|desk| desk.queues.values()).flat_map(|queue| &queue.seats);
    let known: Vec<String> = of_queues().map(|seat: &Seat| seat.target.to.to_string()).collect();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let seats = settings.agents.values().filter_map(|agent| agent.seat.as_ref());
    for Target { to, place } in seats {
        let name = to.to_string();
        let error = |code, message| Diagnostic::error(code, &place.source, place.span.clone(), message);
        if !of_queues().any(|seat| seat.target.to == *to) {
            let error = error("no-seat", format!("no queue has the seat `{name}`"));
            found.push(error.maybe_help(suggestion(&name, known.iter().map(String::as_str))));
        } else if !taken.insert(name.clone()) {
            found.push(error("seat-taken", format!("`{name}` is another agent's seat")));
        }
    }
}
