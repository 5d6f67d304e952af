//! One trunk: passes inputs to its machines, and what they learn of places to each other.

use super::config::{Resolved, TrunkConfig};
use super::limits::{Gate, NoWay};
use super::lookup::Lookups;
use super::places::Places;
use super::registration::Registration;
use super::request;
use super::standing::{LookupStanding, RegistrationStanding, TrunkStanding};
use crate::base::{Deadline, Instant};
use crate::signaling::Flow;
use crate::signaling::command::{Event, OnTrunk, Target};
use crate::signaling::core::Core;
use crate::signaling::transaction::{ClientId, Failure};
use crate::signaling::usage::{Replied, UsageKey};
use crate::sip::{Host, Uri};
use std::net::IpAddr;
use std::time::Duration;

/// How long a place that does not answer OPTIONS is passed over: until it answers one.
const UNTIL_IT_ANSWERS: Duration = Duration::from_secs(24 * 3600);

/// How long a place that failed a call is passed over where it is not asked.
const REST: Duration = Duration::from_secs(60);

/// A trunk.
#[derive(Debug)]
pub(super) struct Trunk {
    config: TrunkConfig,
    owner: UsageKey,
    lookups: Lookups,
    lookup: Option<LookupStanding>,
    places: Places,
    registration: Option<Registration>,
    gate: Gate,
    retired: bool,
    told: Option<TrunkStanding>,
}

impl Trunk {
    pub(super) fn new(core: &mut Core, owner: UsageKey, config: TrunkConfig) -> Self {
        let registration = config.register.map(|asked| Registration::new(core, owner, asked));
        Trunk {
            config,
            owner,
            lookups: Lookups::Due { at: Instant::ZERO },
            lookup: None,
            places: Places::default(),
            registration,
            gate: Gate::default(),
            retired: false,
            told: None,
        }
    }

    pub(super) fn has_host(&self, ip: IpAddr) -> bool {
        self.places.has_host(ip)
    }

    pub(super) fn on_resolved(&mut self, core: &mut Core, resolved: Resolved) {
        let now = core.now.mono;
        let error = match &resolved.places {
            Ok(flows) => {
                self.places.replace(flows, now);
                self.lookups.answered(now, Ok(resolved.holds));
                None
            }
            Err(why) => {
                self.lookups.answered(now, Err(()));
                Some(why.clone())
            }
        };
        self.lookup = Some(LookupStanding { took: resolved.took, error });
        self.ask_places(core);
        self.places_changed(core);
    }

    pub(super) fn on_response(&mut self, core: &mut Core, replied: &Replied) {
        let status = replied.response.status.code();
        if self.registering(replied.id) {
            self.with_registration(core, |r, core, trunk, places| {
                r.on_response(core, trunk, places, replied)
            });
        } else if status >= 200 {
            self.place_answered(core, replied.id, Some(status));
        }
        self.places_changed(core);
    }

    pub(super) fn on_failure(&mut self, core: &mut Core, failure: Failure) {
        if self.registering(failure.id) {
            self.with_registration(core, |r, core, trunk, places| r.on_failure(core, trunk, places));
        } else {
            self.place_answered(core, failure.id, None);
        }
        self.places_changed(core);
    }

    pub(super) fn admit(&mut self, core: &Core, number: Option<&str>) -> Result<(), NoWay> {
        let up = core.legs_on(&self.config.name);
        self.gate.admit(&self.config.limits, core.now.mono, up, number)
    }

    /// Every place in order. A trunk that wants a registration is used where it stands, and nowhere else.
    pub(super) fn targets(&self, core: &Core, number: &str) -> Result<Vec<Target>, NoWay> {
        let registered = self.registration.as_ref().is_none_or(|r| r.stands());
        let places = self.places.order(core.now.mono);
        match places.is_empty() || !registered {
            true => Err(NoWay::NoPlace),
            false => Ok(places.into_iter().map(|place| self.target(place, number)).collect()),
        }
    }

    fn target(&self, place: Flow, number: &str) -> Target {
        let (host, port) = match self.config.dials_address {
            true => (Host::from(place.remote.ip()), Some(place.remote.port())),
            false => (self.config.domain.clone(), None),
        };
        let routes = self.registration.as_ref().map_or(&[][..], Registration::routes).to_vec();
        let (name, own) = (self.config.name.clone(), self.config.own_address());
        Target {
            credentials: self.config.credentials.clone(),
            routes,
            trunk: Some(Box::new(OnTrunk { name, own })),
            ..Target::new(Uri::sip(Some(number), host, port), place)
        }
    }

    /// A call found that a place takes nothing.
    pub(super) fn on_place_failed(&mut self, core: &mut Core, flow: Flow, rest_s: Option<u64>) {
        let rest = match self.config.keep_alive {
            Some(_) => UNTIL_IT_ANSWERS,
            None => rest_s.map_or(REST, Duration::from_secs).min(UNTIL_IT_ANSWERS),
        };
        self.places.fail(flow, core.now.mono, rest);
        self.places_changed(core);
    }

    pub(super) fn on_deadline(&mut self, core: &mut Core) {
        if !self.retired && self.lookups.ask(core.now.mono) {
            core.out.ask(self.config.lookup());
        }
        self.ask_places(core);
        self.with_registration(core, |r, core, trunk, places| r.on_deadline(core, trunk, places));
    }

    /// Nothing is asked any more, and the registration is taken back.
    pub(super) fn retire(&mut self, core: &mut Core) {
        if !self.retired {
            self.retired = true;
            self.with_registration(core, |r, core, trunk, _| r.retire(core, trunk));
        }
    }

    pub(super) fn is_retiring(&self) -> bool {
        self.registration.as_ref().is_some_and(Registration::is_removing)
    }

    /// Tells how things stand, where that has changed.
    pub(super) fn tell(&mut self, core: &mut Core) {
        let standing = self.standing(core.now.mono, core.legs_on(&self.config.name));
        if self.told.as_ref() != Some(&standing) {
            let before = self.told.replace(standing.clone());
            let news = standing.news_since(before.as_ref());
            core.out.tell(Event::Trunk { standing: Box::new(standing), news });
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        let registration = self.registration.as_ref().and_then(Registration::deadline);
        if self.retired {
            return registration;
        }
        let places = self.places.iter().filter(|_| self.config.keep_alive.is_some());
        let places = places.filter_map(|place| place.keep_alive.deadline()).min();
        Deadline::earliest(Deadline::earliest(registration, self.lookups.deadline()), places)
    }

    fn standing(&self, now: Instant, calls: usize) -> TrunkStanding {
        let registration = self.registration.as_ref().map(Registration::standing);
        TrunkStanding {
            trunk: self.config.name.clone(),
            registration: registration.unwrap_or(RegistrationStanding::NotWanted),
            registered_in: self.registration.as_ref().and_then(Registration::answered_in),
            places: self.places.standing(now),
            lookup: self.lookup.clone(),
            calls,
            refused: self.gate.refused(),
        }
    }

    fn registering(&self, id: ClientId) -> bool {
        self.registration.as_ref().is_some_and(|registration| registration.owns(id))
    }

    fn with_registration(
        &mut self,
        core: &mut Core,
        input: impl FnOnce(&mut Registration, &mut Core, &TrunkConfig, &mut Places),
    ) {
        if let Some(registration) = &mut self.registration {
            input(registration, core, &self.config, &mut self.places);
        }
    }

    /// The registration follows the place that calls go to.
    fn places_changed(&mut self, core: &mut Core) {
        if !self.retired {
            self.with_registration(core, |r, core, trunk, places| r.on_places(core, trunk, places));
        }
    }

    /// OPTIONS to every place that is due for one.
    fn ask_places(&mut self, core: &mut Core) {
        if self.retired || self.config.keep_alive.is_none() {
            return;
        }
        let routes = self.registration.as_ref().map_or(&[][..], Registration::routes);
        let now = core.now.mono;
        for place in self.places.iter_mut().filter(|place| place.keep_alive.is_due(now)) {
            let (call_id, tag) = (core.new_tag(), core.new_tag());
            let request = request::options(&core.config, &self.config, place.flow, &call_id, &tag, routes);
            let tx = core.send(self.owner, request, place.flow);
            place.keep_alive.asked(tx, now);
        }
    }

    /// Any answer shows that the place is there, but one: 503 says that it takes nothing now.
    fn place_answered(&mut self, core: &mut Core, id: ClientId, status: Option<u16>) {
        let Some(every) = self.config.keep_alive else { return };
        let now = core.now.mono;
        let Some(place) = self.places.iter_mut().find(|place| place.keep_alive.owns(id)) else { return };
        place.keep_alive.answered(now, &mut core.rng, every, status);
        let flow: Flow = place.flow;
        match status {
            None | Some(408 | 503) => self.places.fail(flow, now, UNTIL_IT_ANSWERS),
            Some(_) => self.places.revive(flow),
        }
        if self.registration.is_none() {
            self.places.prefer_best(now);
        }
    }
}
