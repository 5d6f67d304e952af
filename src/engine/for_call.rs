//! What the call room wants, carried out in signaling, media, the lines, the plan and the case.

use super::visit::{Attempt, Visit};
use super::{DialTarget, Engine, Habits, Way, border};
use crate::base::{CallKey, EndCause, LegKey, Now};
use crate::call::{Command, Failure, Purpose};
use crate::case::{self, By, Case, Channel};
use crate::dialplan::{self, DialFailure};
use crate::node::journal::What;
use crate::node::{CallStory, Output, StoreWrite};
use crate::queue::Declined;
use crate::{media, signaling};

impl Engine {
    pub(super) fn for_call(&mut self, now: Now, key: CallKey, command: Command) {
        match command {
            Command::OpenPort(leg) => self.open_port(key, leg),
            Command::Answer(leg) => self.answer(now, key, leg),
            Command::Invite(leg) => self.invite(now, key, leg),
            Command::Part(leg, cause) => self.part(now, leg, cause),
            Command::CloseMedia(leg) => self.command_media(key, media::Command::Close { leg }),
            Command::Bridge { caller, desk } => self.bridge(now, key, caller, desk),
            Command::Unbridge(leg) => self.command_media(key, media::Command::Unbridge { leg }),
            Command::Connected(_, purpose) => self.connected(now, key, purpose),
            Command::DeskFailed(_, purpose, why) => self.desk_failed(now, key, purpose, why),
            Command::DeskLeft(..) => self.desk_left(now, key),
            Command::Referred(leg) => self.referred(now, key, leg),
            Command::AnswerPlace(leg) => self.answer_place(now, key, leg),
            Command::PlaceGivenUp(_) => self.place_given_up(key),
            Command::ReferralFailed(_, why) => self.referral_failed(now, key, why),
            Command::DeskLetGo(_) => self.desk_let_go(now, key),
            Command::CallerStranded(_, why) => self.caller_stranded(now, key, why),
            Command::Ended(cause) => self.ended(now, key, cause),
            Command::Gone => self.gone(now, key),
        }
    }

    fn open_port(&mut self, call: CallKey, leg: LegKey) {
        let visit = self.visits.get(&call);
        let towards = visit.and_then(|v| border::sdp::remote_host(v, leg));
        let dscp = visit.and_then(|v| self.habits_of(v, leg).dscp);
        self.outbox.push_back(Output::OpenPort { call, leg, towards, dscp });
    }

    /// The caller's port is there: agree on audio, answer, open the case, start the plan.
    fn answer(&mut self, now: Now, key: CallKey, leg: LegKey) {
        let number = self.numbers.take();
        self.ask_for_numbers();
        let session_id = u64::from(self.rng.next_u32());
        let hearing = self.hearing(leg);
        let is_secure = self.visits.get(&key).is_some_and(|visit| visit.transport.is_secure());
        let (protection, ice) = (self.protection(is_secure, false), self.credentials());
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(number) = number else {
            return self.end_call(key, EndCause::Overloaded);
        };
        let Some((sdp, settings)) =
            border::sdp::answer_caller(visit, leg, session_id, hearing, (protection, ice))
        else {
            return self.end_call(key, EndCause::NoCommonCodec);
        };
        self.signal(now, signaling::Command::Answer { leg, sdp, headers: Vec::new() });
        self.journal(now, Some(key), What::Answered);
        self.open_case(now, key, number);
        if let Some(settings) = settings {
            self.command_media(key, media::Command::Configure { leg, settings });
            self.start_plan(now, key);
        }
    }

    /// A plan starts when there is someone to talk to: at the answer, or where the INVITE came
    /// without SDP, when the caller's address is known.
    pub(super) fn start_plan(&mut self, now: Now, key: CallKey) {
        self.with_run(key, |visit, rooms| visit.start_plan(now, rooms));
    }

    fn open_case(&mut self, now: Now, key: CallKey, number: case::CaseNumber) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let opening = case::Opening {
            number,
            at: now.wall,
            channel: Channel::Phone,
            caller: visit.identity.caller.clone(),
            presentation: visit.identity.presentation,
            dialed: visit.identity.dialed_number.clone(),
            call_id: Some(visit.record.call_id.clone()),
            dialplan: Some(visit.plan.version()),
        };
        visit.case = Some(Case::open(opening));
        visit.case_is_dirty = true;
        visit.record.answered_at = Some(now.wall);
        visit.record.case = Some(number.to_string());
        self.journal(now, Some(key), What::CaseOpened { number: number.to_string() });
        self.keep_case(now, key);
    }

    fn invite(&mut self, now: Now, key: CallKey, leg: LegKey) {
        let session_id = u64::from(self.rng.next_u32());
        let attempt = self.visits.get(&key).and_then(|v| v.attempt_of(leg)).cloned();
        let Some(attempt) = attempt else { return self.part(now, leg, EndCause::Broken) };
        let (targets, trusted) = self.reach(now, key, &attempt.places);
        let (protection, ice) = self.secured(&attempt.places, &targets);
        let habits = self.visits.get(&key).map(|v| self.habits_of(v, leg)).unwrap_or_default();
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let offer = border::sdp::offer_desk(visit, leg, session_id, (protection, ice), &habits);
        let invite = border::desk::invite(&self.config, visit, &attempt, (targets, trusted), offer);
        self.signal(now, signaling::Command::Invite(Box::new(invite)));
        match attempt.purpose {
            Purpose::Seat | Purpose::Referral => {}
            Purpose::Desk | Purpose::Transfer => self.dialling(now, key, &attempt),
        }
    }

    /// What a leg is like: the caller's as their carrier wants it, a desk's as the trunk it is rung by.
    fn habits_of(&self, visit: &Visit, leg: LegKey) -> Habits {
        if visit.call.caller() == leg {
            return visit.habits.clone();
        }
        let ways = visit.attempt_of(leg).map(|attempt| &attempt.places);
        let trunk = ways.into_iter().flatten().find_map(|dial| match &dial.way {
            Way::By { trunk, .. } => Some(&**trunk),
            Way::To(_) | Way::Phone(_) => None,
        });
        self.config.habits(trunk)
    }

    /// The places behind these ways, and whether each may be told the caller's number. A trunk that takes no
    /// call now leaves its place out, and the journal says why.
    fn reach(&mut self, now: Now, key: CallKey, ways: &[DialTarget]) -> (Vec<signaling::Target>, bool) {
        let mut targets = Vec::new();
        for dial in ways {
            match &dial.way {
                Way::To(target) => targets.push((**target).clone()),
                Way::Phone(name) => targets.extend(self.endpoint.phone(name)),
                Way::By { trunk, number } => match self.endpoint.by_trunk(now, trunk, number) {
                    Ok(places) => targets.extend(places),
                    Err(why) => {
                        let text = format!("trunk {trunk} takes no call: {}", border::no_way(why));
                        self.journal(now, Some(key), What::Trouble { text });
                    }
                },
            }
        }
        (targets, !ways.is_empty() && ways.iter().all(|dial| dial.trusted))
    }

    fn dialling(&mut self, now: Now, key: CallKey, attempt: &Attempt) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        if attempt.purpose == Purpose::Desk {
            visit.set_fact(now, "desk", &attempt.desk);
        }
        visit.record.ring(&attempt.target, now.wall);
        visit.note(now, By::Plan, case::Event::Offered { target: attempt.target.clone() });
        let what = What::Offered { desk: attempt.desk.clone(), target: attempt.target.clone() };
        self.journal(now, Some(key), what);
    }

    pub(super) fn part(&mut self, now: Now, leg: LegKey, cause: EndCause) {
        let (status, q850) = (cause.sip_status(), cause.q850());
        self.signal(
            now,
            match border::warning(cause) {
                Some(headers) => signaling::Command::Reject { leg, status, headers },
                None => signaling::Command::Hangup { leg, status, q850 },
            },
        );
    }

    fn bridge(&mut self, now: Now, key: CallKey, caller: LegKey, desk: LegKey) {
        self.stop_hold_music(now, key);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.playing = None;
        }
        self.command_media(key, media::Command::Stop { leg: caller });
        self.command_media(key, media::Command::Bridge { a: caller, b: desk });
    }

    fn connected(&mut self, now: Now, key: CallKey, purpose: Purpose) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(Attempt { leg, desk, target, .. }) = visit.attempt.clone() else { return };
        if let Some(audio) = visit.audio.get_mut(&leg) {
            audio.target = Some(target.clone());
        }
        visit.in_line = None;
        visit.line_check = None;
        visit.record.answer_rung(now.wall);
        let event = match purpose {
            Purpose::Seat => case::Event::Answered { target: target.clone() },
            Purpose::Desk => case::Event::HandedOn { desk: desk.to_string(), target: target.clone() },
            Purpose::Transfer | Purpose::Referral => {
                case::Event::Transferred { to: desk.to_string(), target: target.clone() }
            }
        };
        visit.note(now, By::Engine, event);
        self.journal(now, Some(key), What::Connected { desk, target });
        if purpose == Purpose::Seat {
            self.lines.connected(now.mono, key);
        }
        self.tell_plan(now, key, dialplan::Event::Connected);
        self.hold_caller(now, key);
    }

    fn desk_failed(&mut self, now: Now, key: CallKey, purpose: Purpose, why: Failure) {
        let Some(visit) = self.visits.get_mut(&key) else { return };
        let Some(attempt) = visit.attempt.take() else { return };
        let (declined, failure, text) = failed(why);
        let target = attempt.target;
        visit.record.end_rung(now.wall);
        visit.note(now, By::Engine, case::Event::Declined { target: target.clone(), why: text.into() });
        self.journal(now, Some(key), What::NotTaken { target, why: text });
        match purpose {
            Purpose::Seat => {
                self.lines.declined(now.mono, key, declined);
                self.check_line(now, key);
            }
            Purpose::Desk | Purpose::Transfer | Purpose::Referral => {
                self.tell_plan(now, key, dialplan::Event::DialFailed(failure));
            }
        }
    }

    fn desk_left(&mut self, now: Now, key: CallKey) {
        self.stop_hold_music(now, key);
        let thought_it_done = self.hung_up_on_a_referral(now, key);
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.attempt = None;
            visit.record.end_rung(now.wall);
        }
        // Whoever goes back into line does so before the seat is offered to the next.
        if thought_it_done.is_none() {
            self.lines.leave(now.mono, key);
        }
        self.journal(now, Some(key), What::DeskLeft);
        let left = thought_it_done.map_or(dialplan::Event::DeskLeft, dialplan::Event::DialFailed);
        self.tell_plan(now, key, left);
    }

    fn ended(&mut self, now: Now, key: CallKey, cause: EndCause) {
        self.lines.leave(now.mono, key);
        self.report_referral(now, key, cause.sip_status());
        if let Some(visit) = self.visits.get_mut(&key) {
            visit.onward = None;
            visit.trail = visit.run.take().map(|run| run.into_trail(now.mono));
            visit.held_ring = None;
            visit.in_line = None;
            visit.record.end_rung(now.wall);
            visit.record.ended_at = Some(now.wall);
            visit.record.cause = Some(cause);
            let by = border::blame(cause);
            visit.note(now, by, case::Event::Ended { cause });
        }
        self.journal(now, Some(key), What::CallEnded { cause });
    }

    /// Legs and ports are closed. A call whose message is on its way to the disk waits for it.
    pub(super) fn gone(&mut self, now: Now, key: CallKey) {
        if self.is_being_kept(key) {
            if let Some(visit) = self.visits.get_mut(&key) {
                visit.is_gone = true;
            }
            return;
        }
        self.keep_case(now, key);
        if let Some(visit) = self.visits.remove(&key) {
            let story = CallStory { record: visit.record, trail: visit.trail };
            self.outbox.push_back(Output::Store(StoreWrite::SaveCall(Box::new(story))));
        }
        self.journal(now, Some(key), What::CallGone);
    }
}

/// A failure in the words of the lines, of the plan and of the record.
pub(super) fn failed(why: Failure) -> (Declined, DialFailure, &'static str) {
    match why {
        Failure::Busy => (Declined::Busy, DialFailure::Busy, "busy"),
        Failure::NoAnswer => (Declined::NoAnswer, DialFailure::NoAnswer, "no-answer"),
        Failure::Unreachable => (Declined::Unreachable, DialFailure::Unreachable, "unreachable"),
    }
}
