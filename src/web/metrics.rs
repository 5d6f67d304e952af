//! Figures of a running engine as text that Prometheus and its kin read (OpenMetrics 1.0).

mod events;
mod lookups;
mod phones;
mod trunks;

use crate::customer::LookupCounts;
use crate::office::ReceiverFigures;
use crate::signaling::{PhoneStanding, TrunkStanding};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A figure with one label.
type Labelled<M> = Family<[(&'static str, String); 1], M>;

/// A count with its name (without `madoguchi_` and `_total`) and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its name.
    pub name: &'static str,
    /// What it counts, as a sentence without its end.
    pub help: &'static str,
    /// How many.
    pub count: u64,
}

/// The figures at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Calls that are not wholly over.
    pub calls_up: u64,
    /// Whether new calls are taken.
    pub ready: bool,
    /// Whether the store fails.
    pub store_failing: bool,
    /// Plans in force: name and content hash.
    pub plans: Vec<(String, String)>,
    /// Whether the last reload was refused.
    pub reload_refused: bool,
    /// When a reload, or the start, last found plans and prompts good: seconds since 1970.
    pub reload_good_at: u64,
    /// Reloads so far, by what came of them.
    pub reloads: Vec<(&'static str, u64)>,
    /// What the shell counted.
    pub counted: Vec<Counted>,
    /// How each trunk stands.
    pub trunks: Vec<TrunkStanding>,
    /// Where each phone is registered.
    pub phones: Vec<PhoneStanding>,
    /// How each receiver of events stands.
    pub receivers: Vec<ReceiverFigures>,
    /// What came of look-ups at the customers' own system, where there is one.
    pub lookups: Option<LookupCounts>,
}

/// The text. Figures are read at each scrape, so nothing is kept between two.
pub(super) fn text(figures: &Figures) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("madoguchi");
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    gauge("calls_up", "Calls that are not wholly over", figures.calls_up);
    gauge("ready", "Whether new calls are taken", figures.ready.into());
    gauge("store_failing", "Whether the store fails", figures.store_failing.into());
    let refused = "Whether the last reload of dialplans was refused";
    gauge("dialplan_reload_refused", refused, figures.reload_refused.into());
    let good = "When dialplans and prompts were last found good, since 1970";
    gauge("dialplan_reload_good_timestamp_seconds", good, figures.reload_good_at);
    register_plans(&mut registry, figures);
    register_counts(&mut registry, figures);
    trunks::register(&mut registry, &figures.trunks);
    phones::register(&mut registry, &figures.phones);
    events::register(&mut registry, &figures.receivers);
    if let Some(lookups) = &figures.lookups {
        lookups::register(&mut registry, lookups);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn register_plans(registry: &mut Registry, figures: &Figures) {
    let plans = Family::<[(&'static str, String); 2], Gauge>::default();
    for (name, hash) in &figures.plans {
        plans.get_or_create(&[("plan", name.clone()), ("hash", hash.clone())]).set(1);
    }
    registry.register("dialplan_info", "Dialplans that new calls take", plans);
}

fn register_counts(registry: &mut Registry, figures: &Figures) {
    let reloads = Labelled::<Counter>::default();
    for (result, count) in &figures.reloads {
        reloads.get_or_create(&[("result", (*result).to_string())]).inc_by(*count);
    }
    registry.register("dialplan_reloads", "Reloads, by what came of them", reloads);
    for Counted { name, help, count } in &figures.counted {
        let counter = Counter::<u64>::default();
        counter.inc_by(*count);
        registry.register(*name, *help, counter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_text_that_a_scraper_reads() {
        let figures = Figures {
            calls_up: 3,
            ready: true,
            plans: vec![("de\"sk".into(), "00ff".into())],
            reload_refused: true,
            reload_good_at: 1_770_685_200,
            reloads: vec![("refused", 2)],
            receivers: vec![ReceiverFigures {
                receiver: "crm".into(),
                sent: 5,
                failed: 4,
                waiting: 3,
                oldest_waiting: std::time::Duration::from_millis(1_500),
                dead: 1,
            }],
            counted: vec![Counted { name: "calls", help: "Calls that came in", count: 9 }],
            ..Figures::default()
        };
        let text = text(&figures).expect("a text");
        for line in [
            "madoguchi_calls_up 3",
            "madoguchi_ready 1",
            "madoguchi_store_failing 0",
            "madoguchi_dialplan_info{plan=\"de\\\"sk\",hash=\"00ff\"} 1",
            "madoguchi_dialplan_reload_refused 1",
            "madoguchi_dialplan_reload_good_timestamp_seconds 1770685200",
            "madoguchi_dialplan_reloads_total{result=\"refused\"} 2",
            "madoguchi_events_sent_total{receiver=\"crm\"} 5",
            "madoguchi_events_attempts_failed_total{receiver=\"crm\"} 4",
            "madoguchi_events_waiting{receiver=\"crm\"} 3",
            "madoguchi_events_oldest_waiting_seconds{receiver=\"crm\"} 1.5",
            "madoguchi_events_dead{receiver=\"crm\"} 1",
            "# HELP madoguchi_calls Calls that came in.",
            "madoguchi_calls_total 9",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
