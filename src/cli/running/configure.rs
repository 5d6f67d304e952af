//! The engine's configuration from the settings, targets resolved.

use super::reach::reach;
use crate::cli::settings::{Desk, Profile, Queue, Registrations, Settings, Target, To, Trunk, host_of};
use crate::cli::workplace::Workplace;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{
    self, Config, DeskConfig, DialTarget, Encryption, Habits, IpVersions, QueueConfig, Reference, SeatConfig,
    Way,
};
use crate::net::{Bound, source_towards};
use crate::signaling::{self, Limits, Phones, TrunkConfig};
use crate::sip::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Server transactions a call may have at once, before requests of strangers are turned away.
const TRANSACTIONS_PER_CALL: usize = 4;

/// Carriers take packets of this length; some take no other.
const CARRIER_PTIME_MS: u16 = 20;
/// The user part of our Contact where no line has one of its own.
const CONTACT_USER: &str = "madoguchi";

/// Everything the engine is told.
///
/// # Errors
/// Every target that cannot be reached, where it is written.
pub(super) async fn engine(workplace: &Workplace, bound: &Bound) -> Result<Config, Vec<Diagnostic>> {
    let settings = &workplace.settings;
    let mut found = Diagnostics::new();
    let (mut desks, mut queues) = (BTreeMap::new(), BTreeMap::new());
    for (name, desk) in &settings.desks {
        let name: Arc<str> = name.as_str().into();
        for (queue, of) in &desk.queues {
            queues.insert(queue.as_str().into(), queue_config(&name, desk, of, bound, &mut found).await);
        }
        let dial = targets(&desk.dial, desk.trusted, bound, &mut found).await;
        let refers_to = desk.transfers.iter().map(|named| reference(settings, &named.name)).collect();
        desks.insert(name, DeskConfig { dial, refers_to });
    }
    let mut transfers = BTreeMap::new();
    for (name, transfer) in &settings.transfers {
        let target = dial_target(&transfer.target, transfer.trusted, bound, &mut found).await;
        transfers.extend(target.map(|target| (name.as_str().into(), target)));
    }
    let known = known(&desks, &queues, &transfers);
    let config = Config {
        signaling: signaling_config(settings, bound, known),
        calendar: workplace.calendar.clone(),
        desks,
        queues,
        transfers,
        trunks: settings.trunks.iter().map(trunk_config).collect(),
        host: Host::from(own_address(settings)),
        inband: settings.inband_tones,
        media_timeout: settings.media_timeout,
        speaks: settings.voice.is_some(),
        takes_pins: settings.customers.pins,
        encryption: settings.srtp,
        codecs: settings.codecs.clone(),
        phones: phones(settings),
        certificate: Some(bound.fingerprint()).filter(|_| settings.srtp != Encryption::Never),
        media_security: settings
            .phones
            .iter()
            .map(|(name, phone)| (name.as_str().into(), phone.media_security))
            .collect(),
        audio_over: IpVersions::of(&bound.media_ips()),
    };
    found.finish(Some(config)).map(|(config, _)| config)
}

/// Whom a name of a desk's `transfers` means; the settings were checked.
fn reference(settings: &Settings, name: &str) -> Reference {
    match name.strip_prefix("trunk:") {
        Some(trunk) => Reference::Trunk(trunk.into()),
        None if settings.desks.contains_key(name) => Reference::Desk(name.into()),
        None => Reference::Place(name.into()),
    }
}

/// Who may register. The realm goes into every password's digest on the phones: it never changes.
fn phones(settings: &Settings) -> Option<Phones> {
    let passwords =
        settings.phones.iter().map(|(name, phone)| (name.as_str().into(), phone.password.clone()));
    let Registrations { min, max, digests } = settings.registrations.clone();
    (!settings.phones.is_empty()).then(|| Phones {
        realm: "madoguchi".to_string(),
        passwords: passwords.collect(),
        min_expires: min,
        max_expires: max,
        digests,
    })
}

/// The SIP endpoint of the engine.
pub fn signaling_config(settings: &Settings, bound: &Bound, known: BTreeSet<IpAddr>) -> signaling::Config {
    let max_legs = bound.max_calls();
    signaling::Config {
        product: concat!("madoguchi/", env!("CARGO_PKG_VERSION")).to_string(),
        user: CONTACT_USER.to_string(),
        max_legs,
        // One stranger leaves room for others, however small the engine.
        max_legs_of_stranger: settings.stranger_calls.min(max_legs.div_ceil(2)),
        known,
        max_transactions: max_legs * TRANSACTIONS_PER_CALL,
        advertise: settings.advertise,
        timer: settings.session_timer,
    }
}

/// Hosts that these settings name: their rate is not limited. Those of trunks are known by name service.
fn known(
    desks: &BTreeMap<Arc<str>, DeskConfig>,
    queues: &BTreeMap<Arc<str>, QueueConfig>,
    transfers: &BTreeMap<Arc<str>, DialTarget>,
) -> BTreeSet<IpAddr> {
    let dialled = desks.values().flat_map(|desk| &desk.dial);
    let seats = queues.values().flat_map(|queue| &queue.seats).map(|seat| &seat.target);
    let targets = dialled.chain(seats).chain(transfers.values());
    let host = |target: &DialTarget| match &target.way {
        Way::To(target) => Some(target.flow.remote.ip().to_canonical()),
        Way::By { .. } | Way::Phone(_) => None,
    };
    targets.filter_map(host).collect()
}

async fn queue_config(
    name: &Arc<str>,
    desk: &Desk,
    queue: &Queue,
    bound: &Bound,
    found: &mut Diagnostics,
) -> QueueConfig {
    let mut seats = Vec::new();
    for seat in &queue.seats {
        if let Some(target) = dial_target(&seat.target, desk.trusted, bound, found).await {
            seats.push(SeatConfig { target, calls_at_once: seat.calls_at_once });
        }
    }
    let ring = queue.ring.unwrap_or(desk.ring);
    QueueConfig { desk: name.clone(), tier: queue.tier, max_waiting: queue.max_waiting, ring, seats }
}

async fn targets(
    written: &[Target],
    trusted: bool,
    bound: &Bound,
    found: &mut Diagnostics,
) -> Vec<DialTarget> {
    let mut targets = Vec::new();
    for target in written {
        targets.extend(dial_target(target, trusted, bound, found).await);
    }
    targets
}

async fn dial_target(
    target: &Target,
    trusted: bool,
    bound: &Bound,
    found: &mut Diagnostics,
) -> Option<DialTarget> {
    let uri = match &target.to {
        To::Uri(uri) => uri,
        To::Trunk { trunk, number } => {
            let way = Way::By { trunk: trunk.as_str().into(), number: number.clone() };
            return Some(DialTarget { way, trusted });
        }
        To::Phone(name) => return Some(DialTarget { way: Way::Phone(name.as_str().into()), trusted }),
    };
    match reach(uri, bound).await {
        Ok(target) => Some(DialTarget { way: Way::To(Box::new(target)), trusted }),
        Err(why) => {
            let place = &target.place;
            found.push(Diagnostic::error("unreachable", &place.source, place.span.clone(), why));
            None
        }
    }
}

/// A carrier as signaling knows it.
pub fn trunk_config((name, trunk): (&String, &Trunk)) -> (Arc<str>, engine::Trunk) {
    let user = trunk.user.clone().unwrap_or_else(|| CONTACT_USER.to_string());
    let auth_user = trunk.auth_user.clone().unwrap_or_else(|| user.clone());
    let name: Arc<str> = name.as_str().into();
    let line = TrunkConfig {
        name: name.clone(),
        host: trunk.host.clone(),
        port: trunk.port,
        transport: trunk.transport,
        domain: host_of(trunk),
        user,
        credentials: trunk.password.clone().map(|password| (auth_user, password)),
        register: trunk.register.then_some(trunk.expires),
        keep_alive: Some(trunk.keep_alive).filter(|every| !every.is_zero()),
        dials_address: trunk.profile == Profile::NttHikari,
        limits: Limits {
            calls: trunk.max_calls,
            per_second: trunk.calls_per_second,
            prefixes: trunk.prefixes.clone(),
        },
    };
    let habits = Habits {
        codecs: trunk.codecs.clone(),
        number_from: trunk.number_from.clone(),
        ptime_ms: Some(CARRIER_PTIME_MS),
        reliable: trunk.profile == Profile::NttHikari,
        dscp: trunk.dscp,
    };
    (name, engine::Trunk { line, habits })
}

/// The address that names this engine where no peer decides.
fn own_address(settings: &Settings) -> IpAddr {
    let listened =
        settings.listen.first().map(|listen| listen.address.ip()).filter(|ip| !ip.is_unspecified());
    // A documentation address (RFC 5737) is routed as any far host is; nothing is sent.
    let routed = || source_towards(Ipv4Addr::new(192, 0, 2, 1).into());
    settings.advertise.or(listened).or_else(routed).unwrap_or(Ipv4Addr::LOCALHOST.into())
}
