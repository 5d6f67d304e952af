//! Trunks: the carriers this user agent belongs to, and whether each can be used now.
//!
//! Owns: the registration with a carrier (RFC 3261 10.2, Service-Route of RFC 3608, Path of RFC 3327),
//! the questions that keep a path warm and tell whether it answers (OPTIONS, RFC 3261 11), and the one
//! set of places that REGISTER, OPTIONS and INVITE share: what one of them learns of a place counts for all.
//!
//! Does not know: names' addresses (it asks by [`Output::Resolve`](super::Output) and is told), calls.
//!
//! ```text
//!   Lookup -> Resolved -> Places <- fails, answers - Registration (one, where wanted)
//!                           ^------ fails, answers - KeepAlive (one a place)
//!                           ^------ fails ---------- INVITEs
//! ```
//!
//! Invariants: every change is told by [`Event::Trunk`](super::Event); a trunk whose name has no address
//! now keeps the places it knew; what is asked for is never more often than its back-off says; after a
//! drain, once no leg is left, each registration is taken back, and not before: carriers end the calls of
//! a user who unregisters.
//!
//! To add a thing asked of carriers: a machine in a file here, its inputs passed on in `trunk.rs`.

mod config;
mod keep_alive;
mod limits;
mod lookup;
mod places;
mod registration;
mod request;
mod standing;
mod trunk;

pub use config::{Limits, Lookup, Resolved, TrunkConfig};
pub use limits::{NoWay, Refused};
pub use standing::{LookupStanding, PlaceStanding, RegistrationStanding, TrunkStanding};

use super::command::Target;
use super::core::Core;
use super::transaction::Failure;
use super::transport::Flow;
use super::usage::{Replied, UsageKey};
use crate::base::Deadline;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use trunk::Trunk;

/// The trunks of an endpoint.
#[derive(Debug, Default)]
pub(super) struct Trunks {
    by_name: BTreeMap<Arc<str>, Trunk>,
    by_key: BTreeMap<UsageKey, Arc<str>>,
}

impl Trunks {
    /// A trunk joins; its place is looked up at the next deadline, which is at once.
    pub(super) fn add(&mut self, core: &mut Core, config: TrunkConfig) {
        let key = core.new_usage();
        let name = config.name.clone();
        self.by_key.insert(key, name.clone());
        self.by_name.insert(name, Trunk::new(core, key, config));
    }

    /// Whether a transaction of this owner is a trunk's.
    pub(super) fn owns(&self, owner: UsageKey) -> bool {
        self.by_key.contains_key(&owner)
    }

    /// The trunk that a host belongs to.
    pub(super) fn of_host(&self, ip: IpAddr) -> Option<&Arc<str>> {
        self.by_name.iter().find(|(_, trunk)| trunk.has_host(ip)).map(|(name, _)| name)
    }

    pub(super) fn on_response(&mut self, core: &mut Core, owner: UsageKey, replied: &Replied) {
        self.step(core, owner, |trunk, core| trunk.on_response(core, replied));
    }

    pub(super) fn on_failure(&mut self, core: &mut Core, failure: Failure) {
        self.step(core, failure.owner, |trunk, core| trunk.on_failure(core, failure));
    }

    pub(super) fn on_resolved(&mut self, core: &mut Core, resolved: Resolved) {
        if let Some(trunk) = self.by_name.get_mut(&resolved.trunk) {
            trunk.on_resolved(core, resolved);
            trunk.tell(core);
        }
    }

    /// Whether a call may come or go; it counts at once. `number`: the one dialled, for a call that goes.
    pub(super) fn admit(&mut self, core: &mut Core, trunk: &str, number: Option<&str>) -> Result<(), NoWay> {
        let trunk = self.by_name.get_mut(trunk).ok_or(NoWay::Unknown)?;
        let admitted = trunk.admit(core, number);
        trunk.tell(core);
        admitted
    }

    /// Where a number is reached, the place that is used first first.
    pub(super) fn targets(&self, core: &Core, trunk: &str, number: &str) -> Result<Vec<Target>, NoWay> {
        self.by_name.get(trunk).ok_or(NoWay::Unknown)?.targets(core, number)
    }

    /// A call found that a place takes nothing; it asks to be left alone for so many seconds.
    pub(super) fn on_place_failed(&mut self, core: &mut Core, trunk: &str, flow: Flow, rest_s: Option<u64>) {
        if let Some(trunk) = self.by_name.get_mut(trunk) {
            trunk.on_place_failed(core, flow, rest_s);
            trunk.tell(core);
        }
    }

    pub(super) fn on_deadline(&mut self, core: &mut Core) {
        let now = core.now.mono;
        let is_due = |trunk: &&mut Trunk| trunk.deadline().is_some_and(|deadline| deadline.at <= now);
        for trunk in self.by_name.values_mut().filter(is_due) {
            trunk.on_deadline(core);
            trunk.tell(core);
        }
    }

    /// Tells how every trunk stands, where that has changed.
    pub(super) fn tell(&mut self, core: &mut Core) {
        self.by_name.values_mut().for_each(|trunk| trunk.tell(core));
    }

    /// Takes every registration back, once.
    pub(super) fn retire(&mut self, core: &mut Core) {
        for trunk in self.by_name.values_mut() {
            trunk.retire(core);
            trunk.tell(core);
        }
    }

    /// Trunks that wait for the answer to their last request.
    pub(super) fn retiring(&self) -> usize {
        self.by_name.values().filter(|trunk| trunk.is_retiring()).count()
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.by_name.values().filter_map(Trunk::deadline).min()
    }

    fn step(&mut self, core: &mut Core, owner: UsageKey, input: impl FnOnce(&mut Trunk, &mut Core)) {
        let trunk = self.by_key.get(&owner).and_then(|name| self.by_name.get_mut(name));
        if let Some(trunk) = trunk {
            input(trunk, core);
            trunk.tell(core);
        }
    }
}
