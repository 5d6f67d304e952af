//! An INVITE we received and have not finally answered.
//!
//! ```text
//!   INVITE: 100, Incoming
//!        |
//!        v      Ring: 180 or 183, again every minute, or until its PRACK
//!   +----------+  Answer: 200 ----------------------------> Session
//!   | Incoming |  Reject, Hangup: 300-699 ----------------> over, Local
//!   +----------+  CANCEL: 200, and 487 to the INVITE -----> over, Cancelled
//!                 no PRACK: 504 -------------------------> over, NoAck
//!                 BYE: 200, and 487 to the INVITE --------> over, Bye
//! ```

use super::reliable::{self, Acked, Reliable};
use super::replacing::Replaced;
use super::session::Session;
use super::{in_dialog, interval};
use crate::base::{Deadline, Instant, LegKey};
use crate::signaling::Flow;
use crate::signaling::command::{Command, Event, How, LegEnd};
use crate::signaling::core::{Core, ended};
use crate::signaling::dialog::Dialog;
use crate::signaling::transaction::ServerId;
use crate::signaling::usage::{Asked, Usage, UsageKey};
use crate::signaling::{answers, compose, fields};
use crate::sip::{Method, Request, Response};
use std::time::Duration;

/// A proxy on the way gives up after three minutes without a provisional response (RFC 3261 13.3.1.1).
const REMIND: Duration = Duration::from_secs(60);
/// To an INVITE whose reliable provisional response nobody acknowledged (RFC 3262 3: 5xx).
const NO_PRACK: u16 = 504;

/// The callee's side before the final response.
#[derive(Debug)]
pub(in crate::signaling) struct Incoming {
    key: UsageKey,
    leg: LegKey,
    tx: ServerId,
    request: Request,
    dialog: Dialog,
    flow: Flow,
    ringing: Option<Ringing>,
    reliable: Reliable,
    /// Our SDP of a reliable response: what a 2xx would say is said.
    described: Option<Vec<u8>>,
    /// What is sent when the response before it has its PRACK.
    held: Option<Held>,
}

/// What waits for a PRACK.
#[derive(Debug)]
enum Held {
    Ring(Option<Vec<u8>>),
    Answer(Vec<(String, String)>, Vec<u8>),
}

/// The provisional response that is repeated.
#[derive(Debug)]
struct Ringing {
    response: Response,
    again: Instant,
}

impl Incoming {
    /// Answers 100 and tells the engine of a new leg.
    pub(in crate::signaling) fn start(
        core: &mut Core,
        tx: ServerId,
        key: UsageKey,
        request: Request,
        flow: Flow,
        replaced: Option<Replaced>,
    ) -> (LegKey, Usage) {
        let leg = core.new_leg();
        let tag = core.new_tag();
        let may_refer = replaced.is_some_and(|replaced| replaced.may_refer);
        let mut dialog = Dialog::of_callee(&request, &tag, flow);
        dialog.may_refer = may_refer;
        let replaces = replaced.map(|replaced| replaced.leg);
        core.add_incoming(leg, key, flow.remote.ip());
        core.dialogs.insert(dialog.id.clone(), key);
        core.respond(tx, compose::trying(&request));
        let offer = fields::sdp(&request, &request.body);
        core.tell(Some(leg), |leg| Event::Incoming {
            leg,
            request: Box::new(request.clone()),
            flow,
            offer,
            replaces,
        });
        let reliable = Reliable::new(core, fields::cseq_number(&request));
        let incoming = Incoming {
            key,
            leg,
            tx,
            request,
            dialog,
            flow,
            ringing: None,
            reliable,
            described: None,
            held: None,
        };
        (leg, Usage::Incoming(Box::new(incoming)))
    }

    pub(in crate::signaling) fn on_command(
        mut self: Box<Self>,
        core: &mut Core,
        command: Command,
    ) -> Option<Usage> {
        match command {
            Command::Ring { sdp, reliable, .. } => {
                self.ring(core, sdp, reliable);
                Some(Usage::Incoming(self))
            }
            Command::Answer { sdp, headers, .. } => Some(self.answer(core, sdp, headers)),
            Command::Reject { status, headers, .. } => {
                self.refuse(core, final_status(status), &headers, ended(How::Local))
            }
            Command::Hangup { status, q850, .. } => {
                let reason = ("Reason".to_string(), compose::reason(q850));
                self.refuse(core, final_status(status), &[reason], ended(How::Local))
            }
            Command::Reinvite { .. } => {
                core.tell(Some(self.leg), |leg| Event::OfferAnswered { leg, answer: None });
                Some(Usage::Incoming(self))
            }
            Command::Invite(_)
            | Command::AnswerOffer { .. }
            | Command::Info { .. }
            | Command::Refer { .. }
            | Command::AnswerRefer { .. }
            | Command::ReportRefer { .. }
            | Command::Drain => Some(Usage::Incoming(self)),
        }
    }

    /// A request in the early dialog.
    pub(in crate::signaling) fn on_request(
        mut self: Box<Self>,
        core: &mut Core,
        asked: Asked,
    ) -> Option<Usage> {
        let Some(asked) = in_dialog::triage(core, &mut self.dialog, Some(self.leg), asked) else {
            return Some(Usage::Incoming(self));
        };
        match asked.request.method {
            Method::Bye => {
                core.reply(&asked, 200);
                let q850 = fields::q850(&asked.request);
                return self.refuse(core, 487, &[], LegEnd { how: How::Bye, status: None, q850 });
            }
            Method::Prack => return Some(self.on_prack(core, &asked)),
            Method::Update if asked.request.body.is_empty() => {
                self.dialog.refresh_target(fields::contact(&asked.request));
                in_dialog::accept_update(core, &self.dialog, &asked);
            }
            _ => core.reply_later(&asked),
        }
        Some(Usage::Incoming(self))
    }

    pub(in crate::signaling) fn on_cancel(
        self: Box<Self>,
        core: &mut Core,
        cancel: &Request,
    ) -> Option<Usage> {
        let q850 = fields::q850(cancel);
        self.refuse(core, 487, &[], LegEnd { how: How::Cancelled, status: None, q850 })
    }

    pub(in crate::signaling) fn on_broken_path(self: Box<Self>, core: &mut Core) -> Option<Usage> {
        core.servers.forget(self.tx);
        core.dialogs.remove(&self.dialog.id);
        core.end_leg(Some(self.leg), ended(How::TransportFailed));
        None
    }

    pub(in crate::signaling) fn on_deadline(mut self: Box<Self>, core: &mut Core) -> Option<Usage> {
        if let Some(ringing) = self.ringing.as_mut().filter(|ringing| core.now.mono >= ringing.again) {
            ringing.again = core.now.mono + REMIND;
            core.respond(self.tx, ringing.response.clone());
        }
        if !self.reliable.wake(core, self.tx) {
            return self.refuse(core, NO_PRACK, &[], ended(How::NoAck));
        }
        Some(Usage::Incoming(self))
    }

    pub(in crate::signaling) fn deadline(&self) -> Option<Deadline> {
        let ringing = self.ringing.as_ref().map(|ringing| Deadline { at: ringing.again, why: "1xx" });
        Deadline::earliest(ringing, self.reliable.deadline())
    }

    fn ring(&mut self, core: &mut Core, sdp: Option<Vec<u8>>, wanted: bool) {
        if reliable::is_due(&self.request, wanted) {
            return self.ring_reliably(core, sdp);
        }
        let response = self.ringing(core, sdp);
        core.respond(self.tx, response.clone());
        self.ringing = Some(Ringing { response, again: core.now.mono + REMIND });
    }

    /// One after the other, each once the one before has its PRACK. The first one to an INVITE without offer
    /// must bring ours (RFC 3261 13.2.1): without SDP none is sent.
    fn ring_reliably(&mut self, core: &mut Core, sdp: Option<Vec<u8>>) {
        if self.reliable.is_unacked() {
            self.held = Some(Held::Ring(sdp));
            return;
        }
        if sdp.is_none() && self.described.is_none() && self.is_late() {
            return;
        }
        let sdp = sdp.filter(|_| self.described.is_none());
        let response = self.ringing(core, sdp.clone());
        self.described = sdp.or(self.described.take());
        self.reliable.send(core, self.tx, response);
    }

    /// Whether the INVITE had no offer.
    fn is_late(&self) -> bool {
        fields::sdp(&self.request, &self.request.body).is_none()
    }

    /// PRACK: what waited for it is sent. An offer in it comes before its time.
    fn on_prack(mut self: Box<Self>, core: &mut Core, asked: &Asked) -> Usage {
        let acked = self.reliable.take(&asked.request);
        let sdp = fields::sdp(&asked.request, &asked.request.body);
        match (acked, sdp) {
            (Acked::Never, _) => core.reply(asked, 481),
            (Acked::Now, answer @ Some(_)) if self.is_late() => {
                core.reply(asked, 200);
                core.tell(Some(self.leg), |leg| Event::OfferAnswered { leg, answer });
            }
            (Acked::Now | Acked::Before, Some(_)) => core.reply(asked, 488),
            (Acked::Now | Acked::Before, None) => core.reply(asked, 200),
        }
        match self.held.take_if(|_| acked == Acked::Now) {
            Some(Held::Ring(sdp)) => self.ring_reliably(core, sdp),
            Some(Held::Answer(headers, sdp)) => return self.answer(core, sdp, headers),
            None => {}
        }
        Usage::Incoming(self)
    }

    fn ringing(&self, core: &Core, sdp: Option<Vec<u8>>) -> Response {
        let status = if sdp.is_some() { 183 } else { 180 };
        let mut response = self.response(core, status);
        if let Some(sdp) = sdp {
            response.set_body(compose::SDP, sdp);
        }
        response
    }

    /// 200; one whose SDP went out in a reliable response waits for that one's PRACK, and has none.
    fn answer(mut self: Box<Self>, core: &mut Core, sdp: Vec<u8>, headers: Vec<(String, String)>) -> Usage {
        if self.reliable.owes_sdp() {
            self.held = Some(Held::Answer(headers, sdp));
            return Usage::Incoming(self);
        }
        let mut response = self.response(core, 200);
        for (name, value) in &headers {
            response.push(name, value);
        }
        compose::describe(&mut response, self.dialog.may_refer, core.now.wall);
        let agreed = interval::grant(&mut response, &self.request, &core.config.timer, None);
        let late = self.is_late() && self.described.is_none();
        if self.described.is_none() {
            response.set_body(compose::SDP, sdp.clone());
        }
        let cseq = fields::cseq_number(&self.request);
        core.respond(self.tx, response.clone());
        let answer = (self.tx, cseq, response);
        let mut session = Session::of_callee(core, self.key, self.leg, self.dialog, answer, late);
        session.offers.describe(self.described.as_ref().unwrap_or(&sdp));
        session.reliable = Some(self.reliable);
        session.refresh.note_min(&self.request);
        session.refresh.begin(core.now.mono, agreed, &self.request);
        Usage::Session(session)
    }

    fn refuse(
        self: Box<Self>,
        core: &mut Core,
        status: u16,
        headers: &[(String, String)],
        end: LegEnd,
    ) -> Option<Usage> {
        let mut response = compose::reply_with_tag(&self.request, status, &self.dialog.id.local_tag);
        if status == 503 {
            response.push("Retry-After", answers::RETRY_AFTER_S);
        }
        for (name, value) in headers {
            response.set(name, value);
        }
        core.respond(self.tx, response);
        core.dialogs.remove(&self.dialog.id);
        core.end_leg(Some(self.leg), end);
        None
    }

    /// A response that makes or keeps the dialog: our tag, Contact, and the route recorded.
    fn response(&self, core: &Core, status: u16) -> Response {
        let mut response = compose::reply_with_tag(&self.request, status, &self.dialog.id.local_tag);
        response.copy_record_routes(&self.request);
        response.push("Contact", self.dialog.contact(&core.config, self.flow));
        response
    }
}

/// A final refusal, whatever number was asked for.
fn final_status(status: u16) -> u16 {
    if (300..=699).contains(&status) { status } else { 500 }
}
