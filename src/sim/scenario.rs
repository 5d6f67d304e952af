//! Scenarios: worlds written as TOML, with what is expected of each call.
//!
//! ```toml
//! about = "2 then 1 in office hours reaches the Japan desk"
//! at = "2026-02-10T10:00:00+09:00"
//! plan = "../../dialplans/examples/menu.toml"   # beside this file; left out: the shipped plan
//!
//! [[desk]]                       # japan and sales: a seat of the desk's queue; global: dialled; partner: a transfer
//! name = "sato"
//! desk = "japan"
//! on_call = "answer 3s"          # busy, ring, refuse 503
//! script = ["wait 5s", "hang up"]
//!
//! [[webhook]]                    # a service outside; one that is not named never answers
//! name = "contracts"
//! answer = "yes"
//! after = "300ms"
//!
//! [[pin]]                        # a PIN that is known; without any callers are not asked for one
//! digits = "471108"
//! option = "enhanced"            # left out: what comes of it is `verdict`: "trial", "expired"
//! products = ["meetings"]
//! japanese = true
//! by = "lookup"                  # who says so; left out: "store"
//! after = "300ms"
//!
//! [[caller]]
//! name = "tanaka"
//! script = ["wait 1s", "press 2", "wait silence 1s", "press 1"]
//! expect = { cause = "caller-hung-up", digits = "21", desk = "japan" }
//! ```

mod expected;
mod phones;
mod setting;

use super::cast::{Cast, EngineSetting, Happening, Run};
use super::network::Faults;
use super::shipped::Shipped;
use crate::base::UnixTime;
use crate::diag::Source;
use expected::{Expect, Happened};
use phones::{Desk, Phone, RudePhone};
use serde::Deserialize;
use setting::{Network, Pin, Service, Setting, pins, time};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A scenario: a world, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub about: String,
    /// The world.
    pub cast: Cast,
    /// The plan it runs on, as a path from the scenario's own folder; none: the shipped one.
    plan: Option<PathBuf>,
    expected: Vec<(String, Expect)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    at: String,
    plan: Option<PathBuf>,
    #[serde(default)]
    seed: u64,
    limit: Option<String>,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    engine: Setting,
    #[serde(default)]
    webhook: Vec<Service>,
    #[serde(default)]
    pin: Vec<Pin>,
    #[serde(default)]
    desk: Vec<Desk>,
    #[serde(default)]
    caller: Vec<Phone>,
    #[serde(default)]
    rude: Vec<RudePhone>,
    #[serde(default)]
    event: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    at: String,
    what: String,
    /// The text of the plan that a reload brings.
    plan: Option<String>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What cannot be read, in words.
    pub fn read(text: &str) -> Result<Scenario, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let wall: jiff::Timestamp = file.at.parse().map_err(|e| format!("at: {e}"))?;
        let callers = file.caller.iter().map(|p| (p.name.clone(), p.expect.clone()));
        let rude = file.rude.iter().map(|p| (p.name.clone(), p.expect.clone()));
        let cast = Cast {
            wall: UnixTime::from_millis(wall.as_millisecond()),
            seed: file.seed,
            faults: file.network.read()?,
            engine: EngineSetting {
                webhooks: file.webhook.iter().map(Service::read).collect::<Result<_, _>>()?,
                pins: pins(&file.pin)?,
                ..file.engine.read()?
            },
            desks: file.desk.iter().map(Desk::read).collect::<Result<_, _>>()?,
            callers: file.caller.iter().map(Phone::read).collect::<Result<_, _>>()?,
            rude: file.rude.iter().map(RudePhone::read).collect::<Result<_, _>>()?,
            events: file.event.iter().map(Event::read).collect::<Result<_, _>>()?,
            limit: time(file.limit.as_deref(), Duration::from_secs(3600))?,
        };
        Ok(Scenario { about: file.about, plan: file.plan, expected: callers.chain(rude).collect(), cast })
    }

    /// What the engine of this scenario runs on; `file` is the scenario's own.
    ///
    /// # Errors
    /// The plan it names cannot be read, or has mistakes.
    pub fn stage(&self, file: &Path, shipped: &Shipped) -> Result<Shipped, String> {
        let Some(plan) = &self.plan else { return Ok(shipped.clone()) };
        let path = file.parent().unwrap_or(Path::new("")).join(plan);
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        shipped.with_plan(&Source::new(&path.display().to_string(), &text)).map_err(|e| e.to_string())
    }

    /// What was expected and did not happen.
    pub fn unmet(&self, run: &Run) -> Vec<String> {
        let rude = self.cast.rude.iter().map(|r| (&r.name, &r.from));
        let numbers: BTreeMap<_, _> =
            self.cast.callers.iter().map(|c| (&c.name, &c.from)).chain(rude).collect();
        let unmet = self.expected.iter().flat_map(|(name, expect)| {
            let from = numbers.get(name).map(|n| n.as_str()).unwrap_or_default();
            let found = Happened::of(run, from).compare(expect);
            found.into_iter().map(move |what| format!("{name}: {what}"))
        });
        unmet.collect()
    }
}

impl Event {
    fn read(&self) -> Result<(Duration, Happening), String> {
        let what = match self.what.split_once(' ').unwrap_or((&self.what, "")) {
            ("drain", "") => Happening::Drain,
            ("stop", "") => Happening::Stop,
            ("reload", name) => {
                let text = self.plan.as_deref().ok_or("a reload brings a `plan`")?;
                let other = Shipped::load().and_then(|shipped| shipped.with_plan(&Source::new(name, text)));
                Happening::Reload(other.map_err(|e| e.to_string())?)
            }
            ("unplug", name) => Happening::Unplug(name.into()),
            ("loss", percent) => {
                let loss_percent = percent.parse().map_err(|_| format!("loss {percent}"))?;
                Happening::Network(Faults { loss_percent, ..Faults::NONE })
            }
            _ => return Err(format!("`{}` is nothing that happens", self.what)),
        };
        Ok((time(Some(&self.at), Duration::ZERO)?, what))
    }
}
