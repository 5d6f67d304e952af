//! An INVITE we sent to one target, not finally answered.
//!
//! ```text
//!   INVITE
//!     |
//!     v        18x: Progress, PRACK where it is reliable; 401, 407: INVITE again with credentials
//!                422: INVITE again with a longer session interval
//!  +---------+  2xx: ACK -----------------------------------> Session
//!  | Calling |  300-699, B, transport error ----------------> over: the plan decides
//!  +---------+
//!     | Hangup; ring timeout (the plan decides); another that rings along has the call
//!     v
//!  +-----------+  1xx where none came before: CANCEL
//!  | Cancelled |  2xx: ACK, BYE ----------------------------> Session (ending)
//!  +-----------+  300-699, B, 64*T1 after the CANCEL -------> over
//! ```

use super::plan::{AttemptEnd, Failed};
use super::reliable::RELIABLE;
use super::session::{Owner, Session};
use super::{in_dialog, interval};
use crate::base::{Deadline, Instant, LegKey};
use crate::signaling::auth::Auth;
use crate::signaling::command::{Command, Event, How, Invite, Target};
use crate::signaling::core::{Core, ended};
use crate::signaling::dialog::{Dialog, DialogId};
use crate::signaling::transaction::timers::GIVE_UP;
use crate::signaling::transaction::{ClientId, Failure};
use crate::signaling::usage::{Asked, Replied, Usage, UsageKey};
use crate::signaling::{compose, fields};
use crate::sip::Method;
use std::collections::BTreeMap;

/// Early dialogs kept for one INVITE.
const FORKS: usize = 32;
/// How often the session interval of one INVITE is lengthened: each proxy on the way may want more.
const LONGER: u8 = 4;
/// The cause written into a CANCEL after the ring timeout (Q.850: no answer from user).
const NO_ANSWER: u8 = 19;
/// The same where another that rings along has the call (Q.850: non-selected user clearing).
const ELSEWHERE: u8 = 26;

#[derive(Debug)]
enum State {
    Calling { until: Instant },
    Cancelled { q850: u8, sent: Option<Instant> },
}

/// A dialog that a provisional response made.
#[derive(Debug)]
struct Early {
    dialog: Dialog,
    /// The number of the last reliable provisional response.
    rseq: Option<u32>,
    /// The peer's description: its answer to our offer, where a provisional response had one, or what it offered
    /// in an UPDATE since.
    answer: Option<Vec<u8>>,
    /// An UPDATE whose offer waits for our answer (RFC 3311 5.2).
    asked: Option<Asked>,
    /// What the last such was answered.
    described: Option<Vec<u8>>,
    /// The PRACK that is under way.
    prack: Option<ClientId>,
}

/// The caller's side before the final response.
#[derive(Debug)]
pub(in crate::signaling) struct Outgoing {
    key: UsageKey,
    leg: Option<LegKey>,
    /// Its index in the command, and where it is.
    target: (usize, Target),
    invite: ClientId,
    auth: Auth,
    early: BTreeMap<DialogId, Early>,
    longer_left: u8,
    state: State,
}

impl Early {
    fn receive_offer(&mut self, core: &mut Core, leg: Option<LegKey>, asked: Asked) {
        self.dialog.refresh_target(fields::contact(&asked.request));
        let offer = fields::sdp(&asked.request, &asked.request.body);
        self.asked = Some(asked);
        core.tell(leg, |leg| Event::Offer { leg, offer });
    }
}

impl Outgoing {
    /// Sends an INVITE to a target.
    pub(in crate::signaling) fn start(
        core: &mut Core,
        invite: &Invite,
        index: usize,
        target: Target,
    ) -> (UsageKey, Usage) {
        let key = core.new_usage();
        let (call_id, tag) = (core.new_tag(), core.new_tag());
        // Some carriers take an INVITE of a new call whose CSeq is not 1 for a retry.
        let cseq = 1;
        let request = compose::invite(invite, &target, &core.config, &call_id, &tag, cseq);
        let outgoing = Outgoing {
            key,
            leg: Some(invite.leg),
            invite: core.send(key, request, target.flow),
            auth: Auth::new(&target),
            target: (index, target),
            early: BTreeMap::new(),
            longer_left: LONGER,
            state: State::Calling { until: core.now.mono + invite.ring_timeout },
        };
        (key, Usage::Outgoing(Box::new(outgoing)))
    }

    pub(in crate::signaling) fn on_command(
        mut self: Box<Self>,
        core: &mut Core,
        command: Command,
    ) -> Option<Usage> {
        match command {
            Command::Hangup { q850, .. } => {
                core.end_leg(self.leg.take(), ended(How::Local));
                self.cancel(core, q850);
            }
            Command::Reinvite { .. } => core.tell(self.leg, |leg| Event::OfferAnswered { leg, answer: None }),
            Command::AnswerOffer { sdp, .. } => self.answer_offer(core, sdp),
            Command::Ring { .. }
            | Command::Answer { .. }
            | Command::Reject { .. }
            | Command::Invite(_)
            | Command::Info { .. }
            | Command::Refer { .. }
            | Command::AnswerRefer { .. }
            | Command::ReportRefer { .. }
            | Command::Drain => {}
        }
        Some(Usage::Outgoing(self))
    }

    /// Another that rings along has the call, or ended it for all.
    pub(in crate::signaling) fn dismiss(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        if self.leg.take().is_some() {
            self.cancel(core, ELSEWHERE);
        }
        Some(Usage::Outgoing(self))
    }

    /// A request in an early dialog.
    pub(in crate::signaling) fn on_request(
        mut self: Box<Self>,
        core: &mut Core,
        asked: Asked,
    ) -> Option<Usage> {
        let early = DialogId::of_incoming(&asked.request).and_then(|id| self.early.get_mut(&id));
        let Some(early) = early else {
            core.reply(&asked, 481);
            return Some(Usage::Outgoing(self));
        };
        if let Some(asked) = in_dialog::triage(core, &mut early.dialog, self.leg, asked) {
            match asked.request.method {
                Method::Bye => core.reply(&asked, 200),
                Method::Update if asked.request.body.is_empty() => {
                    early.dialog.refresh_target(fields::contact(&asked.request));
                    in_dialog::accept_update(core, &early.dialog, &asked);
                }
                Method::Update if early.asked.is_some() => core.reply_later(&asked),
                Method::Update if early.answer.is_some() => early.receive_offer(core, self.leg, asked),
                Method::Prack => core.reply(&asked, 481),
                _ => core.reply(&asked, 491),
            }
        }
        Some(Usage::Outgoing(self))
    }

    pub(in crate::signaling) fn on_response(
        mut self: Box<Self>,
        core: &mut Core,
        replied: Replied,
    ) -> Option<Usage> {
        if replied.id != self.invite {
            self.acknowledge_again(core, &replied);
            return Some(Usage::Outgoing(self));
        }
        match replied.response.status.code() {
            ..=199 => self.on_provisional(core, &replied),
            200..=299 => return Some(self.confirm(core, &replied)),
            401 | 407 if self.answer_challenge(core, &replied) => {}
            422 if self.ask_for_longer(core, &replied) => {}
            _ => return self.on_refusal(core, &replied),
        }
        Some(Usage::Outgoing(self))
    }

    pub(in crate::signaling) fn on_failure(
        self: Box<Self>,
        core: &mut Core,
        failure: Failure,
    ) -> Option<Usage> {
        if failure.id != self.invite {
            return Some(Usage::Outgoing(self));
        }
        let how = if failure.transport { How::TransportFailed } else { How::NoAnswer };
        self.fail(core, AttemptEnd::at_dead_place(how))
    }

    pub(in crate::signaling) fn on_deadline(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        match self.state {
            State::Calling { until } if core.now.mono >= until => {
                let end = match core.clients.is_proceeding(self.invite) {
                    true => AttemptEnd::without_response(How::NoAnswer),
                    false => AttemptEnd::at_dead_place(How::NoAnswer),
                };
                self.report(core, end);
                self.cancel(core, NO_ANSWER);
            }
            State::Cancelled { sent: Some(sent), .. } if core.now.mono >= sent + GIVE_UP => {
                core.clients.forget(self.invite);
                return self.fail(core, AttemptEnd::without_response(How::NoAnswer));
            }
            State::Calling { .. } | State::Cancelled { .. } => {}
        }
        Some(Usage::Outgoing(self))
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        match self.state {
            State::Calling { until } => Some(Deadline { at: until, why: "ring timeout" }),
            State::Cancelled { sent, .. } => sent.map(|sent| Deadline { at: sent + GIVE_UP, why: "CANCEL" }),
        }
    }

    /// Cancels now, or as soon as a provisional response allows it (RFC 3261 9.1).
    fn cancel(&mut self, core: &mut Core, q850: u8) {
        let sent = core.clients.is_proceeding(self.invite).then(|| {
            core.cancel(self.key, self.invite, Some(q850));
            core.now.mono
        });
        self.state = State::Cancelled { q850, sent };
    }

    fn on_provisional(&mut self, core: &mut Core, replied: &Replied) {
        if let State::Cancelled { q850, sent: None } = self.state {
            return self.cancel(core, q850);
        }
        let status = replied.response.status.code();
        if status == 100 {
            return;
        }
        self.note_early_dialog(core, replied);
        if self.acknowledge(core, replied) && status >= 180 {
            let answer = fields::sdp(&replied.response, &replied.response.body);
            let early = self.early.get_mut(&DialogId::of_response(&replied.response));
            if let (Some(early), Some(answer)) = (early, &answer) {
                early.answer = Some(answer.clone());
            }
            core.tell(self.leg, |leg| Event::Progress { leg, status, answer });
        }
    }

    fn note_early_dialog(&mut self, core: &mut Core, replied: &Replied) {
        let id = DialogId::of_response(&replied.response);
        if id.remote_tag.is_empty() || self.early.contains_key(&id) || self.early.len() >= FORKS {
            return;
        }
        core.dialogs.insert(id.clone(), self.key);
        let keeps_flow = self.target.1.keeps_flow;
        let dialog = Dialog::of_caller(&replied.request, &replied.response, replied.sent_on, keeps_flow);
        let early = Early { dialog, rseq: None, answer: None, asked: None, described: None, prack: None };
        self.early.insert(id, early);
    }

    /// PRACK for a reliable provisional response. False for one that is not the next in its order: it comes
    /// again, or came before (RFC 3262 4).
    fn acknowledge(&mut self, core: &mut Core, replied: &Replied) -> bool {
        let demands = fields::names(&replied.response, "Require", RELIABLE);
        let Some(number) = fields::rseq(&replied.response).filter(|_| demands) else { return true };
        let Some(early) = self.early.get_mut(&DialogId::of_response(&replied.response)) else { return false };
        if early.rseq.is_some_and(|last| last.checked_add(1) != Some(number)) {
            return false;
        }
        early.rseq = Some(number);
        let (mut prack, flow) = early.dialog.request(Method::Prack);
        let cseq = fields::cseq_number(&replied.request);
        prack.push("RAck", format_args!("{number} {cseq} INVITE"));
        early.prack = Some(core.send(self.key, prack, flow));
        true
    }

    /// A PRACK that was challenged, with credentials.
    fn acknowledge_again(&mut self, core: &mut Core, replied: &Replied) {
        let is_its = |early: &&mut Early| early.prack == Some(replied.id);
        let Some(early) = self.early.values_mut().find(is_its) else { return };
        let cseq = early.dialog.next_cseq();
        if let Some(prack) = self.auth.answer(&mut core.rng, replied, cseq) {
            early.dialog.note_cseq(cseq);
            early.prack = Some(core.send(self.key, prack, replied.sent_on));
        }
    }

    /// The engine's answer to an offer in an UPDATE.
    fn answer_offer(&mut self, core: &mut Core, sdp: Option<Vec<u8>>) {
        let Some(early) = self.early.values_mut().find(|early| early.asked.is_some()) else { return };
        let Some(asked) = early.asked.take() else { return };
        let Some(sdp) = sdp else { return core.reply(&asked, 488) };
        let mut response = compose::reply(&asked.request, 200);
        response.push("Contact", early.dialog.contact(&core.config, early.dialog.flow()));
        compose::describe(&mut response, early.dialog.may_refer, core.now.wall);
        response.set_body(compose::SDP, sdp.clone());
        core.respond(asked.tx, response);
        early.described = Some(sdp);
    }

    fn confirm(mut self: Box<Self>, core: &mut Core, replied: &Replied) -> Usage {
        let early = self.early.remove(&DialogId::of_response(&replied.response));
        self.forget_early_dialogs(core);
        let q850 = match self.state {
            State::Cancelled { q850, .. } => Some(q850),
            State::Calling { .. } => None,
        };
        let (target, place) = self.target;
        let owner = Owner { key: self.key, leg: self.leg, auth: self.auth, keeps_flow: place.keeps_flow };
        let dialog = early.as_ref().map(|early| &early.dialog);
        let mut session = Session::of_caller(core, owner, replied, dialog, q850);
        if let Some(described) = early.as_ref().and_then(|early| early.described.as_ref()) {
            session.offers.describe(described);
        }
        // After an offer of theirs that was answered, what the 200 repeats of the first answer counts no more.
        let answer = match early {
            Some(Early { described: Some(_), .. }) => None,
            early => fields::sdp(&replied.response, &replied.response.body)
                .or_else(|| early.and_then(|early| early.answer)),
        };
        let from = replied.came_by.remote.ip();
        core.answered.extend(self.leg.map(|leg| (leg, self.key)));
        core.tell(self.leg, |leg| Event::Answered { leg, answer, target, from });
        Usage::Session(session)
    }

    fn answer_challenge(&mut self, core: &mut Core, replied: &Replied) -> bool {
        let cseq = fields::cseq_number(&replied.request).saturating_add(1);
        let State::Calling { .. } = self.state else { return false };
        let Some(request) = self.auth.answer(&mut core.rng, replied, cseq) else { return false };
        self.invite = core.send(self.key, request, replied.sent_on);
        true
    }

    /// Sends the INVITE again with the session interval that a 422 wants, a few times (RFC 4028 7.3).
    fn ask_for_longer(&mut self, core: &mut Core, replied: &Replied) -> bool {
        let State::Calling { .. } = self.state else { return false };
        let Some(mut request) = interval::longer(&replied.request, &replied.response) else { return false };
        let Some(left) = self.longer_left.checked_sub(1) else { return false };
        self.longer_left = left;
        let cseq = fields::cseq_number(&replied.request).saturating_add(1);
        request.set("CSeq", format_args!("{cseq} INVITE"));
        self.invite = core.send(self.key, request, replied.sent_on);
        true
    }

    fn on_refusal(self: Box<Self>, core: &mut Core, replied: &Replied) -> Option<Usage> {
        let status = replied.response.status.code();
        let end = AttemptEnd {
            how: How::Refused,
            status: Some(status),
            q850: fields::q850(&replied.response),
            contacts: fields::contacts(&replied.response),
            place_failed: (status == 503).then(|| fields::retry_after(&replied.response)),
        };
        self.fail(core, end)
    }

    fn fail(mut self: Box<Self>, core: &mut Core, end: AttemptEnd) -> Option<Usage> {
        self.forget_early_dialogs(core);
        self.report(core, end);
        None
    }

    /// The plan decides what comes next, where anybody still wants the call.
    fn report(&mut self, core: &mut Core, end: AttemptEnd) {
        if let Some(leg) = self.leg.take() {
            core.failed.push_back(Failed { leg, usage: self.key, target: self.target.clone(), end });
        }
    }

    fn forget_early_dialogs(&mut self, core: &mut Core) {
        for (id, early) in std::mem::take(&mut self.early) {
            core.dialogs.remove(&id);
            if let Some(asked) = early.asked {
                core.reply(&asked, 487);
            }
        }
    }
}
