//! Figures of who is told what happens to cases.

use super::Labelled;
use crate::office::ReceiverFigures;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

pub(super) fn register(registry: &mut Registry, receivers: &[ReceiverFigures]) {
    let (sent, failed) = (Labelled::<Counter>::default(), Labelled::<Counter>::default());
    let (waiting, dead) = (Labelled::<Gauge>::default(), Labelled::<Gauge>::default());
    let oldest = Labelled::<Gauge<f64, AtomicU64>>::default();
    for figures in receivers {
        let label = [("receiver", figures.receiver.clone())];
        sent.get_or_create(&label).inc_by(figures.sent);
        failed.get_or_create(&label).inc_by(figures.failed);
        waiting.get_or_create(&label).set(i64::try_from(figures.waiting).unwrap_or(i64::MAX));
        oldest.get_or_create(&label).set(figures.oldest_waiting.as_secs_f64());
        dead.get_or_create(&label).set(i64::try_from(figures.dead).unwrap_or(i64::MAX));
    }
    registry.register("events_sent", "Events that the receiver took from this engine", sent);
    registry.register("events_attempts_failed", "Attempts of this engine to send one that failed", failed);
    registry.register("events_waiting", "Events of any engine that wait for the receiver", waiting);
    registry.register("events_oldest_waiting_seconds", "For how long the oldest of them has waited", oldest);
    registry.register("events_dead", "Events of any engine that were given up", dead);
}
