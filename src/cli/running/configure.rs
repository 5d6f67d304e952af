//! The engine's configuration from the settings, targets resolved.

use super::reach::reach;
use crate::cli::settings::{Desk, Queue, Settings, Target};
use crate::cli::workplace::Workplace;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, DeskConfig, DialTarget, QueueConfig, SeatConfig};
use crate::net::{Bound, resolve, source_towards};
use crate::signaling;
use crate::sip::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Server transactions a call may have at once, before requests of strangers are turned away.
const TRANSACTIONS_PER_CALL: usize = 4;

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
        desks.insert(name, DeskConfig { dial });
    }
    let mut transfers = BTreeMap::new();
    for (name, transfer) in &settings.transfers {
        let target = dial_target(&transfer.target, transfer.trusted, bound, &mut found).await;
        transfers.extend(target.map(|target| (name.as_str().into(), target)));
    }
    let trusted = trusted(settings, &mut found).await;
    let config = Config {
        signaling: signaling_config(settings, bound),
        calendar: workplace.calendar.clone(),
        desks,
        queues,
        transfers,
        trusted,
        host: Host::from(own_address(settings)),
        inband: settings.inband_tones,
        media_timeout: settings.media_timeout,
        speaks: settings.voice.is_some(),
        encryption: settings.srtp,
    };
    found.finish(Some(config)).map(|(config, _)| config)
}

/// The SIP endpoint of the engine.
fn signaling_config(settings: &Settings, bound: &Bound) -> signaling::Config {
    let max_legs = bound.max_calls();
    signaling::Config {
        product: concat!("madoguchi/", env!("CARGO_PKG_VERSION")).to_string(),
        user: "madoguchi".to_string(),
        max_legs,
        max_transactions: max_legs * TRANSACTIONS_PER_CALL,
        advertise: settings.advertise,
        timer: settings.session_timer,
    }
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
    match reach(&target.uri, bound).await {
        Ok(target) => Some(DialTarget { target, trusted }),
        Err(why) => {
            let place = &target.place;
            found.push(Diagnostic::error("unreachable", &place.source, place.span.clone(), why));
            None
        }
    }
}

/// Addresses of carriers: what they assert is believed. A name that has no address now asserts nothing.
async fn trusted(settings: &Settings, found: &mut Diagnostics) -> BTreeSet<IpAddr> {
    let mut trusted = BTreeSet::new();
    for (name, trunk) in &settings.trunks {
        match resolve(&trunk.host, 0).await {
            Ok(address) => {
                trusted.insert(address.ip());
            }
            Err(error) => {
                let settings = crate::diag::Source::new("settings", "");
                let message = format!("trunk `{name}`: {error}");
                found.push(Diagnostic::error("unreachable", &settings, 0..0, message));
            }
        }
    }
    trusted
}

/// The address that names this engine where no peer decides.
fn own_address(settings: &Settings) -> IpAddr {
    let listened =
        settings.listen.first().map(|listen| listen.address.ip()).filter(|ip| !ip.is_unspecified());
    // A documentation address (RFC 5737) is routed as any far host is; nothing is sent.
    let routed = || source_towards(Ipv4Addr::new(192, 0, 2, 1).into());
    settings.advertise.or(listened).or_else(routed).unwrap_or(Ipv4Addr::LOCALHOST.into())
}
