//! What every usage works with: the moment, the transactions, the maps, the outputs.

use super::command::{Config, Event, How, LegEnd};
use super::compose;
use super::dialog::DialogId;
use super::fields;
use super::invite::{Failed, Plan};
use super::outbox::Outbox;
use super::transaction::{ClientId, Clients, ServerId, Servers};
use super::transport::Flow;
use super::usage::{Asked, Usage, UsageKey};
use crate::base::{LegKey, Now, Rng, limits};
use crate::sip::{Request, Response};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

/// A leg that has not ended.
#[derive(Debug)]
pub(super) struct Leg {
    /// What serves it: several INVITEs where it rings at several places at once.
    pub(super) usages: Vec<UsageKey>,
    /// What is left to try, for an outgoing leg.
    pub(super) plan: Option<Plan>,
    /// The trunk it goes by now.
    trunk: Option<Arc<str>>,
    /// The source it came from, where that is neither trunk nor desk.
    stranger: Option<IpAddr>,
}

/// The shared part of an endpoint.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) now: Now,
    /// Bytes of the message at hand.
    pub(super) size: usize,
    pub(super) config: Config,
    pub(super) rng: Rng,
    pub(super) clients: Clients,
    pub(super) servers: Servers,
    pub(super) out: Outbox,
    pub(super) dialogs: BTreeMap<DialogId, UsageKey>,
    legs: BTreeMap<LegKey, Leg>,
    /// Legs, ended ones too, whose peer is to be told what becomes of its REFER.
    pub(super) referred: BTreeMap<LegKey, UsageKey>,
    incoming_legs: usize,
    on_trunks: BTreeMap<Arc<str>, usize>,
    /// Whether calls came to or went from a trunk since somebody looked.
    pub(super) trunk_calls_changed: bool,
    /// Incoming legs of each source that is neither trunk nor desk.
    strangers: BTreeMap<IpAddr, usize>,
    /// Makes tags that nobody can foretell without keeping them.
    salt: u64,
    pub(super) draining: bool,
    /// Attempts that failed while their leg lives: the plan decides.
    pub(super) failed: VecDeque<Failed>,
    /// INVITEs that were answered: those that ring along are to stop.
    pub(super) answered: VecDeque<(LegKey, UsageKey)>,
    /// Usages made while another was at work.
    pub(super) born: VecDeque<(UsageKey, Usage)>,
    last_usage: u64,
    last_leg: u64,
}

impl Core {
    pub(super) fn new(config: Config, rng: Rng) -> Self {
        Core {
            salt: rng.fork("tags").next_u64(),
            now: Now::default(),
            size: 0,
            config,
            rng,
            clients: Clients::new(),
            servers: Servers::new(),
            out: Outbox::default(),
            dialogs: BTreeMap::new(),
            legs: BTreeMap::new(),
            referred: BTreeMap::new(),
            incoming_legs: 0,
            on_trunks: BTreeMap::new(),
            trunk_calls_changed: false,
            strangers: BTreeMap::new(),
            draining: false,
            failed: VecDeque::new(),
            answered: VecDeque::new(),
            born: VecDeque::new(),
            last_usage: 0,
            last_leg: 0,
        }
    }

    pub(super) fn new_leg(&mut self) -> LegKey {
        self.last_leg += 1;
        LegKey(self.last_leg)
    }

    pub(super) fn new_usage(&mut self) -> UsageKey {
        self.last_usage += 1;
        UsageKey(self.last_usage)
    }

    /// A fresh tag, or Call-ID.
    pub(super) fn new_tag(&mut self) -> String {
        self.rng.hex(8)
    }

    /// The tag of an answer that is not kept: the same for a request that comes again (RFC 3261 8.2.7).
    pub(super) fn tag_for(&self, request: &Request) -> String {
        let mut hasher = DefaultHasher::new();
        (self.salt, fields::call_id(request), fields::text(request, "From")).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Whether a source has as many calls as a stranger may have.
    pub(super) fn has_its_share(&self, from: IpAddr) -> bool {
        let stranger = self.stranger(from).and_then(|source| self.strangers.get(&source));
        stranger.is_some_and(|legs| *legs >= self.config.max_legs_of_stranger)
    }

    fn stranger(&self, from: IpAddr) -> Option<IpAddr> {
        (!self.config.known.contains(&from.to_canonical())).then(|| limits::source_of(from))
    }

    /// Incoming legs that have not ended.
    pub(super) fn incoming_legs(&self) -> usize {
        self.incoming_legs
    }

    /// Legs that have not ended.
    pub(super) fn legs(&self) -> usize {
        self.legs.len()
    }

    /// A leg that has not ended.
    pub(super) fn leg(&mut self, leg: LegKey) -> Option<&mut Leg> {
        self.legs.get_mut(&leg)
    }

    /// The leg that a usage serves.
    pub(super) fn leg_of(&self, usage: UsageKey) -> Option<LegKey> {
        self.legs.iter().find(|(_, leg)| leg.usages.contains(&usage)).map(|(key, _)| *key)
    }

    /// A new outgoing leg, which rings nowhere yet.
    pub(super) fn add_leg(&mut self, leg: LegKey, plan: Plan) {
        self.legs.insert(leg, Leg { usages: Vec::new(), plan: Some(plan), trunk: None, stranger: None });
    }

    /// A new incoming leg.
    pub(super) fn add_incoming(&mut self, leg: LegKey, usage: UsageKey, from: IpAddr) {
        let stranger = self.stranger(from);
        self.incoming_legs += 1;
        if let Some(source) = stranger {
            *self.strangers.entry(source).or_default() += 1;
        }
        self.legs.insert(leg, Leg { usages: vec![usage], plan: None, trunk: None, stranger });
    }

    fn forget_stranger(&mut self, source: IpAddr) {
        if let Some(legs) = self.strangers.get_mut(&source) {
            *legs -= 1;
            if *legs == 0 {
                self.strangers.remove(&source);
            }
        }
    }

    /// Notes by which trunk a leg goes from now on.
    pub(super) fn move_leg(&mut self, leg: LegKey, trunk: Option<Arc<str>>) {
        let Some(of) = self.legs.get_mut(&leg) else { return };
        let before = std::mem::replace(&mut of.trunk, trunk.clone());
        self.leave_trunk(before);
        if let Some(trunk) = trunk {
            *self.on_trunks.entry(trunk).or_default() += 1;
            self.trunk_calls_changed = true;
        }
    }

    /// Legs that go by a trunk.
    pub(super) fn legs_on(&self, trunk: &str) -> usize {
        self.on_trunks.get(trunk).copied().unwrap_or(0)
    }

    fn leave_trunk(&mut self, trunk: Option<Arc<str>>) {
        if let Some(legs) = trunk.and_then(|trunk| self.on_trunks.get_mut(&trunk)) {
            *legs -= 1;
            self.trunk_calls_changed = true;
        }
    }

    /// Tells the engine about a leg, where anybody still listens.
    pub(super) fn tell(&mut self, leg: Option<LegKey>, event: impl FnOnce(LegKey) -> Event) {
        if let Some(leg) = leg.filter(|leg| self.legs.contains_key(leg)) {
            self.out.tell(event(leg));
        }
    }

    /// Reports the end of a leg, once.
    pub(super) fn end_leg(&mut self, leg: Option<LegKey>, end: LegEnd) {
        let Some(key) = leg else { return };
        if let Some(leg) = self.legs.remove(&key) {
            self.incoming_legs -= usize::from(leg.plan.is_none());
            self.leave_trunk(leg.trunk);
            if let Some(source) = leg.stranger {
                self.forget_stranger(source);
            }
            self.out.tell(Event::Ended { leg: key, end });
        }
    }

    /// Gives a request its Via and sends it.
    pub(super) fn send(&mut self, owner: UsageKey, mut request: Request, flow: Flow) -> ClientId {
        self.stamp(&mut request, flow);
        self.clients.start(self.now.mono, owner, flow, request, &mut self.out)
    }

    /// Gives an ACK its Via, sends it, and returns it for the 2xx that comes again.
    pub(super) fn send_ack(&mut self, mut ack: Request, flow: Flow) -> Vec<u8> {
        self.stamp(&mut ack, flow);
        let bytes = ack.to_bytes();
        self.out.transmit(flow, bytes.clone());
        bytes
    }

    /// CANCELs an INVITE that has had a provisional response.
    pub(super) fn cancel(&mut self, owner: UsageKey, invite: ClientId, q850: Option<u8>) {
        if let Some((request, flow)) = self.clients.request(invite) {
            let cancel = compose::cancel(request, q850);
            self.clients.start(self.now.mono, owner, flow, cancel, &mut self.out);
        }
    }

    fn stamp(&mut self, request: &mut Request, flow: Flow) {
        let branch = self.rng.hex(12);
        compose::stamp(request, &self.config, flow, &branch);
    }

    /// Sends a response by way of its transaction.
    pub(super) fn respond(&mut self, tx: ServerId, mut response: Response) {
        compose::sign(&mut response, &self.config);
        self.servers.respond(self.now.mono, tx, &response, &mut self.out);
    }

    /// A bare response within a dialog, whose To-tag the request carries.
    pub(super) fn reply(&mut self, asked: &Asked, status: u16) {
        self.respond(asked.tx, compose::reply(&asked.request, status));
    }

    /// 500 with a short Retry-After: come again when what is under way is over (RFC 3261 14.2).
    pub(super) fn reply_later(&mut self, asked: &Asked) {
        let seconds = self.rng.below(11);
        let mut response = compose::reply(&asked.request, 500);
        response.push("Retry-After", seconds);
        self.respond(asked.tx, response);
    }
}

/// An end with nothing but its reason.
pub(super) fn ended(how: How) -> LegEnd {
    LegEnd { how, status: None, q850: None }
}
