//! Figures of trunks. What the name service took, what a carrier took and what it answered stay apart: a slow
//! name service is no slow carrier.

use crate::signaling::{Refused, RegistrationStanding, TrunkStanding};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// A figure of a trunk.
type OfTrunk<M> = Family<[(&'static str, String); 1], M>;
/// A figure of one of its places.
type OfPlace<M> = Family<[(&'static str, String); 2], M>;
type Seconds = Gauge<f64, AtomicU64>;

pub(super) fn register(registry: &mut Registry, trunks: &[TrunkStanding]) {
    let (up, registered, granted) =
        (OfTrunk::<Gauge>::default(), OfTrunk::<Gauge>::default(), OfTrunk::<Gauge>::default());
    let (lookup, unnamed) = (OfTrunk::<Seconds>::default(), OfTrunk::<Gauge>::default());
    for standing in trunks {
        let label = [("trunk", standing.trunk.to_string())];
        up.get_or_create(&label).set(standing.is_usable().into());
        if standing.registration != RegistrationStanding::NotWanted {
            let time = granted_s(standing.registration);
            registered.get_or_create(&label).set((time > 0).into());
            granted.get_or_create(&label).set(time);
        }
        if let Some(found) = &standing.lookup {
            lookup.get_or_create(&label).set(found.took.as_secs_f64());
            unnamed.get_or_create(&label).set(found.error.is_some().into());
        }
    }
    register_calls(registry, trunks);
    registry.register("trunk_up", "Whether calls can come and go by the trunk", up);
    registry.register("trunk_registered", "Whether the registration stands", registered);
    registry.register("trunk_registration_granted_seconds", "For how long the carrier granted it", granted);
    registry.register("trunk_dns_seconds", "How long the newest look-up of the name took", lookup);
    registry.register("trunk_dns_failing", "Whether the newest look-up of the name gave nothing", unnamed);
    register_places(registry, trunks);
}

fn register_calls(registry: &mut Registry, trunks: &[TrunkStanding]) {
    let (up, refused) =
        (OfTrunk::<Gauge>::default(), Family::<[(&'static str, String); 2], Counter>::default());
    for standing in trunks {
        let name = || ("trunk", standing.trunk.to_string());
        up.get_or_create(&[name()]).set(i64::try_from(standing.calls).unwrap_or(i64::MAX));
        let Refused { full, too_fast, not_allowed } = standing.refused;
        for (limit, count) in [("calls", full), ("calls_per_second", too_fast), ("prefixes", not_allowed)] {
            refused.get_or_create(&[name(), ("limit", limit.to_string())]).inc_by(count);
        }
    }
    registry.register("trunk_calls_up", "Calls that are up by the trunk, in both directions", up);
    registry.register("trunk_calls_refused", "Calls refused because of a limit of the trunk", refused);
}

fn register_places(registry: &mut Registry, trunks: &[TrunkStanding]) {
    let (up, status, took) =
        (OfPlace::<Gauge>::default(), OfPlace::<Gauge>::default(), OfPlace::<Seconds>::default());
    for (standing, place) in trunks.iter().flat_map(|t| t.places.iter().map(move |place| (t, place))) {
        let label = [("trunk", standing.trunk.to_string()), ("address", place.address.to_string())];
        up.get_or_create(&label).set((!place.down).into());
        status.get_or_create(&label).set(place.status.unwrap_or(0).into());
        took.get_or_create(&label).set(place.round_trip.as_ref().map_or(f64::NAN, Duration::as_secs_f64));
    }
    registry.register("trunk_place_up", "Whether an address of the trunk is used", up);
    registry.register(
        "trunk_options_status",
        "Newest status of an answer to OPTIONS, 0 where none came",
        status,
    );
    registry.register("trunk_options_seconds", "How long that answer took, the look-up apart", took);
}

fn granted_s(registration: RegistrationStanding) -> i64 {
    match registration {
        RegistrationStanding::Standing { granted } => i64::try_from(granted.as_secs()).unwrap_or(i64::MAX),
        RegistrationStanding::NotWanted
        | RegistrationStanding::Wanted
        | RegistrationStanding::Failing { .. }
        | RegistrationStanding::TakenBack => 0,
    }
}
