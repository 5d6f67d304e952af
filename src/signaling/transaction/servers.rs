//! All server transactions: opens them, finds them by request, routes responses back, wakes them.

use super::key::{MergeKey, ServerKey};
use super::server_invite::ServerInvite;
use super::server_other::ServerOther;
use super::{Step, Up};
use crate::base::{Deadline, Instant};
use crate::signaling::Flow;
use crate::signaling::agenda::Agenda;
use crate::signaling::compose;
use crate::signaling::outbox::Outbox;
use crate::signaling::usage::UsageKey;
use crate::sip::{Method, Request, Response};
use std::collections::BTreeMap;

/// Names a server transaction; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::signaling) struct ServerId(u64);

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    Other(ServerOther),
}

#[derive(Debug)]
struct Server {
    key: ServerKey,
    merge: Option<MergeKey>,
    owner: Option<UsageKey>,
    /// Bytes of its request: what it keeps is made of them.
    weight: usize,
    /// Where responses go (RFC 3261 18.2.2, RFC 3581).
    back: Flow,
    machine: Machine,
}

/// What a request means to the transactions there are.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::signaling) enum Matched {
    /// A retransmission, or an ACK that a transaction wanted.
    Absorbed,
    /// Nobody's: a new request, or an ACK for a 2xx.
    New,
}

/// The server transactions of an endpoint.
#[derive(Debug)]
pub(in crate::signaling) struct Servers {
    map: BTreeMap<ServerId, Server>,
    by_key: BTreeMap<ServerKey, ServerId>,
    by_merge: BTreeMap<MergeKey, ServerId>,
    agenda: Agenda<ServerId>,
    next: u64,
    weight: usize,
}

impl Servers {
    pub(in crate::signaling) fn new() -> Self {
        Servers {
            map: BTreeMap::new(),
            by_key: BTreeMap::new(),
            by_merge: BTreeMap::new(),
            agenda: Agenda::new(),
            next: 0,
            weight: 0,
        }
    }

    pub(in crate::signaling) fn len(&self) -> usize {
        self.map.len()
    }

    /// Bytes of the requests whose transactions are held.
    pub(in crate::signaling) fn weight(&self) -> usize {
        self.weight
    }

    /// Gives a retransmission or ACK to its transaction.
    pub(in crate::signaling) fn receive(
        &mut self,
        now: Instant,
        request: &Request,
        out: &mut Outbox,
    ) -> Matched {
        let Some(id) = self.by_key.get(&ServerKey::of(request)).copied() else { return Matched::New };
        let Some(server) = self.map.get_mut(&id) else { return Matched::New };
        let step = match &mut server.machine {
            Machine::Invite(invite) if request.method == Method::Ack => invite.on_ack(now),
            Machine::Invite(invite) => invite.on_retransmission(),
            Machine::Other(other) => other.on_retransmission(),
        };
        match self.apply(id, step, out) {
            Some(Up::Ack) => Matched::New,
            _ => Matched::Absorbed,
        }
    }

    /// Whether the same request came by another path already (RFC 3261 8.2.2.2).
    pub(in crate::signaling) fn is_merged(&self, request: &Request) -> bool {
        MergeKey::of(request).is_some_and(|key| self.by_merge.contains_key(&key))
    }

    /// Opens the transaction of a new request of so many bytes; `back` is where its responses go.
    pub(in crate::signaling) fn open(
        &mut self,
        request: &Request,
        back: Flow,
        owner: Option<UsageKey>,
        weight: usize,
    ) -> ServerId {
        self.next += 1;
        self.weight += weight;
        let id = ServerId(self.next);
        let reliable = back.transport.is_reliable();
        let machine = match request.method {
            Method::Invite => Machine::Invite(ServerInvite::new(reliable)),
            _ => Machine::Other(ServerOther::new(reliable)),
        };
        let key = ServerKey::of(request);
        let merge = MergeKey::of(request).filter(|key| !self.by_merge.contains_key(key));
        if let Some(merge) = &merge {
            self.by_merge.insert(merge.clone(), id);
        }
        self.by_key.insert(key.clone(), id);
        self.map.insert(id, Server { key, merge, owner, weight, back, machine });
        id
    }

    /// Sends a response by way of its transaction.
    pub(in crate::signaling) fn respond(
        &mut self,
        now: Instant,
        id: ServerId,
        response: &Response,
        out: &mut Outbox,
    ) {
        let Some(server) = self.map.get_mut(&id) else { return };
        let bytes = response.to_bytes();
        let step = match &mut server.machine {
            Machine::Invite(invite) => invite.respond(now, response.status.code(), bytes),
            Machine::Other(other) => other.respond(now, response.status.code(), bytes),
        };
        self.apply(id, step, out);
    }

    /// The INVITE a CANCEL is for: its owner, and whether it still waits for a final response.
    pub(in crate::signaling) fn cancelled_by(&self, cancel: &Request) -> Option<(Option<UsageKey>, bool)> {
        let server = self.map.get(self.by_key.get(&ServerKey::cancelled_by(cancel))?)?;
        match &server.machine {
            Machine::Invite(invite) => Some((server.owner, invite.is_proceeding())),
            Machine::Other(_) => None,
        }
    }

    /// Owners of INVITEs on a broken connection that wait for a final response.
    pub(in crate::signaling) fn waiting_on(&self, flow: Flow) -> Vec<UsageKey> {
        let waits = |server: &&Server| {
            let proceeding = matches!(&server.machine, Machine::Invite(invite) if invite.is_proceeding());
            proceeding && server.back.transport == flow.transport && server.back.remote == flow.remote
        };
        self.map.values().filter(waits).filter_map(|server| server.owner).collect()
    }

    /// Wakes every machine whose deadline has come.
    pub(in crate::signaling) fn wake(&mut self, now: Instant, out: &mut Outbox) {
        for id in self.agenda.take_due(now) {
            let Some(server) = self.map.get_mut(&id) else { continue };
            let step = match &mut server.machine {
                Machine::Invite(invite) => invite.on_deadline(now),
                Machine::Other(other) => other.on_deadline(now),
            };
            self.apply(id, step, out);
        }
    }

    /// Drops a transaction whose peer can no longer be reached.
    pub(in crate::signaling) fn forget(&mut self, id: ServerId) {
        self.agenda.set(id, None);
        let Some(server) = self.map.remove(&id) else { return };
        self.by_key.remove(&server.key);
        self.weight -= server.weight;
        if let Some(merge) = &server.merge {
            self.by_merge.remove(merge);
        }
    }

    /// Answers 500 where an owner that is gone has not answered, and drops its other transactions that wait.
    pub(in crate::signaling) fn abandon(&mut self, now: Instant, owner: UsageKey, out: &mut Outbox) {
        let of_owner = |(id, server): (&ServerId, &Server)| (server.owner == Some(owner)).then_some(*id);
        for id in self.map.iter().filter_map(of_owner).collect::<Vec<_>>() {
            let last = self.map.get(&id).and_then(|server| match &server.machine {
                Machine::Invite(invite) => invite.last_provisional(),
                Machine::Other(_) => None,
            });
            match last.and_then(compose::failed_after) {
                Some(response) => self.respond(now, id, &response, out),
                None => self.forget(id),
            }
        }
    }

    pub(in crate::signaling) fn poll_deadline(&self) -> Option<Deadline> {
        self.agenda.next()
    }

    fn apply(&mut self, id: ServerId, step: Step, out: &mut Outbox) -> Option<Up> {
        let server = self.map.get(&id)?;
        if let Some(bytes) = step.send {
            out.transmit(server.back, bytes);
        }
        match server.machine.is_finished() {
            true => self.forget(id),
            false => self.agenda.set(id, server.machine.deadline()),
        }
        step.up
    }
}

impl Machine {
    fn deadline(&self) -> Option<Deadline> {
        match self {
            Machine::Invite(invite) => invite.deadline(),
            Machine::Other(other) => other.deadline(),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Machine::Invite(invite) => invite.is_finished(),
            Machine::Other(other) => other.is_finished(),
        }
    }
}
