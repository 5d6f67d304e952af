//! Figures of desk phones.

use crate::signaling::PhoneStanding;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(super) fn register(registry: &mut Registry, phones: &[PhoneStanding]) {
    let places = Family::<[(&'static str, String); 1], Gauge>::default();
    for standing in phones {
        let count = i64::try_from(standing.places.len()).unwrap_or(i64::MAX);
        places.get_or_create(&[("phone", standing.phone.to_string())]).set(count);
    }
    registry.register(
        "phone_places",
        "Places at which the phone is registered; 0: it cannot be rung",
        places,
    );
}
