//! Figures of look-ups at the customers' own system: what came of them, and how long they took.

use super::Labelled;
use crate::customer::{LookupCounts, TOOK_MS};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(super) fn register(registry: &mut Registry, counts: &LookupCounts) {
    let outcomes = Labelled::<Counter>::default();
    for (outcome, count) in counts.outcomes() {
        outcomes.get_or_create(&[("outcome", outcome.to_string())]).inc_by(count);
    }
    registry.register("customer_lookups", "Look-ups of customers, by what came of them", outcomes);
    let took = "How long look-ups took that the customers' own system was asked for";
    registry.register("customer_lookup_seconds", took, Took(counts.clone()));
    let left_alone = Gauge::<i64>::default();
    left_alone.set(counts.is_left_alone.into());
    let why = "Whether the customers' own system does not answer and is left alone";
    registry.register("customer_lookup_left_alone", why, left_alone);
}

/// The times of look-ups that were counted elsewhere.
#[derive(Debug)]
struct Took(LookupCounts);

impl EncodeMetric for Took {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let ends = TOOK_MS
            .iter()
            .map(|ms| std::time::Duration::from_millis(*ms).as_secs_f64())
            .chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = ends.zip(self.0.took).collect();
        let count = self.0.took.iter().sum();
        encoder.encode_histogram::<NoLabelSet>(self.0.took_in_all.as_secs_f64(), count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Figures, text};
    use super::*;
    use std::time::Duration;

    #[test]
    fn outcomes_and_times_are_there_where_somebody_is_asked() {
        let counts = LookupCounts {
            found: 3,
            late: 1,
            left_alone: 7,
            took: [0, 2, 1, 0, 0, 0, 0, 0, 1],
            took_in_all: Duration::from_millis(3_075),
            is_left_alone: true,
            ..LookupCounts::default()
        };
        let shown = text(&Figures { lookups: Some(counts), ..Figures::default() }).expect("a text");
        for line in [
            "madoguchi_customer_lookups_total{outcome=\"found\"} 3",
            "madoguchi_customer_lookups_total{outcome=\"late\"} 1",
            "madoguchi_customer_lookups_total{outcome=\"left-alone\"} 7",
            "madoguchi_customer_lookups_total{outcome=\"unknown\"} 0",
            "madoguchi_customer_lookup_seconds_sum 3.075",
            "madoguchi_customer_lookup_seconds_count 4",
            "madoguchi_customer_lookup_seconds_bucket{le=\"0.01\"} 0",
            "madoguchi_customer_lookup_seconds_bucket{le=\"0.05\"} 3",
            "madoguchi_customer_lookup_seconds_bucket{le=\"2.5\"} 3",
            "madoguchi_customer_lookup_seconds_bucket{le=\"+Inf\"} 4",
            "madoguchi_customer_lookup_left_alone 1",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line} is not in\n{shown}");
        }
        let none = text(&Figures::default()).expect("a text");
        assert!(!none.contains("lookup"), "{none}");
    }
}
