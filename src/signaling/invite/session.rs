//! An INVITE that was answered with 2xx: from the answer to the end of BYE.
//!
//! ```text
//!  Incoming: 200          Outgoing: 2xx, ACK
//!        |                       |
//!        v                       v
//!   +-------------------------------+  BYE: 200             +--------+
//!   |             Open              |---------------------->| Closed |--> over, once no 2xx
//!   +-------------------------------+                       +--------+    can come again
//!     | Hangup before our 2xx   | Hangup, lost, expired, no ACK: BYE     ^
//!     | has its ACK             |                               |
//!     v                         v                               |
//!   +---------+  ACK,        +--------+  final response, F      |
//!   | Closing |  no ACK: BYE | Byeing |-------------------------+
//!   +---------+------------->+--------+
//! ```
//!
//! The leg ends when Open is left; what follows is owed to the peer and told to nobody. So is what becomes of a
//! REFER of the peer: a dialog lasts as long as its last usage (RFC 5057 4.2).

use super::ack::{Acks, Unacked};
use super::in_dialog;
use super::interval;
use super::offers::Offers;
use super::referral::Referral;
use super::refresh::Refresh;
use super::reliable::{Acked, Reliable};
use crate::base::{Deadline, LegKey};
use crate::signaling::auth::Auth;
use crate::signaling::command::{Command, Event, How, LegEnd};
use crate::signaling::core::{Core, ended};
use crate::signaling::dialog::{Dialog, DialogId};
use crate::signaling::transaction::{ClientId, Failure, ServerId};
use crate::signaling::usage::{Asked, Replied, Usage, UsageKey};
use crate::signaling::{compose, fields};
use crate::sip::{Method, Request, Response};
use std::collections::BTreeSet;

#[derive(Debug)]
enum State {
    Open,
    Closing { q850: Option<u8> },
    Byeing { bye: ClientId },
    Closed,
}

/// Other forks' answers acknowledged and ended for one INVITE; more are ignored.
const FORKS: usize = 32;

/// What a session has of the INVITE that made it.
pub(super) struct Owner {
    pub(super) key: UsageKey,
    pub(super) leg: Option<LegKey>,
    pub(super) auth: Auth,
    pub(super) keeps_flow: bool,
}

/// A session: one confirmed dialog and its offers.
#[derive(Debug)]
pub(in crate::signaling) struct Session {
    pub(super) key: UsageKey,
    pub(super) leg: Option<LegKey>,
    pub(super) dialog: Dialog,
    pub(super) auth: Auth,
    pub(super) offers: Offers,
    pub(super) refresh: Refresh,
    /// Our provisional responses: their PRACK may come late.
    pub(super) reliable: Option<Reliable>,
    pub(super) unacked: Option<Unacked>,
    pub(super) acks: Acks,
    infos: BTreeSet<ClientId>,
    pub(super) referral: Referral,
    forks: usize,
    state: State,
}

impl Session {
    fn new(key: UsageKey, leg: Option<LegKey>, dialog: Dialog, auth: Auth) -> Box<Session> {
        Box::new(Session {
            key,
            leg,
            dialog,
            auth,
            offers: Offers::default(),
            refresh: Refresh::default(),
            reliable: None,
            unacked: None,
            acks: Acks::default(),
            infos: BTreeSet::new(),
            referral: Referral::default(),
            forks: 0,
            state: State::Open,
        })
    }

    /// The session our 2xx made; `late` where that 2xx carried the offer.
    pub(super) fn of_callee(
        core: &Core,
        key: UsageKey,
        leg: LegKey,
        dialog: Dialog,
        answer: (ServerId, u32, Response),
        late: bool,
    ) -> Box<Session> {
        let (tx, cseq, response) = answer;
        let mut session = Session::new(key, Some(leg), dialog, Auth::default());
        session.unacked = Some(Unacked::new(core.now.mono, tx, cseq, response, late, true));
        session
    }

    /// The session the peer's 2xx made, which is acknowledged. Without a leg it is ended at once.
    /// `early` is the same dialog as provisional responses made it.
    pub(super) fn of_caller(
        core: &mut Core,
        owner: Owner,
        replied: &Replied,
        early: Option<&Dialog>,
        q850: Option<u8>,
    ) -> Box<Session> {
        let Owner { key, leg, auth, keeps_flow } = owner;
        let mut dialog = Dialog::of_caller(&replied.request, &replied.response, replied.sent_on, keeps_flow);
        early.into_iter().for_each(|early| dialog.continue_from(early));
        core.dialogs.insert(dialog.id.clone(), key);
        let mut session = Session::new(key, leg, dialog, auth);
        session.acknowledge(core, &replied.request);
        if session.leg.is_none() {
            session.send_bye(core, q850);
            return session;
        }
        session.offers.describe(&replied.request.body);
        session.refresh.note_min(&replied.request);
        let agreed = interval::agreed(&replied.request, &replied.response);
        session.refresh.begin(core.now.mono, agreed, &replied.response);
        session
    }

    /// A 2xx from another fork: acknowledged and ended (RFC 3261 13.2.2.4).
    fn adopt_fork(&mut self, core: &mut Core, replied: &Replied) {
        if self.forks >= FORKS {
            return;
        }
        self.forks += 1;
        let key = core.new_usage();
        let owner = Owner { key, leg: None, auth: self.auth.clone(), keeps_flow: self.dialog.keeps_flow() };
        let fork = Session::of_caller(core, owner, replied, None, None);
        core.born.push_back((key, Usage::Session(fork)));
    }

    pub(in crate::signaling) fn on_command(
        mut self: Box<Self>,
        core: &mut Core,
        command: Command,
    ) -> Option<Usage> {
        match command {
            Command::Hangup { q850, .. } => self.hang_up(core, Some(q850)),
            Command::AnswerOffer { sdp, .. } => self.answer_offer(core, sdp),
            Command::Reinvite { sdp, .. } => self.offers.want(sdp),
            Command::Info { content_type, body, .. } => self.send_info(core, &content_type, body),
            Command::Refer { to, .. } => self.refer(core, to),
            Command::AnswerRefer { leg, status } => self.answer_refer(core, leg, status),
            Command::ReportRefer { leg, status } => self.report_refer(core, leg, status),
            Command::Ring { .. }
            | Command::Answer { .. }
            | Command::Reject { .. }
            | Command::Invite(_)
            | Command::Drain => {}
        }
        self.settle(core)
    }

    pub(in crate::signaling) fn on_request(
        mut self: Box<Self>,
        core: &mut Core,
        asked: Asked,
    ) -> Option<Usage> {
        if !matches!(self.state, State::Open) {
            self.answer_after_end(core, &asked);
            return self.settle(core);
        }
        let Some(asked) = in_dialog::triage(core, &mut self.dialog, self.leg, asked) else {
            return self.settle(core);
        };
        match asked.request.method {
            Method::Bye => self.on_bye(core, &asked),
            Method::Update => self.on_update(core, asked),
            Method::Prack => self.on_late_prack(core, &asked),
            Method::Refer => self.on_refer(core, asked),
            Method::Notify => self.on_notify(core, &asked),
            _ => self.on_reinvite(core, asked),
        }
        self.settle(core)
    }

    pub(in crate::signaling) fn on_ack(mut self: Box<Self>, core: &mut Core, ack: &Request) -> Option<Usage> {
        let cseq = fields::cseq_number(ack);
        if let Some(unacked) = self.unacked.take_if(|unacked| unacked.cseq == cseq) {
            let answer = unacked.late.then(|| fields::sdp(ack, &ack.body)).flatten();
            match (unacked.first, unacked.late) {
                (true, _) => core.tell(self.leg, |leg| Event::Established { leg, answer }),
                (false, true) => core.tell(self.leg, |leg| Event::OfferAnswered { leg, answer }),
                (false, false) => {}
            }
            if let State::Closing { q850 } = self.state {
                self.send_bye(core, q850);
            }
        }
        self.settle(core)
    }

    /// The peer withdraws its re-INVITE.
    pub(in crate::signaling) fn on_cancel(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        self.refuse_pending(core);
        self.settle(core)
    }

    pub(in crate::signaling) fn on_response(
        mut self: Box<Self>,
        core: &mut Core,
        replied: Replied,
    ) -> Option<Usage> {
        let status = replied.response.status.code();
        if replied.request.method == Method::Invite && (200..=299).contains(&status) {
            self.on_invite_2xx(core, &replied);
        } else if matches!(self.state, State::Byeing { bye } if bye == replied.id) {
            self.on_bye_response(core, &replied);
        } else if self.offers.is_ours(replied.id) {
            self.on_reinvite_refused(core, &replied);
        } else if self.refresh.is_update(replied.id) {
            self.on_refresh_response(core, &replied);
        } else if self.referral.is_ours(replied.id) {
            self.on_referral_response(core, &replied);
        } else if self.infos.contains(&replied.id) && status >= 200 {
            self.on_info_response(core, &replied);
        }
        self.settle(core)
    }

    pub(in crate::signaling) fn on_failure(
        mut self: Box<Self>,
        core: &mut Core,
        failure: Failure,
    ) -> Option<Usage> {
        if matches!(self.state, State::Byeing { bye } if bye == failure.id) {
            self.state = State::Closed;
        } else if self.referral.is_ours(failure.id) {
            self.on_referral_failure(core, failure.id);
        } else if self.infos.remove(&failure.id)
            || self.offers.is_ours(failure.id)
            || self.refresh.is_update(failure.id)
        {
            let how = if failure.transport { How::TransportFailed } else { How::DialogLost };
            self.lose(core, how, true);
        }
        self.settle(core)
    }

    pub(in crate::signaling) fn on_deadline(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        let acked = self.unacked.as_mut().is_none_or(|unacked| unacked.wake(core));
        if !acked {
            self.unacked = None;
            self.give_up_on_ack(core);
        }
        if self.offers.is_overdue(core.now.mono) {
            self.lose(core, How::DialogLost, true);
        }
        self.keep_alive(core);
        self.end_late_referral(core);
        self.settle(core)
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        let linger = self.acks.until().filter(|_| self.is_closed());
        let linger = linger.map(|at| Deadline { at, why: "2xx may come again" });
        let unacked = self.unacked.as_ref().map(Unacked::deadline);
        let due = Deadline::earliest(self.offers.deadline(), self.refresh.deadline());
        let due = Deadline::earliest(due, self.referral.deadline());
        Deadline::earliest(Deadline::earliest(unacked, due), linger)
    }

    /// Acknowledges a 2xx and remembers how.
    pub(super) fn acknowledge(&mut self, core: &mut Core, invite: &Request) {
        let cseq = fields::cseq_number(invite);
        self.dialog.note_cseq(cseq);
        let (mut ack, flow) = self.dialog.ack(cseq);
        compose::copy(invite, &mut ack, "Authorization");
        compose::copy(invite, &mut ack, "Proxy-Authorization");
        let bytes = core.send_ack(ack, flow);
        self.acks.keep(core.now.mono, cseq, flow, bytes);
    }

    /// Ends a dialog that is lost; `bye` where the peer may still think it stands.
    pub(super) fn lose(&mut self, core: &mut Core, how: How, bye: bool) {
        self.end(core, ended(how));
        match bye {
            true => self.send_bye(core, None),
            false => self.state = State::Closed,
        }
    }

    /// Whether its BYE has been answered, either way, and nothing is left to be told of a REFER.
    pub(in crate::signaling) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed) && self.referral.is_over()
    }

    /// Whether nobody has ended it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    fn hang_up(&mut self, core: &mut Core, q850: Option<u8>) {
        self.end(core, ended(How::Local));
        match self.unacked {
            Some(_) => self.state = State::Closing { q850 },
            None => self.send_bye(core, q850),
        }
    }

    /// Their BYE may cross ours; before our 2xx has its ACK it spares us ours.
    fn answer_after_end(&mut self, core: &mut Core, asked: &Asked) {
        let is_bye = asked.request.method == Method::Bye;
        core.reply(asked, if is_bye { 200 } else { 481 });
        if is_bye && matches!(self.state, State::Closing { .. }) {
            self.unacked = None;
            self.state = State::Closed;
        }
    }

    fn on_bye(&mut self, core: &mut Core, asked: &Asked) {
        core.reply(asked, 200);
        let q850 = fields::q850(&asked.request);
        self.end(core, LegEnd { how: How::Bye, status: None, q850 });
        self.unacked = None;
        self.state = State::Closed;
    }

    /// A PRACK that our final response has overtaken (RFC 3262 3).
    fn on_late_prack(&mut self, core: &mut Core, asked: &Asked) {
        let acked = self.reliable.as_mut().map_or(Acked::Never, |reliable| reliable.take(&asked.request));
        core.reply(asked, if acked == Acked::Never { 481 } else { 200 });
    }

    fn give_up_on_ack(&mut self, core: &mut Core) {
        let q850 = match self.state {
            State::Closing { q850 } => q850,
            State::Open | State::Byeing { .. } | State::Closed => None,
        };
        self.end(core, ended(How::NoAck));
        self.send_bye(core, q850);
    }

    /// The leg is over and no offer is under way any more.
    fn end(&mut self, core: &mut Core, end: LegEnd) {
        core.end_leg(self.leg.take(), end);
        self.refuse_pending(core);
        self.refuse_refer(core);
        self.offers = Offers::default();
        self.refresh = Refresh::default();
    }

    fn send_bye(&mut self, core: &mut Core, q850: Option<u8>) {
        let (mut bye, flow) = self.dialog.request(Method::Bye);
        if let Some(q850) = q850 {
            bye.push("Reason", compose::reason(q850));
        }
        self.unacked = None;
        self.state = State::Byeing { bye: core.send(self.key, bye, flow) };
    }

    fn on_bye_response(&mut self, core: &mut Core, replied: &Replied) {
        self.state = match (replied.response.status.code(), self.retry_with_credentials(core, replied)) {
            (_, Some(bye)) => State::Byeing { bye },
            (..=199, None) => State::Byeing { bye: replied.id },
            (_, None) => State::Closed,
        };
    }

    fn on_invite_2xx(&mut self, core: &mut Core, replied: &Replied) {
        if DialogId::of_response(&replied.response) != self.dialog.id {
            return self.adopt_fork(core, replied);
        }
        let cseq = fields::cseq_number(&replied.request);
        if !self.acks.send_again(core, cseq) {
            self.acknowledge(core, &replied.request);
            self.on_reinvite_answered(core, replied);
        }
    }

    fn send_info(&mut self, core: &mut Core, content_type: &str, body: Vec<u8>) {
        if !self.is_open() {
            return;
        }
        let (mut info, flow) = self.dialog.request(Method::Info);
        info.set_body(content_type, body);
        self.infos.insert(core.send(self.key, info, flow));
    }

    fn on_info_response(&mut self, core: &mut Core, replied: &Replied) {
        self.infos.remove(&replied.id);
        if let Some(again) = self.retry_with_credentials(core, replied) {
            self.infos.insert(again);
        } else if matches!(replied.response.status.code(), 408 | 481) && self.is_open() {
            self.lose(core, How::DialogLost, replied.response.status.code() == 408);
        }
    }

    /// Sends a challenged request again, where the challenge is the target's and we have what it asks.
    pub(super) fn retry_with_credentials(&mut self, core: &mut Core, replied: &Replied) -> Option<ClientId> {
        let cseq = self.dialog.next_cseq();
        let request = self.auth.answer(&mut core.rng, replied, cseq)?;
        self.dialog.note_cseq(cseq);
        Some(core.send(self.key, request, replied.sent_on))
    }

    fn settle(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        self.send_wanted_offer(core);
        let settled = self.acks.until().is_none_or(|until| core.now.mono >= until);
        let over = self.is_closed() && settled;
        if over {
            core.dialogs.remove(&self.dialog.id);
            return None;
        }
        Some(Usage::Session(self))
    }
}
