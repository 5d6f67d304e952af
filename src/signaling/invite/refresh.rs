//! The session timer: who keeps the session alive, and what ends it when nobody does (RFC 4028 7 to 10).
//!
//! ```text
//!            2xx: their duty               +--------+  1/3, at most 32 s, before
//!         +------------------------------->| Theirs |--------------------------+
//!         |                                +--------+                          |
//!      +-----+                                ^  | any 2xx                     |
//!      | Off |                                |  v agrees anew                 v
//!      +-----+                              +------+   1/3, at most 32 s, before: BYE, Expired
//!         |  2xx: ours                      | Ours |--------------------------^
//!         +-------------------------------->+------+                           |
//!                              refused: in    |  ^                             |
//!                              a while again  |  | 2xx                         |
//!                                   half the  v  |                             |
//!                                   interval +---------+                       |
//!                                            | Sending |-----------------------+
//!                                            +---------+
//! ```

use super::interval::{self, Agreed, By, SMALLEST};
use super::session::Session;
use crate::base::{Deadline, Instant};
use crate::signaling::command::How;
use crate::signaling::core::Core;
use crate::signaling::transaction::ClientId;
use crate::signaling::usage::{Asked, Replied};
use crate::signaling::{compose, fields};
use crate::sip::{Fields, Method, Request, Response};
use std::time::Duration;

/// How long before the session's end it is given up at the latest (RFC 4028 10).
const SAFETY: Duration = Duration::from_secs(32);
/// When a refresh is tried again that was refused for now.
pub(super) const AGAIN: Duration = Duration::from_secs(10);

/// One interval of the session.
#[derive(Clone, Copy, Debug)]
struct Term {
    interval: Duration,
    /// When it is given up unless refreshed.
    ends: Instant,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Off,
    Theirs(Term),
    Ours {
        term: Term,
        next: Instant,
    },
    /// `update` is the UPDATE under way; without one our re-INVITE is, or waits for its turn.
    Sending {
        term: Term,
        update: Option<ClientId>,
    },
}

/// A session's timer.
#[derive(Debug, Default)]
pub(super) struct Refresh {
    state: State,
    /// The largest Min-SE anybody asked for.
    min: Duration,
    /// Whether the peer takes UPDATE (RFC 4028 7.4).
    by_update: bool,
}

impl Refresh {
    /// The session begins: what its first 2xx agreed, and the peer's own INVITE or 2xx.
    pub(super) fn begin(&mut self, now: Instant, agreed: Option<Agreed>, peer: &impl Fields) {
        self.by_update = fields::names(peer, "Allow", "UPDATE");
        self.renew(now, agreed);
    }

    /// A 2xx went either way: the interval begins anew.
    pub(super) fn renew(&mut self, now: Instant, agreed: Option<Agreed>) {
        self.state = match agreed {
            None => State::Off,
            Some(Agreed { interval, by: By::Them }) => State::Theirs(Term::start(now, interval)),
            Some(Agreed { interval, by: By::Us }) => {
                State::Ours { term: Term::start(now, interval), next: now + interval / 2 }
            }
        };
    }

    /// What is agreed now.
    pub(super) fn agreed(&self) -> Option<Agreed> {
        match &self.state {
            State::Off => None,
            State::Theirs(term) => Some(Agreed { interval: term.interval, by: By::Them }),
            State::Ours { term, .. } | State::Sending { term, .. } => {
                Some(Agreed { interval: term.interval, by: By::Us })
            }
        }
    }

    /// Says in a request within the session what is agreed.
    pub(super) fn write(&self, request: &mut Request) {
        if let Some(agreed) = self.agreed() {
            interval::ask_again(request, agreed, self.min.max(SMALLEST));
        }
    }

    /// Keeps the least interval that a message tells of.
    pub(super) fn note_min(&mut self, message: &impl Fields) {
        self.min = self.min.max(interval::min_se(message).unwrap_or_default());
    }

    /// Whether this is the UPDATE that refreshes.
    pub(super) fn is_update(&self, id: ClientId) -> bool {
        matches!(self.state, State::Sending { update: Some(update), .. } if update == id)
    }

    /// Our refresh came to nothing: once more in a while, as long as the session lives.
    pub(super) fn refused(&mut self, now: Instant, wait: Duration) {
        if let State::Sending { term, .. } = self.state {
            self.state = State::Ours { term, next: now + wait };
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::Off => None,
            State::Theirs(term) | State::Sending { term, .. } => {
                Some(Deadline { at: term.ends, why: "session expires" })
            }
            State::Ours { term, next } => Some(Deadline { at: term.ends.min(*next), why: "session refresh" }),
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        match &self.state {
            State::Off => false,
            State::Theirs(term) | State::Ours { term, .. } | State::Sending { term, .. } => now >= term.ends,
        }
    }

    /// Begins to refresh, where that is due.
    fn take_due(&mut self, now: Instant) -> bool {
        match self.state {
            State::Ours { term, next } if now >= next => {
                self.state = State::Sending { term, update: None };
                true
            }
            State::Off | State::Theirs(_) | State::Ours { .. } | State::Sending { .. } => false,
        }
    }

    /// The peer takes no UPDATE after all: our re-INVITE is next.
    fn turn_to_reinvite(&mut self) {
        self.by_update = false;
        if let State::Sending { update, .. } = &mut self.state {
            *update = None;
        }
    }

    fn sent(&mut self, id: ClientId) {
        if let State::Sending { update, .. } = &mut self.state {
            *update = Some(id);
        }
    }
}

impl Term {
    fn start(now: Instant, interval: Duration) -> Term {
        Term { interval, ends: now + (interval - SAFETY.min(interval / 3)) }
    }
}

impl Session {
    /// The timer's moment, if it is one.
    pub(super) fn keep_alive(&mut self, core: &mut Core) {
        if self.refresh.is_over(core.now.mono) {
            self.lose(core, How::Expired, true);
        } else if self.refresh.take_due(core.now.mono) {
            self.send_refresh(core);
        }
    }

    /// UPDATE where the peer takes it; else our description once more, unless an offer of ours is under way
    /// that refreshes as well.
    fn send_refresh(&mut self, core: &mut Core) {
        if !self.refresh.by_update {
            return self.offers.want_again();
        }
        let (mut update, flow) = self.dialog.request(Method::Update);
        update.push("Contact", self.dialog.contact(&core.config, flow));
        compose::describe_request(&mut update, self.dialog.may_refer);
        self.refresh.write(&mut update);
        let id = core.send(self.key, update, flow);
        self.refresh.sent(id);
    }

    /// A response to the UPDATE that refreshes.
    pub(super) fn on_refresh_response(&mut self, core: &mut Core, replied: &Replied) {
        let status = replied.response.status.code();
        match status {
            ..=199 => {}
            200..=299 => {
                self.dialog.refresh_target(fields::contact(&replied.response));
                self.renew_as_client(core, replied);
            }
            401 | 407 => match self.retry_with_credentials(core, replied) {
                Some(again) => self.refresh.sent(again),
                None => self.refresh.refused(core.now.mono, AGAIN),
            },
            405 | 501 => {
                self.refresh.turn_to_reinvite();
                self.send_refresh(core);
            }
            408 | 481 => self.lose(core, How::DialogLost, status == 408),
            422 => match self.ask_for_longer(core, replied) {
                Some(again) => self.refresh.sent(again),
                None => self.refresh.refused(core.now.mono, AGAIN),
            },
            _ => {
                let wait = self.wait_before_retry(core, &replied.response).unwrap_or(AGAIN);
                self.refresh.refused(core.now.mono, wait);
            }
        }
    }

    /// The same request with the interval that a 422 wants.
    pub(super) fn ask_for_longer(&mut self, core: &mut Core, replied: &Replied) -> Option<ClientId> {
        let mut request = interval::longer(&replied.request, &replied.response)?;
        self.refresh.note_min(&replied.response);
        let cseq = self.dialog.next_cseq();
        self.dialog.note_cseq(cseq);
        request.set("CSeq", format_args!("{cseq} {}", replied.request.method));
        Some(core.send(self.key, request, replied.sent_on))
    }

    /// 2xx to our re-INVITE or UPDATE.
    pub(super) fn renew_as_client(&mut self, core: &Core, replied: &Replied) {
        let agreed = interval::agreed(&replied.request, &replied.response);
        self.refresh.renew(core.now.mono, agreed);
    }

    /// Their UPDATE without an offer: it refreshes the target and the session (RFC 3311 5.2, RFC 4028 9).
    pub(super) fn accept_refresh(&mut self, core: &mut Core, asked: &Asked) {
        self.dialog.refresh_target(fields::contact(&asked.request));
        let mut response = compose::reply(&asked.request, 200);
        response.push("Contact", self.dialog.contact(&core.config, self.dialog.flow()));
        compose::describe(&mut response, self.dialog.may_refer, core.now.wall);
        self.renew_as_server(core, asked, &mut response);
        core.respond(asked.tx, response);
    }

    /// Writes our 2xx to their re-INVITE or UPDATE, and begins the interval anew.
    pub(super) fn renew_as_server(&mut self, core: &Core, asked: &Asked, response: &mut Response) {
        let before = self.refresh.agreed();
        let agreed = interval::grant(response, &asked.request, &core.config.timer, before);
        self.refresh.renew(core.now.mono, agreed);
    }
}
