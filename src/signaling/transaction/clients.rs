//! All client transactions: starts them, finds them by response, wakes them.

use super::client_invite::ClientInvite;
use super::client_other::ClientOther;
use super::key::ClientKey;
use super::{Step, Up};
use crate::base::{Deadline, Instant};
use crate::signaling::Flow;
use crate::signaling::agenda::Agenda;
use crate::signaling::compose;
use crate::signaling::outbox::Outbox;
use crate::signaling::usage::{Replied, UsageKey};
use crate::sip::{Method, Request, Response};
use std::collections::BTreeMap;

/// Names a client transaction; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::signaling) struct ClientId(u64);

#[derive(Debug)]
enum Machine {
    Invite(ClientInvite),
    Other(ClientOther),
}

#[derive(Debug)]
struct Client {
    key: ClientKey,
    owner: UsageKey,
    flow: Flow,
    request: Request,
    machine: Machine,
}

/// A request that will get no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::signaling) struct Failure {
    pub(in crate::signaling) id: ClientId,
    pub(in crate::signaling) owner: UsageKey,
    /// The path failed; otherwise time ran out.
    pub(in crate::signaling) transport: bool,
}

/// The client transactions of an endpoint.
#[derive(Debug)]
pub(in crate::signaling) struct Clients {
    map: BTreeMap<ClientId, Client>,
    by_key: BTreeMap<ClientKey, ClientId>,
    agenda: Agenda<ClientId>,
    next: u64,
}

impl Clients {
    pub(in crate::signaling) fn new() -> Self {
        Clients { map: BTreeMap::new(), by_key: BTreeMap::new(), agenda: Agenda::new(), next: 0 }
    }

    pub(in crate::signaling) fn len(&self) -> usize {
        self.map.len()
    }

    /// Sends a request and watches over it. The request's topmost Via has a branch of its own.
    pub(in crate::signaling) fn start(
        &mut self,
        now: Instant,
        owner: UsageKey,
        flow: Flow,
        request: Request,
        out: &mut Outbox,
    ) -> ClientId {
        self.next += 1;
        let id = ClientId(self.next);
        let key = ClientKey::of_request(&request);
        let reliable = flow.transport.is_reliable();
        let bytes = request.to_bytes();
        out.transmit(flow, bytes.clone());
        let machine = match request.method {
            Method::Invite => Machine::Invite(ClientInvite::new(now, bytes, reliable)),
            _ => Machine::Other(ClientOther::new(now, bytes, reliable)),
        };
        self.agenda.set(id, machine.deadline());
        self.by_key.insert(key.clone(), id);
        self.map.insert(id, Client { key, owner, flow, request, machine });
        id
    }

    /// Whose response this is, where it is for the user; `None` where it is absorbed or belongs to nobody.
    pub(in crate::signaling) fn receive(
        &mut self,
        now: Instant,
        came_by: Flow,
        response: Response,
        out: &mut Outbox,
    ) -> Option<(UsageKey, Replied)> {
        let id = *self.by_key.get(&ClientKey::of_response(&response)?)?;
        let step = self.offer_response(now, id, &response)?;
        let client = self.map.get(&id)?;
        let (owner, request, sent_on) = (client.owner, client.request.clone(), client.flow);
        let up = self.apply(id, step, out);
        (up == Some(Up::Response)).then_some((owner, Replied { id, request, response, sent_on, came_by }))
    }

    fn offer_response(&mut self, now: Instant, id: ClientId, response: &Response) -> Option<Step> {
        let client = self.map.get_mut(&id)?;
        let ack = || compose::ack_of_refusal(&client.request, response).to_bytes();
        Some(match &mut client.machine {
            Machine::Invite(invite) => invite.on_response(now, response.status.code(), ack),
            Machine::Other(other) => other.on_response(now, response.status.code()),
        })
    }

    /// Drops what an owner that is gone waits for. Whoever its INVITE reached is told that it is over.
    pub(in crate::signaling) fn abandon(&mut self, owner: UsageKey, out: &mut Outbox) {
        let of_owner = |(id, client): (&ClientId, &Client)| (client.owner == owner).then_some(*id);
        for id in self.map.iter().filter_map(of_owner).collect::<Vec<_>>() {
            self.agenda.set(id, None);
            let Some(client) = self.map.remove(&id) else { continue };
            self.by_key.remove(&client.key);
            if client.request.method == Method::Invite {
                out.transmit(client.flow, compose::cancel(&client.request, None).to_bytes());
            }
        }
    }

    /// Wakes every machine whose deadline has come.
    pub(in crate::signaling) fn wake(&mut self, now: Instant, out: &mut Outbox) -> Vec<Failure> {
        let mut failures = Vec::new();
        for id in self.agenda.take_due(now) {
            let Some(client) = self.map.get_mut(&id) else { continue };
            let step = client.machine.on_deadline(now);
            failures.extend(self.settle(id, step, out));
        }
        failures
    }

    /// Fails what was sent over this path and has no final response.
    pub(in crate::signaling) fn fail_flow(&mut self, flow: Flow, out: &mut Outbox) -> Vec<Failure> {
        let on_flow =
            |client: &Client| client.flow.transport == flow.transport && client.flow.remote == flow.remote;
        let hit: Vec<ClientId> = self.map.iter().filter(|(_, c)| on_flow(c)).map(|(id, _)| *id).collect();
        let mut failures = Vec::new();
        for id in hit {
            let Some(client) = self.map.get_mut(&id) else { continue };
            let step = client.machine.on_transport_error();
            failures.extend(self.settle(id, step, out));
        }
        failures
    }

    /// The request as it was sent.
    pub(in crate::signaling) fn request(&self, id: ClientId) -> Option<(&Request, Flow)> {
        self.map.get(&id).map(|client| (&client.request, client.flow))
    }

    /// Whether this INVITE may be cancelled now.
    pub(in crate::signaling) fn is_proceeding(&self, id: ClientId) -> bool {
        self.map.get(&id).is_some_and(|client| match &client.machine {
            Machine::Invite(invite) => invite.is_proceeding(),
            Machine::Other(_) => false,
        })
    }

    /// Gives up the INVITEs of a usage that is over: nobody waits for their answers, which need never come
    /// (RFC 3261 17.1.1.2 sets no limit to Proceeding).
    pub(in crate::signaling) fn forget_unanswered(&mut self, owner: UsageKey) {
        let waits = |(id, client): (&ClientId, &Client)| {
            let proceeding = matches!(&client.machine, Machine::Invite(invite) if invite.is_proceeding());
            (client.owner == owner && proceeding).then_some(*id)
        };
        for id in self.map.iter().filter_map(waits).collect::<Vec<_>>() {
            self.forget(id);
        }
    }

    /// Gives a transaction up without waiting any longer.
    pub(in crate::signaling) fn forget(&mut self, id: ClientId) {
        self.agenda.set(id, None);
        if let Some(client) = self.map.remove(&id) {
            self.by_key.remove(&client.key);
        }
    }

    pub(in crate::signaling) fn poll_deadline(&self) -> Option<Deadline> {
        self.agenda.next()
    }

    fn settle(&mut self, id: ClientId, step: Step, out: &mut Outbox) -> Option<Failure> {
        let owner = self.map.get(&id)?.owner;
        match self.apply(id, step, out)? {
            Up::TimedOut => Some(Failure { id, owner, transport: false }),
            Up::TransportFailed => Some(Failure { id, owner, transport: true }),
            Up::Response | Up::Ack => None,
        }
    }

    fn apply(&mut self, id: ClientId, step: Step, out: &mut Outbox) -> Option<Up> {
        let client = self.map.get(&id)?;
        if let Some(bytes) = step.send {
            out.transmit(client.flow, bytes);
        }
        match client.machine.is_finished() {
            true => self.forget(id),
            false => self.agenda.set(id, client.machine.deadline()),
        }
        step.up
    }
}

impl Machine {
    fn on_deadline(&mut self, now: Instant) -> Step {
        match self {
            Machine::Invite(invite) => invite.on_deadline(now),
            Machine::Other(other) => other.on_deadline(now),
        }
    }

    fn on_transport_error(&mut self) -> Step {
        match self {
            Machine::Invite(invite) => invite.on_transport_error(),
            Machine::Other(other) => other.on_transport_error(),
        }
    }

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
