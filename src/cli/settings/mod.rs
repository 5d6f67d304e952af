//! The engine's settings: three layers read one over the other, every mistake at once.
//!
//! Owns: what a key of `madoguchi.toml` means, its defaults (the file at the project's root, built in),
//! the placeholders of secrets, what the environment overrides. Does not know: plans, prompts, what
//! the engine makes of a value.
//!
//! Invariants: the built-in file writes out every default, so that an empty settings file gives the
//! same; a layer with a mistake gives no settings at all; a secret is a [`Secret`](crate::base::Secret)
//! and prints as `***`.
//!
//! To add a key: its field here or in the section's file, its line with the default in
//! `madoguchi.toml`, its line in `print.rs` and in `keys.rs`.

mod customers;
mod desk;
mod environment;
mod escalation;
mod events;
mod hours;
pub mod keys;
mod listen;
mod people;
mod phones;
mod print;
mod reader;
mod strangers;
mod tls;
mod transfer;
mod trunk;
mod webhooks;

pub use customers::{Customers, Fallback};
pub use desk::{Desk, FormNames, Named, Queue, Seat, Target, To};
pub use escalation::Told;
pub use people::Agent;
pub use phones::{Phone, Registrations};
pub use print::print;
pub use reader::Surroundings;
pub use tls::Tls;
pub use transfer::Transfer;
pub use trunk::{Profile, Trunk, host_of};

use super::reading::read;
use crate::audio::Codec;
use crate::calendar::Calendar;
use crate::case::EscalationStep;
use crate::diag::{Diagnostic, Diagnostics, Document, Source, Span, Table, Value, suggestion};
use crate::engine::Encryption;
use crate::net::{ListenAddr, StrangerLimits};
use crate::office::Subscription;
use crate::signaling::SessionTimer;
use crate::store::Store;
use crate::web::Network;
use crate::webhook::Webhook;
use reader::{Reader, Wrong};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Every default, written out.
const BUILT_IN: &str = include_str!("../../../madoguchi.toml");
/// The file read where none is named.
pub const USUAL_FILE: &str = "madoguchi.toml";

/// The settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where SIP arrives.
    pub listen: Vec<ListenAddr>,
    /// The address peers reach us at; none: the one listened on.
    pub advertise: Option<IpAddr>,
    /// Origins of pages that may connect over WebSocket; empty: those of the same host.
    pub origins: Vec<String>,
    /// How sessions are kept from outliving a peer that is gone.
    pub session_timer: SessionTimer,
    /// Certificates of SIP over TLS.
    pub tls: Tls,
    /// Who is asked what names of carriers mean; none: whoever the system asks.
    pub nameserver: Option<SocketAddr>,
    /// What one source of SIP that is neither trunk nor desk may take.
    pub strangers: StrangerLimits,
    /// Calls at once of one such source.
    pub stranger_calls: usize,
    /// Ports of audio.
    pub ports: RangeInclusive<u16>,
    /// Whether keys are recognised by their tones.
    pub inband_tones: bool,
    /// How long a party may send no audio; none: for ever.
    pub media_timeout: Option<Duration>,
    /// How long ports of a call that is over stay closed.
    pub port_rest: Duration,
    /// Where audio is encrypted.
    pub srtp: Encryption,
    /// The codecs of phones that no carrier brings, best first.
    pub codecs: Vec<Codec>,
    /// Where the API is served.
    pub http: SocketAddr,
    /// Whether the cookies of logins travel over TLS alone.
    pub secure_cookies: bool,
    /// The proxies that say who asks.
    pub proxies: Vec<Network>,
    /// Where health, metrics and reloads are served.
    pub admin: SocketAddr,
    /// The database.
    pub store_url: String,
    /// The file that takes writes while the database takes none.
    pub spool: PathBuf,
    /// Folder of recordings.
    pub recordings: PathBuf,
    /// Folder of files that people put to cases.
    pub attachments: PathBuf,
    /// Folder of dialplans, or one file.
    pub dialplans: PathBuf,
    /// Folder of prompts.
    pub prompts: PathBuf,
    /// The voice that says Japanese numbers which are not recorded; none: digit by digit.
    pub voice: Option<PathBuf>,
    /// Whether changed plans and prompts come into force by themselves.
    pub watch: bool,
    /// Desks by name.
    pub desks: BTreeMap<String, Desk>,
    /// Places outside the desks to which callers may be handed, by name.
    pub transfers: BTreeMap<String, Transfer>,
    /// Carriers by name.
    pub trunks: BTreeMap<String, Trunk>,
    /// People by name.
    pub agents: BTreeMap<String, Agent>,
    /// The phones that may register, by name.
    pub phones: BTreeMap<String, Phone>,
    /// How long registrations last.
    pub registrations: Registrations,
    /// Services outside by name.
    pub webhooks: BTreeMap<String, Webhook>,
    /// Who outside is told what happens to cases, by name.
    pub events: BTreeMap<String, Subscription>,
    /// Who is told of a Premium customer's S1 or S2, by name.
    pub escalation: BTreeMap<String, Told>,
    /// How customers are verified.
    pub customers: Customers,
}

/// Settings, and what is doubtful about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The file they come from; none: the built-in defaults.
    pub file: Option<PathBuf>,
    /// What was read over the built-in defaults.
    pub layers: Layers,
}

/// The texts that settings were read from, the first read first. They have secrets: how it prints has none of them.
#[derive(Clone, Default)]
pub struct Layers(Vec<Source>);

impl Layers {
    /// Where a key is written, or the section of it that is; in the built-in defaults where no layer has it.
    pub fn place(&self, path: &[&str]) -> (Source, Span) {
        let built_in = Source::new("built-in settings", BUILT_IN);
        let layers: Vec<Source> = std::iter::once(built_in).chain(self.0.iter().cloned()).collect();
        let mut parts = (1..=path.len()).rev().filter_map(|length| path.get(..length));
        parts.find_map(|part| find(&layers, part)).unwrap_or_else(|| nowhere(&self.0))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Source::name)).finish()
    }
}

impl Settings {
    /// Who is told of a Premium customer's S1 or S2, the first to be told first.
    pub fn escalation_steps(&self) -> Vec<EscalationStep> {
        escalation::steps(&self.escalation)
    }

    /// The built-in defaults.
    pub fn built_in() -> Settings {
        let source = Source::new("built-in settings", BUILT_IN);
        let mut found = Diagnostics::new();
        let mut settings = Settings::bare();
        settings.lay(&source, &Surroundings::default(), &mut found);
        debug_assert!(found.all().is_empty(), "{:?}", found.all());
        settings
    }

    /// The desks' hours.
    pub fn calendar(&self) -> Calendar {
        let mut calendar = Calendar::new();
        for (name, desk) in &self.desks {
            calendar.insert(name, desk.schedule.clone());
        }
        calendar
    }

    /// Everywhere somebody is rung.
    fn rung(&self) -> impl Iterator<Item = &Target> {
        let transfers = self.transfers.values().map(|transfer| &transfer.target);
        self.desks.values().flat_map(Desk::rung).chain(transfers)
    }

    /// What the built-in file is read over.
    fn bare() -> Settings {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Settings {
            listen: Vec::new(),
            origins: Vec::new(),
            advertise: None,
            session_timer: SessionTimer::default(),
            tls: Tls::default(),
            nameserver: None,
            strangers: StrangerLimits { messages_per_second: 0, calls_per_second: 0, connections: 0 },
            stranger_calls: 0,
            ports: 20_000..=29_999,
            inband_tones: true,
            media_timeout: None,
            port_rest: Duration::ZERO,
            srtp: Encryption::default(),
            codecs: Vec::new(),
            http: nowhere,
            secure_cookies: false,
            proxies: Vec::new(),
            admin: nowhere,
            store_url: String::new(),
            spool: PathBuf::new(),
            recordings: PathBuf::new(),
            attachments: PathBuf::new(),
            dialplans: PathBuf::new(),
            prompts: PathBuf::new(),
            voice: None,
            watch: true,
            desks: BTreeMap::new(),
            transfers: BTreeMap::new(),
            trunks: BTreeMap::new(),
            agents: BTreeMap::new(),
            phones: BTreeMap::new(),
            registrations: Registrations::default(),
            webhooks: BTreeMap::new(),
            events: BTreeMap::new(),
            escalation: escalation::usual(),
            customers: Customers::default(),
        }
    }

    /// Reads a layer over what is there.
    fn lay(&mut self, source: &Source, surroundings: &Surroundings, found: &mut Diagnostics) {
        let document = Document::parse(source, found);
        let mut table = document.table();
        let mut reader = Reader { found, surroundings };
        self.lay_servers(&mut reader, &mut table);
        self.lay_folders(&mut reader, &mut table);
        let desks = table.sub("desks", reader.found);
        desk::read_desks(&mut reader, desks, &mut self.desks);
        let transfers = table.sub("transfers", reader.found);
        transfer::read_transfers(&mut reader, transfers, &mut self.transfers);
        let trunks = table.sub("trunks", reader.found);
        trunk::read_trunks(&mut reader, trunks, &mut self.trunks);
        let agents = table.sub("agents", reader.found);
        people::read_agents(&mut reader, agents, &mut self.agents);
        let phones = table.sub("phones", reader.found);
        phones::read_phones(&mut reader, phones, &mut self.phones);
        let webhooks = table.sub("webhooks", reader.found);
        webhooks::read_webhooks(&mut reader, webhooks, &mut self.webhooks);
        let events = table.sub("events", reader.found);
        events::read_events(&mut reader, events, &mut self.events);
        let escalation = table.sub("escalation", reader.found);
        escalation::read_escalation(&mut reader, escalation, &mut self.escalation);
        let customers = table.sub("customers", reader.found);
        self.customers.lay(&mut reader, customers);
        table.finish(found);
    }

    fn lay_servers(&mut self, reader: &mut Reader<'_>, table: &mut Table<'_>) {
        let mut sip = table.sub("sip", reader.found);
        if let Some(listen) =
            sip.value("listen").and_then(|v| reader.parse_list(&v, |r, v| r.parse(v, listen::listen)))
        {
            self.listen = listen;
        }
        if self.listen.is_empty() {
            let span = sip.key_span("listen").unwrap_or(0..0);
            reader.found.push(sip.error_at("no-listen", span, "SIP arrives nowhere: `listen` is empty"));
        }
        let origins = sip.value("origins");
        if let Some(origins) = origins.and_then(|v| reader.parse_list(&v, |r, v| r.parse(v, listen::origin)))
        {
            self.origins = origins;
        }
        reader.set_parsed(&mut sip, "advertise", &mut self.advertise, listen::advertised);
        let timer = &mut self.session_timer;
        reader.set_parsed(&mut sip, "session_expires", &mut timer.expires, listen::session_expires);
        reader.set_parsed(&mut sip, "min_se", &mut timer.min, listen::min_se);
        self.tls.lay(reader, &mut sip);
        self.registrations.lay(reader, &mut sip);
        reader.set_parsed(&mut sip, "nameserver", &mut self.nameserver, listen::nameserver);
        let strangers = sip.sub("strangers", reader.found);
        strangers::read_strangers(reader, strangers, self);
        sip.finish(reader.found);
        let mut media = table.sub("media", reader.found);
        reader.set_parsed(&mut media, "ports", &mut self.ports, listen::ports);
        reader.set(&mut media, "inband_tones", &mut self.inband_tones);
        reader.set_parsed(&mut media, "timeout", &mut self.media_timeout, listen::media_timeout);
        reader.set(&mut media, "port_rest", &mut self.port_rest);
        reader.set_word(&mut media, "srtp", &mut self.srtp, &tls::SRTP);
        trunk::read_codecs(reader, &mut media, &mut self.codecs);
        media.finish(reader.found);
        let mut http = table.sub("http", reader.found);
        reader.set_parsed(&mut http, "listen", &mut self.http, listen::socket);
        reader.set(&mut http, "secure_cookies", &mut self.secure_cookies);
        let proxies = http.value("proxies");
        if let Some(proxies) = proxies.and_then(|v| reader.parse_list(&v, |r, v| r.parse(v, listen::network)))
        {
            self.proxies = proxies;
        }
        http.finish(reader.found);
        let mut admin = table.sub("admin", reader.found);
        reader.set_parsed(&mut admin, "listen", &mut self.admin, listen::socket);
        admin.finish(reader.found);
    }

    fn lay_folders(&mut self, reader: &mut Reader<'_>, table: &mut Table<'_>) {
        let path = |text: &str| match text {
            "" => {
                Err(Wrong::new("empty-path", "a path has at least one letter", "write \".\" for this folder"))
            }
            text => Ok(PathBuf::from(text)),
        };
        let mut store = table.sub("store", reader.found);
        if let Some(url) = store.value("url").and_then(|value| read_store_url(reader, &value)) {
            self.store_url = url;
        }
        reader.set_parsed(&mut store, "spool", &mut self.spool, path);
        reader.set_parsed(&mut store, "recordings", &mut self.recordings, path);
        reader.set_parsed(&mut store, "attachments", &mut self.attachments, path);
        store.finish(reader.found);
        let mut dialplan = table.sub("dialplan", reader.found);
        reader.set_parsed(&mut dialplan, "path", &mut self.dialplans, path);
        reader.set_parsed(&mut dialplan, "prompts", &mut self.prompts, path);
        reader.set_parsed(&mut dialplan, "voice", &mut self.voice, voice);
        reader.set(&mut dialplan, "watch", &mut self.watch);
        dialplan.finish(reader.found);
    }
}

/// The database's URL. One that may have a password is not shown.
fn read_store_url(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let read = |text: &str| match Store::fits(text) {
        Ok(()) => Ok(text.to_string()),
        Err(why) => Err(Wrong { code: "bad-store-url", why: why.to_string(), help: None }),
    };
    match value.scalar() {
        Some(text) if text.contains(['@', '?']) => reader.parse_secret(value, read),
        _ => reader.parse(value, read),
    }
}

/// A voice's file; none where it is empty.
fn voice(path: &str) -> Result<Option<PathBuf>, Wrong> {
    match (path, cfg!(feature = "speech")) {
        ("", _) => Ok(None),
        (path, true) => Ok(Some(PathBuf::from(path))),
        (_, false) => Err(Wrong::new(
            "no-speech",
            "this program was built without the feature `speech` and has no voice",
            "build it with `--features speech`, or write \"\": numbers are then said digit by digit",
        )),
    }
}

/// Reads the built-in defaults, over them the file, over it the environment. Without a file named:
/// `madoguchi.toml` where there is one here.
///
/// # Errors
/// Everything that is wrong in any layer.
pub fn load(named: Option<&Path>, surroundings: &Surroundings) -> Result<Loaded, Vec<Diagnostic>> {
    let usual = Path::new(USUAL_FILE);
    let file = named.or_else(|| usual.is_file().then_some(usual));
    let mut found = Diagnostics::new();
    let mut settings = Settings::built_in();
    let mut layers = Vec::new();
    if let Some(path) = file {
        match read(path, "the settings file") {
            Ok(source) => layers.push(source),
            Err(error) => found.push(*error),
        }
    }
    layers.extend(environment::layer(&surroundings.variables));
    for source in &layers {
        settings.lay(source, surroundings, &mut found);
    }
    check_queues(&settings, &layers, &mut found);
    tls::check(&settings, &layers, &mut found);
    check_trunks(&settings, &mut found);
    people::check_seats(&settings, &mut found);
    check_transfers(&settings, &mut found);
    phones::check(&settings, &layers, &mut found);
    warn_unserved(&settings, &layers, &mut found);
    let (settings, warnings) = found.finish(Some(settings))?;
    Ok(Loaded { settings, warnings, file: file.map(Path::to_path_buf), layers: Layers(layers) })
}

/// Dialplans name queues without their desk: a name must lead to one desk.
fn check_queues(settings: &Settings, layers: &[Source], found: &mut Diagnostics) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (desk, queue) in
        settings.desks.iter().flat_map(|(name, desk)| desk.queues.keys().map(move |q| (name, q)))
    {
        if let Some(other) = owners.insert(queue, desk) {
            let (source, span) = written(layers, &["desks", desk, "queues", queue]);
            let message = format!("queue `{queue}` belongs to desk `{other}` already");
            found.push(Diagnostic::error("queue-twice", &source, span, message));
        }
    }
}

/// What is rung by a trunk is rung by one that there is, and that may dial it.
fn check_trunks(settings: &Settings, found: &mut Diagnostics) {
    for target in settings.rung() {
        let To::Trunk { trunk: name, number } = &target.to else { continue };
        let (source, span) = (&target.place.source, target.place.span.clone());
        let Some(trunk) = settings.trunks.get(name) else {
            let names = settings.trunks.keys().map(String::as_str);
            let error = Diagnostic::error("no-trunk", source, span, format!("there is no trunk `{name}`"));
            found.push(error.maybe_help(suggestion(name, names)));
            continue;
        };
        if !trunk.prefixes.is_empty() && !trunk.prefixes.iter().any(|prefix| number.starts_with(prefix)) {
            let message = format!("`{number}` begins with none of the prefixes of trunk `{name}`");
            found.push(Diagnostic::error("not-allowed", source, span, message));
        }
    }
}

/// Callers are transferred to desks, places and trunks that there are.
fn check_transfers(settings: &Settings, found: &mut Diagnostics) {
    let names = || settings.desks.keys().chain(settings.transfers.keys()).map(String::as_str);
    for Named { name, place } in settings.desks.values().flat_map(|desk| &desk.transfers) {
        let error = |code, message| Diagnostic::error(code, &place.source, place.span.clone(), message);
        match name.strip_prefix("trunk:") {
            Some(trunk) if settings.trunks.get(trunk).is_some_and(|trunk| trunk.prefixes.is_empty()) => {
                let error =
                    error("no-prefixes", format!("trunk `{trunk}` says of no number that it may be dialled"));
                found.push(error.help(format!("write prefixes = [\"03\", …] in [trunks.{trunk}]")));
            }
            Some(trunk) if settings.trunks.contains_key(trunk) => {}
            Some(trunk) => {
                let error = error("no-trunk", format!("there is no trunk `{trunk}`"));
                found.push(error.maybe_help(suggestion(trunk, settings.trunks.keys().map(String::as_str))));
            }
            None if names().any(|known| known == name) => {}
            None => {
                let error = error("no-transfer", format!("there is no desk or transfer `{name}`"));
                found.push(error.maybe_help(suggestion(name, names())));
            }
        }
    }
}

/// Keys of the interface that nothing serves yet, where they are set to something.
fn warn_unserved(settings: &Settings, layers: &[Source], found: &mut Diagnostics) {
    for (name, agent) in &settings.agents {
        let set = [
            ("skills", !agent.skills.is_empty()),
            ("languages", !agent.languages.is_empty()),
            ("tier", agent.tier != 1),
            ("desks", !agent.desks.is_empty()),
            ("sessions", agent.multi_session),
        ];
        for (key, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
            let (source, span) = written(layers, &["agents", name, key]);
            let message = format!("`agents.{name}.{key}` is checked and kept, but nothing serves it yet");
            found.push(Diagnostic::warning("not-served", &source, span, message));
        }
    }
}

/// Where the last layer that writes this key writes it.
fn written(layers: &[Source], path: &[&str]) -> (Source, Span) {
    find(layers, path).unwrap_or_else(|| nowhere(layers))
}

fn nowhere(layers: &[Source]) -> (Source, Span) {
    (layers.last().cloned().unwrap_or_else(|| Source::new("settings", "")), 0..0)
}

fn find(layers: &[Source], path: &[&str]) -> Option<(Source, Span)> {
    let place = |source: &Source| {
        let mut unheard = Diagnostics::new();
        let document = Document::parse(source, &mut unheard);
        let (last, way) = path.split_last()?;
        let mut table = document.table();
        for key in way {
            table = table.sub(key, &mut unheard);
        }
        table.key_span(last).map(|span| (source.clone(), span))
    };
    layers.iter().rev().find_map(place)
}

#[cfg(test)]
mod tests;
