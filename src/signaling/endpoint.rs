//! One user agent: messages, commands and moments in; messages and events out.

use super::agenda::Agenda;
use super::command::{Command, Config, Event, How, Invite, LegEnd, Output, Target};
use super::core::Core;
use super::dialog::DialogId;
use super::invite::{
    AttemptEnd, Failed, Incoming, Outgoing, Plan, Replaced, named_to_replace, refuse_short, replaced,
};
use super::register::{NoWay, Resolved, TrunkConfig, Trunks};
use super::registrar::{Phones, Registrar};
use super::transaction::{Failure, Matched};
use super::transport::Flow;
use super::usage::{Asked, Replied, Usage, UsageKey};
use super::{answers, compose, fields};
use crate::base::{Deadline, LegKey, Now, Rng};
use crate::sip::{self, Message, Method, Request, Response};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes of a request that one transaction is reckoned to hold.
const TYPICAL_REQUEST: usize = 2048;

/// What an endpoint holds; all zero when everything is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Legs that have not ended.
    pub legs: usize,
    /// INVITEs and sessions, those included that only finish what they owe the peer.
    pub usages: usize,
    /// Those usages that still owe the peer something or wait for its answer, and registrations being taken
    /// back; the others only absorb what the peer may send again.
    pub owing: usize,
    /// Dialogs, early ones included.
    pub dialogs: usize,
    /// Client and server transactions.
    pub transactions: usize,
}

/// One user agent. Call one `handle_*`, drain [`poll_output`](Endpoint::poll_output) until `None`, wait
/// until [`poll_deadline`](Endpoint::poll_deadline).
#[derive(Debug)]
pub struct Endpoint {
    core: Core,
    usages: BTreeMap<UsageKey, Usage>,
    agenda: Agenda<UsageKey>,
    trunks: Trunks,
    registrar: Option<Registrar>,
    /// The usage that takes an input now.
    at_work: Option<UsageKey>,
}

impl Endpoint {
    /// An endpoint without legs. The same `rng` and inputs give the same outputs.
    pub fn new(config: Config, rng: Rng) -> Self {
        Endpoint {
            core: Core::new(config, rng.fork("signaling")),
            usages: BTreeMap::new(),
            agenda: Agenda::new(),
            trunks: Trunks::default(),
            registrar: None,
            at_work: None,
        }
    }

    /// A trunk joins: its name is looked up at the next deadline, which is at once.
    pub fn add_trunk(&mut self, trunk: TrunkConfig) {
        self.trunks.add(&mut self.core, trunk);
    }

    /// The trunk that a host belongs to, as names mean now.
    pub fn trunk_of(&self, host: IpAddr) -> Option<&Arc<str>> {
        self.trunks.of_host(host)
    }

    /// Where a trunk reaches a number now, the place that is used first first; the call counts at once.
    ///
    /// # Errors
    /// [`NoWay`]: no such trunk, one of its limits, or no place known.
    pub fn by_trunk(&mut self, now: Now, trunk: &str, number: &str) -> Result<Vec<Target>, NoWay> {
        self.core.now = now;
        let admitted = self.trunks.admit(&mut self.core, trunk, Some(number));
        admitted.and_then(|()| self.trunks.targets(&self.core, trunk, number))
    }

    /// These phones may register from now on.
    pub fn serve_phones(&mut self, phones: Phones) {
        let mut rng = self.core.rng.fork("registrar");
        self.registrar = Some(Registrar::new(phones, &mut rng));
    }

    /// Where a phone is reached now: every place rings at once. Nowhere where it is not registered.
    pub fn phone(&self, name: &str) -> Vec<Target> {
        let registrar = self.registrar.as_ref();
        registrar.map(|registrar| registrar.targets(self.core.now.mono, name)).unwrap_or_default()
    }

    /// A key for an outgoing leg; incoming legs take theirs from the same counter.
    pub fn new_leg(&mut self) -> LegKey {
        self.core.new_leg()
    }

    /// One datagram, or one message framed from a stream.
    pub fn handle_message(&mut self, now: Now, flow: Flow, bytes: &[u8]) {
        self.core.now = now;
        self.core.size = bytes.len();
        match sip::read(bytes) {
            Ok(Message::Request(request)) => self.on_request(flow, request),
            Ok(Message::Response(response)) => self.on_response(flow, response),
            Err(error) => {
                if let Some(reply) = error.response_to(flow.remote) {
                    self.core.out.transmit(flow, reply);
                }
            }
        }
        self.finish_input();
    }

    /// What the engine asks for. Commands for legs that have ended are ignored.
    pub fn handle_command(&mut self, now: Now, command: Command) {
        self.core.now = now;
        match command {
            Command::Drain => self.core.draining = true,
            Command::Invite(invite) => self.place(invite),
            other => self.command_leg(other),
        }
        self.finish_input();
    }

    /// What a name means now: the answer to [`Output::Resolve`].
    pub fn handle_resolved(&mut self, now: Now, resolved: Resolved) {
        self.core.now = now;
        self.trunks.on_resolved(&mut self.core, resolved);
        self.finish_input();
    }

    /// A message could not be sent on this path, or its connection broke.
    pub fn handle_transport_error(&mut self, now: Now, flow: Flow) {
        self.core.now = now;
        let failures = self.core.clients.fail_flow(flow, &mut self.core.out);
        self.tell_failures(failures);
        if flow.transport.is_reliable() {
            self.forget_path(flow);
            for key in self.core.servers.waiting_on(flow) {
                self.step(key, |usage, core| usage.on_broken_path(core));
            }
        }
        self.finish_input();
    }

    /// The connection of this path is gone. What was sent on it may have arrived.
    pub fn handle_disconnected(&mut self, now: Now, flow: Flow) {
        self.core.now = now;
        self.forget_path(flow);
    }

    fn forget_path(&mut self, flow: Flow) {
        if let Some(registrar) = &mut self.registrar {
            registrar.forget_path(&mut self.core, flow);
        }
    }

    /// The moment of [`poll_deadline`](Endpoint::poll_deadline) has come; early calls do no harm.
    pub fn handle_deadline(&mut self, now: Now) {
        self.core.now = now;
        for key in self.agenda.take_due(now.mono) {
            self.step(key, |usage, core| usage.on_deadline(core));
            self.finish_input();
        }
        self.trunks.on_deadline(&mut self.core);
        if let Some(registrar) = &mut self.registrar {
            registrar.on_deadline(&mut self.core);
        }
        self.core.servers.wake(now.mono, &mut self.core.out);
        let failures = self.core.clients.wake(now.mono, &mut self.core.out);
        self.tell_failures(failures);
        self.finish_input();
    }

    /// The next thing to do, in order; `None` where there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.core.out.pop()
    }

    /// When [`handle_deadline`](Endpoint::handle_deadline) is wanted; `None`: never, as things stand.
    pub fn poll_deadline(&self) -> Option<Deadline> {
        let transactions =
            Deadline::earliest(self.core.clients.poll_deadline(), self.core.servers.poll_deadline());
        let phones = self.registrar.as_ref().and_then(Registrar::deadline);
        let lines = Deadline::earliest(self.trunks.deadline(), phones);
        Deadline::earliest(transactions, Deadline::earliest(self.agenda.next(), lines))
    }

    /// What is held now.
    pub fn counts(&self) -> Counts {
        Counts {
            legs: self.core.legs(),
            usages: self.usages.len(),
            owing: self.usages.values().filter(|usage| usage.owes()).count() + self.trunks.retiring(),
            dialogs: self.core.dialogs.len(),
            transactions: self.core.clients.len() + self.core.servers.len(),
        }
    }

    /// Our tags of the dialogs there are.
    #[cfg(test)]
    pub(super) fn dialogs_for_tests(&self) -> Vec<String> {
        self.core.dialogs.keys().map(|id| id.local_tag.clone()).collect()
    }

    // Messages.

    fn on_response(&mut self, flow: Flow, response: Response) {
        let Some((owner, replied)) =
            self.core.clients.receive(self.core.now.mono, flow, response, &mut self.core.out)
        else {
            return;
        };
        if self.trunks.owns(owner) {
            return self.trunks.on_response(&mut self.core, owner, &replied);
        }
        let owner = self.addressee(owner, &replied);
        self.step(owner, |usage, core| usage.on_response(core, replied));
    }

    /// A 2xx of another fork belongs to the session it made, not to the one that sent the INVITE.
    fn addressee(&self, owner: UsageKey, replied: &Replied) -> UsageKey {
        let accepted =
            (200..=299).contains(&replied.response.status.code()) && replied.request.method == Method::Invite;
        match accepted {
            true => {
                self.core.dialogs.get(&DialogId::of_response(&replied.response)).copied().unwrap_or(owner)
            }
            false => owner,
        }
    }

    fn on_request(&mut self, flow: Flow, mut request: Request) {
        request.stamp_source(flow.remote);
        let matched = self.core.servers.receive(self.core.now.mono, &request, &mut self.core.out);
        match (matched, &request.method) {
            (Matched::Absorbed, _) => {}
            (Matched::New, Method::Ack) => self.on_ack(&request),
            (Matched::New, Method::Cancel) => self.on_cancel(flow, &request),
            (Matched::New, _) => self.on_new_request(flow, request),
        }
    }

    fn on_ack(&mut self, ack: &Request) {
        if let Some(key) = self.dialog_of(ack) {
            self.step(key, |usage, core| usage.on_ack(core, ack));
        }
    }

    /// RFC 3261 9.2: the CANCEL is answered 200 where it finds its INVITE, whatever became of that.
    fn on_cancel(&mut self, flow: Flow, cancel: &Request) {
        let Some(found) = self.core.servers.cancelled_by(cancel) else {
            return self.reply_statelessly(flow, cancel, compose::reply(cancel, 481));
        };
        let tx = self.open(flow, cancel, None);
        let tag = self.core.new_tag();
        self.core.respond(tx, compose::reply_with_tag(cancel, 200, &tag));
        if let (Some(key), true) = found {
            self.step(key, |usage, core| usage.on_cancel(core, cancel));
        }
    }

    fn on_new_request(&mut self, flow: Flow, request: Request) {
        if request.method == Method::Register && self.registrar.is_some() {
            return self.on_register(flow, &request);
        }
        let dialog = self.dialog_of(&request);
        if self.is_full(dialog.is_some()) {
            return self.reply_statelessly(flow, &request, answers::busy(&request));
        }
        if let Some(refusal) = self.refusal(flow, &request, dialog.is_some()) {
            return match dialog {
                Some(_) => self.refuse(flow, &request, refusal),
                None => self.reply_statelessly(flow, &request, refusal),
            };
        }
        match dialog {
            Some(key) => {
                let tx = self.open(flow, &request, Some(key));
                self.step(key, |usage, core| usage.on_request(core, Asked { tx, request }));
            }
            None => self.on_call(flow, request),
        }
    }

    /// What a registration changed is kept with its answer, for a request that comes again; a refusal is made anew.
    fn on_register(&mut self, flow: Flow, request: &Request) {
        let Some(registrar) = &mut self.registrar else { return };
        match registrar.answer(&mut self.core, request, flow) {
            Ok(response) => {
                let tx = self.open(flow, request, None);
                self.core.respond(tx, response);
            }
            Err(refusal) => self.reply_statelessly(flow, request, refusal),
        }
    }

    /// Why a request is refused without anybody deciding.
    fn refusal(&self, flow: Flow, request: &Request, in_dialog: bool) -> Option<Response> {
        self.objection(request).or_else(|| match in_dialog {
            true => None,
            false => self.refusal_outside_dialog(flow, request),
        })
    }

    fn refuse(&mut self, flow: Flow, request: &Request, refusal: Response) {
        let tx = self.open(flow, request, None);
        self.core.respond(tx, refusal);
    }

    /// What is wrong with a request wherever it belongs.
    fn objection(&self, request: &Request) -> Option<Response> {
        let refreshes = matches!(request.method, Method::Invite | Method::Update);
        let short = || refuse_short(request, &self.core.config.timer).filter(|_| refreshes);
        answers::objection(request).or_else(short)
    }

    /// The same for a request that belongs to no dialog of ours; an INVITE that passes is a new call.
    fn refusal_outside_dialog(&self, flow: Flow, request: &Request) -> Option<Response> {
        if fields::to_tag(request).is_some() {
            return Some(compose::reply(request, 481));
        }
        if self.core.servers.is_merged(request) {
            return Some(compose::reply(request, 482));
        }
        let full = self.core.draining
            || self.core.incoming_legs() >= self.core.config.max_legs
            || (self.trunk_of(flow.remote.ip()).is_none() && self.core.has_its_share(flow.remote.ip()));
        match request.method {
            Method::Invite if full => Some(answers::busy(request)),
            Method::Invite => self.replaced(request).err().map(|status| compose::reply(request, status)),
            Method::Options if self.core.draining => {
                Some(answers::capabilities(request, 503, false, self.core.now.wall))
            }
            Method::Options => Some(answers::capabilities(request, 200, false, self.core.now.wall)),
            Method::Bye | Method::Info | Method::Update | Method::Prack => Some(compose::reply(request, 481)),
            _ => Some(answers::unknown_method(request, false)),
        }
    }

    /// The call whose place an INVITE asks for.
    fn replaced(&self, invite: &Request) -> Result<Option<Replaced>, u16> {
        let Some((dialog, early_only)) = named_to_replace(invite)? else { return Ok(None) };
        let usage = self.core.dialogs.get(&dialog).and_then(|key| self.usages.get(key));
        replaced(usage, early_only).map(Some)
    }

    fn on_call(&mut self, flow: Flow, request: Request) {
        let replaced = self.replaced(&request).ok().flatten();
        let trunk = self.trunks.of_host(flow.remote.ip()).cloned();
        if trunk.as_ref().is_some_and(|trunk| self.trunks.admit(&mut self.core, trunk, None).is_err()) {
            let tx = self.open(flow, &request, None);
            let mut response = answers::busy(&request);
            compose::ensure_tag(&mut response, &self.core.new_tag());
            return self.core.respond(tx, response);
        }
        let key = self.core.new_usage();
        let tx = self.open(flow, &request, Some(key));
        let (leg, usage) = Incoming::start(&mut self.core, tx, key, request, flow, replaced);
        self.core.move_leg(leg, trunk);
        self.keep(key, Some(usage));
    }

    fn dialog_of(&self, request: &Request) -> Option<UsageKey> {
        self.core.dialogs.get(&DialogId::of_incoming(request)?).copied()
    }

    fn open(
        &mut self,
        flow: Flow,
        request: &Request,
        owner: Option<UsageKey>,
    ) -> super::transaction::ServerId {
        self.core.servers.open(request, compose::way_back(request, flow), owner, self.core.size)
    }

    /// By their count, or by what they weigh: a transaction keeps what it must send again. Requests of dialogs
    /// we know may take as much again, so that calls can still be ended.
    fn is_full(&self, in_dialog: bool) -> bool {
        let limit = self.core.config.max_transactions * if in_dialog { 2 } else { 1 };
        let servers = &self.core.servers;
        servers.len() >= limit || servers.weight() / TYPICAL_REQUEST >= limit
    }

    /// Answers without keeping anything: the same request has the same answer again (RFC 3261 8.2.7).
    /// Whoever is in no dialog of ours costs no memory.
    fn reply_statelessly(&mut self, flow: Flow, request: &Request, mut response: Response) {
        compose::ensure_tag(&mut response, &self.core.tag_for(request));
        compose::sign(&mut response, &self.core.config);
        self.core.out.transmit(compose::way_back(request, flow), response.to_bytes());
    }

    // Legs.

    fn place(&mut self, invite: Box<Invite>) {
        let leg = invite.leg;
        if self.core.leg(leg).is_some() {
            return;
        }
        let mut plan = Plan::new(invite);
        let first = plan.advance();
        if first.is_empty() {
            let end = LegEnd { how: How::Refused, status: None, q850: None };
            return self.core.out.tell(Event::Ended { leg, end });
        }
        self.core.add_leg(leg, plan);
        self.ring(leg, first);
    }

    /// Rings at every one of these places at once.
    fn ring(&mut self, leg: LegKey, places: Vec<(usize, Target)>) {
        let trunk = places.first().and_then(|(_, place)| trunk_of(place));
        for (index, place) in places {
            let Some(plan) = self.core.leg(leg).and_then(|leg| leg.plan.as_ref()) else { return };
            let invite = plan.invite.clone();
            let (key, usage) = Outgoing::start(&mut self.core, &invite, index, place);
            if let Some(leg) = self.core.leg(leg) {
                leg.usages.push(key);
            }
            self.keep(key, Some(usage));
        }
        self.core.move_leg(leg, trunk);
    }

    /// Where nothing of the leg rings any more, the next targets, or its end.
    fn on_attempt_failed(&mut self, failed: &Failed) {
        let Failed { leg, usage, target, end } = failed;
        let Some(of) = self.core.leg(*leg) else { return };
        of.usages.retain(|ringing| ringing != usage);
        if let Some(plan) = of.plan.as_mut() {
            plan.note(target, end);
        }
        if let (Some(trunk), Some(rest)) = (trunk_of(&target.1), end.place_failed) {
            self.trunks.on_place_failed(&mut self.core, &trunk, target.1.flow, rest);
        }
        if end.is_for_all() {
            self.dismiss(*leg, None);
        }
        self.go_on(*leg, end);
    }

    fn go_on(&mut self, leg: LegKey, end: &AttemptEnd) {
        let Some(of) = self.core.leg(leg).filter(|of| of.usages.is_empty()) else { return };
        let Some(plan) = of.plan.as_mut() else { return };
        match plan.after(end) {
            Ok(places) => {
                if let Some((target, place)) = places.first() {
                    let (target, uri, status) = (*target, place.uri.clone(), end.status_or_timeout());
                    self.core.out.tell(Event::TryingNext { leg, target, uri, status });
                }
                self.ring(leg, places);
            }
            Err(end) => self.core.end_leg(Some(leg), end),
        }
    }

    /// Stops whatever rings for a leg, but for the one that has the call.
    fn dismiss(&mut self, leg: LegKey, but: Option<UsageKey>) {
        let Some(of) = self.core.leg(leg) else { return };
        let ringing = std::mem::replace(&mut of.usages, but.into_iter().collect());
        for key in ringing.into_iter().filter(|key| Some(*key) != but) {
            self.step(key, Usage::dismiss);
        }
    }

    fn command_leg(&mut self, command: Command) {
        let leg = match &command {
            Command::Ring { leg, .. }
            | Command::Answer { leg, .. }
            | Command::Reject { leg, .. }
            | Command::Hangup { leg, .. }
            | Command::AnswerOffer { leg, .. }
            | Command::Reinvite { leg, .. }
            | Command::Info { leg, .. }
            | Command::Refer { leg, .. }
            | Command::AnswerRefer { leg, .. }
            | Command::ReportRefer { leg, .. } => *leg,
            Command::Invite(_) | Command::Drain => return,
        };
        let usages = self.core.leg(leg).map(|leg| leg.usages.clone());
        for key in usages.unwrap_or_else(|| self.core.referred.get(&leg).copied().into_iter().collect()) {
            self.step(key, |usage, core| usage.on_command(core, command.clone()));
        }
    }

    // Usages.

    fn tell_failures(&mut self, failures: Vec<Failure>) {
        for failure in failures {
            if self.trunks.owns(failure.owner) {
                self.trunks.on_failure(&mut self.core, failure);
            }
            self.step(failure.owner, |usage, core| usage.on_failure(core, failure));
        }
    }

    /// Lets a usage take one input; it stays where it has not ended.
    fn step(&mut self, key: UsageKey, input: impl FnOnce(Usage, &mut Core) -> Option<Usage>) {
        if let Some(usage) = self.usages.remove(&key) {
            self.at_work = Some(key);
            #[cfg(test)]
            crate::base::fault::trip("usage", key.0);
            let left = input(usage, &mut self.core);
            self.at_work = None;
            if left.is_none() {
                self.core.clients.forget_unanswered(key);
            }
            self.keep(key, left);
        }
    }

    /// After an input that unwound: what is left of the usage that took it is thrown away. An INVITE of
    /// it that waits is answered 500, its dialogs are unknown from now on, and its leg, which is
    /// returned, has ended. Nothing where no usage was at work.
    pub fn forget_broken(&mut self, now: Now) -> Option<LegKey> {
        let key = self.at_work.take()?;
        self.core.now = now;
        self.agenda.set(key, None);
        self.core.dialogs.retain(|_, usage| *usage != key);
        self.core.referred.retain(|_, usage| *usage != key);
        self.core.servers.abandon(now.mono, key, &mut self.core.out);
        self.core.clients.abandon(key, &mut self.core.out);
        let leg = self.core.leg_of(key)?;
        self.dismiss(leg, Some(key));
        self.core.end_leg(Some(leg), LegEnd { how: How::Local, status: None, q850: None });
        Some(leg)
    }

    fn keep(&mut self, key: UsageKey, usage: Option<Usage>) {
        self.agenda.set(key, usage.as_ref().and_then(Usage::deadline));
        if let Some(usage) = usage {
            self.usages.insert(key, usage);
        }
    }

    /// What the input left for others: forks to end, targets to try.
    fn finish_input(&mut self) {
        while let Some((key, usage)) = self.core.born.pop_front() {
            self.keep(key, Some(usage));
        }
        while let Some((leg, key)) = self.core.answered.pop_front() {
            self.dismiss(leg, Some(key));
        }
        while let Some(failed) = self.core.failed.pop_front() {
            self.on_attempt_failed(&failed);
        }
        if std::mem::take(&mut self.core.trunk_calls_changed) {
            self.trunks.tell(&mut self.core);
        }
        if self.core.draining && self.core.legs() == 0 {
            self.trunks.retire(&mut self.core);
        }
    }
}

fn trunk_of(target: &Target) -> Option<Arc<str>> {
    target.trunk.as_ref().map(|trunk| trunk.name.clone())
}
